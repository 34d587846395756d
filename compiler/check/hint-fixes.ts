import type * as ast from "../../grammar/ast.js";
import type { Span } from "../../grammar/span.js";
import type { Fix, Location } from "../source/diagnostic.js";
import type { Context, Scope } from "./context.js";
import type { Hint } from "./hint.js";
import type { Anchor } from "./incremental/anchor.js";

/** What hints suggest, as edits for the editor. */

/** The declaration whose signature a body may ask more of. */
export interface SignaturePlace {
	readonly node: SignatureNode;
	readonly scope: Scope;
	readonly anchor: Anchor;
}

type SignatureNode = ast.FunctionDeclaration | ast.ModelDeclaration | ast.FitDeclaration;

export function fixesOf(
	context: Context,
	{ code, hint, at }: { readonly code: string; readonly hint: Hint | undefined; readonly at: Location },
): readonly Fix[] {
	if (typeof hint !== "object") return [];
	switch (hint.kind) {
		case "condition":
			return conditionFix(context, hint.condition);
		case "names":
			return renameFixes(context, hint.names, at);
		case "narrow":
			// Of a `+=` it is not the value that is too large.
			return code === "E0345" ? [] : narrowFix(at, `${hint.type}(`);
	}
}

function narrowFix({ file, start, end }: Location, open: string): readonly Fix[] {
	return [
		{
			title: `Narrow it: \`${open}..)\``,
			edits: [
				{ at: { file, start, end: start }, replacement: open },
				{ at: { file, start: end, end }, replacement: ")" },
			],
		},
	];
}

/** The type of a value, to be declared: where each size that it names is one of the names of the signature around. */
export function declaredFix(context: Context, node: { readonly span: Span }, shown: string): readonly Fix[] {
	const sizes = /\[(.*)\]$/.exec(shown)?.[1] ?? "";
	if (!isOver(context.scope, sizes.replace(/\.\.\./g, ""))) return [];
	return [
		{ title: `Declare it as ${shown}`, edits: [{ at: context.anchor.place(node.span), replacement: shown }] },
	];
}

/** `where n >= 2`, or `, n >= 2` after the conditions that there are. */
function conditionFix(context: Context, condition: string): readonly Fix[] {
	const { signature, anchor } = context;
	if (!signature || signature.anchor !== anchor || !isOver(signature.scope, condition)) return [];
	const { node } = signature;
	const last = node.where.at(-1);
	const place =
		last?.span.end ?? ("result" in node ? node.result?.span.end : undefined) ?? headEnd(anchor, node);
	if (place === undefined) return [];
	const replacement = last ? `, ${condition}` : ` where ${condition}`;
	return [
		{
			title: `Ask for it: \`where ${condition}\``,
			edits: [{ at: anchor.place({ start: place, end: place }), replacement }],
		},
	];
}

const wordsOfConditions = new Set(["floor", "divides", "len", "first", "last"]);

/** Whether a condition names nothing but sizes and parameters of the signature: no index of a binder, no local name. */
function isOver(scope: Scope, condition: string): boolean {
	const names = condition.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? [];
	return names.every((name) => {
		const role = scope.find(name)?.role;
		return wordsOfConditions.has(name) || role === "dimension" || role === "parameter";
	});
}

/** The end of the name and its parameters. */
function headEnd(anchor: Anchor, node: SignatureNode): number | undefined {
	const name = node.name?.kind === "Identifier" ? node.name : undefined;
	const start = name?.span.end ?? node.span.start;
	const text = anchor.text({ start, end: node.span.end });
	if (text[0] !== "(") return name ? start : undefined;
	let depth = 0;
	for (let i = 0; i < text.length; i++) {
		if (text[i] === "(" || text[i] === "[") depth++;
		if (text[i] === ")" || text[i] === "]") depth--;
		if (depth === 0) return start + i + 1;
	}
	return undefined;
}

/** The wrong name replaced, where the diagnostic stands at a name or at a path that ends with it. */
function renameFixes(context: Context, names: readonly string[], at: Location): readonly Fix[] {
	const text = context.anchor.textAt(at);
	const wrong = text !== undefined && /(?:^|\.)([\p{L}_][\p{L}\p{N}_]*)$/u.exec(text)?.[1];
	if (!wrong) return [];
	return names
		.filter((name) => /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name))
		.map((name) => {
			const whole = name.includes(".");
			const start = whole ? at.start : at.end - wrong.length;
			return {
				title: `Change it to \`${name}\``,
				edits: [{ at: { file: at.file, start, end: at.end }, replacement: name }],
			};
		});
}
