import assert from "node:assert/strict";
import {
	add,
	constant,
	type Dim,
	decideEqual,
	element,
	exactDiv,
	floorDiv,
	length,
	mul,
	noFacts,
	show,
	sub,
	substitute,
	variable,
	withDivides,
} from "../../compiler/dims/dim.js";

const n = (value: number): Dim => constant(value);
const h = variable("h").dim;
const p = variable("p").dim;
const k = variable("k").dim;
const s = variable("s").dim;
const d = variable("d").dim;
const heads = variable("heads").dim;
const widths = { name: "widths", id: 1 };

/** The size after a window of `size` with padding `pad` and stride `stride`. */
function windowed(x: Dim, size: Dim, pad: Dim, stride: Dim): Dim {
	return add(floorDiv(sub(add(x, mul(n(2), pad)), size), stride), n(1));
}

describe("sizes: the normal form of worked cases", () => {
	const x = variable("x").dim;
	const cases: [string, Dim, Dim, string][] = [
		["a convolution of width 3 with padding 1 keeps the size", windowed(h, n(3), n(1), n(1)), h, "h"],
		["stride 2", windowed(h, n(3), n(1), n(2)), floorDiv(add(h, n(1)), n(2)), "floor((h + 1)/2)"],
		[
			"stride 2, then pooling by 2",
			windowed(windowed(h, n(3), n(1), n(2)), n(2), n(0), n(2)),
			floorDiv(add(h, n(1)), n(4)),
			"floor((h + 1)/4)",
		],
		["all symbolic", windowed(h, k, p, s), windowed(h, k, p, s), "floor((h + 2*p - k)/s) + 1"],
		[
			"4n + m + 3 over 2",
			floorDiv(add(add(mul(n(4), h), k), n(3)), n(2)),
			add(add(mul(n(2), h), floorDiv(add(k, n(1)), n(2))), n(1)),
			"2*h + floor((k + 1)/2) + 1",
		],
		[
			"nested floors",
			floorDiv(floorDiv(add(h, n(5)), n(2)), n(3)),
			floorDiv(add(h, n(5)), n(6)),
			"floor((h + 5)/6)",
		],
		["(a*b)/b", floorDiv(mul(h, k), k), h, "h"],
		["(a*b + c)/b", floorDiv(add(mul(h, k), s), k), add(h, floorDiv(s, k)), "h + floor(s/k)"],
		["a common factor", floorDiv(mul(h, s), mul(k, s)), floorDiv(h, k), "floor(h/k)"],
		[
			"the two halves",
			add(floorDiv(x, n(2)), floorDiv(add(x, n(1)), n(2))),
			x,
			"floor((x + 1)/2) + floor(x/2)",
		],
		["(s - 1)/s", floorDiv(sub(s, n(1)), s), n(0), "0"],
	];
	for (const [name, left, right, text] of cases) {
		it(name, () => {
			assert.equal(show(left), text);
			assert.equal(decideEqual(left, right, noFacts).verdict, "equal");
		});
	}
});
void [d, heads, widths, element, length, substitute, exactDiv, withDivides];
