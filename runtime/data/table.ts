import type { NamedTensor } from "../../compiler/elaborate/builtins/data.js";
import type { DataArray } from "./array.js";
import { DataRefusal } from "./problem.js";

/** @throws DataRefusal where a number is none of 32 bits */
function narrowed(name: string, shape: readonly number[], values: DataArray["values"]): Float32Array {
	const narrow = Float32Array.from(values);
	const at = narrow.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(values[i]));
	if (at < 0) return narrow;
	const row = Math.floor(at / shape.slice(1).reduce((product, size) => product * size, 1));
	throw new DataRefusal(
		"E0621",
		`row ${row} of \`${name}\` holds ${String(values[at]).replace("e+", "e")}, which is no f32: it would be infinite`,
		"scale the data, or write `precision f64` in the program",
	);
}

/** An array of a file as a program sees it: reals in the program's precision. */
export function tensorOf(
	{ name, element, shape, below, values }: DataArray,
	realElement: "f32" | "f64",
): NamedTensor {
	if (element === "real") {
		const wide = realElement === "f64";
		const data = wide
			? values instanceof Float64Array
				? values
				: Float64Array.from(values)
			: values instanceof Float32Array
				? values
				: narrowed(name, shape, values);
		return { name, value: { kind: "tensor", data: { type: { element: realElement, shape }, data } } };
	}
	const data = element === "bool" ? Uint8Array.from(values) : Int32Array.from(values);
	return {
		name,
		value: {
			kind: "tensor",
			data: { type: { element: element === "bool" ? "bool" : "i32", shape }, data },
			...(below !== undefined && { below }),
		},
	};
}
