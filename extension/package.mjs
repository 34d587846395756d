/** Builds the extension for Visual Studio Code: `node extension/package.mjs [file.vsix]`. Needs no network. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);

/** Some of the server's libraries are CommonJS, and ask for Node's modules by `require`. */
const requireInModule = `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`;

/**
 * Lays the extension out in `folder`, and returns the folder. The server stands as deep in it as in the package
 * (`dist/<folder>/<file>.js`), so that it finds `stdlib/` and the worker beside itself.
 */
export async function layOut(folder) {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
	const manifest = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
	writeFileSync(join(folder, "package.json"), `${JSON.stringify({ ...manifest, version }, null, "\t")}\n`);
	for (const name of ["README.md", "language-configuration.json", "syntaxes"]) {
		cpSync(join(here, name), join(folder, name), { recursive: true });
	}
	cpSync(join(root, "LICENSE"), join(folder, "LICENSE"));
	cpSync(join(root, "stdlib"), join(folder, "stdlib"), { recursive: true });
	const common = {
		bundle: true,
		platform: "node",
		target: "node20",
		minify: true,
		metafile: true,
		logLevel: "warning",
		absWorkingDir: root,
	};
	// The client and the server pin different patches of the protocol's library: each has its own.
	const client = await build({
		...common,
		entryPoints: [join(here, "src", "extension.ts")],
		outfile: join(folder, "dist", "extension.cjs"),
		format: "cjs",
		external: ["vscode"],
	});
	const module = { ...common, format: "esm", banner: { js: requireInModule } };
	const server = await build({
		...module,
		stdin: { contents: `import { startServer } from "./lsp/main.ts"; startServer();`, resolveDir: root },
		outfile: join(folder, "dist", "server", "main.js"),
	});
	const worker = await build({
		...module,
		entryPoints: [join(root, "runtime", "worker-entry.ts")],
		outfile: join(folder, "dist", "server", "worker-entry.js"),
	});
	const readers = await Promise.all(
		["arrow-worker", "parquet-worker", "describe-worker"].map((name) =>
			build({
				...module,
				entryPoints: [join(root, "runtime", "data", `${name}.ts`)],
				outfile: join(folder, "dist", "server", `${name}.js`),
			}),
		),
	);
	writeFileSync(join(folder, "THIRD-PARTY-NOTICES.txt"), notices([client, server, worker, ...readers]));
	return folder;
}

/** The licences of the libraries that the bundles hold parts of. */
function notices(builds) {
	const inputs = builds.flatMap((one) => Object.keys(one.metafile.inputs));
	const found = inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
	const parts = [...new Set(found)].sort().map((folder) => {
		const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
		const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
		const text = file === undefined ? "" : `\n\n${readFileSync(join(root, folder, file), "utf8").trim()}`;
		return `${name} ${version} (${license})${text}`;
	});
	return `This extension holds parts of these libraries.\n\n${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

/** Packs a folder that is laid out. */
export async function pack(folder, vsix) {
	await createVSIX({
		cwd: folder,
		packagePath: vsix,
		dependencies: false,
		allowMissingRepository: true,
		skipLicense: false,
	});
	return vsix;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
	const vsix = resolve(process.argv[2] ?? `ansatz-${version}.vsix`);
	await pack(await layOut(join(root, "dist", "vscode")), vsix);
}
