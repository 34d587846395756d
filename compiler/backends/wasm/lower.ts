import type { Equation, Value } from "../../ir/ir.js";
import { sizeOf } from "../../ir/ir.js";
import { dotAxes } from "../../ir/primitives/contraction.js";
import { dataOf, integerOf, integersOf, listsOf, numberOf } from "../../ir/primitives/primitive.js";
import { nameOfKey } from "./code-cache.js";
import { isPacked, type Product, packedDotKernel, plainDotKernel } from "./kernels/dot.js";
import { thinDotKernel } from "./kernels/dot-thin.js";
import {
	concatenateKernel,
	dynamicSliceKernel,
	dynamicUpdateKernel,
	gatherKernel,
	padKernel,
	scatterAddKernel,
} from "./kernels/index.js";
import { randomKernel } from "./kernels/random.js";
import { cumsumKernel, positionKernel, reduceKernel } from "./kernels/reduce.js";
import { scalarRows } from "./kernels/scalars.js";
import { operationLowerings } from "./lower-operations.js";
import type { Planner } from "./plan.js";
import { regionLowerings } from "./regions.js";
import {
	broadcastView,
	collapse,
	isWhole,
	newBuffer,
	reshapeView,
	reverseView,
	sliceView,
	transposeView,
	type View,
	wholeView,
} from "./view.js";

/** One row of the backend: how an equation becomes views and kernels. */
export type Lowering = (planner: Planner, equation: Equation) => void;

const inputOf = (equation: Equation, index: number): Value => equation.inputs[index] as Value;

/** A movement that is only another way to look at its input. */
const look =
	(move: (view: View, equation: Equation) => View): Lowering =>
	(planner, equation) => {
		planner.alias(equation.output, move(planner.place(inputOf(equation, 0)), equation));
	};

const reduction: Lowering = (planner, equation) => {
	const source = planner.view(inputOf(equation, 0));
	const axes = integersOf(equation.attributes, "axes");
	planner.push(reduceKernel(equation.operation, source, planner.target(equation.output), axes));
};

const position: Lowering = (planner, equation) => {
	const source = planner.view(inputOf(equation, 0));
	const axis = integerOf(equation.attributes, "axis");
	planner.push(positionKernel(equation.operation, source, planner.target(equation.output), axis));
};

/** A key lies in memory, so that programs that are equal but for keys have one code. */
function keyBuffer({ shared }: Planner, key: readonly number[]): View {
	const name = nameOfKey(key);
	const type = { element: "i32", shape: [2] } as const;
	const buffer = shared.keys.get(name) ?? newBuffer(type, "constant", Float64Array.from(key));
	shared.keys.set(name, buffer);
	return wholeView(buffer, type.shape);
}

const random: Lowering = (planner, equation) => {
	const counters = equation.inputs.map((value) => planner.view(value))[0];
	const { attributes, output, operation } = equation;
	const key = keyBuffer(planner, integersOf(attributes, "key"));
	const shape = integersOf(attributes, "shape");
	if (counters === undefined || counters.shape.length === 0) {
		planner.push(randomKernel(operation, key, counters, planner.target(output), sizeOf(shape)));
		return;
	}
	// Each stream is written in whole blocks of Philox, of which the result sees what it has room for.
	const perBlock = output.type.element === "f64" ? 2 : 4;
	const room = Math.ceil(sizeOf(shape) / perBlock) * perBlock;
	const whole = planner.allocate({ element: output.type.element, shape: [...counters.shape, room] });
	const packed = isWhole(counters) ? counters : planner.pack(counters);
	planner.push(randomKernel(operation, key, packed, whole, room));
	const inner = wholeView(whole.buffer, shape).strides;
	planner.alias(output, {
		...whole,
		shape: output.type.shape,
		strides: [...whole.strides.slice(0, -1), ...inner],
	});
};

/** Axes [batch.., free, contracted] of an operand of a dot, copied where free or contracted axes do not merge. */
function matrixOperand(planner: Planner, view: View, axes: readonly (readonly number[])[]): View {
	const [batch = [], free = [], contracted = []] = axes;
	const ordered = transposeView(view, [...batch, ...free, ...contracted]);
	const merged = (list: readonly number[]) =>
		collapse(
			list.map((axis) => view.shape[axis] as number),
			[list.map((axis) => view.strides[axis] as number)],
		);
	const own = merged(free);
	const depth = merged(contracted);
	const stride = own.operands[0]?.[0] ?? 0;
	// Packing reads neighbours at constant offsets, which cannot be negative.
	const usable = own.shape.length <= 1 && depth.shape.length <= 1 && stride >= 0;
	const extents = [free, contracted].map((list) => sizeOf(list.map((axis) => view.shape[axis] as number)));
	const shape = [...batch.map((axis) => view.shape[axis] as number), ...extents];
	if (!usable) return wholeView(planner.pack(ordered).buffer, shape);
	const strides = [...batch.map((axis) => view.strides[axis] as number), stride, depth.operands[0]?.[0] ?? 0];
	return { ...view, shape, strides };
}

const dot: Lowering = (planner, equation) => {
	const contract = listsOf(equation.attributes, "contract");
	const batch = listsOf(equation.attributes, "batch");
	const roles = equation.inputs.map((value, side) => dotAxes(value.type.shape.length, contract, batch, side));
	// Both sides contract in the order of the axes on the left, so that those have a chance to merge.
	const order = (roles[0]?.contract ?? [])
		.map((axis, k) => ({ axis, k }))
		.sort((a, b) => a.axis - b.axis)
		.map(({ k }) => k);
	const operands = equation.inputs.map((value, side) => {
		const role = roles[side] as (typeof roles)[number];
		const contracted = order.map((k) => role.contract[k] as number);
		return matrixOperand(planner, planner.view(value), [role.batch, role.free, contracted]);
	});
	const [left, right] = operands as [View, View];
	const outer = roles[0]?.batch.length ?? 0;
	const extents = left.shape.slice(0, outer);
	const rows = left.shape[outer] as number;
	const columns = right.shape[outer] as number;
	const target = planner.target(equation.output);
	const product: Product = {
		batch: extents,
		rows,
		columns,
		count: left.shape[outer + 1] as number,
		left,
		right,
		target: wholeView(target.buffer, [...extents, rows, columns]),
	};
	planner.push(
		isPacked(product) ? packedDotKernel(product) : (thinDotKernel(product) ?? plainDotKernel(product)),
	);
};

const elementwise: Lowering = (planner, equation) => planner.elementwise(equation);

const rows: Readonly<Record<string, Lowering>> = {
	...Object.fromEntries(Object.keys(scalarRows).map((operation) => [operation, elementwise])),
	stop_gradient: look((view) => view),
	guard: look((view) => view),

	reduce_sum: reduction,
	reduce_prod: reduction,
	reduce_max: reduction,
	reduce_min: reduction,
	reduce_and: reduction,
	reduce_or: reduction,
	argmax: position,
	argmin: position,
	cumsum(planner, equation) {
		const source = planner.view(inputOf(equation, 0));
		const axis = integerOf(equation.attributes, "axis");
		planner.push(cumsumKernel(source, planner.target(equation.output), axis));
	},

	reshape(planner, equation) {
		const shape = equation.output.type.shape;
		const view = planner.place(inputOf(equation, 0));
		const packed = () => wholeView(planner.pack(view).buffer, shape);
		planner.alias(equation.output, reshapeView(view, shape) ?? packed());
	},
	transpose: look((view, { attributes }) => transposeView(view, integersOf(attributes, "permutation"))),
	broadcast: look((view, { attributes }) =>
		broadcastView(view, integersOf(attributes, "shape"), integersOf(attributes, "axes")),
	),
	slice: look((view, { attributes }) =>
		sliceView(view, integersOf(attributes, "start"), integersOf(attributes, "limit")),
	),
	reverse: look((view, { attributes }) => reverseView(view, integersOf(attributes, "axes"))),
	pad(planner, equation) {
		const source = planner.view(inputOf(equation, 0));
		const low = integersOf(equation.attributes, "low");
		planner.push(padKernel(source, planner.target(equation.output), low));
	},
	concatenate(planner, equation) {
		const sources = equation.inputs.map((value) => planner.view(value));
		const axis = integerOf(equation.attributes, "axis");
		planner.push(concatenateKernel(sources, planner.target(equation.output), axis));
	},
	dot,
	gather(planner, equation) {
		const { attributes, output } = equation;
		const [table, indices] = [planner.view(inputOf(equation, 0)), planner.view(inputOf(equation, 1))];
		const [axis, batch] = [integerOf(attributes, "axis"), integerOf(attributes, "batch")];
		planner.push(gatherKernel(table, indices, planner.target(output), axis, batch));
	},
	scatter_add(planner, equation) {
		const { attributes, output } = equation;
		const [indices, updates] = [planner.view(inputOf(equation, 0)), planner.view(inputOf(equation, 1))];
		const [axis, batch] = [integerOf(attributes, "axis"), integerOf(attributes, "batch")];
		planner.push(scatterAddKernel(indices, updates, planner.target(output), axis, batch));
	},
	dynamic_slice(planner, equation) {
		const [source, start] = [planner.view(inputOf(equation, 0)), planner.view(inputOf(equation, 1))];
		const axis = integerOf(equation.attributes, "axis");
		planner.push(dynamicSliceKernel(source, start, planner.target(equation.output), axis));
	},
	dynamic_update(planner, equation) {
		const [source, update] = [planner.view(inputOf(equation, 0)), planner.view(inputOf(equation, 1))];
		const start = planner.view(inputOf(equation, 2));
		const axis = integerOf(equation.attributes, "axis");
		planner.push(dynamicUpdateKernel(source, update, start, planner.target(equation.output), axis));
	},

	...operationLowerings,
	random_bits: random,
	random_uniform: random,

	constant(planner, { attributes, output }) {
		const buffer = newBuffer(output.type, "constant", dataOf(attributes, "data"));
		planner.alias(output, wholeView(buffer, output.type.shape));
	},
	fill(planner, { attributes, output }) {
		const value = numberOf(attributes, "value");
		const buffer = newBuffer(output.type, "constant", Float64Array.of(value));
		const shape = output.type.shape;
		planner.alias(output, { buffer, offset: 0, shape, strides: shape.map(() => 0), literal: value });
	},
	iota(planner, { attributes, output }) {
		const shape = output.type.shape;
		const axis = integerOf(attributes, "axis");
		const data = Float64Array.from({ length: shape[axis] as number }, (_, k) => k);
		const buffer = newBuffer(output.type, "constant", data);
		planner.alias(output, { buffer, offset: 0, shape, strides: shape.map((_, k) => (k === axis ? 1 : 0)) });
	},
};

/** The row of each operation in the embedded backend. */
export const lowerings: ReadonlyMap<string, Lowering> = new Map([
	...Object.entries(rows),
	...regionLowerings,
]);
