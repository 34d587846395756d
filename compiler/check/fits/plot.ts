import type * as ast from "../../../grammar/ast.js";
import { asConstant, constant, type Dim, decideEqual } from "../../dims/dim.js";
import { quoted } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { refuseGivenTwice } from "../expressions/given-twice.js";
import { type Hint, meantOr } from "../hint.js";
import { asTensor } from "../trees/stack.js";
import { holdsError } from "../types/holds-error.js";
import { showDim, showType } from "../types/show.js";
import type { TensorType, Type } from "../types/types.js";
import { onlyAtHost } from "./kernel.js";

/** `plot line(a, b, x = .., y = "loss")`: kinds of pictures, and what they draw. */

/** Each kind's options beside `x`, `y` (labels, or the values along an axis) and `title`. */
const kinds: Readonly<Record<string, readonly string[]>> = {
	line: ["names"],
	scatter: ["names"],
	bar: ["names"],
	histogram: ["bins"],
	image: [],
	heat: [],
};

export function checkPlot(context: Context, node: ast.Plot): void {
	if (!onlyAtHost(context, node, "a `plot`")) return;
	const call = node.value.kind === "Call" ? node.value : undefined;
	const kind = call?.callee.kind === "Name" ? call.callee.name : "";
	const options = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
	if (!call || !options) {
		const names = Object.keys(kinds);
		refuse(
			context,
			call?.callee ?? node.value,
			kind === "" ? "`plot` takes a picture" : `there is no picture \`${kind}\``,
			meantOr(kind, names, `there are ${quoted(names)}`),
		);
		for (const argument of call?.arguments ?? []) infer(context, argument.value);
		return;
	}
	refuseGivenTwice(context, call.arguments);
	const series = call.arguments.filter((a) => !a.name).flatMap((a) => seriesOf(context, kind, a.value));
	checkSeries(context, call, kind, series);
	for (const { name, value } of call.arguments)
		if (name) checkOption(context, kind, options, name, value, series);
}

interface Series {
	readonly node: ast.Expression;
	readonly type: TensorType | undefined;
	readonly shown: Type;
}

/** A list in brackets holds several lines, points or bars, unless its entries are single numbers. */
function seriesOf(context: Context, kind: string, node: ast.Expression): Series[] {
	const shown = infer(context, node);
	const splits = kind === "line" || kind === "scatter" || kind === "bar";
	if (
		splits &&
		node.kind === "List" &&
		!node.elements.some((e) => e.kind === "Spread") &&
		shown.kind === "list" &&
		shown.elements?.every((e) => e.kind === "error" || (asTensor(e)?.shape.dims.length ?? 0) > 0)
	)
		return node.elements.map((element, i) => {
			const type = shown.elements?.[i] ?? shown;
			return { node: element, type: asTensor(type), shown: type };
		});
	return [{ node, type: asTensor(shown), shown }];
}

/** How many axes a picture of this kind takes. */
const axes: Readonly<Record<string, readonly number[]>> = {
	line: [1, 2],
	scatter: [1],
	bar: [1],
	image: [2, 3],
	heat: [2],
};

function checkSeries(context: Context, call: ast.Call, kind: string, series: readonly Series[]): void {
	if (series.length === 0) {
		refuse(context, call, `\`${kind}\` draws something: it is given nothing`);
		return;
	}
	const allowed = axes[kind];
	let first: { readonly node: ast.Expression; readonly size: Dim } | undefined;
	for (const [i, { node, type, shown }] of series.entries()) {
		if (holdsError(shown)) return;
		const rank = type?.shape.dims.length ?? 0;
		if (!type || type.shape.rest || (allowed && !allowed.includes(rank))) {
			refuse(
				context,
				node,
				`\`${kind}\` draws ${allowed ? `a tensor of ${allowed.join(" or ")} ${allowed[0] === 1 && allowed.length === 1 ? "axis" : "axes"}` : "a tensor"}, and this is ${showType(shown)}`,
			);
			return;
		}
		const size = type.shape.dims.at(-1);
		if (!size || !["line", "scatter", "bar"].includes(kind)) continue;
		if (first && decideEqual(first.size, size, context.facts).verdict !== "equal") {
			report(context, {
				code: "E0456",
				at: locate(context, node),
				message: `what is drawn together has one length, and here it is ${showDim(size)} against ${showDim(first.size)}`,
				label: showType(shown),
				related: [{ at: locate(context, first.node), label: `${showDim(first.size)} here` }],
			});
			return;
		}
		// Each pair of a scatter has a length of its own.
		first = kind === "scatter" && i % 2 === 1 ? undefined : (first ?? { node, size });
	}
	if (kind === "scatter" && series.length % 2 === 1)
		refuse(context, call, "`scatter` takes pairs: the positions along x, then those along y");
	const channels = kind === "image" ? series[0]?.type?.shape.dims[2] : undefined;
	if (
		channels &&
		![1, 3, 4].some((n) => decideEqual(channels, constant(n), context.facts).verdict === "equal")
	)
		refuse(
			context,
			series[0]?.node ?? call,
			`the colours of an \`image\` are its last axis, of 1, 3 or 4 channels, and here it is ${showDim(channels)}`,
		);
	if (["histogram", "image", "heat"].includes(kind) && series.length > 1)
		refuse(context, series[1]?.node ?? call, `\`${kind}\` draws one tensor`);
}

const mostBins = 10_000;

/** Which options may hold the values along an axis; elsewhere they are its name. */
const along: Readonly<Record<string, readonly string[]>> = { line: ["x"], bar: ["x"], heat: ["x", "y"] };

function checkOption(
	context: Context,
	kind: string,
	options: readonly string[],
	name: ast.Identifier,
	value: ast.Expression,
	series: readonly Series[],
): void {
	const type = infer(context, value);
	const all = ["x", "y", "title", ...options];
	if (!all.includes(name.name)) {
		report(context, {
			code: "E0312",
			at: locate(context, name),
			message: `\`${kind}\` has no option \`${name.name}\``,
			hint: meantOr(name.name, all, `it has ${quoted(all)}`),
		});
		return;
	}
	const isAxis = name.name === "x" || name.name === "y";
	const hasValues = along[kind]?.includes(name.name) ?? false;
	const namesSeries = options.includes("names") && (name.name === "names" || name.name === "y");
	if (type.kind === "error" || (type.kind === "String" && name.name !== "names")) return;
	if (series.some((s) => holdsError(s.shown))) return;
	const texts =
		type.kind === "list" && type.elements?.every((e) => e.kind === "String") ? type.elements : undefined;
	if (texts && namesSeries) {
		const count = kind === "scatter" ? series.length / 2 : series.length;
		if (texts.length !== count)
			refuse(
				context,
				value,
				`${texts.length === 1 ? "this is 1 name" : `these are ${texts.length} names`} for ${count} series`,
			);
		return;
	}
	const tensor = texts ? undefined : asTensor(type);
	if (texts || (tensor?.shape.dims.length === 1 && tensor.element !== "bool" && !tensor.shape.rest)) {
		const size = texts ? constant(texts.length) : tensor?.shape.dims[0];
		if (hasValues && size) {
			checkAlong(context, name.name === "y" ? 0 : -1, value, size, series);
			return;
		}
	}
	if (name.name === "bins" && type.kind === "Int") {
		const bins = type.value && asConstant(type.value);
		if (bins !== undefined && (bins < 1 || bins > mostBins))
			refuse(context, value, `a histogram has 1 to ${mostBins} bins, and here it is ${bins}`);
		return;
	}
	const wanted =
		name.name === "bins"
			? "a number known before running"
			: hasValues
				? "a text, or the values along the axis"
				: name.name === "names"
					? "a list of texts"
					: namesSeries && isAxis
						? "a text, or the names of the series"
						: "a text";
	refuse(context, value, `\`${name.name}\` is ${wanted}, and this is ${showType(type)}`);
}

/** The values along an axis are as many as what is drawn has. */
function checkAlong(
	context: Context,
	axis: 0 | -1,
	value: ast.Expression,
	size: Dim,
	series: readonly Series[],
): void {
	const [first] = series;
	const drawn = first?.type?.shape.dims.at(axis);
	if (!first || !drawn || decideEqual(size, drawn, context.facts).verdict === "equal") return;
	report(context, {
		code: "E0456",
		at: locate(context, value),
		message: `there is one value for each place along the axis: here are ${showDim(size)} for ${showDim(drawn)}`,
		related: [{ at: locate(context, first.node), label: `${showDim(drawn)} here` }],
	});
}

function refuse(context: Context, node: ast.Expression, message: string, hint?: Hint): void {
	report(context, { code: "E0456", at: locate(context, node), message, ...(hint && { hint }) });
}
