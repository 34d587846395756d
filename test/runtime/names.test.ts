import { expectValues } from "../support/values.js";

/** A name means to a run what it means to checking, also where a file gives it another meaning further down. */
describe("names of the library that a file has, too", () => {
	it("mean the library's above a `let`, and the file's below", () => {
		expectValues(
			`precision f64
let above = relu(-2.0)
fn three(x: real) -> real = 3 * relu(x)
fn option(x: real, y: real = relu(-1.0)) -> real = x + y
model Above(a: real = relu(-7.0)) { () -> real = a + relu(-7) }
fit track_of() { track value = relu(-5) }
let relu = |x: real| x - 100
let below = relu(-2.0)
fn four(x: real) -> real = 3 * relu(x)
model Below(a: real = relu(-7.0)) { () -> real = a + relu(-7) }
let before = [above, three(-1), option(1), Above()(), track_of().value]
let after = [below, four(-1), Below()()]`,
			{ before: [0, 0, 1, 0, 0], after: [-102, -303, -214] },
		);
	});

	it("mean the file's functions everywhere, and local names from their line on", () => {
		expectValues(
			`precision f64
let above = relu(-2.0)
fn relu(x: real) -> real = x - 100
fn local(x: real) -> real = {
  let y = tanh(0 * x)
  let tanh = |u| u + 1
  y + tanh(x)
}
let pair = [above, local(3)]
let tanh = tanh(0.0) + 5
let own = tanh`,
			{ pair: [-102, 4], own: 5 },
		);
	});

	it("mean the same in another file", () => {
		expectValues(
			`precision f64
import "own.ansatz" { early, late, sigmoid as other }
let both = [early(-1), late(-1), other(-1), relu(-1)]`,
			{ both: [0, -101, 7, 0] },
			{
				files: {
					"own.ansatz": `export fn early(x: real) -> real = relu(x)
let relu = |x: real| x - 100
export fn late(x: real) -> real = relu(x)
export fn sigmoid(x: real) -> real = 7
`,
				},
			},
		);
	});
});
