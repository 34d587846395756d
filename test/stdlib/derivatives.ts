import { expectValues } from "../support/values.js";
import { covers } from "./fixture.js";

describe("standard library: derivatives", () => {
	covers(
		"grad value_and_grad jacobian hessian vjp jvp hvp",
		"of x0^2 x1 and of polynomials, by hand (beside JAX: test/elaborate/derivatives.test.ts)",
		() => {
			expectValues(
				`let x: real[2] = [2, 3]
fn f(x: real[2]) -> real = x[0]^2 * x[1]
let gradient = grad(f)(x)
let both = value_and_grad(f)(x)
let second = hessian(f)(x)
let matrix = jacobian(|x| [x[0] * x[1], x[1]^2, x[0]])(x)
let pulled = vjp(|x| x^2, x).1([1, 10])
let pushed = jvp(|x| x^2, x, [1, 10])
let product = hvp(f, x, [1, 10])
`,
				{
					gradient: [12, 4],
					both: [12, 12, 4],
					second: [6, 4, 4, 0],
					matrix: [3, 2, 0, 6, 1, 0],
					pulled: [4, 60],
					pushed: [4, 9, 4, 60],
					product: [46, 4],
				},
			);
		},
	);
});
