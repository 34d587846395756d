import { Builder } from "../ir/builder.js";
import { Mapping } from "../ir/inline.js";
import type { Func, Value } from "../ir/ir.js";
import { IrError } from "../ir/primitives/index.js";
import { batchRules } from "./batching/index.js";
import { type Lane, spread } from "./batching/rule.js";
import { hasWhile, regionBatchRules } from "./regions/batch.js";

/** How a function is batched. */
export interface Batching {
	readonly size: number;
	/** Which parameters have rows. */
	readonly parameters: readonly boolean[];
	/** Results that must have rows, even if all rows are equal. */
	readonly results: readonly boolean[];
	/**
	 * A last parameter says in which lanes the function runs at all; in the others its results are not used. A loop
	 * must know, which might not end there.
	 */
	readonly masked: boolean;
}

const made = new WeakMap<Func, Map<string, Func>>();

/** The function on many lanes; results have rows where they differ or where that is asked for. Made once. */
export function batchFunction(func: Func, batching: Batching): Func {
	const known = made.get(func) ?? new Map<string, Func>();
	made.set(func, known);
	const { size, parameters, results, masked } = batching;
	const key = `${size} ${parameters} ${results} ${masked}`;
	const found = known.get(key) ?? batched(func, batching);
	known.set(key, found);
	return found;
}

function batched(func: Func, { size, parameters, results, masked }: Batching): Func {
	const builder = new Builder();
	const mapping = new Mapping();
	const rows = new Set<Value>();
	func.parameters.forEach((parameter, k) => {
		const { element, shape } = parameter.type;
		const own = parameters[k]
			? builder.parameter({ element, shape: [size, ...shape] })
			: builder.parameter(parameter.type);
		mapping.set([parameter], [own]);
		if (parameters[k]) rows.add(parameter);
	});
	const mask = masked ? builder.parameter({ element: "bool", shape: [size] }) : undefined;
	const lane = (value: Value): Lane => ({ value: mapping.get(value), batched: rows.has(value) });
	for (const equation of func.equations) {
		const { operation, attributes, regions, outputs } = equation;
		const inputs = equation.inputs.map(lane);
		const guarded = mask !== undefined && (operation === "while" || regions.some(hasWhile));
		if (!guarded && !inputs.some((input) => input.batched)) {
			mapping.copy(builder, equation);
			continue;
		}
		const region = regionBatchRules.get(operation);
		if (region !== undefined) {
			const found = region({ builder, size, equation, inputs, mask, batchFunction });
			mapping.set(
				outputs,
				found.map(({ value }) => value),
			);
			for (const [k, output] of outputs.entries()) if (found[k]?.batched) rows.add(output);
			continue;
		}
		const rule = batchRules.get(operation);
		if (rule === undefined) throw new IrError(`${operation} has no row of batching`);
		const { type } = equation.output;
		mapping.set(outputs, [rule({ builder, size, operation, inputs, attributes, type })]);
		rows.add(equation.output);
	}
	return builder.build(
		`${func.name}_batched`,
		func.results.map((value, k) => (results[k] ? spread(builder, size, lane(value)) : mapping.get(value))),
	);
}

/**
 * The function on many lanes at once (vmap): parameters with `which` get a leading axis of `size`, the others are the
 * same in all lanes; every result has a leading axis. Derivatives may be taken before or after.
 *
 * A `cond` whose predicate differs between lanes runs both branches; a `while` runs until all lanes are done. Random
 * numbers are the same in all lanes unless their counters differ.
 *
 * @throws IrError when `which` does not fit the parameters or `size` is no number of lanes
 */
export function batch(func: Func, size: number, which: readonly boolean[]): Func {
	if (which.length !== func.parameters.length) {
		throw new IrError(`${func.name} has ${func.parameters.length} parameters, not ${which.length}`);
	}
	if (!Number.isSafeInteger(size) || size < 0) throw new IrError(`${size} is not a number of lanes`);
	return batchFunction(func, {
		size,
		parameters: which,
		results: func.results.map(() => true),
		masked: false,
	});
}
