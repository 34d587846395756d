import { add, constant, type Dim, mul, variable } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { noPlaceForRest } from "../signatures/rests.js";
import { showType } from "../types/show.js";
import type { TensorType, Type, VariableType } from "../types/types.js";
import { partsOfModel, treeOfPart } from "./model-parameters.js";
import type { Tree } from "./trees.js";

/** The leaves of a tree one by one, and how many numbers they have. */

/** Whether which leaves a tree has is not known here, which is reported. */
export function isOpenTree(context: Context, { argument, type }: Tree): boolean {
	if (!hasFamily(type)) return false;
	report(context, {
		code: "E0346",
		at: locate(context, argument.value),
		message: `which leaves ${showType(type)} has is not known here: a list of them has no type`,
		hint: "`tree.map`, `tree.sum`, `tree.dot` and `tree.norm` go over all of them; a list is made where the type is known",
	});
	return true;
}

function hasFamily(type: Type): boolean {
	switch (type.kind) {
		case "variable":
			return true;
		case "stack":
			return hasFamily(type.of);
		case "tuple":
			return type.isOneOf === true || type.elements.some((e) => hasFamily(e.type));
		case "list":
			return !type.elements || type.elements.some(hasFamily);
		case "model":
			return partsOfModel(type).some((p) => hasFamily(treeOfPart(p)));
		default:
			return false;
	}
}

/** How many numbers a tree has; of what a type variable stands for, a size of its own. */
export function sizeOfTree(context: Context, { argument, type }: Tree): Dim | undefined {
	const size = sizeOf(context, type);
	if (typeof size !== "string" && !("kind" in size)) return size;
	if (typeof size !== "string")
		return noPlaceForRest(
			context,
			argument.value,
			`how many numbers these are, only a call tells: one of them is ${showType(size)}`,
			`take each by itself, under \`for ...${size.shape.rest?.name ?? "b"}\``,
		);
	report(context, {
		code: "E0346",
		at: locate(context, argument.value),
		message: `how many numbers ${showType(type)} has is not known here: ${size}`,
		hint: "take any tree, of which it is a size of its own: `fn f(net: T, ..) where T: tree`",
	});
	return undefined;
}

/** A size; or the tensor, or what it is, that keeps it from being told. */
function sizeOf(context: Context, type: Type): Dim | TensorType | string {
	switch (type.kind) {
		case "tensor":
			return type.shape.rest ? type : type.shape.dims.reduce((product, d) => mul(product, d), constant(1));
		case "variable":
			return sizeOfVariable(context, type);
		case "tuple":
			if (type.isOneOf) return "which branch an entry of a choice is, only its value tells";
			return total(
				context,
				type.elements.map((e) => e.type),
			);
		case "list":
			return type.elements
				? total(context, type.elements)
				: `${showType(type)} has a length that is not known`;
		case "model":
			return total(context, partsOfModel(type).map(treeOfPart));
		case "stack": {
			const one = sizeOf(context, type.of);
			if (typeof one === "string" || "kind" in one) return one;
			return type.dims.reduce((product, d) => mul(product, d), one);
		}
		default:
			return constant(0);
	}
}

function total(context: Context, types: readonly Type[]): Dim | TensorType | string {
	let sum = constant(0);
	for (const type of types) {
		const size = sizeOf(context, type);
		if (typeof size === "string" || "kind" in size) return size;
		sum = add(sum, size);
	}
	return sum;
}

/** One for each type variable, while the declaration with this signature is checked. */
const sizes = new WeakMap<object, Map<number, Dim>>();

function sizeOfVariable({ signature }: Context, type: VariableType): Dim | string {
	if (!signature) return `of ${type.name} nothing is known`;
	const known = sizes.get(signature) ?? new Map<number, Dim>();
	sizes.set(signature, known);
	const size = known.get(type.id) ?? variable(`count(${type.name})`, { minimum: 1 }).dim;
	known.set(type.id, size);
	return size;
}
