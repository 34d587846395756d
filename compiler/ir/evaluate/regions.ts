import { type Equation, type Func, sizeOf, type TensorData, type TensorType } from "../ir.js";
import { booleanOf, integerOf } from "../primitives/primitive.js";
import { loopGroups } from "../primitives/regions.js";
import { allocate } from "../tensor.js";

export type Interpret = (func: Func, args: readonly TensorData[]) => TensorData[];

/** One row of the reference interpreter for operations with regions: all results. */
export type RegionEvaluator = (
	equation: Equation,
	inputs: readonly TensorData[],
	interpret: Interpret,
) => readonly TensorData[];

function rowOf(stack: TensorData, row: number): TensorData {
	const shape = stack.type.shape.slice(1);
	const size = sizeOf(shape);
	return {
		type: { element: stack.type.element, shape },
		data: stack.data.slice(row * size, (row + 1) * size),
	};
}

const regionOf = (equation: Equation, index: number): Func => equation.regions[index] as Func;

export const regionEvaluators: Readonly<Record<string, RegionEvaluator>> = {
	scan(equation, inputs, interpret) {
		const length = integerOf(equation.attributes, "length");
		const { carries, sequences } = loopGroups(equation.attributes);
		const constants = inputs.slice(carries + sequences);
		const stacks = equation.outputs
			.slice(carries)
			.map(({ type }) => ({ type, data: allocate(type.element, sizeOf(type.shape)) }));
		let state: readonly TensorData[] = inputs.slice(0, carries);
		for (let turn = 0; turn < length; turn++) {
			const row = booleanOf(equation.attributes, "reverse") ? length - 1 - turn : turn;
			const elements = inputs.slice(carries, carries + sequences).map((stack) => rowOf(stack, row));
			const results = interpret(regionOf(equation, 0), [...state, ...elements, ...constants]);
			state = results.slice(0, carries);
			stacks.forEach((stack, k) => {
				const element = (results[carries + k] as TensorData).data;
				stack.data.set(element, row * element.length);
			});
		}
		return [...state, ...stacks];
	},

	while(equation, inputs, interpret) {
		const { carries } = loopGroups(equation.attributes);
		const limit = equation.attributes.limit ?? Number.POSITIVE_INFINITY;
		const constants = inputs.slice(carries);
		let state: readonly TensorData[] = inputs.slice(0, carries);
		let turns = 0;
		while (turns < (limit as number)) {
			const [go] = interpret(regionOf(equation, 0), [...state, ...constants]);
			if (go?.data[0] !== 1) break;
			state = interpret(regionOf(equation, 1), [...state, ...constants]);
			turns++;
		}
		const type: TensorType = { element: "i32", shape: [] };
		return [...state, { type, data: Int32Array.of(turns) }];
	},

	cond(equation, inputs, interpret) {
		const taken = inputs[0]?.data[0] === 1 ? 0 : 1;
		return interpret(regionOf(equation, taken), inputs.slice(1));
	},

	call: (equation, inputs, interpret) => interpret(regionOf(equation, 0), inputs),
	custom_derivative: (equation, inputs, interpret) => interpret(regionOf(equation, 0), inputs),
};
