import assert from "node:assert/strict";
import { dump } from "../../grammar/dump.js";
import { parseExpression, parseFile } from "../../grammar/parse.js";
import { Parser } from "../../grammar/parser.js";

function same(left: string, right: string): void {
	const strip = (text: string) => {
		const { expression, problems } = parseExpression(text);
		assert.deepEqual(problems, [], text);
		return dump(withoutBrackets(expression));
	};
	assert.equal(strip(left), strip(right), `${left}  is  ${right}`);
}

/** Brackets are nodes; here only what they bind is compared. */
function withoutBrackets(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutBrackets);
	if (typeof value !== "object" || value === null) return value;
	if ("kind" in value && value.kind === "Parenthesized" && "inner" in value)
		return withoutBrackets(value.inner);
	return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutBrackets(one)]));
}

describe("the parser", () => {
	it("has no ambiguities", () => {
		new Parser({ validate: true });
	});

	it("binds operators", () => {
		same("-x^2", "-(x^2)");
		same("2^3^4", "2^(3^4)");
		same("a - b - c", "(a - b) - c");
		same("a * b @ c / d", "((a * b) @ c) / d");
		same("not a == b and c or d", "((not (a == b)) and c) or d");
		same("0..n + 1", "0..(n + 1)");
		same("x @ w + b |> relu |> head", "((x @ w + b) |> relu) |> head");
		same("2^-x * y", "(2^(-x)) * y");
		same("net.** except net.b |> f", "(net.** except net.b) |> f");
	});

	it("ends the term of a reduction before a sum", () => {
		same("sum i: a[i] * f[i] + c", "(sum i: (a[i] * f[i])) + c");
		same("sum k: a*b + sum j: c*d - e", "((sum k: (a*b)) + (sum j: (c*d))) - e");
		same("mean i: -log(x[i])[y[i]]", "mean i: (-(log(x[i])[y[i]]))");
		same("eps * logsumexp j: (a[j] + b) / eps", "eps * (logsumexp j: ((a[j] + b) / eps))");
		same("max t: min c: b[t, c] * 2", "max t: (min c: (b[t, c] * 2))");
		same("sum i in xs where i > 0 and c: a |> f", "(sum i in xs where ((i > 0) and c): a) |> f");
	});

	it("lets the other binders reach right", () => {
		same("all i: x[i] > 0 and y[i] > 0", "all i: ((x[i] > 0) and (y[i] > 0))");
		same("for i: a[i] + b |> f", "for i: ((a[i] + b) |> f)");
		same("not any r, s: p or q", "not (any r, s: (p or q))");
		same("|x| x * 2 |> f", "|x| ((x * 2) |> f)");
		same("a + if c then b else d + e", "a + (if c then b else (d + e))");
		same("for i: 0..i", "for i: (0..i)");
	});

	it("tells calls from brackets and comparisons from bounds", () => {
		same("int<k + 1>(x)[0]", "(int<k + 1>(x))[0]");
		same("a < b", "(a) < (b)");
		same("x.0.1", "(x.0).1");
		same("sum(a)", "sum((a))");
		same("s with { a = 1 } with { b = 2 }", "(s with { a = 1 }) with { b = 2 }");
	});

	it("takes words as names out of their place", () => {
		const text = `let steps = 3
let data = sum + max
let loss = |fit, by| fit * by + steps
fn state(seed: int, test: real) -> real = test[seed] + choice[0]
let every = f(on = 1, using = 2, until = |s| s)
fit f(to: int) {
  track using = wrt
  let model = loss.data.fit
  minimize
    fit:   model
    check: test
  using by on over
}
`;
		assert.deepEqual(
			parseFile(text).slices.flatMap((slice) => slice.problems),
			[],
		);
	});

	it("ends statements at newlines by the rules", () => {
		const count = (text: string) => parseFile(text).slices.flatMap((slice) => slice.items).length;
		assert.equal(count("let a = b\n  + c\n  |> d\n  and e"), 1);
		assert.equal(count("let a =\n  b"), 1);
		assert.equal(count("let a = f(b,\n  c\n)"), 1);
		assert.equal(count("let a = b\n-c"), 2);
		assert.equal(count("let a = b\n(c)"), 2);
		assert.equal(count("let a = if c\n  then b\n  else d"), 1);
		assert.equal(count("let a = 1;  let b = 2"), 2);
		assert.equal(count("let a = |x|\n  x"), 1);
	});

	it("reads a long chain, and answers one that nobody could follow", () => {
		const codes = (length: number): string[] => {
			const text = `let a = ${Array.from({ length }, (_, index) => `x${index}`).join(" + ")}`;
			return parseFile(text).slices.flatMap((slice) => slice.problems.map((problem) => problem.code));
		};
		assert.deepEqual(codes(400), []);
		assert.deepEqual(codes(3000), ["E0108"]);
	});

	it("answers what is nested without end", () => {
		for (const open of ["(", "[", "f(", "-", "{", "not ", "|x| ", "if a then "]) {
			const problems = parseFile(`let a = ${open.repeat(20000)}`).slices.flatMap((slice) => slice.problems);
			assert.ok(problems.length > 0, open);
		}
	});

	it("gives expressions in texts spans of the file", () => {
		const text = 'check a > 1 "at {k + 1} of {n}"';
		const item = parseFile(text).slices[0]?.items[0]?.declaration;
		assert.ok(item?.kind === "Check" && item.message?.kind === "String");
		const [, first] = item.message.parts;
		assert.ok(typeof first === "object");
		assert.equal(text.slice(first.span.start, first.span.end), "k + 1");
	});
});
