import { type Atom, asConstant, constant, type Dim, element } from "../../dims/dim.js";
import type { ListType, Type } from "./types.js";

/**
 * Lists of numbers that are written out have an identity by what is in them, so that an entry that a name selects is one
 * size wherever it is met: `real[Widths[l], Widths[l]]` is square. A call that fixes the name makes it the number.
 */
const identities = new Map<string, number>();
const numbersOf = new Map<number, readonly number[]>();

/** The entry at an index that is known by name only; undefined where the entries are not all numbers. */
export function entryByName(list: ListType, index: Dim): Type | undefined {
	const numbers = (list.elements ?? []).map((e) => e.kind === "Int" && e.value && asConstant(e.value));
	const known = numbers.filter((n) => typeof n === "number");
	if (known.length === 0 || known.length < numbers.length) return undefined;
	if (known.every((n) => n === known[0])) return list.elements?.[0];
	const key = known.join(", ");
	// Below the identities of what a text declares, which are given again after an edit.
	const id = identities.get(key) ?? -1 - identities.size;
	identities.set(key, id);
	numbersOf.set(id, known);
	const name = known.length > 5 ? `[${known[0]}, ${known[1]}, .., ${known.at(-1)}]` : `[${key}]`;
	return { kind: "Int", value: element({ name, id, minimum: Math.min(...known) }, index) };
}

/** The number, once the index is one. */
export function numberAt({ listId, index }: Atom & { kind: "element" }): Dim | undefined {
	const at = asConstant(index);
	const number = at === undefined ? undefined : numbersOf.get(listId)?.[at];
	return number === undefined ? undefined : constant(number);
}
