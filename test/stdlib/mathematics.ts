import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose, flat, gradientProgram, type Numbers, onBackends, valuesOf } from "../support/values.js";
import { covers, declare, shapeOf } from "./fixture.js";

/** Made by `test/stdlib/oracle/mathematics.py`. */
interface Case {
	readonly names: string;
	readonly expression: string;
	/** The library that the names are imported from; empty for those that need no import. */
	readonly library: string;
	readonly setup: string;
	readonly x: Plain;
	readonly expected: Plain;
	readonly gradient: boolean;
	readonly tolerance: number;
}

const file = new URL("../../../test/stdlib/oracle/mathematics.generated.json", import.meta.url);
const { cases, draws } = JSON.parse(readFileSync(file, "utf8")) as {
	readonly cases: readonly Case[];
	readonly draws: readonly Draws[];
};

/** 6,000 draws, and points that a share of them is below. */
interface Draws {
	readonly names: string;
	readonly expression: string;
	readonly library: string;
	readonly quantiles: readonly (readonly [number, number])[];
}

/** `"inf"`, `"-inf"`, `"nan"`: what JSON has no numbers for. */
type Plain = number | string | readonly Plain[];

function numbersOf(plain: Plain): Numbers {
	if (typeof plain === "number") return plain;
	return typeof plain === "string" ? Number(plain.replace("inf", "Infinity")) : plain.map(numbersOf);
}

/** As a literal of the language. */
function literal(plain: Plain): string {
	if (typeof plain === "number") return Object.is(plain, -0) ? "-0.0" : String(plain);
	return typeof plain === "string" ? plain : `[${plain.map(literal).join(", ")}]`;
}

const brackets = (sizes: readonly number[]): string => (sizes.length === 0 ? "" : `[${sizes.join(", ")}]`);

function header(of: Pick<Case, "names" | "library">, setup = ""): string {
	const imports = of.library === "" ? "" : `import std.${of.library} { ${of.names.split(" ").join(", ")} }\n`;
	return `precision f64\n${imports}${setup}\n`;
}

/** The value of each case, on each backend. */
function checkValue(of: Case): void {
	const x = brackets(shapeOf(numbersOf(of.x)));
	const program = `${header(of, of.setup)}let x: real${x} = ${literal(of.x)}\nlet result = ${of.expression}\n`;
	for (const run of onBackends(program))
		assertClose(run.numbers("result"), flat(numbersOf(of.expected)), of.tolerance, of.expression);
}

/** Differences of 1e-5 leave an error of 1e-10 for derivatives of order 1. */
const step = 1e-5;

/**
 * The derivative of a weighted sum of the results by a parameter of two points, taken in a binder, against central
 * differences, which are taken in a binder of all moved points.
 */
function checkGradient(of: Case): void {
	const sizes = shapeOf(numbersOf(of.x));
	const expected = numbersOf(of.expected);
	const point = flat(numbersOf(of.x));
	const other = point.map((v, i) => v * (1 + 0.01 * Math.cos(i)));
	const weights = flat(expected).map((_, i) => Math.cos(i + 1));
	const all = sizes.map(() => ":").join(", ");
	const item = (name: string): string => `${name}[${["i", ...(all === "" ? [] : [all])].join(", ")}]`;
	const nested = (numbers: readonly number[], shape: readonly number[]): Numbers => {
		const [first, ...rest] = shape;
		if (first === undefined) return numbers[0] as number;
		const stride = numbers.length / first;
		return Array.from({ length: first }, (_, k) => nested(numbers.slice(k * stride, (k + 1) * stride), rest));
	};
	const moved = [point, other].flatMap((p) =>
		p.flatMap((_, k) => [step, -step].map((by) => p.map((v, i) => (i === k ? v + by : v)))),
	);
	const program = `${header(of, of.setup)}
let weights: real${brackets(shapeOf(expected))} = ${JSON.stringify(nested(weights, shapeOf(expected)))}
fn of_point(x: real${brackets(sizes)}) -> real = sum(weights * (${of.expression}))
${declare("start", nested([...point, ...other], [2, ...sizes]))}
${declare("moved", nested(moved.flat(), [moved.length, ...sizes]))}
fit probe() {
  param w: real[${[2, ...sizes].join(", ")}] = start
  repeat 1 { minimize (sum i: of_point(${item("w")}))  using sgd(1) }
}
let gradient = start - probe().w
let values = for i: of_point(${item("moved")})
let direct = of_point(${item("start").replace("[i", "[0")})
let laned = for i: of_point(${item("start")})
`;
	const result = evaluateProgram(program);
	const values = result.numbers("values");
	const differences = Array.from(
		{ length: 2 * point.length },
		(_, k) => ((values[2 * k] as number) - (values[2 * k + 1] as number)) / (2 * step),
	);
	const size = Math.max(1, ...differences.map(Math.abs));
	const scaled = (numbers: readonly number[]) => numbers.map((v) => v / size);
	assertClose(
		scaled(result.numbers("gradient")),
		scaled(differences),
		1e-7,
		`derivative of ${of.expression}`,
	);
	assert.ok(
		differences.some((d) => d !== 0),
		`${of.expression} does not depend on x`,
	);
	assertClose(
		result.numbers("laned").slice(0, 1),
		result.numbers("direct"),
		1e-12,
		`${of.expression} in a binder`,
	);
}

describe("standard library: mathematics against NumPy and SciPy", () => {
	for (const of of cases) {
		covers(of.names, of.gradient ? `${of.expression}, with derivatives in a binder` : of.expression, () => {
			checkValue(of);
			if (of.gradient) checkGradient(of);
		});
	}
});

/** Four standard deviations of a share. */
function assertShare(share: number, expected: number, count: number, what: string): void {
	const bound = 4 * Math.sqrt((expected * (1 - expected)) / count);
	assert.ok(Math.abs(share - expected) < bound, `${what}: ${share}, not ${expected} +- ${bound}`);
}

describe("standard library: draws", () => {
	for (const of of draws) {
		covers(of.names, `${of.expression} has the quantiles of SciPy, in f32 too`, () => {
			for (const precision of ["f64", "f32"]) {
				const program = `${header(of).replace("f64", precision)}let drawn = ${of.expression}\n`;
				const values = evaluateProgram(program).numbers("drawn");
				assert.equal(values.length, 6000);
				for (const [p, point] of of.quantiles) {
					const share = values.filter((v) => v <= point).length / values.length;
					assertShare(share, p, values.length, `${of.expression} below ${point} in ${precision}`);
				}
			}
		});
	}

	covers("truncated_normal", "lies within two standard deviations, and initialises", () => {
		const values = evaluateProgram(
			"model M() { param w: real[50, 40] = truncated_normal(scale = 0.5) }\nlet w = M().w",
		).numbers("w");
		assert.ok(values.every((v) => Math.abs(v) <= 1) && values.some((v) => v > 0.9));
	});

	covers("dirichlet", "lies in the simplex, line by line", () => {
		const values = evaluateProgram(
			"import std.stats { dirichlet }\nlet d = dirichlet([[0.5, 2], [9, 1]])\nlet s = for i: sum(d[i, :])",
		);
		assertClose(values.numbers("s"), [1, 1], 1e-6, "sums");
		assert.ok(values.numbers("d").every((v) => v > 0));
	});

	covers(
		"bernoulli categorical integers",
		"the shares of their values, fresh for each element and lane",
		() => {
			const count = 6000;
			const run = evaluateProgram(`let b = bernoulli(full([${count}], 0.3))
let c = for i in ${count}: categorical([1.0, 0, 2, -3, 5])
let k = integers([${count}], 7)
let lanes = for i in ${count}: integers([], 3)
let one: int<5> = categorical([1.0, 0, 2, -3, 5])
let none = categorical([0.0, 0])
let certain = (bernoulli(1), bernoulli(0))
`);
			const shares = (name: string, expected: readonly number[]) =>
				expected.forEach((share, value) => {
					const seen = run.numbers(name).filter((v) => v === value).length / count;
					if (share === 0) assert.equal(seen, 0, `${name} ${value}`);
					else assertShare(seen, share, count, `${name} ${value}`);
				});
			shares("b", [0.7, 0.3]);
			shares("c", [1 / 8, 0, 2 / 8, 0, 5 / 8]);
			shares(
				"k",
				Array.from({ length: 7 }, () => 1 / 7),
			);
			shares("lanes", [1 / 3, 1 / 3, 1 / 3]);
			assert.deepEqual([run.number("none"), ...run.numbers("certain")], [0, 1, 0]);
			assert.ok([0, 2, 4].includes(run.number("one")));
		},
	);

	covers("permutation", "each order has the same share", () => {
		const run = evaluateProgram("let orders = for i in 12000: permutation(3)\nlet long = permutation(1000)");
		const orders = run.numbers("orders");
		const counts = new Map<string, number>();
		for (let i = 0; i < orders.length; i += 3) {
			const key = orders.slice(i, i + 3).join("");
			counts.set(key, (counts.get(key) ?? 0) + 1);
		}
		assert.deepEqual([...counts.keys()].sort(), ["012", "021", "102", "120", "201", "210"]);
		for (const [key, seen] of counts) assertShare(seen / 12000, 1 / 6, 12000, key);
		assert.deepEqual(
			run.numbers("long").sort((a, b) => a - b),
			Array.from({ length: 1000 }, (_, i) => i),
		);
	});

	covers("orthogonal", "orthonormal columns or rows, of no preferred sign", () => {
		const run = evaluateProgram(`precision f64
model M() { param tall: real[5, 3] = orthogonal();  param wide: real[2, 4] = orthogonal(gain = 2) }
let m = M()
let a = m.tall.T @ m.tall
let b = m.wide @ m.wide.T
let first = for i in 4000: one()
fn one() -> real = { let q: real[2, 2] = orthogonal();  q[0, 0] }
`);
		assertClose(run.numbers("a"), [1, 0, 0, 0, 1, 0, 0, 0, 1], 1e-12, "columns");
		assertClose(run.numbers("b"), [4, 0, 0, 4], 1e-12, "rows");
		const first = run.numbers("first");
		// The cosine of a uniform angle lies below cos(60 degrees) with probability 2/3.
		assertShare(first.filter((v) => v < 0.5).length / 4000, 2 / 3, 4000, "angles");
	});

	it("a draw more changes no other", () => {
		const header = "import std.stats { gamma, laplace }\n";
		const before = `${header}let a = { let p = gamma([3], 2);  p + laplace([3]) }
let b = permutation(5)
let c = integers([4], 9)
let d = for i in 3: categorical([1.0, 2, 3])
`;
		const after = `${header}let z = gamma([2], 0.5) + laplace([2])
let a = { let q = normal([3]) + integers([3], 4);  let p = gamma([3], 2);  p + laplace([3]) }
let y = permutation(5)
let b = permutation(5)
let c = integers([4], 9)
let x = bernoulli(0.5)
let d = for i in 3: categorical([1.0, 2, 3])
`;
		const [first, second] = [evaluateProgram(before), evaluateProgram(after)];
		for (const name of ["a", "b", "c", "d"])
			assert.deepEqual(first.numbers(name), second.numbers(name), name);
		const [x, y] = [second.numbers("y"), second.numbers("b")];
		assert.notDeepEqual(x, y);
	});

	it("is the same on every backend, and differentiable by its parameters", () => {
		const [first, second] = onBackends(
			"import std.stats { gamma }\nlet a = for i in 3: gamma([2], 0.7)\nlet b = for i in 3: permutation(4)",
		);
		assertClose(first?.numbers("a") ?? [], second?.numbers("a") ?? [], 1e-6, "gamma");
		assert.deepEqual(first?.numbers("b"), second?.numbers("b"));
		const program = (scale: number) => `precision f64
import std.stats { laplace }
fn f(scale: real) -> real = sum(laplace([3], 1, scale)^2)
fit probe() {
  param w: real = ${scale}
  repeat 1 { minimize (seed 3 { f(w) })  using sgd(1) }
}
let gradient = ${scale} - probe().w
let value = seed 3 { f(${scale}) }
`;
		const at = (scale: number) => evaluateProgram(program(scale)).number("value");
		const difference = (at(2 + 1e-5) - at(2 - 1e-5)) / 2e-5;
		assertClose([evaluateProgram(program(2)).number("gradient")], [difference], 1e-6, "by the scale");
	});
});

describe("standard library: edges", () => {
	it("each line of docs/numbers.md on the library is tested", () => {
		const page = readFileSync(new URL("../../../docs/numbers.md", import.meta.url), "utf8");
		const rows = page.slice(page.indexOf("## Functions of the library")).matchAll(/^\| (`.*?`) +\|/gm);
		const named = [...rows].flatMap((row) =>
			[...(row[1] as string).matchAll(/`(\w+)`/g)].map((m) => m[1] as string),
		);
		// Tested beside their draws and their derivatives.
		const elsewhere = ["categorical", "polar"];
		const atEdges = new Set(cases.filter((c) => !c.gradient).flatMap((c) => c.names.split(" ")));
		assert.ok(named.length > 20);
		assert.deepEqual(
			named.filter((name) => !atEdges.has(name) && !elsewhere.includes(name)),
			[],
		);
	});

	covers("polar pinv expm", "first and second derivatives, where singular values are equal too", () => {
		const point = (numbers: string) => `precision f64
import std.linalg { pinv, expm }
let a: real[3, 2] = ${numbers}
let d: real[3, 2] = [[0.2, -0.3], [1, 0.4], [-0.6, 0.9]]
let w: real[3, 2] = [[0.5, 1], [-1, 0.3], [0.2, 0.8]]
fn f(x: real[3, 2]) -> real = sum(w * polar(x)^2) + sum(w.T * pinv(x)) + sum(expm(x.T @ x))
fn slope(x: real[3, 2]) -> real = sum(grad(f)(x) * d)
let (_, forward) = jvp(f, a, d)
let exact = [forward, slope(a), sum(grad(slope)(a) * d)]
let h = 1e-5
let first = (f(a + h * d) - f(a - h * d)) / (2 * h)
let near = [first, first, (slope(a + h * d) - slope(a - h * d)) / (2 * h)]
`;
		for (const numbers of ["[[1.0, 0.3], [-0.5, 2], [0.7, 0.1]]", "[[1.0, 0], [0, 1], [0, 0]]"]) {
			const run = evaluateProgram(point(numbers));
			assertClose(run.numbers("exact"), run.numbers("near"), 1e-7, numbers);
		}
	});

	covers("hypot acosh norm xlogy sinc rmse std polar", "derivatives at kinks", () => {
		const at = (term: string, point: readonly number[]) => valuesOf(gradientProgram(term, point), "gradient");
		assert.deepEqual(at("hypot(w[0], w[1])", [0, 0]), [0, 0]);
		assert.deepEqual(at("sum(acosh(w))", [1]), [0]);
		assert.deepEqual(at("norm(w, p = 3)", [0, 0]), [0, 0]);
		assert.deepEqual(at("norm(w, p = 1)", [0, -2]), [0, -1]);
		assert.deepEqual(at("norm(w, p = inf)", [3, -3]), [1, 0]);
		assertClose(at("sum(xlogy(w, [2, 0]))", [0, 0]), [Math.log(2), 0], 1e-15, "xlogy");
		assert.deepEqual(at("sum(sinc(w))", [0]), [0]);
		assert.deepEqual(at("rmse(w, [1, 2])", [1, 2]), [0, 0]);
		assert.deepEqual(at("std(w)", [3, 3]), [0, 0]);
		assert.deepEqual(at("sum(std(reshape(w, [2, 2]), axis = 1))", [3, 3, 5, 5]), [0, 0, 0, 0]);
		// A zero matrix has every polar factor, and none of its derivatives.
		assert.ok(at("sum(polar(reshape(w, [2, 2])))", [0, 0, 0, 0]).some(Number.isNaN));
	});
});
