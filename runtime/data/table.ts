import type { NamedTensor } from "../../compiler/elaborate/builtins/data.js";
import type { DataArray } from "./array.js";

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
				: Float32Array.from(values);
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
