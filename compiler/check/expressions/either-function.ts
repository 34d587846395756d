import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import { showType } from "../types/show.js";
import { errorType, type FunctionType, noQuantified, type Type } from "../types/types.js";
import { applyTo } from "./call.js";

/**
 * One of two functions, of which a lambda says only where it is called what it gives: both are called there, and what they
 * give is joined. Undefined where no call can be one of either.
 */
export function eitherFunction(
	context: Context,
	node: ast.Expression,
	one: FunctionType,
	other: FunctionType,
	join: (a: Type, b: Type) => Type | undefined,
): FunctionType | undefined {
	const [a, b] = [asValue(one), asValue(other)];
	const [m, n] = [a, b].map((fn) => fn && namesOf(fn));
	if (!a || !b || !m || !n || m.length !== n.length) return undefined;
	const apply = (types: readonly Type[], from: Context = context): Type => {
		const [x, y] = [applyOne(from, node, a, types), applyOne(from, node, b, types)];
		if (x.kind === "error" || y.kind === "error") return errorType;
		const joined = join(x, y);
		if (joined) return joined;
		report(context, {
			code: "E0309",
			at: locate(context, node),
			message: `the functions that this chooses between give different types: ${showType(x)} and ${showType(y)}`,
		});
		return errorType;
	};
	return {
		kind: "function",
		quantified: noQuantified,
		parameters: [],
		result: errorType,
		lambda: { arity: m.length, parameters: m.map((name, i) => (name === n[i] ? name : undefined)), apply },
	};
}

/** A builtin as a value, if a signature can say it. */
function asValue(fn: FunctionType): FunctionType | undefined {
	if (fn.derivative || fn.receiver) return undefined;
	return fn.special ? fn.asValue?.() : fn;
}

/** The parameters that a call must give. */
function namesOf(fn: FunctionType): readonly (string | undefined)[] | undefined {
	if (!fn.lambda) return fn.parameters.filter((p) => !p.optional).map((p) => p.name);
	return fn.lambda.arity === undefined ? undefined : fn.lambda.parameters;
}

function applyOne(context: Context, node: ast.Expression, fn: FunctionType, types: readonly Type[]): Type {
	return fn.lambda ? fn.lambda.apply(types, context) : applyTo(context, node, fn, types);
}
