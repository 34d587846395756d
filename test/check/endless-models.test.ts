import assert from "node:assert/strict";
import { checkProgram } from "../../compiler/check/check.js";
import { loadProgram } from "../../compiler/program/load.js";
import { NodeHost } from "../../runtime/node-host.js";

const models = {
	itself: "model A() {\n  param w: real = 2\n  u = A()\n  v = [for i in 0..2: A()]\n}",
	"a stack of itself": "model A() {\n  param w: real = 2\n  u = for k in 3: A()\n}",
	"another one that owns it": `model A() {
  param w: real = 2
  u = B()
}
model B() {
  u = [for i in 0..2: A()]
  param v: real = 1
}`,
};

/** Each walks through the parts of a model. */
const uses = [
	"let changed = net with { .**.w = 1 }",
	"let either = if static(net.w > 1) then net else A()",
	"let several = for k in 3: A()",
	"fn f(m: A) -> real = sum w in m.**: w",
	"let slope = grad(|m: A| m.w^2)(net)",
	"let doubled = tree.map(net, net, |a, b| a + b)",
	"let counted = count(net.**)",
	"let size = bytes(net.**)",
	"let kept = frozen(net)",
	"let vector = tree.flatten(net)",
	"fn blend(a: T, b: T) -> T where T: tree = tree.map(a, b, |x, y| x + y)\nlet blended = blend(net, net)",
	"fn of(m: A, y: f64) -> f64 = m.w * y\nlet y: f64 = 1\nlet converted = of(net, y)",
	"fit F() {\n  a = A()\n  repeat 3 { minimize a.w^2 + a.u.w  wrt a.**.w  using sgd(0.1) }\n}\nlet r = F()",
];

describe("a model that owns itself is told, whoever goes through its parts", () => {
	for (const [what, declared] of Object.entries(models)) {
		it(what, () => {
			for (const use of uses) {
				const path = "test/fixtures/ok/endless.ansatz";
				const text = `${declared}\nlet net = A()\n${use}\n`;
				const host = new NodeHost(path, (asked) => (asked === path ? text : undefined));
				const { diagnostics } = checkProgram(loadProgram(path, text, host), host);
				assert.equal(diagnostics.filter((d) => d.code === "E0356").length, 1, use);
			}
		});
	}
});
