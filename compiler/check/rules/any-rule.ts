import { isForParameterVector } from "../../../grammar/subject.js";
import { noFacts } from "../../dims/dim.js";
import { quoted } from "../../source/near.js";
import { Matcher } from "../types/match.js";
import type { Mismatch } from "../types/mismatch.js";
import { holds, wrongKind } from "../types/mismatch.js";
import { shapeOf } from "../types/shape.js";
import { showType } from "../types/show.js";
import { noBindings, substituteWhere } from "../types/substitute.js";
import type { ModelMember, RuleSymbol } from "../types/symbols.js";
import {
	type AppliedType,
	errorType,
	type FunctionType,
	freshId,
	noQuantified,
	type Quantified,
	ruleOfType,
	scalar,
	type Type,
} from "../types/types.js";

const axes = { id: freshId(), name: "s" };
const span = { start: 0, end: 0 };
const at = { file: "std.core", start: 0, end: 0 };
const anyLeaf: Type = { kind: "tensor", element: "real", shape: shapeOf([], axes) };

type AnyRole = "optimizer" | "constraint";

const anyRules = new WeakSet<RuleSymbol>();

/** A rule of which it is known what it is for, and that it has these members. */
export function anyRule(
	role: AnyRole,
	name: string,
	subject: Type = anyLeaf,
	sizes: Quantified = { ...noQuantified, rests: [axes] },
): RuleSymbol {
	const quantified = { ...sizes, overReal: true };
	const place = { name: { kind: "Missing", span }, parameters: [], where: [], members: [], span } as const;
	const rule: RuleSymbol = {
		name,
		role,
		module: { path: "std.core", library: true },
		node: { kind: role === "optimizer" ? "Optimizer" : "Constraint", ...place },
		at,
		parameters: [],
		options: noQuantified,
		quantified,
		subject,
		where: [],
		members: new Map(membersOf(role, subject, quantified).map((member) => [member.name, member])),
		complete: () => undefined,
	};
	anyRules.add(rule);
	return rule;
}

function membersOf(role: AnyRole, subject: Type, quantified: Quantified): ModelMember[] {
	const method = (name: string, type: Omit<FunctionType, "kind" | "name">): ModelMember => ({
		name,
		role: "method",
		type: { kind: "function", name, ...type },
		at,
	});
	if (role === "optimizer")
		return [method("step", { quantified: noQuantified, parameters: [], result: errorType, special: "step" })];
	const parameters = [{ name: "w", type: subject, optional: false }];
	return [
		method("violation", { quantified, parameters, result: scalar("real") }),
		method("project", { quantified, parameters, result: subject }),
	];
}

/** `inner: Optimizer`. */
export const anyOptimizer = anyRule("optimizer", "Optimizer");

/** `rule: Constraint`. */
export const anyConstraint = anyRule("constraint", "Constraint");

/** What a type says of a rule by itself, which is then not of any. */
export function isAnyRule(rule: RuleSymbol): boolean {
	return anyRules.has(rule);
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
	const wanted = formal.rule.subject;
	if (wanted && !isFor(rule, wanted, actual)) {
		const isAny = wanted === anyLeaf;
		const article = role === "optimizer" ? "an" : "a";
		const matrices = role === "optimizer" ? "Optimizer" : "Constraint";
		return {
			kind: "type",
			wanted: `${article} ${formal.rule.name}, which is for ${isAny ? "any leaf" : `any ${showType(wanted)}`}`,
			got: own ? `${rule.name}, which is for ${showForm(rule, own)}` : rule.name,
			...(isAny &&
				own?.kind === "tensor" &&
				rule.where.length === 0 && {
					hint: `where only such leaves are meant, declare it as \`${matrices}(${showType(own)})\``,
				}),
		};
	}
	const lacks = [...members.keys()].filter((name) => !rule.members.has(name));
	if (lacks.length === 0) return undefined;
	return {
		kind: "type",
		wanted: `a Constraint, which has ${quoted([...members.keys()])}`,
		got: `${rule.name}, which has no ${quoted(lacks)}`,
	};
}

/** Whether a rule is for all leaves of this type, whatever its sizes are. */
function isFor(rule: RuleSymbol, wanted: Type, actual: Type): boolean {
	const { role, subject } = rule;
	if (role === "optimizer" && (subject?.kind === "variable" || isForParameterVector(rule.node.subject)))
		return rule.where.length === 0;
	if (!subject) return false;
	const sizes = actual.kind === "applied" ? actual.sizes : undefined;
	const matcher = new Matcher(rule.quantified, noFacts, { ...noBindings(), dims: new Map(sizes) });
	if (matcher.match(subject, wanted)) return false;
	matcher.solve(rule.where);
	if (matcher.finish()) return false;
	return rule.where.every((clause) => holds(substituteWhere(clause, matcher.bindings), noFacts) === "holds");
}

function showForm(rule: RuleSymbol, subject: Type): string {
	const [condition] = rule.where;
	return condition ? `${showType(subject)} where ${condition.text}` : showType(subject);
}
