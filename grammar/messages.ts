import type { IParserErrorMessageProvider, IToken, TokenType } from "chevrotain";
import { tokenMatcher } from "chevrotain";
import * as t from "./tokens.js";
import { endsOperand } from "./words.js";

/** What stands for each rule in a message: "expected an expression". */
const nouns: Readonly<Record<string, string>> = {
	expression: "an expression",
	operand: "an expression",
	primary: "an expression",
	loneExpression: "an expression",
	element: "an expression",
	argument: "an argument",
	statement: "a statement",
	expressionStatement: "a statement",
	item: "a declaration",
	slice: "the end of the statement",
	functionDeclaration: "the function's name",
	searchEntry: "a space or an objective",
	type: "a type",
	namedType: "a type",
	tupleTypeElement: "a type",
	typeArgument: "an argument",
	pattern: "a name or a pattern",
	binding: "a name",
	binderHead: "a name",
	lambdaParameter: "a parameter",
	quantifier: "a dimension's name",
	infix: "an operator",
	minimize: "a term",
	space: "a space",
	conditions: "a condition",
	familyType: "a name",
	postfix: "`.`, `(` or `[`",
	field: "a name after `.`",
	rootField: "a name after `.`",
	conditional: "`then`",
	signature: "`=` or `{`",
	importDeclaration: "what to import: a library such as `std.nn`, or a file's name in quotes",
	every: "how often: `every epoch` or `every 10 steps`",
	stepClause: "`wrt` or `using`",
	condition: "a condition",
	parameter: "a parameter",
	updatePart: "`place = value`",
	arm: "an arm: `pattern => value`",
	term: "a term",
	usingPart: "an optimizer",
	alternative: "a space",
};

const signs = new Map<TokenType, string>(
	t.vocabulary.flatMap((row): [TokenType, string][] =>
		row.text === undefined ? [] : [[row.token, `\`${row.text}\``]],
	),
);
signs.set(t.Identifier, "a name");
signs.set(t.NumberToken, "a number");
signs.set(t.StringToken, "a text in quotes");
signs.set(t.AnyParen, "`(`");
signs.set(t.ToWord, "`to`, as in `subject to`");
signs.set(t.Terminator, "the end of the line");

/** What the text has at a place, in words. */
export function describe(token: IToken): string {
	if (token.tokenType === t.Terminator || token.tokenType === t.TermEnd) {
		return token.image === ";" ? "`;`" : "the end of the line";
	}
	if (token.tokenType.name === "EOF") return "the end";
	if (token.image === "") return "nothing";
	return `\`${token.image}\``;
}

/** Parts of a message that the caller completes: see `parse.ts`. */
export function expectation(rule: string, type: TokenType | undefined): string {
	if (type === t.Identifier || type === t.AnyParen) {
		const name = names[rule];
		if (name !== undefined) return name;
	}
	if (type !== undefined && type.name !== "EOF") return signs.get(type) ?? nouns[rule] ?? "something else";
	return nouns[rule] ?? "something else";
}

const names: Readonly<Record<string, string>> = {
	functionDeclaration: "the function's name",
	modelDeclaration: "the model's name",
	partDeclaration: "a name",
	fitDeclaration: "the fit's name",
	searchDeclaration: "the search's name",
	typeDeclaration: "the type's name",
	dataDeclaration: "the data set's name",
	dimension: "the dimension's name",
	parameters: "`(` and the parameters",
	precision: "`f32` or `f64`",
	rest: "a name after `...`",
	field: "a name after `.`",
	rootField: "a name after `.`",
};

/** Of each mismatch only the data is kept, as text that `parse.ts` reads back: what was expected. */
export const messages: IParserErrorMessageProvider = {
	buildMismatchTokenMessage: ({ expected, ruleName }) => expectation(ruleName, expected),
	buildNotAllInputParsedMessage: () => "the end of the statement",
	buildNoViableAltMessage: ({ ruleName }) => nouns[ruleName] ?? "something else",
	buildEarlyExitMessage: ({ ruleName }) =>
		ruleName === "stepClause"
			? "an optimizer after `using`, or places after `wrt`"
			: (nouns[ruleName] ?? "something else"),
};

const operators: Readonly<Record<string, string>> = {
	"=": "to compare, write `==`; a name is given by `let name = ..`",
	"=>": "a function is written `|x| x + 1`; `=>` stands in `match` only",
	"!": "negation is written `not`",
	"->": "a function is written `|x| x + 1`; `->` stands in types only",
	"<-": "`<-` sets a place and stands as a statement; to compare with a negative number, write `< -1`",
	"|": "the absolute value is `abs(x)`; `or` is written `or`",
	",": "`,` stands within brackets; a statement, and a case of a `match`, ends with its line or `;`",
	"+=": "`+=` stands in `with { .. }`; a state is set by `x <- x + 1`",
};

const words: Readonly<Record<string, string>> = {
	lambda: "a function is written `|x| x + 1`",
	elif: "write `else if`",
	as: "a conversion is written with the type's name: `int(x)`, `int<k>(x)`",
	is: "write `==`",
	with: "a changed copy is written `point with { x = 1 }`",
	xor: "of two conditions write `a != b`",
	using: "`using` belongs to the `minimize` just before it; put `subject to` above `minimize`",
	wrt: "`wrt` belongs to the `minimize` just before it",
};

/** What stands before a value here, and behind it elsewhere. */
const behind: Readonly<Record<string, string>> = {
	for: "a binder stands before its value: `for i: 2 * x[i]`, `sum i, j: x[i, j]`, `[for x in xs: f(x)]`",
	if: "a choice begins with its condition: `if c then a else b`; what a reduction leaves out, `sum i where c[i]: x[i]`",
	where: "`where` stands before the `:` of a binder: `sum i where c[i]: x[i]`",
};

/** Where a name is wanted, and a keyword stands: `(in: real)`, `let match = 1`. */
export function keywordHint([earlier, before, found, next]: readonly (IToken | undefined)[]):
	| string
	| undefined {
	const named = (token: IToken | undefined, after: IToken | undefined): boolean =>
		token !== undefined &&
		t.hardKeywords.includes(token.image) &&
		after !== undefined &&
		/^[:=,)|]$/.test(after.image);
	const isName = before !== undefined && /^(let|fn|[(,.|])$/.test(before.image) && named(found, next);
	// Of a keyword that may begin something else it is told at what follows.
	const isInside =
		earlier !== undefined && /^[(,|]$/.test(earlier.image) && /^[:=]$/.test(found?.image ?? "");
	const word = isName ? found : isInside && named(before, found) ? before : undefined;
	return word && `\`${word.image}\` is a keyword: choose another name`;
}

/** A fix for what people write by habit, told from what was found, what stands before it, and how the line begins. */
export function habit(
	found: IToken,
	before: IToken | undefined,
	first: IToken | undefined,
	expected: string,
): string | undefined {
	if (first?.tokenType === t.Import)
		return "names are imported as in `import std.nn { MLP, Linear as Dense }`";
	for (const token of [found, before, first]) {
		if (token === undefined || !isWord(token)) continue;
		const step = token.image === "using" || token.image === "wrt";
		if (step && first !== token) continue;
		if (Object.hasOwn(words, token.image)) return words[token.image];
	}
	const opens = found.image === "*" && before?.image === "/";
	if (opens || (found.image === "/" && !endsOperand(before)))
		return "a comment begins with `//`, in each of its lines";
	if (endsOperand(before) && Object.hasOwn(operators, found.image)) return operators[found.image];
	if (endsOperand(before) && Object.hasOwn(behind, found.image)) return behind[found.image];
	if (before?.image === ":" && expected === "`]`")
		return "of all places it is `x[:]`, of some `x[1..n]`, half open; the other way round `flip(x)`";
	if (found.image === "(" && before !== undefined && before.tokenType === t.Identifier) {
		return `a call touches its bracket: \`${before.image}(\``;
	}
	if (found.image === "[" && before !== undefined && before.tokenType === t.Identifier) {
		return `an index touches its bracket: \`${before.image}[\``;
	}
	if (found.tokenType === t.TupleIndex) return `a number begins with a digit: \`0${found.image}\``;
	return undefined;
}

function isWord(token: IToken): boolean {
	return tokenMatcher(token, t.Identifier) || /^[a-z]+$/.test(token.image);
}
