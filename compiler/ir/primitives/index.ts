import type { Attributes, TensorType } from "../ir.js";
import { constants } from "./constant.js";
import { contraction } from "./contraction.js";
import { convolutions } from "./convolution.js";
import { cumulatives } from "./cumulative.js";
import { elementwise } from "./elementwise.js";
import { factors } from "./factors.js";
import { indexing } from "./indexing.js";
import { linear } from "./linear.js";
import { movement } from "./movement.js";
import { poolings } from "./pooling.js";
import { IrError, inferChecked, type Primitive } from "./primitive.js";
import { random } from "./random.js";
import { reductions } from "./reduce.js";
import { scatters } from "./scatter.js";
import { sortings } from "./sorting.js";

export { IrError, type Primitive, sameShape, sameType, showType } from "./primitive.js";

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
];

/** Every operation of the IR by its name. */
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
