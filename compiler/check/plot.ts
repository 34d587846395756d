import type * as ast from "../../grammar/ast.js";
import { type Dim, decideEqual } from "../dims/dim.js";
import { quoted, suggestion } from "../source/near.js";
import { type Context, locate, report } from "./context.js";
import { infer } from "./expression.js";
import { onlyAtHost } from "./kernel.js";
import { showDim, showType } from "./show.js";
import { asTensor } from "./stack.js";
import type { TensorType, Type } from "./types.js";

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
			suggestion(kind, names, `there are ${quoted(names)}`),
		);
		for (const argument of call?.arguments ?? []) infer(context, argument.value);
		return;
	}
	const before = context.session.diagnostics.length;
	const series = call.arguments.filter((a) => !a.name).flatMap((a) => seriesOf(context, a.value));
	checkSeries(context, call, kind, series);
	for (const { name, value } of call.arguments)
		if (name) checkOption(context, kind, options, name, value, series);
	if (context.session.diagnostics.length > before) return;
	report(context, {
		code: "E0902",
		severity: "warning",
		at: locate(context, node),
		message: "this `plot` is checked, but this version cannot draw it yet: a run leaves it out",
	});
}

interface Series {
	readonly node: ast.Expression;
	readonly type: TensorType | undefined;
	readonly shown: Type;
}

/** A list in brackets holds several. */
function seriesOf(context: Context, node: ast.Expression): Series[] {
	const shown = infer(context, node);
	if (node.kind === "List" && shown.kind === "list" && shown.elements?.every((e) => e.kind === "tensor"))
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
	for (const { node, type, shown } of series) {
		if (shown.kind === "error") return;
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
		first ??= { node, size };
	}
	if (kind === "scatter" && series.length % 2 === 1)
		refuse(context, call, "`scatter` takes pairs: the positions along x, then those along y");
	if (["histogram", "image", "heat"].includes(kind) && series.length > 1)
		refuse(context, series[1]?.node ?? call, `\`${kind}\` draws one tensor`);
}

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
			hint: suggestion(name.name, all, `it has ${quoted(all)}`),
		});
		return;
	}
	if (type.kind === "error" || type.kind === "String") return;
	const isAxis = name.name === "x" || name.name === "y";
	const isNames = name.name === "names" || name.name === "y" || name.name === "x";
	if (isNames && type.kind === "list" && type.elements?.every((e) => e.kind === "String")) {
		if (name.name !== "names" && name.name !== "y") return;
		if (type.elements.length !== series.length && kind !== "scatter")
			refuse(context, value, `these are ${type.elements.length} names for ${series.length} series`);
		return;
	}
	const tensor = asTensor(type);
	if (isAxis && tensor?.shape.dims.length === 1 && tensor.element !== "bool") return;
	if (name.name === "bins" && type.kind === "Int") return;
	refuse(
		context,
		value,
		`\`${name.name}\` is ${name.name === "bins" ? "a number known before running" : isAxis ? "a text, or the values along the axis" : isNames ? "a list of texts" : "a text"}, and this is ${showType(type)}`,
	);
}

function refuse(context: Context, node: ast.Expression, message: string, hint?: string): void {
	report(context, { code: "E0456", at: locate(context, node), message, ...(hint && { hint }) });
}
