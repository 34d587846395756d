import { add, asConstant, constant, type Dim, decideAtLeast, type Facts, variable } from "../../dims/dim.js";
import type { Mismatch } from "./mismatch.js";
import { showDim, showType } from "./show.js";
import { type Bindings, elementAt, substituteDim } from "./substitute.js";
import type { ListType, TableType, TensorType, Type } from "./types.js";

/** The entries of a list: one by one, or one for all of a family. */
export function entriesOf(list: ListType): readonly (Type | undefined)[] {
	if (list.segments) return list.segments.flatMap(entriesOf);
	return list.elements ?? [elementAt(list, variable("i", { minimum: 0 }).dim)];
}

/** The Ints in the entries of a list are at least 1, as sizes are, unless its signature says what they are. */
export function refuseSmall(entry: Type, facts: Facts, minimum = 1): Mismatch | undefined {
	if (entry.kind === "tuple") {
		for (const { type } of entry.elements) {
			const mismatch = refuseSmall(type, facts);
			if (mismatch) return mismatch;
		}
	}
	if (entry.kind !== "Int") return undefined;
	const verdict = entry.value && decideAtLeast(entry.value, constant(minimum), facts);
	if (verdict?.verdict === "holds") return undefined;
	return {
		kind: "type",
		wanted: `Ints that are at least ${minimum}`,
		got: entry.value ? showDim(entry.value) : "one of which that is not known",
	};
}

/** Static Ints that can be shown to lie in 0 .. below. */
export function liesBelow(facts: Facts, bindings: Bindings, values: readonly Type[], below: Dim): boolean {
	const limit = substituteDim(below, bindings);
	return values.every(
		(v) =>
			(v.kind === "list" && v.elements !== undefined && liesBelow(facts, bindings, v.elements, below)) ||
			(v.kind === "Int" &&
				v.value !== undefined &&
				decideAtLeast(v.value, constant(0), facts).verdict === "holds" &&
				decideAtLeast(limit, add(v.value, constant(1)), facts).verdict === "holds"),
	);
}

/** A static number that no int of 32 bits is, alone or in a list. */
export function beyondInt(type: Type): number | undefined {
	if (type.kind === "list") {
		for (const entry of type.elements ?? []) {
			const found = beyondInt(entry);
			if (found !== undefined) return found;
		}
		return undefined;
	}
	const value = type.kind === "Int" && type.value ? asConstant(type.value) : undefined;
	return value === undefined || value === (value | 0) ? undefined : value;
}

export const rangeOfInt = "an int has 32 bits: from -2147483648 to 2147483647";

export function refuseBeyondInt(formal: TensorType, actual: Type): Mismatch | undefined {
	const value = formal.element === "int" ? beyondInt(actual) : undefined;
	if (value === undefined) return undefined;
	return { kind: "element", wanted: showType(formal), got: String(value), hint: rangeOfInt };
}

/** A static value adapts to what is wanted of it. */
export function isStatic(type: Type): boolean {
	return ["Int", "Real", "Bool", "list"].includes(type.kind);
}

/** A data set is a record of its columns. */
export function recordOf(table: TableType): Type {
	return { kind: "tuple", elements: table.columns };
}
