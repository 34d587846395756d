import type * as ast from "../../../grammar/ast.js";
import {
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	jointCases,
	leastCase,
	variable,
} from "../../dims/dim.js";
import { eitherOf, factsOf, guardedBy } from "../binders/whole.js";
import { type Context, locate, report, within } from "../context.js";
import { assuming } from "../signatures/conditions.js";
import { stackOf } from "../signatures/stack-type.js";
import { sourceText } from "../signatures/type-node.js";
import { joinMade } from "../trees/join-models.js";
import { asTensor, joinTensors, sameShape } from "../trees/stack.js";
import { howMade, plainType, shapeKey } from "../trees/tree-change.js";
import { commonModel } from "../types/common-model.js";
import { Matcher } from "../types/match.js";
import { meet } from "../types/precision.js";
import { sameRest } from "../types/shape.js";
import { showType } from "../types/show.js";
import {
	errorType,
	freshId,
	isSameVariable,
	type ListType,
	noQuantified,
	type TensorType,
	type Type,
	tensor,
	type VariantType,
} from "../types/types.js";
import { warnCondition } from "../warnings/unused.js";
import { broadcast } from "./arithmetic.js";
import { eitherFunction } from "./either-function.js";
import { infer } from "./expression.js";
import { checkWritten } from "./written-number.js";

/** What a condition may not be; where it is one computed bool, this place wants one that is known before running. */
export function notBool(context: Context, node: ast.Expression, type: Type): Type {
	const isComputed =
		type.kind === "tensor" && type.element === "bool" && type.shape.dims.length === 0 && !type.shape.rest;
	report(context, {
		code: "E0302",
		at: locate(context, node),
		message: isComputed
			? "a condition here is a Bool that is known before running, and this bool is computed"
			: `a condition is a bool, and this is ${showType(type)}`,
		hint: isComputed
			? "an option is known (`wide: Bool`), and what is computed at the host level by `static(..)`"
			: "compare it with something: `x > 0`",
	});
	return errorType;
}

/** A static condition selects code, and each case is checked under it; a computed one is lazy, element by element. */
export function inferIf(context: Context, node: ast.If, expected?: Type): Type {
	const condition = infer(context, node.condition);
	if (!context.module.library) warnCondition(context, node);
	const guarded = guardedBy(context, node.condition);
	const then = infer(
		within(context, {
			guarded,
			assumed: assuming(context.assumed, node.condition, true),
			facts: factsOf(context, node.condition, true),
		}),
		node.then,
		expected,
	);
	if (!node.else) {
		report(context, {
			code: "E0307",
			at: locate(context, node),
			message: "an `if` whose value is used needs an `else`",
		});
		return errorType;
	}
	const otherwise = infer(
		within(context, {
			guarded,
			assumed: assuming(context.assumed, node.condition, false),
			facts: factsOf(context, node.condition, false),
		}),
		node.else,
		expected,
	);
	if (condition.kind !== "Bool" && condition.kind !== "error") {
		const c = asTensor(condition);
		if (c?.element !== "bool") return notBool(context, node.condition, condition);
		if (c.shape.dims.length > 0 || c.shape.rest) {
			report(context, {
				code: "E0302",
				at: locate(context, node.condition),
				message: `the condition of an \`if\` is one bool, and this is ${showType(condition)}`,
				hint: "choose element by element under a binder: `for i: if c[i] then a[i] else b[i]`",
			});
			return errorType;
		}
	}
	return joinBranches(context, node, then, otherwise, condition.kind === "Bool");
}

function joinBranches(context: Context, node: ast.If, then: Type, otherwise: Type, isStatic: boolean): Type {
	if (then.kind === "error" || otherwise.kind === "error" || !node.else) return errorType;
	const a = asTensor(then);
	const b = asTensor(otherwise);
	if (isStatic) {
		const joined = joinStatic(context, node, then, otherwise);
		if (joined) return joined;
	} else {
		const joined = joinComputed(context, node, node.then, node.else, then, otherwise);
		if (joined) return joined;
	}
	const isTree = then.kind === "tuple" || !("why" in stackOf(then, [constant(2)]));
	const computed = !isStatic && then.kind === otherwise.kind && !isTree;
	const areMadeAlike = shapeKey(then) === shapeKey(otherwise);
	const [one, other] = [then, otherwise].map((type) =>
		areMadeAlike ? showType(type) : `${showType(type)} (${howMade(type)})`,
	);
	report(context, {
		code: "E0309",
		at: locate(context, node.else),
		message: computed
			? `a computed \`if\` chooses between numbers, and these are ${showType(then)}`
			: `the two cases of this \`if\` have different types: ${one} and ${other}`,
		label: showType(otherwise),
		related: [{ at: locate(context, node.then), label: showType(then) }],
		...(isStatic && a && b && { hint: "only one of them will be there, so both need one shape" }),
	});
	return errorType;
}

/** Element by element, in each tensor of a tree. Undefined if the two have different structures. */
export function joinComputed(
	context: Context,
	node: ast.Expression,
	thenNode: ast.Expression,
	elseNode: ast.Expression,
	then: Type,
	otherwise: Type,
): Type | undefined {
	if (then.kind === "error" || otherwise.kind === "error") return errorType;
	if (then.kind === "tuple" && otherwise.kind === "tuple") {
		if (then.elements.length !== otherwise.elements.length) return undefined;
		const elements: { readonly name?: string; readonly type: Type }[] = [];
		for (const [i, element] of then.elements.entries()) {
			const other = otherwise.elements[i];
			if (!other || other.name !== element.name) return undefined;
			const [x, y] = [partOf(thenNode, i), partOf(elseNode, i)];
			const type = joinComputed(context, node, x, y, element.type, other.type);
			if (!type) return undefined;
			elements.push({ ...(element.name !== undefined && { name: element.name }), type });
		}
		return { kind: "tuple", elements };
	}
	if (then.kind === "model" || then.kind === "stack") {
		const apart = stackOf(then, [constant(2)]);
		return "why" in apart || !areAlike(context, then, otherwise) ? undefined : then;
	}
	const a = asTensor(then);
	const b = asTensor(otherwise);
	if (!a || !b) return undefined;
	const shape = broadcast(context, node, { node: thenNode, type: a }, { node: elseNode, type: b });
	if (!shape) return errorType;
	const element = meet(context, { node: thenNode, type: a }, { node: elseNode, type: b });
	if (!element) return errorType;
	checkWritten(context, thenNode, then, element);
	checkWritten(context, elseNode, otherwise, element);
	return eitherOf(context, then, otherwise, tensor(element, shape));
}

/** The element of a tuple that is written out, to point at. */
function partOf(node: ast.Expression, at: number): ast.Expression {
	if (node.kind === "Parenthesized") return partOf(node.inner, at);
	return (node.kind === "Tuple" && node.elements[at]?.value) || node;
}

/** Only one of the two cases is there: what follows must hold of either. */
export function joinStatic(context: Context, node: ast.Expression, a: Type, b: Type): Type | undefined {
	if (a.kind === "error" || b.kind === "error") return errorType;
	if (a.kind === "variant" && b.kind === "variant") return joinVariants(context, a, b);
	if (a.kind === "Int" && b.kind === "Int") return joinInts(context, node, a, b);
	if ((a.kind === "Int" || a.kind === "Real") && (b.kind === "Int" || b.kind === "Real"))
		return { kind: "Real" };
	if (a.kind === "Bool" && b.kind === "Bool") return { kind: "Bool" };
	if (a.kind === "String" && b.kind === "String") return { kind: "String" };
	if (a.kind === "list" && b.kind === "list" && a.elements && a.elements.length === b.elements?.length) {
		const elements = a.elements.map((e, i) => joinStatic(context, node, e, b.elements?.[i] ?? errorType));
		if (elements.every((e) => e !== undefined)) return { kind: "list", elements };
	}
	if (a.kind === "list" && b.kind === "list") return joinLists(context, a, b);
	if (a.kind === "tuple" && b.kind === "tuple" && a.elements.length === b.elements.length) {
		const elements = a.elements.map((e, i) => {
			const other = b.elements[i];
			return {
				...e,
				type: other && other.name === e.name ? joinStatic(context, node, e.type, other.type) : undefined,
			};
		});
		if (elements.every((e): e is typeof e & { type: Type } => e.type !== undefined))
			return { kind: "tuple", elements };
		return undefined;
	}
	const x = asTensor(a);
	const y = asTensor(b);
	const element = x && y && joinTensors(x, y);
	if (x && y && element && sameSizes(context, x, y))
		return tensor(element, x.shape, x.below?.key === y.below?.key ? x.below : undefined);
	if (a.kind === "variable" && b.kind === "variable") return isSameVariable(a, b) ? a : undefined;
	if (x || y || a.kind !== b.kind) return undefined;
	if (a.kind === "function" && b.kind === "function") {
		const isAlike = !a.lambda && !b.lambda && !a.special && !b.special && areAlike(context, a, b);
		return isAlike ? a : eitherFunction(context, node, a, b, (x, y) => joinStatic(context, node, x, y));
	}
	if (a.kind === "model" && b.kind === "model") {
		const [one, other] = [commonModel(a, b), commonModel(b, a)];
		const alike = areAlike(context, plainType(one), plainType(other));
		return alike ? joinMade(context, one, other) : undefined;
	}
	const areStacks = a.kind === "stack" && areAlike(context, plainType(a), plainType(b));
	return areStacks ? joinMade(context, a, b) : undefined;
}

function areAlike(context: Context, a: Type, b: Type): boolean {
	const fits = (formal: Type, actual: Type): boolean => {
		const matcher = new Matcher(noQuantified, context.facts);
		return matcher.match(formal, actual) === undefined && matcher.finish() === undefined;
	};
	return fits(a, b) && fits(b, a);
}

/** Lists of Ints whose lengths differ: one of which only the type is known. */
function joinLists(context: Context, a: ListType, b: ListType): Type | undefined {
	if (a.symbol && a.symbol.id === b.symbol?.id) return a;
	const any: ListType = { kind: "list", symbol: { name: "list", id: freshId(), anyList: true } };
	const isInts = (list: ListType): boolean => {
		const matcher = new Matcher(noQuantified, context.facts);
		return matcher.match(any, list) === undefined && matcher.finish() === undefined;
	};
	return isInts(a) && isInts(b) ? { kind: "list", symbol: { name: "list", id: freshId() } } : undefined;
}

/** Either variant, of the same sizes; a value that names none of them goes with any. */
function joinVariants(context: Context, a: VariantType, b: VariantType): Type | undefined {
	if (a.variants !== b.variants) return undefined;
	const same = (x: Type, y: Type): boolean => {
		const matcher = new Matcher(noQuantified, context.facts);
		return [matcher.match(x, y), matcher.match(y, x), matcher.finish()].every((m) => m === undefined);
	};
	for (const [name, type] of a.arguments) {
		const other = b.arguments.get(name);
		if (other && !same(type, other)) return undefined;
	}
	const { variants } = a;
	const given = new Map([...b.arguments, ...a.arguments]);
	return {
		kind: "variant",
		variants,
		arguments: given,
		...(a.value === b.value && a.value && { value: a.value }),
	};
}

/** Which of two Ints it is stays open; that both are sizes is kept. */
function joinInts(
	context: Context,
	node: ast.Expression,
	a: Type & { kind: "Int" },
	b: Type & { kind: "Int" },
): Type {
	if (!a.value || !b.value) return { kind: "Int" };
	if (a.value.key === b.value.key) return a;
	const [x, y] = [a.value, b.value];
	const least = [1, 0].find((n) =>
		[x, y].every((v) => decideAtLeast(v, constant(n), context.facts).verdict === "holds"),
	);
	if (least === undefined) return { kind: "Int" };
	const cases = jointCases(x, y);
	const minimum = (cases && leastCase(cases)) ?? least;
	return {
		kind: "Int",
		value: variable(`(${sourceText(context, node)})`, { minimum, ...(cases && { cases }) }).dim,
	};
}

function sameSizes(context: Context, a: TensorType, b: TensorType): boolean {
	if (sameShape(a.shape, b.shape)) return true;
	if (!sameRest(a.shape, b.shape) || a.shape.dims.length !== b.shape.dims.length) return false;
	return a.shape.dims.every(
		(d, i) => decideEqual(d, b.shape.dims[i] as Dim, context.facts).verdict === "equal",
	);
}
