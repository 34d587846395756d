import { variable } from "../../dims/dim.js";
import { asTensor } from "../trees/stack.js";
import { complexOfParts, complexPart } from "../types/complex-type.js";
import {
	type FunctionType,
	isRealElement,
	type SignatureParameter,
	scalar,
	type Type,
	tensor,
} from "../types/types.js";

/**
 * Functions of the library with more than one signature: the declared one, and the one that fits other arguments.
 * `types` are those of the arguments in the order of the parameters.
 */
type Overload = (declared: FunctionType, types: readonly (Type | undefined)[]) => FunctionType;

/** Declared for reals; ints (and bools) stay ints. */
const ofNumbers: Overload = (declared, types) => {
	const elements = types.flatMap((type) => (type && asTensor(type)?.element) ?? []);
	if (elements.some(isRealElement) || elements.length === 0) return declared;
	const whole = (type: Type): Type => {
		if (type.kind === "tensor" && type.element === "real") return tensor("int", type.shape);
		if (type.kind !== "tuple") return type;
		return { ...type, elements: type.elements.map((e) => ({ ...e, type: whole(e.type) })) };
	};
	return {
		...declared,
		parameters: declared.parameters.map((p) => ({ ...p, type: whole(p.type) })),
		result: whole(declared.result),
	};
};

/** Declared for tensors of one shape; a number goes with each element. */
const ofPairs: Overload = (declared, types) => {
	const shapes = types.map((type) => type && asTensor(type)?.shape);
	const isNumber = shapes.map((shape) => shape !== undefined && shape.dims.length === 0 && !shape.rest);
	if (!isNumber.includes(false)) return declared;
	return {
		...declared,
		parameters: declared.parameters.map((p, i) => (isNumber[i] ? { ...p, type: scalar("real") } : p)),
	};
};

/** Declared for a right side that is a vector; a matrix is one of several columns. */
const ofColumns: Overload = (declared, types) => {
	const [matrix, right] = types.map((type) => type && asTensor(type));
	const [, second] = declared.parameters;
	if (!matrix || !right || second?.type.kind !== "tensor" || declared.result.kind !== "tensor")
		return declared;
	if (matrix.shape.dims.length !== right.shape.dims.length) return declared;
	const { dim, atom } = variable("m");
	const widened = (type: Type): Type =>
		type.kind === "tensor" ? tensor(type.element, { ...type.shape, dims: [...type.shape.dims, dim] }) : type;
	const parameters = declared.parameters.map(
		(p): SignatureParameter => (p === second ? { ...p, type: widened(p.type) } : p),
	);
	const quantified = { ...declared.quantified, dims: [...declared.quantified.dims, atom] };
	return { ...declared, quantified, parameters, result: widened(declared.result) };
};

/** Declared for reals; of complex numbers it gives complex numbers, or reals. */
const ofComplex =
	(result: "complex" | "real"): Overload =>
	(declared, [type]) => {
		const [first, ...others] = declared.parameters;
		if (!type || !complexPart(type) || first?.type.kind !== "tensor") return declared;
		const whole = complexOfParts(first.type);
		return {
			...declared,
			parameters: [{ ...first, type: whole }, ...others],
			...(result === "complex" && { result: whole }),
		};
	};

/** The signature for these arguments. */
export function overloadOf(
	declared: FunctionType,
	given: readonly { readonly name?: { readonly name: string }; readonly type?: Type }[],
): FunctionType {
	const overload = overloads[declared.overloaded ?? ""];
	if (!overload) return declared;
	const positional = given.filter((a) => !a.name);
	const types = declared.parameters.map(
		(p, i) => given.find((a) => a.name?.name === p.name)?.type ?? positional[i]?.type,
	);
	return overload(declared, types);
}

export const overloads: Readonly<Record<string, Overload>> = {
	abs: ofComplex("real"),
	exp: ofComplex("complex"),
	atan2: ofPairs,
	searchsorted: ofNumbers,
	solve: ofColumns,
	solve_triangular: ofColumns,
	lstsq: ofColumns,
};
