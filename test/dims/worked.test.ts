import assert from "node:assert/strict";
import {
	add,
	asConstant,
	asVariable,
	atomsOf,
	constant,
	type Dim,
	DimOverflow,
	decideAtLeast,
	decideEqual,
	element,
	evaluate,
	exactDiv,
	type Facts,
	floorDiv,
	length,
	modulo,
	mul,
	neg,
	noFacts,
	power,
	show,
	showExample,
	solveLinear,
	sub,
	substitute,
	variable,
	withAtLeast,
	withDivides,
	withEqual,
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

function told(a: Dim, b: Dim, facts: Facts = noFacts): string {
	const verdict = decideEqual(a, b, facts);
	const words: string[] = [verdict.verdict];
	if (verdict.verdict === "unequal") {
		if (verdict.everywhere) words.push("everywhere");
		if (verdict.example) {
			const { left, right } = verdict.example;
			words.push(`(${showExample(verdict.example)}: ${left} and ${right})`);
		}
	}
	if (verdict.verdict !== "equal" && verdict.settle !== undefined) words.push(`where ${verdict.settle}`);
	return words.join(" ");
}

function toldAtLeast(a: Dim, b: Dim, facts: Facts = noFacts): string {
	const verdict = decideAtLeast(a, b, facts);
	if (verdict.verdict === "holds") return "holds";
	const example = verdict.verdict === "fails" && verdict.example ? ` (${showExample(verdict.example)})` : "";
	const everywhere = verdict.verdict === "fails" && verdict.everywhere ? " everywhere" : "";
	return `${verdict.verdict}${everywhere}${example}${verdict.settle === undefined ? "" : ` where ${verdict.settle}`}`;
}

const i = variable("i", { minimum: 0 }).dim;
const at = (index: Dim): Dim => element(widths, index);
const halved = (x: Dim): Dim => floorDiv(x, n(2));

describe("sizes: verdicts", () => {
	const nn = variable("n").dim;
	const m = variable("m").dim;
	const rows: [string, Dim, Dim, Facts, string][] = [
		["two names", nn, m, noFacts, "unequal (n = 1, m = 2: 1 and 2)"],
		["one more", d, add(d, n(1)), noFacts, "unequal everywhere (d = 1: 1 and 2)"],
		["literals", n(3), n(4), noFacts, "unequal everywhere (: 3 and 4)"],
		["cut and doubled", h, mul(n(2), halved(h)), noFacts, "unequal (h = 1: 1 and 0) where 2 divides h"],
		[
			"up and down",
			h,
			mul(n(2), halved(add(h, n(1)))),
			noFacts,
			"unequal (h = 1: 1 and 2) where 2 divides h",
		],
		["the same, told", h, mul(n(2), halved(h)), withDivides(noFacts, n(2), h), "equal"],
		[
			"heads",
			mul(heads, floorDiv(d, heads)),
			d,
			noFacts,
			"unequal (heads = 2, d = 1: 0 and 1) where heads divides d",
		],
		["heads, told", mul(heads, floorDiv(d, heads)), d, withDivides(noFacts, heads, d), "equal"],
		[
			"three halves of heads",
			floorDiv(mul(n(3), d), heads),
			mul(n(3), floorDiv(d, heads)),
			withDivides(noFacts, heads, d),
			"equal",
		],
		[
			"heads, then 64 for d",
			mul(heads, floorDiv(n(64), heads)),
			n(64),
			withEqual(withDivides(noFacts, heads, d), d, n(64)),
			"equal",
		],
		["triangular numbers", mul(n(2), halved(mul(h, add(h, n(1))))), mul(h, add(h, n(1))), noFacts, "equal"],
		[
			"neighbours in a list",
			at(i),
			at(add(i, n(1))),
			noFacts,
			"unequal (widths[i] = 1, widths[i + 1] = 2: 1 and 2)",
		],
		["two places of a list", at(i), at(k), noFacts, "unequal (widths[i] = 1, widths[k] = 2: 1 and 2)"],
		[
			"first and last",
			at(n(0)),
			at(sub(length(widths), n(1))),
			noFacts,
			"unequal (first(widths) = 1, last(widths) = 2: 1 and 2)",
		],
		[
			"first and last of one",
			at(n(0)),
			at(sub(length(widths), n(1))),
			withEqual(noFacts, length(widths), n(1)),
			"equal",
		],
		["an equation", mul(nn, k), mul(m, k), withEqual(noFacts, nn, m), "equal"],
		[
			"a product that is known",
			mul(mul(nn, m), k),
			mul(mul(h, s), k),
			withEqual(noFacts, mul(nn, m), mul(h, s)),
			"equal",
		],
		["squeezed", nn, m, withAtLeast(withAtLeast(noFacts, nn, m), m, nn), "equal"],
		["beyond a bound", nn, n(100), withAtLeast(noFacts, nn, n(100)), "unequal (n = 101: 101 and 100)"],
		["far away", floorDiv(nn, n(1000)), n(0), noFacts, "unequal (n = 1000: 1 and 0)"],
		[
			"a symbolic stride above the size",
			floorDiv(nn, s),
			n(0),
			withAtLeast(noFacts, s, add(nn, n(1))),
			"equal",
		],
		["contradictory facts allow no example", nn, m, withAtLeast(noFacts, n(0), nn), "equal"],
	];
	for (const [name, left, right, facts, expected] of rows) {
		it(name, () => assert.equal(told(left, right, facts), expected));
	}

	it("finds an example far away in two names", () => {
		const large = floorDiv(floorDiv(nn, n(9973)), n(9967));
		const other = mul(large, add(floorDiv(m, n(9949)), n(1)));
		assert.equal(told(large, other), "unequal (n = 99400891, m = 9949: 1 and 2)");
	});

	it("says undecided, with what would settle it, where there are too many residues", () => {
		// True, since each x * (x + 1) is even, but there are 64^6 classes of residues.
		const product = [nn, m, h, k, p, s].map((x) => mul(x, add(x, n(1)))).reduce(mul);
		assert.equal(told(mul(n(64), floorDiv(product, n(64))), product), "undecided where 64 divides h");
	});
});

describe("sizes: inequalities", () => {
	const nn = variable("n").dim;
	const m = variable("m").dim;
	const rows: [string, Dim, Dim, Facts, string][] = [
		["a size is at least 1", nn, n(1), noFacts, "holds"],
		["a length may be 0", length(widths), n(1), noFacts, "fails (len(widths) = 0) where len(widths) >= 1"],
		["two names", nn, m, noFacts, "fails (n = 1, m = 2) where n >= m"],
		["told", nn, m, withAtLeast(noFacts, nn, m), "holds"],
		["told, times k", mul(nn, k), mul(m, k), withAtLeast(noFacts, nn, m), "holds"],
		["through a third", nn, k, withAtLeast(withAtLeast(noFacts, nn, m), m, k), "holds"],
		["a square", mul(nn, nn), nn, noFacts, "holds"],
		["a convolution's window", add(h, n(2)), n(7), noFacts, "fails (h = 1) where h >= 5"],
		["halves", add(h, n(1)), mul(n(2), halved(h)), noFacts, "holds"],
		["a rounded quotient", h, floorDiv(h, s), noFacts, "holds"],
		[
			"after a division",
			mul(s, floorDiv(h, s)),
			add(h, n(1)),
			noFacts,
			"fails everywhere (s = 1, h = 1) where s*floor(h/s) >= h + 1",
		],
		["the window fits, told", windowed(h, n(3), n(0), n(2)), n(1), withAtLeast(noFacts, h, n(3)), "holds"],
		["the window fits", windowed(h, k, n(1), n(2)), n(1), noFacts, "fails (k = 4, h = 1) where h + 2 >= k"],
		["a divided size", d, heads, withDivides(noFacts, heads, d), "holds"],
		["the last index", sub(length(widths), n(2)), n(0), withAtLeast(noFacts, length(widths), n(2)), "holds"],
	];
	for (const [name, left, right, facts, expected] of rows) {
		it(name, () => assert.equal(toldAtLeast(left, right, facts), expected));
	}
});

describe("sizes: showing", () => {
	const len = length(widths);
	const rows: [Dim, string][] = [
		[add(mul(n(2), d), n(1)), "2*d + 1"],
		[sub(n(1), d), "1 - d"],
		[neg(add(d, n(1))), "-d - 1"],
		[n(0), "0"],
		[n(-3), "-3"],
		[power(d, 2), "d^2"],
		[mul(n(3), mul(h, power(d, 2))), "3*h*d^2"],
		[at(add(i, n(1))), "widths[i + 1]"],
		[at(n(0)), "first(widths)"],
		[at(n(2)), "widths[2]"],
		[at(sub(len, n(1))), "last(widths)"],
		[at(sub(len, n(2))), "widths[len(widths) - 2]"],
		[sub(len, n(1)), "len(widths) - 1"],
		[add(floorDiv(sub(h, k), n(2)), n(1)), "floor((h - k)/2) + 1"],
		[add(floorDiv(sub(add(h, mul(n(2), p)), k), n(2)), n(1)), "p + floor((h - k)/2) + 1"],
		[floorDiv(h, mul(n(2), s)), "floor(h/(2*s))"],
		[floorDiv(neg(h), n(2)), "floor(h/2) - h"],
		[modulo(h, n(2)), "h - 2*floor(h/2)"],
	];
	for (const [dim, expected] of rows) it(expected, () => assert.equal(show(dim), expected));

	it("an exact quotient is written with a plain stroke", () => {
		const facts = withDivides(noFacts, heads, d);
		const answer = exactDiv(d, heads, facts);
		assert.ok("quotient" in answer);
		assert.equal(show(answer.quotient), "d/heads");
		assert.equal(show(mul(heads, answer.quotient)), "heads*(d/heads)");
		assert.equal(show(add(answer.quotient, n(1))), "d/heads + 1");
		const tripled = exactDiv(mul(n(3), d), heads, facts);
		assert.ok("quotient" in tripled);
		assert.equal(show(tripled.quotient), "3*(d/heads)");
	});
});

describe("sizes: exact division", () => {
	const quotient = (a: Dim, b: Dim, facts: Facts = noFacts): string => {
		const answer = exactDiv(a, b, facts);
		if ("quotient" in answer) return show(answer.quotient);
		return `${answer.undecided.impossible ? "impossible" : "undecided"}: ${answer.undecided.settle}`;
	};
	const declared = variable("Width", { value: 24 }).dim;
	it("a declared size and its parts", () => {
		assert.equal(decideEqual(mul(n(3), floorDiv(declared, n(3))), declared, noFacts).verdict, "equal");
		assert.equal(decideEqual(mul(n(5), floorDiv(declared, n(5))), declared, noFacts).verdict, "unequal");
		assert.equal(decideEqual(declared, n(24), noFacts).verdict, "unequal");
		assert.equal(decideEqual(declared, variable("Other", { value: 24 }).dim, noFacts).verdict, "unequal");
		assert.equal(decideAtLeast(n(24), declared, noFacts).verdict, "holds");
		assert.equal(decideAtLeast(n(23), declared, noFacts).verdict, "fails");
	});
	const rows: [string, string, string][] = [
		["a product", quotient(mul(h, k), k), "h"],
		["a multiple", quotient(mul(n(6), h), n(2)), "3*h"],
		["unknown", quotient(d, n(2)), "undecided: 2 divides d"],
		["told", quotient(d, n(2), withDivides(noFacts, n(2), d)), "d/2"],
		["told more than needed", quotient(d, n(2), withDivides(noFacts, n(6), d)), "3*(d/6)"],
		["told of a sum", quotient(add(h, n(1)), n(2), withDivides(noFacts, n(2), add(h, n(1)))), "(h + 1)/2"],
		["told of a product", quotient(mul(n(3), d), n(4), withDivides(noFacts, n(4), mul(n(3), d))), "3*(d/4)"],
		["odd", quotient(add(mul(n(2), d), n(1)), n(2)), "impossible: 2 divides 2*d + 1"],
		["literals", quotient(n(3), n(2)), "impossible: 2 divides 3"],
		["by residues", quotient(mul(h, add(h, n(1))), n(2)), "(h^2 + h)/2"],
		["by the value of a declared size", quotient(declared, n(3)), "Width/3"],
		["against the value of a declared size", quotient(declared, n(5)), "impossible: 5 divides Width"],
		["by 0", quotient(d, n(0)), "undecided: 0 divides d"],
	];
	for (const [name, actual, expected] of rows) it(name, () => assert.equal(actual, expected));
});

describe("sizes: solving", () => {
	const u = variable("u");
	const v = variable("v");
	const isUnknown = (atom: { kind: string; id?: number }): boolean =>
		atom.id === u.atom.id || atom.id === v.atom.id;
	const solved = (formal: Dim, actual: Dim): string => {
		const answer = solveLinear(formal, actual, isUnknown);
		return answer === undefined ? "postponed" : `${show(ofAtomName(answer.atom))} = ${show(answer.value)}`;
	};
	const ofAtomName = (atom: unknown): Dim =>
		atom === v.atom || (atom as { id: number }).id === v.atom.id ? v.dim : u.dim;
	const rows: [string, string, string][] = [
		["a bare variable", solved(u.dim, add(h, n(1))), "u = h + 1"],
		["a sum", solved(add(u.dim, n(1)), h), "u = h - 1"],
		["a multiple that divides", solved(mul(n(2), u.dim), mul(n(6), h)), "u = 3*h"],
		["a multiple that does not", solved(mul(n(2), u.dim), h), "postponed"],
		["a symbolic coefficient", solved(mul(heads, u.dim), mul(heads, mul(n(2), d))), "u = 2*d"],
		["a symbolic coefficient and a sum", solved(mul(add(h, n(1)), u.dim), add(mul(h, d), d)), "u = d"],
		["under a floor", solved(halved(u.dim), h), "postponed"],
		["beside a floor of itself", solved(add(u.dim, halved(u.dim)), h), "postponed"],
		["two unknowns", solved(add(u.dim, v.dim), h), "postponed"],
		["a square", solved(mul(u.dim, u.dim), h), "postponed"],
		["an unknown on the other side", solved(add(h, n(1)), v.dim), "v = h + 1"],
		["an unknown in itself", solved(u.dim, add(u.dim, n(1))), "postponed"],
		["a bare one and one inside", solved(u.dim, add(v.dim, n(1))), "u = v + 1"],
	];
	for (const [name, actual, expected] of rows) it(name, () => assert.equal(actual, expected));
});

describe("sizes: atoms", () => {
	it("lists all atoms, inner ones too", () => {
		const dim = add(floorDiv(h, s), at(add(i, n(1))));
		const names = atomsOf(dim).map((atom) => atom.kind);
		assert.deepEqual(names.sort(), ["element", "floor", "variable", "variable", "variable"]);
	});

	it("replaces an index, and then offers the entry again", () => {
		const dim = substitute(at(add(i, n(1))), (atom) => {
			if (atom.kind === "variable" && atom === asVariable(i)) return n(2);
			if (atom.kind === "element" && asConstant(atom.index) === 3) return n(64);
			return undefined;
		});
		assert.equal(show(dim), "64");
	});

	it("replaces a whole entry before its index", () => {
		const dim = substitute(at(i), (atom) => (atom.kind === "element" ? d : n(0)));
		assert.equal(show(dim), "d");
	});

	it("evaluates", () => {
		const dim = windowed(h, k, p, s);
		const values = new Map([
			[asVariable(h), 28],
			[asVariable(k), 5],
			[asVariable(p), 2],
			[asVariable(s), 2],
		]);
		assert.equal(
			evaluate(dim, (atom) => values.get(atom) as number),
			14,
		);
		assert.ok(Number.isNaN(evaluate(floorDiv(h, sub(k, s)), () => 1)));
	});

	it("says so when a size leaves the exact integers", () => {
		assert.throws(() => power(n(10), 16), DimOverflow);
	});
});
