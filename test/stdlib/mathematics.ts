import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { evaluateProgram } from "../support/evaluate.js";
import { assertClose, flat, type Numbers, onBackends } from "../support/values.js";
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
const cases = JSON.parse(readFileSync(file, "utf8")) as readonly Case[];

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

function header(of: Case): string {
	const imports = of.library === "" ? "" : `import std.${of.library} { ${of.names.split(" ").join(", ")} }\n`;
	return `precision f64\n${imports}${of.setup}\n`;
}

/** The value of each case, on each backend. */
function checkValue(of: Case): void {
	const x = brackets(shapeOf(numbersOf(of.x)));
	const program = `${header(of)}let x: real${x} = ${literal(of.x)}\nlet result = ${of.expression}\n`;
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
	const program = `${header(of)}
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
