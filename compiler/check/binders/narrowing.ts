import type * as ast from "../../../grammar/ast.js";
import { add, constant, decideAtLeast } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { refuseNegative, resolveDim } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { showDim, showType } from "../types/show.js";
import { errorType, type Type, tensor } from "../types/types.js";
import { intervalOf } from "./whole.js";

/** `int<k>(e)`: that the numbers lie in 0 .. k is checked while running; what is known to lie outside is an error. */
export function narrow(context: Context, site: CallSite, callee: ast.TypeName): Type {
	const [argument] = site.arguments;
	const type = argument && (argument.type ?? infer(context, argument.value));
	if (callee.type.kind !== "BoundedInt" || callee.type.shape) {
		report(context, {
			code: "E0313",
			at: locate(context, callee),
			message: "only a type without a shape narrows: its numbers keep the shape that they have",
			hint: "write it as `int<k>(x)`",
		});
		return errorType;
	}
	const below = resolveDim(context, callee.type.bound);
	if (!argument || argument.name || site.arguments.length !== 1) {
		report(context, {
			code: "E0313",
			at: locate(context, site.node),
			message: "`int<..>(..)` narrows one value",
		});
		return errorType;
	}
	if (!below || !type || type.kind === "error") return errorType;
	if (!refuseNegative(context, callee.type.bound, { dims: [below] })) return errorType;
	const value = asTensor(type);
	if (!value) {
		report(context, {
			code: "E0302",
			at: locate(context, argument.value),
			message: `${showType(type)} is no number`,
		});
		return errorType;
	}
	const interval = intervalOf(type);
	// In a case that never runs everything follows.
	const neverRuns = decideAtLeast(constant(-1), constant(0), context.facts).verdict === "holds";
	const isOutside =
		interval &&
		!neverRuns &&
		(decideAtLeast(interval.least, below, context.facts).verdict === "holds" ||
			decideAtLeast(constant(-1), interval.most, context.facts).verdict === "holds");
	if (isOutside) {
		report(context, {
			code: "E0331",
			at: locate(context, argument.value),
			message:
				interval.least.key === interval.most.key
					? `${showDim(interval.least)} is no int below ${showDim(below)}`
					: `this is never an int below ${showDim(below)}: it lies in ${showDim(interval.least)}..${showDim(add(interval.most, constant(1)))}`,
		});
		return errorType;
	}
	return tensor("int", value.shape, below);
}
