import { isForParameterVector } from "../../../grammar/subject.js";
import { quoted } from "../../source/near.js";
import type { Mismatch } from "../types/mismatch.js";
import { wrongKind } from "../types/mismatch.js";
import { showType } from "../types/show.js";
import {
	type AppliedType,
	errorType,
	freshId,
	type ModelMember,
	noQuantified,
	type RuleSymbol,
	ruleOfType,
	scalar,
	type Type,
} from "../types/types.js";

const axes = { id: freshId(), name: "s" };
const span = { start: 0, end: 0 };
const at = { file: "std.core", start: 0, end: 0 };
const subject: Type = { kind: "tensor", element: "real", shape: { rest: axes, dims: [] } };

/** A rule of which it is known that it is for any leaf, and has these members. */
function anyRule(
	role: "optimizer" | "constraint",
	name: string,
	members: readonly ModelMember[],
): RuleSymbol {
	const place = { name: { kind: "Missing", span }, parameters: [], where: [], members: [], span } as const;
	return {
		name,
		role,
		module: { path: "std.core", library: true },
		node: { kind: role === "optimizer" ? "Optimizer" : "Constraint", ...place },
		at,
		parameters: [],
		options: noQuantified,
		quantified: { ...noQuantified, rests: [axes], overReal: true },
		subject,
		where: [],
		members: new Map(members.map((member) => [member.name, member])),
		complete: () => undefined,
	};
}

function method(name: string, result: Type, special?: string): ModelMember {
	const parameters = special ? [] : [{ name: "w", type: subject, optional: false }];
	const quantified = special ? noQuantified : { ...noQuantified, rests: [axes], overReal: true };
	const type: Type = { kind: "function", name, quantified, parameters, result, ...(special && { special }) };
	return { name, role: "method", type, at };
}

/** `inner: Optimizer`. */
export const anyOptimizer = anyRule("optimizer", "Optimizer", [method("step", errorType, "step")]);

/** `rule: Constraint`. */
export const anyConstraint = anyRule("constraint", "Constraint", [
	method("violation", scalar("real")),
	method("project", subject),
]);

/** What a type says of a rule by itself, which is then not of any. */
export function isAnyRule(rule: RuleSymbol): boolean {
	return rule === anyOptimizer || rule === anyConstraint;
}

/**
 * A rule where any is wanted: it must be for leaves of any shape, or an optimizer for all parameters together, as it is
 * not known what it is used on. A constraint must offer what is counted on.
 */
export function matchRule(formal: AppliedType, actual: Type): Mismatch | undefined {
	const rule = ruleOfType(actual);
	rule?.complete();
	if (!isAnyRule(formal.rule)) return rule === formal.rule ? undefined : wrongKind(formal, actual);
	const { role, members } = formal.rule;
	if (rule?.role !== role || (actual.kind !== "applied" && rule.parameters.some((p) => !p.optional)))
		return {
			kind: "type",
			wanted: showType(formal),
			got: showType(actual),
			...(rule?.role === role && { hint: `give its options: \`${rule.name}(..)\`` }),
		};
	const own = rule.subject;
	const forAny =
		(role === "optimizer" && (own?.kind === "variable" || isForParameterVector(rule.node.subject))) ||
		(own?.kind === "tensor" && own.shape.rest !== undefined && own.shape.dims.length === 0);
	if (!forAny || rule.where.length > 0)
		return {
			kind: "type",
			wanted:
				role === "optimizer" ? "an Optimizer, which is for any leaf" : "a Constraint, which is for any leaf",
			got: own ? `${rule.name}, which is for ${showType(own)}` : rule.name,
		};
	const lacks = [...members.keys()].filter((name) => !rule.members.has(name));
	if (lacks.length === 0) return undefined;
	return {
		kind: "type",
		wanted: `a Constraint, which has ${quoted([...members.keys()])}`,
		got: `${rule.name}, which has no ${quoted(lacks)}`,
	};
}
