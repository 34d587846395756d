import assert from "node:assert/strict";
import fc from "fast-check";
import {
	type Atom,
	add,
	atomKey,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	evaluate,
	exactDiv,
	type Facts,
	floorDiv,
	isAtLeast,
	modulo,
	mul,
	noFacts,
	powerOf,
	sub,
	substitute,
	variable,
	withAtLeast,
	withDivides,
	withEqual,
} from "../../compiler/dims/dim.js";

/** `npm run fuzz` looks at so many pairs of sizes; a usual run at fewer. */
const { FUZZ: wanted } = process.env;
const pairs = (usual: number): number => (wanted ? Number(wanted) : usual);

/** Arithmetic as a tree: worked out directly by the brute force, and through normal forms by what is tested. */
type Tree =
	| { op: "constant"; value: number }
	| { op: "variable"; index: number }
	| { op: "+" | "-" | "*" | "floor" | "mod" | "^"; left: Tree; right: Tree };

const variables = [variable("x"), variable("y"), variable("z", { minimum: 0 })];
const minima = [1, 1, 0];
const indexOf = new Map(variables.map(({ atom }, index) => [atomKey(atom), index]));

function build(tree: Tree): Dim {
	if (tree.op === "constant") return constant(tree.value);
	if (tree.op === "variable") return (variables[tree.index] as { dim: Dim }).dim;
	const combine = { "+": add, "-": sub, "*": mul, floor: floorDiv, mod: modulo, "^": powerOf }[tree.op];
	return combine(build(tree.left), build(tree.right));
}

function compute(tree: Tree, at: readonly number[]): number {
	const value = computed(tree, at);
	// Beyond exact integers the brute force would be wrong.
	return Number.isSafeInteger(value) ? value : Number.NaN;
}

function computed(tree: Tree, at: readonly number[]): number {
	if (tree.op === "constant") return tree.value;
	if (tree.op === "variable") return at[tree.index] as number;
	const left = compute(tree.left, at);
	const right = compute(tree.right, at);
	switch (tree.op) {
		case "+":
			return left + right;
		case "-":
			return left - right;
		case "*":
			return left * right + 0;
		case "floor":
			return right === 0 ? Number.NaN : Math.floor(left / right) + 0;
		case "mod":
			return right === 0 ? Number.NaN : left - right * Math.floor(left / right);
		case "^":
			// What has no value somewhere has none at all.
			return right < 0 ? Number.NaN : left ** right;
	}
}

const reading = (at: readonly number[]) => (atom: Atom) => at[indexOf.get(atomKey(atom)) as number] as number;

/** Trees over the first `count` variables; divisors are literals, or positive trees when `symbolic`. */
function trees(count: number, symbolic: boolean): fc.Arbitrary<Tree> {
	const leaf: fc.Arbitrary<Tree> = fc.oneof(
		fc.integer({ min: -4, max: 6 }).map((value): Tree => ({ op: "constant", value })),
		{ arbitrary: fc.nat(count - 1).map((index): Tree => ({ op: "variable", index })), weight: 3 },
	);
	const literal = fc.constantFrom(1, 2, 3, 4, 6).map((value): Tree => ({ op: "constant", value }));
	const { tree } = fc.letrec<{ tree: Tree; divisor: Tree }>((tie) => ({
		divisor: symbolic
			? fc.oneof(
					literal,
					fc.nat(count - 1).map((index): Tree => ({ op: "variable", index })),
					fc.record({ op: fc.constant("*" as const), left: literal, right: leaf }),
					fc.record({ op: fc.constant("+" as const), left: leaf, right: leaf }),
				)
			: literal,
		tree: fc.oneof(
			{ depthSize: "small", withCrossShrink: true },
			leaf,
			fc.record({ op: fc.constantFrom("+" as const, "-" as const), left: tie("tree"), right: tie("tree") }),
			fc.record({ op: fc.constant("*" as const), left: leaf, right: tie("tree") }),
			fc.record({
				op: fc.constantFrom("floor" as const, "floor" as const, "mod" as const),
				left: tie("tree"),
				right: tie("divisor"),
			}),
		),
	}));
	return tree;
}

/** Trees over the first `count` variables with powers, of exponents that may be negative; divisors are literals and powers. */
function treesWithPowers(count: number): fc.Arbitrary<Tree> {
	const leaf: fc.Arbitrary<Tree> = fc.oneof(
		fc.integer({ min: -2, max: 4 }).map((value): Tree => ({ op: "constant", value })),
		{ arbitrary: fc.nat(count - 1).map((index): Tree => ({ op: "variable", index })), weight: 2 },
	);
	const name: fc.Arbitrary<Tree> = fc.nat(count - 1).map((index): Tree => ({ op: "variable", index }));
	const literal = (values: readonly number[]): fc.Arbitrary<Tree> =>
		fc.constantFrom(...values).map((value): Tree => ({ op: "constant", value }));
	const exponent: fc.Arbitrary<Tree> = fc.oneof(
		{ arbitrary: name, weight: 3 },
		fc.record({ op: fc.constantFrom("+" as const, "-" as const), left: name, right: literal([0, 1, 2]) }),
		fc.record({ op: fc.constantFrom("+" as const, "-" as const), left: name, right: name }),
		fc.record({ op: fc.constant("*" as const), left: literal([2, 3]), right: name }),
	);
	const powers: fc.Arbitrary<Tree> = fc.record({
		op: fc.constant("^" as const),
		left: fc.oneof({ arbitrary: literal([2, 2, 2, 3, 4, 6]), weight: 3 }, name),
		right: exponent,
	});
	const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
		tree: fc.oneof(
			{ depthSize: "small", withCrossShrink: true },
			{ arbitrary: leaf, weight: 1 },
			{ arbitrary: powers, weight: 2 },
			fc.record({ op: fc.constantFrom("+" as const, "-" as const), left: tie("tree"), right: tie("tree") }),
			fc.record({ op: fc.constant("*" as const), left: fc.oneof(leaf, powers), right: tie("tree") }),
			fc.record({
				op: fc.constantFrom("floor" as const, "floor" as const, "mod" as const),
				left: tie("tree"),
				right: fc.oneof(literal([1, 2, 3, 4, 6]), powers),
			}),
		),
	}));
	return tree;
}

/** `2^l * t / 2^l`, `2^(l + 1) * t - 2^l * t - 2^l * t + t`: the tree itself, by the laws of powers. */
function disguisedByPowers(tree: Tree, exponent: number, shape: number): Tree {
	const variable: Tree = { op: "variable", index: exponent };
	const one: Tree = { op: "constant", value: 1 };
	const two: Tree = { op: "constant", value: 2 };
	const power = (right: Tree): Tree => ({ op: "^", left: two, right });
	const times = (left: Tree): Tree => ({ op: "*", left, right: tree });
	if (shape === 0) return { op: "floor", left: times(power(variable)), right: power(variable) };
	const more = times(power({ op: "+", left: variable, right: one }));
	if (shape === 1)
		return { op: "floor", left: { op: "floor", left: more, right: two }, right: power(variable) };
	const twice: Tree = { op: "-", left: more, right: times(power(variable)) };
	return { op: "+", left: { op: "-", left: twice, right: times(power(variable)) }, right: tree };
}

/** A tree that is equal to the given one for a reason that is not in its text. */
function disguised(tree: Tree, extra: Tree, by: number): Tree {
	const c: Tree = { op: "constant", value: by };
	const times: Tree = { op: "*", left: c, right: extra };
	const halves: Tree = {
		op: "+",
		left: { op: "floor", left: tree, right: { op: "constant", value: 2 } },
		right: {
			op: "floor",
			left: { op: "+", left: tree, right: { op: "constant", value: 1 } },
			right: { op: "constant", value: 2 },
		},
	};
	const moved: Tree = {
		op: "-",
		left: { op: "floor", left: { op: "+", left: { op: "*", left: c, right: tree }, right: times }, right: c },
		right: extra,
	};
	return by % 2 === 0 ? halves : moved;
}

function* grid(count: number, most: number): Generator<number[]> {
	const at = minima.slice(0, count);
	while (true) {
		yield [...at];
		let position = 0;
		while (position < count && ++(at[position] as number) > most) {
			at[position] = minima[position] as number;
			position += 1;
		}
		if (position === count) return;
	}
}

/** Where `x == 2^y`, further than a grid goes. */
const powersOfTwo = [4, 5, 6, 7].flatMap((y) => [0, 1, 2, 3].map((z) => [2 ** y, y, z]));

describe("sizes: fuzzing against brute force", () => {
	it("building and evaluating agrees with arithmetic, symbolic divisors included", () => {
		fc.assert(
			fc.property(trees(3, true), (tree) => {
				const dim = build(tree);
				for (const at of grid(3, 5)) {
					const expected = compute(tree, at);
					// Cancelling a divisor gives a size a value also where that divisor is 0.
					if (!Number.isNaN(expected)) assert.equal(evaluate(dim, reading(at)), expected);
				}
			}),
			{ numRuns: 3000 },
		);
	});

	it("substituting agrees with arithmetic", () => {
		fc.assert(
			fc.property(trees(2, true), trees(2, true), (tree, inner) => {
				const replaced = substitute(build(tree), (atom) =>
					atomKey(atom) === atomKey((variables[0] as { atom: Atom }).atom) ? build(inner) : undefined,
				);
				for (const at of grid(2, 6)) {
					const x = compute(inner, at);
					const expected = compute(tree, [x, at[1] as number]);
					// Inside its declared minimum only: the normal form relies on it.
					if (x >= 1 && !Number.isNaN(expected)) assert.equal(evaluate(replaced, reading(at)), expected);
				}
			}),
			{ numRuns: 2000 },
		);
	});

	it("literal divisors: equality is decided, and rightly", () => {
		const seen = { equal: 0, unequal: 0, undecided: 0 };
		fc.assert(
			fc.property(
				trees(2, false),
				trees(2, false),
				trees(2, false),
				fc.integer({ min: 2, max: 5 }),
				fc.boolean(),
				(tree, other, extra, by, same) => {
					const compared = same ? disguised(tree, extra, by) : other;
					const verdict = decideEqual(build(tree), build(compared), noFacts);
					seen[verdict.verdict] += 1;
					if (verdict.verdict === "unequal") checkExample(verdict.example, tree, compared, (l, r) => l !== r);
					if (verdict.verdict !== "equal") return;
					for (const at of grid(2, 40)) assert.equal(compute(tree, at), compute(compared, at));
				},
			),
			{ numRuns: pairs(3000) },
		);
		const all = seen.equal + seen.unequal + seen.undecided;
		assert.ok(seen.equal > all / 3 && seen.unequal > all / 3, JSON.stringify(seen));
		assert.ok(seen.undecided < all / 1000, JSON.stringify(seen));
	}).timeout(600_000);

	it("powers: building, evaluating and substituting agree with arithmetic", () => {
		fc.assert(
			fc.property(treesWithPowers(3), treesWithPowers(2), (tree, inner) => {
				const dim = build(tree);
				const replaced = substitute(dim, (atom) =>
					atomKey(atom) === atomKey((variables[0] as { atom: Atom }).atom) ? build(inner) : undefined,
				);
				for (const at of grid(3, 4)) {
					const expected = compute(tree, at);
					if (isExact(expected)) assert.equal(evaluate(dim, reading(at)), expected);
					const x = compute(inner, at);
					const after = compute(tree, [x, ...at.slice(1)]);
					if (x >= 1 && x < 6 && isExact(after)) assert.equal(evaluate(replaced, reading(at)), after);
				}
			}),
			{ numRuns: 3000 },
		);
	});

	it("powers: equality and inequality are decided rightly, under facts too", () => {
		const [plain, given] = [0, 1].map(() => ({ equal: 0, unequal: 0, undecided: 0 })) as [Seen, Seen];
		const least = { holds: 0, fails: 0, undecided: 0 };
		fc.assert(
			fc.property(
				treesWithPowers(3),
				treesWithPowers(3),
				fc.nat(2),
				fc.nat(2),
				fc.nat(3),
				fc.boolean(),
				(tree, other, exponent, shape, fact, same) => {
					const compared = same ? disguisedByPowers(tree, exponent, shape) : other;
					const [x, y, z] = variables.map((v) => v.dim) as [Dim, Dim, Dim];
					const power = powerOf(constant(2), y);
					const [facts, holds] = (
						[
							[noFacts, () => true],
							[withAtLeast(noFacts, x, add(z, constant(1))), ([x_, , z_]) => x_ > z_],
							[withDivides(noFacts, power, x), ([x_, y_]) => x_ % 2 ** y_ === 0],
							[withEqual(noFacts, x, power), ([x_, y_]) => x_ === 2 ** y_],
						] as [Facts, (at: [number, number, number]) => boolean][]
					)[fact] as [Facts, (at: [number, number, number]) => boolean];
					const [a, b] = [build(tree), build(compared)];
					const verdict = decideEqual(a, b, facts);
					const order = decideAtLeast(a, b, facts);
					assert.equal(isAtLeast(a, b, facts), order.verdict === "holds");
					let points = 0;
					for (const at of [...grid(3, 8), ...(fact > 1 ? powersOfTwo : [])]) {
						const [left, right] = [compute(tree, at), compute(compared, at)];
						if (!isExact(left) || !isExact(right) || !holds(at as [number, number, number])) continue;
						points += 1;
						if (verdict.verdict === "equal") assert.equal(left, right);
						if (verdict.verdict === "unequal" && verdict.everywhere) assert.notEqual(left, right);
						if (order.verdict === "holds") assert.ok(left >= right);
						if (order.verdict === "fails" && order.everywhere) assert.ok(left < right);
					}
					// `2^(z - x)` where x is more than z has no value anywhere.
					if (points > 0) {
						(fact === 0 ? plain : given)[verdict.verdict] += 1;
						least[order.verdict] += 1;
					}
					if (verdict.verdict === "unequal") checkExample(verdict.example, tree, compared, (l, r) => l !== r);
					if (order.verdict === "fails") checkExample(order.example, tree, compared, (l, r) => l < r);
				},
			),
			{ numRuns: pairs(1500) },
		);
		if (wanted) console.log(`      ${JSON.stringify({ plain, given, least })}`);
		// Divisors that are powers of sizes are counted with the others. Of few pairs one may be the one in a thousand.
		for (const seen of [plain, given]) {
			const all = seen.equal + seen.unequal + seen.undecided;
			assert.ok(seen.equal > all / 4 && seen.unequal > all / 4, JSON.stringify(seen));
			assert.ok(seen.undecided <= Math.max(1, all / 1000), JSON.stringify(seen));
		}
	}).timeout(600_000);

	it("symbolic divisors: nothing wrong is said", () => {
		const seen = { equal: 0, unequal: 0, undecided: 0 };
		fc.assert(
			fc.property(trees(3, true), trees(3, true), fc.boolean(), (tree, other, same) => {
				const compared = same ? disguised(tree, other, 3) : other;
				const verdict = decideEqual(build(tree), build(compared), noFacts);
				seen[verdict.verdict] += 1;
				if (verdict.verdict === "equal") {
					for (const at of grid(3, 8)) {
						const [left, right] = [compute(tree, at), compute(compared, at)];
						if (!Number.isNaN(left + right)) assert.equal(left, right);
					}
				}
				if (verdict.verdict === "unequal") checkExample(verdict.example, tree, compared, (l, r) => l !== r);
			}),
			{ numRuns: 2000 },
		);
		assert.ok(seen.equal > 300 && seen.unequal > 300, JSON.stringify(seen));
	});

	it("inequalities: what holds holds, what fails has an example", () => {
		const seen = { holds: 0, fails: 0, undecided: 0 };
		fc.assert(
			fc.property(trees(2, true), trees(2, true), (tree, other) => {
				const verdict = decideAtLeast(build(tree), build(other), noFacts);
				seen[verdict.verdict] += 1;
				assert.equal(isAtLeast(build(tree), build(other), noFacts), verdict.verdict === "holds");
				if (verdict.verdict === "holds") {
					for (const at of grid(2, 20)) assert.ok(!(compute(tree, at) < compute(other, at)));
				} else if (verdict.verdict === "fails") checkExample(verdict.example, tree, other, (l, r) => l < r);
			}),
			{ numRuns: pairs(2000) },
		);
		assert.ok(seen.holds > 300 && seen.fails > 300, JSON.stringify(seen));
	}).timeout(600_000);

	it("under facts: verdicts agree with the grid where the facts hold", () => {
		const seen = { equal: 0, unequal: 0, undecided: 0 };
		const kinds = ["divides", "at least", "equal"] as const;
		const fact = fc.record({
			kind: fc.constantFrom(...kinds),
			left: trees(3, false),
			right: trees(3, false),
			by: fc.integer({ min: 2, max: 4 }),
		});
		fc.assert(
			fc.property(
				fc.array(fact, { minLength: 1, maxLength: 2 }),
				trees(3, true),
				trees(3, true),
				fc.nat(2),
				(given_, tree, other, shape) => {
					let facts: Facts = noFacts;
					for (const { kind, left, right, by } of given_) {
						if (kind === "divides") facts = withDivides(facts, constant(by), build(left));
						else if (kind === "equal") facts = withEqual(facts, build(left), build(right));
						else facts = withAtLeast(facts, build(left), build(right));
					}
					const holds = (at: readonly number[]): boolean =>
						given_.every(({ kind, left, right, by }) => {
							const [x, y] = [compute(left, at), compute(right, at)];
							return kind === "divides" ? x % by === 0 : kind === "equal" ? x === y : x >= y;
						});
					// Sides of the facts themselves are compared as well, so that the facts matter.
					const first = given_[0] as { left: Tree; right: Tree };
					const [a, b] =
						shape === 0
							? [tree, other]
							: shape === 1
								? [first.left, first.right]
								: [tree, disguised(tree, other, 3)];
					const verdict = decideEqual(build(a), build(b), facts);
					seen[verdict.verdict] += 1;
					const least = decideAtLeast(build(a), build(b), facts);
					assert.equal(isAtLeast(build(a), build(b), facts), least.verdict === "holds");
					for (const at of grid(3, 9)) {
						if (!holds(at)) continue;
						const [x, y] = [compute(a, at), compute(b, at)];
						if (Number.isNaN(x + y)) continue;
						if (verdict.verdict === "equal") assert.equal(x, y);
						if (least.verdict === "holds") assert.ok(x >= y);
					}
					if (verdict.verdict === "unequal") {
						const at = checkExample(verdict.example, a, b, (l, r) => l !== r);
						if (at.every((value) => value !== undefined)) assert.ok(holds(at as number[]));
					}
				},
			),
			{ numRuns: 2000 },
		);
		assert.ok(seen.equal > 200 && seen.unequal > 200, JSON.stringify(seen));
	});

	it("exact division: a quotient is one, everywhere that the facts hold", () => {
		let found = 0;
		fc.assert(
			fc.property(trees(3, false), fc.integer({ min: 2, max: 4 }), fc.nat(2), (tree, by, shape) => {
				const [x, y] = [variables[0]?.dim as Dim, variables[1]?.dim as Dim];
				const facts = withDivides(withDivides(noFacts, constant(by), x), y, build(tree));
				const dividend = shape === 0 ? mul(build(tree), x) : shape === 1 ? mul(x, y) : build(tree);
				const divisor = shape === 0 ? mul(y, constant(by)) : shape === 1 ? constant(by) : y;
				const answer = exactDiv(dividend, divisor, facts);
				if ("undecided" in answer) return;
				found += 1;
				for (const at of grid(3, 9)) {
					if ((at[0] as number) % by !== 0 || compute(tree, at) % (at[1] as number) !== 0) continue;
					const quotient = evaluate(answer.quotient, reading(at));
					assert.equal(quotient * evaluate(divisor, reading(at)), evaluate(dividend, reading(at)));
				}
			}),
			{ numRuns: 1500 },
		);
		assert.ok(found > 900, `${found} quotients`);
	});
});

interface Seen {
	equal: number;
	unequal: number;
	undecided: number;
}

/** A value that both ways of computing it can hold. */
function isExact(value: number): boolean {
	return Math.abs(value) < 1e9;
}

/** Checks that an example is what it says; the values it gives, by variable. */
function checkExample(
	example: { values: ReadonlyMap<string, number>; left: number; right: number } | undefined,
	left: Tree,
	right: Tree,
	wrong: (l: number, r: number) => boolean,
): (number | undefined)[] {
	assert.ok(example);
	const at = ["x", "y", "z"].map((name) => example.values.get(name));
	// What does not occur in the normal forms has no value there, and no influence.
	const full = at.map((value) => value ?? 1);
	const [l, r] = [compute(left, full), compute(right, full)];
	if (!Number.isNaN(l)) assert.equal(l, example.left);
	if (!Number.isNaN(r)) assert.equal(r, example.right);
	assert.ok(wrong(example.left, example.right));
	return at;
}
