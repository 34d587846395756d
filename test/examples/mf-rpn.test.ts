import { holds } from "./declarations.js";

describe("oracle: mf-rpn", () => {
	it("priors stay as they began while the networks are trained", () => {
		holds(
			"mf-rpn",
			`fit trained(steps: Int) {
  members = for k in Members: Member(2)
  let x = domain(20, -1, 1)
  repeat steps { minimize sum k in Members: mse(members[k](x), for i: low(x[i, :]))  using adam(5e-3) }
}
let x = domain(5, -1, 1)
let (a, b) = (trained(1).members, trained(30).members)
check all k in Members: a[k].prior(x) == b[k].prior(x) "bit by bit"
check all k in Members: norm(a[k].net(x) - b[k].net(x)) > 1e-3
check all k in Members: norm(b[k](x) - b[k].net(x) - b[k].prior(x)) < 1e-6
check norm(a[0].prior(x) - a[1].prior(x)) > 1e-2 "each has its own"
`,
		);
	});

	it("the mean and the coverage of an ensemble are their formulas", () => {
		holds(
			"mf-rpn",
			`let p: real[Members, 2] = [[0, 1], [2, 1], [4, 1], [0, 1], [2, 1], [4, 1]]
check mean_of(p) == [2, 1]
check error(p, [2, 3]) == sqrt(2)
// The deviation of the first is sqrt(16 / 5), that of the second 0.
check coverage(p, [2 + 1.95 * sqrt(3.2), 1.01]) == 0.5
check coverage(p, [2 + 1.97 * sqrt(3.2), 1.01]) == 0
`,
			{ f64: true },
		);
	});

	it("with beta = 0 it is a plain ensemble, trained member by member", () => {
		holds(
			"mf-rpn",
			`fit alone(start: Net(2), x: real[n, 2], y: real[n]) {
  net = start
  repeat 50 { minimize mse(net(x), y)  using adam(5e-3) }
}
let x = domain(150, -1, 0.7)
let y = for i: high(x[i, :])
let resample = resamples(150)
let begun = ensemble(x, y, resample, beta = 0, steps = 0, seed = 4).members
let all = ensemble(x, y, resample, beta = 0, steps = 50, seed = 4).members
for k in [0, 1, 2, 3, 4, 5] {
  let one = alone(begun[k].net, x[resample[k, :], :], y[resample[k, :]]).net
  check max(abs(all[k](x) - one(x))) < 1e-9 "member by member"
  check max(abs(all[k](x) - begun[k](x))) > 0.1 "and it has learned"
}
check norm(all[0](x) - all[1](x)) > 1e-2
`,
			{ f64: true },
		);
	});

	it("a correction that is linear in x and the cheap value is found by least squares and is learned", () => {
		holds(
			"mf-rpn",
			`import std.linalg { lstsq }
let x = domain(150, -1, 0.7)
let cheap = for i: low(x[i, :])
let correction = for i: 0.25 * cheap[i] + 0.3 * x[i, 0] - 0.2
let joined = for i: [x[i, 0], x[i, 1], cheap[i]]
let line = for i in 150, j in 4: if j < 3 then joined[i, int<3>(min(j, 2))] else 1.0
let found = lstsq(line, correction)
check max(abs(found - [0.3, 0, 0.25, -0.2])) < 1e-5
check max(abs(line @ found - correction)) < 1e-5 "it is linear"
let members = ensemble(joined, correction, resamples(150), seed = 1).members
check error(for k: members[k](joined), correction) <= 1e-2 "it is learned"
`,
		);
	});
});
