import type { CatalogueEntry } from "../../source/catalogue.js";
import { entry } from "./entry.js";

/** Codes of the host level, and of what a fit, a search or a plot is made of. */
export const fitCatalogue: readonly CatalogueEntry[] = [
	entry(
		"E0450",
		"something of the host level inside a kernel",
		`The host level (the top of a file, functions called from it, the lines of a fit outside its loops) runs in order. A turn of a loop, the body of an index, a model and a function that is passed on are compiled as a whole: no fit, no \`static\`, no check and no loop of statements stands there, nor a function that leads to one. The message shows the path.`,
		`fit root(goal: real) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(0.05) }
}
fn solved(goal: real) -> real = root(goal).x
fit outer() {
  param y: real = 0
  repeat 10 { minimize (y - solved(2))^2  using sgd(0.1) }
}`,
		`fit root(goal: real) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(0.05) }
}
fn solved(goal: real) -> real = root(goal).x
fit outer() {
  param y: real = 0
  let x = solved(2)
  repeat 10 { minimize (y - x)^2  using sgd(0.1) }
}`,
	),
	entry(
		"E0451",
		"`static` of more than one number",
		`\`static(e)\` brings one computed number back to the host level, where it can select code: \`if static(r.accuracy < 0.9) then ..\`, \`menu[static(argmax(scores))]\`.`,
		`let scores = normal([3])
let chosen = [relu, tanh, sigmoid][static(scores)]`,
		`let scores = normal([3])
let chosen = [relu, tanh, sigmoid][static(argmax(scores))]`,
	),
	entry(
		"E0452",
		"turns that are the same run",
		`A fit depends on its options and its seed alone, so that a \`for\` over fits that does not use its name makes the same run again.`,
		`fit train() {
  param x: real = normal([])
  repeat 10 { minimize x^2  using sgd(0.1) }
}
let xs = for s in 0..3: train().x`,
		`fit train() {
  param x: real = normal([])
  repeat 10 { minimize x^2  using sgd(0.1) }
}
let xs = for s in 0..3: train(seed = s).x`,
	),
	entry(
		"E0453",
		"a constraint that no step can change",
		`A fit constrains what its own parts and parameters are, or what is computed from them at each step. Nothing moves a constant, a data set, the result of another fit, or a \`let\` that was computed before the loops.`,
		`fit bounded(start: real[3]) {
  param w: real[3] = start
  subject to start in nonnegative by projection
  repeat 100 { minimize sum(w)  using sgd(0.1) }
}`,
		`fit bounded(start: real[3]) {
  param w: real[3] = start
  subject to w in nonnegative by projection
  repeat 100 { minimize sum(w)  using sgd(0.1) }
}`,
	),
	entry(
		"E0454",
		"a constraint on parameters inside a loop",
		`\`subject to w in constraint\` holds from where it stands on, and after each step that touches w. Inside a loop stands only a constraint on what the turn computes.`,
		`fit bounded() {
  param w: real[3] = ones()
  repeat 100 {
    subject to w in nonnegative by projection
    minimize sum(w)  using sgd(0.1)
  }
}`,
		`fit bounded() {
  param w: real[3] = ones()
  subject to w in nonnegative by projection
  repeat 100 { minimize sum(w)  using sgd(0.1) }
}`,
	),
	entry(
		"E0455",
		"a value that an earlier step made stale",
		`A \`minimize\` differentiates through the \`let\`s of its turn. One that was computed before another step of the turn, from what that step moved, has the value of before and would count as a constant. It is computed again below the step, or \`stop\` says that a constant is meant.`,
		`fit f(x: real[n]) {
  param a: real = 1
  param b: real = 1
  repeat 10 {
    let fit = mean i: (a * b - x[i])^2
    minimize fit  wrt a  using sgd(0.1)
    minimize fit  wrt b  using sgd(0.1)
  }
}`,
		`fit f(x: real[n]) {
  param a: real = 1
  param b: real = 1
  repeat 10 {
    minimize mean i: (a * b - x[i])^2  wrt a  using sgd(0.1)
    let fit = mean i: (a * b - x[i])^2
    minimize fit  wrt b  using sgd(0.1)
  }
}`,
	),
	entry(
		"E0456",
		"a picture of something else",
		`\`plot\` takes \`line\`, \`scatter\`, \`bar\`, \`histogram\`, \`image\` or \`heat\`. What is drawn together has one length; the axes have a text, or a value for each place along them. The colours of an image are its last axis.`,
		`let loss = [0.5, 0.25, 0.125]
plot lines(loss, y = "loss")`,
		`let loss = [0.5, 0.25, 0.125]
plot line(loss, y = "loss")`,
	),
	entry(
		"E0457",
		"a space that does not fit its option",
		`A search gives options of a fit spaces: a list, a range, \`uniform(low, high)\`, \`log(low, high)\`, \`normal(mean, scale)\`, a value, or a variant built out of these; \`|\` stands between alternatives. Whole numbers have lists and ranges.`,
		`fit root(goal: real = 2, rate: real = 0.05) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(rate) }
  track gap = abs(x^2 - goal)
}
search tune over root {
  rate in log(0, 0.1)
  minimize gap  by tpe()  trials 10
}`,
		`fit root(goal: real = 2, rate: real = 0.05) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(rate) }
  track gap = abs(x^2 - goal)
}
let gaps = for r in [0.01, 0.1]: root(rate = r).gap`,
	),
	entry(
		"E0458",
		"an objective that a search cannot use",
		`One line says what is best, as one number computed from the fit's result: \`maximize accuracy  by tpe()  trials 40  seeds 2  prune median\`. The samplers are \`tpe\`, \`random\`, \`halton\` and \`grid\`, which tries all values and needs spaces that end. A run is pruned by a track of its loop.`,
		`fit root(goal: real = 2, rate: real = 0.05) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(rate) }
  track gap = abs(x^2 - goal)
}
search tune over root {
  rate in log(0.01, 0.1)
  minimize gap  by grid()
}`,
		`fit root(goal: real = 2, rate: real = 0.05) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(rate) }
  track gap = abs(x^2 - goal)
}
let gaps = for r in [0.01, 0.1]: root(rate = r).gap`,
	),
	entry(
		"E0459",
		"a name that is never used",
		`A \`let\` of a body, or an option of a fit or a model, that nothing reads is often a slip: another name was meant. A name that begins with \`_\` says that it is not.`,
		`fn f(x: real[n]) -> real = {
  let total = sum(x)
  mean(x)
}`,
		`fn f(x: real[n]) -> real = {
  let total = sum(x)
  total / n
}`,
	),
	entry(
		"E0460",
		"code that never runs",
		`The condition of this \`if\` is \`true\` or \`false\` as written, so that one of its cases never runs.`,
		`if false { check 1 > 2 }`,
		`let strict = false
if strict { check 1 > 2 }`,
	),
	entry(
		"E0461",
		"a parameter without influence",
		`A \`minimize\` moves what its terms depend on. A parameter that none of them reads stays as it began: often another name was meant, or a part was left out.`,
		`fit line(x: real[n], y: real[n]) {
  param slope: real = 0
  param shift: real = 0
  repeat 100 { minimize mse(slope * x, y)  using sgd(0.1) }
}`,
		`fit line(x: real[n], y: real[n]) {
  param slope: real = 0
  param shift: real = 0
  repeat 100 { minimize mse(slope * x + shift, y)  using sgd(0.1) }
}`,
	),
	entry(
		"E0462",
		"a constraint that no step follows",
		`A constraint by a multiplier or a penalty adds to the objective of the steps that come after it. Below the last one it would hold nothing.`,
		`fit bounded(radius: real = 1) {
  param w: real[3] = ones()
  repeat 100 {
    minimize sum(w)  using sgd(0.1)
    subject to size: norm(w) <= radius by lagrangian(rate = 0.05)
  }
}`,
		`fit bounded(radius: real = 1) {
  param w: real[3] = ones()
  repeat 100 {
    subject to size: norm(w) <= radius by lagrangian(rate = 0.05)
    minimize sum(w)  using sgd(0.1)
  }
}`,
	),
	entry(
		"E0463",
		"a direction that does not go with what it moves",
		`\`descend d wrt p\` makes a step of the optimizer along \`d\`, as if it were the gradient. The direction has the tree of what it moves: of a model the record of its parameters, as a gradient by it is; of a \`param\` a tensor of its shape.`,
		`fit moved() {
  param w: real[3] = ones()
  repeat 10 { descend [1, 2] wrt w  using sgd(0.1) }
}`,
		`fit moved() {
  param w: real[3] = ones()
  repeat 10 { descend [1, 2, 3] wrt w  using sgd(0.1) }
}`,
	),
	entry(
		"E0464",
		"a role that asks for another result",
		`\`loss\` and \`regularizer\` give one real number, which a step can descend; \`schedule\` gives a rate, a function of the step; \`metric\` gives numbers. A function without such a role is a \`fn\`.`,
		`loss apart(x: real[n], y: real[n]) -> real[n] = for i: (x[i] - y[i])^2`,
		`loss apart(x: real[n], y: real[n]) -> real = mean i: (x[i] - y[i])^2`,
	),
	entry(
		"E0466",
		"a part of a tensor that a step cannot train by itself",
		`After \`wrt\` may stand parts of tensors, and of what is stacked. Which elements they are is known before running, as an optimizer has its states for them; each is named once; and what is computed from other parameters has none of its own.`,
		`fit moved() {
  param w: real[4] = ones()
  repeat 10 { minimize sum(w^2)  wrt w[0], w[0..2]  using sgd(0.1) }
}`,
		`fit moved() {
  param w: real[4] = ones()
  repeat 10 { minimize sum(w^2)  wrt w[0], w[2..]  using sgd(0.1) }
}`,
	),
	entry(
		"E0467",
		"a part or a track that depends on more than options",
		`A fit gives its parts and tracks by name, and who calls it knows by its options alone which there are. What a condition over other things decides has no place in the result: a track has a value at every turn, and a part is owned whether a step uses it or not.`,
		`fit root(goal: real = 2) {
  param x: real = 1
  repeat 100 {
    minimize (x^2 - goal)^2  using sgd(0.05)
    if x > 1 { track above = x - 1 }
  }
}`,
		`fit root(goal: real = 2, watched: Bool = true) {
  param x: real = 1
  repeat 100 {
    minimize (x^2 - goal)^2  using sgd(0.05)
    if watched { track above = if x > 1 then x - 1 else 0 }
  }
}`,
	),
	entry(
		"E0468",
		"what a constraint is asked for cannot be told",
		`Whether a constraint holds is told at the end of a fit by its \`tolerance\` or \`best_within\`, so these are of no turn. The best step, which \`best_within\` asks for, is that of least loss: of a fit with one step.`,
		`fit bounded() {
  param w: real[3] = ones()
  for i in 0..100 {
    subject to size: sum(w^2) <= 0.5 by augmented(tolerance = 1 / (1 + i))
    minimize sum(w)  using sgd(0.1)
  }
}`,
		`fit bounded(close: real = 0.01) {
  param w: real[3] = ones()
  for i in 0..100 {
    subject to size: sum(w^2) <= 0.5 by augmented(tolerance = close / 2)
    minimize sum(w)  using sgd(0.1)
  }
}`,
	),
	entry(
		"E0469",
		"a rule where no step trains anything",
		`A constraint and a reparametrization are for parameters, which steps train. A state is set by \`<-\`: what holds of it is said there. A reparametrization is a function of its parameters, the same for all of its options, and keeps nothing between its uses.`,
		`fit averaged(x: real[n, 3]) {
  state share: real[3] in simplex = [1/3, 1/3, 1/3]
  param w: real[3] = ones()
  repeat 10 {
    minimize mse(x @ w, zeros([n]))  using sgd(0.1)
    share <- 0.9 * share + 0.1 * abs(w)
  }
}`,
		`fit averaged(x: real[n, 3]) {
  state share: real[3] = [1/3, 1/3, 1/3]
  param w: real[3] = ones()
  repeat 10 {
    minimize mse(x @ w, zeros([n]))  using sgd(0.1)
    share <- simplex.project(0.9 * share + 0.1 * abs(w))
  }
}`,
	),
	entry(
		"E0470",
		"a step of an optimizer where none can be made",
		`\`inner.step(g)\` stands in the \`step\` of an optimizer that has \`inner\` as an option: its states belong to that use. It changes them, so it stands where it is made once, whatever is computed: not in a lambda, under a binder, or in one side of an \`if\` that is a value.`,
		`optimizer cautious(inner: Optimizer) for p {
  step(g) = if sum(g^2) > 1 then inner.step(g) else p
}`,
		`optimizer cautious(inner: Optimizer) for p {
  step(g) {
    let there = inner.step(g)
    if sum(g^2) > 1 then there else p
  }
}`,
	),
	entry(
		"E0471",
		"a rate or a weight out of its range",
		`A step goes down by its rate, and a constraint is held by its weight: these are at least 0. What is to go up is said by \`maximize\`. The \`weight\` of \`augmented\` is divided by, so it is above 0, and the \`rate\` of \`frank_wolfe\` is a share, from 0 to 1. What is known before running is told while checking.`,
		`fit bounded() {
  param w: real[3] = ones()
  subject to size: sum(w^2) <= 1 by penalty(-10)
  repeat 10 { minimize sum((w - 1)^2)  using sgd(0.1) }
}`,
		`fit bounded() {
  param w: real[3] = ones()
  subject to size: sum(w^2) <= 1 by penalty(10)
  repeat 10 { minimize sum((w - 1)^2)  using sgd(0.1) }
}`,
	),
	entry(
		"E0472",
		"a value that a reparametrization cannot begin at",
		`What a reparametrization computes is set by what it begins with: its starts, where the subject is the new value, or its value, where that is computed from the subject as it was. Where neither reads the subject, it begins at the same point whatever is set. Its own parameters can be set, and \`merge(net)\` has plain weights.`,
		`import std.nn { Linear }
reparam ramp() for w: real[n] {
  param slope: real = 1
  for i in n: slope * i
}
let net = Linear(3, 2) with { bias by ramp }
let other = net with { bias = [0.0, 2] }`,
		`import std.nn { Linear }
reparam ramp() for w: real[n] where n >= 2 {
  param slope: real = w[1]
  for i in n: slope * i
}
let net = Linear(3, 2) with { bias by ramp }
let other = net with { bias = [0.0, 2] }
let third = net with { bias.slope = 2 }`,
	),
	entry(
		"E0473",
		"models side by side, held as one tensor and made each by itself",
		`To a \`subject to\` a parameter of a stack is one tensor, and a reparametrization belongs to each model by itself. Both are the same where it acts on each element by itself (\`softplus(a)\`, or \`for ...s: ..\` of the elements at that place, for any shape \`real[...s]\`), as those of \`nonnegative\`, \`box\` and \`linf_ball\` do. Elsewhere say that it is meant for each: by \`with\`, or where the parameter is declared.`,
		`import std.nn { Linear }
fit ensemble(x: real[m, 2]) {
  nets = for i in 4: Linear(2, 3)
  subject to nets.bias in sphere by reparametrization
  repeat 10 { minimize mean i: sum(nets[i](x)^2)  using sgd(0.1) }
}`,
		`import std.nn { Linear }
fit ensemble(x: real[m, 2]) {
  nets = (for i in 4: Linear(2, 3)) with { bias by sphere_map }
  subject to nets.weight in box(-1, 1) by reparametrization
  repeat 10 { minimize mean i: sum(nets[i](x)^2)  using sgd(0.1) }
}`,
	),
	entry(
		"E0902",
		"a construct that this version cannot run yet",
		`It is checked like everything else, so that the program can be written now. Running it stops at its place.`,
		`fit root(goal: real = 2, rate: real = 0.05) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(rate) }
  track gap = abs(x^2 - goal)
}
search tune over root {
  rate in [0.01, 0.1]
  minimize gap  by grid()  trials 2
}`,
		`fit root(goal: real = 2, rate: real = 0.05) {
  param x: real = 1
  repeat 100 { minimize (x^2 - goal)^2  using sgd(rate) }
  track gap = abs(x^2 - goal)
}
let gaps = for r in [0.01, 0.1]: root(rate = r).gap`,
	),
	entry(
		"E0465",
		"a metric is minimized",
		`A metric tells how good something is, and of many more is better: who minimizes one may make things worse, or meant a loss. What is meant as an objective is declared as a \`loss\` (or a \`fn\`). A warning.`,
		`metric fitness(x: real[n]) -> real = -mean(x^2)
fit worst() {
  param x: real[3] = ones()
  repeat 10 { minimize fitness(x)  using sgd(0.1) }
}`,
		`metric fitness(x: real[n]) -> real = -mean(x^2)
fit best() {
  param x: real[3] = ones()
  repeat 10 { maximize fitness(x)  using sgd(0.1) }
}`,
	),
];
