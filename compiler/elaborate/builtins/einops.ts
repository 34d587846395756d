import type * as ast from "../../../grammar/ast.js";
import {
	type AxesList,
	type AxesPattern,
	parseAxesPattern,
	singleAxes,
	spelledOut,
} from "../../../grammar/axes-pattern.js";
import { reduceWord } from "../binders/binder.js";
import { axisToLane, gatherPlaces } from "../binders/indexing.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import type { EvaluatedCall } from "../expressions/call.js";
import { evaluate } from "../expressions/evaluate.js";
import { castTo, elementwise, joinElement, lanesToShape, toReal, traced } from "../tensors.js";
import type { Lane, TracedValue, Value } from "../values.js";
import { type Intrinsic, reduceShape } from "./intrinsics.js";
import { permuted, withShape } from "./movement.js";

/** Patterns of axes: a tensor is taken apart into its named axes, and put together from them. */

/** One axis that is not made of others: by its name, or the place among those that `...` stands for. */
interface Unit {
	readonly key: string;
	readonly size: number;
}

function patternOf(environment: Environment, call: EvaluatedCall, value: Value | undefined): AxesPattern {
	const pattern = value?.kind === "string" ? parseAxesPattern(value.value) : undefined;
	return !pattern || "message" in pattern
		? fail(environment, call.node, "a pattern is wanted here")
		: pattern;
}

/** The elementary axes of a list, and what `...` stands for; notes the sizes of names. */
function takenApart(
	list: AxesList,
	shape: readonly number[],
	sizes: Map<string, number>,
): { readonly units: readonly Unit[]; readonly leading: readonly Unit[] } {
	const hasRest = list.items.some((item) => item.kind === "rest");
	const skipped = shape.length - (list.items.length - (hasRest ? 1 : 0));
	const units: Unit[] = [];
	let leading: readonly Unit[] = [];
	let axis = 0;
	for (const item of list.items) {
		if (item.kind === "rest") {
			leading = shape.slice(axis, axis + skipped).map((size, i) => ({ key: `...${i}`, size }));
			units.push(...leading);
			axis += skipped;
			continue;
		}
		const size = shape[axis++] ?? 1;
		if (item.kind === "axis") {
			if (item.name === undefined) continue;
			sizes.set(item.name, size);
			units.push({ key: item.name, size });
			continue;
		}
		const names = item.axes.flatMap((a) => a.name ?? []);
		const known = names.reduce((product, name) => product * (sizes.get(name) ?? 1), 1);
		for (const name of names) {
			if (!sizes.has(name)) sizes.set(name, known === 0 ? 0 : size / known);
			units.push({ key: name, size: sizes.get(name) ?? 1 });
		}
	}
	return { units, leading };
}

/** The elementary axes of the result, and its shape. */
function putTogether(
	list: AxesList,
	sizes: ReadonlyMap<string, number>,
	leading: readonly Unit[],
): { readonly units: readonly Unit[]; readonly shape: readonly number[] } {
	const units: Unit[] = [];
	const shape: number[] = [];
	for (const item of list.items) {
		if (item.kind === "rest") {
			units.push(...leading);
			shape.push(...leading.map((u) => u.size));
			continue;
		}
		const names = (item.kind === "axis" ? [item] : item.axes).flatMap((a) => a.name ?? []);
		const own = names.map((name): Unit => ({ key: name, size: sizes.get(name) ?? 1 }));
		units.push(...own);
		shape.push(own.reduce((product, u) => product * u.size, 1));
	}
	return { units, shape };
}

const operation: Intrinsic = (evaluator, environment, call) => {
	const [first, second, how] = call.arguments.filter((a) => !a.name);
	const read = (argument: typeof first): Value | undefined =>
		argument && (argument.given ?? evaluate(evaluator, environment, argument.value));
	const given = read(first);
	const x = given && traced(evaluator, given);
	const pattern = patternOf(environment, call, read(second));
	const [input] = pattern.inputs;
	if (!x || !input) return fail(environment, call.node, "a tensor is wanted here");
	const sizes = new Map<string, number>();
	for (const argument of call.arguments) {
		const size = argument.name && read(argument);
		if (argument.name && size?.kind === "number") sizes.set(argument.name.name, size.value);
	}
	const { units, leading } = takenApart(input, shapeOf(x), sizes);
	const result = putTogether(pattern.output, sizes, leading);
	let value = withShape(
		evaluator,
		x,
		units.map((u) => u.size),
	);
	let own = units;
	if (how) {
		const lost = units.flatMap((u, i) => (result.units.some((o) => o.key === u.key) ? [] : [i]));
		const by = read(how);
		const word = by?.kind === "function" && by.node.name?.kind === "Identifier" ? by.node.name.name : "";
		value = reduced(evaluator, word, value, lost);
		own = units.filter((_, i) => !lost.includes(i));
	}
	return withShape(evaluator, spreadTo(evaluator, value, own, result.units), result.shape);
};

function reduced(
	evaluator: Evaluator,
	word: string,
	value: TracedValue,
	axes: readonly number[],
): TracedValue {
	const operand = word === "mean" || word === "logsumexp" ? toReal(evaluator, value) : value;
	const result = reduceShape(evaluator, word as ast.BinderWord, operand, axes);
	return result.kind === "traced" ? result : value;
}

/** The axes in the order of the result; the new ones repeat the elements. */
function spreadTo(
	evaluator: Evaluator,
	value: TracedValue,
	own: readonly Unit[],
	wanted: readonly Unit[],
): TracedValue {
	const order = wanted.flatMap((u) => {
		const at = own.findIndex((o) => o.key === u.key);
		return at < 0 ? [] : [at];
	});
	const sorted = permuted(evaluator, value, order);
	const places = wanted.flatMap((u, i) => (own.some((o) => o.key === u.key) ? [i] : []));
	const lanes = sorted.lanes.map((l) => l.size);
	const shape = [...lanes, ...wanted.map((u) => u.size)];
	const axes = [...lanes.map((_, i) => i), ...places.map((p) => lanes.length + p)];
	return { ...sorted, value: evaluator.builder.broadcast(sorted.value, shape, axes) };
}

/** Each name is a lane, as in index notation: the product of the operands, summed over the names that do not stay. */
const einsum: Intrinsic = (evaluator, environment, call) => {
	const [first, ...others] = call.arguments.map((a) => a.given ?? evaluate(evaluator, environment, a.value));
	const operands = others.map(
		(v) => traced(evaluator, v) ?? fail(environment, call.node, "tensors are wanted here"),
	);
	const written = patternOf(environment, call, first);
	const ranks = written.inputs.map((list, i) => {
		const operand = operands[i];
		return list.items.some((item) => item.kind === "rest") || !operand ? undefined : shapeOf(operand).length;
	});
	const pattern = spelledOut(written, ranks) ?? written;
	const lanes = new Map<string, Lane>();
	let leading: readonly Unit[] = [];
	const parts = operands.map((operand, i) => {
		const list = pattern.inputs[i] ?? pattern.output;
		const { units, leading: own } = takenApart(list, shapeOf(operand), new Map());
		if (own.length > 0) leading = own;
		let value = withShape(
			evaluator,
			operand,
			units.map((u) => u.size),
		);
		for (const { key, size } of units) {
			const lane = lanes.get(key) ?? evaluator.newLane(key, size);
			lanes.set(key, lane);
			value = onLane(evaluator, value, lane);
		}
		return value;
	});
	const element = parts.map((p) => p.value.type.element).reduce((a, b) => joinElement(a, b), "i32");
	const names = new Set(singleAxes(pattern.output).flatMap((a) => a.name ?? []));
	const stays = (key: string): boolean => names.has(key) || leading.some((u) => u.key === key);
	// One operand after the other: what none of those to come has is summed at once, so that each is a contraction.
	let sum: TracedValue | undefined;
	for (const [i, part] of parts.entries()) {
		const operand = castTo(evaluator, part, element);
		const product: TracedValue = sum ? elementwise(evaluator, "mul", sum, operand, element) : operand;
		const later = parts.slice(i + 1).flatMap((p) => p.lanes.map((l) => l.id));
		const gone = [...lanes].flatMap(([key, lane]) =>
			!stays(key) && product.lanes.some((l) => l.id === lane.id) && !later.includes(lane.id) ? [lane] : [],
		);
		const reduced = gone.length > 0 ? reduceWord(evaluator, "sum", product, gone, undefined) : product;
		sum = reduced.kind === "traced" ? reduced : undefined;
	}
	if (!sum) return fail(environment, call.node, "tensors are wanted here");
	const sizes = new Map([...lanes].map(([key, lane]) => [key, lane.size] as const));
	const result = putTogether(pattern.output, sizes, leading);
	const order = result.units.flatMap((u) => lanes.get(u.key) ?? []);
	return withShape(evaluator, lanesToShape(evaluator, sum, order), result.shape);
};

/** The first axis on a lane; one that is there already reads its own element: a diagonal. */
function onLane(evaluator: Evaluator, value: TracedValue, lane: Lane): TracedValue {
	if (!value.lanes.some((l) => l.id === lane.id)) return axisToLane(evaluator, value, 0, lane);
	const index = traced(evaluator, { kind: "index", lane });
	return index ? gatherPlaces(evaluator, value, 0, index) : value;
}

export const einopsFunctions: Readonly<Record<string, Intrinsic>> = {
	rearrange: operation,
	reduce: operation,
	repeat: operation,
	einsum,
};
