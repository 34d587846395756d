/** What each code of this layer means: `ansatz explain` shows it. */
export interface Explanation {
	readonly title: string;
	/** Markdown: a paragraph with a wrong and a right example. */
	readonly text: string;
}

function explain(title: string, text: string, wrong: string, right: string): Explanation {
	return { title, text: `${text}\n\nWrong:\n\n    ${wrong}\n\nRight:\n\n    ${right}\n` };
}

export const explanations: Readonly<Record<string, Explanation>> = {
	E0101: explain(
		"a character without meaning",
		"The text has a character that no word or sign begins with. Names are made of Latin and Greek letters, digits and `_`; operators are written in ASCII.",
		"check a ≤ b",
		"check a <= b",
	),
	E0102: explain(
		"a text without its closing quote",
		'A text begins and ends with `"` in one line. A quote within it is written `\\"`.',
		'data digits = csv("digits.csv)',
		'data digits = csv("digits.csv")',
	),
	E0103: explain(
		"an escape or braces that a text cannot have",
		'In a text `\\n`, `\\t`, `\\r`, `\\"`, `\\\\`, `\\{` and `\\}` are escapes, and `{..}` holds an expression whose value is shown there.',
		'check a > b "at {}"',
		'check a > b "at {a}"',
	),
	E0104: explain(
		"a bracket is not closed",
		"Every bracket is closed. Where one is not, the indentation tells which declaration is whole, so that the rest of the file still has types.",
		"let a = norm(x",
		"let a = norm(x)",
	),
	E0105: explain(
		"a bracket that closes nothing, or the wrong one",
		"A closing bracket belongs to the innermost open one and has its shape.",
		"let a = [1, 2)",
		"let a = [1, 2]",
	),
	E0106: explain(
		"`;` between brackets",
		"`;` ends a statement, as a new line does. Within `( )` and `[ ]` things are separated by commas.",
		"let a = max(x; y)",
		"let a = max(x, y)",
	),
	E0107: explain(
		"a range without its end",
		"`a..b` has both ends, except in an index, where the axis gives what is absent.",
		"for k in 0..: k",
		"for k in 0..n: k",
	),
	E0108: explain(
		"too deeply nested",
		"More than 500 brackets, operators or other parts stand within each other, as the terms of a sum do. Name the parts.",
		"let a = ((((((..))))))",
		"let b = (..);  let a = (b)",
	),
	E0110: explain(
		"a word or sign of another language",
		"Some habits of other languages are read and answered with what Ansatz writes: `^` for powers, `and`, `or`, `not`, `fn`, `|x| ..`, `true`, `//`. The value of a block is its last line.",
		"let a = x ** 2",
		"let a = x^2",
	),
	E0111: explain(
		"a chain of comparisons",
		"A comparison gives a bool, which is not compared again by a second sign.",
		"check 0 <= x < 1",
		"check 0 <= x and x < 1",
	),
	E0112: explain(
		"a reduction that could mean two things",
		"`sum`, `prod`, `max`, `min`, `mean`, `logsumexp`, `argmax` and `argmin` take a term, as a sigma does: products and calls belong to it, sums and comparisons do not. Beside a comparison, `and` or `or` the brackets say what is meant; `if`, `for`, `all`, `any`, `count` and functions within a term are bracketed.",
		"check mean i: loss[i] <= 0.1",
		"check (mean i: loss[i]) <= 0.1",
	),
	E0113: explain(
		"a loop and a binder confused",
		"`for x in xs { .. }` is a loop, a statement that may have `epochs`, `steps` and `until`. `for i in n: value` is a binder, an expression that makes a tensor.",
		"let a = for i in n { x[i] }",
		"let a = for i in n: x[i]",
	),
	E0114: explain(
		"an `if` with braces where a value is wanted",
		"`if c { .. } else { .. }` is a statement; `if c then a else b` is a value.",
		"let a = if c { 1 } else { 2 }",
		"let a = if c then 1 else 2",
	),
	E0115: explain(
		"`=` where it gives no name",
		"`=` names a value once. `==` compares; `<-` sets a state, a param or a part of one.",
		"check result.steps = 10",
		"check result.steps == 10",
	),
	E0116: explain(
		"an update that `with` does not know",
		"In `e with { .. }` each line is `place = value`, `place += value`, `place |> function` or `place by reparametrization`.",
		"let b = net with { bias }",
		"let b = net with { bias = 0 }",
	),
	E0117: explain(
		"a type that is not one",
		"A variant is a name with fields in brackets, each with its type; a configuration takes values; only a type variable takes a bound.",
		"type Rule = Unbiased | Biased(rate)",
		"type Rule = Unbiased | Biased(rate: real)",
	),
	E0118: explain(
		"a function where none can be declared",
		"Functions are declared at the top of a file; methods in models, constraints, reparametrizations and optimizers. Within a body a function is a value with a name.",
		"fit f() { helper(x: real) -> real = x }",
		"fit f() { let helper = |x| x }",
	),
	E0120: explain(
		"something else was expected",
		"The text stops making sense at this place. The message says what could stand there; what is sound around it still has its types.",
		"let a = 3 4",
		"let a = 3 * 4",
	),
};
