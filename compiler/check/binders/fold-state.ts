import {
	type Atom,
	add,
	asConstant,
	constant,
	type Dim,
	element,
	mul,
	sub,
	substitute,
} from "../../dims/dim.js";
import { asTensor } from "../trees/stack.js";
import { asReal } from "../types/precision.js";
import { type TensorType, type Type, withoutValues } from "../types/types.js";

/**
 * What the state of a fold over a list of unknown length may be in turn i, told by what it is before the first turn and
 * after it: each size stays, moves along a list (`widths[i]`, or from its end), or grows by the same in each turn. A
 * guess: it is verified for every i.
 */
export function stateCandidates(given: Type, after: Type | undefined, index: Dim): readonly Type[] {
	const start = withoutValues(given);
	if (start.kind !== "tensor") {
		const lifted = asTensor(start);
		return lifted ? [lifted, { ...lifted, element: asReal(lifted.element) }] : [start];
	}
	const whole: TensorType = { ...start, below: undefined };
	const next = after && withoutValues(after);
	const guessed = next?.kind === "tensor" ? inTurn(whole, next, index) : undefined;
	return guessed ? [guessed, whole] : [whole];
}

function inTurn(start: TensorType, next: TensorType, index: Dim): TensorType | undefined {
	const dims: Dim[] = [];
	for (const [axis, before] of start.shape.dims.entries()) {
		const after = next.shape.dims[axis];
		const dim = after && sizeInTurn(before, after, index);
		if (!dim) return undefined;
		dims.push(dim);
	}
	return { ...start, shape: { ...start.shape, dims } };
}

function sizeInTurn(before: Dim, after: Dim, index: Dim): Dim | undefined {
	if (before.key === after.key) return before;
	for (const step of [1, -1]) {
		if (moved(before, constant(step)).key === after.key) return moved(before, mul(constant(step), index));
	}
	const grown = sub(after, before);
	return holdsElement(grown) ? undefined : add(before, mul(grown, index));
}

/** Each entry of a list that a size names, so many places further. */
function moved(dim: Dim, by: Dim): Dim {
	return substitute(dim, (atom) =>
		atom.kind === "element"
			? element({ name: atom.list, id: atom.listId, ...least(atom) }, add(atom.index, by))
			: undefined,
	);
}

function least({ minimum }: Atom & { kind: "element" }): { readonly minimum?: number } {
	return minimum === undefined ? {} : { minimum };
}

function holdsElement(dim: Dim): boolean {
	return asConstant(dim) === undefined && moved(dim, constant(1)).key !== dim.key;
}
