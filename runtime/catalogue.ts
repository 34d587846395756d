import type { CatalogueEntry } from "../compiler/source/catalogue.js";

/** Codes of what only shows while a program runs. */
export const runCatalogue: readonly CatalogueEntry[] = [
	{
		code: "E0601",
		title: "an expression that cannot be computed",
		explanation:
			"The program was checked, but an expression cannot be turned into tensor operations. Checking should have refused it at its place: please report the program.\n",
	},
	{
		code: "E0602",
		title: "a fit diverged",
		explanation:
			"A term of the objective was not finite. The fit stops there, its result says `.run.diverged`, and the message tells the first such term and its step. Comparisons with nan fail, so that a `check` on the result fails.\n\nWrong:\n\n    minimize mse(net(x), y)  using sgd(100)\n\nRight:\n\n    minimize mse(net(x), y)  using sgd(0.1)\n",
	},
	{
		code: "E0603",
		title: "a fit called where everything runs at once",
		explanation:
			"A fit is run when it is called, by the host. Where a binder maps over a tensor, all indices are computed together, and there is nothing that could call it one by one. Over a list or a range it is.\n\nWrong:\n\n    let scores = for i: train(eta = etas[i]).loss\n\nRight:\n\n    let scores = for e in [0.1, 0.01]: train(eta = e).loss\n",
	},
	{
		code: "E0604",
		title: "a track that was never taken",
		explanation:
			"The loop ended before the track was taken for the first time, so that there is no value to give.\n\nWrong, for a rate at which the first step is enough:\n\n    repeat 1000 until w < 1e-3 {\n      minimize w^2  using sgd(rate)\n      track size = abs(w) every 10 steps\n    }\n\nRight:\n\n    repeat 1000 until w < 1e-3 {\n      minimize w^2  using sgd(rate)\n      track size = abs(w)\n    }\n",
	},
	{
		code: "E0605",
		title: "a derivative through a loop without a limit",
		explanation:
			"A gradient goes back through the turns of a loop, and keeps what it needs of each. So it must be known before running how many there can be at most. (`jvp` goes forward, and needs no limit.)\n\nWrong:\n\n    fn root(a: real) -> real = loop(1.0, |x| (x + a / x) / 2, until = |x| abs(x^2 - a) < 1e-4).last\n    let slope = grad(root)(2.0)\n\nRight:\n\n    fn root(a: real) -> real = loop(1.0, |x| (x + a / x) / 2, until = |x| abs(x^2 - a) < 1e-4, limit = 20).last\n    let slope = grad(root)(2.0)\n",
	},
	{
		code: "E0606",
		title: "a number outside while running",
		explanation:
			"An index that is computed, and a number that is narrowed (`int<k>(e)`, `int(x)`), are checked while running: the first one outside ends the run at its place. In a branch that is not taken nothing is checked.\n\nWrong, for a `t` beyond the end:\n\n    fn at(x: real[n], t: int) -> real = x[t]\n\nRight:\n\n    fn at(x: real[n], t: int) -> real = x[t else 0]\n",
	},
	{
		code: "E0608",
		title: "a list that is too long to be made",
		explanation:
			"A list in brackets has its values one by one, and a loop at the top level runs turn by turn: at most 2^20 of them. What is computed together is a tensor, and has no such limit.\n\nWrong:\n\n    let squares = [for i in 0..1000000000: i^2]\n\nRight:\n\n    let squares = for i in 0..1000000: i^2\n",
	},
	{
		code: "E0610",
		title: "a checkpoint of another program",
		explanation:
			"With `--resume` a fit goes on only where everything that its loop depends on is as it was: what a step computes, what it begins with, the data, the version of Ansatz. The message names what differs: parameters and states by their paths, with the types that they had and have.\n\nWrong, after `hidden` was changed in the program:\n\n    ansatz run --resume program.ansatz\n\nRight:\n\n    ansatz run program.ansatz\n",
	},
	{
		code: "E0611",
		title: "a checkpoint that cannot be read",
		explanation:
			"The file is cut short or was changed: its numbers are not those that were written. Ansatz itself writes a checkpoint beside the old one and then puts it in its place, so that neither a crash nor a full disk leaves half of one.\n\nWrong, with a copy that was not complete:\n\n    ansatz run --resume program.ansatz\n\nRight:\n\n    ansatz run program.ansatz\n",
	},
	{
		code: "E0612",
		title: "a result or a checkpoint cannot be written",
		explanation:
			"The folder `.ansatz` beside the program cannot be written, or the disk is full. It is told once, and the run goes on; the checkpoint that was there is as it was. The message says what the system answered.\n\nWrong, where the folder cannot be written:\n\n    ansatz run /usr/share/program.ansatz\n\nRight, for a copy:\n\n    ansatz run program.ansatz\n",
	},
	{
		code: "E0613",
		title: "nothing to go on from",
		explanation:
			"`--resume` found no checkpoint, or one of a fit that this program does not come to. The run is as without it; finished runs that are kept are used in any case.\n\nWrong, where no run was stopped:\n\n    ansatz run --resume program.ansatz\n\nRight:\n\n    ansatz run program.ansatz\n",
	},
	{
		code: "E0609",
		title: "two methods for one parameter",
		explanation:
			"A step along a manifold (`retraction`), towards a corner (`frank_wolfe`) and a proximal one (`proximal`) each say where the parameter comes to. So one of them holds a parameter; projections may come after it, and penalties and multipliers add to its objective.\n\nWrong:\n\n    subject to w in sphere by retraction\n    subject to w in box(-1, 1) by frank_wolfe\n\nRight:\n\n    subject to w in sphere by retraction\n    subject to w in box(-1, 1) by penalty(10)\n",
	},
	{
		code: "E0614",
		title: "more memory than there is",
		explanation:
			"What is computed at once has its place in one memory of at most 4 GiB. The message names the largest tensor: often a table of all pairs, of which a sum remains.\n\nWrong, for a hundred thousand rows:\n\n    fn near(x: real[n]) -> real[n] = for i: sum j: exp(-(x[i] - x[j])^2)\n\nRight:\n\n    fn near(x: real[n]) -> real[n] = map(x, |a| sum j: exp(-(a - x[j])^2))\n",
	},
	{
		code: "E0615",
		title: "a start outside of a constraint",
		explanation:
			"A constraint that is held exactly holds from the start. With a `project` the start is projected; else it has to be a point where the constraint holds. A `project` that leads to a point with a `violation` is told in the same way.\n\nWrong, for a `retraction` without a `project`:\n\n    param w: real[2] = [3, 4]\n    subject to w in circle by retraction\n\nRight:\n\n    param w: real[2] = [0.6, 0.8]\n    subject to w in circle by retraction\n",
	},
	{
		code: "E0620",
		title: "a function that calls itself without end",
		explanation:
			"A function that calls itself is put in place call by call before anything is computed. So what ends it must be known then: an `if` or a `match` on an Int, a list or a variant. Of a condition that is computed both sides are put in place, which never ends. At most 1000 calls may stand one inside the other. Where nothing could end it this is told while checking, as it is of a function that is called in its own derivative rule: each call needs the rule, and there `y` is the value.\n\nWrong:\n\n    fn halved(x: real) -> real = if x < 1 then x else halved(x / 2)\n    let small = for i in 3: halved(10.0 * i)\n\nRight:\n\n    fn halved(x: real) -> real = loop(x, |x| x / 2, until = |x| x < 1, limit = 100).last\n    let small = for i in 3: halved(10.0 * i)\n",
	},
	{
		code: "E0622",
		title: "a check of a cotangent",
		explanation:
			"An index or a narrowing that is computed is checked while running. What a rule `vjp` or a solver of an implicit derivative computes is checked where the derivative is taken, from what is known there: the arguments and the value, not the cotangent or the right side that only the derivative brings.\n\nWrong:\n\n    fn own(x: real[n]) -> real = sum(x)\n      with vjp (x, y, dy) => (for i in n: x[int(floor(dy))])\n\nRight:\n\n    fn own(x: real[n]) -> real = sum(x)\n      with vjp (x, y, dy) => (for i in n: x[int(floor(dy)) else 0] * dy)\n",
	},
	{
		code: "E0619",
		title: "a loop that was cut by its limit",
		explanation:
			"A `loop`, a `fixed_point` or an `argmin` with a `tolerance` made all the turns that it may, and what it goes on until does not hold: the result is where it stopped. This is a warning at the host level, where nothing asks; `.done` of a `loop`, and `fixed_point_found(..).converged`, tell it to the program. In a fit nothing is told of the loops inside a turn.\n\nWrong:\n\n    let root = fixed_point(1.0, |x| cos(x), tolerance = 1e-6, limit = 5)\n\nRight:\n\n    let root = fixed_point(1.0, |x| cos(x), tolerance = 1e-6, limit = 100)\n",
	},
	{
		code: "E0621",
		title: "a number beyond the format",
		explanation:
			"A number that is known before running has 64 bits, and takes the format of what it stands beside. One that an f32 does not have is no f32: it would be infinite, or, where it is written and is not 0, it would be 0. Where the format is certain this is told while checking (E0392); a function has the format of each call. Nor may a data file hold such a number.\n\nWrong, in a program of f32:\n\n    fn bounded(x: real) -> real = min(x, 1e39)\n    let y = bounded(sum(ones([2])))\n\nRight:\n\n    fn bounded(x: real) -> real = min(x, 1e38)\n    let y = bounded(sum(ones([2])))\n",
	},
	{
		code: "E0699",
		title: "a mistake in Ansatz",
		explanation:
			"The run ended by an error of the implementation, not of the program. Please report it with the program.\n",
	},
	{
		code: "E0617",
		title: "a time that is none",
		explanation:
			"`until` with a unit of time takes a number that is not negative, known before the loop begins.\n\nWrong, for a negative `budget`:\n\n    repeat 1000 until budget minutes { minimize w^2  using sgd(0.1) }\n\nRight:\n\n    repeat 1000 until 2 minutes { minimize w^2  using sgd(0.1) }\n",
	},
	{
		code: "E0618",
		title: "a part that cannot be captured",
		explanation:
			"`capture` gives what a part of a model gave while an expression was evaluated. So the part is called there, once, and not in a loop that is compiled as a whole, in a binder or in a computed branch; and what it gave has the declared shape.\n\nWrong:\n\n    let hidden: real[5, 8] = capture(net.layers[0](x), net.layers[1])\n\nRight:\n\n    let hidden: real[5, 8] = capture(net(x), net.layers[0])\n",
	},
	{
		code: "E0623",
		title: "a result of another shape than declared",
		explanation:
			"The type of a model does not say how its weights are made. So a size that is counted from one, `count(net.**)`, is that of a model as it is declared; of one whose weights are made by a reparametrization there are others, and a result of such a size is not what its signature says.\n\nWrong, for `net with { weight by lora(2) }`:\n\n    fn flat(net: Linear(4, 3)) -> real[15] = zeros([count(net.**)])\n\nRight: the same of `merge(net)`, or with a size that a call tells:\n\n    fn flat(net: Linear(4, 3), w: real[n]) -> real[n] = 2 * w\n",
	},
	{
		code: "E0901",
		title: "a combination that a run does not have yet",
		explanation:
			"The program means something, and is checked; this version cannot compute it where the message says, and nothing is computed in its place. The message names what would have to be written otherwise.\n\nWrong:\n\n    let w = normal([3, 3])\n    let cost = macs(|x: real[3]| loop(x, |y| w @ y, until = |y| sum(y^2) < 1).last, ones([3]))\n\nRight:\n\n    let w = normal([3, 3])\n    let cost = macs(|x: real[3]| loop(x, |y| w @ y, until = |y| sum(y^2) < 1, limit = 5).last, ones([3]))\n",
	},
];
