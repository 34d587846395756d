import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import type { Hint } from "../hint.js";
import type { FunctionType, Origin, Type } from "../types/types.js";

/**
 * The classic mistake `cross_entropy(softmax(z), y)`: a loss of logits is given probabilities. It has a value, and
 * trains badly. Where a value comes from `softmax` or `sigmoid` is part of its type.
 */
const toProbabilities = new Set(["softmax", "sigmoid"]);

/** Models of the library whose last step is linear: what they give are no probabilities. */
const linear: ReadonlySet<string> = new Set(["Linear", "MLP", "Conv1d", "Conv2d", "Conv3d"]);

/** Losses that take something else: what, and what to do. */
interface Wanted {
	readonly what: string;
	readonly hint: Hint;
	/** What makes it of logits; itself, if it takes them. */
	readonly by?: string;
	/** The loss that takes logits. */
	readonly instead?: string;
}

const losses: ReadonlyMap<string, Wanted> = new Map([
	["cross_entropy", { what: "logits", hint: "`cross_entropy` applies `softmax` itself" }],
	["bce_with_logits", { what: "logits", hint: "`bce_with_logits` applies `sigmoid` itself" }],
	[
		"nll",
		{
			what: "logarithms of probabilities",
			hint: "`log_softmax` gives them without overflow",
			by: "log_softmax",
			instead: "cross_entropy",
		},
	],
]);

const twice: Hint =
	"of probabilities it makes nearly equal ones: once is enough, and a loss of logits applies it itself";

/** `softmax(softmax(z))`, as where a model ends in it and a loss begins with it. */
const softmaxes: ReadonlyMap<string, Wanted> = new Map([
	["softmax", { what: "logits", hint: twice }],
	["log_softmax", { what: "logits", hint: twice }],
]);

/** Losses that logits are not for, whatever else is. */
const notOfLogits: ReadonlyMap<string, Wanted> = new Map([
	...[...losses].filter(([, { by }]) => by),
	["bce", { what: "probabilities", hint: "`sigmoid` makes them", by: "sigmoid", instead: "bce_with_logits" }],
]);

function isOfLibrary(fn: FunctionType): boolean {
	return fn.at?.file.startsWith("std.") ?? false;
}

/**
 * Where the value of a declared function, or of the call of a model, is made by one of them: in its last line, or in a
 * `let` that this line names.
 */
export function probabilitiesOf(context: Context, node: ast.FunctionDeclaration): Origin | undefined {
	const lines = node.body.kind === "Block" ? node.body.statements : [];
	const last = lines.at(-1);
	return madeBy(context, lines, last?.kind === "ExpressionStatement" ? last.value : node.body, lines.length);
}

function madeBy(
	context: Context,
	lines: readonly ast.Statement[],
	node: ast.Expression,
	depth: number,
): Origin | undefined {
	switch (node.kind) {
		case "Parenthesized":
			return madeBy(context, lines, node.inner, depth);
		case "Name": {
			const line = lines.find(
				(l) => l.kind === "Let" && l.pattern.kind === "NamePattern" && l.pattern.name === node.name,
			);
			return line?.kind === "Let" && depth > 0 ? madeBy(context, lines, line.value, depth - 1) : undefined;
		}
		case "Call":
			return namedOrigin(context, node, node.callee);
		case "Binary":
			if (node.operator !== "|>") return undefined;
			return namedOrigin(context, node, node.right.kind === "Call" ? node.right.callee : node.right);
		default:
			return undefined;
	}
}

function namedOrigin(context: Context, node: ast.Expression, callee: ast.Expression): Origin | undefined {
	if (callee.kind !== "Name" || !toProbabilities.has(callee.name)) return undefined;
	const found = context.scope.find(callee.name);
	if (!found?.at.file.startsWith("std.")) return undefined;
	return { at: locate(context, node), label: `made by \`${callee.name}\`` };
}

/** The result of a call, which remembers that it is probabilities. */
export function markProbabilities(context: Context, site: CallSite, fn: FunctionType, result: Type): Type {
	const name = fn.special ?? fn.name;
	if (!name || !toProbabilities.has(name) || !isOfLibrary(fn) || result.kind !== "tensor") return result;
	return { ...result, probabilities: { at: locate(context, site.node), label: `made by \`${name}\`` } };
}

/** `nll(net(x), y)`, where the net ends in a linear layer: it has a value, too, that goes down without an end. */
function warnOfLogits(context: Context, site: CallSite, fn: FunctionType): void {
	const wanted = fn.name && isOfLibrary(fn) ? notOfLogits.get(fn.name) : undefined;
	const first = fn.parameters[0]?.name;
	const argument = wanted && (site.arguments.find((a) => a.name?.name === first) ?? site.arguments[0]);
	const made = argument && linearOrigin(context, argument.value, 8);
	if (!wanted || !made) return;
	const at = locate(context, argument.value);
	const text = context.anchor.text(argument.value.span);
	const { callee } = site;
	const here = made.at.start >= at.start && made.at.end <= at.end;
	report(context, {
		code: "E0360",
		severity: "warning",
		at,
		message: `\`${fn.name}\` takes ${wanted.what}, and these are logits`,
		...(here ? { label: made.label } : { related: [made] }),
		hint: `\`${wanted.instead}\` takes logits; or \`${wanted.by}(..)\` makes ${wanted.what} of them`,
		fixes: [
			...(callee.kind === "Name"
				? [
						{
							title: `Change it to \`${wanted.instead}\``,
							edits: [{ at: locate(context, callee), replacement: wanted.instead ?? "" }],
						},
					]
				: []),
			{ title: `Give ${wanted.what}`, edits: [{ at, replacement: `${wanted.by}(${text})` }] },
		],
	});
}

/** Where a value is what a linear layer gives, or a part of that. */
function linearOrigin(context: Context, node: ast.Expression, depth: number): Origin | undefined {
	if (depth === 0) return undefined;
	switch (node.kind) {
		case "Parenthesized":
			return linearOrigin(context, node.inner, depth);
		case "Index":
			return linearOrigin(context, node.base, depth);
		case "Name": {
			const source = context.scope.find(node.name)?.source;
			return source && linearOrigin(context, source, depth - 1);
		}
		case "Call": {
			const type = context.session.knowledge.types.get(node.callee);
			if (type?.kind !== "model" || !type.declaration.at.file.startsWith("std.")) return undefined;
			const { name } = type.declaration;
			return linear.has(name)
				? { at: locate(context, node), label: `given by \`${name}\`, whose last step is linear` }
				: undefined;
		}
		default:
			return undefined;
	}
}

export function warnOfProbabilities(context: Context, site: CallSite, fn: FunctionType): void {
	warnOfLogits(context, site, fn);
	const name = fn.special ?? fn.name;
	const wanted = name && isOfLibrary(fn) ? (losses.get(name) ?? softmaxes.get(name)) : undefined;
	const first = fn.parameters[0]?.name;
	const argument = wanted && (site.arguments.find((a) => a.name?.name === first) ?? site.arguments[0]);
	if (!name || !wanted || !argument) return;
	const type = argument.type ?? context.session.knowledge.types.get(argument.value);
	if (type?.kind !== "tensor" || !type.probabilities) return;
	if (softmaxes.has(name) && !type.probabilities.label.includes("softmax")) return;
	const logits = isMadeHere(argument.value) ? operandOf(argument.value) : undefined;
	const given = (node: ast.Expression): string => {
		const text = context.anchor.text(node.span);
		return wanted.by ? `${wanted.by}(${text})` : text;
	};
	const at = locate(context, argument.value);
	const { probabilities } = type;
	const here = probabilities.at.start >= at.start && probabilities.at.end <= at.end;
	report(context, {
		code: "E0360",
		severity: "warning",
		at,
		message: `\`${name}\` takes ${wanted.what}, and these are probabilities`,
		related: here ? [] : [probabilities],
		hint: wanted.hint,
		fixes: logits ? [{ title: `Give ${wanted.what}`, edits: [{ at, replacement: given(logits) }] }] : [],
	});
}

/** Not by a function or a model of the program, whose argument is something else. */
function isMadeHere(node: ast.Expression): boolean {
	if (node.kind === "Parenthesized") return isMadeHere(node.inner);
	const callee = node.kind === "Call" ? node.callee : node.kind === "Binary" ? node.right : undefined;
	return callee?.kind === "Name" && toProbabilities.has(callee.name);
}

/** z in `softmax(z)`, `(softmax(z))` and `z |> softmax`. */
function operandOf(node: ast.Expression): ast.Expression | undefined {
	if (node.kind === "Parenthesized") return operandOf(node.inner);
	if (node.kind === "Call") return node.arguments.length === 1 ? node.arguments[0]?.value : undefined;
	return node.kind === "Binary" && node.operator === "|>" && node.right.kind === "Name"
		? node.left
		: undefined;
}
