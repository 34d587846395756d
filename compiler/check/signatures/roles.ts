import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import type { Hint } from "../hint.js";
import { asTensor } from "../trees/stack.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { isRealElement, noQuantified, type Type } from "../types/types.js";

/** What a function with a role gives: losses and regularizers one real, a schedule a rate, a metric numbers. */
export function checkRole(context: Context, node: ast.FunctionDeclaration, result: Type): void {
	if (node.role === "fn" || node.role === "method" || result.kind === "error") return;
	const wanted = wantedOf(context, node.role, result);
	if (!wanted) return;
	report(context, {
		code: "E0464",
		at: locate(context, node.result ?? node.name ?? node),
		message: `a ${node.role} gives ${wanted.what}, and this gives ${showType(result)}`,
		hint: wanted.hint,
	});
}

interface Wanted {
	readonly what: string;
	readonly hint: Hint;
}

/** What it should give; undefined where it does. */
function wantedOf(
	context: Context,
	role: Exclude<ast.FunctionDeclaration["role"], "fn" | "method">,
	result: Type,
): Wanted | undefined {
	const value = asTensor(result);
	switch (role) {
		case "loss":
		case "regularizer": {
			const isOne = value?.shape.dims.length === 0 && !value.shape.rest && isRealElement(value.element);
			return isOne
				? undefined
				: { what: "one real number", hint: "reduce it: `mean i: ..`, `sum(..)`; what gives more is a `fn`" };
		}
		case "metric": {
			const isNumbers = value !== undefined || (result.kind === "tuple" && result.elements.length > 0);
			return isNumbers ? undefined : { what: "numbers", hint: "what gives anything else is a `fn`" };
		}
		case "schedule": {
			const mismatch = new Matcher(noQuantified, context.facts).match({ kind: "rate" }, result);
			return mismatch
				? { what: "a rate: a function of the step", hint: "for example `-> Rate = |t| peak / (1 + t)`" }
				: undefined;
		}
	}
}
