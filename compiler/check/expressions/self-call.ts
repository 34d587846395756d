import { type Context, declarationKey } from "../context.js";
import { instantiate } from "../types/instantiate.js";
import { substituteType, substituteWhere } from "../types/substitute.js";
import { type FunctionType, noQuantified } from "../types/types.js";

/**
 * A function as its own body calls it: what the signature quantifies over is rigid in the body, and any in the call, so
 * that the call has names of its own.
 */
export function asCalled(context: Context, fn: FunctionType): FunctionType {
	if (!fn.at || fn.special || context.owner !== declarationKey(fn.at)) return fn;
	const { bindings, quantified } = instantiate(fn.quantified, (name) => name);
	const own = substituteType(
		{ kind: "function", quantified: noQuantified, parameters: fn.parameters, result: fn.result },
		bindings,
	);
	if (own.kind !== "function") return fn;
	const trees = [...(fn.quantified.trees ?? [])].flatMap((id) => {
		const variable = bindings.types.get(id);
		return variable?.kind === "variable" ? [variable.id] : [];
	});
	return {
		...own,
		...(fn.name !== undefined && { name: fn.name }),
		...(fn.openSizes && { openSizes: fn.openSizes }),
		...(fn.resultTexts && { resultTexts: fn.resultTexts }),
		...(fn.where && { where: fn.where.map((clause) => substituteWhere(clause, bindings)) }),
		quantified: {
			...quantified,
			trees: new Set(trees),
			...(fn.quantified.overReal && { overReal: true }),
		},
		at: fn.at,
	};
}
