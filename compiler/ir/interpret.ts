import { contractionEvaluators } from "./evaluate/contraction.js";
import { convolutionEvaluators } from "./evaluate/convolution.js";
import { createEvaluators } from "./evaluate/create.js";
import { cumulativeEvaluators } from "./evaluate/cumulative.js";
import { elementwiseEvaluators } from "./evaluate/elementwise.js";
import type { Evaluator } from "./evaluate/evaluator.js";
import { indexingEvaluators } from "./evaluate/indexing.js";
import { movementEvaluators } from "./evaluate/movement.js";
import { poolingEvaluators } from "./evaluate/pooling.js";
import { reduceEvaluators } from "./evaluate/reduce.js";
import { type RegionEvaluator, regionEvaluators as regionRows } from "./evaluate/regions.js";
import { routineEvaluators } from "./evaluate/routines.js";
import { scatterEvaluators } from "./evaluate/scatter.js";
import type { Equation, Func, TensorData, Value } from "./ir.js";
import { IrError, sameType, showType } from "./primitives/index.js";
import { isWellFormed } from "./tensor.js";

/** The row of each operation in the reference interpreter. */
export const evaluators: ReadonlyMap<string, Evaluator> = new Map(
	Object.entries({
		...elementwiseEvaluators,
		...reduceEvaluators,
		...movementEvaluators,
		...contractionEvaluators,
		...indexingEvaluators,
		...createEvaluators,
		...cumulativeEvaluators,
		...convolutionEvaluators,
		...poolingEvaluators,
		...scatterEvaluators,
		...routineEvaluators,
	}),
);

/** The row of each operation with regions. */
export const regionEvaluators: ReadonlyMap<string, RegionEvaluator> = new Map(Object.entries(regionRows));

/** The results of one equation, with or without regions, on data of the types of its inputs. */
export function evaluateAll(equation: Equation, inputs: readonly TensorData[]): readonly TensorData[] {
	const evaluator = regionEvaluators.get(equation.operation);
	return evaluator === undefined ? [evaluate(equation, inputs)] : evaluator(equation, inputs, interpret);
}

/** The result of one equation without regions on data of the types of its inputs. */
export function evaluate(equation: Equation, inputs: readonly TensorData[]): TensorData {
	const evaluator = evaluators.get(equation.operation);
	if (evaluator === undefined) throw new IrError(`${equation.operation} has no evaluator`);
	const type = equation.output.type;
	return { type, data: evaluator(inputs, equation.attributes, type) };
}

/**
 * The reference interpreter: plain loops; every result is rounded to its element type, sums and products accumulate
 * in f64. Slow, and simple enough to be the oracle of everything else.
 *
 * @returns one tensor for each result of the function
 * @throws IrError when the arguments are not those of the parameters
 */
export function interpret(func: Func, args: readonly TensorData[]): TensorData[] {
	if (args.length !== func.parameters.length) {
		throw new IrError(`${func.name} takes ${func.parameters.length} arguments, not ${args.length}`);
	}
	const values = new Map<Value, TensorData>();
	const lookup = (value: Value): TensorData => {
		const data = values.get(value);
		if (data === undefined) throw new IrError(`%${value.id} has no value`);
		return data;
	};
	func.parameters.forEach((parameter, k) => {
		const arg = args[k] as TensorData;
		if (!sameType(arg.type, parameter.type) || !isWellFormed(arg)) {
			throw new IrError(`argument ${k} of ${func.name} must be ${showType(parameter.type)}`);
		}
		values.set(parameter, arg);
	});
	for (const equation of func.equations) {
		const results = evaluateAll(equation, equation.inputs.map(lookup));
		equation.outputs.forEach((output, k) => {
			values.set(output, results[k] as TensorData);
		});
	}
	return func.results.map(lookup);
}
