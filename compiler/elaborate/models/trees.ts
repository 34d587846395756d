import type { ElementType } from "../../ir/ir.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { castTo, joinElement, spread, traced, unionLanes } from "../tensors.js";
import { type Lane, mapTensors, type TracedValue, type Value } from "../values.js";

/** Trees of tensors as loops and derivatives see them: their leaves in order, and the tree put together again. */

type Spanned = Parameters<typeof fail>[1];

/** The same tree, its numbers and lists of numbers as tensors. Undefined if something in it is no tensor. */
export function liftTree(evaluator: Evaluator, value: Value, wanted?: ElementType): Value | undefined {
	switch (value.kind) {
		case "unit":
			return value;
		case "tuple": {
			const elements: { readonly name?: string; readonly value: Value }[] = [];
			for (const element of value.elements) {
				const lifted = liftTree(evaluator, element.value, wanted);
				if (!lifted) return undefined;
				elements.push({ ...element, value: lifted });
			}
			return { kind: "tuple", elements };
		}
		case "model":
		case "variant":
			return mapTensors(value, (tensor) => traced(evaluator, tensor) ?? tensor);
		default:
			return traced(evaluator, value, wanted);
	}
}

/** The leaves of a lifted tree. */
export function leavesOf(tree: Value): TracedValue[] {
	const leaves: TracedValue[] = [];
	mapTensors(tree, (tensor) => {
		if (tensor.kind === "traced") leaves.push(tensor);
		return tensor;
	});
	return leaves;
}

/** A lifted tree with other leaves, in the order of `leavesOf`. */
export function withLeaves(tree: Value, leaves: readonly TracedValue[]): Value {
	let next = 0;
	return mapTensors(tree, (tensor) => (tensor.kind === "traced" ? (leaves[next++] ?? tensor) : tensor));
}

/**
 * The leaves of a value in the order of another tree of the same structure: records may name their fields in another
 * order. What is static in the tree must stay.
 */
export function leavesLike(
	evaluator: Evaluator,
	environment: Environment,
	node: Spanned,
	like: Value,
	value: Value,
): TracedValue[] {
	const differs = (): never =>
		fail(environment, node, "the parts of this are not those that it had at the start");
	switch (like.kind) {
		case "traced": {
			const tensor = traced(evaluator, value, like.value.type.element);
			return tensor ? [tensor] : differs();
		}
		case "tuple":
			if (value.kind !== "tuple" || value.elements.length !== like.elements.length) return differs();
			return like.elements.flatMap((element, i) => {
				const other =
					element.name === undefined
						? value.elements[i]
						: value.elements.find((e) => e.name === element.name);
				return other ? leavesLike(evaluator, environment, node, element.value, other.value) : differs();
			});
		case "model":
			if (value.kind !== "model" || value.node !== like.node) return differs();
			return [...like.members].flatMap(([name, member]) => {
				const other = value.members.get(name);
				return other ? leavesLike(evaluator, environment, node, member, other) : differs();
			});
		case "frozen":
			if (value.kind !== "frozen") return differs();
			return leavesLike(evaluator, environment, node, like.value, value.value);
		case "reparametrized":
			if (value.kind !== "reparametrized" || value.rule.node !== like.rule.node) return differs();
			return [
				...[...like.params].map(([name, param]) => [param, value.params.get(name)] as const),
				...(like.base ? [[like.base, value.base] as const] : []),
			].flatMap(([param, other]) =>
				other ? leavesLike(evaluator, environment, node, param, other) : differs(),
			);
		case "variant":
			if (value.kind !== "variant" || value.name !== like.name) return differs();
			return like.fields.flatMap((field, i) => {
				const other = value.fields[i];
				return other ? leavesLike(evaluator, environment, node, field.value, other.value) : differs();
			});
		case "list":
			if (value.kind !== "list" || value.items.length !== like.items.length) return differs();
			return like.items.flatMap((item, i) =>
				leavesLike(evaluator, environment, node, item, value.items[i] ?? like),
			);
		case "number":
		case "bool":
		case "string":
			return "value" in value && value.value === like.value ? [] : differs();
		default:
			return value.kind === like.kind ? [] : differs();
	}
}

/** What is known of a leaf before a loop is built. */
export interface LeafType {
	readonly lanes: readonly Lane[];
	readonly element: ElementType;
	readonly shape: readonly number[];
	readonly below?: number;
}

export function leafType(leaf: TracedValue): LeafType {
	return {
		lanes: leaf.lanes,
		element: leaf.value.type.element,
		shape: shapeOf(leaf),
		...(leaf.below !== undefined && { below: leaf.below }),
	};
}

/** The least type that holds both. */
export function joinLeaf(a: LeafType, b: LeafType): LeafType {
	const lane = (type: LeafType): Pick<TracedValue, "lanes"> => ({ lanes: type.lanes });
	return {
		lanes: unionLanes([lane(a), lane(b)] as TracedValue[]),
		element: joinElement(a.element, b.element),
		shape: a.shape,
		...(a.below !== undefined && a.below === b.below && { below: a.below }),
	};
}

export function sameLeaf(a: LeafType, b: LeafType): boolean {
	return a.element === b.element && a.below === b.below && a.lanes.length === b.lanes.length;
}

/** The type of the IR. */
export function irTypeOf(type: LeafType): { element: ElementType; shape: readonly number[] } {
	return { element: type.element, shape: [...type.lanes.map((l) => l.size), ...type.shape] };
}

/** A value of the IR as the leaf that it is. */
export function asLeaf(value: TracedValue["value"], type: LeafType): TracedValue {
	return {
		kind: "traced",
		value,
		lanes: type.lanes,
		...(type.below !== undefined && { below: type.below }),
	};
}

/** A leaf in a type that holds it. */
export function widenedTo(evaluator: Evaluator, leaf: TracedValue, type: LeafType): TracedValue["value"] {
	return spread(evaluator, castTo(evaluator, leaf, type.element), type.lanes, type.shape).value;
}
