import {
	binderWordList,
	clauseWordList,
	hardKeywords,
	headWordList,
	typeNames,
	vocabulary,
} from "./tokens.js";

/**
 * The TextMate grammar, made from the vocabulary: what an editor colours before the language server has answered.
 * It knows no layout, so words are coloured by what stands right around them.
 */
interface Pattern {
	readonly name?: string;
	readonly match?: string;
	readonly begin?: string;
	readonly end?: string;
	readonly include?: string;
	readonly captures?: Readonly<Record<string, { readonly name: string }>>;
	readonly beginCaptures?: Readonly<Record<string, { readonly name: string }>>;
	readonly endCaptures?: Readonly<Record<string, { readonly name: string }>>;
	readonly patterns?: readonly Pattern[];
}

const any = (list: readonly string[]) => `(?:${list.join("|")})`;
const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const name =
	"[A-Za-z_\\u00c0-\\u024f\\u0370-\\u03ff\\u1e00-\\u1eff][A-Za-z0-9_\\u00c0-\\u024f\\u0370-\\u03ff\\u1e00-\\u1eff\\u2080-\\u2089]*";
const lineStart = "(?:^|(?<=[;{]))\\s*(?:export\\s+)?";
const functionHeads = ["fn", "loss", "regularizer", "metric", "schedule"];
const typeHeads = ["model", "type", "constraint", "reparam", "optimizer", "dim"];
const valueHeads = ["fit", "search", "data", "param", "state", "track"];
const bareHeads = headWordList.filter(
	(word) => ![...functionHeads, ...typeHeads, ...valueHeads].includes(word),
);
const controls = hardKeywords.filter(
	(word) => !["let", "true", "false", "and", "or", "not", "fn", "type"].includes(word),
);

function declared(heads: readonly string[], scope: string): Pattern {
	return {
		match: `${lineStart}(${heads.join("|")})\\s+(${name})`,
		captures: { "1": { name: "keyword.declaration.ansatz" }, "2": { name: scope } },
	};
}

function operatorSigns(): string[] {
	const signs = vocabulary.filter(
		(row) => row.category === "operator" && row.text !== undefined && row.lexed,
	);
	return signs.map((row) => row.text as string).sort((left, right) => right.length - left.length);
}

const repository: Readonly<Record<string, { readonly patterns: readonly Pattern[] }>> = {
	comments: {
		patterns: [
			{ name: "comment.block.documentation.ansatz", match: "///.*$" },
			{ name: "comment.line.double-slash.ansatz", match: "//.*$" },
		],
	},
	strings: {
		patterns: [
			{
				name: "string.quoted.double.ansatz",
				begin: '"',
				end: '"|$',
				patterns: [
					{ name: "constant.character.escape.ansatz", match: '\\\\[ntr"\\\\{}]' },
					{
						name: "meta.embedded.ansatz",
						begin: "\\{",
						end: "\\}|$",
						beginCaptures: { "0": { name: "punctuation.section.embedded.begin.ansatz" } },
						endCaptures: { "0": { name: "punctuation.section.embedded.end.ansatz" } },
						patterns: [{ include: "#expressions" }],
					},
				],
			},
		],
	},
	declarations: {
		patterns: [
			declared(functionHeads, "entity.name.function.ansatz"),
			declared(typeHeads, "entity.name.type.ansatz"),
			declared(valueHeads, "entity.name.function.ansatz"),
			{
				match: `${lineStart}(let)\\s+(${name})`,
				captures: {
					"1": { name: "keyword.declaration.ansatz" },
					"2": { name: "variable.other.definition.ansatz" },
				},
			},
			{
				match: `${lineStart}(subject)\\s+(to)\\b`,
				captures: { "1": { name: "keyword.control.ansatz" }, "2": { name: "keyword.control.ansatz" } },
			},
			{
				match: `${lineStart}${any(bareHeads).replace("?:", "")}(?=\\s+[^=<:.,)\\s]|\\s*$)`,
				captures: { "1": { name: "keyword.control.ansatz" } },
			},
		],
	},
	words: {
		patterns: [
			{ name: "constant.language.boolean.ansatz", match: "\\b(?:true|false)\\b" },
			{ name: "keyword.operator.logical.ansatz", match: "\\b(?:and|or|not)\\b" },
			{ name: "keyword.declaration.ansatz", match: "\\b(?:let|fn|type)\\b" },
			{ name: "keyword.control.ansatz", match: `(?<!\\.)\\b${any(controls)}\\b` },
			{
				name: "keyword.control.binder.ansatz",
				match: `(?<!\\.)\\b${any(binderWordList)}\\b(?=\\s+(?:${name}|\\.\\.\\.|\\())`,
			},
			{
				name: "keyword.other.clause.ansatz",
				match: `(?<=[\\w\\])}*"]\\s|^\\s{0,200})\\s*\\b${any(clauseWordList)}\\b(?=\\s+[^=<:.,)\\s])`,
			},
			{ name: "keyword.control.ansatz", match: `(?<!\\.)\\b(?:seed|choice|some)\\b(?=\\s+[\\w(\\[])` },
		],
	},
	types: {
		patterns: [
			{
				name: "support.type.primitive.ansatz",
				match: `(?<!\\.)\\b${any(typeNames.map((one) => one.name))}\\b`,
			},
			{ name: "entity.name.type.ansatz", match: "(?<!\\.)\\b[A-Z][A-Za-z0-9_]*\\b" },
		],
	},
	calls: {
		patterns: [{ name: "entity.name.function.call.ansatz", match: `${name}(?=\\()` }],
	},
	numbers: {
		patterns: [
			{ name: "constant.numeric.ansatz", match: "(?<![\\w.])\\d[\\d_]*(?:\\.\\d[\\d_]*)?(?:[eE][+-]?\\d+)?" },
		],
	},
	operators: {
		patterns: [
			{ name: "storage.type.function.arrow.ansatz", match: "->|=>" },
			{ name: "keyword.operator.assignment.ansatz", match: "<-|\\+=" },
			{ name: "keyword.operator.ansatz", match: operatorSigns().map(literally).join("|") },
			{ name: "variable.parameter.ansatz", match: `\\.\\.\\.${name}` },
		],
	},
	expressions: {
		patterns: ["comments", "strings", "words", "types", "calls", "numbers", "operators"].map((one) => ({
			include: `#${one}`,
		})),
	},
};

export function textmateGrammar(): string {
	const grammar = {
		$schema: "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
		name: "Ansatz",
		scopeName: "source.ansatz",
		fileTypes: ["ansatz"],
		patterns: [{ include: "#comments" }, { include: "#declarations" }, { include: "#expressions" }],
		repository,
	};
	// a short list stands in one line, as the formatter of the repository wants it
	return `${JSON.stringify(grammar, null, "\t").replace(/\[\s+("[^"]*")\s+\]/g, "[$1]")}\n`;
}
