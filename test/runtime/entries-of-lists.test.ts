import assert from "node:assert/strict";
import { runProgramText } from "../support/evaluate.js";
import { expectValues } from "../support/values.js";

const head = `precision f64
import std.nn { Linear, MLP }
fn ones_in(net: MLP([2, 2, 2, 2])) -> MLP([2, 2, 2, 2]) = net with { .**.weight = 1;  .**.bias = 0 }
fn biases(net: MLP([2, 2, 2, 2])) -> real[3] = for layer in net.layers: layer.bias[0]
fn weights(net: MLP([2, 2, 2, 2])) -> real[3] = for layer in net.layers: layer.weight[0, 0]
let start = ones_in(MLP([2, 2, 2, 2]))
`;

describe("steps by some entries of a list of unknown length", () => {
	it("move these, each by its optimizer", () => {
		expectValues(
			`${head}
fit ends(start: MLP(widths)) where len(widths) >= 3 {
  net = start
  repeat 1 { minimize sum w in net.**: sum(w)  wrt net  using sgd(1) on first(net.layers), sgd(2) on last(net.layers), sgd(3) on rest }
}
fit inner(start: MLP(widths), cut: Int) where len(widths) >= cut + 2 {
  net = start
  repeat 1 { minimize sum w in net.**: sum(w)  wrt net.** except net.layers[..cut]  using sgd(1) on net.layers[cut..].weight, sgd(2) on net.layers[cut..].bias }
}
fit along(start: MLP(widths)) where len(widths) >= 3 {
  net = start
  repeat 1 {
    let g = grad(|m| sum w in m.**: sum(w))(net)
    descend drop(g.layers, 1) wrt drop(net.layers, 1)  using sgd(1)
    descend g.layers[..1] wrt net.layers[..1]  using sgd(2)
  }
}
fit written(start: MLP(widths)) where len(widths) >= 3 {
  net = start
  net.layers[1..].weight <- 5
  init(net.layers).*.bias <- 7
  repeat 1 { minimize sum w in net.**: sum(w)  wrt last(init(net.layers))  using sgd(1) }
}
fit held(start: MLP(widths)) where len(widths) >= 3 {
  net = start
  subject to (first(net.layers).weight, net.layers[2..].bias) in box(0.5, 2) by projection
  repeat 1 { minimize sum w in net.**: sum(w)  using sgd(1) }
}
let values = [
  biases(ends(start).net), biases(inner(start, 1).net), weights(inner(start, 1).net), biases(along(start).net),
  weights(written(start).net), biases(written(start).net), weights(held(start).net), biases(held(start).net)]`,
			{
				values: [
					[-1, -3, -2],
					[0, -2, -2],
					[1, 0, 0],
					[-2, -1, -1],
					[1, 4, 5],
					[7, 6, 0],
					[0.5, 0, 0],
					[-1, -1, 0.5],
				],
			},
		);
	});

	function problemOf(using: string, where = "len(widths) >= 2", call = "MLP([2, 3])"): string {
		const result = runProgramText(`import std.nn { MLP }
fit trained(start: MLP(widths), cut: Int = 1) where ${where} {
  net = start
  repeat 1 { minimize sum w in net.**: sum(w)  wrt net  using ${using} }
}
let found = trained(${call})`);
		const [problem] = result.eventsOf("problem").filter((e) => e.diagnostic.severity === "error");
		return problem ? `${problem.diagnostic.code} ${problem.diagnostic.message}` : "";
	}

	it("are refused before they begin where two optimizers are for one, or none is", () => {
		assert.equal(
			problemOf("sgd(1) on first(net.layers), sgd(2) on last(net.layers), sgd(3) on rest"),
			"E0415 `net.layers[0].weight` has an optimizer already",
		);
		const cut = "len(widths) >= cut + 2, len(widths) >= 3";
		assert.equal(
			problemOf("sgd(1) on net.layers[..cut], sgd(2) on net.layers[1..]", cut, "MLP([2, 3, 4, 5]), cut = 2"),
			"E0415 `net.layers[1].weight` has an optimizer already",
		);
		assert.equal(
			problemOf("sgd(1) on net.layers[..cut], sgd(2) on net.layers[1..]", cut, "MLP([2, 3, 4, 5]), cut = 1"),
			"",
		);
		assert.equal(
			problemOf(
				"sgd(1) on (if cut == 1 then net.** else net.layers[..1].**)",
				cut,
				"MLP([2, 3, 4, 5]), cut = 2",
			),
			"E0415 no optimizer is given for `net.layers[1].weight`",
		);
	});
});
