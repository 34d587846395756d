import type { TableValue, TensorValue } from "../../compiler/elaborate/values.js";
import type { Table } from "./csv.js";

/** A table as a program sees it: features `x`, label `y`. */
export function tableOf(table: Table, name: string, realElement: "f32" | "f64"): TableValue {
	const width = table.featureNames.length;
	const features = realElement === "f32" ? Float32Array.from(table.features) : table.features;
	const x: TensorValue = {
		kind: "tensor",
		data: { type: { element: realElement, shape: [table.rows, width] }, data: features },
	};
	const columns = [{ name: "x", value: x }];
	if (table.label) columns.push({ name: "y", value: labelOf(table, table.label, realElement) });
	return { kind: "table", name, rows: table.rows, columns };
}

function labelOf(table: Table, label: Int32Array | Float64Array, realElement: "f32" | "f64"): TensorValue {
	const shape = [table.rows];
	if (table.classes !== undefined) {
		return {
			kind: "tensor",
			data: { type: { element: "i32", shape }, data: Int32Array.from(label) },
			below: table.classes,
		};
	}
	const data = realElement === "f32" ? Float32Array.from(label) : Float64Array.from(label);
	return { kind: "tensor", data: { type: { element: realElement, shape }, data } };
}
