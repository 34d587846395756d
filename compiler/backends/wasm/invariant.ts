import { type Equation, type Func, sizeOf, type Value } from "../../ir/ir.js";
import { scalarRows } from "./kernels/scalars.js";
import { bytesOf } from "./view.js";

/** What is kept from step to step takes at most so many bytes. */
const mostKept = 64 * 2 ** 20;

/** Movements and numbers that cost nothing where they are used. */
const free = new Set(
	"constant fill iota reshape transpose broadcast slice reverse stop_gradient guard".split(" "),
);

/** A program in two: what is the same in all steps, and the steps, which have it as further parameters. */
export interface Split {
	/** Its results are the further parameters of `step`. */
	readonly before: Func;
	readonly step: Func;
}

/**
 * Takes out of a step what depends neither on what is carried and changes, nor on a draw that is counted: the network
 * that is frozen on data that are fixed. Movements stay, and so do loops that would only spread small numbers over
 * large results. Undefined where there is nothing, or where nothing changes from step to step.
 */
export function splitInvariant(program: Func, carried: number): Split | undefined {
	const varying = new Set(
		program.parameters.filter((parameter, k) => k < carried && program.results[k] !== parameter),
	);
	if (varying.size === 0) return undefined;
	const producers = new Map<Value, Equation>();
	const live = needed(program, program.results, new Set());
	for (const equation of live) {
		for (const output of equation.outputs) producers.set(output, equation);
		if (equation.inputs.some((value) => varying.has(value)))
			for (const output of equation.outputs) varying.add(output);
	}
	const kept = new Set<Value>();
	const asked = new Set<Value>();
	let left = mostKept;
	const stored = (value: Value): number => {
		const producer = producers.get(value);
		if (producer === undefined || !free.has(producer.operation)) return sizeOf(value.type.shape);
		return Math.min(
			sizeOf(value.type.shape),
			producer.inputs.reduce((sum, input) => sum + stored(input), 1),
		);
	};
	const isWorthKeeping = (value: Value, producer: Equation): boolean => {
		if (free.has(producer.operation)) return false;
		const size = sizeOf(value.type.shape);
		return !(producer.operation in scalarRows) || producer.inputs.some((input) => stored(input) >= size);
	};
	const ask = (value: Value): void => {
		const producer = producers.get(value);
		if (producer === undefined || varying.has(value) || asked.has(value)) return;
		asked.add(value);
		const space = sizeOf(value.type.shape) * bytesOf(value.type.element);
		if (isWorthKeeping(value, producer) && space <= left) {
			left -= space;
			kept.add(value);
		} else for (const input of producer.inputs) ask(input);
	};
	for (const { inputs, outputs } of live)
		if (outputs.some((output) => varying.has(output))) for (const input of inputs) ask(input);
	for (const result of program.results) ask(result);
	if (kept.size === 0) return undefined;
	return {
		before: { ...program, results: [...kept], equations: needed(program, [...kept], new Set()) },
		step: {
			...program,
			parameters: [...program.parameters, ...kept],
			equations: needed(program, program.results, kept),
		},
	};
}

/** The equations that the results need, in order, where some values are given. */
function needed(program: Func, results: readonly Value[], given: ReadonlySet<Value>): Equation[] {
	const wanted = new Set(results);
	const equations: Equation[] = [];
	for (const equation of program.equations.toReversed()) {
		if (!equation.outputs.some((output) => wanted.has(output) && !given.has(output))) continue;
		for (const input of equation.inputs) wanted.add(input);
		equations.push(equation);
	}
	return equations.reverse();
}
