import type { Equation, Func, Value } from "../../ir/ir.js";
import { booleanOf, integerOf } from "../../ir/primitives/primitive.js";
import { loopGroups } from "../../ir/primitives/regions.js";
import { functionKey } from "../../ir/print.js";
import { copyKernel } from "./kernels/elementwise.js";
import type { Kernel } from "./kernels/kernel.js";
import {
	condKernel,
	inlineKernel,
	putRowKernel,
	rowBuffer,
	scanKernel,
	sharedCallKernel,
	takeRowKernel,
	whileKernel,
} from "./kernels/regions.js";
import type { Planner, SharedCall } from "./plan.js";
import { type Buffer, isWhole, newBuffer, type View, wholeView } from "./view.js";

type Lowering = (planner: Planner, equation: Equation) => void;

const regionOf = (equation: Equation, index: number): Func => equation.regions[index] as Func;

const buffersOf = (views: readonly View[]): Buffer[] => views.map((view) => view.buffer);

/** Copies the new carries over the old ones; those that lie in other carries by a detour. */
function carryKernels(inner: Planner, results: readonly View[], carries: readonly View[]): Kernel[] {
	const overwritten = new Set(buffersOf(carries));
	const detours: Kernel[] = [];
	const copies: Kernel[] = [];
	results.forEach((source, k) => {
		const target = carries[k] as View;
		if (source.buffer === target.buffer && isWhole(source)) return;
		if (!overwritten.has(source.buffer)) {
			copies.push(copyKernel(source, target));
			return;
		}
		const detour = inner.allocate({ element: source.buffer.element, shape: source.shape });
		detours.push(copyKernel(source, detour));
		copies.push(copyKernel(detour, target));
	});
	return [...detours, ...copies];
}

const copies = (results: readonly View[], targets: readonly View[]): Kernel[] =>
	results.map((result, k) => copyKernel(result, targets[k] as View));

const scan: Lowering = (planner, equation) => {
	const { carries, sequences } = loopGroups(equation.attributes);
	const inputs = equation.inputs.map((value) => planner.view(value));
	const targets = equation.outputs.map((value) => planner.target(value));
	const held = targets.slice(0, carries);
	const stacks = inputs.slice(carries, carries + sequences);
	const rows = stacks.map(rowBuffer);
	const parameters = [...held, ...rows, ...inputs.slice(carries + sequences)];
	const { body, reads } = planner.region(
		regionOf(equation, 0),
		parameters,
		(inner, results) => [
			...results.slice(carries).map((view, k) => putRowKernel(view, targets[carries + k] as View)),
			...carryKernels(inner, results.slice(0, carries), held),
		],
		stacks.map((stack, k) => takeRowKernel(stack, rows[k] as View)),
		buffersOf(rows),
	);
	const loop = { init: inputs.slice(0, carries), carries: held, reads, writes: buffersOf(targets) };
	const length = integerOf(equation.attributes, "length");
	planner.push(scanKernel(loop, body, length, booleanOf(equation.attributes, "reverse")));
};

const whileLoop: Lowering = (planner, equation) => {
	const { carries } = loopGroups(equation.attributes);
	const inputs = equation.inputs.map((value) => planner.view(value));
	const targets = equation.outputs.map((value) => planner.target(value));
	const held = targets.slice(0, carries);
	const parameters = [...held, ...inputs.slice(carries)];
	const condition = planner.region(regionOf(equation, 0), parameters, () => []);
	const body = planner.region(regionOf(equation, 1), parameters, (inner, results) =>
		carryKernels(inner, results, held),
	);
	const loop = {
		init: inputs.slice(0, carries),
		carries: held,
		reads: [...condition.reads, ...body.reads],
		writes: buffersOf(targets),
	};
	const limit = equation.attributes.limit as number | undefined;
	const result = condition.results[0] as View;
	const turns = targets[carries] as View;
	planner.push(whileKernel(loop, { body: condition.body, result }, body.body, turns, limit));
};

const cond: Lowering = (planner, equation) => {
	const [predicate, ...operands] = equation.inputs.map((value) => planner.view(value));
	const targets = equation.outputs.map((value) => planner.target(value));
	const branch = (index: number) =>
		planner.region(regionOf(equation, index), operands, (_inner, results) => copies(results, targets));
	const [first, second] = [branch(0), branch(1)];
	const reads = [...first.reads, ...second.reads];
	planner.push(condKernel(predicate as View, [first.body, second.body], reads, buffersOf(targets)));
};

/** The function of a region that is called more than once: its parameters and results lie still. */
function sharedCall(planner: Planner, region: Func): SharedCall {
	const key = functionKey(region);
	const known = planner.shared.made.get(key);
	if (known !== undefined) return known;
	const still = ({ type }: Value): View => wholeView(newBuffer(type, "scratch"), type.shape);
	const parameters = region.parameters.map(still);
	const results = region.results.map(still);
	const { body, reads } = planner.region(region, parameters, (_inner, found) => copies(found, results));
	const made = {
		parameters,
		results,
		reads,
		body: { ...body, frame: { ...body.frame, role: "scratch" as const } },
	};
	planner.shared.made.set(key, made);
	return made;
}

const call: Lowering = (planner, equation) => {
	const region = regionOf(equation, 0);
	const inputs = equation.inputs.map((value) => planner.view(value));
	const targets = equation.outputs.map((value) => planner.target(value));
	if ((planner.shared.counts.get(functionKey(region)) ?? 1) <= 1) {
		const { body, reads } = planner.region(region, inputs, (_inner, results) => copies(results, targets));
		planner.push(inlineKernel(body, reads, buffersOf(targets)));
		return;
	}
	const { parameters, results, body, reads } = sharedCall(planner, region);
	const args = inputs.map((view, k) => [view, parameters[k] as View] as const);
	const outcome = results.map((view, k) => [view, targets[k] as View] as const);
	planner.push(sharedCallKernel(body, args, outcome, reads));
};

/** The row of each operation with regions in the embedded backend. */
export const regionLowerings: ReadonlyMap<string, Lowering> = new Map(
	Object.entries({ scan, while: whileLoop, cond, call, custom_derivative: call }),
);
