import type * as ast from "../../../grammar/ast.js";
import { placeRoot } from "../../../grammar/places.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { select } from "../models/places.js";
import { castTo, spread, traced } from "../tensors.js";
import type { Value } from "../values.js";
import { evaluate } from "./evaluate.js";
import { expectedLike } from "./expected.js";
import { writePlaces } from "./update.js";

/** `place <- value`: what the name that the place begins with stands for from then on. */
export function assigned(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Assign,
): { readonly name: string; readonly value: Value } {
	const root = placeRoot(node.place);
	const old = root && environment.findUnguarded(root.name);
	if (!root || !old) return fail(environment, node.place, "this cannot be written");
	const { name } = root;
	if (node.place === root) {
		const value = evaluator.at(name, () =>
			evaluate(evaluator, environment, node.value, expectedLike(evaluator, old)),
		);
		return { name, value: ofTheKind(evaluator, environment, node, old, value) };
	}
	const { place, value, span } = node;
	const update = { place, operator: "=", value, span } as const;
	const whole: Value = { kind: "tuple", elements: [{ name, value: old }] };
	const changed = evaluator.at(name, () =>
		writePlaces(evaluator, environment, update, whole, select(evaluator, environment, place)),
	);
	const part = changed.kind === "tuple" ? changed.elements[0]?.value : undefined;
	return { name, value: part ?? fail(environment, node.place, "this cannot be written") };
}

/** A tensor keeps its element and shape; a tree has the parts that it had. */
function ofTheKind(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Assign,
	old: Value,
	value: Value,
): Value {
	switch (old.kind) {
		case "tensor":
		case "traced": {
			const before = traced(evaluator, old);
			const given = before && traced(evaluator, value, before.value.type.element);
			if (!before || !given) return fail(environment, node.value, "this is no tensor");
			const cast = castTo(evaluator, given, before.value.type.element);
			const whole = spread(evaluator, cast, cast.lanes, shapeOf(before));
			const { below } = before;
			return below === undefined ? whole : { ...whole, below };
		}
		case "tuple": {
			if (value.kind !== "tuple") break;
			const elements = old.elements.map((e, i) => {
				const given =
					value.elements.find((o) => e.name !== undefined && o.name === e.name) ?? value.elements[i];
				return { ...e, value: ofTheKind(evaluator, environment, node, e.value, given?.value ?? e.value) };
			});
			return { ...old, elements };
		}
		default:
			if (value.kind === old.kind) return value;
	}
	return fail(environment, node.value, "this is made otherwise than what it replaces");
}
