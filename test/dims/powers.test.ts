import assert from "node:assert/strict";
import {
	add,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	evaluate,
	exactDiv,
	type Facts,
	floorDiv,
	mul,
	noFacts,
	powerOf,
	show,
	showExample,
	solveLinear,
	sub,
	variable,
	withAtLeast,
	withDivides,
	withEqual,
} from "../../compiler/dims/dim.js";

const n = (value: number): Dim => constant(value);
const two = n(2);
const depth = variable("depth").dim;
const l = variable("l", { minimum: 0, local: true }).dim;
const m = variable("m", { minimum: 0 }).dim;
const h = variable("h").dim;
const base = variable("base").dim;
const two_ = (exponent: Dim): Dim => powerOf(two, exponent);
const plus = (a: Dim, b: number): Dim => add(a, n(b));
/** Level l of a pyramid of `depth` levels. */
const within = withAtLeast(noFacts, depth, plus(l, 1));
const even = withDivides(noFacts, two, h);
const lessOne = sub(h, n(1));
const halving = withDivides(within, two_(depth), h);

describe("powers: the normal form", () => {
	const cases: [string, Dim, Dim, string][] = [
		["one more", two_(plus(l, 1)), mul(two, two_(l)), "2^(l + 1)"],
		["a sum", two_(add(l, m)), mul(two_(l), two_(m)), "2^(l + m)"],
		["a difference", mul(two_(sub(depth, l)), two_(l)), two_(depth), "2^depth"],
		["one less", mul(two, two_(sub(l, n(1)))), two_(l), "2^l"],
		["a power of a power", powerOf(powerOf(n(4), l), m), two_(mul(two, mul(l, m))), "2^(2*l*m)"],
		["a number that is no prime", powerOf(n(12), l), mul(powerOf(n(3), l), powerOf(n(4), l)), "2^(2*l)*3^l"],
		["a name", powerOf(base, plus(l, 2)), mul(mul(base, base), powerOf(base, l)), "base^(l + 2)"],
		["a name, one less", mul(base, powerOf(base, sub(l, n(1)))), powerOf(base, l), "base^l"],
		["a product", powerOf(mul(base, h), l), mul(powerOf(base, l), powerOf(h, l)), "h^l*base^l"],
		["a sum to a power", powerOf(plus(h, 1), l), powerOf(plus(h, 1), l), "(h + 1)^l"],
		["one", powerOf(n(1), l), n(1), "1"],
		["to the 0", two_(sub(l, l)), n(1), "1"],
		["channels", mul(base, two_(plus(l, 1))), mul(mul(two, base), two_(l)), "base*2^(l + 1)"],
		["three times", mul(n(6), two_(l)), mul(n(3), two_(plus(l, 1))), "6*2^l"],
		["a quotient", floorDiv(mul(h, two_(plus(l, 1))), two_(l)), mul(two, h), "2*h"],
		[
			"halves of halves",
			floorDiv(floorDiv(h, two_(l)), two),
			floorDiv(h, two_(plus(l, 1))),
			"floor(h/2^(l + 1))",
		],
	];
	for (const [name, left, right, text] of cases) {
		it(name, () => {
			assert.equal(show(left), text);
			assert.equal(left.key, right.key);
		});
	}
});

describe("powers: verdicts", () => {
	const told = (a: Dim, b: Dim, facts: Facts): string => {
		const verdict = decideEqual(a, b, facts);
		const example = verdict.verdict === "unequal" && verdict.example;
		const words = example ? ` (${showExample(example)}: ${example.left} and ${example.right})` : "";
		const settle = verdict.verdict !== "equal" && verdict.settle ? ` where ${verdict.settle}` : "";
		return `${verdict.verdict}${words}${settle}`;
	};
	const at = (level: Dim): Dim => floorDiv(h, two_(level));
	const strided = (size: Dim): Dim => plus(floorDiv(sub(plus(size, 2), n(3)), two), 1);
	const rows: [string, Dim, Dim, Facts, string][] = [
		["halved once more", floorDiv(at(l), two), at(plus(l, 1)), noFacts, "equal"],
		["doubled again", mul(two, at(plus(l, 1))), at(l), halving, "equal"],
		[
			"doubled again, not told",
			mul(two, at(plus(l, 1))),
			at(l),
			within,
			"unequal (h = 1, l = 0: 0 and 1) where 2^depth divides h",
		],
		["a convolution of stride 2", strided(at(l)), at(plus(l, 1)), halving, "equal"],
		["wrong level", at(l), at(plus(l, 1)), halving, "unequal (h = 2, l = 0: 2 and 1)"],
		[
			"a level from the end",
			mul(two, mul(two_(l), at(depth))),
			at(sub(plus(depth, -1), l)),
			halving,
			"equal",
		],
		["all of it", mul(two_(depth), at(depth)), h, halving, "equal"],
		["reshaped", mul(mul(two_(sub(plus(depth, -1), l)), two), two_(l)), two_(depth), within, "equal"],
		["two powers", two_(l), two_(m), noFacts, "unequal (l = 0, m = 1: 1 and 2)"],
		["another base", two_(l), powerOf(n(3), l), noFacts, "unequal (l = 1: 2 and 3)"],
		["an exponent that is known", two_(depth), n(8), withEqual(noFacts, depth, n(3)), "equal"],
		["a size that is a power", mul(two, h), two_(plus(l, 1)), withEqual(noFacts, h, two_(l)), "equal"],
		["half of at least 2", mul(two, floorDiv(two_(depth), two)), two_(depth), noFacts, "equal"],
		[
			"half of at least 1",
			mul(two, floorDiv(two_(l), two)),
			two_(l),
			noFacts,
			"unequal (l = 0: 0 and 1) where l >= 1",
		],
		[
			"a complete tree",
			add(sub(two_(depth), n(1)), two_(depth)),
			sub(two_(plus(depth, 1)), n(1)),
			noFacts,
			"equal",
		],
		[
			"eighths",
			mul(n(8), floorDiv(two_(depth), n(8))),
			two_(depth),
			withAtLeast(noFacts, depth, n(3)),
			"equal",
		],
		["both ways round", floorDiv(mul(two_(l), h), two_(l)), h, noFacts, "equal"],
		[
			"a quotient in an exponent",
			floorDiv(mul(two_(lessOne), two_(l)), two_(l)),
			two_(lessOne),
			even,
			"equal",
		],
		[
			"a quotient by two",
			floorDiv(mul(two_(h), powerOf(n(3), lessOne)), two),
			powerOf(n(6), lessOne),
			even,
			"equal",
		],
		[
			"less than its divisor",
			floorDiv(sub(two_(sub(depth, two)), n(1)), two_(mul(two, depth))),
			n(0),
			noFacts,
			"equal",
		],
		[
			"more than minus its divisor",
			floorDiv(sub(n(0), two_(depth)), two_(plus(depth, 1))),
			n(-1),
			noFacts,
			"equal",
		],
		["exponents of both signs", two_(sub(h, l)), powerOf(n(3), sub(l, h)), even, "equal"],
		[
			"from the divisor on",
			floorDiv(m, mul(n(6), two_(depth))),
			n(0),
			noFacts,
			"unequal (m = 12, depth = 1: 1 and 0)",
		],
		[
			"beyond all numbers",
			sub(n(2), mul(two_(h), floorDiv(two, two_(h)))),
			powerOf(h, depth),
			withEqual(noFacts, h, two_(depth)),
			"unequal (h = 4, depth = 2: 2 and 16)",
		],
	];
	for (const [name, left, right, facts, expected] of rows)
		it(name, () => assert.equal(told(left, right, facts), expected));
});

describe("powers: inequalities", () => {
	const least = (a: Dim, b: Dim, facts: Facts): string => {
		const verdict = decideAtLeast(a, b, facts);
		const example =
			verdict.verdict === "fails" && verdict.example ? ` (${showExample(verdict.example)})` : "";
		return `${verdict.verdict}${example}`;
	};
	const rows: [string, Dim, Dim, Facts, string][] = [
		["at least 1", two_(l), n(1), noFacts, "holds"],
		["at least 2", two_(depth), two, noFacts, "holds"],
		["at least 2 for 0", two_(l), two, noFacts, "fails (l = 0)"],
		["monotone", two_(depth), two_(l), within, "holds"],
		["strictly", two_(depth), plus(two_(l), 1), within, "holds"],
		["not known", two_(depth), two_(l), noFacts, "fails (depth = 1, l = 2)"],
		["above its exponent", two_(l), plus(l, 1), noFacts, "holds"],
		["above twice its exponent", two_(depth), mul(two, depth), noFacts, "holds"],
		["a multiple", h, two_(depth), halving, "holds"],
		["a multiple of less", h, two_(plus(l, 1)), halving, "holds"],
		["a name", powerOf(base, depth), base, noFacts, "holds"],
		["another base", powerOf(n(3), l), two_(l), noFacts, "holds"],
		["another base, strictly", powerOf(n(3), depth), plus(two_(depth), 1), noFacts, "holds"],
		["another base, strictly, from 0", powerOf(n(3), l), plus(two_(l), 1), noFacts, "fails (l = 0)"],
		["its square", mul(two_(l), two_(l)), powerOf(n(3), l), noFacts, "holds"],
		[
			"far from its least",
			mul(n(3), depth),
			add(h, sub(powerOf(n(6), h), mul(two, floorDiv(powerOf(n(6), h), two)))),
			withEqual(noFacts, h, two_(depth)),
			"fails (depth = 4, h = 16)",
		],
	];
	for (const [name, left, right, facts, expected] of rows)
		it(name, () => assert.equal(least(left, right, facts), expected));
});

describe("powers: exact division", () => {
	const quotient = (a: Dim, b: Dim, facts: Facts): string => {
		const answer = exactDiv(a, b, facts);
		if ("quotient" in answer) return show(answer.quotient);
		return `${answer.undecided.impossible ? "impossible" : "undecided"}: ${answer.undecided.settle}`;
	};
	const rows: [string, string, string][] = [
		["a level", quotient(h, two_(l), halving), "h/2^l"],
		["the next level", quotient(h, two_(plus(l, 1)), halving), "h/2^(l + 1)"],
		["the last level", quotient(h, two_(depth), halving), "h/2^depth"],
		["beyond", quotient(h, two_(plus(depth, 1)), halving), "undecided: 2^(depth + 1) divides h"],
		["not told", quotient(h, two_(l), within), "undecided: 2^depth divides h"],
		["powers", quotient(two_(depth), two_(l), within), "2^(depth - l)"],
		["powers the wrong way", quotient(two_(l), two_(depth), within), "impossible: l >= depth"],
		["powers of which nothing is known", quotient(two_(m), two_(l), noFacts), "undecided: m >= l"],
		["half", quotient(two_(depth), two, noFacts), "2^(depth - 1)"],
		["by less than was told", quotient(h, two_(l), withDivides(noFacts, two_(plus(l, 1)), h)), "h/2^l"],
		["a power, told", quotient(two_(m), two_(l), withDivides(noFacts, two_(l), two_(m))), "2^(m - l)"],
	];
	for (const [name, actual, expected] of rows) it(name, () => assert.equal(actual, expected));
});

describe("powers: solving", () => {
	const k = variable("k");
	const solved = (formal: Dim, actual: Dim): string => {
		const answer = solveLinear(formal, actual, (atom) => atom.kind === "variable" && atom.id === k.atom.id);
		return answer === undefined ? "postponed" : show(answer.value);
	};
	const rows: [string, string, string][] = [
		["a number", solved(two_(k.dim), n(8)), "3"],
		["no power", solved(two_(k.dim), n(6)), "postponed"],
		["one", solved(two_(k.dim), n(1)), "0"],
		["with a factor", solved(mul(n(3), two_(k.dim)), n(24)), "3"],
		["with a factor that is not there", solved(mul(n(3), two_(k.dim)), n(16)), "postponed"],
		["one more", solved(two_(plus(k.dim, 1)), n(8)), "2"],
		["one less", solved(two_(plus(k.dim, -1)), n(8)), "4"],
		["a power", solved(two_(k.dim), two_(plus(l, 2))), "l + 2"],
		["channels", solved(mul(base, two_(k.dim)), mul(base, two_(plus(l, 1)))), "l + 1"],
		["a difference", solved(two_(sub(depth, k.dim)), two_(sub(depth, l))), "l"],
		["twice", solved(powerOf(n(4), k.dim), n(16)), "2"],
		["half a step", solved(powerOf(n(4), k.dim), n(8)), "postponed"],
		["two primes", solved(powerOf(n(6), k.dim), n(36)), "2"],
		["two primes that differ", solved(powerOf(n(6), k.dim), n(12)), "postponed"],
		["a name", solved(powerOf(base, k.dim), mul(base, base)), "2"],
		["a size", solved(two_(k.dim), h), "postponed"],
	];
	for (const [name, actual, expected] of rows) it(name, () => assert.equal(actual, expected));
});

it("powers: evaluating", () => {
	assert.equal(
		evaluate(floorDiv(h, two_(plus(l, 1))), () => 3),
		0,
	);
	assert.equal(
		evaluate(two_(sub(depth, l)), (atom) => (atom.kind === "variable" && atom.name === "l" ? 1 : 4)),
		8,
	);
});
