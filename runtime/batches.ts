import { bindPattern } from "../compiler/elaborate/expressions/evaluate.js";
import type { TracedValue } from "../compiler/elaborate/values.js";
import { Builder } from "../compiler/ir/builder.js";
import type { Func, Value as IrValue } from "../compiler/ir/ir.js";
import { hashKey } from "../compiler/ir/philox.js";
import type { FitRun } from "./fit.js";
import type { Batch } from "./loop-length.js";
import type { StepBuilder } from "./step.js";

/** The rows that a turn takes from a stream: a window of the epoch's permutation. */

/** The key of a stream's permutations: by its data set, and by its number among the streams over that. */
export function streamKey(fit: FitRun, { table }: Batch): readonly [number, number] {
	const { seed, path } = fit.draws;
	const number = fit.streams.get(table.name) ?? 0;
	fit.streams.set(table.name, number + 1);
	return hashKey(seed, [...path, "rows", table.name, ...(number === 0 ? [] : [`#${number}`])]);
}

/** The order of the rows in an epoch: that of uniform numbers of 53 bits, which the epoch counts. */
export function epochOrder(
	builder: Builder,
	key: readonly [number, number],
	rows: number,
	epoch: IrValue,
): IrValue {
	const numbers = builder.emit("random_uniform", [epoch], { key, shape: [rows], element: "f64" });
	return builder.emit("argsort", [numbers], { axis: 0, descending: false });
}

/** From the number of an epoch to its order. */
export function orderFunction(key: readonly [number, number], rows: number): Func {
	const builder = new Builder();
	const epoch = builder.parameter({ element: "i32", shape: [] });
	return builder.build("order", [epochOrder(builder, key, rows, epoch)]);
}

/** Gives the names of a stream's pattern the rows of a turn. */
export function bindBatch(step: StepBuilder, batch: Batch, order: IrValue, turn: IrValue): void {
	const { evaluator } = step;
	const { pattern, table, rows: rowsPerStep, stepsPerEpoch } = batch;
	const { builder } = evaluator;
	const inEpoch = builder.emit("mod", [turn, builder.scalar(stepsPerEpoch, "i32")]);
	const start = builder.emit("mul", [inEpoch, builder.scalar(rowsPerStep, "i32")]);
	const rows = builder.emit("dynamic_slice", [order, start], { axis: 0, size: rowsPerStep });
	bindPattern(step.environment, pattern, {
		kind: "tuple",
		elements: table.columns.map((c) => {
			const value = builder.emit("gather", [evaluator.lift(c.value.data), rows], { axis: 0, batch: 0 });
			return {
				name: c.name,
				value: {
					kind: "traced",
					value,
					lanes: [],
					...(c.value.below !== undefined && { below: c.value.below }),
				} satisfies TracedValue,
			};
		}),
	});
}
