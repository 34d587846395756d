import { constant } from "../../dims/dim.js";
import type { ArrayDescription, DataFormat, DataProblem, DataRequest } from "../../program/module.js";
import { type SpecialRule, wrongUse } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { literalText } from "../expressions/literal.js";
import {
	errorType,
	type Origin,
	type TensorType,
	type TupleType,
	type Type,
	tensor,
} from "../types/types.js";
import { dataName, newTable } from "./tables.js";

/** Data files: what they hold is their type. */

type Texts = ReadonlyMap<
	string,
	{ readonly text: string; readonly node: { readonly span: { start: number; end: number } } }
>;

/** The path and the options of a reader, all of them texts. */
function readTexts(
	context: Context,
	site: CallSite,
	format: DataFormat,
	options: ReadonlyMap<string, string>,
	example: string,
): Texts | undefined {
	const texts = new Map<string, { text: string; node: (typeof site.arguments)[number]["value"] }>();
	const names = ["path", ...(options.has("labels") ? ["labels"] : [])];
	let positional = 0;
	for (const argument of site.arguments) {
		const name = argument.name ? argument.name.name : names[positional++];
		if (name === undefined || (argument.name && !options.has(name))) {
			const known = [...options].map(([option, meaning]) => `\`${option}\`: ${meaning}`);
			report(context, {
				code: "E0312",
				at: locate(context, argument.name ?? argument.value),
				message: argument.name
					? `\`${format}\` has no option \`${argument.name.name}\``
					: `\`${format}\` takes ${names.length === 1 ? "one path" : "two paths"}`,
				...(known.length > 0 && { hint: `it has ${known.join(", ")}` }),
			});
			return undefined;
		}
		const text = literalText(argument.value);
		if (text === undefined) {
			const what =
				name === "label"
					? `the name of its label as a text: \`label = "digit"\``
					: `the path of a file: ${example}`;
			wrongUse(context, site, `takes ${what}`);
			return undefined;
		}
		infer(context, argument.value);
		texts.set(name, { text, node: argument.value });
	}
	if (texts.has("path")) return texts;
	wrongUse(context, site, `takes the path of a file: ${example}`);
	return undefined;
}

/** A path of the project, or undefined where it leaves it. */
function resolved(context: Context, texts: Texts, name: string): string | undefined {
	const given = texts.get(name);
	if (!given) return undefined;
	const path = context.session.host.resolve(context.module.path, given.text);
	if (path) return path;
	report(context, {
		code: "E0512",
		at: locate(context, given.node),
		message: `${given.text} is outside the project`,
		hint: "data files are read from the folder of the program and below",
	});
	return undefined;
}

/** What is in the file that a call names. */
function describe(
	context: Context,
	texts: Texts,
	format: DataFormat,
): readonly ArrayDescription[] | undefined {
	const path = resolved(context, texts, "path");
	const labels = resolved(context, texts, "labels");
	if (!path || (texts.has("labels") && !labels)) return undefined;
	const label = texts.get("label");
	const request: DataRequest = {
		format,
		path,
		...(label && { label: label.text }),
		...(labels && { labels }),
	};
	const answer = context.session.host.describeData(request);
	if ("pending" in answer) return undefined;
	if ("problem" in answer) {
		reportProblem(context, texts, answer.problem);
		return undefined;
	}
	const file = texts.get("path");
	if (answer.data.changed && file) {
		report(context, {
			code: "E0521",
			severity: "warning",
			at: locate(context, file.node),
			message: `${file.text} is not the file that was locked`,
			hint: "if that is meant, lock it anew: `ansatz lock`",
		});
	}
	if (answer.data.unreadableLock && file) {
		report(context, {
			code: "E0521",
			severity: "warning",
			at: locate(context, file.node),
			message: `nothing is compared with \`ansatz.lock\`: it is no lock file, or one of another version`,
			hint: "lock anew: `ansatz lock`",
		});
	}
	return answer.data.arrays;
}

function reportProblem(context: Context, texts: Texts, problem: DataProblem): void {
	const path = texts.get("path");
	const node = (problem.code === "E0507" ? texts.get("label") : undefined) ?? path;
	if (!node || !path) return;
	const place =
		problem.line === undefined
			? ""
			: ` (${path.text}, line ${problem.line}${problem.column === undefined ? "" : `, column ${problem.column}`})`;
	report(context, {
		code: problem.code,
		at: locate(context, node.node),
		message: `${problem.message}${place}`,
		...(problem.hint && { hint: problem.hint }),
	});
}

function arrayType(array: ArrayDescription, origin?: Origin): TensorType {
	return {
		...tensor(
			array.element,
			{ dims: array.shape.map((size) => constant(size)) },
			array.below === undefined ? undefined : constant(array.below),
		),
		...(origin && { origin }),
	};
}

const label = "the column that is to be predicted";

/** Tables of numbers: all columns but the label side by side are `x`, the label is `y`. */
function tableFile(format: DataFormat, options: ReadonlyMap<string, string>, example: string): SpecialRule {
	return (context, site) => {
		const texts = readTexts(context, site, format, options, example);
		const arrays = texts && describe(context, texts, format);
		const path = texts?.get("path");
		if (!arrays || !path) return errorType;
		const name = texts.get("label");
		const labels = texts.get("labels");
		return newTable(
			dataName(context),
			arrays[0]?.shape[0] ?? 0,
			(rows) =>
				arrays.map((array) => {
					const type = arrayType(array);
					const dims = [rows, ...type.shape.dims.slice(1)];
					const isLabel = array.name === "y";
					const origin = {
						at: locate(context, (isLabel ? (name ?? labels) : undefined)?.node ?? path.node),
						label: isLabel
							? `\`${name?.text ?? labels?.text}\` has ${array.below ?? 0} classes`
							: featuresLabel(path.text, array, name?.text),
					};
					// A label of reals says nothing of its range.
					const placed = !isLabel || array.below !== undefined;
					return { name: array.name, type: { ...type, shape: { dims }, ...(placed && { origin }) } };
				}),
			{ at: locate(context, path.node), label: featuresLabel(path.text, arrays[0], name?.text) },
		);
	};
}

function featuresLabel(path: string, array: ArrayDescription | undefined, name: string | undefined): string {
	const sizes = array?.shape.slice(1) ?? [];
	return sizes.length === 1
		? `${path} has ${sizes[0]} columns${name === undefined ? "" : ` besides \`${name}\``}`
		: `${path} has images of ${sizes.join(" x ")}`;
}

/** A file of arrays by name: a record; dots in names are records in records. */
function recordFile(format: DataFormat, options: ReadonlyMap<string, string>, example: string): SpecialRule {
	return (context, site) => {
		const texts = readTexts(context, site, format, options, example);
		const arrays = texts && describe(context, texts, format);
		const path = texts?.get("path");
		if (!arrays || !path) return errorType;
		const at = locate(context, path.node);
		const leaves = arrays.map((array) => ({
			path: array.name.split("."),
			type: arrayType(array, { at, label: `${path.text}: \`${array.name}\` is [${array.shape.join(", ")}]` }),
		}));
		return record(leaves);
	};
}

interface NamedLeaf {
	readonly path: readonly string[];
	readonly type: TensorType;
}

function record(leaves: readonly NamedLeaf[]): TupleType {
	const names = [...new Set(leaves.map((leaf) => leaf.path[0] ?? ""))];
	return {
		kind: "tuple",
		elements: names.map((name) => {
			const own = leaves.filter((leaf) => leaf.path[0] === name);
			const [first] = own;
			const type: Type =
				own.length === 1 && first?.path.length === 1
					? first.type
					: record(own.map((leaf) => ({ ...leaf, path: leaf.path.slice(1) })));
			return { name, type };
		}),
	};
}

/** One array is a tensor. */
const npy: SpecialRule = (context, site) => {
	const texts = readTexts(context, site, "npy", new Map(), '`npy("weights.npy")`');
	const [array] = (texts && describe(context, texts, "npy")) ?? [];
	const path = texts?.get("path");
	if (!array || !path) return errorType;
	return arrayType(array, {
		at: locate(context, path.node),
		label: `${path.text} is [${array.shape.join(", ")}]`,
	});
};

const labelled = new Map([["label", label]]);

export const fileRules: Readonly<Record<string, SpecialRule>> = {
	csv: tableFile("csv", labelled, '`csv("digits.csv", label = "digit")`'),
	parquet: tableFile("parquet", labelled, '`parquet("digits.parquet", label = "digit")`'),
	arrow: tableFile("arrow", labelled, '`arrow("digits.arrow", label = "digit")`'),
	idx: tableFile(
		"idx",
		new Map([["labels", "the file of the labels"]]),
		'`idx("train-images", "train-labels")`',
	),
	npy,
	npz: recordFile("npz", new Map([["label", "the array of classes"]]), '`npz("digits.npz", label = "y")`'),
	safetensors: recordFile(
		"safetensors",
		new Map([["label", "the array of classes"]]),
		'`safetensors("model.safetensors")`',
	),
};
