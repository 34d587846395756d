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
});
