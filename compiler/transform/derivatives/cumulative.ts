import type { Builder } from "../../ir/builder.js";
import type { Value } from "../../ir/ir.js";
import { integerOf } from "../../ir/primitives/primitive.js";
import { type Derivative, inputAt, mul, numberLike, select, sub } from "./rule.js";

/** The elements one place later along the axis; the first one is `first`. */
export function shifted(b: Builder, x: Value, axis: number, first: number): Value {
	const shape = x.type.shape;
	const head = b.fill(first, { element: x.type.element, shape: shape.with(axis, 1) });
	const rest = b.emit("slice", [x], {
		start: shape.map(() => 0),
		limit: shape.with(axis, (shape[axis] as number) - 1),
	});
	return b.emit("concatenate", [head, rest], { axis });
}

/** u with u[t] = d[t] + a[t+1] u[t+1]: the adjoint of h[t] = a[t] h[t-1] + b[t] with respect to b. */
function recurrenceBackwards(b: Builder, a: Value, d: Value, axis: number): Value {
	const turn = (value: Value): Value => b.emit("reverse", [value], { axes: [axis] });
	const factors = shifted(b, turn(a), axis, 0);
	return turn(b.emit("linear_recurrence", [factors, turn(d)], { axis }));
}

/** The derivatives of y[t] = log(exp(y[t-1]) + exp(x[t])) by y[t-1] and by x[t]. */
export function logarithmicShares(
	b: Builder,
	x: Value,
	y: Value,
	axis: number,
): { readonly carried: Value; readonly added: Value } {
	const nothing = b.emit("eq", [y, numberLike(b, Number.NEGATIVE_INFINITY, y)]);
	const finite = select(b, nothing, b.zeros(y.type), y);
	const before = shifted(b, y, axis, Number.NEGATIVE_INFINITY);
	return { carried: b.emit("exp", [sub(b, before, finite)]), added: b.emit("exp", [sub(b, x, finite)]) };
}

type Rule = (b: Builder, d: Value, axis: number, x: Value, y: Value) => Value;

function cumulative(rule: Rule): Derivative {
	return {
		rule(adjoint) {
			const x = inputAt(adjoint, 0);
			const axis = integerOf(adjoint.attributes, "axis");
			if (x.type.shape[axis] === 0) return adjoint.builder.zeros(x.type);
			return rule(adjoint.builder, adjoint.cotangent, axis, x, adjoint.output);
		},
	};
}

/** Of a running maximum y of x: the place along the axis where each element of y was met first. */
export function metAt(b: Builder, x: Value, y: Value, axis: number): Value {
	const previous = shifted(b, y, axis, 0);
	const index = b.emit("iota", [], { shape: x.type.shape, axis, element: "i32" });
	const start = b.emit("eq", [index, b.zeros(index.type)]);
	// Neither a comparison with nan nor one after nan counts, but nan itself is met once.
	const better = b.emit("not", [b.emit("le", [x, previous])]);
	const before = b.emit("eq", [previous, previous]);
	const met = b.emit("or", [start, b.emit("and", [better, before])]);
	return b.emit("cummax", [select(b, met, index, b.zeros(index.type))], { axis });
}

/** The axes with that one last, and the way back. */
export function axisLast(
	rank: number,
	axis: number,
): { readonly there: readonly number[]; readonly back: readonly number[] } {
	const axes = Array.from({ length: rank }, (_, k) => k);
	const there = axes.filter((k) => k !== axis).concat(axis);
	return { there, back: axes.map((k) => there.indexOf(k)) };
}

/** The cotangent of each running maximum goes to the place where it was met first. */
const maximum = cumulative((b, d, axis, x, y) => {
	const shape = x.type.shape;
	const place = metAt(b, x, y, axis);
	const last = shape.length - 1;
	const { there, back } = axisLast(shape.length, axis);
	const sums = b.emit("scatter_add", [b.transpose(place, there), b.transpose(d, there)], {
		axis: last,
		batch: last,
		size: shape[axis] as number,
	});
	return b.transpose(sums, back);
});

export const cumulativeDerivatives: Readonly<Record<string, Derivative>> = {
	// By x[s]: the product before s, times the sum over t >= s of d[t] x[s+1] .. x[t]. Exact where elements are 0.
	cumprod: cumulative((b, d, axis, x, y) =>
		mul(b, shifted(b, y, axis, 1), recurrenceBackwards(b, x, d, axis)),
	),
	cummax: maximum,
	// By x[s]: the sum over t >= s of d[t] exp(x[s] - y[t]), with all exponents at most 0. Where nothing but -inf has
	// been met the derivative is 0.
	cumlogsumexp: cumulative((b, d, axis, x, y) => {
		const { carried, added } = logarithmicShares(b, x, y, axis);
		return mul(b, added, recurrenceBackwards(b, carried, d, axis));
	}),
	linear_recurrence: {
		rule(adjoint, index) {
			const { builder: b, cotangent, output } = adjoint;
			const a = inputAt(adjoint, 0);
			const axis = integerOf(adjoint.attributes, "axis");
			if (a.type.shape[axis] === 0) return b.zeros(a.type);
			const u = recurrenceBackwards(b, a, cotangent, axis);
			return index === 1 ? u : mul(b, u, shifted(b, output, axis, 0));
		},
	},
};
