import type { Module } from "../../program/module.js";
import type { Diagnostic, Fix } from "../../source/diagnostic.js";

/**
 * Leaves out what is said again: that there is no such name, size, type, field or option, or that a
 * call does not tell a size. The first error shows the places of the others, and mends all of them.
 */
export function withoutRepetitions(
	diagnostics: readonly Diagnostic[],
	modules: readonly Module[],
): readonly Diagnostic[] {
	const texts = new Map(modules.map((module) => [module.path, module.tree.text]));
	const missing = new Set(
		diagnostics.flatMap(({ code, at }) =>
			/^E020[12]$/.test(code) ? [texts.get(at.file)?.slice(at.start, at.end) ?? ""] : [],
		),
	);
	const first = new Map<string, Diagnostic[]>();
	for (const one of diagnostics) {
		const key = subjectOf(one, texts.get(one.at.file), missing);
		if (key === undefined) continue;
		const known = first.get(key);
		if (known) known.push(one);
		else first.set(key, [one]);
	}
	const left = new Map<Diagnostic, Diagnostic | undefined>();
	for (const group of first.values()) {
		const [told, ...others] = group.sort((a, b) => a.at.start - b.at.start) as [Diagnostic, ...Diagnostic[]];
		if (others.length === 0) continue;
		for (const other of others) left.set(other, undefined);
		left.set(told, withPlaces(told, others));
	}
	return diagnostics.flatMap((one) => (left.has(one) ? (left.get(one) ?? []) : one));
}

/** What an error is about, where another one about it says nothing more. */
function subjectOf(
	{ code, severity, message, at }: Diagnostic,
	text: string | undefined,
	missing: ReadonlySet<string>,
): string | undefined {
	if (severity !== "error" || text === undefined) return undefined;
	if (/^E020[1-4]$/.test(code)) return `${at.file} name ${text.slice(at.start, at.end)}`;
	// Of an option: with the name, where that is missing, too, as it was renamed where it is declared.
	const option = /has no option `(\w+)`/.exec(message)?.[1];
	if (option !== undefined && missing.has(option)) return `${at.file} name ${option}`;
	return code === "E0324" || option !== undefined ? `${at.file} ${message}` : undefined;
}

/** The error with some of the other places. */
function withPlaces(told: Diagnostic, others: readonly Diagnostic[]): Diagnostic {
	const shown = others
		.filter(({ at }) => at.start !== told.at.start)
		.slice(0, 3)
		.map(({ at }) => ({ at, label: "and here" }));
	// Of one name there is one fix: at all its places.
	const fixes = told.fixes.map((fix) => {
		const same = others.map((other) => other.fixes.find(({ title }) => title === fix.title));
		const edits = same.flatMap((one) => one?.edits ?? []);
		return same.includes(undefined) ? fix : { ...fix, edits: distinct([...fix.edits, ...edits]) };
	});
	return { ...told, related: [...told.related, ...shown], fixes };
}

function distinct(edits: Fix["edits"]): Fix["edits"] {
	const seen = new Set<string>();
	return edits.filter(({ at, replacement }) => {
		const key = `${at.file} ${at.start} ${at.end} ${replacement}`;
		return !seen.has(key) && seen.add(key);
	});
}
