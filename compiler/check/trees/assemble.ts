import { wrongUse } from "../builtins/builtin.js";
import type { SpecialRule } from "../builtins/special.js";
import { type Context, locate, report } from "../context.js";
import type { CallArgument, CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { errorType, noQuantified, type Type } from "../types/types.js";
import { hintOfOpen, openCondition, trainable } from "./model-parameters.js";
import { asTree } from "./trees.js";

/** `trainable(net)` and `assemble(net, p)`: between a tree and the record of its parameters, as a derivative by it is. */

interface WithParameters {
	readonly type: Type;
	readonly parameters: Type;
}

function treeWithParameters(
	context: Context,
	site: CallSite,
	argument: CallArgument | undefined,
): WithParameters | undefined {
	if (!argument || argument.name) {
		wrongUse(context, site, "takes a model, or another tree");
		return undefined;
	}
	const given = argument.type ?? infer(context, argument.value);
	if (given.kind === "error") return undefined;
	const type = asTree(given);
	const open = openCondition(type);
	if (open) {
		report(context, {
			code: "E0384",
			at: locate(context, argument.value),
			message: `of this, ${showType(type)}, it is open ${open}: the record of its parameters cannot be told`,
			hint: hintOfOpen(open),
		});
		return undefined;
	}
	if (type.kind === "variable" && !context.trees?.has(type.id)) {
		report(context, {
			code: "E0346",
			at: locate(context, argument.value),
			message: `a tree is made of real tensors, and this is ${type.name}, which may be anything`,
			hint: `say so in the signature: \`where ${type.name}: tree\``,
		});
		return undefined;
	}
	const parameters = trainable(type);
	if (parameters) return { type, parameters };
	wrongUse(context, site, `finds no parameters in ${showType(type)}`);
	return undefined;
}

const parametersRule: SpecialRule = (context, site) => {
	const found = treeWithParameters(context, site, site.arguments[0]);
	if (!found) return errorType;
	return site.arguments.length > 1 ? wrongUse(context, site, "takes one model") : found.parameters;
};

const assemble: SpecialRule = (context, site) => {
	const [tree, parameters] = site.arguments;
	const found = treeWithParameters(context, site, tree);
	if (!found) return errorType;
	if (!parameters || site.arguments.length !== 2)
		return wrongUse(context, site, "takes a model and a record of its parameters");
	const given = parameters.type ?? infer(context, parameters.value);
	if (given.kind === "error") return errorType;
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.matchDeclared(found.parameters, given) ?? matcher.finish();
	if (!mismatch) return found.type;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0346",
		at: locate(context, parameters.value),
		message: `these are not the parameters of ${showType(found.type)}: ${why.message}`,
		label: showType(given),
		notes: why.notes,
		hint: "they are given by `trainable(net)`, or by a gradient",
	});
	return errorType;
};

export const parameterRules: Readonly<Record<string, SpecialRule>> = { trainable: parametersRule, assemble };
