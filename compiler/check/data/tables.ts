import { asConstant, decideEqual, type Facts, variable } from "../../dims/dim.js";
import type { Context } from "../context.js";
import { firstAxis, replaceAxis } from "../types/shape.js";
import type { Origin, TableType, TensorType, Type } from "../types/types.js";

/** Tables: records of tensors with one common first axis. */

/** How the rows of the data set that is being declared are called. */
export function dataName(context: Context): string {
	return context.dataName ?? "rows";
}

/** A table whose rows are a size of their own. */
export function newTable(
	name: string,
	count: number,
	columns: (rows: TableType["rows"]) => TableType["columns"],
	origin?: Origin,
): TableType {
	const rows = variable(name, { minimum: count }).dim;
	return { kind: "table", name, rows, count, columns: columns(rows), ...(origin && { origin }) };
}

/** The columns with another number of rows. */
export function withRows(whole: TableType, rows: TableType["rows"]): TableType["columns"] {
	return whole.columns.map((c) => ({
		name: c.name,
		type: { ...c.type, shape: replaceAxis(c.type.shape, 0, rows) },
	}));
}

/** A part of a table: the same columns with fewer rows. */
export function part(whole: TableType, name: string, count: number): TableType {
	return newTable(name, count, (rows) => withRows(whole, rows), whole.origin);
}

/** A table, or a record of tensors that is one: their first axes are equal. */
export function tableOf(type: Type, name: string, facts: Facts): TableType | undefined {
	if (type.kind === "table") return type;
	if (type.kind !== "tuple" || type.elements.length === 0) return undefined;
	const columns: { readonly name: string; readonly type: TensorType }[] = [];
	for (const { name: column, type: element } of type.elements) {
		if (column === undefined || element.kind !== "tensor") return undefined;
		columns.push({ name: column, type: element });
	}
	const [rows, ...others] = columns.map((c) => firstAxis(c.type.shape)?.size);
	if (!rows) return undefined;
	for (const other of others)
		if (!other || decideEqual(rows, other, facts).verdict !== "equal") return undefined;
	const count = asConstant(rows);
	// A known number of rows becomes a size of its own, as in a file: two data sets do not mix by chance.
	return count === undefined
		? { kind: "table", name, rows, columns }
		: newTable(name, count, (own) => withRows({ kind: "table", name, rows, columns }, own));
}
