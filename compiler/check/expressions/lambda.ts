import type * as ast from "../../../grammar/ast.js";
import { type Context, inner, locate, report, within } from "../context.js";
import { lend } from "../session.js";
import { resolveType } from "../signatures/type-node.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import { errorType, type FunctionType, noQuantified, type Type } from "../types/types.js";
import { bindPattern, infer } from "./expression.js";

/** A lambda is checked where it is used, with the types of its arguments. */
export function lambdaType(context: Context, node: ast.Lambda): FunctionType {
	const apply = (types: readonly Type[], from: Context = context): Type => {
		const session = lend(context, from.session);
		const body = inner(within(context, { ...calledFrom(from), session }));
		session.knowledge.scopes.set(node, body.scope);
		for (const [i, parameter] of node.parameters.entries()) {
			const annotated = parameter.type && resolveType(body, parameter.type);
			const given = types[i] ?? errorType;
			if (annotated && !acceptsAnnotated(body, parameter, annotated, given)) return errorType;
			// A static number keeps its value: `|l: Int| layers[l]`.
			const isKnown =
				annotated !== undefined &&
				knownKinds.has(annotated.kind) &&
				(given.kind === "error" || annotated.kind === given.kind);
			bindPattern(body, parameter.pattern, isKnown ? given : (annotated ?? given), "parameter");
		}
		return infer(body, node.body);
	};
	return {
		kind: "function",
		quantified: noQuantified,
		parameters: [],
		result: errorType,
		lambda: { arity: node.parameters.length, parameters: node.parameters.map(nameOf), apply },
	};
}

const knownKinds: ReadonlySet<Type["kind"]> = new Set(["Int", "Real", "Bool", "String"]);

/** What of the place of a call holds in the body, too. */
function calledFrom({ session, facts, trail, kernel }: Context): Partial<Context> {
	return { session, facts, trail, ...(kernel && { stage: "function", kernel }) };
}

function nameOf({ pattern }: ast.Lambda["parameters"][number]): string | undefined {
	return pattern.kind === "NamePattern" ? pattern.name : undefined;
}

function acceptsAnnotated(
	context: Context,
	parameter: ast.Lambda["parameters"][number],
	annotated: Type,
	given: Type,
): boolean {
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.match(annotated, given) ?? matcher.finish();
	if (!mismatch) return true;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0310",
		at: locate(context, parameter.type ?? parameter.pattern),
		message: `this parameter is declared as ${showType(annotated)}, and is given ${showType(given)}`,
		notes: why.notes,
		...(why.hint && { hint: why.hint }),
	});
	return false;
}
