import type { IToken } from "chevrotain";
import * as t from "../../grammar/tokens.js";
import type { AnyNode } from "../../grammar/visit.js";
import type { Cursor } from "./cursor.js";

/** Which words of the language may stand where. */

const bodies: Readonly<Record<string, readonly string[]>> = {
	Model: ["param", "state", "let"],
	Constraint: ["let"],
	Reparam: ["param", "let"],
	Optimizer: ["state", "let"],
	Fit: ["for", "repeat", "let", "param", "state", "if", "subject", "track"],
	Loop: ["minimize", "maximize", "descend", "let", "if", "using", "wrt"],
	Search: ["maximize", "minimize", "let"],
	Block: ["let", "if", "for", "match"],
};

/** The words that begin a declaration or a statement at the cursor. */
export function headsAt(cursor: Cursor, path: readonly AnyNode[]): readonly string[] {
	if (cursor.open.length === 0) return [...t.declarationHeads];
	const around = path.findLast((node) => node.kind in bodies && !bodyOf(path, node));
	return bodies[around?.kind ?? "Block"] ?? [];
}

/** The block of a fit or a loop stands for it. */
function bodyOf(path: readonly AnyNode[], node: AnyNode): boolean {
	const parent = path[path.indexOf(node) - 1];
	return node.kind === "Block" && (parent?.kind === "Fit" || parent?.kind === "Loop");
}

const naming = new Set<unknown>([t.Let, t.Fn, t.TypeWord, t.For]);
const namingHeads = new Set([
	...["model", "fit", "data", "dim", "constraint", "reparam", "optimizer", "search"],
	...["loss", "regularizer", "metric", "schedule", "param", "state", "track"],
]);

/** Is the word that is being written a new name? */
export function declaresName(cursor: Cursor): boolean {
	const { previous, statement } = cursor;
	if (!previous) return false;
	if (naming.has(previous.tokenType)) return true;
	const first = statement[0]?.tokenType === t.Export ? statement[1] : statement[0];
	return first === previous && namingHeads.has(previous.image);
}

const clausesOfStatement: Readonly<Record<string, readonly string[]>> = {
	for: ["epochs", "steps", "until", "where", "in"],
	repeat: ["until"],
	minimize: ["using", "wrt", "on"],
	maximize: ["using", "wrt", "on", "by", "trials", "seeds"],
	descend: ["using", "wrt", "on"],
	subject: ["to", "in", "by"],
	track: ["every"],
	search: ["over"],
	param: ["if", "in", "by"],
	state: ["if"],
	constraint: ["for", "where"],
	optimizer: ["for", "where"],
	reparam: ["for", "where"],
	model: ["where"],
	fn: ["where", "with"],
	let: [],
};

/** The words that join a part to the statement before the cursor. */
export function clauseWords(cursor: Cursor): readonly string[] {
	const first = cursor.statement[0];
	// a `minimize` may go over several lines, each of which looks like a statement
	const before = first && clausesOfStatement[first.image];
	return before ?? (cursor.open.length > 0 ? ["using", "wrt"] : []);
}

/** Operators that are words, and what goes on with an open `if` or binder. */
export function infixWords(cursor: Cursor): readonly string[] {
	const words = new Set(["and", "or", "with"]);
	const has = (type: IToken["tokenType"]) => cursor.statement.some((token) => token.tokenType === type);
	if (has(t.If)) words.add("then").add("else");
	if (has(t.For) || cursor.statement.some((token) => t.binderWordList.includes(token.image)))
		words.add("in").add("where");
	if (cursor.open.length > 0 && cursor.open.at(-1)?.tokenType === t.ListOpen) words.add("else");
	return [...words];
}
