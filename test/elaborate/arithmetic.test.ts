import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose, expectValues, onBackends } from "../support/values.js";

describe("arithmetic", () => {
	it("of ints: floor division and remainder round down, also of negative numbers", () => {
		expectValues(
			`let n: int[4] = [3, -3, 7, -7]
let halves = for i: floor(n[i] / 2)
let negative = for i: floor(n[i] / -2)
let remainder = for i: n[i] % 2
let by_negative = for i: n[i] % -3
let squares = for i: n[i]^2
let fifth = for i: n[i]^5
let zeroth = for i: n[i]^0
let quotient = for i: n[i] / 2
let computed = for i: n[i]^(n[0] - 1)
let narrowed = for i: int(n[i] * 0.5)
let signs = for i: sign(n[i])
let sizes = for i: abs(n[i])
let largest = max(n, 2)
`,
			{
				halves: [1, -2, 3, -4],
				negative: [-2, 1, -4, 3],
				remainder: [1, 1, 1, 1],
				by_negative: [0, 0, -2, -1],
				squares: [9, 9, 49, 49],
				fifth: [243, -243, 16807, -16807],
				zeroth: [1, 1, 1, 1],
				quotient: [1.5, -1.5, 3.5, -3.5],
				computed: [9, 9, 49, 49],
				narrowed: [1, -1, 3, -3],
				signs: [1, -1, 1, -1],
				sizes: [3, 3, 7, 7],
				largest: [3, 2, 7, 2],
			},
		);
	});

	it("widens bool to int to real, and keeps ints where all are", () => {
		const text = `let n: int[2] = [3, -2]
let yes = for i: n[i] > 0
let counted = for i: yes[i] + 1
let scaled = for i: yes[i] * 0.5
let mixed = for i: n[i] + 0.5
let negated = for i: -yes[i]
let same = for i: n[i] + 2
let total = sum i: (n[i] > 0)
let share = mean i: (n[i] > 0)
let product = yes @ yes
let chosen = for i: if yes[i] then n[i] else 0.25
`;
		expectValues(text, {
			counted: [2, 1],
			scaled: [0.5, 0],
			mixed: [3.5, -1.5],
			negated: [-1, 0],
			same: [5, 0],
			total: 1,
			share: 0.5,
			product: 1,
			chosen: [3, 0.25],
		});
		const elements = {
			yes: "bool",
			counted: "i32",
			scaled: "f32",
			mixed: "f32",
			negated: "i32",
			same: "i32",
			total: "i32",
			share: "f32",
			product: "i32",
			chosen: "f32",
		};
		for (const result of onBackends(text)) {
			for (const [name, element] of Object.entries(elements))
				assert.equal(result.element(name), element, name);
		}
	});

	it("a declared type holds: of a let, a parameter, a result", () => {
		const text = `precision f64
let listed: real[2] = [100000, 3]
let squared = for i: listed[i]^2
let r: real = 3
let large = for i in 3: r * i * 1000000000
fn declared(x: real[n]) -> real[n] = for i: x[i]^2
let n: int[2] = [100000, 2]
let passed = declared(n)
fn result(x: int[n]) -> real[n] = x
let given = for i: result(n)[i]^2
fn both(x: int[n]) -> (real[n], int) = (x, 3)
let (reals, int_part) = both(n)
let again = for i: reals[i]^2
`;
		expectValues(text, {
			squared: [1e10, 9],
			large: [0, 3e9, 6e9],
			passed: [1e10, 4],
			given: [1e10, 4],
			again: [1e10, 4],
			int_part: 3,
		});
	});

	it("static arithmetic equals computed arithmetic", () => {
		const operators = ["+", "-", "*", "/", "%"];
		const numbers = fc.oneof(
			fc.integer({ min: -9, max: 9 }),
			fc.integer({ min: -90, max: 90 }).map((k) => k / 8),
		);
		const literal = (value: number): string => (value < 0 ? `(${value})` : `${value}`);
		const cases = fc.sample(fc.tuple(numbers, fc.constantFrom(...operators), numbers), {
			numRuns: 60,
			seed: 7,
		});
		const lines = ["precision f64"];
		let k = 0;
		for (const [a, operator, b] of cases) {
			if (b === 0) continue;
			lines.push(
				`let s${k} = ${literal(a)} ${operator} ${literal(b)}`,
				`let a${k}: ${Number.isInteger(a) ? "int" : "real"}[1] = [${a}]`,
				`let b${k}: ${Number.isInteger(b) ? "int" : "real"}[1] = [${b}]`,
				`let c${k} = for i: a${k}[i] ${operator} b${k}[i]`,
				`let m${k} = for i: a${k}[i] ${operator} ${literal(b)}`,
			);
			k++;
		}
		assert.ok(k > 40);
		for (const result of onBackends(lines.join("\n"))) {
			for (let i = 0; i < k; i++) {
				for (const computed of ["c", "m"]) {
					assertClose(result.numbers(`${computed}${i}`), result.numbers(`s${i}`), 1e-12, `case ${i}`);
				}
			}
		}
	});

	it("static arithmetic: powers, comparisons, conditions, texts", () => {
		const result = evaluateProgram(`let tower = 2^3^2
let minus = -2^2
let inverse = 2^-1
let fifth = 1/5
let floored = floor(-7 / 2)
let remainder = -7 % 2
let chosen = if tower > 500 and not (minus > 0) then 1 else 2
let unequal = "a" != "b"
let least = min(3, 2.5)
`);
		const expected = {
			tower: 512,
			minus: -4,
			inverse: 0.5,
			fifth: 0.2,
			floored: -4,
			remainder: 1,
			chosen: 1,
			unequal: 1,
			least: 2.5,
		};
		for (const [name, value] of Object.entries(expected))
			assert.deepEqual(result.numbers(name), [value], name);
	});

	it("rounding, and elementary functions against those of JavaScript", () => {
		const x = [-2.5, -0.5, 0.5, 1.5, 2.25];
		expectValues(
			`precision f64
let x: real[5] = [${x.join(", ")}]
let rounded = round(x)
let floors = floor(x)
let ceilings = ceil(x)
let e = exp(x)
let l = log(abs(x))
let p = log1p(abs(x))
let m = expm1(x)
let r = sqrt(abs(x))
let s = sin(x)
let c = cos(x)
let t = tanh(x)
let g = sigmoid(x)
let f = erf(x)
let whole = floor(x / 2)
`,
			{
				rounded: [-2, -0, 0, 2, 2],
				floors: x.map(Math.floor),
				ceilings: x.map(Math.ceil),
				e: x.map(Math.exp),
				l: x.map((a) => Math.log(Math.abs(a))),
				p: x.map((a) => Math.log1p(Math.abs(a))),
				m: x.map(Math.expm1),
				r: x.map((a) => Math.sqrt(Math.abs(a))),
				s: x.map(Math.sin),
				c: x.map(Math.cos),
				t: x.map(Math.tanh),
				g: x.map((a) => 1 / (1 + Math.exp(-a))),
				// Abramowitz and Stegun, table 7.1, to ten digits; erf is odd.
				f: [
					-0.999593047982555, -0.5204998778130465, 0.5204998778130465, 0.9661051464753108, 0.9985372834133188,
				],
				whole: x.map((a) => Math.floor(a / 2)),
			},
			{ tolerance: 1e-10 },
		);
	});
});
