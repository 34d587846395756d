import assert from "node:assert/strict";
import { fixture } from "../support/lsp-fixture.js";

/** The hover, with its code block drawn as `| ..` and the text that it is about in front. */
function drawn(source: string): string {
	const { analysis, text, offset } = fixture(source);
	const found = analysis.hover(offset);
	if (!found) return "nothing";
	const markdown = found.markdown.replace(/```ansatz\n([\s\S]*?)\n```/, (_, code: string) =>
		code.replace(/^/gm, "| "),
	);
	return `${text.slice(found.start, found.end)}\n${markdown.replace(/\n\n/g, "\n")}`;
}

const network = `import std.nn { MLP }
data flowers = csv("flowers.csv", label = "kind") |> split(train = 0.8, test = 0.2, seed = 0)
/// Learns the kind.
fit classify(hidden: Int = 8) {
  net = MLP([4, hidden, 3])
  for (x, y) in flowers.train.batches(10) epochs 2 {
    minimize cross_entropy(net(x), y) using adamw(1e-2)
  }
  track accuracy = accuracy(net(flowers.test.x), flowers.test.y)
}
let result = classify()
`;

const held = `fit f() {
  param w: real[3] in sphere = ones()
  subject to w[0] <= 1
  subject to w[1] <= 1 by lagrangian(0.1)
  repeat 3 { minimize sum(w) using sgd(0.1) }
}
`;

const cases: readonly (readonly [what: string, source: string, expected: string])[] = [
	["a local value: its type", "let n = 3\nlet k = $0n + 1\ncheck k > n\n", "n\n| let n: Int 3\nline 1"],
	[
		"a function of the library: as it is declared, what the call gives, its documentation, where it is from",
		"let k = $0mse([1.0, 2.0], [1.0, 3.0])\ncheck k > 0\n",
		"mse\n| loss mse(prediction: real[...s], target: real[...s]) -> real\n| // here: real\nThe mean of the squared differences.\nfrom `std.prelude`",
	],
	[
		"a model: its options and its call",
		network.replace("MLP([", "$0MLP(["),
		"MLP\n| model MLP(widths: List[Int], activation: [...s] (real[...s]) -> real[...s] = relu) where len(widths) >= 2\n| (x: real[...b, first(widths)]) -> real[...b, last(widths)]\n| // here: MLP([4, hidden, 3])\nLinear layers of the given widths, with an activation between them.\nfrom `std.nn`",
	],
	[
		"a constraint: the method that is chosen",
		held.replace("sphere", "$0sphere"),
		"sphere\n| constraint sphere(radius: real = 1) for w: real[...s]\nThe Euclidean norm of all elements is `radius`. A tensor of zeros has no nearest point, and becomes constant.\nHeld by `retraction`, as no method is named: exactly, up to rounding.\nfrom `std.constraints`",
	],
	[
		"`subject to`: the method",
		held.replace("subject to w[0]", "$0subject to w[0]"),
		"subject to w[0] <= 1\nHeld by `augmented`, as no method is named: only in the limit.",
	],
	[
		"a method: whether it holds exactly",
		held.replace("lagrangian", "$0lagrangian"),
		"lagrangian(0.1)\nHeld by `lagrangian`: only in the limit.",
	],
	["an element of a batch: its shape", network.replace("net(x)", "net($0x)"), "x\n| x: real[10, 4]\nline 6"],
	[
		"a fit",
		network.replace("= classify()", "= $0classify()"),
		"classify\n| fit classify(hidden: Int = 8)\n| // here: classify\nLearns the kind.\nline 4",
	],
	[
		"a member of a result: the track that gives it",
		`${network}check result.$0accuracy > 0.5\n`,
		"accuracy\n| accuracy: real\nline 9",
	],
	[
		"a parameter of a layer, by its path",
		network.replace("  track", "  track size = norm(last(net.layers).$0weight)\n  track"),
		"weight\n| param weight: real[hidden, 3]\nof Linear(hidden, 3), from `std.nn`",
	],
	[
		"an option at a call",
		`${network}let more = classify($0hidden = 16)\n`,
		"hidden\n| hidden: Int = 8\nline 4",
	],
	[
		"an operator: the shape that it gives",
		"fn f(a: real[n, k], b: real[k, m]) -> real[n, m] = a $0@ b\n",
		"a @ b\n| real[n, m]",
	],
	["a library", "import std.$0nn { MLP }\n", "std.nn\n| import std.nn\nLayers."],
	[
		"a name from another file",
		'//- /a.ansatz\nimport "b.ansatz" { twice }\nlet k = $0twice(2)\ncheck k > 3\n//- /b.ansatz\n/// Two times x.\nexport fn twice(x: real) -> real = 2 * x\n',
		"twice\n| fn twice(x: real) -> real\n| // here: real\nTwo times x.\nfrom b.ansatz, line 2",
	],
	["a comment: nothing", "// $0comment\nlet k = 1\n", "nothing"],
	["a name that is not there: nothing", "let k = $0nothere\n", "nothing"],
];

describe("hover", () => {
	for (const [what, source, expected] of cases) it(what, () => assert.equal(drawn(source), expected));
});
