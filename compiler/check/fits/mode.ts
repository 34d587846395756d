import type * as ast from "../../../grammar/ast.js";
import { given, typeOf, wrongArgument } from "../builtins/builtin.js";
import type { SpecialRule } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import { showType } from "../types/show.js";
import { errorType, type Type } from "../types/types.js";

/**
 * The mode goes with the call: what a `minimize` differentiates is called for training, all else for evaluation.
 * `training` tells which in a function or a model; it is known before running, though not to the checker.
 */
export function trainingMode(context: Context, node: ast.Name): Type {
	if (context.stage === "function") return { kind: "Bool" };
	report(context, {
		code: "E0354",
		at: locate(context, node),
		message: "`training` is asked in a function or a model: it tells what the call is for",
		hint: "terms of a `minimize` are for training, all else is for evaluation",
	});
	return errorType;
}

const evaluation: SpecialRule = (context, site) => {
	const args = given(context, site, ["net"]);
	const net = args?.get("net");
	const type = net && typeOf(context, net);
	if (!net || !type || type.kind === "error") return errorType;
	if (type.kind === "model" || (type.kind === "stack" && type.of.kind === "model")) return type;
	wrongArgument(context, site, net, `takes a model, and this is ${showType(type)}`);
	return errorType;
};

export const modeRules: Readonly<Record<string, SpecialRule>> = { eval: evaluation };
