import assert from "node:assert/strict";
import fc from "fast-check";
import { openProgram } from "../../runtime/open.js";
import { evaluateProgram } from "../support/evaluate.js";

/** Random index expressions, judged by the checker for all sizes, and by brute force for small ones. */

type Whole =
	| { readonly op: "number"; readonly value: number }
	| { readonly op: "n" }
	| { readonly op: "i" }
	| { readonly op: "j" }
	| { readonly op: "+" | "-" | "*" | "%" | "/"; readonly left: Whole; readonly right: Whole }
	| { readonly op: "min" | "max"; readonly left: Whole; readonly right: Whole };

interface Condition {
	readonly left: Whole;
	readonly comparison: "<" | "<=" | ">" | ">=" | "==";
	readonly right: Whole;
}

interface Case {
	readonly least: number;
	readonly from: Whole;
	readonly to: Whole;
	/** The range of j. */
	readonly width: number;
	readonly index: Whole;
	readonly condition?: { readonly form: "if" | "where" | "else"; readonly all: readonly Condition[] };
}

const number = (value: number): Whole => ({ op: "number", value });
const n: Whole = { op: "n" };
const i: Whole = { op: "i" };
const small = fc.integer({ min: 0, max: 3 }).map(number);
const shifted = (base: Whole): fc.Arbitrary<Whole> =>
	fc.record({ op: fc.constantFrom("+" as const, "-" as const), left: fc.constant(base), right: small });

const leaf: fc.Arbitrary<Whole> = fc.oneof(
	{ weight: 4, arbitrary: fc.constant(i) },
	{ weight: 2, arbitrary: fc.constant<Whole>({ op: "j" }) },
	{ weight: 2, arbitrary: fc.constant(n) },
	small,
);
const index: fc.Arbitrary<Whole> = fc.oneof(
	shifted(i),
	shifted(i),
	fc.record({ op: fc.constant("-" as const), left: shifted(n), right: fc.oneof(fc.constant(i), shifted(i)) }),
	fc.record({ op: fc.constantFrom("+" as const, "-" as const, "*" as const), left: leaf, right: leaf }),
	fc.record({ op: fc.constant("%" as const), left: shifted(i), right: fc.constantFrom(n, number(2)) }),
	fc.record({
		op: fc.constant("/" as const),
		left: shifted(i),
		right: fc.constantFrom(number(2), number(3)),
	}),
	fc.record({
		op: fc.constantFrom("min" as const, "max" as const),
		left: shifted(i),
		right: fc.oneof(small, shifted(n)),
	}),
	fc.record({
		op: fc.constant("max" as const),
		left: fc.record({ op: fc.constant("min" as const), left: shifted(i), right: shifted(n) }),
		right: small,
	}),
);
const condition: fc.Arbitrary<Condition> = fc.record({
	left: fc.oneof(fc.constant(i), shifted(i)),
	comparison: fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const, "==" as const),
	right: fc.oneof(small, fc.constant(n), shifted(n)),
});
const cases: fc.Arbitrary<Case> = fc.record(
	{
		least: fc.integer({ min: 1, max: 4 }),
		from: fc.oneof(fc.constant(number(0)), fc.constant(number(0)), small),
		to: fc.oneof(fc.constant(n), fc.constant(n), shifted(n), small),
		width: fc.integer({ min: 1, max: 3 }),
		index,
		condition: fc.record({
			form: fc.constantFrom("if" as const, "where" as const, "else" as const),
			all: fc.array(condition, { minLength: 1, maxLength: 2 }),
		}),
	},
	{ requiredKeys: ["least", "from", "to", "width", "index"] },
);

function text(e: Whole): string {
	switch (e.op) {
		case "number":
			return String(e.value);
		case "n":
		case "i":
		case "j":
			return e.op;
		case "/":
			return `floor(${text(e.left)} / ${text(e.right)})`;
		case "min":
		case "max":
			return `${e.op}(${text(e.left)}, ${text(e.right)})`;
		default:
			return `(${text(e.left)} ${e.op} ${text(e.right)})`;
	}
}

type Names = Readonly<Record<"n" | "i" | "j", number>>;

function value(e: Whole, names: Names): number {
	if (e.op === "number") return e.value;
	if (e.op === "n" || e.op === "i" || e.op === "j") return names[e.op];
	const [a, b] = [value(e.left, names), value(e.right, names)];
	switch (e.op) {
		case "+":
			return a + b;
		case "-":
			return a - b;
		case "*":
			return a * b;
		case "%":
			return a - b * Math.floor(a / b);
		case "/":
			return Math.floor(a / b);
		default:
			return Math[e.op](a, b);
	}
}

function holds({ left, comparison, right }: Condition, names: Names): boolean {
	const [a, b] = [value(left, names), value(right, names)];
	if (comparison === "==") return a === b;
	return comparison.startsWith("<")
		? a < b || (comparison === "<=" && a === b)
		: a > b || (comparison === ">=" && a === b);
}

function program(one: Case, name: string): string {
	const tests = one.condition?.all.map((c) => `${text(c.left)} ${c.comparison} ${text(c.right)}`);
	const all = tests?.join(" and ");
	const form = one.condition?.form;
	const read = `x[${text(one.index)}]`;
	const where = form === "where" ? ` where ${all}` : "";
	const body =
		form === "if"
			? `(if ${all} then ${read} else 0)`
			: form === "else"
				? `(if not (${all}) then 0 else ${read})`
				: read;
	const size = one.least > 1 ? ` where n >= ${one.least}` : "";
	return `fn ${name}(x: real[n]) -> real${size} = sum i in ${text(one.from)}..${text(one.to)}, j in ${one.width}${where}: ${body}`;
}

/** What a function gives for x[k] = k + 1; undefined if an index is outside, or the range has no size. */
function expected(one: Case, size: number): number | undefined {
	const names = { n: size, i: 0, j: 0 };
	const [from, to] = [value(one.from, names), value(one.to, names)];
	if (to < from) return undefined;
	let sum = 0;
	for (let k = from; k < to; k++) {
		for (let j = 0; j < one.width; j++) {
			const here = { n: size, i: k, j };
			if (one.condition && !one.condition.all.every((c) => holds(c, here))) continue;
			const at = value(one.index, here);
			if (!(at >= 0 && at < size)) return undefined;
			sum += at + 1;
		}
	}
	return sum;
}

const sizes = (one: Case): number[] => Array.from({ length: 7 }, (_, k) => one.least + k);

describe("index expressions", () => {
	it("what is accepted is inside for every size, and computes what loops compute; little else is refused", () => {
		const seen = { accepted: 0, refused: 0, inside: 0 };
		fc.assert(
			fc.property(fc.array(cases, { minLength: 60, maxLength: 60 }), (list) => {
				const lines = list.map((one, k) => program(one, `f${k}`));
				const source = ["precision f64", ...lines].join("\n");
				const { diagnostics } = openProgram("/indices.ansatz", source);
				const refused = new Set(
					diagnostics
						.filter((d) => d.severity === "error")
						.map((d) => source.slice(0, d.at.start).split("\n").length - 2),
				);
				const lets: string[] = [];
				const results = new Map<string, number>();
				for (const [k, one] of list.entries()) {
					const brute = sizes(one).map((size) => expected(one, size));
					if (refused.has(k)) {
						seen.refused++;
						if (brute.every((b) => b !== undefined)) seen.inside++;
						continue;
					}
					seen.accepted++;
					for (const [at, size] of sizes(one).entries()) {
						const b = brute[at];
						assert.ok(b !== undefined, `outside for n = ${size}: ${lines[k]}`);
						lets.push(`let r${k}_${size} = f${k}(for k in ${size}: 1.0 + k)`);
						results.set(`r${k}_${size}`, b);
					}
				}
				const accepted = lines.filter((_, k) => !refused.has(k));
				const result = evaluateProgram(["precision f64", ...accepted, ...lets].join("\n"));
				for (const [name, b] of results)
					assert.equal(result.number(name), b, lines[Number(name.slice(1).split("_")[0])]);
			}),
			{ numRuns: 4, endOnFailure: true },
		);
		const all = seen.accepted + seen.refused;
		assert.ok(seen.accepted > all / 6, JSON.stringify(seen));
		assert.ok(seen.inside < seen.refused / 8, JSON.stringify(seen));
	});
});
