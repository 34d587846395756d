import { wrongUse } from "../builtins/builtin.js";
import { captureRule } from "../builtins/capture.js";
import { bytesRule, countRule, macsRule } from "../builtins/cost.js";
import { readArguments, type SpecialRule } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { showType } from "../types/show.js";
import { errorType, type Type } from "../types/types.js";
import { ofChoice } from "./choice.js";
import { frozenType } from "./place.js";
import { plainType } from "./tree-change.js";

/** `frozen(net)` and `merge(net)`: the same parts, made otherwise; functions of a choice. */

const trees = new Set(["model", "stack", "list", "tuple", "tensor"]);

function ofTree(change: (type: Type) => Type): SpecialRule {
	return (context: Context, site: CallSite) => {
		const { positional, named } = readArguments(context, site);
		const [first, ...others] = positional;
		if (!first || others.length > 0 || named.size > 0)
			return wrongUse(context, site, "takes one model, or a record of them");
		if (first.type.kind === "error") return errorType;
		if (trees.has(first.type.kind)) return change(first.type);
		report(context, {
			code: "E0302",
			at: locate(context, first.node),
			message: `${showType(first.type)} holds no parameters`,
		});
		return errorType;
	};
}

/** `average(runs.net)`: of a stack along one axis, each leaf's mean. */
const average: SpecialRule = (context, site) => {
	const { positional, named } = readArguments(context, site);
	const [first, ...others] = positional;
	if (first?.type.kind === "error") return errorType;
	if (first?.type.kind !== "stack" || first.type.dims.length !== 1 || others.length > 0 || named.size > 0)
		return wrongUse(
			context,
			site,
			`takes a stack of models, and this is ${first ? showType(first.type) : "nothing"}`,
			"a `for` gives one: `average(for s in 0..4: train(seed = s).net)`; of a tensor it is `mean(x, axis = 0)`",
		);
	return first.type.of;
};

export const treeRules: Readonly<Record<string, SpecialRule>> = {
	frozen: ofTree(frozenType),
	merge: ofTree(plainType),
	average,
	mixed: ofChoice(["temperature"]),
	sampled: ofChoice(["temperature"]),
	fixed: ofChoice([]),
	count: (context, site, expected) => countRule(context, site, expected),
	bytes: (context, site, expected) => bytesRule(context, site, expected),
	macs: (context, site, expected) => macsRule(context, site, expected),
	capture: (context, site, expected) => captureRule(context, site, expected),
};
