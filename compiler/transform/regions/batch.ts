import type { Builder } from "../../ir/builder.js";
import { inline } from "../../ir/inline.js";
import type { Equation, Func, TensorType, Value } from "../../ir/ir.js";
import { isFloat } from "../../ir/primitives/primitive.js";
import { loopGroups } from "../../ir/primitives/regions.js";
import { call, functionOf, whileLoop } from "../../ir/regions.js";
import type { Batching } from "../batch.js";
import { type Lane, spread, toFront } from "../batching/rule.js";

/** One equation with regions of the walk of `batch`. */
export interface RegionLanes {
	readonly builder: Builder;
	readonly size: number;
	readonly equation: Equation;
	readonly inputs: readonly Lane[];
	/** The lanes that run, if not all do. */
	readonly mask: Value | undefined;
	readonly batchFunction: (func: Func, batching: Batching) => Func;
}

export type RegionBatchRule = (lanes: RegionLanes) => readonly Lane[];

const regionOf = (equation: Equation, index: number): Func => equation.regions[index] as Func;
const batchedOf = (inputs: readonly Lane[]): boolean[] => inputs.map(({ batched }) => batched);
const valuesOf = (inputs: readonly Lane[]): Value[] => inputs.map(({ value }) => value);

/** Whether there is a `while` in the function or in its regions. */
export function hasWhile(func: Func): boolean {
	return func.equations.some(({ operation, regions }) => operation === "while" || regions.some(hasWhile));
}

/** Carries that differ between lanes, from the inputs of a loop that do. */
function batchedCarries(body: Func, carries: number, inputs: readonly boolean[]): boolean[] {
	const flags = [...inputs];
	for (let changed = true; changed; ) {
		const results = batchedResults(body, flags);
		changed = false;
		for (let k = 0; k < carries; k++) {
			if (!results[k] || flags[k]) continue;
			flags[k] = true;
			changed = true;
		}
	}
	return flags.slice(0, carries);
}

type FlagRule = (equation: Equation, inputs: readonly boolean[]) => readonly boolean[];

/** The row of each operation with regions: which results differ between lanes. */
export const flagRules: Readonly<Record<string, FlagRule>> = {
	scan(equation, inputs) {
		const { carries } = loopGroups(equation.attributes);
		const held = batchedCarries(regionOf(equation, 0), carries, inputs);
		const results = batchedResults(regionOf(equation, 0), [...held, ...inputs.slice(carries)]);
		return [...held, ...results.slice(carries)];
	},
	while(equation, inputs) {
		const { carries } = loopGroups(equation.attributes);
		const held = batchedCarries(regionOf(equation, 1), carries, inputs);
		const [steered] = batchedResults(regionOf(equation, 0), [...held, ...inputs.slice(carries)]);
		return [...held.map((yes) => yes || steered === true), steered === true];
	},
	cond(equation, inputs) {
		const branches = equation.regions.map((region) => batchedResults(region, inputs.slice(1)));
		return equation.outputs.map((_, k) => inputs[0] === true || branches.some((branch) => branch[k]));
	},
	call: (equation, inputs) => batchedResults(regionOf(equation, 0), inputs),
	custom_derivative: (equation) => equation.outputs.map(() => true),
};

/** Which results of a function differ between lanes, where these parameters do. */
function batchedResults(func: Func, parameters: readonly boolean[]): boolean[] {
	const rows = new Set<Value>(func.parameters.filter((_, k) => parameters[k]));
	for (const equation of func.equations) {
		const inputs = equation.inputs.map((value) => rows.has(value));
		if (!inputs.includes(true)) continue;
		const flags = flagRules[equation.operation]?.(equation, inputs);
		equation.outputs.forEach((value, k) => {
			if (flags === undefined || flags[k]) rows.add(value);
		});
	}
	return func.results.map((value) => rows.has(value));
}

/** A region with the mask as a last parameter where one of its loops needs it. */
function regionWith(
	{ batchFunction, size, mask }: RegionLanes,
	region: Func,
	parameters: readonly boolean[],
	results: readonly boolean[],
): { readonly func: Func; readonly extra: readonly Value[] } {
	const masked = mask !== undefined && hasWhile(region);
	const func = batchFunction(region, { size, parameters, results, masked });
	return { func, extra: masked ? [mask] : [] };
}

/** Whether the results may be without rows: with a mask, loops inside may give some that were not expected. */
const forced = (lanes: RegionLanes, region: Func, flags: readonly boolean[]): boolean[] =>
	flags.map((yes) => yes || (lanes.mask !== undefined && hasWhile(region)));

const batchScan: RegionBatchRule = (lanes) => {
	const { builder, size, equation, inputs } = lanes;
	const region = regionOf(equation, 0);
	const { carries, sequences } = loopGroups(equation.attributes);
	const flags = batchedOf(inputs);
	const outputs = forced(lanes, region, flagRules.scan?.(equation, flags) ?? []);
	const parameters = [...outputs.slice(0, carries), ...flags.slice(carries)];
	const { func, extra } = regionWith(lanes, region, parameters, outputs);
	const args = inputs.map((input, k) => {
		if (k < carries) return outputs[k] ? spread(builder, size, input) : input.value;
		// The axis of the turns stays in front.
		return input.batched && k < carries + sequences ? toFront(builder, input.value, 1) : input.value;
	});
	const found = builder.emitAll("scan", [...args, ...extra], equation.attributes, [func]);
	return found.map((value, k) => {
		const batched = outputs[k] as boolean;
		return { value: batched && k >= carries ? toFront(builder, value, 1) : value, batched };
	});
};

/** The mask along the rows of a value. */
const along = (builder: Builder, mask: Value, value: Value): Value =>
	builder.broadcast(mask, value.type.shape, [0]);

/** Rows of a float that let no derivative through where the lane does not run; others as they are. */
function guarded(builder: Builder, size: number, input: Lane, mask: Value): Lane {
	if (!isFloat(input.value.type.element)) return input;
	const rows = spread(builder, size, input);
	return { value: builder.emit("guard", [rows, along(builder, mask, rows)]), batched: true };
}

const select = (builder: Builder, mask: Value, a: Value, b: Value): Value =>
	builder.emit("select", [along(builder, mask, a), a, b]);

/** Emits a batched region in place, in the lanes of the mask. */
function inlineMasked(
	lanes: RegionLanes,
	builder: Builder,
	region: Func,
	inputs: readonly Lane[],
	mask: Value,
): Value[] {
	const all = region.results.map(() => true);
	const inner = { ...lanes, mask };
	const own = inputs.map((input) => guarded(builder, lanes.size, input, mask));
	const { func, extra } = regionWith(inner, region, batchedOf(own), all);
	return inline(builder, func, [...valuesOf(own), ...extra]);
}

const batchWhile: RegionBatchRule = (lanes) => {
	const { builder, size, equation, inputs, mask } = lanes;
	const [condition, body] = [regionOf(equation, 0), regionOf(equation, 1)];
	const { carries } = loopGroups(equation.attributes);
	const flags = batchedOf(inputs);
	const outputs = flagRules.while?.(equation, flags) ?? [];
	const steered = outputs[carries] === true || mask !== undefined;
	if (!steered) {
		const parameters = [...outputs.slice(0, carries), ...flags.slice(carries)];
		const test = regionWith(lanes, condition, parameters, [false]).func;
		const turn = regionWith(lanes, body, parameters, outputs.slice(0, carries)).func;
		const args = inputs.map((input, k) =>
			outputs[k] && k < carries ? spread(builder, size, input) : input.value,
		);
		const found = builder.emitAll("while", args, equation.attributes, [test, turn]);
		return found.map((value, k) => ({ value, batched: outputs[k] as boolean }));
	}
	// Lanes that are done keep their state; the loop goes on as long as one is not.
	const constants = inputs.slice(carries);
	const rows = (values: readonly Value[]): Lane[] => [
		...values.map((value) => ({ value, batched: true })),
		...constants,
	];
	const init = inputs.slice(0, carries).map((input) => spread(builder, size, input));
	const everywhere = mask ?? builder.fill(1, { element: "bool", shape: [size] });
	const holds = (inner: Builder, state: readonly Value[], among: Value): Value => {
		const [yes] = inlineMasked(lanes, inner, condition, rows(state), among);
		return inner.emit("and", [among, yes as Value]);
	};
	const turns = builder.zeros({ element: "i32", shape: [size] });
	const { limit, checkpoint } = equation.attributes as {
		readonly limit?: number;
		readonly checkpoint?: number;
	};
	const found = whileLoop(
		builder,
		[...init, holds(builder, init, everywhere), turns],
		(inner, state) => inner.emit("reduce_or", [state[carries] as Value], { axes: [0] }),
		(inner, state) => {
			const old = state.slice(0, carries);
			const alive = state[carries] as Value;
			const results = inlineMasked(lanes, inner, body, rows(old), alive);
			const next = results.map((value, k) => select(inner, alive, value, old[k] as Value));
			const counted = inner.emit("add", [state[carries + 1] as Value, inner.cast(alive, "i32")]);
			return [...next, holds(inner, next, alive), counted];
		},
		{ limit, checkpoint },
	);
	const results = [...found.slice(0, carries), found[carries + 1] as Value];
	return results.map((value) => ({ value, batched: true }));
};

const batchCond: RegionBatchRule = (lanes) => {
	const { builder, size, equation, inputs, mask } = lanes;
	const [predicate, ...operands] = inputs as readonly [Lane, ...Lane[]];
	const flags = batchedOf(operands);
	if (!predicate.batched) {
		const masked = mask !== undefined && equation.regions.some(hasWhile);
		const usual = flagRules.cond?.(equation, batchedOf(inputs)) ?? [];
		const outputs = usual.map((yes) => yes || masked);
		const batching = { size, parameters: flags, results: outputs, masked };
		const funcs = equation.regions.map((region) => lanes.batchFunction(region, batching));
		const args = [predicate.value, ...valuesOf(operands), ...(masked ? [mask] : [])];
		const found = builder.emitAll("cond", args, {}, funcs);
		return found.map((value, k) => ({ value, batched: outputs[k] as boolean }));
	}
	// Both branches, each without derivatives in the lanes of the other.
	const chosen = [predicate.value, builder.emit("not", [predicate.value])];
	const [first, second] = equation.regions.map((region, branch) => {
		const here = chosen[branch] as Value;
		const own = mask === undefined ? here : builder.emit("and", [mask, here]);
		return inlineMasked(lanes, builder, region, operands, own);
	}) as [Value[], Value[]];
	return first.map((value, k) => ({
		value: select(builder, predicate.value, value, second[k] as Value),
		batched: true,
	}));
};

const batchCall: RegionBatchRule = (lanes) => {
	const { builder, equation, inputs } = lanes;
	const region = regionOf(equation, 0);
	const outputs = forced(lanes, region, batchedResults(region, batchedOf(inputs)));
	const { func, extra } = regionWith(lanes, region, batchedOf(inputs), outputs);
	const found = call(builder, func, [...valuesOf(inputs), ...extra]);
	return found.map((value, k) => ({ value, batched: outputs[k] as boolean }));
};

/** Both functions in lanes; the cotangent of an input that all lanes share is the sum over them. */
const batchCustom: RegionBatchRule = (lanes) => {
	const { builder, size, equation, inputs, mask, batchFunction } = lanes;
	const [value, pullback] = [regionOf(equation, 0), regionOf(equation, 1)];
	const flags = batchedOf(inputs);
	const masked = mask !== undefined;
	const all = (func: Func): boolean[] => func.results.map(() => true);
	const args = masked ? [...valuesOf(inputs), mask] : valuesOf(inputs);
	const forward = batchFunction(value, { size, parameters: flags, results: all(value), masked });
	const rest = pullback.parameters.slice(inputs.length).map(() => true);
	const parameters = [...flags, ...rest];
	const backward = batchFunction(pullback, { size, parameters, results: all(pullback), masked });
	const own = backward.parameters.slice(0, parameters.length).map(({ type }) => type);
	const types: TensorType[] = masked
		? [...own.slice(0, flags.length), { element: "bool", shape: [size] }, ...own.slice(flags.length)]
		: own;
	const floats = inputs.filter(({ value: input }) => isFloat(input.type.element));
	const wrapped = functionOf("pullback", types, (inner, found) => {
		const moved = masked ? [...found.toSpliced(flags.length, 1), found[flags.length] as Value] : found;
		const gradients = inline(inner, backward, moved);
		return gradients.map((gradient, k) => (floats[k]?.batched ? gradient : inner.sum(gradient, [0])));
	});
	const outputs = builder.emitAll("custom_derivative", args, equation.attributes, [forward, wrapped]);
	return outputs.map((output) => ({ value: output, batched: true }));
};

/** The row of each operation with regions in batching. */
export const regionBatchRules: ReadonlyMap<string, RegionBatchRule> = new Map(
	Object.entries({
		scan: batchScan,
		while: batchWhile,
		cond: batchCond,
		call: batchCall,
		custom_derivative: batchCustom,
	}),
);
