import type * as ast from "../../../grammar/ast.js";
import { freeNames, patternNames } from "../../../grammar/free-names.js";
import {
	add,
	asConstant,
	constant,
	type Dim,
	isAtLeast,
	noFacts,
	variable,
	withAtLeast,
} from "../../dims/dim.js";
import { type Context, inner, locate, report, within } from "../context.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { reachesHost } from "../fits/kernel.js";
import { asTensor } from "../trees/stack.js";
import { complexOfParts, complexPart } from "../types/complex-type.js";
import { holdsError } from "../types/holds-error.js";
import { Matcher } from "../types/match.js";
import { firstAxis } from "../types/shape.js";
import { showType } from "../types/show.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import { errorType, noQuantified, scalar, type Type } from "../types/types.js";
import { noneOfNothing, reduceTensor, stack } from "./binder.js";
import { asList } from "./family.js";

/**
 * `for s in 0..3: train(seed = s)`: a binder whose body runs fits. Its names are static, each turn runs by itself at
 * the host level, and the turns' values are put side by side.
 */
export function hostBinder(context: Context, node: ast.Binder): Type | undefined {
	if (context.kernel || !reachesHost(context, node.body)) return undefined;
	const sources: Source[] = [];
	for (const binding of node.bindings) {
		const source = sourceOf(context, node, binding);
		if (source === "error") return errorType;
		sources.push(source);
	}
	if (node.where) {
		report(context, {
			code: "E0321",
			at: locate(context, node.where),
			message: "each turn runs by itself: a `where` would leave holes",
			hint: "choose among the turns in a list: `[for .. where ..: ..]`",
		});
		return errorType;
	}
	warnEqualTurns(context, node);
	return together(context, node, sources, bodies(context, node, sources));
}

interface Source {
	readonly pattern: ast.Pattern;
	readonly length: Dim;
	/** Each item by itself, if they are few; else one for all. */
	readonly items: readonly Type[] | undefined;
	readonly at: ItemAt;
	/** Of a range that does not begin at 0: where it ends. */
	readonly to?: Dim;
}

type ItemAt = (index: Dim) => Type;

/** As many turns are checked one by one. */
const mostTurns = 64;

function sourceOf(context: Context, node: ast.Binder, binding: ast.Binding): Source | "error" {
	const { pattern, source } = binding;
	if (!source || pattern.kind === "Rest") {
		report(context, {
			code: "E0334",
			at: locate(context, binding),
			message: "each turn runs by itself, at the host level: it is said over what, not found from uses",
			hint: `for example \`${node.word} ${patternNames(pattern)[0] ?? "s"} in 0..3: ..\``,
		});
		return "error";
	}
	const type = infer(context, source);
	if (type.kind === "error") return "error";
	if (type.kind === "Int" && type.value)
		return {
			pattern,
			length: type.value,
			items: undefined,
			at: (value: Dim): Type => ({ kind: "Int", value }),
		};
	const list = asList(type);
	if (list) {
		const length = lengthOf(list);
		const { elements } = list;
		return {
			pattern,
			length,
			items: elements && elements.length <= mostTurns ? elements : undefined,
			at: (i: Dim): Type => elementAt(list, i) ?? errorType,
			...(type.kind === "range" && type.to && asConstant(type.from ?? constant(0)) !== 0 && { to: type.to }),
		};
	}
	const first = type.kind === "tensor" ? firstAxis(type.shape) : undefined;
	if (type.kind === "tensor" && first) {
		const { element, below } = type;
		const row: Type = { kind: "tensor", element, shape: first.row, ...(below && { below }) };
		return { pattern, length: first.size, items: undefined, at: () => row };
	}
	report(context, {
		code: "E0432",
		at: locate(context, source),
		message: `turns that run a fit go over a list, a range or a first axis, and this is ${showType(type)}`,
	});
	return "error";
}

/** The types of the turns: of all, or of one that stands for all. */
function bodies(context: Context, node: ast.Binder, sources: readonly Source[]): Type[] {
	const itemsOf = (source: Source): readonly Type[] | undefined =>
		isSeedOnly(context, node, source) ? source.items?.slice(0, 1) : source.items;
	const count = sources.reduce((product, s) => product * (itemsOf(s)?.length ?? 1), 1);
	let turns: { readonly context: Context; readonly items: readonly Type[] }[] = [{ context, items: [] }];
	for (const source of sources) {
		const items = itemsOf(source);
		if (items && count <= mostTurns) {
			turns = turns.flatMap((turn) => items.map((item) => ({ ...turn, items: [...turn.items, item] })));
			continue;
		}
		const { dim } = variable(patternNames(source.pattern)[0] ?? "i", { minimum: 0 });
		turns = turns.map((turn) => ({
			context: within(turn.context, {
				facts: withAtLeast(turn.context.facts, source.length, add(dim, constant(1))),
			}),
			items: [...turn.items, source.at(dim)],
		}));
	}
	return turns.map((turn) => {
		const trail = [
			...context.trail,
			...(turns.length > 1 ? [`in the turn for ${turn.items.map(showType).join(", ")}`] : []),
		];
		const scope = inner(within(turn.context, { trail }));
		context.session.knowledge.scopes.set(node, scope.scope);
		for (const [i, source] of sources.entries())
			bindPattern(scope, source.pattern, turn.items[i] ?? errorType);
		return infer(scope, node.body);
	});
}

/** Turns that differ in their seed are of one type: one stands for all. */
function isSeedOnly(context: Context, node: ast.Binder, { pattern }: Source): boolean {
	const call = fitCall(context, node.body);
	const names = patternNames(pattern);
	if (!call || names.some((name) => freeNames(call.callee).has(name))) return false;
	return call.arguments.every(
		(a) => a.name?.name === "seed" || !names.some((name) => freeNames(a.value).has(name)),
	);
}

function together(
	context: Context,
	node: ast.Binder,
	sources: readonly Source[],
	types: readonly Type[],
): Type {
	const [first] = types;
	if (!first) {
		report(context, {
			code: "E0322",
			at: locate(context, node.bindings[0]?.source ?? node),
			message: "there is nothing to run over: this list is empty",
		});
		return errorType;
	}
	const other = types.find((t) => !sameType(first, t));
	if (types.some((t) => t.kind === "error") || (other && types.some(holdsError))) return errorType;
	if (other) {
		report(context, {
			code: "E0322",
			at: locate(context, node.body),
			message: `the turns give different types: ${showType(first)} and ${showType(other)}`,
			hint: "a static list keeps its elements apart: `[for ..]`",
		});
		return errorType;
	}
	const lengths = sources.map((s) => s.length);
	if (node.word === "for") return stack(context, node, { dims: lengths }, first);
	const value = asTensor(first);
	const [only] = sources;
	if (value) {
		const type = reduceTensor(context, node, { ...value, below: undefined }, lengths);
		// The position of an extremum is the name's value there.
		const isPosition = node.word === "argmax" || node.word === "argmin";
		return isPosition && only?.to && type.kind === "tensor" ? scalar("int") : type;
	}
	const complex = complexPart(first);
	if (complex && (node.word === "sum" || node.word === "mean")) {
		if (sources.every((s) => isAtLeast(s.length, constant(1), context.facts))) return complexOfParts(complex);
		return noneOfNothing(context, node);
	}
	report(context, {
		code: "E0322",
		at: locate(context, node.body),
		message: `\`${node.word}\` of ${showType(first)} means nothing`,
	});
	return errorType;
}

/** Static numbers are put side by side as tensors: their values need not be equal. */
export function sameType(a: Type, b: Type): boolean {
	const [x, y] = [comparable(a), comparable(b)];
	return fits(x, y) && fits(y, x);
}

function comparable(type: Type): Type {
	if (type.kind === "Int") return scalar("int");
	if (type.kind === "Real") return scalar("real");
	if (type.kind === "tuple")
		return { ...type, elements: type.elements.map((e) => ({ ...e, type: comparable(e.type) })) };
	return type.kind === "Bool" ? scalar("bool") : type;
}

function fits(wanted: Type, actual: Type): boolean {
	const matcher = new Matcher(noQuantified, noFacts);
	return matcher.match(wanted, actual) === undefined && matcher.finish() === undefined;
}

/** `for s in 0..3: train()` is three times the same run. */
function warnEqualTurns(context: Context, node: ast.Binder): void {
	const call = fitCall(context, node.body);
	if (!call) return;
	const names = node.bindings.flatMap((b) => patternNames(b.pattern));
	const used = freeNames(node.body);
	if (names.some((n) => used.has(n)) || call.arguments.some((a) => draws(a.value))) return;
	const [name] = names;
	const at = locate(context, call);
	report(context, {
		code: "E0452",
		severity: "warning",
		at,
		message:
			name === undefined
				? "each turn is the same run: nothing in it depends on the turn"
				: `each turn is the same run: \`${name}\` is not used in it`,
		related: [{ at: locate(context, node.bindings[0] ?? node), label: "the turns" }],
		hint: `give each its seed: \`seed = ${name ?? "s"}\``,
		fixes:
			name === undefined
				? []
				: [
						{
							title: `Give each turn its seed (\`seed = ${name}\`)`,
							edits: [
								{
									at: locate(context, { span: { start: call.span.end - 1, end: call.span.end - 1 } }),
									replacement: call.arguments.length > 0 ? `, seed = ${name}` : `seed = ${name}`,
								},
							],
						},
					],
	});
}

/** The call of a fit that a body is, or whose field it is. */
function fitCall(context: Context, node: ast.Expression): ast.Call | undefined {
	if (node.kind === "Field") return fitCall(context, node.base);
	if (node.kind === "Parenthesized") return fitCall(context, node.inner);
	if (node.kind !== "Call" || node.callee.kind !== "Name") return undefined;
	const type = context.scope.find(node.callee.name)?.type;
	return type?.kind === "declaration" && type.symbol.role === "fit" ? node : undefined;
}

/** What is called may draw, so that turns differ. */
function draws(node: ast.Expression): boolean {
	return !["Number", "Name", "Bool", "String", "Field"].includes(node.kind);
}
