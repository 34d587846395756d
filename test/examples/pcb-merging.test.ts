import { declare } from "../stdlib/fixture.js";
import type { Numbers } from "../support/values.js";
import { beside, holds, referenceFor } from "./declarations.js";

/** Made by `test/examples/oracle/pcb-merging.py`. */
interface Reference {
	readonly tau: Numbers;
	readonly shares: Readonly<Record<string, { readonly scores: Numbers; readonly merged: Numbers }>>;
}

describe("oracle: pcb-merging", () => {
	const digits = {
		f64: true,
		kept: ["digits"],
		files: { "digits.csv": beside("pcb-merging", "digits.csv") },
	};
	it("one task keeps its signs, equal ones merge to themselves, TIES takes the elected sign", () => {
		holds(
			"pcb-merging",
			`let one = normal([1, 40])
let merged = balanced(one, 1)
let most = quantile(abs(one[0, :]), 0.9999)
check all j: merged[j] == 0 or abs(merged[j] - clip(one[0, j], -most, most)) < 1e-12
check (count j: merged[j] == 0) <= 1 "only the least score is 0"
check all j: merged[j] == 0 or sign(merged[j]) == sign(one[0, j])
let equal = for i in 3, j in 40: one[0, j]
check norm(balanced(equal, 1) - merged) < 1e-12
let few = balanced(equal, 0.3)
check (count j: few[j] != 0) == 12 "only where the scores are positive"
check all j: few[j] == 0 or abs(few[j] - merged[j]) < 1e-12
let several = normal([4, 40])
let average = for j in 40: mean i: several[i, j]
check max(abs(weighted(several, full([4, 40], 0.7)) - average)) < 1e-14 "equal scores are the average"
let t: real[3, 4] = [[3, 1, -2, 5], [1, -4, -1, 0.5], [-1, 2, -4, 4]]
check norm(ties(t, 1) - [2, -4, -7/3, 9.5/3]) < 1e-14
check norm(task_arithmetic(t) - [3, -1, -7, 9.5]) < 1e-14
`,
			digits,
		);
	});

	it("the tasks are quarter turns in the four quarters of the image", () => {
		holds(
			"pcb-merging",
			`let flat = for _i in 1, k in 64: 1.0 * k
let (a, b, c, d) = (reshape(placed(flat, 0), [16, 16]), reshape(placed(flat, 1), [16, 16]), reshape(placed(flat, 2), [16, 16]), reshape(placed(flat, 3), [16, 16]))
for m in [a, b, c, d] { check sum(m) == 63 * 32 }
check all i in 8, j in 8: a[i, j] == 8 * i + j
check all i in 8, j in 8: b[i, 8 + j] == 8 * j + 7 - i
check all i in 8, j in 8: c[8 + i, j] == 8 * (7 - i) + 7 - j
check all i in 8, j in 8: d[8 + i, 8 + j] == 8 * (7 - j) + i
`,
			digits,
		);
	});

	it("scores and what is merged are those of NumPy", () => {
		const { tau, shares } = referenceFor("pcb-merging") as Reference;
		const probes = Object.entries(shares).map(
			([share, { scores, merged }], i) => `
${declare(`scores_${i}`, scores)}
${declare(`merged_${i}`, merged)}
check max(abs(scores(for i: clamped(tau[i, :]), ${share}) - scores_${i})) < 1e-12
check max(abs(balanced(tau, ${share}) - merged_${i})) < 1e-12 "share ${share}"`,
		);
		holds("pcb-merging", `${declare("tau", tau)}${probes.join("\n")}\n`, digits);
	});
});
