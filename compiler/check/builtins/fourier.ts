import { add, constant, type Dim, decideEqual, floorDiv, mul, sub } from "../../dims/dim.js";
import type { Context } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { refuseNegative } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { complexOfParts, complexPart } from "../types/complex-type.js";
import { explainVerdict } from "../types/explain.js";
import { asReal } from "../types/precision.js";
import { replaceAxis } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { errorType, type TensorType, tensor } from "../types/types.js";
import { axesAt, axisGiven } from "./axis.js";
import { type Given, given, typeOf, wrongArgument } from "./builtin.js";
import { intGiven } from "./movement.js";
import type { SpecialRule } from "./special.js";

/** Discrete Fourier transforms along axes. Of real numbers half of the last axis says it all. */

/** What is transformed, as the real tensor of its shape. */
function operand(
	context: Context,
	site: CallSite,
	args: Given,
	takes: "real" | "complex" | "both",
): TensorType | undefined {
	const argument = args.get("x");
	const type = argument && typeOf(context, argument);
	if (!argument || !type || type.kind === "error") return undefined;
	const part = complexPart(type);
	if (part && takes !== "real") return part;
	const value = part ? undefined : asTensor(type);
	if (value && value.element !== "bool" && takes !== "complex")
		return tensor(asReal(value.element), value.shape);
	const wanted = takes === "both" ? "numbers" : `${takes} numbers`;
	const hint = takes === "real" && part ? "`fft` transforms complex ones" : undefined;
	return wrongArgument(context, site, argument, `takes ${wanted}, and this is ${showType(type)}`, hint);
}

/** The axes in the order in which they are written; the last one by default. */
function axesOf(context: Context, site: CallSite, args: Given, value: TensorType): number[] | undefined {
	const argument = args.get("axis");
	if (argument) return axesAt(context, argument, value);
	const axis = axisGiven(context, undefined, value, { axis: -1, node: site.node });
	return axis === undefined ? undefined : [axis];
}

const half = (n: Dim): Dim => add(floorDiv(n, constant(2)), constant(1));

const whole: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "axis"]);
	const value = args && operand(context, site, args, "both");
	if (!args || !value || !axesOf(context, site, args, value)) return errorType;
	return complexOfParts(value);
};

const ofReals: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "axis"]);
	const value = args && operand(context, site, args, "real");
	const last = args && value && axesOf(context, site, args, value)?.at(-1);
	if (!value || last === undefined) return errorType;
	const shape = replaceAxis(value.shape, last, half(value.shape.dims[last] as Dim));
	return complexOfParts({ ...value, shape });
};

const toReals: SpecialRule = (context, site) => {
	const args = given(context, site, ["x", "n", "axis"]);
	const value = args && operand(context, site, args, "complex");
	const last = args && value && axesOf(context, site, args, value)?.at(-1);
	if (!args || !value || last === undefined) return errorType;
	const size = value.shape.dims[last] as Dim;
	const count = args.get("n");
	const n = count ? intGiven(context, count, 0, "the length") : mul(constant(2), sub(size, constant(1)));
	if (!n) return errorType;
	const verdict = decideEqual(half(n), size, context.facts);
	if (count && verdict.verdict !== "equal") {
		const { hint } = { hint: undefined, ...explainVerdict(half(n), size, verdict) };
		wrongArgument(
			context,
			site,
			count,
			`of ${showDim(n)} numbers takes floor(${showDim(n)} / 2) + 1 = ${showDim(half(n))}, and this axis has ${showDim(size)}`,
			hint,
		);
		return errorType;
	}
	const shape = replaceAxis(value.shape, last, n);
	return refuseNegative(context, site.node, shape) ? tensor(value.element, shape) : errorType;
};

export const fourierRules: Readonly<Record<string, SpecialRule>> = {
	fft: whole,
	ifft: whole,
	rfft: ofReals,
	irfft: toReals,
};
