import assert from "node:assert/strict";
import { format } from "../../grammar/format.js";

function formats(from: string, to: string): void {
	const result = format(from);
	assert.deepEqual(result.problems, []);
	assert.equal(result.text, to);
	assert.equal(format(to).text, to);
}

describe("the formatter", () => {
	it("sets spaces", () => {
		formats("let a=b*-c ^ 2+x[ i-1,: ]\n", "let a = b * -c^2 + x[i - 1, :]\n");
		formats("let f=|x ,y|x@y\n", "let f = |x, y| x @ y\n");
		formats(
			"let a = x[.. 2] ; let b= 0 .. n+1;let c = [a,.. b]",
			"let a = x[..2];  let b = 0..n + 1;  let c = [a, ..b]\n",
		);
		formats("let a = net.** .weight with{b=1}", "let a = net.**.weight with { b = 1 }\n");
		formats(
			"fn f(x :real[ ...b,n ])->int<k>[n]= for  ...b:x",
			"fn f(x: real[...b, n]) -> int<k>[n] = for ...b: x\n",
		);
		formats("let a = net.{ a,b }\n", "let a = net.{a, b}\n");
		formats("let a = x |> scale( 1 / 16 )", "let a = x |> scale(1/16)\n");
		formats("let t = || 3;let u = not  (a)", "let t = || 3;  let u = not (a)\n");
	});

	it("sets indentation, and keeps lines", () => {
		formats(
			"fn f(x: real) -> real = {\nlet a = g(\nx,\n   1)\n      let b = a\n+ 1\nif c then a\nelse {\nb\n}\n}\n",
			"fn f(x: real) -> real = {\n  let a = g(\n    x,\n    1)\n  let b = a\n    + 1\n  if c then a\n  else {\n    b\n  }\n}\n",
		);
	});

	it("aligns terms and comments, and keeps one empty line", () => {
		formats(
			"fit f() {\n\n\n  minimize // why\n  data: a\n  penalty: b\n  using adam(1)\n\n\n\n  let x = 1 // one\n  let long = 22 // two\n\n}\n",
			"fit f() {\n  minimize  // why\n    data:    a\n    penalty: b\n  using adam(1)\n\n  let x = 1      // one\n  let long = 22  // two\n}\n",
		);
	});

	it("leaves a text with mistakes as it is", () => {
		const text = "let   a = (1\nlet b=2\n";
		const result = format(text);
		assert.equal(result.text, text);
		assert.equal(result.problems.length, 1);
		assert.equal(text[result.problems[0]?.span.start ?? 0], "(");
	});
});
