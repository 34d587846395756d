/**
 * Symbolic sizes: integer polynomials with floors, over the names of a signature. This is all that the rest of the
 * compiler uses of them.
 */
import { type Dim, ofAtom } from "./polynomial.js";

export { jointCases, leastCase } from "./cases.js";
export { type AtLeastVerdict, decideAtLeast, decideEqual, isAtLeast, type Verdict } from "./decide.js";
export { exactDiv, type Obligation } from "./exact.js";
export { type Facts, noFacts, variable, withAtLeast, withDivides, withEqual } from "./facts.js";
export {
	evaluate,
	exactQuotient,
	floorDiv,
	modulo,
	solveLinear,
	substitute,
	withIndices,
} from "./normalize.js";
export { nextIdentity, numbered } from "./numbering.js";
export {
	type Atom,
	add,
	addedPart,
	asConstant,
	asVariable,
	atomKey,
	atomsOf,
	constant,
	type Dim,
	DimOverflow,
	type Factor,
	indicesOf,
	mul,
	neg,
	ofAtom,
	ownAtoms,
	power,
	sub,
	type Term,
} from "./polynomial.js";
export { hasPower, powerOf } from "./powers.js";
export type { Example } from "./search.js";
export { showExample } from "./search.js";
export { show, showAtLeast, showAtom, showDivides, showEquation, showList } from "./show.js";
export { solve } from "./solve.js";

/**
 * A static list of unknown length, as an indexed family of sizes. `minimum`: the least entry, else 1. `outer`: of lists
 * within lists, at which indices it stands.
 */
export interface List {
	readonly name: string;
	readonly id: number;
	readonly minimum?: number;
	readonly outer?: readonly Dim[];
	/** Of one that is put together: the sizes in it. */
	readonly of?: readonly Dim[];
}

/** The entry at `index`: `widths[i]`. */
export function element(list: List, index: Dim): Dim {
	const { name, id, minimum, of } = list;
	return ofAtom({
		kind: "element",
		list: name,
		listId: id,
		...outerOf(list),
		index,
		...(minimum !== undefined && { minimum }),
		...(of && { of }),
	});
}

/** How many entries: `len(widths)`. */
export function length(list: List): Dim {
	return ofAtom({ kind: "length", list: list.name, listId: list.id, ...outerOf(list) });
}

function outerOf({ outer }: List): { readonly outer?: readonly Dim[] } {
	return outer && outer.length > 0 ? { outer } : {};
}
