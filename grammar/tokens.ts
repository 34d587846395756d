import { createToken, type IToken, Lexer, type TokenType } from "chevrotain";
import { matchQuoted, matchString } from "./strings.js";

/**
 * The vocabulary: one row per token, the only list of words and signs. The lexer, the layout pass, the parser,
 * the TextMate grammar and completion read it. Only hard keywords are lexed as such; the other words are lexed as
 * names, and the layout pass gives them their token where they stand in its place.
 */
export type Category =
	| "keyword" // hard: never a name
	| "head" // begins a declaration or a statement
	| "clause" // joins a part to a statement: `using`, `epochs`
	| "binder" // `sum i: ..`
	| "word" // other words that are special in their place
	| "operator"
	| "foreign" // what other languages write: read, and answered with the fix
	| "punctuation"
	| "bracket"
	| "literal"
	| "name"
	| "layout";

export interface Row {
	readonly name: string;
	readonly category: Category;
	/** The word or sign as it is written; absent for literals and layout. */
	readonly text?: string;
	/** False: the lexer gives another token, and the layout pass this one. */
	readonly lexed: boolean;
	readonly token: TokenType;
}

const rows: Row[] = [];

function add(row: Row): TokenType {
	rows.push(row);
	return row.token;
}

function sign(name: string, text: string, category: Category, categories: TokenType[] = []): TokenType {
	return add({ name, text, category, lexed: true, token: createToken({ name, pattern: text, categories }) });
}

/** A token that only the layout pass makes. */
function placed(name: string, category: Category, text?: string, categories: TokenType[] = []): TokenType {
	return add({
		name,
		category,
		text,
		lexed: false,
		token: createToken({ name, pattern: Lexer.NA, categories }),
	});
}

// ---------------------------------------------------------------- classes that the parser asks for

/** Any operator between two operands. */
export const InfixOperator = createToken({ name: "InfixOperator", pattern: Lexer.NA });
export const AnyParen = createToken({ name: "AnyParen", pattern: Lexer.NA });
export const FunctionHead = createToken({ name: "FunctionHead", pattern: Lexer.NA });
export const LeafHead = createToken({ name: "LeafHead", pattern: Lexer.NA });
export const StepHead = createToken({ name: "StepHead", pattern: Lexer.NA });
export const CheckHead = createToken({ name: "CheckHead", pattern: Lexer.NA });
export const BinderHead = createToken({ name: "BinderHead", pattern: Lexer.NA });
export const SearchClause = createToken({ name: "SearchClause", pattern: Lexer.NA });
export const LoopClause = createToken({ name: "LoopClause", pattern: Lexer.NA });
export const PlacesSelect = createToken({ name: "PlacesSelect", pattern: Lexer.NA });
export const classes = [
	InfixOperator,
	AnyParen,
	FunctionHead,
	LeafHead,
	StepHead,
	CheckHead,
	BinderHead,
	SearchClause,
	LoopClause,
	PlacesSelect,
];

// ---------------------------------------------------------------- text

const letter = "A-Za-z_\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u024f\\u0370-\\u03ff\\u1e00-\\u1eff";
const nameToken = createToken({
	name: "Identifier",
	pattern: new RegExp(`[${letter}][${letter}0-9\\u2080-\\u2089]*`),
});

export const WhiteSpace = createToken({
	name: "WhiteSpace",
	pattern: /[ \t\u00a0\ufeff]+/,
	group: Lexer.SKIPPED,
});
export const Newline = add({
	name: "Newline",
	category: "layout",
	lexed: true,
	token: createToken({ name: "Newline", pattern: /\r\n|\n|\r/, line_breaks: true }),
});
export const Comment = createToken({ name: "Comment", pattern: /\/\/[^\n\r]*/, group: "comments" });
/** Another language's comment: kept as one, and answered with the fix. */
export const HashComment = createToken({ name: "HashComment", pattern: /#[^\n\r]*/, group: "comments" });
/** A newline or `;` that ends a statement. */
export const Terminator = placed("Terminator", "layout", ";");
/** A newline or `;` between two terms of a `minimize`. */
export const TermEnd = placed("TermEnd", "layout");

// ---------------------------------------------------------------- hard keywords

function keyword(text: string, categories: TokenType[] = []): TokenType {
	const name = text[0]?.toUpperCase() + text.slice(1);
	const token = createToken({ name, pattern: text, longer_alt: nameToken, categories });
	return add({ name, text, category: "keyword", lexed: true, token });
}

export const Let = keyword("let");
export const If = keyword("if");
export const Then = keyword("then");
export const Else = keyword("else");
export const Match = keyword("match");
export const For = keyword("for");
export const In = keyword("in");
export const Where = keyword("where");
export const And = keyword("and", [InfixOperator]);
export const Or = keyword("or", [InfixOperator]);
export const Not = keyword("not");
export const True = keyword("true");
export const False = keyword("false");
export const Import = keyword("import");
export const Export = keyword("export");
export const TypeWord = keyword("type");
export const Fn = keyword("fn", [FunctionHead]);
export const With = keyword("with");

export const Identifier = add({ name: "Identifier", category: "name", lexed: true, token: nameToken });

// ---------------------------------------------------------------- words that are special in their place

function words(category: Category, list: Record<string, TokenType[]>): Record<string, TokenType> {
	const made: Record<string, TokenType> = {};
	for (const [text, categories] of Object.entries(list)) {
		made[text] = placed(`${text[0]?.toUpperCase()}${text.slice(1)}Word`, category, text, categories);
	}
	return made;
}

function pick(table: Record<string, TokenType>, text: string): TokenType {
	const token = table[text];
	if (token === undefined) throw new Error(`no word ${text}`);
	return token;
}

const headWords = words("head", {
	model: [],
	fit: [],
	data: [],
	dim: [],
	constraint: [],
	reparam: [],
	optimizer: [],
	search: [],
	ansatz: [],
	precision: [],
	loss: [FunctionHead],
	regularizer: [FunctionHead],
	metric: [FunctionHead],
	schedule: [FunctionHead],
	param: [LeafHead],
	state: [LeafHead],
	minimize: [StepHead],
	maximize: [StepHead],
	descend: [StepHead],
	repeat: [],
	subject: [],
	track: [],
	check: [CheckHead],
	test: [CheckHead],
	plot: [],
});
export const ModelWord = pick(headWords, "model");
export const FitWord = pick(headWords, "fit");
export const DataWord = pick(headWords, "data");
export const DimWord = pick(headWords, "dim");
export const ConstraintWord = pick(headWords, "constraint");
export const ReparamWord = pick(headWords, "reparam");
export const OptimizerWord = pick(headWords, "optimizer");
export const SearchWord = pick(headWords, "search");
export const AnsatzWord = pick(headWords, "ansatz");
export const PrecisionWord = pick(headWords, "precision");
export const RepeatWord = pick(headWords, "repeat");
export const SubjectWord = pick(headWords, "subject");
export const TrackWord = pick(headWords, "track");
export const PlotWord = pick(headWords, "plot");

const clauseWords = words("clause", {
	using: [],
	wrt: [],
	on: [],
	by: [SearchClause],
	to: [],
	over: [],
	every: [],
	epochs: [LoopClause],
	steps: [LoopClause],
	until: [LoopClause],
	trials: [SearchClause],
	seeds: [SearchClause],
	prune: [SearchClause],
	except: [InfixOperator],
	divides: [InfixOperator],
});
export const UsingWord = pick(clauseWords, "using");
export const WrtWord = pick(clauseWords, "wrt");
export const OnWord = pick(clauseWords, "on");
export const ByWord = pick(clauseWords, "by");
export const ToWord = pick(clauseWords, "to");
export const OverWord = pick(clauseWords, "over");
export const EveryWord = pick(clauseWords, "every");

const binderWords = words("binder", {
	sum: [BinderHead],
	prod: [BinderHead],
	max: [BinderHead],
	min: [BinderHead],
	mean: [BinderHead],
	logsumexp: [BinderHead],
	argmax: [BinderHead],
	argmin: [BinderHead],
	all: [BinderHead],
	any: [BinderHead],
	count: [BinderHead],
});

const otherWords = words("word", { seed: [], choice: [], some: [], as: [] });
export const SeedWord = pick(otherWords, "seed");
export const ChoiceWord = pick(otherWords, "choice");
export const SomeWord = pick(otherWords, "some");
export const AsWord = pick(otherWords, "as");

// ---------------------------------------------------------------- literals

export const NumberToken = add({
	name: "Number",
	category: "literal",
	lexed: true,
	token: createToken({ name: "Number", pattern: /\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?/ }),
});
export const StringToken = add({
	name: "String",
	category: "literal",
	lexed: true,
	token: createToken({
		name: "String",
		pattern: { exec: matchString },
		start_chars_hint: ['"'],
		line_breaks: false,
	}),
});
/** Another language's `'text'`. */
export const QuotedToken = createToken({
	name: "Quoted",
	pattern: { exec: matchQuoted },
	start_chars_hint: ["'"],
	line_breaks: false,
	categories: [StringToken],
});

// ---------------------------------------------------------------- signs: a longer one stands before its prefix

export const Ellipsis = sign("Ellipsis", "...", "punctuation");
export const DotDot = sign("DotDot", "..", "operator");
export const DotStarStar = sign("DotStarStar", ".**", "operator", [PlacesSelect]);
export const DotStar = sign("DotStar", ".*", "operator", [PlacesSelect]);
export const TupleIndex = add({
	name: "TupleIndex",
	category: "literal",
	lexed: true,
	token: createToken({ name: "TupleIndex", pattern: /\.\d+/ }),
});
export const Dot = sign("Dot", ".", "punctuation");
export const Pipe = sign("Pipe", "|>", "operator", [InfixOperator]);
export const OrOr = sign("OrOr", "||", "foreign", [InfixOperator]);
/** Between the alternatives of a type or of a space. */
export const Bar = sign("Bar", "|", "punctuation");
export const AndAnd = sign("AndAnd", "&&", "foreign", [InfixOperator]);
export const FatArrow = sign("FatArrow", "=>", "punctuation");
export const EqualEqual = sign("EqualEqual", "==", "operator", [InfixOperator]);
export const Equals = sign("Equals", "=", "punctuation");
export const NotEqual = sign("NotEqual", "!=", "operator", [InfixOperator]);
export const Bang = sign("Bang", "!", "foreign");
export const Arrow = sign("Arrow", "->", "punctuation");
export const LeftArrow = sign("LeftArrow", "<-", "punctuation");
export const LessEqual = sign("LessEqual", "<=", "operator", [InfixOperator]);
export const Less = sign("Less", "<", "operator", [InfixOperator]);
export const GreaterEqual = sign("GreaterEqual", ">=", "operator", [InfixOperator]);
export const Greater = sign("Greater", ">", "operator", [InfixOperator]);
export const PlusEquals = sign("PlusEquals", "+=", "punctuation");
export const Plus = sign("Plus", "+", "operator", [InfixOperator]);
export const Minus = sign("Minus", "-", "operator", [InfixOperator]);
export const StarStar = sign("StarStar", "**", "foreign", [InfixOperator]);
export const Star = sign("Star", "*", "operator", [InfixOperator]);
export const Slash = sign("Slash", "/", "operator", [InfixOperator]);
export const At = sign("At", "@", "operator", [InfixOperator]);
export const Caret = sign("Caret", "^", "operator", [InfixOperator]);
export const Percent = sign("Percent", "%", "operator", [InfixOperator]);
export const Comma = sign("Comma", ",", "punctuation");
export const Colon = sign("Colon", ":", "punctuation");
export const Semicolon = sign("Semicolon", ";", "punctuation");

// ---------------------------------------------------------------- brackets

/** A `(` that groups; one that touches a name is a `CallOpen`. */
export const GroupOpen = sign("GroupOpen", "(", "bracket", [AnyParen]);
export const RightParen = sign("RightParen", ")", "bracket");
/** A `[` that begins a list; one that touches is an `IndexOpen`. */
export const ListOpen = sign("ListOpen", "[", "bracket");
export const RightBracket = sign("RightBracket", "]", "bracket");
export const LeftBrace = sign("LeftBrace", "{", "bracket");
export const RightBrace = sign("RightBrace", "}", "bracket");
export const CallOpen = placed("CallOpen", "bracket", "(", [AnyParen]);
export const IndexOpen = placed("IndexOpen", "bracket", "[");
/** `.{`. */
export const PlacesOpen = placed("PlacesOpen", "bracket", "{");
export const AngleOpen = placed("AngleOpen", "bracket", "<");
export const AngleClose = placed("AngleClose", "bracket", ">");
export const LambdaOpen = placed("LambdaOpen", "bracket", "|");
export const LambdaClose = placed("LambdaClose", "bracket", "|");

// ---------------------------------------------------------------- names in a special place

/** The name of a method, before its parameters. */
export const MethodName = placed("MethodName", "name");
/** The `(` of a method without a name. */
export const MethodOpen = placed("MethodOpen", "bracket", "(", [AnyParen]);
/** `List` before `[`: a type stands in its brackets. */
export const ListName = placed("ListName", "name", "List");
/** `with` before the name of a rule: `with vjp (..)`. */
export const RuleWith = placed("RuleWith", "word", "with");
/** `minimize` or `maximize` in a search. */
export const ObjectiveHead = placed("ObjectiveHead", "head");

export const vocabulary: readonly Row[] = rows;

/** In the order in which the lexer tries them. */
export const lexed: readonly TokenType[] = [
	WhiteSpace,
	Comment,
	HashComment,
	QuotedToken,
	...rows.filter((row) => row.lexed && row.category !== "name").map((row) => row.token),
	Identifier,
];

/** What the parser must know. */
export const parsed: readonly TokenType[] = [...rows.map((row) => row.token), QuotedToken, ...classes];

export const heads: Readonly<Record<string, TokenType>> = headWords;
export const clauses: Readonly<Record<string, TokenType>> = clauseWords;
export const binders: Readonly<Record<string, TokenType>> = binderWords;

// ---------------------------------------------------------------- lists for completion and colouring

function texts(category: Category): readonly string[] {
	return rows.flatMap((row) => (row.category === category && row.text !== undefined ? [row.text] : []));
}

export const hardKeywords = texts("keyword");
export const headWordList = texts("head");
export const clauseWordList = texts("clause");
export const binderWordList = texts("binder");
export const declarationHeads: readonly string[] = [
	...["import", "export", "type", "fn", "let"],
	...["model", "fit", "data", "dim", "constraint", "reparam", "optimizer", "search"],
	...["loss", "regularizer", "metric", "schedule", "check", "test", "plot", "ansatz", "precision"],
];
export const statementHeads: readonly string[] = [
	...["let", "param", "state", "minimize", "maximize", "descend", "repeat", "for", "if", "match"],
	...["subject", "track", "check", "test", "plot"],
];
/** Type names of the language, by the stage of their values. */
export const typeNames: readonly { readonly name: string; readonly stage: "static" | "run" }[] = [
	...["Int", "Real", "Bool", "String", "List"].map((name) => ({ name, stage: "static" as const })),
	...["int", "real", "bool", "complex", "f32", "f64"].map((name) => ({ name, stage: "run" as const })),
];

/** A token with what the layout pass found out about it. */
export interface PlacedToken extends IToken {
	payload?: {
		/** Of a closing bracket: a comma stood before it. */
		trailingComma?: boolean;
		/** Not in the text. */
		synthetic?: boolean;
	};
}

/** Signs that the parser may skip when the text goes on soundly after them. */
export const skippable: ReadonlySet<TokenType> = new Set(
	rows.filter((row) => row.category === "operator" || row.category === "punctuation").map((row) => row.token),
);
