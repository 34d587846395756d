import { holds } from "./declarations.js";

describe("oracle: online-odl-fw", () => {
	it("the linear problem over the ball has the nuclear norm as its value, and iterates stay in the ball", () => {
		holds(
			"online-odl-fw",
			`import std.linalg { nuclear_norm, svdvals }
let s = normal([N, N])
check abs(sum(polar(s) * s) - nuclear_norm(s)) < 1e-10
check all k in 20: abs(sum(polar(s) * s)) >= abs(sum(polar(normal([N, N])) * s)) "and none in it has more"
let d = dictionary(FrankWolfe(true), steps = 40).d
check max(svdvals(d)) <= 1 + 1e-6 and min(svdvals(d)) < 0.99 "in the ball, and inside of it"
fit ball(weight: real[N, N]) {
  param d: real[N, N] = polar(weight)
  repeat 300 {
    maximize sum(weight * d^2)  using averaged_frank_wolfe()
    track largest = max(svdvals(d))
  }
}
check max(ball(s).run.history.largest) <= 1 + 1e-6 "at each step"
let r = dictionary(Projected(0.5), steps = 40)
check max(abs(svdvals(r.d) - 1)) < 1e-10 "a retraction stays orthogonal"
check dictionary(Projected(0.5), steps = 40).run.history.error[0] > 0.5
`,
		);
	});

	it("two steps are those of the formulas", () => {
		holds(
			"online-odl-fw",
			`fit steps(averaging: Bool) {
  param d: real[3, 3] = eye(3)
  repeat 2 { maximize sum(d * weight(d))  using averaged_frank_wolfe(averaging) }
}
fn weight(d: real[3, 3]) -> real[3, 3] = for i, j: (1 + i) * d[j, i] + 2.0 * i - j
fn slope(d: real[3, 3]) -> real[3, 3] = grad(|z| sum(z * weight(z)))(d)
let start = eye(3)
let g1 = slope(start)
let d1 = start + min(1, 2 / 3^0.75) * (polar(min(1, 2 / sqrt(2)) * g1) - start)
let g2 = slope(d1)
let rho = min(1, 2 / sqrt(3))
let d2 = d1 + 2 / 4^0.75 * (polar((1 - rho) * g1 + rho * g2) - d1)
check norm(steps(true).d - d2) < 1e-12
`,
		);
	});

	it("alternating puts the dictionary at the polar factor of all products of data and codes so far", () => {
		holds(
			"online-odl-fw",
			`fit steps(y: real[3, 5]) {
  param d: real[3, 3] = eye(3)
  repeat 2 { maximize sum(d * (y @ stop(soft_threshold(d.T @ y, 0.3)).T))  using summed() }
}
let y = normal([3, 5])
let first = y @ soft_threshold(y, 0.3).T
let second = y @ soft_threshold(polar(first).T @ y, 0.3).T
check norm(steps(y).d - polar(first + second)) < 1e-12
`,
		);
	});

	it("the error of the truth is 0 in any order and with any signs, and that of another dictionary is not", () => {
		holds(
			"online-odl-fw",
			`let truth = polar(normal([N, N]))
let order = permutation(N)
let sign = for j in N: if bernoulli(0.5) then 1 else -1
let same = for i in N, j in N: sign[j] * truth[i, order[j]]
check norm(same - truth) > 1
check abs(recovery_error(same, truth)) < 1e-12
check recovery_error(truth, truth) < 1e-12
check recovery_error(polar(normal([N, N])), truth) > 0.4
// A column turned by an angle towards another: 1 - cos(angle)^2, of one in N.
let turned = for i in N, j in N: if j == 0 then cos(0.3) * truth[i, 0] + sin(0.3) * truth[i, 1] else truth[i, j]
check abs(recovery_error(turned, truth) - sin(0.3)^2 / N) < 1e-12
`,
		);
	});
});
