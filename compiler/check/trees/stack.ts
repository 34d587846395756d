import { asConstant, constant, type Dim } from "../../dims/dim.js";
import { inFront, sameRest } from "../types/shape.js";
import {
	type Element,
	isRealElement,
	type Shape,
	scalar,
	type TensorType,
	type Type,
	tensor,
} from "../types/types.js";

/** An operand as a tensor: static numbers are scalars that adapt; a list of numbers stacks. */
export function asTensor(type: Type): TensorType | undefined {
	switch (type.kind) {
		case "tensor":
			return type;
		case "Int":
			return scalar("int");
		case "Real":
		case "rate":
			return { ...scalar("real"), literal: true };
		case "Bool":
			return scalar("bool");
		case "list":
			return stackElements(type.elements);
		default:
			return undefined;
	}
}

/** A static list stacks where a tensor is wanted, if its elements have one shape. */
export function stackElements(elements: readonly Type[] | undefined): TensorType | undefined {
	const parts = elements?.map(asTensor);
	const first = parts?.[0];
	if (!parts || !first) return undefined;
	let whole: TensorType = first;
	for (const part of parts) {
		const element = part && sameShape(part.shape, first.shape) ? joinTensors(whole, part) : undefined;
		if (!part || !element) return undefined;
		whole = { ...tensor(element, first.shape), literal: isLiteral(whole) && isLiteral(part) };
	}
	const { element } = whole;
	const stacked: TensorType = {
		...tensor(element, inFront([constant(parts.length)], first.shape)),
		...(isRealElement(element) && whole.literal && { literal: true }),
	};
	const numbers = element === "int" ? numbersIn(elements ?? []) : undefined;
	if (!numbers) {
		const below = element === "int" ? commonBound(elements ?? []) : undefined;
		return below ? { ...stacked, below } : stacked;
	}
	const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
	return least >= 0
		? { ...stacked, below: constant(most + 1) }
		: { ...stacked, interval: { least: constant(least), most: constant(most) } };
}

/** What all elements lie below: one size, or the largest of known numbers. */
function commonBound(elements: readonly Type[]): Dim | undefined {
	const bounds: Dim[] = [];
	for (const element of elements) {
		const value = element.kind === "Int" && element.value ? asConstant(element.value) : undefined;
		const known = value !== undefined && value >= 0 ? constant(value + 1) : undefined;
		const below = known ?? (element.kind === "Int" ? undefined : asTensor(element)?.below);
		if (!below) return undefined;
		bounds.push(below);
	}
	const [first] = bounds;
	if (bounds.every((b) => b.key === first?.key)) return first;
	const numbers = bounds.map(asConstant);
	return numbers.every((n) => n !== undefined) ? constant(Math.max(...numbers)) : undefined;
}

/** The numbers of a list, if all of them are known. */
function numbersIn(elements: readonly Type[]): number[] | undefined {
	const numbers: number[] = [];
	for (const element of elements) {
		const inner = element.kind === "list" && element.elements ? numbersIn(element.elements) : undefined;
		const own = element.kind === "Int" && element.value ? asConstant(element.value) : undefined;
		if (!inner && own === undefined) return undefined;
		numbers.push(...(inner ?? []), ...(own === undefined ? [] : [own]));
	}
	return numbers.length > 0 && numbers.length <= mostNumbers ? numbers : undefined;
}

/** Of longer lists nothing is said. */
const mostNumbers = 4096;

/** Numbers that are known before running; of whole ones nothing else is to be known here. */
function isLiteral(type: TensorType): boolean {
	return type.literal === true || !isRealElement(type.element);
}

/** The element of what is made of both; undefined where they are reals of two formats. */
export function joinTensors(a: TensorType, b: TensorType): Element | undefined {
	if (a.literal && isRealElement(b.element)) return b.element;
	if (b.literal && isRealElement(a.element)) return a.element;
	return joinElements(a.element, b.element);
}

export function joinElements(a: Element, b: Element): Element | undefined {
	if (a === b) return a;
	if (isRealElement(a) || isRealElement(b)) return !isRealElement(b) ? a : !isRealElement(a) ? b : undefined;
	return "int";
}

/** Equal by their normal forms: of names, it is identity that counts, not the letters. */
export function sameShape(a: Shape, b: Shape): boolean {
	return (
		sameRest(a, b) && a.dims.length === b.dims.length && a.dims.every((d, i) => d.key === b.dims[i]?.key)
	);
}
