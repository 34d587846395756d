import type { CatalogueEntry } from "../../source/catalogue.js";
import { entry } from "./entry.js";

/** Codes of declarations, fits and data. */
export const declarationCatalogue: readonly CatalogueEntry[] = [
	entry(
		"E0363",
		"a condition of a parameter that computes something",
		`Whether a \`param .. if ..\` is there must be seen wherever the parameter is used, of the options of the model alone: options, their entries (\`widths[0]\`) and lengths, compared with numbers, texts and variants. What else decides it is an option of its own.`,
		`model Scaled(n: Int) {
  let wide = n > 3
  param scale: real[n] if wide = ones()
  (x: real[n]) -> real[n] = 2 * x
}`,
		`model Scaled(n: Int) {
  param scale: real[n] if n > 3 = ones()
  (x: real[n]) -> real[n] = if n > 3 then x * scale else x
}`,
	),
	entry(
		"E0401",
		"a statement in the wrong place",
		`\`minimize\`, \`track\`, \`subject to\` and \`<-\` belong in a fit, \`param\` and \`state\` in a fit or a model.`,
		`fn f(x: real) -> real = {
  track size = x
  x
}`,
		`fn f(x: real) -> real = x
fit g() { track size = f(2.0) }`,
	),
	entry(
		"E0402",
		"a member that does not belong",
		`A constraint says what it can of \`violation project prox lmo tangent retract\`; an optimizer has states and a \`step(g)\`, whose last line is the new value.`,
		`optimizer plain(lr: Rate) for p {
  state m = zeros()
}`,
		`optimizer plain(lr: Rate) for p {
  step(g) = p - lr * g
}`,
	),
	entry(
		"E0403",
		"a model that would not be trained",
		`In a fit, \`name = Model(..)\` is an owned part, which is trained. A \`let\` only names a value.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  let net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0404",
		"a type that is missing",
		`Parameters, \`param\` and \`state\` have a type; so does a function that gives a function.`,
		`fn f(x) -> real = 2 * x`,
		`fn f(x: real) -> real = 2 * x`,
	),
	entry(
		"E0406",
		"a parameter without a start",
		`A \`param\` or \`state\` begins somewhere.`,
		`model Scale(n: Int) {
  param gain: real[n]
  (x: real[n]) -> real[n] = gain * x
}`,
		`model Scale(n: Int) {
  param gain: real[n] = ones()
  (x: real[n]) -> real[n] = gain * x
}`,
	),
	entry(
		"E0407",
		"a rule that is for nothing",
		`A constraint or an optimizer says what it is for: a tensor of some shape, or any leaf.`,
		`constraint positive() {
  violation = 0
}`,
		`constraint positive() for w: real[...s] {
  violation = max(max(-w, 0))
}`,
	),
	entry(
		"E0408",
		"a write to what is no state",
		`\`<-\` sets states and parameters. A value of a \`let\` or an option stays as it is.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  let seen = 0
  for (x, y) in flowers.batches(4) epochs 10 {
    seen <- seen + 1
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  state seen: int = 0
  for (x, y) in flowers.batches(4) epochs 10 {
    seen <- seen + 1
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0409",
		"a part that is no model",
		`\`name = ..\` in a fit owns models. A value is named by \`let\`, a tensor to be trained is a \`param\`.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  name = "first"
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  let classes = 3
  net = MLP([4, 16, classes])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0410",
		"a place that matches nothing",
		`A place is a path to parameters: \`net.layers[0].bias\`, \`net.**.weight\`. One that matches none is a mistake.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y) + sum w in net.**.weights: sum(w^2)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y) + sum w in net.**.weight: sum(w^2)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0411",
		"a loop without an end",
		`A stream is endless, so that its loop says how long: \`epochs\` or \`steps\`. \`repeat\` takes a number of turns.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0412",
		"a loop over a data set",
		`A loop takes a stream: batches of a data set.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0413",
		"a track of what is no tensor",
		`A track records numbers.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
  track name = "first"
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
  track size = norm(net.layers[0].weight)
}`,
	),
	entry(
		"E0414",
		"a step without an optimizer",
		`\`using\` says what moves the parameters.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0426",
		"something that is no place",
		`A place is a path from a value to its parts: names of fields, parts and parameters, entries and elements in brackets, \`*\`, \`**\`, several as \`.{a, b}\` or \`(p, q)\`, \`p except q\`. What is computed has no place that could be changed or trained.`,
		`let settings = (rate = 0.1, steps = 20)
let faster = settings with { rate * 2 = 0.4 }`,
		`let settings = (rate = 0.1, steps = 20)
let faster = settings with { rate = 0.4 }`,
	),
	entry(
		"E0427",
		"`by` without a reparametrization",
		`\`param w: .. by R\` and \`net with { place by R }\` take a reparametrization: parameters of their own, from which the
value of the weight is computed.`,
		`import std.nn { Linear }
let net = Linear(3, 2) with { weight by unit_rows }`,
		`import std.nn { Linear }
import std.weights { lora }
let net = Linear(3, 2) with { weight by lora(1) }`,
	),
	entry(
		"E0428",
		"a reparametrization that does not fit",
		`A reparametrization says what it is for. What it is attached to must be so.`,
		`import std.nn { Linear }
import std.weights { lora }
let net = Linear(3, 2) with { .**.{weight, bias} by lora(1) }`,
		`import std.nn { Linear }
import std.weights { lora }
let net = Linear(3, 2) with { .**.weight by lora(1) }`,
	),
	entry(
		"E0415",
		"parameters without an optimizer",
		`With places after \`on\`, every parameter of the step has an optimizer: \`on rest\` takes what is left.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using sgd(0.1) on net.**.weight
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using sgd(0.1) on net.**.weight, adam(1e-2) on rest
  }
}`,
	),
	entry(
		"E0416",
		"a term that is not one number",
		`The terms of an objective, and what \`argmin\` minimizes, are real numbers: a tensor is reduced, whole numbers have no gradient.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize net(x)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize mean(net(x)^2)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0417",
		"`using` of what is no optimizer",
		`After \`using\` stands an optimizer with its options.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using relu
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0418",
		"an optimizer that does not fit",
		`An optimizer that is declared for matrices does not fit the other parameters: say what it is for with \`on\`.`,
		`optimizer rows(lr: Rate) for w: real[n, m] {
  step(g) = w - lr * g
}
import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using rows(0.1)
  }
}`,
		`optimizer rows(lr: Rate) for w: real[n, m] {
  step(g) = w - lr * g
}
import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using rows(0.1) on net.**.weight, adam(1e-2) on rest
  }
}`,
	),
	entry(
		"E0419",
		"`in` with what is no constraint",
		`After \`in\` stands a constraint.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).weight in norm by projection
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).weight in unit_rows by projection
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0420",
		"a constraint that does not fit",
		`A constraint says what it is for: a shape, and what must hold of its sizes.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).bias in unit_rows by projection
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).weight in unit_rows by projection
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0421",
		"a method that a constraint lacks",
		`\`projection\` needs a \`project\`, \`retraction\` a \`tangent\` and a \`retract\`, \`frank_wolfe\` an \`lmo\`. The message names what the constraint has, and by which methods it can be held.`,
		`constraint small() for w: real[...s] {
  violation = norm(w)
}
import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).weight in small by projection
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`constraint small() for w: real[...s] {
  violation = max(norm(w) - 1, 0)
  project = w / max(norm(w), 1)
}
import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).weight in small by projection
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0422",
		"a method that is not there",
		`After \`by\` stands how the constraint is kept.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).weight in unit_rows by projecting
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  subject to last(net.layers).weight in unit_rows by projection
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0424",
		"a parameter that is no tensor",
		`A \`param\` is a real tensor. A \`state\` may be of whole numbers; an \`Int\` is an option.`,
		`model Steps(n: Int) {
  param count: int = 0
  (x: real[n]) -> real[n] = x
}`,
		`model Steps(n: Int) {
  state count: int = 0
  (x: real[n]) -> real[n] = x
}`,
	),
	entry(
		"E0430",
		"a track at times that do not come",
		`In a loop a track is taken at each turn, \`every epoch\` or \`every 10 steps\`; the loop is long enough for one time at least. Outside the loops it is taken once.`,
		`fit f() {
  param w: real = 1
  repeat 5 {
    minimize w^2  using sgd(0.1)
    track size = abs(w) every 10 steps
  }
}`,
		`fit f() {
  param w: real = 1
  repeat 50 {
    minimize w^2  using sgd(0.1)
    track size = abs(w) every 10 steps
  }
}`,
	),
	entry(
		"E0431",
		"a loop that ends by what it does not track",
		`\`until stalls(.accuracy, 5)\` ends a loop when its track \`accuracy\` got no further five times in a row. It names a track of that loop, which is one number.`,
		`fit f() {
  param w: real = 1
  repeat 50 until stalls(.size, 3) { minimize w^2  using sgd(0.1) }
  track size = abs(w)
}`,
		`fit f() {
  param w: real = 1
  repeat 50 until stalls(.size, 3) {
    minimize w^2  using sgd(0.1)
    track size = abs(w)
  }
}`,
	),
	entry(
		"E0432",
		"a loop at the top level over what has no turns",
		`At the top level a loop runs over a static list or range, the elements of a tuple, or the first axis of a tensor or of a record of tensors.`,
		`for x in 0.5 { check x > 0 }`,
		`for x in [0.5, 1.5] { check x > 0 }`,
	),
	entry(
		"E0511",
		"a batch that does not fit",
		`A batch has at least one row, and no more than the data.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(64) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
fit classifier() {
  net = MLP([4, 16, 3])
  for (x, y) in flowers.batches(4) epochs 10 {
    minimize cross_entropy(net(x), y)  using adam(1e-2)
  }
}`,
	),
	entry(
		"E0512",
		"a data file from outside the project",
		`Data files are read from the folder of the program and below.`,
		`data flowers = csv("../flowers.csv")`,
		`data flowers = csv("flowers.csv")`,
	),
	entry(
		"E0513",
		"a split that does not fit",
		`The parts of a split are shares of the rows or numbers of rows, and have rows.`,
		`data flowers = csv("flowers.csv") |> split(train = 0.9, test = 0.2)`,
		`data flowers = csv("flowers.csv") |> split(train = 0.75, test = 0.25)`,
	),
	entry(
		"E0514",
		"learning from all of the data",
		`What learns from the data comes after \`split\`, and learns from the part \`train\` only.`,
		`data flowers = csv("flowers.csv") |> standardize`,
		`data flowers = csv("flowers.csv") |> split(train = 0.75, test = 0.25) |> standardize`,
	),
	entry(
		"E0515",
		"a data declaration without data",
		`\`data\` names a data set.`,
		`data rows = 3`,
		`data rows = csv("flowers.csv")`,
	),
];
