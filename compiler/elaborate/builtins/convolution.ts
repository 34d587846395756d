import { type Evaluator, shapeOf } from "../evaluator.js";
import { elementwise, realOf, spread, toReal, unionLanes } from "../tensors.js";
import type { Lane, TracedValue } from "../values.js";
import type { BuiltinCall } from "./builtin.js";
import { numbersOf } from "./builtin.js";
import type { Intrinsic } from "./intrinsics.js";
import { builtin } from "./movement.js";

/** Windows that slide over the last axes. Lanes and leading axes are the batch of the operation. */

function perAxis(
	call: BuiltinCall,
	name: string,
	count: number,
	otherwise: readonly number[],
): readonly number[] {
	const numbers = numbersOf(call.value(name));
	if (!numbers) return otherwise;
	const [one = 0] = numbers;
	return numbers.length === 1 ? Array.from({ length: count }, () => one) : numbers;
}

const all = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

interface Padding {
	readonly low: readonly number[];
	readonly high: readonly number[];
}

function paddingOf(call: BuiltinCall, window: readonly number[], dilation: readonly number[]): Padding {
	const count = window.length;
	const given = call.value("padding");
	if (given?.kind === "string") {
		const total = window.map((w, i) => (dilation[i] ?? 1) * (w - 1));
		return { low: total.map((t) => Math.floor(t / 2)), high: total.map((t) => Math.ceil(t / 2)) };
	}
	const sides = perAxis(call, "padding", count, all(count, 0));
	return { low: sides, high: sides };
}

interface Window {
	readonly stride: readonly number[];
	readonly low: readonly number[];
	readonly high: readonly number[];
	readonly dilation: readonly number[];
	readonly input_dilation: readonly number[];
	readonly groups: number;
}

/**
 * A convolution of each leading element. A kernel that is another one in each lane makes the lanes groups of channels,
 * so that one operation computes them all.
 */
function convolved(
	evaluator: Evaluator,
	x: TracedValue,
	kernel: TracedValue,
	count: number,
	window: Window,
): TracedValue {
	const { builder } = evaluator;
	const own = kernel.lanes;
	const outer = x.lanes.filter((l) => !own.some((o) => o.id === l.id));
	const lanes = unionLanes([x, kernel]);
	const shape = shapeOf(x);
	const leading = shape.slice(0, -count - 1);
	const [channels = 1, ...sizes] = shape.slice(-count - 1);
	const whole = spread(evaluator, x, lanes, shape);
	// [outer lanes, leading.., kernel lanes, channels, sizes..]
	const place = (lane: Lane): number => lanes.findIndex((l) => l.id === lane.id);
	const after = shape.map((_, i) => lanes.length + i);
	const order = [
		...outer.map(place),
		...after.slice(0, leading.length),
		...own.map(place),
		...after.slice(leading.length),
	];
	const batch = [...outer.map((l) => l.size), ...leading];
	const times = own.reduce((product, l) => product * l.size, 1);
	const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);
	const input = builder.reshape(builder.transpose(whole.value, order), [
		product(batch),
		times * channels,
		...sizes,
	]);
	const [results = 1, inner = 1, ...extents] = shapeOf(kernel);
	const weights = builder.reshape(kernel.value, [times * results, inner, ...extents]);
	const value = builder.emit("convolution", [input, weights], { ...window, groups: window.groups * times });
	const counts = value.type.shape.slice(2);
	const apart = builder.reshape(value, [...batch, ...own.map((l) => l.size), results, ...counts]);
	const back = lanes.map((lane) => {
		const at = outer.findIndex((l) => l.id === lane.id);
		return at >= 0 ? at : batch.length + own.findIndex((l) => l.id === lane.id);
	});
	const rest = [
		...leading.map((_, i) => outer.length + i),
		...[results, ...counts].map((_, i) => batch.length + own.length + i),
	];
	return { kind: "traced", value: builder.transpose(apart, [...back, ...rest]), lanes };
}

function operandsOf(call: BuiltinCall): {
	readonly x: TracedValue;
	readonly kernel: TracedValue;
	readonly count: number;
} {
	const { evaluator } = call;
	const real = (name: string): TracedValue => toReal(evaluator, call.tensor(name, evaluator.realElement));
	const kernel = real("kernel");
	return { x: real("x"), kernel, count: shapeOf(kernel).length - 2 };
}

const conv = builtin(["x", "kernel", "stride", "padding", "dilation", "groups"], (call) => {
	const { x, kernel, count } = operandsOf(call);
	const dilation = perAxis(call, "dilation", count, all(count, 1));
	return convolved(call.evaluator, x, kernel, count, {
		stride: perAxis(call, "stride", count, all(count, 1)),
		...paddingOf(call, shapeOf(kernel).slice(2), dilation),
		dilation,
		input_dilation: all(count, 1),
		groups: call.number("groups", 1),
	});
});

/** The adjoint of a convolution: x is spread by the stride, and the kernel turned around. */
const convTranspose = builtin(
	["x", "kernel", "stride", "padding", "output_padding", "dilation", "groups"],
	(call) => {
		const { evaluator } = call;
		const { builder } = evaluator;
		const { x, kernel, count } = operandsOf(call);
		const groups = call.number("groups", 1);
		const [channels = 1, inner = 1, ...window] = shapeOf(kernel);
		const lanes = kernel.lanes.map((l) => l.size);
		const first = lanes.length;
		// [groups * own, inner, ..] becomes [groups * inner, own, ..].
		const own = channels / groups;
		const apart = builder.reshape(kernel.value, [...lanes, groups, own, inner, ...window]);
		const order = [
			...lanes.map((_, i) => i),
			first,
			first + 2,
			first + 1,
			...window.map((_, i) => first + 3 + i),
		];
		const turned = builder.emit("reverse", [builder.transpose(apart, order)], {
			axes: window.map((_, i) => first + 3 + i),
		});
		const weights = builder.reshape(turned, [...lanes, groups * inner, own, ...window]);
		const dilation = perAxis(call, "dilation", count, all(count, 1));
		const extra = perAxis(call, "output_padding", count, all(count, 0));
		const { low, high } = paddingOf(call, window, dilation);
		const reach = window.map((w, i) => (dilation[i] ?? 1) * (w - 1));
		return convolved(evaluator, x, { ...kernel, value: weights }, count, {
			stride: all(count, 1),
			low: reach.map((r, i) => r - (low[i] ?? 0)),
			high: reach.map((r, i) => r - (high[i] ?? 0) + (extra[i] ?? 0)),
			dilation,
			input_dilation: perAxis(call, "stride", count, all(count, 1)),
			groups,
		});
	},
);

function pooled(
	call: BuiltinCall,
	x: TracedValue,
	operation: string,
): { value: TracedValue; places: number } {
	const given = call.value("window");
	const window = numbersOf(given) ?? call.fail("a window is wanted here");
	const [one = 1] = window;
	const sides = given?.kind === "number" ? all(2, one) : window;
	const count = sides.length;
	const { low, high } = paddingOf(call, sides, all(count, 1));
	const before = x.value.type.shape.length - count;
	const whole = (numbers: readonly number[], otherwise: number): number[] => [
		...all(before, otherwise),
		...numbers,
	];
	const value = call.evaluator.builder.emit(operation, [x.value], {
		window: whole(sides, 1),
		stride: whole(perAxis(call, "stride", count, sides), 1),
		low: whole(low, 0),
		high: whole(high, 0),
		dilation: all(before + count, 1),
		input_dilation: all(before + count, 1),
	});
	return { value: { ...x, value }, places: sides.reduce((a, b) => a * b, 1) };
}

const pooling = ["x", "window", "stride", "padding"];

export const convolutionFunctions: Readonly<Record<string, Intrinsic>> = {
	conv,
	conv_transpose: convTranspose,
	max_pool: builtin(pooling, (call) => pooled(call, call.tensor("x"), "window_max").value),
	avg_pool: builtin(pooling, (call) => {
		const { evaluator } = call;
		const x = toReal(evaluator, call.tensor("x", evaluator.realElement));
		const { value, places } = pooled(call, x, "window_sum");
		const element = realOf(evaluator, x);
		const count: TracedValue = {
			kind: "traced",
			value: evaluator.builder.scalar(places, element),
			lanes: [],
		};
		return elementwise(evaluator, "div", value, count, element);
	}),
};
