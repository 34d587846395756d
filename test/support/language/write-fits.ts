import { type Speller, showType } from "./description.js";
import type { FitDeclaration, Line } from "./fits.js";
import { writeMember, writePart } from "./models.js";

/** The text of a fit. */
export function writeFit({ name, of, parameters, lines }: FitDeclaration, s: Speller): string {
	const options = [
		...parameters.map((p) => `${s.name(p)}: ${showType(p.type, s)}`),
		...of.parts.flatMap(({ given, making }) =>
			given
				? [`${given.name}: ${making.of.name}(${making.sizes.map((size) => s.size(size)).join(", ")})`]
				: [],
		),
		...of.numbers.map((n) => `${n.name}: real = 0.5`),
	];
	const body = [
		...of.members.map((m) => writeMember(m, s)),
		...of.parts.map((p) => writePart(p, s)),
		...lines.flatMap((line) => writeLine(line, s)),
	];
	return `fit ${name}(${options.join(", ")}) {\n${body.map((line) => `  ${line}\n`).join("")}}`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function writeLine(line: Line, s: Speller): string[] {
	switch (line.kind) {
		case "let":
			return [`let ${line.self.name} = ${s.spell(line.of)}`];
		case "function":
			return [
				`let ${line.self.name} = |${line.parameters.map((p) => s.name(p)).join(", ")}| ${s.spell(line.of)}`,
			];
		case "write":
			return [`${line.text} <- ${s.spell(line.value)}`];
		case "track":
			return [
				`track ${line.self.name} = ${s.spell(line.of)}${line.every ? ` every ${line.every} steps` : ""}`,
			];
		case "loop":
			return [
				`${line.head.write(s)}${line.until ? ` until ${s.spell(line.until)}` : ""} {`,
				...indented(line.lines.flatMap((one) => writeLine(one, s))),
				"}",
			];
		case "if":
			return [
				`if ${s.spell(line.test)} {`,
				...indented(line.yes.flatMap((one) => writeLine(one, s))),
				...(line.no.length > 0 ? ["} else {", ...indented(line.no.flatMap((one) => writeLine(one, s)))] : []),
				"}",
			];
		case "minimize": {
			const clauses = [
				...(line.wrt ? [`wrt ${line.wrt.map((p) => p.text).join(", ")}`] : []),
				`using ${line.using.map(({ optimizer, on }) => `${optimizer.write(s)}${on ? ` on ${on === "rest" ? "rest" : on.text}` : ""}`).join(", ")}`,
			];
			const terms = line.terms.map(
				({ name, of, writes }) => `${name ? `${name}: ` : ""}${writes ? of.write(s) : s.spell(of)}`,
			);
			return terms.length === 1 && !line.terms[0]?.name
				? [`${line.sense} ${terms[0]}  ${clauses.join("  ")}`]
				: [line.sense, ...indented(terms), ...clauses];
		}
	}
}
