import { evaluate } from "../../ir/interpret.js";
import { Equation, sizeOf, type TensorData, type Value } from "../../ir/ir.js";
import { dataOf } from "../../ir/primitives/primitive.js";
import { binaryScalars, unaryScalars } from "../../ir/scalar.js";
import { tensor } from "../../ir/tensor.js";
import { definedBy, filling, type Rewrite, type Rewriter } from "./rewrite.js";

/** Larger results are cheaper to compute than to keep. */
const largestResult = 64;
const largestInput = 1024;

/** Operations whose result at an index depends on the inputs at that index alone. */
export const elementwise: ReadonlySet<string> = new Set([
	...Object.keys(unaryScalars),
	...Object.keys(binaryScalars),
	"select",
	"cast",
]);
const movements = new Set(["reshape", "transpose", "broadcast", "slice", "reverse"]);

function dataOfValue(rewriter: Rewriter, value: Value): TensorData | undefined {
	if (sizeOf(value.type.shape) > largestInput) return undefined;
	const number = filling(rewriter, value);
	if (number !== undefined) {
		return tensor(value.type, new Array<number>(sizeOf(value.type.shape)).fill(number));
	}
	const constant = definedBy(rewriter, value, "constant");
	return constant === undefined ? undefined : tensor(value.type, dataOf(constant.attributes, "data"));
}

/** A constant for an operation on constants; a fill for an elementwise operation or a movement of fills. */
export const foldConstants: Rewrite = (rewriter, { operation, inputs, attributes, type }) => {
	if (inputs.length === 0 || operation.startsWith("random_")) return undefined;
	const numbers = inputs.map((value) => filling(rewriter, value));
	if (numbers.every((number): number is number => number !== undefined)) {
		if (movements.has(operation)) return rewriter.builder.fill(numbers[0] as number, type);
		if (elementwise.has(operation)) {
			const scalar = (value: Value, id: number): Value => ({ id, type: { ...value.type, shape: [] } });
			const scalars = inputs.map(scalar);
			const output: Value = { id: inputs.length, type: { element: type.element, shape: [] } };
			const equation = new Equation(operation, scalars, attributes, [output]);
			const data = scalars.map((value, k) => tensor(value.type, [numbers[k] as number]));
			return rewriter.builder.fill(evaluate(equation, data).data[0] as number, type);
		}
	}
	if (sizeOf(type.shape) > largestResult) return undefined;
	const data: TensorData[] = [];
	for (const value of inputs) {
		const known = dataOfValue(rewriter, value);
		if (known === undefined) return undefined;
		data.push(known);
	}
	const output: Value = { id: -1, type };
	const result = evaluate(new Equation(operation, inputs, attributes, [output]), data).data;
	const first = result[0];
	// One number is better known as such: later rewrites look for fills.
	if (first !== undefined && result.every((number: number) => Object.is(number, first))) {
		return rewriter.builder.fill(first, type);
	}
	return rewriter.builder.constant(result, type);
};
