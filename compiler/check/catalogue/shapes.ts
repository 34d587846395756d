import type { CatalogueEntry } from "../../source/catalogue.js";
import { entry } from "./entry.js";

/** Codes of types, shapes and indices. */
export const shapeCatalogue: readonly CatalogueEntry[] = [
	entry(
		"E0301",
		"shapes that do not go together",
		`Operators work element by element. Of equal ranks, axes that are a literal 1 stretch; of unequal ranks, the shorter shape is a suffix of the longer, and fits nowhere else. Two names never meet: it is decided on names, before sizes are known.`,
		`fn centred(x: real[n, d]) -> real[n, d] = x - mean(x, axis = 1)`,
		`fn centred(x: real[n, d]) -> real[n, d] = for i, j: x[i, j] - mean k: x[i, k]`,
	),
	entry(
		"E0302",
		"a value of the wrong kind",
		`An operator, a condition or an option needs a number or a truth value, and this is none.`,
		`fn step(x: real) -> real = if x then 1 else 0`,
		`fn step(x: real) -> real = if x > 0 then 1 else 0`,
	),
	entry(
		"E0303",
		"a size that is not known before running",
		`Sizes, ranges and slices take whole numbers that are known before running: an \`Int\`, not an \`int\` or a \`Real\`.`,
		`fn window(k: int) -> real[3] = zeros([k])`,
		`fn window(k: Int) -> real[k] = zeros([k])`,
	),
	entry(
		"E0304",
		"a part that may not be there",
		`A parameter with an \`if\` is there only where its option holds; so it is used in a case of that option.`,
		`model Layer(n: Int, biased: Bool = true) {
  param bias: real[n] if biased = zeros()
  (x: real[n]) -> real[n] = x + bias
}`,
		`model Layer(n: Int, biased: Bool = true) {
  param bias: real[n] if biased = zeros()
  (x: real[n]) -> real[n] = if biased then x + bias else x
}`,
	),
	entry(
		"E0305",
		"a product of what are no matrices",
		`\`@\` multiplies \`[..., n, k] @ [k, m]\` and \`[..., k] @ [k]\`. Other products are written in index notation.`,
		`fn f(a: real[n, k], b: real[c, k, m]) -> real[n, m] = a @ b`,
		`fn f(a: real[n, k], b: real[c, k, m]) -> real[c, n, m] = for l, i, j: sum h: a[i, h] * b[l, h, j]`,
	),
	entry(
		"E0306",
		"inner sizes that differ",
		`The last axis on the left of \`@\` and the first on the right are summed over: they are one size.`,
		`fn f(x: real[n, d], w: real[m, d]) -> real[n, m] = x @ w`,
		`fn f(x: real[n, d], w: real[m, d]) -> real[n, m] = x @ w.T`,
	),
	entry(
		"E0307",
		"an `if` without `else`",
		`An \`if\` whose value is used has a value in either case.`,
		`let deep = true
let width = if deep then 64`,
		`let deep = true
let width = if deep then 64 else 16`,
	),
	entry(
		"E0308",
		"a division that may leave a rest",
		`\`/\` is exact in sizes. Say what divides what in a \`where\`, or round down.`,
		`fn first_half(x: real[n]) -> real[n/2] = x[..floor(n / 2)]`,
		`fn first_half(x: real[n]) -> real[floor(n / 2)] = x[..floor(n / 2)]`,
	),
	entry(
		"E0309",
		"cases of different types",
		`Both cases of an \`if\` have one type. Of a static \`if\` only one case is there, so that its shape must be that of the other; a computed \`if\` chooses between numbers.`,
		`let deep = true
let x = if deep then [1.0, 2.0] else 0.0`,
		`let deep = true
let x = if deep then [1.0, 2.0] else [0.0, 0.0]`,
	),
	entry(
		"E0310",
		"an argument of the wrong type",
		`An argument does not fit its parameter: the shape, the element, or the kind. The place is the one that caused it: where a size was written as a number in a configuration, that number.`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
let net = MLP([5, 16, 3])
let logits = net(flowers.x)`,
		`import std.nn { MLP }
data flowers = csv("flowers.csv", label = "species")
let net = MLP([4, 16, 3])
let logits = net(flowers.x)`,
	),
	entry(
		"E0311",
		"one argument too many",
		`A call gives more arguments than there are parameters.`,
		`fn f(x: real, gain: real = 1) -> real = gain * x
let a = f(1, 2, 3)`,
		`fn f(x: real, gain: real = 1) -> real = gain * x
let a = f(1, 2)`,
	),
	entry(
		"E0312",
		"an option that is not there",
		`A named argument names a parameter, once.`,
		`fn f(x: real, gain: real = 1) -> real = gain * x
let a = f(1, gian = 2)`,
		`fn f(x: real, gain: real = 1) -> real = gain * x
let a = f(1, gain = 2)`,
	),
	entry(
		"E0313",
		"a call that is not complete",
		`An argument without a default is missing, or a builtin is not given what it takes.`,
		`fn f(x: real, gain: real) -> real = gain * x
let a = f(1)`,
		`fn f(x: real, gain: real) -> real = gain * x
let a = f(1, gain = 2)`,
	),
	entry(
		"E0314",
		"a value that is not of its declared type",
		`The value has another type than the one that is declared for it: of a \`let\`, a parameter's default, a state, or the result of a function.`,
		`fn outer(a: real[n], b: real[m]) -> real[n, m] = for j, i: a[i] * b[j]`,
		`fn outer(a: real[n], b: real[m]) -> real[n, m] = for i, j: a[i] * b[j]`,
	),
	entry(
		"E0315",
		"a pattern that does not fit",
		`A tuple is taken apart into as many names as it has elements.`,
		`let (a, b) = (1, 2, 3)`,
		`let (a, b, c) = (1, 2, 3)`,
	),
	entry(
		"E0316",
		"a value that cannot be called",
		`Functions, models, constraints, optimizers and fits can be called.`,
		`let rate = 3
let a = rate(2)`,
		`let rate = |t| 3 / t
let a = rate(2)`,
	),
	entry(
		"E0317",
		"a list over what is no list",
		`\`[for ..]\` makes a static list: it runs over a static list or a range.`,
		`let halves = [for x in 0.5: x]`,
		`let halves = [for x in [0.5, 1.5]: x]`,
	),
	entry(
		"E0318",
		"a fold whose state has no shape",
		`Over a list of unknown length the state of a fold keeps its shape, or its sizes move along the list: \`widths[i]\` becomes \`widths[i + 1]\`.`,
		`fn f(widths: List[Int], x: real[3]) -> real[3] = fold(widths, x, |h, w| zeros([w, 3]))`,
		`fn f(widths: List[Int], x: real[3]) -> real[3] = fold(widths, x, |h, w| h * w)`,
	),
	entry(
		"E0319",
		"a number too large for a size",
		`Sizes are exact whole numbers below 2^53, and a tensor has at most 2^31 elements.`,
		`let x = zeros([100000, 100000])`,
		`let x = zeros([1000, 1000])`,
	),
	entry(
		"E0320",
		"a condition that is not met",
		`A signature asks for a \`where\` that fails here, or that cannot be shown: then the signature around the call asks for it, too.`,
		`fn thin(w: real[n, m]) -> real where n >= m = sum(w)
fn use(x: real[a, b]) -> real = thin(x)`,
		`fn thin(w: real[n, m]) -> real where n >= m = sum(w)
fn use(x: real[a, b]) -> real where a >= b = thin(x)`,
	),
	entry(
		"E0321",
		"a `for` with holes",
		`A \`for\` makes one element for each index. With a \`where\` some would be missing: choose a value for these, or reduce.`,
		`fn positive(x: real[n]) -> real[n] = for i where x[i] > 0: x[i]`,
		`fn positive(x: real[n]) -> real[n] = for i: if x[i] > 0 then x[i] else 0`,
	),
	entry(
		"E0322",
		"values that cannot be put together",
		`A binder stacks or reduces numbers of one shape. What has different shapes stands in a static list.`,
		`import std.nn { Linear }
let layers = [Linear(2, 3), Linear(3, 4)]
let weights = for layer in layers: layer.weight`,
		`import std.nn { Linear }
let layers = [Linear(2, 3), Linear(3, 4)]
let weights = [for layer in layers: layer.weight]`,
	),
	entry(
		"E0323",
		"a position along several axes",
		`\`argmax\` and \`argmin\` as binders take one index and a number: they give a position.`,
		`fn best(x: real[n, m]) -> int = argmax i, j: x[i, j]`,
		`fn best(x: real[n, m]) -> int<n> = argmax i: max j: x[i, j]`,
	),
	entry(
		"E0324",
		"a size that nothing fixes",
		`Sizes of a signature are found from the arguments, or from the type that is declared for the result.`,
		`let w = glorot_uniform()`,
		`let w: real[3, 4] = glorot_uniform()`,
	),
	entry(
		"E0325",
		"a size that is too small",
		`A size of a signature is at least 1: an empty tensor has no mean and no largest element. A signature that allows it says so: \`where n >= 0\`.`,
		`fn top(x: real[n]) -> real = max i: x[i]
fn f(x: real[m]) -> real = top(x[1..])`,
		`fn top(x: real[n]) -> real = max i: x[i]
fn f(x: real[m]) -> real where m >= 2 = top(x[1..])`,
	),
	entry(
		"E0326",
		"a size that may be negative",
		`What is made has no negative size, and the exponent of a size (\`2^(k - l)\`) is not negative. A \`where\` rules it out.`,
		`fn inner(n: Int) -> real = sum(zeros([n - 2]))`,
		`fn inner(n: Int) -> real where n >= 2 = sum(zeros([n - 2]))`,
	),
	entry(
		"E0327",
		"a size that is born in the wrong place",
		`Sizes are known before anything runs. At the host level, which runs in order, a new one may be born, once, with a name: from there on it is a size as declared by \`dim\`.`,
		`fn positive(x: real[n]) -> real = sum(x[nonzero(x > 0)])`,
		`let x = [1.0, -2.0]\nlet kept: int[some Kept] = nonzero(x > 0)\nlet positive = sum(x[kept])`,
	),
	entry(
		"E0330",
		"an index of the wrong kind",
		`An index is an \`int\` or a slice, of a tensor or a static list.`,
		`fn f(x: real[n], at: real) -> real = x[at]`,
		`fn f(x: real[n], at: int<n>) -> real = x[at]`,
	),
	entry(
		"E0331",
		"an index that may be outside",
		`An index is shown to lie inside its axis while checking. Give a binder a range in which it does, or say in a \`where\` what must hold.`,
		`fn differences(x: real[n]) -> real[n] = for i: x[i + 1] - x[i]`,
		`fn differences(x: real[n]) -> real[n - 1] = for i in n - 1: x[i + 1] - x[i]`,
	),
	entry(
		"E0332",
		"indices that are not as many as the axes",
		`Every axis has an index: \`:\` takes a whole one, \`...b\` the leading ones.`,
		`fn row(x: real[n, d]) -> real[d] where n >= 1 = x[0]`,
		`fn row(x: real[n, d]) -> real[d] where n >= 1 = x[0, :]`,
	),
	entry(
		"E0333",
		"an index that runs over two sizes",
		`The range of a binder's name is the axis that it indexes. Two axes that need not be of one size conflict.`,
		`fn gram(a: real[n, d], b: real[m, k]) -> real[n, m] = for i, j: sum l: a[i, l] * b[j, l]`,
		`fn gram(a: real[n, d], b: real[m, d]) -> real[n, m] = for i, j: sum l: a[i, l] * b[j, l]`,
	),
	entry(
		"E0334",
		"an index without a range",
		`The name of a binder runs over the axis that it indexes by itself. Where it indexes none, \`in\` gives the range.`,
		`fn numbers(n: Int) -> real[n] = for i: 2 * i`,
		`fn numbers(n: Int) -> real[n] = for i in n: 2 * i`,
	),
	entry(
		"E0335",
		"a reshape that changes the number of elements",
		`A reshape keeps the elements. One size may be \`_\`.`,
		`fn f(x: real[n, 4]) -> real[n, 2, 3] = reshape(x, [n, 2, 3])`,
		`fn f(x: real[n, 4]) -> real[n, 2, 2] = reshape(x, [n, 2, _])`,
	),
	entry(
		"E0336",
		"an axis that is not there",
		`Axes are counted from 0, or from the end: -1 is the last one. Before a rest (\`...b\`) they are counted from the start, behind it from the end. A label (\`axis = .keys\`) is the name of a size in the declared type; a function without one, that is used at several types, names no axis by a label.`,
		`fn f(x: real[n, d]) -> real[n] = sum(x, axis = 2)`,
		`fn f(x: real[n, d]) -> real[n] = sum(x, axis = 1)`,
	),
	entry(
		"E0337",
		"a reduction that ends before its last addend",
		`A reduction takes a term, as a sigma does: what is added behind it does not belong to it. Brackets around the whole sum make it belong.`,
		`fn both(a: real[n], b: real[n]) -> real = sum i: a[i] + b[i]`,
		`fn both(a: real[n], b: real[n]) -> real = sum i: (a[i] + b[i])`,
	),
	entry(
		"E0338",
		"a draw for every index, of which one number is taken",
		`Draws are fresh for each name of a binder: a tensor that is drawn within is another one for every index. To share one draw, name it before.`,
		`fn noisy(x: real[n]) -> real = sum i: x[i] * normal([n])[i]`,
		`fn noisy(x: real[n]) -> real = { let noise = normal([n]);  sum i: x[i] * noise[i] }`,
	),
	entry(
		"E0339",
		"a rest where it cannot stand",
		`What a rest (\`...b\`) stands for, only a call tells. So a shape has one of them: of two, nothing would tell where the first one ends. What goes along one axis (the rows of a binder or a loop, the sizes of a vector, a stack of models) wants an axis that is known, and \`x[...b, i]\` stands where a binder runs over \`...b\`.`,
		`fn pairs(x: real[...a], y: real[...b]) -> real = sum(for ...a, ...b: x[...a] * y[...b])`,
		`fn pairs(x: real[...a], y: real[n]) -> real = sum(for ...a, i: x[...a] * y[i])`,
	),
	entry(
		"E0350",
		"operands that do not go together",
		`\`concat\` continues tensors along one axis: all others agree. \`stack\` puts tensors of one shape side by side.`,
		`fn f(a: real[n, d], b: real[m, d]) -> real[n + m, d] = concat([a, b], axis = 1)`,
		`fn f(a: real[n, d], b: real[m, d]) -> real[n + m, d] = concat([a, b], axis = 0)`,
	),
	entry(
		"E0351",
		"a pattern of axes that does not fit",
		`In \`rearrange\`, \`reduce\`, \`repeat\` and \`einsum\` a pattern names the axes of a tensor, in its order, and after \`->\` those of the result. The place is the part of the pattern that does not fit.`,
		`fn heads(x: real[b, t, d]) -> real[b, 4, t, d/4] where 4 divides d = rearrange(x, "b (h k) -> b h k", h = 4)`,
		`fn heads(x: real[b, t, d]) -> real[b, 4, t, d/4] where 4 divides d = rearrange(x, "b t (h k) -> b h t k", h = 4)`,
	),
	entry(
		"E0360",
		"probabilities for a loss of logits, or logits for one of probabilities",
		`A warning: the loss applies softmax (or the sigmoid) itself. Applied twice, it has a value, but trains badly: its
gradients are small, and no probability comes near 1; so does \`softmax\` of what \`softmax\` made. \`nll\` takes
logarithms of probabilities and \`bce\` probabilities: neither takes what a linear layer gives.`,
		`fn error(z: real[n, k], y: int<k>[n]) -> real = cross_entropy(softmax(z), y)`,
		`fn error(z: real[n, k], y: int<k>[n]) -> real = cross_entropy(z, y)`,
	),
	entry(
		"E0361",
		"a condition that is none of sizes",
		`\`where\` says what a signature needs of its sizes and Ints: \`n >= m\`, \`n == 2 * k\`, \`heads divides d\`. All of it
holds in the body, and each call is asked for it; so there is no \`or\` and no \`!=\`, of which nothing follows for a
shape. A Real, a Bool or a text decides no shape: a number is checked where it is made, and cases are variants.`,
		`fn half(x: real[n], rate: Real) -> real where rate < 1 = rate * sum(x)`,
		`fn half(x: real[n], rate: Real) -> real where n >= 1 = rate * sum(x)`,
	),
	entry(
		"E0352",
		"a window that does not fit",
		`The window of a convolution or a pooling lies inside the axis and its padding: \`dilation*(kernel - 1) + 1\` places are at most \`n + 2*padding\`.`,
		`import std.nn { max_pool }
let x = ones([1, 3, 8, 8])
let y = max_pool(x, 9)`,
		`import std.nn { max_pool }
let x = ones([1, 3, 8, 8])
let y = max_pool(x, 8)`,
	),
	entry(
		"E0353",
		"channels that a kernel does not take",
		`A kernel \`[results, channels / groups, height, width]\` goes over \`[.., channels, height, width]\`: the channels stand before the sizes.`,
		`import std.nn { conv }
let images = ones([16, 28, 28, 3])
let y = conv(images, ones([8, 3, 5, 5]))`,
		`import std.nn { conv }
let images = ones([16, 28, 28, 3])
let y = conv(rearrange(images, "b h w c -> b c h w"), ones([8, 3, 5, 5]))`,
	),
	entry(
		"E0354",
		"the mode where there is none",
		`\`training\` tells a function or a model what its call is for: training in what a \`minimize\` differentiates, evaluation everywhere else.`,
		`let noise = if training then 1 else 0`,
		`model Noisy() { (x: real) -> real = if training then x + normal([]) else x }`,
	),
	entry(
		"E0355",
		"a signature that leads back to itself",
		`A signature is read before the function can be called. So no size and no default in it can be what the function gives, directly or through others.`,
		`fn padded(x: real[padded(3)]) -> real = sum(x)`,
		`fn padded(x: real[n]) -> real = sum(x)`,
	),
	entry(
		"E0356",
		"a declaration that needs itself",
		`A function may call itself, where it says what it gives; what ends it (an \`if\` or a \`match\` on an Int, a list, a variant) must be known before running. A model or a fit that held itself would never be whole.`,
		`fn power(x: real, n: Int) where n >= 0 = if n == 0 then 1 else x * power(x, n - 1)`,
		`fn power(x: real, n: Int) -> real where n >= 0 = if n == 0 then 1 else x * power(x, n - 1)`,
	),
	entry(
		"E0357",
		"a seed that is computed",
		`The numbers of a draw belong to its seed and to the path to where it stands, which are known before running: equal calls under one seed give the same numbers wherever they stand. What a loop that runs, a binder or a derivative computes is no seed. Without one, draws are fresh in each turn and for each element.`,
		`fn walk(x: real) -> real = fold(0..10, x, |s, k| s + seed k { normal([]) })`,
		`fn walk(x: real) -> real = fold(0..10, x, |s, k| s + normal([]))`,
	),
	entry(
		"E0358",
		"a comment where a division may be meant",
		`\`//\` begins a comment. What other languages write \`7 // 2\` is \`floor(7 / 2)\` here: a division that rounds down. A comment that is a number, or a name of the declaration right behind a value, is taken for one that was meant so.`,
		`let half = 7 // 2`,
		`let half = floor(7 / 2)`,
	),
	entry(
		"E0359",
		"fields of a record under other names of it",
		`A record is taken apart by the order of its fields, not by their names. Where a name is that of another field, something else was meant.`,
		`let point = (x = 1.0, y = 2.0)
let (y, x) = point`,
		`let point = (x = 1.0, y = 2.0)
let (x, y) = point`,
	),
];
