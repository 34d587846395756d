import { isForParameterVector } from "../../grammar/subject.js";
import type { Mismatch } from "./mismatch.js";
import { wrongKind } from "./mismatch.js";
import { showType } from "./show.js";
import { type AppliedType, errorType, freshId, noQuantified, type RuleSymbol, type Type } from "./types.js";

const axes = { id: freshId(), name: "s" };
const span = { start: 0, end: 0 };

/** `inner: Optimizer`: of which it is known that it is for any leaf. */
export const anyOptimizer: RuleSymbol = {
	name: "Optimizer",
	role: "optimizer",
	module: { path: "std.core", library: true },
	node: {
		kind: "Optimizer",
		name: { kind: "Missing", span },
		parameters: [],
		where: [],
		members: [],
		span,
	},
	at: { file: "std.core", start: 0, end: 0 },
	parameters: [],
	options: noQuantified,
	quantified: { ...noQuantified, rests: [axes] },
	subject: { kind: "tensor", element: "real", shape: { rest: axes, dims: [] } },
	where: [],
	members: new Map([
		[
			"step",
			{
				name: "step",
				role: "method",
				type: {
					kind: "function",
					name: "step",
					quantified: noQuantified,
					parameters: [],
					result: errorType,
					special: "step",
				},
				at: { file: "std.core", start: 0, end: 0 },
			},
		],
	]),
	complete: () => undefined,
};

/** An optimizer where any is wanted: it must be for all parameters together or for leaves of any shape, as it is not known what it is used on. */
export function matchRule(formal: AppliedType, actual: Type): Mismatch | undefined {
	const rule =
		actual.kind === "applied"
			? actual.rule
			: actual.kind === "declaration" && "rule" in actual.symbol
				? actual.symbol.rule
				: undefined;
	rule?.complete();
	if (formal.rule !== anyOptimizer) return rule === formal.rule ? undefined : wrongKind(formal, actual);
	if (rule?.role !== "optimizer" || (actual.kind !== "applied" && rule.parameters.some((p) => !p.optional)))
		return {
			kind: "type",
			wanted: showType(formal),
			got: showType(actual),
			...(rule?.role === "optimizer" && { hint: `give its options: \`${rule.name}(..)\`` }),
		};
	const { subject } = rule;
	const forAny =
		subject?.kind === "variable" ||
		isForParameterVector(rule.node.subject) ||
		(subject?.kind === "tensor" && subject.shape.rest !== undefined && subject.shape.dims.length === 0);
	if (forAny && rule.where.length === 0) return undefined;
	return {
		kind: "type",
		wanted: "an Optimizer, which is for any leaf",
		got: subject ? `${rule.name}, which is for ${showType(subject)}` : rule.name,
	};
}
