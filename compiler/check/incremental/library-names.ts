import { parseFile } from "../../../grammar/parse.js";
import type { ProgramHost } from "../../program/module.js";
import type { Fix } from "../../source/diagnostic.js";
import type { Scope } from "../context.js";

/** What each library exports, by its text: libraries do not change while the process lives. */
const exports = new Map<string, ReadonlySet<string>>();

function exportsOf(text: string): ReadonlySet<string> {
	const known = exports.get(text);
	if (known) return known;
	const names = new Set<string>();
	for (const slice of parseFile(text).slices)
		for (const { exported, declaration } of slice.items)
			if (exported && "name" in declaration && declaration.name?.kind === "Identifier")
				names.add(declaration.name.name);
	exports.set(text, names);
	return names;
}

/** The libraries that export a name. */
export function librariesWith(host: ProgramHost, name: string): string[] {
	return host.libraryNames().filter((library) => exportsOf(host.readLibrary(library) ?? "").has(name));
}

/** Puts the import at the beginning of the file, after the imports that are there. */
export function importFix(scope: Scope, library: string, name: string): Fix[] {
	const place = scope.importPlace();
	if (!place) return [];
	const line = `import std.${library} { ${name} }`;
	const replacement = place.isFirst ? `${line}\n` : `\n${line}`;
	return [{ title: `Import \`${name}\` from std.${library}`, edits: [{ at: place.at, replacement }] }];
}
