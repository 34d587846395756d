import assert from "node:assert/strict";
import { checkProgram } from "../../compiler/check/check.js";
import { loadProgram } from "../../compiler/program/load.js";
import { NodeHost } from "../../runtime/node-host.js";

const program = `import std.nn { Linear, MLP }
dim Width = 4
type Rule = Plain | Scaled(by: real)
model Net(n: Int) {
  inner = Linear(n, n)
  param shift: real[n] = zeros()
  (x: real[b, n]) -> real[b, n] = inner(x) + shift
}
fn total(x: real[n]) -> real = sum(x) + sum(x^2)
fn head(x: real[n], k: Int) -> real[k] where n >= k, k >= 1 = x[..k]
fn value(rule: Rule, x: real) -> real = match rule {
  Plain => x
  Scaled(by) => by * x
}
fit trained(x: real[n, 2], turns: Int = 3) {
  net = Net(2)
  repeat turns { minimize sum(net(x)^2)  using sgd(0.1) on net.inner.**, adam(0.1) on rest }
  track gap = total(net.shift)
}
let start = [1.0, 2]
let r = trained([[1, 2]])
let s = trained([[1, 2]], turns = 4)
let parts = [total(start), total(2 * start), value(Scaled(2), 3), sum(head(start, 1))]
check r.gap + s.gap < 1
check r.run.history.loss[0] > sum(parts)
`;

/** What is changed, into what, and the code of the only error. */
const mistakes: readonly (readonly [string, string, string])[] = [
	["fn total", "fn totall", "E0201"],
	["let start", "lett start", "E0120"],
	["fn head", "fnn head", "E0120"],
	["model Net", "modell Net", "E0120"],
	["fit trained", "fit", "E0120"],
	["type Rule = Plain", "type Rule / Plain", "E0120"],
	["net = Net(2)", "net == Net(2)", "E0201"],
	["net = Net(2)", "net = Nett(2)", "E0201"],
	["{ Linear, MLP }", "Linear, MLP }", "E0105"],
	["k: Int) -> real[k] where n >= k,", "k: Int) -> real[k] where m >= k,", "E0202"],
	["track gap", "track gapp", "E0204"],
	["turns: Int", "turnns: Int", "E0202"],
	["r.run.history", "r..history", "E0201"],
	["inner = Linear", "innner = Linear", "E0201"],
];

function errorsOf(text: string): string[] {
	const path = "test/fixtures/ok/one-mistake.ansatz";
	const host = new NodeHost(path, (asked) => (asked === path ? text : undefined));
	const { diagnostics } = checkProgram(loadProgram(path, text, host), host);
	return diagnostics.flatMap((d) => (d.severity === "error" ? [`${d.code} ${d.message}`] : []));
}

describe("one mistake, one error", () => {
	it("the program itself has none", () => assert.deepEqual(errorsOf(program), []));
	for (const [from, to, code] of mistakes) {
		it(`${from} -> ${to}`, () => {
			assert.ok(program.includes(from));
			const errors = errorsOf(program.replace(from, to));
			assert.deepEqual(
				errors.map((error) => error.slice(0, 5)),
				[code],
				errors.join("\n"),
			);
		});
	}
});
