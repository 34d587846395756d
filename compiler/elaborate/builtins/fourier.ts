import { type Evaluator, shapeOf } from "../evaluator.js";
import { type Complex, complexValue, wholeComplex } from "../expressions/complex.js";
import { elementwise, realOf } from "../tensors.js";
import type { TracedValue } from "../values.js";
import type { BuiltinCall } from "./builtin.js";
import type { Intrinsic } from "./intrinsics.js";
import { builtin, withShape } from "./movement.js";

/** Discrete Fourier transforms: `fourier` of the IR on pairs, which stand along a new last axis. */

function complexArgument(call: BuiltinCall, name: string): Complex {
	const value = call.value(name);
	const whole = value && wholeComplex(call.evaluator, value);
	return whole ?? call.fail("complex numbers are wanted here");
}

function axesOf(call: BuiltinCall, value: TracedValue): number[] {
	return call.axes("axis", value) ?? [shapeOf(value).length - 1];
}

/** The sums of the definition; the inverse divides by their number. */
function transform(
	evaluator: Evaluator,
	{ re, im }: Complex,
	axes: readonly number[],
	inverse: boolean,
): Complex {
	const { builder } = evaluator;
	const rank = re.value.type.shape.length;
	const pair = [re, im].map((part) => withShape(evaluator, part, [...shapeOf(part), 1]).value);
	const places = axes.map((axis) => re.lanes.length + axis).sort((a, b) => a - b);
	const whole = builder.emit("fourier", [builder.emit("concatenate", pair, { axis: rank })], {
		axes: places,
		inverse,
	});
	const shape = whole.type.shape;
	const partAt = (k: number): TracedValue => {
		const start = shape.map((_, axis) => (axis === rank ? k : 0));
		const limit = shape.map((n, axis) => (axis === rank ? k + 1 : n));
		const value = builder.reshape(builder.emit("slice", [whole], { start, limit }), shape.slice(0, -1));
		return { kind: "traced", value, lanes: re.lanes };
	};
	const count = axes.reduce((product, axis) => product * (shapeOf(re)[axis] ?? 1), 1);
	const share = (part: TracedValue): TracedValue => (inverse ? divided(evaluator, part, count) : part);
	return { re: share(partAt(0)), im: share(partAt(1)) };
}

function divided(evaluator: Evaluator, part: TracedValue, by: number): TracedValue {
	const format = realOf(evaluator, part);
	const number = evaluator.builder.scalar(by, format);
	return elementwise(evaluator, "div", part, { kind: "traced", value: number, lanes: [] }, format);
}

/** Elements from `from` to before `to` along one axis of the shape. */
function cut(evaluator: Evaluator, part: TracedValue, along: number, from: number, to: number): TracedValue {
	const axis = part.lanes.length + along;
	const { shape } = part.value.type;
	const value = evaluator.builder.emit("slice", [part.value], {
		start: shape.map((_, k) => (k === axis ? from : 0)),
		limit: shape.map((n, k) => (k === axis ? to : n)),
	});
	return { kind: "traced", value, lanes: part.lanes };
}

const whole = (inverse: boolean): Intrinsic =>
	builtin(["x", "axis"], (call) => {
		const z = complexArgument(call, "x");
		return complexValue(transform(call.evaluator, z, axesOf(call, z.re), inverse));
	});

const ofReals = builtin(["x", "axis"], (call) => {
	const z = complexArgument(call, "x");
	const axes = axesOf(call, z.re);
	const last = axes.at(-1) ?? 0;
	const { re, im } = transform(call.evaluator, z, axes, false);
	const to = Math.floor((shapeOf(re)[last] ?? 0) / 2) + 1;
	// Of nothing there is one sum, which is 0.
	const [a, b] = [re, im].map((part) => {
		const short = to - (shapeOf(part)[last] ?? 0);
		return cut(call.evaluator, short > 0 ? padded(call.evaluator, part, last, short) : part, last, 0, to);
	}) as [TracedValue, TracedValue];
	return complexValue({ re: a, im: b });
});

function padded(evaluator: Evaluator, part: TracedValue, along: number, by: number): TracedValue {
	const axis = part.lanes.length + along;
	const { shape } = part.value.type;
	const value = evaluator.builder.emit("pad", [part.value], {
		low: shape.map(() => 0),
		high: shape.map((_, k) => (k === axis ? by : 0)),
	});
	return { kind: "traced", value, lanes: part.lanes };
}

/** The other axes first; then, along the last one, what is missing is the conjugate of what is there, in reverse. */
const toReals = builtin(["x", "n", "axis"], (call) => {
	const { evaluator } = call;
	const given = complexArgument(call, "x");
	const axes = axesOf(call, given.re);
	const last = axes.at(-1) ?? 0;
	const others = axes.slice(0, -1);
	const z = others.length > 0 ? transform(evaluator, given, others, true) : given;
	const size = shapeOf(z.re)[last] ?? 0;
	const n = call.number("n", 2 * (size - 1));
	const completed = (part: TracedValue, sign: 1 | -1): TracedValue => {
		const own = cut(evaluator, part, last, 0, Math.min(size, n));
		if (n <= size) return own;
		const axis = part.lanes.length + last;
		const mirrored = evaluator.builder.emit("reverse", [cut(evaluator, part, last, 1, n - size + 1).value], {
			axes: [axis],
		});
		const other = sign === 1 ? mirrored : evaluator.builder.emit("neg", [mirrored]);
		const value = evaluator.builder.emit("concatenate", [own.value, other], { axis });
		return { kind: "traced", value, lanes: part.lanes };
	};
	return transform(evaluator, { re: completed(z.re, 1), im: completed(z.im, -1) }, [last], true).re;
});

export const fourierFunctions: Readonly<Record<string, Intrinsic>> = {
	fft: whole(false),
	ifft: whole(true),
	rfft: ofReals,
	irfft: toReals,
};
