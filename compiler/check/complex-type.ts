import { sameShape } from "./stack.js";
import { type Shape, type TupleType, type Type, tensor } from "./types.js";

/**
 * Complex numbers. `complex[n]` is the record `(re: real[n], im: real[n])`: what is said of records (fields, binders,
 * loops, branches, trees) is said of them, and on top of it the operators and functions here compute with them. What
 * has no rule for them takes them for records, and refuses them as that.
 */
export function complexOf(shape: Shape): TupleType {
	const part = tensor("real", shape);
	return {
		kind: "tuple",
		elements: [
			{ name: "re", type: part },
			{ name: "im", type: part },
		],
	};
}

/** The shape of a tensor of complex numbers; undefined for anything else. */
export function complexShape(type: Type): Shape | undefined {
	if (type.kind !== "tuple" || type.title !== undefined || type.elements.length !== 2) return undefined;
	const [re, im] = ["re", "im"].map((name) => type.elements.find((e) => e.name === name)?.type);
	if (re?.kind !== "tensor" || im?.kind !== "tensor") return undefined;
	if (re.element !== "real" || im.element !== "real" || !sameShape(re.shape, im.shape)) return undefined;
	return re.shape;
}
