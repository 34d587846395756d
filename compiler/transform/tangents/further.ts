import type { Builder } from "../../ir/builder.js";
import { sizeOf, type Value } from "../../ir/ir.js";
import { integerOf } from "../../ir/primitives/primitive.js";
import { axisLast, logarithmicShares, metAt, shifted } from "../derivatives/cumulative.js";
import { add, mul, where } from "../derivatives/rule.js";
import { extrema } from "../derivatives/scatter.js";
import { linearTangents } from "./linear.js";
import { linear, multilinear, type Push, type Tangent, tangentAt, unary } from "./rule.js";

/** Running operations, windows and scatters. With x' for the tangent of x. */

/** h[t] = a[t] h[t-1] + b[t] along the axis. */
const recurrence = (b: Builder, factors: Value, terms: Value, axis: number): Value =>
	b.emit("linear_recurrence", [factors, terms], { axis });

/** Of a running operation y of x, along its axis; of nothing it is nothing. */
const running = (rule: (push: Push, tangent: Value, x: Value, axis: number) => Value): Tangent =>
	unary((push, tangent) => {
		const x = push.inputs[0] as Value;
		const axis = integerOf(push.attributes, "axis");
		return x.type.shape[axis] === 0 ? tangent : rule(push, tangent, x, axis);
	});

/** The tangent at the place where each running maximum was met first. */
const runningMaximum: Tangent = running(({ builder: b, output }, tangent, x, axis) => {
	const rank = x.type.shape.length;
	const { there, back } = axisLast(rank, axis);
	const place = b.transpose(metAt(b, x, output, axis), there);
	const taken = b.emit("gather", [b.transpose(tangent, there), place], { axis: rank - 1, batch: rank - 1 });
	return b.transpose(taken, back);
});

/** The tangent at the place where the maximum of each window is met first. */
const windowMaximum: Tangent = unary(({ builder: b, inputs, attributes }, tangent) => {
	const x = inputs[0] as Value;
	const places = b.emit("window_argmax", [x], attributes);
	const taken = b.emit("gather", [b.reshape(tangent, [sizeOf(x.type.shape)]), places], {
		axis: 0,
		batch: 0,
	});
	// A window without any element has -1, which would count as place 0.
	return where(b, b.emit("ge", [places, b.zeros(places.type)]), taken);
});

/** The tangent of the operand where it is the extremum, else that of the first update that is. */
const scatterExtremum: Tangent = {
	rule(push) {
		const { builder: b, inputs, attributes, output } = push;
		const { kept, won } = extrema(push);
		const axis = integerOf(attributes, "axis");
		const added = b.emit("scatter_add", [inputs[1] as Value, where(b, won, tangentAt(push, 2))], {
			...attributes,
			size: output.type.shape[axis] as number,
		});
		return add(b, where(b, kept, tangentAt(push, 0)), added);
	},
};

const notFloat: Tangent = { none: "the result is not a float" };

export const furtherTangents: Readonly<Record<string, Tangent>> = {
	// y'[t] = x[t] y'[t-1] + y[t-1] x'[t]
	cumprod: running(({ builder: b, output }, tangent, x, axis) =>
		recurrence(b, x, mul(b, shifted(b, output, axis, 1), tangent), axis),
	),
	cummax: runningMaximum,
	cumlogsumexp: running(({ builder: b, output }, tangent, x, axis) => {
		const { carried, added } = logarithmicShares(b, x, output, axis);
		return recurrence(b, carried, mul(b, added, tangent), axis);
	}),
	// h'[t] = a[t] h'[t-1] + a'[t] h[t-1] + b'[t]
	linear_recurrence: {
		rule({ builder: b, inputs, attributes, output, tangents }) {
			const axis = integerOf(attributes, "axis");
			const [factors, terms] = tangents;
			if (output.type.shape[axis] === 0) return factors ?? terms;
			const moved = factors && mul(b, factors, shifted(b, output, axis, 0));
			const all = moved && terms ? add(b, moved, terms) : (moved ?? terms);
			return all && recurrence(b, inputs[0] as Value, all, axis);
		},
	},
	convolution: multilinear,
	window_sum: linear(0),
	window_max: windowMaximum,
	window_argmax: notFloat,
	scatter_set: linear(0, 2),
	scatter_min: scatterExtremum,
	scatter_max: scatterExtremum,
	...linearTangents,
};
