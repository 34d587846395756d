import type { Context } from "../context.js";
import type { CallSite } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { configurationBindings } from "../signatures/model-type.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { substituteType } from "../types/substitute.js";
import { errorType, type Type } from "../types/types.js";
import { wrongUse } from "./builtin.js";
import type { SpecialRule } from "./special.js";

/**
 * `capture(net(x), net.layers[0])`: what a part of a model gave while an expression was computed. How many leading axes
 * it was given is the body's affair: where the part's signature leaves sizes open, they are those of the declared type.
 */
export const captureRule: SpecialRule = (context, site, expected) => {
	const [whole, part, more] = site.arguments;
	if (!whole || !part || more || whole.name || part.name || whole.type)
		return wrongUse(
			context,
			site,
			"takes an expression and a part of a model: `capture(net(x), net.layers[0])`",
		);
	const computed = infer(context, whole.value);
	const model = part.type ?? infer(context, part.value);
	if (computed.kind === "error" || model.kind === "error" || expected?.kind === "error") return errorType;
	const call = model.kind === "model" ? model.declaration.call : undefined;
	if (model.kind !== "model" || !call)
		return wrongUse(context, site, `takes a part that is called, and this is ${showType(model)}`);
	const bindings = configurationBindings(model);
	const gives = substituteType(call.result, bindings);
	if (gives.kind !== "tensor")
		return wrongUse(context, site, `captures tensors, and ${showType(model)} gives ${showType(gives)}`);
	const closed = new Matcher(call.quantified, context.facts, bindings);
	if (!expected) return isClosed(gives, closed) ? gives : undeclared(context, site, gives);
	const mismatch = closed.match(call.result, expected) ?? closed.finish();
	if (!mismatch && expected.kind === "tensor") return expected;
	return wrongUse(
		context,
		site,
		`gives ${showType(gives)} of this part, and what is declared here is ${showType(expected)}`,
	);
};

/** Whether a signature leaves no size open. */
function isClosed(type: Type, matcher: Matcher): boolean {
	return type.kind === "tensor" && !type.shape.rest && !matcher.match(type, type) && !matcher.finish();
}

function undeclared(context: Context, site: CallSite, gives: Type): Type {
	return wrongUse(
		context,
		site,
		`gives ${showType(gives)}, of which the call alone tells all sizes: they are declared`,
		"for example `let hidden: real[n, 8] = capture(net(x), net.layers[0])`",
	);
}
