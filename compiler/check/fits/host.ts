import type * as ast from "../../../grammar/ast.js";
import { add, constant, type Dim, noFacts, variable, withAtLeast } from "../../dims/dim.js";
import { asList } from "../binders/family.js";
import { type Context, inner, locate, report, unsupported, within } from "../context.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { checkStatement } from "../expressions/statement.js";
import { unstacked } from "../signatures/stack-type.js";
import { showType } from "../types/show.js";
import { elementAt, lengthOf } from "../types/substitute.js";
import { errorType, type Type } from "../types/types.js";

/** Loops at the host level: each turn is run by itself, over what is known then. */

export function checkHostLoop(context: Context, node: ast.Loop): void {
	const [binding, second] = node.bindings;
	if (node.head === "repeat" || !binding) {
		unsupported(context, node, "a `repeat` at the top level");
		return;
	}
	for (const clause of node.clauses)
		unsupported(context, clause, `\`${clause.word}\` of a loop at the top level`);
	if (second) unsupported(context, second, "several sources side by side");
	const { pattern, source } = binding;
	if (!source || pattern.kind === "Rest") {
		unsupported(context, binding, "a loop without `in`");
		return;
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
	for (const { item, context: turn } of turns ?? [{ item: errorType, context }]) {
		const scope = inner(turn);
		context.session.knowledge.scopes.set(node.body, scope.scope);
		bindPattern(scope, pattern, item);
		for (const statement of node.body.statements) checkStatement(scope, statement);
	}
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
	if (type.kind === "tensor") return type.shape.dims.slice(0, 1);
	if (type.kind === "stack") return type.dims.slice(0, 1);
	return type.kind === "tuple" ? type.elements.flatMap((e) => firstAxes(e.type)) : [];
}
