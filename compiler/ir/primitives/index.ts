import type { Attributes, Func, TensorType } from "../ir.js";
import { constants } from "./constant.js";
import { contraction } from "./contraction.js";
import { convolutions } from "./convolution.js";
import { cumulatives } from "./cumulative.js";
import { elementwise } from "./elementwise.js";
import { factors } from "./factors.js";
import { fouriers } from "./fourier.js";
import { indexing } from "./indexing.js";
import { linear } from "./linear.js";
import { movement } from "./movement.js";
import { poolings } from "./pooling.js";
import { IrError, inferChecked, type Primitive } from "./primitive.js";
import { random } from "./random.js";
import { reductions } from "./reduce.js";
import { inferRegions, type RegionPrimitive, regionRows } from "./regions.js";
import { scatters } from "./scatter.js";
import { sortings } from "./sorting.js";

export { IrError, type Primitive, sameShape, sameType, showType } from "./primitive.js";
export type { RegionPrimitive } from "./regions.js";

const rows = [
	...elementwise,
	...reductions,
	...movement,
	...contraction,
	...indexing,
	...random,
	...constants,
	...cumulatives,
	...convolutions,
	...poolings,
	...scatters,
	...sortings,
	...linear,
	...factors,
	...fouriers,
];

/** Every operation without regions by its name. */
export const primitives: ReadonlyMap<string, Primitive> = new Map(rows.map((row) => [row.name, row]));

/** The type of the result of an operation. Throws IrError when the operation does not exist or does not fit. */
export function inferType(
	operation: string,
	inputs: readonly TensorType[],
	attributes: Attributes,
): TensorType {
	const primitive = primitives.get(operation);
	if (primitive === undefined) throw new IrError(`there is no operation ${operation}`);
	return inferChecked(primitive, inputs, attributes);
}

/** Every operation with regions by its name. */
export const regionPrimitives: ReadonlyMap<string, RegionPrimitive> = new Map(
	regionRows.map((row) => [row.name, row]),
);

/** The types of all results of an operation with or without regions. Throws IrError like `inferType`. */
export function inferTypes(
	operation: string,
	inputs: readonly TensorType[],
	attributes: Attributes,
	regions: readonly Func[],
): readonly TensorType[] {
	const primitive = regionPrimitives.get(operation);
	if (primitive !== undefined) return inferRegions(primitive, inputs, attributes, regions);
	if (regions.length > 0) throw new IrError(`${operation} takes no regions`);
	return [inferType(operation, inputs, attributes)];
}
