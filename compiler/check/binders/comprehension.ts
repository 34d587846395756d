import type * as ast from "../../../grammar/ast.js";
import { type Atom, add, constant, type Dim, length, variable, withAtLeast } from "../../dims/dim.js";
import { type Context, inner, locate, report, unsupported, within } from "../context.js";
import { notBool } from "../expressions/conditional.js";
import { withoutInner } from "../expressions/escape.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { assuming } from "../signatures/conditions.js";
import { showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import { errorType, freshId, type ListType, type Type } from "../types/types.js";
import { now } from "../types/visit-type.js";
import { listSource } from "./binder-source.js";
import { atIndex } from "./family.js";
import { factsOf } from "./whole.js";

/**
 * `[for (a, b) in pairs(widths): Linear(a, b)]`: a static list. Over several names it is the list of all combinations,
 * the last name fastest; a `where`, known before running, leaves some out.
 */
export function comprehension(context: Context, node: ast.Binder): Type {
	const turns = turnsOf(context, node, node.bindings, []);
	if (!turns) return errorType;
	if (turns.kind === "family") return turns.type;
	const kept = turns.list.filter((t) => t.kept !== false);
	const elements = kept.map((t) => t.type);
	if (kept.every((t) => t.kept)) return { kind: "list", elements };
	return someOf(context, node, elements);
}

interface Turn {
	readonly type: Type;
	/** Whether `where` holds; undefined if that is known only later. */
	readonly kept: boolean | undefined;
}

type Turns =
	| { readonly kind: "turns"; readonly list: readonly Turn[] }
	| { readonly kind: "family"; readonly type: Type };

/** Undefined where a mistake is reported. */
function turnsOf(
	context: Context,
	node: ast.Binder,
	bindings: readonly ast.Binding[],
	lengths: readonly Dim[],
): Turns | undefined {
	const [binding, ...others] = bindings;
	if (!binding) {
		const turn = turnBody(context, node);
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
	if (!list.elements) return family(context, node, binding, list, others.length + lengths.length);
	const turns: Turn[] = [];
	for (const [i, entry] of list.elements.entries()) {
		const trail = [...context.trail, `in turn ${i} of this list, for ${showType(entry)}`];
		const scope = inner(within(context, { trail }));
		context.session.knowledge.scopes.set(node, scope.scope);
		bindPattern(scope, pattern, entry);
		const inside = turnsOf(scope, node, others, [...lengths, lengthOf(list)]);
		if (!inside) return undefined;
		if (inside.kind === "family") return inside;
		turns.push(...inside.list);
	}
	return { kind: "turns", list: turns };
}

function turnBody(context: Context, node: ast.Binder): Turn | undefined {
	if (!node.where) return { type: infer(context, node.body), kept: true };
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
	return { type: infer(inside, node.body), kept: condition.value };
}

/** A list of unknown length: the body is checked once, for a symbolic index. */
function family(
	context: Context,
	node: ast.Binder,
	binding: ast.Binding,
	list: ListType,
	others: number,
): Turns | undefined {
	if (others > 0 || node.where) {
		unsupported(
			context,
			binding.source ?? binding,
			`${node.where ? "`where`" : "several names"} over a list of unknown length`,
		);
		return undefined;
	}
	const { dim, atom } = variable("i", { minimum: 0 });
	const size = lengthOf(list);
	const facts = withAtLeast(context.facts, size, add(dim, constant(1)));
	const scope = inner(within(context, { facts }));
	context.session.knowledge.scopes.set(node, scope.scope);
	if (binding.pattern.kind !== "Rest") bindPattern(scope, binding.pattern, elementAt(list, dim) ?? errorType);
	const since = now();
	const type = withoutInner(context, node.body, infer(scope, node.body), since, { what: "turn" });
	return { kind: "family", type: familyList(size, (index) => atIndex(type, atom as FamilyAtom, index)) };
}

type FamilyAtom = Atom & { kind: "variable" };

/** Some of these elements, of one type: how many is known before running, but not to the checker. */
function someOf(context: Context, node: ast.Binder, elements: readonly Type[]): Type {
	const [first] = elements;
	if (!first || elements.some((e) => e.kind === "error")) return errorType;
	const isOne = elements.every((e) => e.kind === first.kind && showType(e) === showType(first));
	const isPlain = first.kind === "Real" || first.kind === "Bool" || first.kind === "String";
	if (!isOne || (!isPlain && first.kind !== "tensor")) {
		unsupported(context, node.where ?? node, "a `where` in a list, whose truth is not known while checking,");
		return errorType;
	}
	const count = length({ name: "this list", id: freshId() });
	return familyList(count, () => first);
}
