import { nearest } from "../../compiler/source/near.js";
import { asLabel, type DataArray, fitting, refuseNotFinite } from "./array.js";
import { DataRefusal } from "./problem.js";

/** A column of a table of numbers. */
export interface Column {
	readonly name: string;
	readonly values: ArrayLike<number | bigint | boolean | null | undefined>;
	/** Whether all values are whole by their type. */
	readonly whole: boolean;
}

/** All columns but the label side by side as `x`, the label as `y`. */
export function tabular(columns: readonly Column[], rows: number, label: string | undefined): DataArray[] {
	if (rows === 0) throw new DataRefusal("E0503", "the file has no rows");
	const own = label === undefined ? undefined : columns.find((c) => c.name === label);
	if (label !== undefined && !own)
		throw noColumn(
			label,
			columns.map((c) => c.name),
		);
	const features = columns.filter((c) => c !== own);
	const values = new Float64Array(rows * features.length);
	for (const [j, column] of features.entries()) {
		for (let i = 0; i < rows; i++) values[i * features.length + j] = numberAt(column, i);
	}
	const x: DataArray = { name: "x", element: "real", shape: [rows, features.length], values };
	refuseNotFinite(x, values);
	return own ? [x, labelOf(own, rows)] : [x];
}

function labelOf(column: Column, rows: number): DataArray {
	const values = Float64Array.from({ length: rows }, (_, i) => numberAt(column, i));
	if (!column.whole && !values.every((v) => Number.isInteger(v) && Math.abs(v) < 2 ** 31)) {
		const label: DataArray = { name: "y", element: "real", shape: [rows], values };
		refuseNotFinite(label, values);
		return label;
	}
	const whole = Int32Array.from(values, (v) => fitting(v, column.name));
	return asLabel({ name: "y", element: "int", shape: [rows], values: whole });
}

function numberAt({ name, values }: Column, row: number): number {
	const value = values[row];
	if (value === null || value === undefined) {
		throw new DataRefusal(
			"E0505",
			`column '${name}' has nothing in row ${row}, where a number belongs`,
			"leave such rows out, or fill in a number",
		);
	}
	return Number(value);
}

/** The label is no column, or an array that is not there. */
export function noColumn(label: string, names: readonly string[]): DataRefusal {
	const near = nearest(label, [...names]).map((name) => `'${name}'`);
	return new DataRefusal(
		"E0507",
		`there is no '${label}' to take as the label`,
		near.length > 0
			? `did you mean ${near.join(" or ")}?`
			: `there are ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", .." : ""}`,
	);
}

/** A column whose elements are no numbers. */
export function noNumbers(name: string, type: string): DataRefusal {
	return new DataRefusal(
		"E0517",
		`column '${name}' holds elements of the type ${type}, which are no numbers`,
		"leave the column out, or encode it as numbers",
	);
}
