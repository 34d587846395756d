// Draws what a command prints as an SVG: `node docs/terminal-picture.mjs OUT.svg COMMAND...`
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";

const [out, ...command] = process.argv.slice(2);
const shown = command.join(" ");
const { stdout, stderr } = spawnSync(process.execPath, ["bin/ansatz.js", ...command.slice(1)], {
	encoding: "utf8",
	env: { ...process.env, FORCE_COLOR: "1" },
});
const escapeCode = String.fromCharCode(27);
const style = new RegExp(`(${escapeCode}\\[[\\d;]*m)`);
const colours = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 36: "#76e3ea" };
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function spans(line) {
	let attributes = "";
	return line
		.split(style)
		.map((piece) => {
			const codes = style.test(piece) ? piece.slice(2, -1) : undefined;
			if (codes === undefined) return piece && `<tspan${attributes}>${escaped(piece)}</tspan>`;
			const numbers = codes.split(";").map(Number);
			const fill = numbers.map((n) => colours[n]).find(Boolean);
			attributes = `${fill ? ` fill="${fill}"` : ""}${numbers.includes(1) ? ' font-weight="bold"' : ""}${numbers.includes(2) ? ' fill="#8b949e"' : ""}`;
			return "";
		})
		.join("");
}

// A terminal shows progress in place: what stays in the end has none of it.
const progress = (line) => /^fit .*: \d+ steps$|^ {2}\S.* \d+\/\d+ {2}loss /.test(line);
const lines = [
	`${escapeCode}[2m$${escapeCode}[0m npx ${shown}`,
	...`${stdout}${stderr}`
		.trimEnd()
		.split("\n")
		.filter((line) => !progress(line)),
];
const width = Math.max(
	...lines.map(
		(line) =>
			line
				.split(style)
				.filter((piece) => !style.test(piece))
				.join("").length,
	),
);
const height = lines.length * 19 + 32;
const text = lines
	.map((line, i) => `<text x="16" y="${30 + i * 19}" xml:space="preserve">${spans(line)}</text>`)
	.join("\n");
writeFileSync(
	out,
	`<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width * 8.43) + 32}" height="${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
<title>${escaped(shown)}</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${text}
</svg>
`,
);
