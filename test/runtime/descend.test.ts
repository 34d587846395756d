import assert from "node:assert/strict";
import { evaluateProgram } from "../support/evaluate.js";
import { backends } from "../support/run.js";
import { assertClose, expectValues } from "../support/values.js";

/** `descend d wrt p`: a step of an optimizer along a given direction. */
describe("descend", () => {
	it("steps along a direction of a tensor", () => {
		expectValues(
			`precision f64
fit f(goal: real[2]) {
  param w: real[2] = [1, 2];  param other: real = 5
  repeat 3 {
    let g = grad(|w: real[2]| sum((w - goal)^2))(w)
    descend 2 * g wrt w  using sgd(0.1)
    minimize other^2  wrt other  using sgd(0.5)
  }
}
let r = f([3, 4])`,
			{ "r.w": [3 - 2 * 0.6 ** 3, 4 - 2 * 0.6 ** 3], "r.other": 0, "r.run.steps": 3 },
		);
	});

	it("along its own gradient is a `minimize`, for each optimizer", () => {
		for (const optimizer of [
			"sgd(0.1)",
			"momentum(0.05)",
			"adam(0.1)",
			"adamw(0.1)",
			"clipped(adam(0.1), 0.5)",
		]) {
			const program = (step: string): string => `precision f64
import std.nn { MLP }
let x = seed 1 { normal([8, 2]) };  let y = seed 2 { normal([8, 1]) }
fn miss(net: MLP([2, 5, 1])) -> real = mse(net(x), y)
fit f() {
  net = MLP([2, 5, 1])
  repeat 5 { ${step}  using ${optimizer} }
}
let weights = tree.flatten(f().net)`;
			for (const backend of backends) {
				const run = (step: string): number[] =>
					evaluateProgram(program(step), { backend }).numbers("weights");
				assertClose(
					run("descend grad(miss)(net) wrt net"),
					run("minimize miss(net)"),
					1e-12,
					`${optimizer} on ${backend.name}`,
				);
			}
		}
	});

	it("keeps what is declared, and has no loss of its own", () => {
		for (const backend of backends) {
			const result = evaluateProgram(
				`precision f64
fit f() {
  param w: real[3] in simplex = ones()
  repeat 4 { descend [1, 0, -1] wrt w  using sgd(1) }
}
let r = f()`,
				{ backend },
			);
			assertClose(result.numbers("r.w"), [0, 0, 1], 1e-12, "w");
			assert.ok(Number.isNaN(result.number("r.run.loss")));
		}
	});

	it("moves several places, stacks, tuples of parts and sets of places", () => {
		const same = (step: string): string => `
  repeat 5 { ${step} }
}`;
		expectValues(
			`precision f64
import std.nn { Linear, MLP }
fn of_both(net: MLP([2, 3, 1]), w: real[2]) -> real = sum(net(w)^2)
let start = MLP([2, 3, 1])
fit along() { net = start;  param w: real[2] = [1, 2]${same("descend (grad(of_both)(net, w), grad(of_both, .w)(net, w)) wrt net, w  using adam(0.1)")}
fit grouped() { net = start;  param w: real[2] = [1, 2]${same("descend (grad(of_both)(net, w), grad(of_both, .w)(net, w)) wrt (net, w)  using adam(0.1)")}
fit down() { net = start;  param w: real[2] = [1, 2]${same("minimize of_both(net, w)  using adam(0.1)")}
fit decayed() { net = start${same("descend [for w in net.**.weight: 0.1 * w] wrt net.**.weight  using sgd(1)")}
let first = tree.norm(tree.map(trainable(along().net), trainable(down().net), |a, b| a - b)) + norm(along().w - down().w)
let second = tree.norm(tree.map(trainable(grouped().net), trainable(down().net), |a, b| a - b)) + norm(grouped().w - down().w)
let last = decayed().net.layers
let third = norm(last[0].weight - 0.9^5 * start.layers[0].weight) + norm(last[1].weight - 0.9^5 * start.layers[1].weight) + norm(last[1].bias - start.layers[1].bias)
fn weighted(ms: Linear(2, 1)[3]) -> real = sum k in 3: k * ms[k]([1, 2])[0]^2
let members = for k in 3: Linear(2, 1)
fit stack_along() { ms = members${same("descend grad(weighted)(ms) wrt ms  using sgd(0.01)")}
fit stack_down() { ms = members${same("minimize weighted(ms)  using sgd(0.01)")}
let fourth = norm(tree.flatten(stack_along().ms) - tree.flatten(stack_down().ms))
model Pair() {
  pair = (Linear(2, 1), Linear(2, 1));  head = Linear(2, 1)
  (x: real[2]) -> real = pair.0(x)[0] + 2 * pair.1(x)[0] + head(x)[0]
}
let pair = Pair()
fit tuple_along() { net = pair${same("descend grad(|m| m([1, 2])^2)(net) wrt net  using sgd(0.01)")}
fit tuple_down() { net = pair${same("minimize net([1, 2])^2  using sgd(0.01)")}
fit part_along() { net = pair${same("descend grad(|m| m([1, 2])^2)(net).pair.1 wrt net.pair.1  using sgd(0.01)")}
fit part_down() { net = pair${same("minimize net([1, 2])^2  wrt net.pair.1  using sgd(0.01)")}
fit group_along() { net = pair${same("descend { let g = grad(|m| m([1, 2])^2)(net).head;  [g.weight, g.bias] } wrt net.head.{weight, bias}  using sgd(0.01)")}
fit group_down() { net = pair${same("minimize net([1, 2])^2  wrt net.head  using sgd(0.01)")}
let fifth = tree.norm(tree.map(tuple_along().net, tuple_down().net, |a, b| a - b))
let sixth = tree.norm(tree.map(part_along().net, part_down().net, |a, b| a - b))
let seventh = tree.norm(tree.map(group_along().net, group_down().net, |a, b| a - b))`,
			{ first: 0, second: 0, third: 0, fourth: 0, fifth: 0, sixth: 0, seventh: 0 },
			{ tolerance: 1e-12 },
		);
	});
});
