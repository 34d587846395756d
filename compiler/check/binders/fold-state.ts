import {
	type Atom,
	add,
	asConstant,
	atomsOf,
	constant,
	type Dim,
	element,
	type Facts,
	indicesOf,
	length,
	mul,
	ofAtom,
	sub,
	substitute,
	withIndices,
} from "../../dims/dim.js";
import { asTensor } from "../trees/stack.js";
import { asReal } from "../types/precision.js";
import { noBindings, substituteDim } from "../types/substitute.js";
import { type TensorType, type Type, withoutValues } from "../types/types.js";
import { visitType } from "../types/visit-type.js";
import { type SizeInTurn as Guess, isScaledSize, quotientInTurn, timesInTurn } from "./fold-scale.js";

/** The index of a turn, and the entry of the list that it takes. */
export interface FoldTurn {
	readonly index: Atom & { kind: "variable" };
	readonly entry: Type;
	/** What is known in the first turn. */
	readonly facts: Facts;
}

/**
 * What the state of a fold over a list of unknown length may be in turn i, told by what it is before the first turn and
 * after it: each size stays, is one of those of the entry, moves along a list (`widths[i]`, or from its end), is halved or
 * doubled (any number of times), or grows by the same in each turn. Guesses: they are verified for every i.
 */
export function stateCandidates(given: Type, after: Type | undefined, turn: FoldTurn): readonly Type[] {
	const start = withoutValues(given);
	if (start.kind === "tuple") {
		return [...statesInTurn(start, after, turn), start];
	}
	if (start.kind !== "tensor") {
		const lifted = asTensor(start);
		return lifted ? [lifted, { ...lifted, element: asReal(lifted.element) }] : [start];
	}
	const whole: TensorType = { ...start, below: undefined };
	return [...statesInTurn(whole, after, turn), whole];
}

/** Where a size is a power, or halved, more likely by a factor in each turn than by a sum. */
function statesInTurn(start: Type, after: Type | undefined, turn: FoldTurn): readonly Type[] {
	if (!after) return [];
	const next = withoutValues(after);
	const isScaled = { found: false };
	const bySum = stateInTurn(start, next, turn, (...sizes) => {
		if (isScaledSize(...sizes)) isScaled.found = true;
		return sumInTurn(...sizes);
	});
	let isProduct = false;
	const byProduct = stateInTurn(start, next, turn, (before, second, index, facts) => {
		const times = timesInTurn(before, second, index);
		if (times) isProduct = true;
		return times ?? sumInTurn(before, second, index, facts);
	});
	if (!isProduct) return bySum ? [bySum] : [];
	return (isScaled.found ? [byProduct, bySum] : [bySum, byProduct]).flatMap((state) => state ?? []);
}

function stateInTurn(start: Type, next: Type, turn: FoldTurn, guess: Guess): Type | undefined {
	if (start.kind === "tensor")
		return next.kind === "tensor" ? tensorInTurn(start, next, turn, guess) : undefined;
	if (start.kind === "tuple" && next.kind === "tuple") {
		const elements: { readonly name?: string; readonly type: Type }[] = [];
		for (const [i, part] of start.elements.entries()) {
			const after = next.elements[i];
			const type = after && after.name === part.name && stateInTurn(part.type, after.type, turn, guess);
			if (!type) return undefined;
			elements.push({ ...part, type });
		}
		return { ...start, elements };
	}
	return start.kind === next.kind ? (asTensor(start) ?? start) : undefined;
}

function tensorInTurn(
	start: TensorType,
	next: TensorType,
	turn: FoldTurn,
	guess: Guess,
): TensorType | undefined {
	const dims: Dim[] = [];
	for (const [axis, before] of start.shape.dims.entries()) {
		const after = next.shape.dims[axis];
		const dim = after && sizeInTurn(before, after, turn, guess);
		if (!dim) return undefined;
		dims.push(dim);
	}
	return { ...start, shape: { ...start.shape, dims } };
}

function sizeInTurn(before: Dim, after: Dim, turn: FoldTurn, guess: Guess): Dim | undefined {
	if (before.key === after.key) return before;
	const index = ofAtom(turn.index);
	const found = [
		...[1, -1].flatMap((step) => movements.map((move) => move(before, mul(constant(step), index)))),
		...sizesOf(turn.entry).flatMap((size) => [-1, 0, 1].map((s) => at(size, turn, add(index, constant(s))))),
	].find(
		(size) => at(size, turn, constant(0)).key === before.key && at(size, turn, constant(1)).key === after.key,
	);
	if (found) return found;
	return guess(before, after, index, turn.facts);
}

function sumInTurn(before: Dim, after: Dim, index: Dim, facts: Facts): Dim | undefined {
	// A part of a size is no sum.
	const part = quotientInTurn(before, after, index, facts);
	if (part) return part;
	const grown = sub(after, before);
	return holdsElement(grown) ? undefined : add(before, mul(grown, index));
}

function at(size: Dim, { index }: FoldTurn, turn: Dim): Dim {
	const bindings = noBindings();
	bindings.dims.set(index.id, turn);
	return substituteDim(size, bindings);
}

/** The entries of lists that a type names, and the first and last ones of the lists in it. */
function sizesOf(type: Type): Dim[] {
	const found = new Map<string, Dim>();
	const note = (size: Dim): void => {
		found.set(size.key, size);
	};
	visitType(type, {
		atom: (atom) => {
			if (atom.kind === "element") note(ofAtom(atom));
		},
		list: (symbol) => {
			if (symbol.entries) return;
			note(element(symbol, constant(0)));
			note(element(symbol, sub(length(symbol), constant(1))));
		},
	});
	return [...found.values()];
}

/** Each entry of a list that a size names, so many places further: along its own list, or along the outermost one. */
const movements: readonly ((dim: Dim, by: Dim) => Dim)[] = [moved, movedOutside];

function moved(dim: Dim, by: Dim): Dim {
	return substitute(dim, (atom) =>
		atom.kind === "element" ? ofAtom({ ...atom, index: add(atom.index, by) }) : undefined,
	);
}

function movedOutside(dim: Dim, by: Dim): Dim {
	return substitute(dim, (atom) => {
		if (atom.kind !== "element" && atom.kind !== "length") return undefined;
		const [first] = indicesOf(atom);
		if (!first || (atom.kind === "element" && !atom.outer)) return undefined;
		const further = withIndices(atom, (index) =>
			index === first ? add(index, by) : movedOutside(index, by),
		);
		return further && ofAtom(further);
	});
}

function holdsElement(dim: Dim): boolean {
	return asConstant(dim) === undefined && atomsOf(dim).some((atom) => atom.kind === "element");
}
