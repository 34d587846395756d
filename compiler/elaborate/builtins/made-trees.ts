import type * as ast from "../../../grammar/ast.js";
import { typeOf } from "../../../grammar/type-of.js";
import { isElement } from "../elements.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { type Expected, evaluate, expectedOf } from "../expressions/evaluate.js";
import { list, type Value } from "../values.js";
import type { Intrinsic } from "./intrinsics.js";
import { isShape } from "./making.js";

/** Types as arguments: `zeros(Memory([8, 32], 5, 32))`, `macs(net, real[44, 8])`. */

/** The type that an argument spells; undefined if it is a value. */
export function spelledType(environment: Environment, node: ast.Expression): ast.TypeNode | undefined {
	const type = typeOf(node);
	return type && spellsType(environment, type) ? type : undefined;
}

function spellsType(environment: Environment, type: ast.TypeNode): boolean {
	switch (type.kind) {
		case "BoundedInt":
			return true;
		case "TupleType":
			return type.elements.length > 0 && type.elements.every((e) => spellsType(environment, e.type));
		case "NamedType": {
			const { name } = type.name;
			const named = environment.findUnguarded(name);
			return named ? named.kind === "type" : isElement(name) || name === "complex";
		}
		default:
			return false;
	}
}

/** Zeros of a type, where only the shapes count. */
export function zerosOf(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.TypeNode,
): Value | undefined {
	const expected = expectedOf(evaluator, environment, type);
	return (
		expected &&
		made(evaluator, expected, ({ shape, element }) => ({
			kind: "traced",
			value: evaluator.builder.zeros({ shape, element: evaluator.elementOf(element) }),
			lanes: [],
		}))
	);
}

/** A builtin that makes tensors: of a record or a list each tensor by itself, under its own name for draws. */
export function forTrees(make: Intrinsic): Intrinsic {
	return (evaluator, environment, call, expected) => {
		const [first, ...others] = call.arguments;
		const type = first && !first.name && !first.given ? spelledType(environment, first.value) : undefined;
		const wanted = type ? expectedOf(evaluator, environment, type) : expected;
		if (!type && (!wanted?.parts || (first && !first.name && isShape(first.value))))
			return make(evaluator, environment, call, expected);
		if (!wanted) return fail(environment, call.node, "the shape is not known here");
		const given = (type ? others : call.arguments).map((a) => ({
			...a,
			given: a.given ?? evaluate(evaluator, environment, a.value),
		}));
		const own = { ...call, arguments: given };
		const value = made(evaluator, wanted, (leaf) => make(evaluator, environment, own, leaf));
		return value ?? fail(environment, call.node, "this type holds something that is no tensor");
	};
}

function made(evaluator: Evaluator, wanted: Expected, make: (leaf: Expected) => Value): Value | undefined {
	if (!wanted.parts) return make(wanted);
	const { isList, parts, each } = wanted.parts();
	if (each) return undefined;
	const elements: { readonly name?: string; readonly value: Value }[] = [];
	for (const [i, { name, expected }] of parts.entries()) {
		const value = expected && evaluator.at(name ?? `[${i}]`, () => made(evaluator, expected, make));
		if (!value) return undefined;
		elements.push({ ...(name !== undefined && { name }), value });
	}
	return isList ? list(elements.map((e) => e.value)) : { kind: "tuple", elements };
}
