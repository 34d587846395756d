import type { Module } from "../../program/module.js";
import type { Diagnostic } from "../../source/diagnostic.js";

/**
 * Leaves out what is said again: that there is no such name, size, type, field or option, that a call does
 * not tell a size, or the same in the same line. The first error shows the places of the others.
 */
export function withoutRepetitions(
	diagnostics: readonly Diagnostic[],
	modules: readonly Module[],
): readonly Diagnostic[] {
	const texts = new Map(modules.map((module) => [module.path, module.tree.text]));
	const first = new Map<string, Diagnostic[]>();
	for (const one of diagnostics) {
		const key = subjectOf(one, texts.get(one.at.file));
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
): string | undefined {
	if (severity !== "error" || text === undefined) return undefined;
	if (/^E020[1-4]$/.test(code) || message.includes("has no option"))
		return `${at.file} name ${text.slice(at.start, at.end)}`;
	if (/^E032[46]$/.test(code)) return `${at.file} ${message}`;
	return code === "E0332" ? `${at.file} line ${text.lastIndexOf("\n", at.start - 1)} ${message}` : undefined;
}

/** The error with some of the other places. */
function withPlaces(told: Diagnostic, others: readonly Diagnostic[]): Diagnostic {
	const shown = others
		.filter(({ at }) => at.start !== told.at.start)
		.slice(0, 3)
		.map(({ at }) => ({ at, label: "and here" }));
	return { ...told, related: [...told.related, ...shown] };
}
