import type * as ast from "../../../grammar/ast.js";
import { constant, type Dim, element, length, mul } from "../../dims/dim.js";
import { type Context, inner, locate, report, within } from "../context.js";
import { notBool } from "../expressions/conditional.js";
import { withoutInner } from "../expressions/escape.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { assuming } from "../signatures/conditions.js";
import { anyOf } from "../types/any-of.js";
import { showType } from "../types/show.js";
import { familyList, lengthOf, noBindings, substituteType } from "../types/substitute.js";
import { errorType, freshId, type ListType, type Type } from "../types/types.js";
import { bornSince, listsSince, type Moment, now } from "../types/visit-type.js";
import { listSource } from "./binder-source.js";
import { anyTurn, mapFamily, nameOf, withTurn } from "./family.js";
import { factsOf } from "./whole.js";

/**
 * `[for (a, b) in pairs(widths): Linear(a, b)]`: a static list. Over several names it is the list of all combinations,
 * the last name fastest; a `where`, known before running, leaves some out.
 */
export function comprehension(context: Context, node: ast.Binder, body: Body = infer): Type {
	const turns = turnsOf(context, node, body, node.bindings);
	if (!turns) return errorType;
	if (turns.kind === "family") return turns.type ?? combinations(context, node, body);
	const kept = turns.list.filter((t) => t.kept !== false);
	const elements = kept.map((t) => t.type);
	if (kept.every((t) => t.kept)) return { kind: "list", elements };
	return someOf(context, node, elements);
}

/** How the type of a turn is found. */
type Body = (context: Context, node: ast.Expression) => Type;

interface Turn {
	readonly type: Type;
	/** Whether `where` holds; undefined if that is known only later. */
	readonly kept: boolean | undefined;
}

type Turns =
	| { readonly kind: "turns"; readonly list: readonly Turn[] }
	/** Over a list of unknown length; undefined where that is not all. */
	| { readonly kind: "family"; readonly type: Type | undefined };

/** Undefined where a mistake is reported. */
function turnsOf(
	context: Context,
	node: ast.Binder,
	body: Body,
	bindings: readonly ast.Binding[],
	isFirst = true,
): Turns | undefined {
	const [binding, ...others] = bindings;
	if (!binding) {
		const turn = turnBody(context, node, body);
		return turn && { kind: "turns", list: [turn] };
	}
	const { pattern, source } = binding;
	if (!source || pattern.kind === "Rest") {
		report(context, {
			code: "E0317",
			at: locate(context, binding),
			message: "a list in brackets runs over something that is known before running: say what, by `in`",
			hint: "without brackets, `for` makes a tensor, and finds the range of a name from its uses",
		});
		return undefined;
	}
	const list = listSource(context, source);
	if (!list) return undefined;
	if (!list.elements) {
		const isAlone = others.length === 0 && isFirst && !node.where;
		return { kind: "family", type: isAlone ? family(context, node, binding, list, body) : undefined };
	}
	const turns: Turn[] = [];
	for (const [i, entry] of list.elements.entries()) {
		const trail = [...context.trail, `in turn ${i} of this list, for ${showType(entry)}`];
		const scope = inner(within(context, { trail }));
		context.session.knowledge.scopes.set(node, scope.scope);
		bindPattern(scope, pattern, entry);
		const inside = turnsOf(scope, node, body, others, false);
		if (!inside) return undefined;
		if (inside.kind === "family") return inside;
		turns.push(...inside.list);
	}
	return { kind: "turns", list: turns };
}

function turnBody(context: Context, node: ast.Binder, body: Body): Turn | undefined {
	if (!node.where) return { type: body(context, node.body), kept: true };
	const condition = infer(context, node.where);
	if (condition.kind === "error") return undefined;
	if (condition.kind !== "Bool") {
		if (condition.kind === "tensor" && condition.element === "bool")
			report(context, {
				code: "E0317",
				at: locate(context, node.where),
				message: "which elements a list has is known before running, and this condition is computed",
				hint: "without brackets, a `where` masks: `sum i where x[i] > 0: x[i]`",
			});
		else notBool(context, node.where, condition);
		return undefined;
	}
	if (condition.value === false) return { type: errorType, kept: false };
	const inside = within(context, {
		facts: factsOf(context, node.where, true),
		assumed: assuming(context.assumed, node.where, true),
	});
	return { type: body(inside, node.body), kept: condition.value };
}

/** A list of unknown length: the body is checked once, for a symbolic index. */
function family(context: Context, node: ast.Binder, binding: ast.Binding, list: ListType, body: Body): Type {
	const { pattern } = binding;
	const bodyOf = (turn: Context, entry: Type): Type => {
		const scope = inner(turn);
		context.session.knowledge.scopes.set(node, scope.scope);
		if (pattern.kind !== "Rest") bindPattern(scope, pattern, entry);
		return body(scope, node.body);
	};
	return mapFamily(context, node.body, list, bodyOf, pattern.kind === "Rest" ? undefined : nameOf(pattern));
}

/**
 * Of lists of unknown length some combinations, or all: the body is checked once, for symbolic indices. Which of them an
 * entry is of, only the values tell: it is an index of its own, an entry of a list of such.
 */
function combinations(context: Context, node: ast.Binder, body: Body): Type {
	const since = now();
	let scope = context;
	let size = constant(1);
	for (const { pattern, source } of node.bindings) {
		const list = source && pattern.kind !== "Rest" ? listSource(scope, source) : undefined;
		if (!list || pattern.kind === "Rest") return errorType;
		const turn = anyTurn(list, nameOf(pattern));
		const facts = withTurn(scope.facts, list, turn.index);
		const entry = list.elements ? anyOf(list.elements) : turn.entry;
		if (!entry) {
			report(context, {
				code: "E0322",
				at: locate(context, source ?? node),
				message: `beside a list of unknown length the entries of this one must have one type: ${showType(list)}`,
			});
			return errorType;
		}
		scope = inner(within(scope, { facts }));
		bindPattern(scope, pattern, entry);
		size = mul(size, lengthOf(list));
	}
	context.session.knowledge.scopes.set(node, scope.scope);
	const turn = turnBody(scope, node, body);
	if (!turn || turn.type.kind === "error") return errorType;
	const count = turn.kept === true ? size : length({ name: "this list", id: freshId() });
	return entriesOf(context, node, turn.type, count, since);
}

/** So many entries of a type: each size in it that was named since is an entry of a list of its own. */
function entriesOf(context: Context, node: ast.Binder, type: Type, count: Dim, since: Moment): Type {
	const lists = listsSince(type, since);
	if (lists.length > 0) return withoutInner(context, node.body, type, since, { what: "turn" });
	const atoms = bornSince(type, since).map(({ id, name, minimum }) => ({
		id,
		list: { name: name === "i" ? "kept" : name, id: freshId(), minimum },
	}));
	return familyList(count, (index) => {
		const bindings = noBindings();
		for (const { id, list } of atoms) bindings.dims.set(id, element(list, index));
		return substituteType(type, bindings);
	});
}

/** Some of these elements: how many is known before running, but not to the checker. */
function someOf(context: Context, node: ast.Binder, elements: readonly Type[]): Type {
	if (elements.some((e) => e.kind === "error")) return errorType;
	const since = now();
	const any = anyOf(elements);
	if (any) return entriesOf(context, node, any, length({ name: "this list", id: freshId() }), since);
	const [first, other] = elements.map(showType);
	report(context, {
		code: "E0322",
		at: locate(context, node.where ?? node),
		message: `which entries there are is not known while checking, and they have different types${first !== undefined && other !== undefined ? `: ${first} and ${other}` : ""}`,
		hint: "name them in cases: `if c then [a, b] else [a]`",
	});
	return errorType;
}
