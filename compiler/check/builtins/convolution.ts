import type * as ast from "../../../grammar/ast.js";
import {
	add,
	asConstant,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	exactDiv,
	floorDiv,
	mul,
	sub,
} from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument, CallSite } from "../expressions/call.js";
import { literalText } from "../expressions/literal.js";
import { askFor } from "../hint.js";
import { refuseNegative } from "../signatures/type-node.js";
import { withSums } from "../trail.js";
import { explainVerdict } from "../types/explain.js";
import { asReal, meet } from "../types/precision.js";
import { behindRest } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { errorType, type TensorType, tensor } from "../types/types.js";
import { type Given, given, partsOf, tensorGiven, typeOf, wrongArgument, wrongUse } from "./builtin.js";
import { intAt, reshapedTo } from "./movement.js";
import type { SpecialRule } from "./special.js";

/** Windows that slide over the last axes: convolution and pooling, with the arithmetic of their sizes. */

/** The numbers of an option, one for each axis; one number stands for all. */
function perAxis(
	context: Context,
	site: CallSite,
	argument: CallArgument | undefined,
	count: number,
	otherwise: number,
	least: number,
	what: string,
): Dim[] | undefined {
	if (!argument) return Array.from({ length: count }, () => constant(otherwise));
	const parts = argument.type ? undefined : partsOf(argument.value);
	const nodes: readonly ast.Expression[] = parts ?? [argument.value];
	if (parts && parts.length !== count)
		return wrongArgument(
			context,
			site,
			argument,
			`slides along ${count} axes, and there are ${parts.length} numbers`,
		);
	const dims = nodes.map((node) =>
		intAt(context, node, parts ? typeOf(context, { value: node }) : typeOf(context, argument), least, what),
	);
	if (!dims.every((d) => d !== undefined)) return undefined;
	return parts ? dims : Array.from({ length: count }, () => dims[0] as Dim);
}

interface Sliding {
	readonly stride: readonly Dim[];
	/** How many places are put before and after, together. */
	readonly padding: readonly Dim[];
	readonly dilation: readonly Dim[];
}

function slidingOf(
	context: Context,
	site: CallSite,
	args: Given,
	window: readonly Dim[],
	strides: readonly Dim[] | undefined,
): Sliding | undefined {
	const count = window.length;
	const stride =
		args.has("stride") || !strides
			? perAxis(context, site, args.get("stride"), count, 1, 1, "a stride")
			: strides;
	const dilation = perAxis(context, site, args.get("dilation"), count, 1, 1, "a dilation");
	if (!stride || !dilation) return undefined;
	const given = args.get("padding");
	const text = given && literalText(given.value);
	if (given && text !== undefined) {
		typeOf(context, given);
		if (text !== "same")
			return wrongArgument(context, site, given, 'knows the padding "same", or takes numbers');
		if (stride.some((s) => asConstant(s) !== 1))
			return wrongArgument(
				context,
				site,
				given,
				'keeps the size by padding "same" at stride 1 only',
				"give the padding as a number",
			);
		const padding = window.map((w, i) => mul(dilation[i] as Dim, sub(w, constant(1))));
		return { stride, dilation, padding };
	}
	const sides = perAxis(context, site, given, count, 0, 0, "a padding");
	return sides && { stride, dilation, padding: sides.map((p) => mul(constant(2), p)) };
}

/** How many windows there are along each axis; reports where not even one fits. */
function windowsOf(
	context: Context,
	node: ast.Expression,
	value: TensorType,
	window: readonly Dim[],
	sliding: Sliding,
	what: string,
): Sized | undefined {
	const from = value.shape.dims.length - window.length;
	const sizes: Dim[] = [];
	const sums = new Set<string>();
	for (const [i, w] of window.entries()) {
		const extent = value.shape.dims[from + i] as Dim;
		const [stride, dilation, padding] = [sliding.stride[i], sliding.dilation[i], sliding.padding[i]] as [
			Dim,
			Dim,
			Dim,
		];
		const covered = add(mul(dilation, sub(w, constant(1))), constant(1));
		const room = add(extent, padding);
		const verdict = decideAtLeast(room, covered, context.facts);
		if (verdict.verdict !== "holds") {
			const certain = verdict.verdict === "fails" && verdict.everywhere;
			report(context, {
				code: "E0352",
				at: locate(context, node),
				message: `${what} of ${showDim(covered)} ${certain ? "does not" : "need not"} fit into ${showDim(room)} (axis ${i - window.length} of ${showType(value)})`,
				notes:
					asConstant(padding) === 0
						? []
						: [`with its padding the axis has ${showDim(extent)} + ${showDim(padding)} places`],
				related: value.origin ? [value.origin] : [],
				...(!certain && verdict.settle && { hint: askFor(verdict.settle) }),
			});
			return undefined;
		}
		const size = add(floorDiv(sub(room, covered), stride), constant(1));
		sizes.push(size);
		sums.add(
			`${showDim(size)} = floor((${showDim(extent)}${asConstant(padding) === 0 ? "" : ` + ${showDim(padding)}`} - ${showDim(covered)}) / ${showDim(stride)}) + 1`,
		);
	}
	return { sizes, sums: [...sums] };
}

interface Sized {
	readonly sizes: readonly Dim[];
	/** How they come about. */
	readonly sums: readonly string[];
}

/** The kernel of a convolution of one to three axes, and a tensor that has these and channels. */
function operandsOf(
	context: Context,
	site: CallSite,
	args: Given,
): { readonly x: TensorType; readonly kernel: TensorType; readonly count: number } | undefined {
	const x = tensorGiven(context, site, args, "x");
	const kernel = tensorGiven(context, site, args, "kernel");
	const [given, weights] = [args.get("x"), args.get("kernel")];
	if (!x || !kernel || !given || !weights) return undefined;
	const count = kernel.shape.dims.length - 2;
	if (kernel.shape.rest || count < 1 || count > 3)
		return wrongArgument(
			context,
			site,
			weights,
			`takes a kernel of one to three axes, [results, channels, height, width], and this is ${showType(kernel)}`,
		);
	if (behindRest(x.shape).length < count + 1)
		return wrongArgument(
			context,
			site,
			given,
			`slides a kernel of ${count} ${count === 1 ? "axis" : "axes"} over [.., channels, ${["length", "height, width", "depth, height, width"][count - 1]}], and this is ${showType(x)}`,
			"a single image of one channel is `expand`ed: `expand(x, axis = 0)`",
		);
	return { x, kernel, count };
}

function groupsOf(context: Context, argument: CallArgument | undefined): Dim | undefined {
	return argument
		? intAt(context, argument.value, typeOf(context, argument), 1, "the number of groups")
		: constant(1);
}

function channelsOf(dim: Dim): string {
	return asConstant(dim) === 1 ? "1 channel" : `${showDim(dim)} channels`;
}

/** Whether the channels of a tensor are those that a kernel takes. */
function channelsAgree(context: Context, args: Given, x: TensorType, count: number, wanted: Dim): boolean {
	const got = x.shape.dims.at(-count - 1) as Dim;
	const verdict = decideEqual(wanted, got, context.facts);
	if (verdict.verdict === "equal") return true;
	const last = x.shape.dims.at(-1) as Dim;
	const isLast = decideEqual(wanted, last, context.facts).verdict === "equal";
	const names = ["l", "h w", "d h w"][count - 1];
	const why = explainVerdict(wanted, got, verdict);
	const [given, weights] = [args.get("x"), args.get("kernel")];
	report(context, {
		code: "E0353",
		at: locate(context, (given as CallArgument).value),
		message: `the kernel takes ${channelsOf(wanted)}, and there are ${showDim(got)} (axis ${-count - 1} of ${showType(x)})`,
		label: showType(x),
		related: [
			...(weights ? [{ at: locate(context, weights.value), label: `takes ${channelsOf(wanted)}` }] : []),
			...(x.origin ? [x.origin] : []),
		],
		notes: why.notes,
		...(isLast
			? {
					hint: `the channels stand last here, and go before the sizes: \`rearrange(x, "... ${names} c -> ... c ${names}")\``,
				}
			: why.hint && { hint: why.hint }),
	});
	return false;
}

const conv: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "kernel", "stride", "padding", "dilation", "groups"], 2);
	const operands = args && operandsOf(context, site, args);
	if (!args || !operands) return errorType;
	const { x, kernel, count } = operands;
	const [results, inner, ...window] = kernel.shape.dims as [Dim, Dim, ...Dim[]];
	const sliding = slidingOf(context, site, args, window, undefined);
	const groups = groupsOf(context, args.get("groups"));
	const weights = args.get("kernel");
	if (!sliding || !groups || !weights) return errorType;
	if (!channelsAgree(context, args, x, count, mul(inner, groups))) return errorType;
	if (!("quotient" in exactDiv(results, groups, context.facts)))
		return wrongUse(
			context,
			site,
			`makes ${showDim(results)} results in ${showDim(groups)} groups of one size`,
			askFor(`${showDim(groups)} divides ${showDim(results)}`),
		);
	const sized = windowsOf(context, weights.value, x, window, sliding, "a kernel");
	if (!sized) return errorType;
	const dims = [...x.shape.dims.slice(0, -count - 1), results, ...sized.sizes];
	const shape = { ...x.shape, dims };
	const element = meet(context, { node: site.node, type: x }, { node: weights.value, type: kernel });
	return element && refuseNegative(context, site.node, shape)
		? withSums(tensor(asReal(element), shape), sized.sums)
		: errorType;
};

const convTranspose: SpecialRule = (context, site) => {
	const names = ["x", "kernel", "stride", "padding", "output_padding", "dilation", "groups"];
	const args = given(context, site, names, 2);
	const operands = args && operandsOf(context, site, args);
	if (!args || !operands) return errorType;
	const { x, kernel, count } = operands;
	const [channels, inner, ...window] = kernel.shape.dims as [Dim, Dim, ...Dim[]];
	const sliding = slidingOf(context, site, args, window, undefined);
	const extra = perAxis(context, site, args.get("output_padding"), count, 0, 0, "a padding of the output");
	const groups = groupsOf(context, args.get("groups"));
	const weights = args.get("kernel");
	if (!sliding || !extra || !groups || !weights) return errorType;
	if (!channelsAgree(context, args, x, count, channels)) return errorType;
	if (!("quotient" in exactDiv(channels, groups, context.facts)))
		return wrongUse(
			context,
			site,
			`takes ${showDim(channels)} channels in ${showDim(groups)} groups of one size`,
			askFor(`${showDim(groups)} divides ${showDim(channels)}`),
		);
	const from = x.shape.dims.length - count;
	const sizes: Dim[] = [];
	for (const [i, w] of window.entries()) {
		const extent = x.shape.dims[from + i] as Dim;
		const [stride, dilation, padding] = [sliding.stride[i], sliding.dilation[i], sliding.padding[i]] as [
			Dim,
			Dim,
			Dim,
		];
		const spread = add(mul(sub(extent, constant(1)), stride), mul(dilation, sub(w, constant(1))));
		const size = add(sub(add(spread, extra[i] as Dim), padding), constant(1));
		const verdict = decideAtLeast(size, constant(1), context.facts);
		if (verdict.verdict !== "holds") {
			report(context, {
				code: "E0352",
				at: locate(context, site.node),
				message: `nothing need be left along axis ${i - count}: its size is ${showDim(size)}`,
				...(verdict.settle && { hint: askFor(verdict.settle) }),
			});
			return errorType;
		}
		sizes.push(size);
	}
	const dims = [...x.shape.dims.slice(0, -count - 1), mul(inner, groups), ...sizes];
	const shape = { ...x.shape, dims };
	const element = meet(context, { node: site.node, type: x }, { node: weights.value, type: kernel });
	return element && refuseNegative(context, site.node, shape) ? tensor(asReal(element), shape) : errorType;
};

/** Pooling over the last two axes, or over as many as the window has numbers. */
function pooling(result: (value: TensorType) => TensorType | undefined, padded: boolean): SpecialRule {
	return (context, site) => {
		const args = given(context, site, ["x", "window", "stride", "padding"], 2);
		const x = args && tensorGiven(context, site, args, "x");
		const sides = args?.get("window");
		const place = args?.get("x");
		if (!args || !x || !sides || !place) return errorType;
		const count = (sides.type ? undefined : partsOf(sides.value)?.length) ?? 2;
		if (count > behindRest(x.shape).length || count === 0) {
			wrongArgument(
				context,
				site,
				place,
				`pools the last ${count === 1 ? "axis" : `${count} axes`}, and this is ${showType(x)}`,
				"over one axis the window is `(2,)`",
			);
			return errorType;
		}
		const window = perAxis(context, site, sides, count, 1, 1, "a window");
		const sliding = window && slidingOf(context, site, args, window, window);
		if (!window || !sliding) return errorType;
		for (const [i, w] of window.entries()) {
			const padding = sliding.padding[i] as Dim;
			if (padded || decideAtLeast(w, padding, context.facts).verdict === "holds") continue;
			wrongArgument(
				context,
				site,
				args.get("padding") ?? sides,
				`needs an element in each window: a padding is at most half of it, and here they are ${showDim(padding)}/2 and ${showDim(w)}`,
			);
			return errorType;
		}
		const sized = windowsOf(context, sides.value, x, window, sliding, "a window");
		const value = result(x);
		if (!sized) return errorType;
		if (!value) return wrongUse(context, site, `of ${showType(x)} means nothing`);
		const dims = [...x.shape.dims.slice(0, -count), ...sized.sizes];
		return withSums(reshapedTo(value, { ...x.shape, dims }), sized.sums);
	};
}

export const convolutionRules: Readonly<Record<string, SpecialRule>> = {
	conv,
	conv_transpose: convTranspose,
	max_pool: pooling((v) => (v.element === "bool" ? undefined : v), false),
	avg_pool: pooling((v) => tensor(asReal(v.element), v.shape), true),
};
