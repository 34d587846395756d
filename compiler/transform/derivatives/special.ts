import type { Builder } from "../../ir/builder.js";
import type { Value } from "../../ir/ir.js";
import { add, type Derivative, div, inputAt, mul, neg, numberLike, sub } from "./rule.js";

/** d f(x) as a function of the cotangent d, the input x and the output y. */
function unary(derive: (b: Builder, d: Value, x: Value, y: Value) => Value): Derivative {
	return {
		rule: (adjoint) => derive(adjoint.builder, adjoint.cotangent, inputAt(adjoint, 0), adjoint.output),
	};
}

/** sqrt(1 - x^2), factored so that nothing cancels near the ends. */
function arcRoot(b: Builder, x: Value): Value {
	const one = numberLike(b, 1, x);
	return b.emit("sqrt", [mul(b, sub(b, one, x), add(b, one, x))]);
}

/** Trigonometric and special functions. Infinite where the function is infinitely steep: `asin` at 1. */
export const specialDerivatives: Readonly<Record<string, Derivative>> = {
	tan: unary((b, d, _x, y) => mul(b, d, add(b, numberLike(b, 1, y), mul(b, y, y)))),
	asin: unary((b, d, x) => div(b, d, arcRoot(b, x))),
	acos: unary((b, d, x) => neg(b, div(b, d, arcRoot(b, x)))),
	atan: unary((b, d, x) => div(b, d, add(b, numberLike(b, 1, x), mul(b, x, x)))),
	sinh: unary((b, d, x) => mul(b, d, b.emit("cosh", [x]))),
	cosh: unary((b, d, x) => mul(b, d, b.emit("sinh", [x]))),
	erfc: unary((b, d, x) => {
		const bell = b.emit("exp", [neg(b, mul(b, x, x))]);
		return mul(b, d, mul(b, numberLike(b, -2 / Math.sqrt(Math.PI), x), bell));
	}),
	lgamma: unary((b, d, x) => mul(b, d, b.emit("digamma", [x]))),
	digamma: unary((b, d, x) => mul(b, d, b.emit("polygamma", [numberLike(b, 1, x), x]))),
	polygamma: {
		// The order counts derivatives: it is a whole number, so that nothing flows to it.
		rule(adjoint, index) {
			if (index === 0) return undefined;
			const { builder: b, cotangent } = adjoint;
			const [order, x] = [inputAt(adjoint, 0), inputAt(adjoint, 1)];
			return mul(b, cotangent, b.emit("polygamma", [add(b, order, numberLike(b, 1, order)), x]));
		},
	},
};
