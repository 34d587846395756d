import fc from "fast-check";
import { expectValues } from "../support/values.js";
import { covers } from "./fixture.js";

const numbers = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 3, maxLength: 3 });

/** The tree `(x = [a, b], y = (c,))` as text. */
const text = ([a, b, c]: readonly number[]): string => `(x = [${a}.0, ${b}], y = (${c}.0,))`;

const sum = (values: readonly number[]): number => values.reduce((total, v) => total + v, 0);

describe("standard library: trees", () => {
	covers(
		"tree tree_map tree_sum tree_dot tree_norm tree_cosine tree_zeros_like tree_leaves tree_flatten tree_unflatten",
		"what a tree's numbers give as one vector",
		() => {
			fc.assert(
				fc.property(numbers, numbers, (a, b) => {
					const dot = (p: readonly number[], q: readonly number[]) => sum(p.map((v, i) => v * (q[i] ?? 0)));
					const norms = Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b));
					const mixed = a.map((v, i) => 2 * v - (b[i] ?? 0));
					expectValues(
						`precision f64
let a = ${text(a)}
let b = ${text(b)}
let mixed = tree.map(a, b, |u, v| 2 * u - v)
let total = tree.sum(a)
let product = tree.dot(a, b)
let size = tree.norm(a)
let angle = tree.cosine(a, b)
let zero = tree.zeros_like(a)
let count = len(tree.leaves(a))
let flat = tree.flatten(a)
let again = tree.unflatten(flat, b)
`,
						{
							"mixed.x": mixed.slice(0, 2),
							"mixed.y.0": mixed[2] ?? 0,
							total: sum(a),
							product: dot(a, b),
							size: Math.sqrt(dot(a, a)),
							angle: norms === 0 ? 0 : dot(a, b) / norms,
							"zero.x": [0, 0],
							count: 2,
							flat: a,
							"again.x": a.slice(0, 2),
							"again.y.0": a[2] ?? 0,
						},
						{ tolerance: 1e-12 },
					);
				}),
				{ numRuns: 10 },
			);
		},
	);

	covers("trainable assemble", "the parameters of a layer, put back doubled", () => {
		expectValues(
			`import std.nn { Linear }
let net = Linear(2, 1)
let p = trainable(net)
let doubled = assemble(net, (weight = 2 * p.weight, bias = [3]))
let out = doubled([1, 1])[0] - 2 * sum(net.weight)
`,
			{ out: 3 },
			{ tolerance: 1e-5 },
		);
	});
});
