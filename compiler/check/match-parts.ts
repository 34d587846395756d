import { variable } from "../dims/dim.js";
import { elementAt } from "./substitute.js";
import type { ListType, TableType, Type } from "./types.js";

/** A data set is a record of its columns. */
export function recordOf(table: TableType): Type {
	return { kind: "tuple", elements: table.columns };
}

/** A static value adapts to what is wanted of it. */
export function isStatic(type: Type): boolean {
	return ["Int", "Real", "Bool", "list"].includes(type.kind);
}

/** The entries of a list: one by one, or one for all of a family. */
export function entriesOf(list: ListType): readonly (Type | undefined)[] {
	if (list.segments) return list.segments.flatMap(entriesOf);
	return list.elements ?? [elementAt(list, variable("i", { minimum: 0 }).dim)];
}
