import type { Binding } from "../../compiler/check/context.js";
import type { Type } from "../../compiler/check/types/types.js";
import type { ProgramHost } from "../../compiler/program/module.js";
import type * as ast from "../../grammar/ast.js";
import * as t from "../../grammar/tokens.js";
import type { AnyNode } from "../../grammar/visit.js";
import { detailOf, membersOf, parameterLine, parametersOf, shownType } from "../describe.js";
import { nameOf, type Place, type Snapshot } from "../snapshot.js";
import { type Cursor, cursorAt, placeOf } from "./cursor.js";
import { clauseWords, declaresName, headsAt, infixWords } from "./keywords.js";

export type CompletionKind =
	| "function"
	| "model"
	| "fit"
	| "constraint"
	| "variant"
	| "optimizer"
	| "reparam"
	| "data"
	| "dimension"
	| "parameter"
	| "local"
	| "param"
	| "state"
	| "part"
	| "method"
	| "field"
	| "option"
	| "keyword"
	| "library"
	| "type";

export interface Completion {
	readonly label: string;
	readonly kind: CompletionKind;
	/** Its type. */
	readonly detail: string;
	readonly documentation?: string;
	/** What is written, where it is not the label. */
	readonly insert?: string;
	/** The lower, the nearer to the top of the list. */
	readonly rank: number;
}

export interface Completions {
	/** What they replace: the word that is being written. */
	readonly start: number;
	readonly end: number;
	readonly items: readonly Completion[];
}

export function completions(snapshot: Snapshot, offset: number, host: ProgramHost): Completions {
	const cursor = cursorAt(snapshot, offset);
	const word = /^[\p{L}\d_₀-₉]*/u.exec(snapshot.text.slice(offset))?.[0] ?? "";
	const items = cursor.silent ? [] : candidates(snapshot, offset, cursor, host);
	return { start: cursor.start, end: offset + word.length, items: unique(items) };
}

function unique(items: readonly Completion[]): Completion[] {
	const seen = new Set<string>();
	return [...items]
		.sort((a, b) => a.rank - b.rank || (a.label < b.label ? -1 : 1))
		.filter((item) => !seen.has(item.label) && seen.add(item.label));
}

function candidates(snapshot: Snapshot, offset: number, cursor: Cursor, host: ProgramHost): Completion[] {
	const place = placeOf(snapshot, offset, cursor);
	const { previous } = cursor;
	if (cursor.statement[0]?.tokenType === t.Import || importBraces(cursor))
		return inImport(snapshot, cursor, place, host);
	if (previous?.tokenType === t.Dot) return afterDot(snapshot, previous.startOffset);
	if (previous?.tokenType === t.NumberToken && previous.startOffset + previous.image.length === cursor.start)
		return [];
	if (cursor.begins)
		return [...keywords(headsAt(cursor, place?.path ?? []), 0), ...names(snapshot, offset, place)];
	if (declaresName(cursor)) return [];
	if (cursor.afterOperand) return keywords([...clauseWords(cursor), ...infixWords(cursor)], 0);
	if (typeWanted(place, cursor)) return types(snapshot, offset, place);
	return [
		...options(snapshot, cursor, place),
		...names(snapshot, offset, place),
		...keywords(expressionWords, 6),
	];
}

const expressionWords = ["if", "not", "for", "true", "false", "match", ...t.binderWordList];

function keywords(words: readonly string[], rank: number): Completion[] {
	return words.map((label) => ({ label, kind: "keyword", detail: "keyword", rank }));
}

// ---------------------------------------------------------------- imports

function importBraces(cursor: Cursor): boolean {
	const brace = cursor.open[0];
	const first = cursor.before.find((token) => token.tokenType !== t.Newline);
	return brace?.tokenType === t.LeftBrace && first?.tokenType === t.Import && cursor.open.length === 1;
}

function inImport(
	snapshot: Snapshot,
	cursor: Cursor,
	place: Place | undefined,
	host: ProgramHost,
): Completion[] {
	if (!importBraces(cursor)) {
		const libraries = host.libraryNames();
		if (cursor.previous?.tokenType === t.Dot) return libraries.map((name) => library(name, name));
		if (cursor.previous?.tokenType === t.Import) return libraries.map((name) => library(`std.${name}`, name));
		return [];
	}
	if (cursor.afterOperand) return keywords(["as"], 0);
	const node = place?.path.find((one) => one.kind === "Import") as ast.Import | undefined;
	const module = node && snapshot.checked.program.imports.get(node);
	if (!node || !module) return [];
	const given = new Set(
		node.names.filter((one) => !isBeingWritten(place, one.name, cursor)).map((one) => one.name.name),
	);
	const scope = snapshot.checked.scopes.get(module);
	return module.tree.slices.flatMap((slice) =>
		slice.items.flatMap((item): Completion[] => {
			const name = item.exported ? nameOf(item.declaration)?.name : undefined;
			const binding = name === undefined ? undefined : scope?.names.get(name);
			return binding && !given.has(binding.name) ? [named(snapshot, binding, 0)] : [];
		}),
	);
}

function library(label: string, name: string): Completion {
	return { label, kind: "library", detail: `standard library: ${name}`, rank: 0 };
}

function isBeingWritten(place: Place | undefined, name: ast.Identifier, cursor: Cursor): boolean {
	return place !== undefined && place.slice.offset + name.span.start === cursor.start;
}

// ---------------------------------------------------------------- members

function afterDot(snapshot: Snapshot, dot: number): Completion[] {
	const base = baseBefore(snapshot, dot);
	if (!base) return [];
	return membersOf(snapshot, base).map((member): Completion => {
		const condition = member.condition ? ` if ${member.condition}` : "";
		return {
			label: member.name,
			kind: member.role === "let" ? "field" : member.role,
			detail: `${member.type ? shownType(snapshot, member.type) : "?"}${condition}`,
			...(member.documentation && { documentation: member.documentation }),
			rank: member.role === "option" ? 1 : 0,
		};
	});
}

/** The type of what stands before a dot. */
function baseBefore(snapshot: Snapshot, dot: number): Type | undefined {
	const place = snapshot.placeAt(dot);
	if (!place) return undefined;
	const end = dot - place.slice.offset;
	let best: Type | undefined;
	for (const node of place.path) {
		const base = node.kind === "Field" || node.kind === "Places" ? (node as ast.Field).base : node;
		if (base.span.end !== end) continue;
		const type = snapshot.typeOf(base) ?? visibleType(snapshot, place, base);
		if (type && type.kind !== "error") best ??= type;
	}
	return best;
}

/** In a construct that is not checked, a name still means what its declaration says. */
function visibleType(snapshot: Snapshot, place: Place, node: AnyNode): Type | undefined {
	return node.kind === "Name" ? snapshot.scopeAt(place.path)?.find((node as ast.Name).name)?.type : undefined;
}

// ---------------------------------------------------------------- names

function names(snapshot: Snapshot, offset: number, place: Place | undefined): Completion[] {
	const found: Completion[] = [];
	const own = place && ownName(snapshot, place);
	for (const binding of snapshot.scopeAt(place?.path ?? [])?.visible() ?? []) {
		const here = (binding.importedAt ?? binding.at).file === snapshot.path;
		// a local is known below its line
		if (here && binding.role === "local" && binding.at.start >= offset) continue;
		if (own !== undefined && binding.at.file === snapshot.path && binding.at.start === own) continue;
		found.push(named(snapshot, binding, rankOf(snapshot, binding, here)));
	}
	return found;
}

/** `let a = |`: a value does not name itself. */
function ownName(snapshot: Snapshot, place: Place): number | undefined {
	const node = place.path.findLast((one) => one.kind === "Let" || one.kind === "Define") as
		| ast.Let
		| ast.Define
		| undefined;
	const name = node && nameOf(node);
	return name && snapshot.locate(place.slice, name.span).start;
}

function rankOf(snapshot: Snapshot, binding: Binding, here: boolean): number {
	if (binding.role === "import") return 4;
	if (!here) return 5;
	return snapshot.topScope?.names.get(binding.name) === binding ? 3 : 2;
}

function named(snapshot: Snapshot, binding: Binding, rank: number): Completion {
	const kind = binding.role === "import" ? roleOf(binding.type) : binding.role;
	return {
		label: binding.name,
		kind,
		detail: detailOf(snapshot, binding),
		...(binding.documentation && { documentation: binding.documentation }),
		rank,
	};
}

function roleOf(type: Type): CompletionKind {
	if (type.kind === "declaration") return type.symbol.role;
	return type.kind === "function" ? "function" : "local";
}

// ---------------------------------------------------------------- options of a call

function options(snapshot: Snapshot, cursor: Cursor, place: Place | undefined): Completion[] {
	const call = callAround(cursor, place);
	const begins = cursor.previous?.tokenType === t.Comma || cursor.previous === cursor.open.at(-1);
	if (!call || !begins) return [];
	const given = new Set(call.arguments.flatMap((one) => one.name?.name ?? []));
	const positional = call.arguments.filter(
		(one) => !one.name && one.span.end + (place?.slice.offset ?? 0) < cursor.start,
	).length;
	return parametersOf(snapshot.typeOf(call.callee))
		.filter((parameter, index) => index >= positional && !given.has(parameter.name))
		.map((parameter) => ({
			label: parameter.name,
			kind: "option",
			detail: parameterLine(snapshot, parameter),
			insert: `${parameter.name} = `,
			rank: 1,
		}));
}

/** The call whose parentheses the cursor is directly inside. */
export function callAround(cursor: Cursor, place: Place | undefined): ast.Call | undefined {
	const bracket = cursor.open.at(-1);
	if (!place || bracket?.tokenType !== t.GroupOpen) return undefined;
	const at = bracket.startOffset - place.slice.offset;
	return place.path.findLast((node) => node.kind === "Call" && (node as ast.Call).callee.span.end === at) as
		| ast.Call
		| undefined;
}

// ---------------------------------------------------------------- types

function typeWanted(place: Place | undefined, cursor: Cursor): boolean {
	const previous = cursor.previous?.tokenType;
	if (previous === t.Arrow) return true;
	if (!place || previous !== t.Colon) return false;
	return place.path.some((node, index) => {
		const parent = place.path[index - 1];
		if (!parent) return false;
		return ("type" in parent && parent.type === node) || ("result" in parent && parent.result === node);
	});
}

function types(snapshot: Snapshot, offset: number, place: Place | undefined): Completion[] {
	const own = t.typeNames.map(
		({ name, stage }): Completion => ({
			label: name,
			kind: "type",
			detail: stage === "static" ? "known before running" : "a value of the run",
			rank: 1,
		}),
	);
	return [
		...own,
		...names(snapshot, offset, place).filter((one) => one.kind === "model" || one.kind === "dimension"),
	];
}
