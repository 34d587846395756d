import {
	type Atom,
	add,
	asConstant,
	atomsOf,
	constant,
	type Dim,
	decideEqual,
	element,
	exactQuotient,
	type Facts,
	floorDiv,
	hasPower,
	mul,
	neg,
	powerOf,
	sub,
	substitute,
} from "../../dims/dim.js";
import { asTensor } from "../trees/stack.js";
import { asReal } from "../types/precision.js";
import { type TensorType, type Type, withoutValues } from "../types/types.js";

/**
 * What the state of a fold over a list of unknown length may be in turn i, told by what it is before the first turn and
 * after it: each size stays, moves along a list (`widths[i]`, or from its end), is halved or doubled (any number of
 * times), or grows by the same in each turn. A guess: it is verified for every i.
 */
export function stateCandidates(
	given: Type,
	after: Type | undefined,
	index: Dim,
	facts: Facts,
): readonly Type[] {
	const start = withoutValues(given);
	if (start.kind !== "tensor") {
		const lifted = asTensor(start);
		return lifted ? [lifted, { ...lifted, element: asReal(lifted.element) }] : [start];
	}
	const whole: TensorType = { ...start, below: undefined };
	const next = after && withoutValues(after);
	if (next?.kind !== "tensor") return [whole];
	const sizes = start.shape.dims.map((before, axis) => [before, next.shape.dims[axis] ?? before] as const);
	const isScaled = sizes.some(
		([before, after]) => hasPower(before) || quotientInTurn(before, after, index, facts),
	);
	const guesses = isScaled ? [productInTurn, sumInTurn] : [sumInTurn, productInTurn];
	return [...guesses.flatMap((guess) => inTurn(whole, next, index, facts, guess) ?? []), whole];
}

type Guess = (before: Dim, after: Dim, index: Dim, facts: Facts) => Dim | undefined;

function inTurn(
	start: TensorType,
	next: TensorType,
	index: Dim,
	facts: Facts,
	guess: Guess,
): TensorType | undefined {
	const dims: Dim[] = [];
	for (const [axis, before] of start.shape.dims.entries()) {
		const after = next.shape.dims[axis];
		const dim = after && sizeInTurn(before, after, index, facts, guess);
		if (!dim) return undefined;
		dims.push(dim);
	}
	return { ...start, shape: { ...start.shape, dims } };
}

function sizeInTurn(before: Dim, after: Dim, index: Dim, facts: Facts, guess: Guess): Dim | undefined {
	if (before.key === after.key) return before;
	for (const step of [1, -1]) {
		if (moved(before, constant(step)).key === after.key) return moved(before, mul(constant(step), index));
	}
	return guess(before, after, index, facts);
}

function sumInTurn(before: Dim, after: Dim, index: Dim, facts: Facts): Dim | undefined {
	// A part of a size is no sum.
	const part = quotientInTurn(before, after, index, facts);
	if (part) return part;
	const grown = sub(after, before);
	return holdsElement(grown) ? undefined : add(before, mul(grown, index));
}

/** Times a number in each turn. */
function productInTurn(before: Dim, after: Dim, index: Dim, facts: Facts): Dim | undefined {
	const factor = factors.find((n) => mul(before, constant(n)).key === after.key);
	if (factor !== undefined) return mul(before, powerOf(constant(factor), index));
	// `2^depth`, and then `2^(depth - 1)`.
	const divisor = factors.find((n) => mul(after, constant(n)).key === before.key);
	if (divisor !== undefined) return mul(before, powerOf(constant(divisor), neg(index)));
	return sumInTurn(before, after, index, facts);
}

/** Through a number in each turn, rounded down or up: `h/2^i` where a turn makes `h/2` of `h`. */
function quotientInTurn(before: Dim, after: Dim, index: Dim, facts: Facts): Dim | undefined {
	if (asConstant(before) !== undefined) return undefined;
	for (const atom of atomsOf(after)) {
		const factor = atom.kind === "floor" ? asConstant(atom.divisor) : undefined;
		if (atom.kind !== "floor" || factor === undefined || factor < 2) continue;
		const rounded = [atom.exact ? exactQuotient : floorDiv, ceilDiv];
		for (const divide of rounded)
			if (isEqual(divide(before, constant(factor)), after, facts))
				return divide(before, powerOf(constant(factor), index));
	}
	return undefined;
}

function ceilDiv(a: Dim, b: Dim): Dim {
	return floorDiv(add(a, sub(b, constant(1))), b);
}

function isEqual(a: Dim, b: Dim, facts: Facts): boolean {
	return a.key === b.key || decideEqual(a, b, facts).verdict === "equal";
}

const factors = [2, 3, 4, 5, 6, 7, 8];

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
