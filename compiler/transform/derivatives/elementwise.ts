import type { Builder } from "../../ir/builder.js";
import type { Value } from "../../ir/ir.js";
import { isFloat } from "../../ir/primitives/primitive.js";
import { add, type Derivative, div, inputAt, mul, neg, numberLike, select, sub, where } from "./rule.js";

/** d f(x) as a function of the cotangent d, the input x and the output y. */
function unary(derive: (b: Builder, d: Value, x: Value, y: Value) => Value): Derivative {
	return {
		rule: (adjoint) => derive(adjoint.builder, adjoint.cotangent, inputAt(adjoint, 0), adjoint.output),
	};
}

type BinaryRule = (b: Builder, d: Value, x: Value, y: Value, output: Value) => Value;

function binary(left: BinaryRule, right: BinaryRule): Derivative {
	return {
		rule: (adjoint, index) =>
			(index === 0 ? left : right)(
				adjoint.builder,
				adjoint.cotangent,
				inputAt(adjoint, 0),
				inputAt(adjoint, 1),
				adjoint.output,
			),
	};
}

const isZero = (b: Builder, x: Value): Value => b.emit("eq", [x, b.zeros(x.type)]);

/** x with its zeros replaced by 1, so that dividing by it is harmless at every order of derivative. */
function withoutZeros(b: Builder, x: Value): Value {
	return select(b, isZero(b, x), numberLike(b, 1, x), x);
}

const constantPieces: Derivative = { none: "piecewise constant: zero" };
const notFloat: Derivative = { none: "the result is not a float" };

/** At a tie the second argument takes the derivative, so that relu(x) = max(x, 0) has derivative 0 at 0. */
function extremum(comparison: "gt" | "lt"): Derivative {
	const first = (b: Builder, x: Value, y: Value) => b.emit(comparison, [x, y]);
	return binary(
		(b, d, x, y) => where(b, first(b, x, y), d),
		(b, d, x, y) => select(b, first(b, x, y), b.zeros(d.type), d),
	);
}

const power = binary(
	// y x^(y-1). At x = 0, y = 0 the exponent becomes 1, which gives 0 rather than 0 * inf; elsewhere it must stay
	// y - 1 even at y = 0, for the sake of the mixed second derivative.
	(b, d, x, y) => {
		const origin = b.emit("and", [isZero(b, x), isZero(b, y)]);
		const exponent = select(b, origin, numberLike(b, 1, y), sub(b, y, numberLike(b, 1, y)));
		return mul(b, d, mul(b, y, b.emit("pow", [x, exponent])));
	},
	(b, d, x, _y, output) => mul(b, d, mul(b, output, b.emit("log", [withoutZeros(b, x)]))),
);

/** Of atan2(y, x), with 0 at the origin. */
const angle = binary(
	(b, d, y, x) => div(b, mul(b, d, x), withoutZeros(b, add(b, mul(b, x, x), mul(b, y, y)))),
	(b, d, y, x) => neg(b, div(b, mul(b, d, y), withoutZeros(b, add(b, mul(b, x, x), mul(b, y, y))))),
);

export const elementwiseDerivatives: Readonly<Record<string, Derivative>> = {
	neg: unary((b, d) => neg(b, d)),
	abs: unary((b, d, x) => mul(b, d, b.emit("sign", [x]))),
	sign: constantPieces,
	exp: unary((b, d, _x, y) => mul(b, d, y)),
	log: unary((b, d, x) => div(b, d, x)),
	log1p: unary((b, d, x) => div(b, d, add(b, x, numberLike(b, 1, x)))),
	expm1: unary((b, d, _x, y) => mul(b, d, add(b, y, numberLike(b, 1, y)))),
	// 0 at 0, so that the norm of a zero vector has derivative 0.
	sqrt: unary((b, d, _x, y) => {
		const half = div(b, numberLike(b, 0.5, y), withoutZeros(b, y));
		return mul(b, d, select(b, isZero(b, y), b.zeros(y.type), half));
	}),
	sin: unary((b, d, x) => mul(b, d, b.emit("cos", [x]))),
	cos: unary((b, d, x) => neg(b, mul(b, d, b.emit("sin", [x])))),
	tanh: unary((b, d, _x, y) => mul(b, d, sub(b, numberLike(b, 1, y), mul(b, y, y)))),
	sigmoid: unary((b, d, _x, y) => mul(b, d, mul(b, y, sub(b, numberLike(b, 1, y), y)))),
	erf: unary((b, d, x) => {
		const bell = b.emit("exp", [neg(b, mul(b, x, x))]);
		return mul(b, d, mul(b, numberLike(b, 2 / Math.sqrt(Math.PI), x), bell));
	}),
	floor: constantPieces,
	ceil: constantPieces,
	round: constantPieces,
	not: notFloat,
	add: binary(
		(_b, d) => d,
		(_b, d) => d,
	),
	sub: binary(
		(_b, d) => d,
		(b, d) => neg(b, d),
	),
	mul: binary(
		(b, d, _x, y) => mul(b, d, y),
		(b, d, x) => mul(b, d, x),
	),
	div: binary(
		(b, d, _x, y) => div(b, d, y),
		(b, d, _x, y, output) => neg(b, div(b, mul(b, d, output), y)),
	),
	pow: power,
	max: extremum("gt"),
	min: extremum("lt"),
	mod: binary(
		(_b, d) => d,
		(b, d, x, y) => neg(b, mul(b, d, b.emit("floor_div", [x, y]))),
	),
	floor_div: constantPieces,
	atan2: angle,
	eq: notFloat,
	ne: notFloat,
	lt: notFloat,
	le: notFloat,
	gt: notFloat,
	ge: notFloat,
	and: notFloat,
	or: notFloat,
	select: {
		rule(adjoint, index) {
			const { builder, cotangent } = adjoint;
			const condition = inputAt(adjoint, 0);
			if (index === 0) return undefined;
			const zeros = builder.zeros(cotangent.type);
			return index === 1
				? select(builder, condition, cotangent, zeros)
				: select(builder, condition, zeros, cotangent);
		},
	},
	cast: {
		rule(adjoint) {
			const x = inputAt(adjoint, 0);
			if (!isFloat(x.type.element) || !isFloat(adjoint.output.type.element)) return undefined;
			return adjoint.builder.cast(adjoint.cotangent, x.type.element);
		},
	},
	stop_gradient: { none: "stops the derivative by definition" },
	guard: {
		rule: (adjoint, index) =>
			index === 0 ? where(adjoint.builder, inputAt(adjoint, 1), adjoint.cotangent) : undefined,
	},
};
