import assert from "node:assert/strict";
import fc from "fast-check";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import { showShape } from "../../compiler/check/types/show.js";
import { openProgram } from "../../runtime/open.js";
import { evaluateProgram } from "../support/evaluate.js";

/** A call whose shape can be told by plain arithmetic; no shape where it means nothing. */
interface Case {
	readonly text: string;
	readonly shape?: readonly number[];
}

const size = fc.integer({ min: 1, max: 5 });
const shapeOf = (rank: number): fc.Arbitrary<number[]> =>
	fc.array(size, { minLength: rank, maxLength: rank });
const ones = (shape: readonly number[]): string => `ones([${shape.join(", ")}])`;
const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

const convolution: fc.Arbitrary<Case> = fc
	.record({
		batch: size,
		channels: size,
		results: size,
		sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 2 }),
		kernel: size,
		stride: fc.integer({ min: 1, max: 3 }),
		padding: fc.integer({ min: 0, max: 2 }),
		dilation: fc.integer({ min: 1, max: 2 }),
	})
	.map(({ batch, channels, results, sizes, kernel, stride, padding, dilation }) => {
		const places = sizes.map((n) => Math.floor((n + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1);
		const window = sizes.map(() => kernel);
		return {
			text: `conv(${ones([batch, channels, ...sizes])}, ${ones([results, channels, ...window])}, stride = ${stride}, padding = ${padding}, dilation = ${dilation})`,
			...(places.every((n) => n >= 1) && { shape: [batch, results, ...places] }),
		};
	});

const transposed: fc.Arbitrary<Case> = fc
	.record({
		channels: size,
		results: size,
		n: size,
		kernel: size,
		stride: size,
		padding: fc.integer({ min: 0, max: 3 }),
	})
	.map(({ channels, results, n, kernel, stride, padding }) => {
		const places = (n - 1) * stride - 2 * padding + kernel;
		return {
			text: `conv_transpose(${ones([2, channels, n])}, ${ones([channels, results, kernel])}, stride = ${stride}, padding = ${padding})`,
			...(places >= 1 && { shape: [2, results, places] }),
		};
	});

const pooling: fc.Arbitrary<Case> = fc
	.record({ sizes: shapeOf(3), window: size, stride: size, padding: fc.integer({ min: 0, max: 2 }) })
	.map(({ sizes: [b = 1, h = 1, w = 1], window, stride, padding }) => {
		const places = [h, w].map((n) => Math.floor((n + 2 * padding - window) / stride) + 1);
		const fits = places.every((n) => n >= 1) && 2 * padding <= window;
		return {
			text: `max_pool(${ones([b, h, w])}, ${window}, stride = ${stride}, padding = ${padding})`,
			...(fits && { shape: [b, ...places] }),
		};
	});

const joining: fc.Arbitrary<Case> = fc
	.record({ a: shapeOf(3), b: shapeOf(3), axis: fc.integer({ min: -4, max: 3 }), same: fc.boolean() })
	.map(({ a, b, axis, same }) => {
		const at = axis < 0 ? axis + 3 : axis;
		const other = same ? a.map((n, i) => (i === at ? (b[i] as number) : n)) : b;
		const fits = at >= 0 && at < 3 && a.every((n, i) => i === at || n === other[i]);
		return {
			text: `concat([${ones(a)}, ${ones(other)}], axis = ${axis})`,
			...(fits && { shape: a.map((n, i) => (i === at ? n + (other[i] as number) : n)) }),
		};
	});

const reshaping: fc.Arbitrary<Case> = fc
	.record({ from: shapeOf(3), to: shapeOf(2), open: fc.boolean() })
	.map(({ from, to, open }) => {
		const [count, known] = [product(from), product(to)];
		const fits = open ? count % known === 0 : count === known;
		return {
			text: `reshape(${ones(from)}, [${to.join(", ")}${open ? ", _" : ""}])`,
			...(fits && { shape: open ? [...to, count / known] : to }),
		};
	});

const pattern: fc.Arbitrary<Case> = fc
	.record({
		sizes: shapeOf(4),
		order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }),
		split: size,
		lost: fc.boolean(),
	})
	.map(({ sizes, order, split, lost }) => {
		const names = ["a", "b", "c", "d"];
		const [p = 0, q = 0, r = 0, s = 0] = order;
		const at = (i: number): number => sizes[i] as number;
		const text = `"a b c (d e) -> (${names[p]} ${names[q]}) ${names[r]} ${names[s]}${lost ? "" : " e"}", e = ${split}`;
		const inner = (i: number): number => (i === 3 ? at(3) / split : at(i));
		const fits = at(3) % split === 0;
		const shape = [inner(p) * inner(q), inner(r), inner(s), ...(lost ? [] : [split])];
		return {
			text: lost
				? `reduce(${ones(sizes)}, ${text.replace(", e", ", sum, e")})`
				: `rearrange(${ones(sizes)}, ${text})`,
			...(fits && { shape }),
		};
	});

const product3: fc.Arbitrary<Case> = fc
	.record({ a: shapeOf(3), b: shapeOf(2), agree: fc.boolean() })
	.map(({ a, b, agree }) => {
		const [i = 1, j = 1, k = 1] = a;
		const [l = 1, m = 1] = agree ? [k, b[1] as number] : b;
		return {
			text: `einsum("i j k, k m -> m i", ${ones([i, j, k])}, ${ones([l, m])})`,
			...(k === l && { shape: [m, i] }),
		};
	});

const padding: fc.Arbitrary<Case> = fc
	.record({ sizes: shapeOf(2), low: fc.integer({ min: -1, max: 2 }), high: fc.integer({ min: 0, max: 2 }) })
	.map(({ sizes: [n = 1, m = 1], low, high }) => ({
		text: `pad(${ones([n, m])}, [${high}, (${low}, ${high})])`,
		...(low >= 0 && { shape: [n + 2 * high, m + low + high] }),
	}));

const cases = fc.oneof(convolution, transposed, pooling, joining, reshaping, pattern, product3, padding);
const imports =
	"import std.nn { conv, conv_transpose, max_pool }\nlet used = (conv, conv_transpose, max_pool)\n";

describe("operations whose shape is computed from their arguments", () => {
	it("have the shape that they are checked to have, and are refused where there is none", () => {
		fc.assert(
			fc.property(fc.array(cases, { minLength: 12, maxLength: 12 }), (drawn) => {
				const accepted = drawn.filter((c) => c.shape);
				const text = `${imports}${accepted.map((c, i) => `let y${i} = ${c.text}`).join("\n")}\n`;
				const result = evaluateProgram(text, { backend: interpreterBackend });
				const { program } = openProgram("test.ansatz", text);
				const scope = program?.scopes.get(program.program.root);
				for (const [i, { text: call, shape = [] }] of accepted.entries()) {
					const type = scope?.names.get(`y${i}`)?.type;
					assert.ok(type?.kind === "tensor", call);
					assert.equal(showShape(type.shape), `[${shape.join(", ")}]`, call);
					assert.deepEqual(result.shape(`y${i}`), shape, call);
				}
				const refused = drawn.filter((c) => !c.shape);
				const wrong = `${imports}${refused.map((c, i) => `let y${i} = ${c.text}`).join("\n")}\n`;
				const lines = openProgram("test.ansatz", wrong).diagnostics.map(
					(d) => wrong.slice(0, d.at.start).split("\n").length - 3,
				);
				assert.deepEqual(
					lines,
					refused.map((_, i) => i),
					wrong,
				);
			}),
			{ numRuns: 40 },
		);
	}).timeout(120_000);
});
