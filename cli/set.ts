import { showType } from "../compiler/check/types/show.js";
import type { Type } from "../compiler/check/types/types.js";
import type { Diagnostic } from "../compiler/source/diagnostic.js";
import { quoted, suggestion } from "../compiler/source/near.js";
import type * as ast from "../grammar/ast.js";
import { parseExpression, parseFile } from "../grammar/parse.js";
import { type AnyNode, walk } from "../grammar/visit.js";
import { openProgram } from "../runtime/open.js";
import { fileProblem } from "./report.js";

/**
 * `--set name=value`: the program with another value of a top-level `let`, or another default of an option. The value
 * is written into the text, so that everything is checked with it as if the author had written it.
 */
export type Changed = { readonly text: string } | Unchanged;

interface Unchanged {
	readonly problems: readonly Diagnostic[];
	/** The text that the problems point into, where it is the changed one. */
	readonly tried?: string;
}

/** Something that can be set: `rate`, or `classifier.hidden`. */
interface Settable {
	readonly name: string;
	readonly value: ast.Expression;
	/** Offsets of the value in the file. */
	readonly start: number;
	readonly end: number;
	/** Of an option: the declaration that has it, and its place there. */
	readonly owner?: string;
	readonly position?: number;
}

interface Replacement extends Settable {
	readonly setting: string;
	readonly text: string;
	/** How many line breaks the old value has. */
	readonly lines: number;
}

export function setValues(file: string, text: string, settings: readonly string[]): Changed {
	const tree = parseFile(text);
	const settable = settablesOf(tree);
	const replacements: Replacement[] = [];
	for (const setting of settings) {
		const found = replacementOf(setting, settable, tree);
		if ("problem" in found) return { problems: [refused(file, found.problem, found.hint)] };
		if (replacements.some((r) => r.start === found.start))
			return { problems: [refused(file, `\`${found.name}\` is set twice`)] };
		replacements.push(found);
	}
	const changed = withReplacements(text, replacements);
	return checked(file, text, changed, replacements);
}

function refused(file: string, message: string, hint?: string): Diagnostic {
	return { ...fileProblem("E0703", file, message), ...(hint !== undefined && { hint }) };
}

type Refused = { readonly problem: string; readonly hint?: string };

function replacementOf(
	setting: string,
	settable: readonly Settable[],
	tree: ast.SyntaxTree,
): Replacement | Refused {
	const at = setting.indexOf("=");
	const [name, value] = at < 0 ? [setting, ""] : [setting.slice(0, at).trim(), setting.slice(at + 1).trim()];
	if (at < 0 || value === "")
		return { problem: `\`--set ${setting}\` has no value`, hint: "write `--set name=value`" };
	const all = settable.map((s) => s.name);
	// A bare name is that of a `let`, or of the one declaration that has such an option.
	const exact = settable.filter((s) => s.name === name);
	const found =
		exact.length > 0 ? exact : settable.filter((s) => s.owner !== undefined && s.name.endsWith(`.${name}`));
	const [only] = found;
	if (!only)
		return {
			problem: `there is nothing to set that is named \`${name}\``,
			hint: suggestion(
				name,
				all,
				all.length > 0 ? `there is ${quoted(all)}` : "the program has no `let` and no option with a default",
			),
		};
	if (found.length > 1)
		return {
			problem: `\`${name}\` may be ${quoted(found.map((f) => f.name))}`,
			hint: `say which: \`--set ${only.name}=${value}\``,
		};
	const written = only.value.kind === "String" && !value.startsWith('"') ? textLiteral(value) : value;
	const parsed = parseExpression(written);
	const [mistake] = parsed.problems;
	if (mistake || /[\r\n]/.test(written))
		return {
			problem: `\`${value}\` is no value: ${mistake ? mistake.message : "it has more than one line"}`,
		};
	if (only.owner !== undefined && alwaysGiven(tree, only))
		return {
			problem: `setting \`${only.name}\` changes nothing: each call of \`${only.owner}\` gives this option itself`,
			hint: "it sets the default of the option; leave it out where it is called, or set what the call gives",
		};
	const lines = tree.text.slice(only.start, only.end).split("\n").length - 1;
	return { ...only, setting, text: written, lines };
}

function textLiteral(value: string): string {
	return `"${value.replaceAll(/[\\"{}]/g, (c) => `\\${c}`)}"`;
}

function settablesOf(tree: ast.SyntaxTree): Settable[] {
	return tree.slices.flatMap((slice) =>
		slice.items.flatMap(({ declaration: node }): Settable[] => {
			const place = (value: ast.Expression): Pick<Settable, "value" | "start" | "end"> => ({
				value,
				start: slice.offset + value.span.start,
				end: slice.offset + value.span.end,
			});
			if (node.kind === "Let")
				return node.pattern.kind === "NamePattern" ? [{ name: node.pattern.name, ...place(node.value) }] : [];
			if (node.kind !== "Fit" && node.kind !== "Model" && node.kind !== "Function") return [];
			if (node.name?.kind !== "Identifier") return [];
			const owner = node.name.name;
			return node.parameters.flatMap((p, position) =>
				p.default && p.name.kind === "Identifier"
					? [{ name: `${owner}.${p.name.name}`, owner, position, ...place(p.default) }]
					: [],
			);
		}),
	);
}

/** Whether the file calls the owner, and each call gives the option. */
function alwaysGiven(tree: ast.SyntaxTree, option: Settable): boolean {
	let [calls, giving] = [0, 0];
	const own = option.name.slice((option.owner ?? "").length + 1);
	const visit = (node: AnyNode): undefined => {
		if (node.kind !== "Call") return;
		const call = node as ast.Call;
		if (call.callee.kind !== "Name" || call.callee.name !== option.owner) return;
		calls++;
		const positional = call.arguments.filter((a) => !a.name).length;
		if (positional > (option.position ?? 0) || call.arguments.some((a) => a.name?.name === own)) giving++;
	};
	for (const slice of tree.slices) for (const item of slice.items) walk(item, visit);
	return calls > 0 && giving === calls;
}

/** The lines stay where they are: what a value had more of them stands behind it. */
function withReplacements(text: string, replacements: readonly Replacement[]): string {
	let changed = text;
	for (const { start, end, lines, text: value } of [...replacements].sort((a, b) => b.start - a.start)) {
		changed = changed.slice(0, start) + value + "\n".repeat(lines) + changed.slice(end);
	}
	return changed;
}

/** A value is of the kind that it had; what else is wrong with it is found where it is used. */
function checked(file: string, before: string, after: string, replacements: readonly Replacement[]): Changed {
	const [old, now] = [openProgram(file, before), openProgram(file, after)];
	const typeOf = (opened: typeof old, name: string): Type | undefined =>
		opened.program?.scopes.get(opened.program.program.root)?.names.get(name)?.type;
	for (const { name, text, owner, start, end } of replacements) {
		if (owner !== undefined) continue;
		const [was, is] = [typeOf(old, name), typeOf(now, name)];
		if (!was || !is || was.kind === "error" || is.kind === "error" || was.kind === is.kind) continue;
		if (was.kind === "Real" && is.kind === "Int") continue;
		const problem = refused(file, `\`${name}\` is ${showType(was)}, and \`${text}\` is ${showType(is)}`);
		return { problems: [{ ...problem, at: { file, start, end } }] };
	}
	const errors = now.diagnostics.filter((d) => d.severity === "error");
	if (errors.length === 0) return { text: after };
	// What is wrong with the values themselves comes before what follows from them.
	const own = errors.filter(({ at }) =>
		replacements.some((r) => {
			const from = r.start + shiftAt(replacements, r.start);
			return at.file === file && at.start >= from && at.end <= from + r.text.length;
		}),
	);
	const said = replacements.map((r) => `--set ${r.setting}`).join(" ");
	return {
		tried: after,
		problems: (own.length > 0 ? own : errors).map((d) => ({ ...d, notes: [...d.notes, `with ${said}`] })),
	};
}

/** How far a place of the text has moved by the values before it. */
function shiftAt(replacements: readonly Replacement[], offset: number): number {
	return replacements
		.filter((r) => r.start < offset)
		.reduce((sum, r) => sum + r.text.length + r.lines - (r.end - r.start), 0);
}
