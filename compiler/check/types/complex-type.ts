import { sameShape } from "../trees/stack.js";
import {
	type Format,
	isRealElement,
	type Shape,
	type TensorType,
	type TupleType,
	type Type,
	tensor,
} from "./types.js";

/**
 * Complex numbers. `complex[n]` is the record `(re: real[n], im: real[n])`: what is said of records (fields, binders,
 * loops, branches, trees) is said of them, and on top of it the operators and functions here compute with them. What
 * has no rule for them takes them for records, and refuses them as that. Their parts may be of a format of their own.
 */
export function complexOf(shape: Shape, format: Format = "real"): TupleType {
	const part = tensor(format, shape);
	return {
		kind: "tuple",
		elements: [
			{ name: "re", type: part },
			{ name: "im", type: part },
		],
	};
}

/** The real part of a tensor of complex numbers, whose format and shape both parts have; undefined for anything else. */
export function complexPart(type: Type): (TensorType & { readonly element: Format }) | undefined {
	if (type.kind !== "tuple" || type.title !== undefined || type.elements.length !== 2) return undefined;
	const [re, im] = ["re", "im"].map((name) => type.elements.find((e) => e.name === name)?.type);
	if (re?.kind !== "tensor" || im?.kind !== "tensor") return undefined;
	const { element } = re;
	if (!isRealElement(element) || im.element !== element || !sameShape(re.shape, im.shape)) return undefined;
	return { kind: "tensor", element, shape: re.shape };
}

/** Of the tensor that both parts are. */
export function complexOfParts(part: TensorType): TupleType {
	return complexOf(part.shape, isRealElement(part.element) ? part.element : "real");
}
