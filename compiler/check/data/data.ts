import type * as ast from "../../../grammar/ast.js";
import { asConstant, constant, type Dim, decideAtLeast, mul } from "../../dims/dim.js";
import { splitEnds } from "../../program/data-rules.js";
import type { Fix } from "../../source/diagnostic.js";
import { type SpecialRule, wrongUse } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { refuseGivenTwice } from "../expressions/given-twice.js";
import { literalNumber } from "../expressions/literal.js";
import { askFor, type Hint } from "../hint.js";
import { resolveDim } from "../signatures/type-node.js";
import { showDim, showType } from "../types/show.js";
import { errorType, type TableType, type TensorType, type TupleType, type Type } from "../types/types.js";
import { dataName, part, tableOf, withRows } from "./tables.js";

/** What data sets are made into: parts, scaled columns, streams. What reads them is in `data-files.ts`. */

const split: SpecialRule = (context, site) => {
	const [source, ...parts] = site.arguments;
	const given = source && (source.type ?? infer(context, source.value));
	if (given?.kind === "error") return errorType;
	const whole = given && tableOf(given, dataName(context), context.facts);
	if (!whole) return noTable(context, site, given);
	const { count } = whole;
	if (count === undefined) return unknownRows(context, site);
	const unnamed = parts.find((p) => !p.name);
	if (unnamed) {
		report(context, {
			code: "E0313",
			at: locate(context, unnamed.value),
			message: "a part of a split has a name",
			hint: "for example `split(train = 0.8, test = 0.2)`",
		});
		return errorType;
	}
	const seed = parts.find((p) => p.name?.name === "seed");
	const seedType = seed && infer(context, seed.value);
	if (seed && seedType?.kind !== "Int" && seedType?.kind !== "error") {
		report(context, {
			code: "E0302",
			at: locate(context, seed.value),
			message: `a seed is a whole number known before running, and this is ${showType(seedType ?? errorType)}`,
		});
		return errorType;
	}
	const named = parts.filter((p) => p.name && p.name.name !== "seed");
	if (refuseGivenTwice(context, parts)) return errorType;
	const sizes: number[] = [];
	for (const argument of parts) infer(context, argument.value);
	for (const argument of named) {
		const size = literalNumber(argument.value);
		if (size === undefined || size <= 0) {
			report(context, {
				code: "E0513",
				at: locate(context, argument.value),
				message: "a part is a share of the rows (0.8) or a number of rows (1200)",
			});
			return errorType;
		}
		sizes.push(size);
	}
	if (sizes.length === 0)
		return wrongUse(context, site, "needs parts: `split(train = 0.8, test = 0.2, seed = 0)`");
	const total = sizes.reduce((sum, s) => sum + (s <= 1 ? s * count : s), 0);
	if (total > count * (1 + 1e-9)) {
		report(context, {
			code: "E0513",
			at: locate(context, site.node),
			message: `the parts ask for ${Math.round(total)} rows, and there are ${whole.count}`,
			related: whole.origin ? [whole.origin] : [],
		});
		return errorType;
	}
	const ends = splitEnds(count, sizes);
	const empty = named.find((_, i) => ends[i] === (i > 0 ? ends[i - 1] : 0));
	if (empty) {
		report(context, {
			code: "E0513",
			at: locate(context, empty.value),
			message: `the part \`${empty.name?.name}\` would have no rows: there are ${whole.count} in all`,
			related: whole.origin ? [whole.origin] : [],
		});
		return errorType;
	}
	const elements = named.map((argument, i) => {
		const name = argument.name?.name ?? "";
		return {
			name,
			type: part(whole, `${whole.name}.${name}`, (ends[i] ?? 0) - (i > 0 ? (ends[i - 1] ?? 0) : 0)),
		};
	});
	return { kind: "tuple", elements };
};

/** What applies to a table, or to each part of a split one. */
function eachPart(context: Context, site: CallSite, learns: boolean): Type {
	const [source, ...rest] = site.arguments;
	const options = learns ? 0 : 1;
	if (rest.length !== options || rest.some((a) => a.name && a.name.name !== "factor")) {
		return wrongUse(
			context,
			site,
			learns ? "takes a data set, and nothing else" : "takes a data set and a factor: `scale(1/16)`",
		);
	}
	for (const { value } of rest) {
		const factor = infer(context, value);
		if (factor.kind === "Int" || factor.kind === "Real" || factor.kind === "error") continue;
		report(context, {
			code: "E0302",
			at: locate(context, value),
			message: `a factor is a number known before running, and this is ${showType(factor)}`,
		});
		return errorType;
	}
	const given = source && (source.type ?? infer(context, source.value));
	if (given?.kind === "error") return errorType;
	const data = given && (tableOf(given, dataName(context), context.facts) ?? given);
	if (data && !hasFeatures(data))
		return wrongUse(context, site, "changes the features `x`, and there are none of that name");
	if (data?.kind === "table") {
		if (!learns) return data;
		return learnsTooSoon(context, site);
	}
	if (data?.kind === "tuple" && data.elements.every((e) => e.type.kind === "table")) {
		if (!learns || hasTrain(data)) return data;
		return wrongUse(context, site, "learns from a part named `train`, and there is none");
	}
	return wrongUse(context, site, `takes a data set, and this is ${data ? showType(data) : "nothing"}`);
}

/** `pca(8)`: the features on the first principal axes of the part `train`. */
const pca: SpecialRule = (context, site) => {
	const [source, argument] = site.arguments;
	if (!argument || site.arguments.length > 2 || (argument.name && argument.name.name !== "components"))
		return wrongUse(context, site, "takes a data set and a number of components: `pca(8)`");
	const components = resolveDim(context, argument.value);
	const data = source && (source.type ?? infer(context, source.value));
	if (!components || data?.kind === "error") return errorType;
	if (data?.kind === "table" || (data && tableOf(data, "rows", context.facts)))
		return learnsTooSoon(context, site);
	const parts = data?.kind === "tuple" ? partsOf(data) : undefined;
	if (!data || !parts)
		return wrongUse(context, site, `takes a data set, and this is ${data ? showType(data) : "nothing"}`);
	const train = parts.find((p) => p.name === "train")?.table;
	if (!train) return wrongUse(context, site, "learns from a part named `train`, and there is none");
	const features = train.columns.find((c) => c.name === "x");
	if (!hasFeatures(train) || !features)
		return wrongUse(context, site, "changes the features `x`, and there are none");
	const { rest } = features.type.shape;
	if (rest)
		return wrongUse(
			context,
			site,
			`takes features of which the number is known, and what \`...${rest.name}\` of ${showType(features.type)} stands for, only a call tells`,
		);
	const count = features.type.shape.dims.slice(1).reduce((product, size) => mul(product, size), constant(1));
	for (const [greater, lesser] of [
		[count, components],
		[components, constant(1)],
	] as const) {
		if (decideAtLeast(greater, lesser, context.facts).verdict === "holds") continue;
		return wrongUse(
			context,
			site,
			`gives at least 1 and at most as many components as there are features: \`${showDim(greater)} >= ${showDim(lesser)}\` cannot be shown`,
		);
	}
	const elements = parts.map(({ name, table }) => ({
		...(name !== undefined && { name }),
		type: {
			...table,
			columns: table.columns.map((c) => (c.name === "x" ? { ...c, type: onAxes(c.type, components) } : c)),
		},
	}));
	return { kind: "tuple", elements };
};

/** The parts of a data set that is split. */
function partsOf(data: TupleType): { readonly name?: string; readonly table: TableType }[] | undefined {
	const parts = data.elements.flatMap(({ name, type }) =>
		type.kind === "table" ? [{ ...(name !== undefined && { name }), table: type }] : [],
	);
	return parts.length === data.elements.length ? parts : undefined;
}

function onAxes(features: TensorType, components: Dim): TensorType {
	const [rows = constant(1)] = features.shape.dims;
	return { kind: "tensor", element: "real", shape: { dims: [rows, components] } };
}

function learnsTooSoon(context: Context, site: CallSite): Type {
	report(context, {
		code: "E0514",
		at: locate(context, site.node),
		message: "this learns from the data, so it comes after `split`, and learns from the part `train`",
		...afterSplit(context, site),
	});
	return errorType;
}

/** In a pipe it goes behind the `split` that follows; where there is none, one is put before it. */
function afterSplit(
	context: Context,
	site: CallSite,
): { readonly hint?: Hint; readonly fixes?: readonly Fix[] } {
	const { callee, node, arguments: given } = site;
	const data = given[0]?.value;
	const own = context.anchor.text({ start: callee.span.start, end: node.span.end });
	const end = node.span.end;
	if (!data || data.span.end > callee.span.start) return {};
	const split = /^\s*\|>\s*split\([^()]*\)/.exec(context.anchor.text({ start: end, end: end + 1000 }))?.[0];
	const behind = split === undefined ? data.span.end : end + split.length;
	const before = " |> split(train = 0.8, test = 0.2, seed = 0)";
	const remove = { at: locate(context, { span: { start: data.span.end, end } }), replacement: "" };
	const add = (replacement: string) => ({
		at: locate(context, { span: { start: behind, end: behind } }),
		replacement,
	});
	return split === undefined
		? {
				hint: "split the rows before it",
				fixes: [{ title: "Split before it", edits: [add(before)] }],
			}
		: {
				hint: "move it behind the `split`",
				fixes: [{ title: "Move it behind the `split`", edits: [remove, add(` |> ${own}`)] }],
			};
}

/** Features are a tensor of reals named `x`. */
function hasFeatures(data: Type): boolean {
	if (data.kind === "table")
		return data.columns.some(
			(c) => c.name === "x" && c.type.element === "real" && c.type.shape.dims.length > 1,
		);
	return data.kind !== "tuple" || data.elements.every((e) => hasFeatures(e.type));
}

function hasTrain(data: TupleType): boolean {
	return data.elements.some((e) => e.name === "train");
}

/** `digits.train.batches(64)`: an endless stream of permutations of the rows, remainders dropped. */
const batches: SpecialRule = (context, site) => {
	const receiver = receiverOf(context, site);
	const argument = site.arguments[0]?.value;
	if (!receiver || !argument || site.arguments.length > 1 || site.arguments[0]?.name)
		return wrongUse(context, site, "takes a number of rows: `digits.train.batches(64)`");
	const size = resolveDim(context, argument);
	if (!size) return errorType;
	const known = asConstant(size);
	if (decideAtLeast(size, constant(1), context.facts).verdict !== "holds") {
		report(context, {
			code: "E0511",
			at: locate(context, argument),
			message: "a batch has at least one row",
		});
		return errorType;
	}
	if (known !== undefined && receiver.count !== undefined && known > receiver.count) {
		report(context, {
			code: "E0511",
			at: locate(context, argument),
			message: `a batch of ${known} rows is larger than \`${receiver.name}\`, which has ${receiver.count}`,
			related: receiver.origin ? [receiver.origin] : [],
		});
		return errorType;
	}
	return {
		kind: "stream",
		item: { kind: "tuple", elements: withRows(receiver, size) },
		rowsPerTurn: known,
		rows: receiver.count,
	};
};

function receiverOf(context: Context, site: CallSite): TableType | undefined {
	const type =
		site.callee.kind === "Field" ? context.session.knowledge.types.get(site.callee.base) : undefined;
	return type && tableOf(type, sourceName(site), context.facts);
}

function sourceName(site: CallSite): string {
	const base = site.callee.kind === "Field" ? site.callee.base : undefined;
	return base?.kind === "Name" ? base.name : "rows";
}

/** `digits.train.take(100)`: the first rows, a number or a share of them. */
const take: SpecialRule = (context, site) => {
	const receiver = receiverOf(context, site);
	const argument = site.arguments[0]?.value;
	if (!receiver || !argument || site.arguments.length > 1 || site.arguments[0]?.name)
		return wrongUse(context, site, "takes a number or a share of rows: `digits.train.take(100)`");
	const given = infer(context, argument);
	const size = literalNumber(argument);
	if (given.kind === "Int" && given.value && (size === undefined || size > 0))
		return firstRows(context, argument, receiver, given.value);
	if (receiver.count === undefined) return unknownRows(context, site);
	if (size === undefined || size <= 0 || size > 1) {
		report(context, {
			code: "E0513",
			at: locate(context, argument),
			message: "the first rows are a share of the rows (0.8) or a number of rows (1200)",
		});
		return errorType;
	}
	const [end = 0] = splitEnds(receiver.count, [size]);
	if (end > 0) return part(receiver, `${receiver.name}.take(${size})`, end);
	report(context, {
		code: "E0513",
		at: locate(context, argument),
		message: `this would have no rows: there are ${receiver.count} in all`,
		related: receiver.origin ? [receiver.origin] : [],
	});
	return errorType;
};

/** A number of rows that is an option or a size: it must be shown that there are so many. */
function firstRows(context: Context, node: ast.Expression, whole: TableType, count: Dim): Type {
	const all = whole.count === undefined ? whole.rows : constant(whole.count);
	const number = asConstant(count);
	if (number !== undefined && whole.count !== undefined && number > whole.count) {
		report(context, {
			code: "E0513",
			at: locate(context, node),
			message: `this asks for ${number} rows, and \`${whole.name}\` has ${whole.count}`,
			related: whole.origin ? [whole.origin] : [],
		});
		return errorType;
	}
	for (const [greater, lesser] of [
		[all, count],
		[count, constant(1)],
	] as const) {
		if (decideAtLeast(greater, lesser, context.facts).verdict === "holds") continue;
		report(context, {
			code: "E0513",
			at: locate(context, node),
			message: `\`${whole.name}\` need not have \`${showDim(count)}\` rows: ${showDim(greater)} >= ${showDim(lesser)} cannot be shown here`,
			hint: askFor(`${showDim(greater)} >= ${showDim(lesser)}`),
			related: whole.origin ? [whole.origin] : [],
		});
		return errorType;
	}
	const known = asConstant(count);
	const name = `${whole.name}.take(${showDim(count)})`;
	if (known !== undefined) return part(whole, name, known);
	return { ...whole, name, rows: count, count: undefined, columns: withRows(whole, count) };
}

function noTable(context: Context, site: CallSite, given: Type | undefined): Type {
	return wrongUse(
		context,
		site,
		`takes a data set, and this is ${given ? showType(given) : "nothing"}`,
		given?.kind === "tuple" ? "a record of tensors is one if their first axes are equal" : undefined,
	);
}

function unknownRows(context: Context, site: CallSite): Type {
	return wrongUse(context, site, "needs a data set whose number of rows is known");
}

export const dataRules: Record<string, SpecialRule> = {
	split,
	scale: (context, site) => eachPart(context, site, false),
	standardize: (context, site) => eachPart(context, site, true),
	pca,
	batches,
	take,
};
