import assert from "node:assert/strict";
import fc from "fast-check";
import { formatApart } from "../../runtime/format.js";
import { runProgramText } from "../support/evaluate.js";

/** What each check of a program says. */
function told(text: string): readonly (readonly [boolean, string | undefined])[] {
	return runProgramText(text).events.flatMap((e) =>
		e.kind === "check" ? [[e.passed, e.compared] as const] : [],
	);
}

describe("what a check compares", () => {
	it("shows both sides of an equality, with the digits that tell them apart, and the difference", () => {
		assert.deepEqual(
			told(`let third = ones([3]) / 3
let z = complex(third, third)
let whole: int[2] = [123456789, 5]
check 0.1 + 0.2 == 0.3
check sum(third) == sum(third) + 1e-7
check [1, 2, 3] == [1, 2, 4]
check whole == [123456788, 5]
check z == complex(third, third + 1e-6)
check third != third
check "a" == "b"
check true == false
check log(-1 * sum(third)) == 1
check 1 / sum(third * 0) == 1
`),
			[
				[false, "0.30000000000000004 == 0.3 (off by 5.551e-17)"],
				[false, "1 == 1.0000001 (off by 1.192e-7)"],
				[false, "element 2: 3 == 4 (off by 1)"],
				[false, "element 0: 123456789 == 123456788 (off by 1)"],
				[false, "element 0: complex(0.3333, 0.333333) == complex(0.3333, 0.333334) (off by 1.013e-6)"],
				[false, "element 0: 0.3333 != 0.3333"],
				[false, '"a" == "b"'],
				[false, "true == false"],
				[false, "nan == 1"],
				[false, "inf == 1"],
			],
		);
	});

	it("compares a written number in the format of the other side", () => {
		assert.deepEqual(
			told(`let a = ones([2]) * 0.1
check a[0] == 0.1
check a[0] <= 0.1
check f64(a[0]) <= 0.1
check a == [0.1, 0.1]
`),
			[
				[true, "0.1 == 0.1"],
				[true, "0.1 <= 0.1 (by 0)"],
				[false, "0.100000001 <= 0.1 (off by 1.49e-9)"],
				[true, "element 0: 0.1 == 0.1"],
			],
		);
	});

	it("stretches axes of size 1 as expressions do", () => {
		const program = (second: string): string => `let p = ones([2, 1]) * [[1], [2]]
let q = ones([2, 3]) * ${second}
check p == q
check (count i in 2, j in 3: p[i, 0] == q[i, j]) == 6
`;
		assert.deepEqual(told(program("[[1], [2]]")), [
			[true, "element 0: 1 == 1"],
			[true, "6 == 6"],
		]);
		assert.deepEqual(told(program("[[1, 2, 1], [2, 1, 2]]")), [
			[false, "element 1: 1 == 2 (off by 1)"],
			[false, "4 == 6 (off by 2)"],
		]);
	});

	it("shows the sides of what holds for all, with the names", () => {
		assert.deepEqual(
			told(`let a = [1.0, 2, 3.5, 4]
fit t(k: Int) {
  param w: real = 1
  repeat 3 { minimize (w - k)^2  using sgd(0.1) }
}
check all i in 1..4: a[i] < 3.6
check all i in 4: (a[i] < 5 and a[i] > 1.5)
check all i in 2, j in 1..3: a[i] * a[j] <= 6
check all i: a[i] > 0
check all s in 1..3: t(s).w == 1
check all v in [1.0, 2.0]: v < 1.5
check all x in a: x > 1.5
check all i in 4 where i > 1: a[i] < 3
check all s in ["a", "b"]: s == "a"
check all i in 3: a[i] < a[i + 1]
`),
			[
				[false, "i = 3: 4 < 3.6 (off by 0.4)"],
				[false, "i = 3: 4 < 5 (by 1) and i = 0: 1 > 1.5 (off by 0.5)"],
				[false, "i = 1, j = 2: 7 <= 6 (off by 1)"],
				[true, "i = 0: 1 > 0 (by 1)"],
				[false, "s = 2: 1.488 == 1 (off by 0.488)"],
				[false, "element 1: 2 < 1.5 (off by 0.5)"],
				[false, "element 0: 1 > 1.5 (off by 0.5)"],
				[false, undefined],
				[false, undefined],
				[true, "i = 2: 3.5 < 4 (by 0.5)"],
			],
		);
	});

	it("shows nothing of what holds for none", () => {
		assert.deepEqual(told("let n = 0\ncheck all i in 0..n: i > 5\n"), [[true, undefined]]);
	});

	it("tells any two numbers apart", () => {
		const number = fc.double({ noNaN: true, noDefaultInfinity: true });
		fc.assert(
			fc.property(number, fc.integer({ min: -3, max: 3 }), (a, steps) => {
				const b = a * (1 + steps * Number.EPSILON);
				const [x, y] = formatApart(a, b);
				assert.equal(x === y, a === b || (a === 0 && b === 0));
			}),
		);
	});
});
