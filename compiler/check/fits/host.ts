import type * as ast from "../../../grammar/ast.js";
import { add, constant, type Dim, decideEqual, noFacts, variable, withAtLeast } from "../../dims/dim.js";
import { asList } from "../binders/family.js";
import { type Context, declare, inner, locate, report, within } from "../context.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { checkStatement } from "../expressions/statement.js";
import { restInLoop } from "../signatures/rests.js";
import { unstacked } from "../signatures/stack-type.js";
import { firstAxis } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import { errorType, type Type } from "../types/types.js";
import { checkCount } from "./fit-names.js";
import { checkUntil } from "./track.js";

/** Loops at the host level: each turn is run by itself, over what is known then. */

export function checkHostLoop(context: Context, node: ast.Loop): void {
	const sources = node.head === "repeat" ? repeated(context, node) : sourcesOf(context, node);
	for (const clause of node.clauses) {
		if (clause.word === "until") continue;
		report(context, {
			code: "E0411",
			at: locate(context, clause),
			message: `a loop at the host level runs over all that it is given: it takes no \`${clause.word}\``,
			hint: "say what it runs over: `xs[0..3]`, `0..10`",
		});
		infer(context, clause.value);
	}
	for (const { items, context: turn } of sideBySide(context, sources)) {
		const scope = inner(turn);
		context.session.knowledge.scopes.set(node.body, scope.scope);
		for (const { pattern } of node.bindings)
			if (pattern.kind === "Rest" && pattern.name.kind === "Identifier")
				declare(scope, pattern.name, errorType, "local", { uses: 1 });
		for (const [i, { pattern }] of sources.entries())
			if (pattern) bindPattern(scope, pattern, items[i] ?? errorType);
		for (const statement of node.body.statements) checkStatement(scope, statement);
		for (const clause of node.clauses) if (clause.word === "until") checkUntil(scope, clause.value, node);
	}
}

/** What a name runs over; `repeat` has none. */
interface Source {
	readonly pattern?: ast.Pattern;
	readonly node: { readonly span: ast.Name["span"] };
	/** Undefined after a mistake. */
	readonly turns: readonly Turn[] | undefined;
	readonly length: Dim | undefined;
}

function repeated(context: Context, node: ast.Loop): Source[] {
	if (!node.count) {
		report(context, {
			code: "E0411",
			at: locate(context, node),
			message: "`repeat` says how often: `repeat 100 { .. }`",
		});
		return [];
	}
	checkCount(context, node.count);
	return [{ node: node.count, turns: [{ item: errorType, context }], length: undefined }];
}

function sourcesOf(context: Context, node: ast.Loop): Source[] {
	return node.bindings.flatMap((binding): Source[] => {
		const { pattern, source } = binding;
		if (pattern.kind === "Rest") {
			restInLoop(context, pattern);
			return [];
		}
		if (!source) {
			report(context, {
				code: "E0432",
				at: locate(context, binding),
				message: "a loop at the host level says what it runs over",
				hint: "for example `for x in xs { .. }`, `for i in 0..3 { .. }`",
			});
			return [{ pattern, node: pattern, turns: undefined, length: undefined }];
		}
		const type = infer(context, source);
		const turns = turnsOf(context, type);
		if (!turns && type.kind !== "error") {
			report(context, {
				code: "E0432",
				at: locate(context, source),
				message: `a loop runs over a list, a range, a tuple or a first axis, and this is ${showType(type)}`,
			});
		}
		return [{ pattern, node: source, turns, length: turns && lengthOfSource(type) }];
	});
}

/** How many turns there are, if that is known by name. */
function lengthOfSource(type: Type): Dim | undefined {
	if (type.kind === "tuple" && type.elements.some((e) => e.name === undefined))
		return constant(type.elements.length);
	const list = asList(type);
	return list ? lengthOf(list) : firstAxes(type)[0];
}

/** Several sources run side by side: they are of one length. */
function sideBySide(
	context: Context,
	sources: readonly Source[],
): { readonly items: readonly Type[]; readonly context: Context }[] {
	const [first, ...others] = sources;
	const unknown = [{ items: sources.map(() => errorType), context }];
	if (!first || sources.some((s) => !s.turns)) return unknown;
	for (const other of others) {
		if (!first.length || !other.length) continue;
		const verdict = decideEqual(first.length, other.length, context.facts);
		if (verdict.verdict === "equal") continue;
		report(context, {
			code: "E0432",
			at: locate(context, other.node),
			message: `sources side by side have as many turns, and here there are ${showDim(first.length)} and ${showDim(other.length)}`,
			related: [{ at: locate(context, first.node), label: `${showDim(first.length)} turns` }],
			hint: "for all pairs, put one loop into the other",
		});
		return unknown;
	}
	const all = sources.map((s) => s.turns ?? []);
	const most = Math.max(...all.map((turns) => turns.length));
	return Array.from({ length: most }, (_, k) => {
		const turns = all.map((own) => own[k] ?? own[0]);
		return {
			items: turns.map((turn) => turn?.item ?? errorType),
			context: turns.find((turn) => turn && turn.context !== context)?.context ?? context,
		};
	});
}

interface Turn {
	readonly item: Type;
	readonly context: Context;
}

/** Longer ranges are checked once, for all their numbers. */
const mostTurns = 64;

/** What the turns are given; one turn stands for all of a kind. */
function turnsOf(context: Context, source: Type): readonly Turn[] | undefined {
	if (source.kind === "tuple") {
		const stacked = source.elements.length > 0 && source.elements.every((e) => e.name !== undefined);
		const row = stacked ? unstacked(context, source)?.one : undefined;
		if (row) return [{ item: row, context }];
		return stacked
			? undefined
			: each(
					context,
					source.elements.map((e) => e.type),
				);
	}
	if (source.kind === "tensor" || source.kind === "stack") {
		const row = unstacked(context, source)?.one;
		return row && [{ item: row, context }];
	}
	const list = asList(source);
	if (!list) return undefined;
	const size = lengthOf(list);
	if (list.elements && (source.kind === "list" || list.elements.length <= mostTurns))
		return each(context, list.elements);
	const { dim } = variable("i", { minimum: 0 });
	const facts = withAtLeast(context.facts, size, add(dim, constant(1)));
	const item: Type | undefined =
		source.kind === "range"
			? { kind: "Int", value: add(source.from ?? constant(0), dim) }
			: elementAt(list, dim);
	return item && [{ item, context: within(context, { facts }) }];
}

function each(context: Context, items: readonly Type[]): Turn[] {
	return items.map((item, i) => ({
		item,
		context: within(context, {
			trail: [...context.trail, `in turn ${i} of this loop, for ${showType(item)}`],
		}),
	}));
}

/** One row of what is stacked along a common first axis, taken apart. */
export function rowOf(type: Type): Type | undefined {
	return unstacked({ facts: noFacts }, type)?.one;
}

export function firstAxes(type: Type): readonly Dim[] {
	if (type.kind === "tensor") {
		const axis = firstAxis(type.shape);
		return axis ? [axis.size] : [];
	}
	if (type.kind === "stack") return type.dims.slice(0, 1);
	return type.kind === "tuple" ? type.elements.flatMap((e) => firstAxes(e.type)) : [];
}
