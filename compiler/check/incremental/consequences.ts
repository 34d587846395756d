import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import type { Span } from "../../../grammar/span.js";
import type { Module } from "../../program/module.js";
import type { Diagnostic, Location } from "../../source/diagnostic.js";
import { mentionsUnknown } from "../types/show.js";
import { withoutRepetitions } from "./repetitions.js";

/**
 * One mistake, one error: leaves out what follows from other errors. That is an error about a type of which a part
 * could not be found out, a name that an import with a mistake was to bring, what is said of a declaration that
 * cannot be read, and what is said again. If nothing else is wrong, they stand.
 */
export function withoutConsequences(
	all: readonly Diagnostic[],
	modules: readonly Module[],
): readonly Diagnostic[] {
	if (!all.some((d) => d.severity === "error")) return all;
	const diagnostics = withoutRepetitions(all, modules);
	const files = new Map<string, Suspicion>();
	for (const module of modules) {
		const suspicion = suspicionOf(module, diagnostics);
		if (suspicion) files.set(module.path, suspicion);
	}
	const inConditions = brokenConditions(modules, diagnostics);
	const causes = diagnostics.filter((d) => {
		if (d.severity !== "error" || d.code.startsWith("E01")) return true;
		if (mentionsUnknown(d.message) || files.get(d.at.file)?.follows(d)) return false;
		return !lacksParts(d, diagnostics, modules) && !inConditions(d);
	});
	return causes.some((d) => d.severity === "error") ? causes : diagnostics;
}

/** Of places and steps that find nothing to move: where names of the same declaration are missing, or an import is. */
function lacksParts(one: Diagnostic, all: readonly Diagnostic[], modules: readonly Module[]): boolean {
	if (!/^E041[05]$/.test(one.code) || !/matches nothing|nothing to train|does not move/.test(one.message))
		return false;
	const tree = modules.find(({ path }) => path === one.at.file)?.tree;
	const around = (at: Location): ast.Slice | undefined =>
		tree?.slices.findLast(({ offset }) => offset <= at.start);
	const asked = new Set(identifiers(tree?.text.slice(one.at.start, one.at.end) ?? ""));
	return all.some(({ code, severity, at }) => {
		if (/^E020[1-4]$/.test(code) && asked.has(tree?.text.slice(at.start, at.end) ?? "")) return true;
		if (severity !== "error" || !/^E(01|020[13]|0210)/.test(code) || at.file !== one.at.file) return false;
		const slice = around(at);
		return slice === around(one.at) || /^\s*import\b/m.test(slice?.text ?? "");
	});
}

/** What could not be shown, as a condition of a `where` cannot be understood: in its declaration, and where that is used. */
function brokenConditions(
	modules: readonly Module[],
	diagnostics: readonly Diagnostic[],
): (one: Diagnostic) => boolean {
	const broken = modules.flatMap(({ path, tree }) =>
		tree.slices.flatMap((slice) => {
			const spans = slice.items.flatMap(({ declaration }) => conditionsOf(declaration));
			const isBroken = diagnostics.some(
				({ code, severity, at }) =>
					severity === "error" &&
					/^E0(202|361)$/.test(code) &&
					at.file === path &&
					spans.some(({ start, end }) => start <= at.start - slice.offset && at.start - slice.offset < end),
			);
			const names = slice.items.flatMap(({ declaration }) => declaredBy(declaration, slice.text));
			return isBroken ? [{ path, from: slice.offset, to: slice.offset + slice.text.length, names }] : [];
		}),
	);
	return ({ code, message, at }) =>
		/^E0(308|313|320|325|326|331)$/.test(code) &&
		broken.some(
			({ path, from, to, names }) =>
				(path === at.file && from <= at.start && at.start < to) ||
				names.some((name) => message.includes(`\`${name}\``)),
		);
}

function conditionsOf(declaration: ast.Declaration): readonly Span[] {
	const own = "where" in declaration ? declaration.where.map((condition) => condition.span) : [];
	const members = "members" in declaration ? declaration.members : [];
	return [...own, ...members.flatMap((m) => (m.kind === "Function" ? m.where.map((c) => c.span) : []))];
}

interface Suspicion {
	readonly follows: (diagnostic: Diagnostic) => boolean;
}

/** What of a file depends on a line of it that cannot be read, or on an import of what is not there. */
function suspicionOf({ path, tree }: Module, diagnostics: readonly Diagnostic[]): Suspicion | undefined {
	const unread = tree.slices.filter((slice) => slice.problems.length > 0);
	const lost = diagnostics.filter((d) => d.at.file === path && d.code === "E0210");
	if (unread.length === 0 && lost.length === 0) return undefined;
	const declared = namedBy(tree, unread);
	const heads = unread.flatMap(({ text }) => identifiers(headOf(text)));
	const near = new Set(lost.flatMap((d) => d.fixes.flatMap((f) => f.edits.map((e) => e.replacement))));
	const isNameless = unread.some(
		({ items, text }) =>
			/^(?:fn|model|fit|search|constraint|reparam|optimizer)\s*\(/mu.test(text) ||
			items.some(({ declaration }) => lacksName(declaration)),
	);
	return {
		follows: ({ code, message, at }) => {
			const inside = unread.find(({ offset, text }) => offset <= at.start && at.start < offset + text.length);
			if (inside?.problems.some(({ span }) => surrounds(at, span.start + inside.offset))) return true;
			if (inside) return isIncomplete(code) || isBehindBrokenHead(inside, at.start - inside.offset);
			const asked = tree.text.slice(at.start, at.end);
			if (/^E020[123]$/.test(code) && (isNameless || near.has(asked) || isPartOfOne(asked, heads)))
				return true;
			if (identifiers(message).some((name) => /^\p{Lu}/u.test(name) && declared.has(name))) return true;
			const around = tree.slices.findLast(({ offset }) => offset <= at.start);
			const text = around && isHostLoop(around) ? around.text : lineAt(tree.text, at.start);
			const named = message.match(/`[^`]*`/g) ?? [];
			const taken = new Set(around?.items.flatMap((item) => [...freeNames(item.declaration).keys()]));
			return identifiers(`${named.join(" ")} ${text}`).some(
				(name) => declared.has(name) && (taken.has(name) || /^\p{Lu}/u.test(name)),
			);
		},
	};
}

/** Whether a place goes over several lines around another one: a loop, or a branch, in which that is not read. */
const surrounds = (at: Location, place: number): boolean => at.start < place && place < at.end;

/** What is said of a declaration that lacks something: that may be what cannot be read. */
function isIncomplete(code: string): boolean {
	return ["E0213", "E0340", "E0402", "E0410", "E0462"].includes(code);
}

/** What a piece of a file begins with, up to its first bracket or sign. */
function headOf(text: string): string {
	return /^(?:\s|\/\/.*\n)*[^\n(){}[\]=:<>]*/u.exec(text)?.[0].replace(/\/\/.*\n/g, "") ?? "";
}

/** Whether a name stands in one that has run together with what stood beside it. */
function isPartOfOne(name: string, heads: readonly string[]): boolean {
	return (
		name.length > 0 && heads.some((head) => head !== name && (head.startsWith(name) || head.endsWith(name)))
	);
}

/** The names of what cannot be read, and of the values that are made with it. */
function namedBy({ slices }: ast.SyntaxTree, unread: readonly ast.Slice[]): ReadonlySet<string> {
	const names = new Set(unread.flatMap(namesOf));
	for (const slice of slices) {
		const isValue = slice.items.every(({ declaration }) => declaration.kind === "Let");
		if (isValue && identifiers(slice.text).some((name) => names.has(name)))
			for (const name of namesOf(slice)) names.add(name);
	}
	return names;
}

/** The names that a piece of a file declares; of an import that cannot be read all that stand in it. */
function namesOf({ items, text }: ast.Slice): readonly string[] {
	if (/^\s*import\b/m.test(text)) return identifiers(text);
	const own = items.flatMap(({ declaration }) => declaredBy(declaration, text));
	// A declaration whose first word is another one: `lett x = 1`, `modell Net() {`.
	const names = own.length > 0 ? own : identifiers(headOf(text)).slice(0, 3);
	if (/^\s*(?:export\s+)?type\b/u.test(text))
		names.push(...identifiers(text).filter((name) => /^\p{Lu}/u.test(name)));
	// A declaration that has lost its first word: `classifier() {`.
	const called = /^[\p{L}_][\p{L}\p{N}_]*(?=\()/mu.exec(text);
	return called ? [called[0], ...names] : names;
}

function declaredBy(declaration: ast.Declaration, text: string): readonly string[] {
	if (declaration.kind === "Let")
		return identifiers(text.slice(declaration.pattern.span.start, declaration.pattern.span.end));
	const variants =
		declaration.kind === "Type" && declaration.definition.kind === "Variants"
			? declaration.definition.variants.map((v) => v.name.name)
			: [];
	const named = "name" in declaration && declaration.name?.kind === "Identifier";
	return named ? [declaration.name.name, ...variants] : variants;
}

/** Whether what is at a place is the body of what has a head that cannot be read: with parameters of other types. */
function isBehindBrokenHead({ items, problems }: ast.Slice, at: number): boolean {
	return items.some(({ declaration }) => {
		if (!("body" in declaration)) return false;
		const { start, end } = declaration.body.span;
		return start <= at && at < end && problems.some(({ span }) => span.start < start);
	});
}

function isHostLoop({ items }: ast.Slice): boolean {
	return items.length > 0 && items.every(({ declaration }) => declaration.kind === "Loop");
}

function lacksName(declaration: ast.Declaration): boolean {
	if (declaration.kind === "Let") return declaration.pattern.kind === "Missing";
	return "name" in declaration && declaration.name?.kind === "Missing";
}

function identifiers(text: string): string[] {
	return text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
}

function lineAt(text: string, at: number): string {
	const end = text.indexOf("\n", at);
	return text.slice(text.lastIndexOf("\n", at - 1) + 1, end < 0 ? text.length : end);
}
