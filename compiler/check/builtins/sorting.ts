import { type Dim, decideAtLeast } from "../../dims/dim.js";
import type { Context } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { discharge } from "../expressions/discharge.js";
import { asNumber } from "../types/precision.js";
import { showType } from "../types/show.js";
import { errorType, type TensorType, type Type, tensor } from "../types/types.js";
import { axisGiven } from "./axis.js";
import { type Given, given, tensorGiven, typeOf, wrongArgument } from "./builtin.js";
import { intGiven } from "./movement.js";
import type { SpecialRule } from "./special.js";

/** Sorting along an axis, the last one if none is given. Of ints (and bools) the sorted numbers are ints. */

function alongLine(
	names: readonly string[],
	required: number,
	result: (
		sorted: TensorType,
		extent: Dim,
		axis: number,
		context: Context,
		site: CallSite,
		args: Given,
	) => Type,
): SpecialRule {
	return (context, site) => {
		const args = given(context, site, names, required);
		const value = args && tensorGiven(context, site, args, "x");
		if (!args || !value) return errorType;
		const axis = axisGiven(context, args.get("axis"), value, { axis: -1, node: site.node });
		const extent = axis === undefined ? undefined : value.shape.dims[axis];
		if (axis === undefined || !extent || !isFlag(context, site, args)) return errorType;
		const element = asNumber(value.element);
		return result(tensor(element, value.shape), extent, axis, context, site, args);
	};
}

function isFlag(context: Context, site: CallSite, args: Given): boolean {
	const argument = args.get("descending");
	const type = argument && typeOf(context, argument);
	if (!argument || type?.kind === "Bool" || type?.kind === "error") return true;
	wrongArgument(
		context,
		site,
		argument,
		`takes a Bool as \`descending\`, and this is ${type ? showType(type) : "?"}`,
	);
	return false;
}

export const sortingRules: Readonly<Record<string, SpecialRule>> = {
	sort: alongLine(["x", "axis", "descending"], 1, (sorted) => sorted),
	argsort: alongLine(["x", "axis", "descending"], 1, (sorted, extent) => tensor("int", sorted.shape, extent)),
	top_k: alongLine(["x", "k", "axis"], 2, (sorted, extent, axis, context, site, args) => {
		const argument = args.get("k");
		const k = argument && intGiven(context, argument, 0, "the number of elements");
		if (!k) return errorType;
		if (decideAtLeast(extent, k, context.facts).verdict !== "holds") {
			const clause = { kind: "at-least", greater: extent, lesser: k, text: "n >= k" } as const;
			discharge(context, site.node, clause, { name: "top_k" });
			return errorType;
		}
		const shape = { ...sorted.shape, dims: sorted.shape.dims.map((d, i) => (i === axis ? k : d)) };
		return {
			kind: "tuple",
			elements: [
				{ name: "value", type: tensor(sorted.element, shape) },
				{ name: "index", type: tensor("int", shape, extent) },
			],
		};
	}),
};
