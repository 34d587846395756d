import { isForParameterVector } from "../../../grammar/subject.js";
import { type Dim, noFacts, variable } from "../../dims/dim.js";
import { quoted } from "../../source/near.js";
import { withClause } from "../signatures/declaration.js";
import { Matcher } from "../types/match.js";
import { holds, type Mismatch, wrongKind } from "../types/mismatch.js";
import { showType } from "../types/show.js";
import { noBindings, substituteType, substituteWhere } from "../types/substitute.js";
import {
	type AppliedType,
	errorType,
	freshId,
	type ModelMember,
	noQuantified,
	type Quantified,
	type RuleSymbol,
	ruleOfType,
	type Shape,
	scalar,
	type Type,
	type WhereClause,
} from "../types/types.js";

const axes = { id: freshId(), name: "s" };
const span = { start: 0, end: 0 };
const at = { file: "std.core", start: 0, end: 0 };
const subject: Type = { kind: "tensor", element: "real", shape: { rest: axes, dims: [] } };

/** For which leaves a rule is. */
interface Leaves {
	readonly subject: Type;
	readonly quantified: Quantified;
	readonly where: readonly WhereClause[];
}

const everyLeaf: Leaves = {
	subject,
	quantified: { ...noQuantified, rests: [axes], overReal: true },
	where: [],
};

const anyRules = new WeakSet<RuleSymbol>();
const nothing = (): void => {};

/** A rule of which it is known that it is for these leaves, and has these members. */
function anyRule(role: "optimizer" | "constraint", leaves = everyLeaf): RuleSymbol {
	const place = { name: { kind: "Missing", span }, parameters: [], where: [], members: [], span } as const;
	const members =
		role === "optimizer"
			? [method("step", leaves, errorType, "step")]
			: [method("violation", leaves, scalar("real")), method("project", leaves, leaves.subject)];
	const rule: RuleSymbol = {
		name: role === "optimizer" ? "Optimizer" : "Constraint",
		role,
		module: { path: "std.core", library: true },
		node: { kind: role === "optimizer" ? "Optimizer" : "Constraint", ...place },
		at,
		parameters: [],
		options: noQuantified,
		...leaves,
		members: new Map(members.map((member) => [member.name, member])),
		complete: nothing,
	};
	anyRules.add(rule);
	return rule;
}

function method(name: string, leaves: Leaves, result: Type, special?: string): ModelMember {
	const parameters = special ? [] : [{ name: "w", type: leaves.subject, optional: false }];
	const { quantified, where } = leaves;
	const own = special ? { quantified: noQuantified, special } : { quantified, where };
	return { name, role: "method", type: { kind: "function", name, parameters, result, ...own }, at };
}

/** `inner: Optimizer`. */
export const anyOptimizer = anyRule("optimizer");

/** `rule: Constraint`. */
export const anyConstraint = anyRule("constraint");

/** What a type says of a rule by itself, which is then not of any. */
export function isAnyRule(rule: RuleSymbol): boolean {
	return anyRules.has(rule);
}

/** `rule: Constraint = unit_rows`: the default says for which leaves the rules are; without one they are for all. */
export function forLeavesOf(type: Type, given: Type | undefined): Type {
	const rule = given && ruleOfType(given);
	if (type.kind !== "applied" || !isAnyRule(type.rule) || !rule) return type;
	rule.complete();
	const { role, subject: own } = rule;
	// For all parameters together it is for any.
	if (role === "optimizer" && isForParameterVector(rule.node.subject)) return type;
	const isApplied = given.kind === "applied" || rule.parameters.every((p) => p.optional);
	if (role !== type.rule.role || role === "reparam" || own?.kind !== "tensor" || !isApplied) return type;
	// Sizes and axes of its own: the rules that are given bind theirs to them.
	const dims = rule.quantified.dims.map((atom) => ({
		from: atom.id,
		...variable(atom.name, { minimum: atom.minimum }),
	}));
	const rests = rule.quantified.rests.map((rest) => ({
		from: rest.id,
		to: { id: freshId(), name: rest.name },
	}));
	const bindings = {
		...noBindings(),
		dims: new Map([...sizesOf(given), ...dims.map(({ from, dim }): [number, Dim] => [from, dim])]),
		rests: new Map(rests.map(({ from, to }): [number, Shape] => [from, { rest: to, dims: [] }])),
	};
	const leaves: Leaves = {
		subject: substituteType(own, bindings),
		quantified: {
			...rule.quantified,
			dims: dims.map(({ atom }) => atom),
			rests: rests.map(({ to }) => to),
		},
		where: rule.where.map((clause) => substituteWhere(clause, bindings)),
	};
	const isEvery = own.shape.rest && own.shape.dims.length === 0 && leaves.where.length === 0;
	return isEvery ? type : { kind: "applied", rule: anyRule(role, leaves) };
}

/**
 * A rule where any is wanted: it must be for all leaves that the wanted one is for, or an optimizer for all parameters
 * together, as it is not known what it is used on. A constraint must offer what is counted on.
 */
export function matchRule(formal: AppliedType, actual: Type): Mismatch | undefined {
	const rule = ruleOfType(actual);
	rule?.complete();
	if (!isAnyRule(formal.rule) || rule === formal.rule)
		return rule === formal.rule ? undefined : wrongKind(formal, actual);
	const { role, members } = formal.rule;
	if (rule?.role !== role || (actual.kind !== "applied" && rule.parameters.some((p) => !p.optional)))
		return {
			kind: "type",
			wanted: showType(formal),
			got: showType(actual),
			...(rule?.role === role && { hint: `give its options: \`${rule.name}(..)\`` }),
		};
	const apart = notForLeaves(formal.rule, rule, actual);
	if (apart) return apart;
	const lacks = [...members.keys()].filter((name) => !rule.members.has(name));
	if (lacks.length === 0) return undefined;
	return {
		kind: "type",
		wanted: `a Constraint, which has ${quoted([...members.keys()])}`,
		got: `${rule.name}, which has no ${quoted(lacks)}`,
	};
}

function sizesOf(type: Type): Map<number, Dim> {
	return new Map(type.kind === "applied" ? type.sizes : undefined);
}

/** Why a rule is not for all the leaves that another is for. */
function notForLeaves(formal: RuleSymbol, rule: RuleSymbol, actual: Type): Mismatch | undefined {
	const own = rule.subject;
	const wanted = formal.subject;
	if (rule.role === "optimizer" && (own?.kind === "variable" || isForParameterVector(rule.node.subject)))
		return undefined;
	const isEvery = wanted?.kind === "tensor" && wanted.shape.rest && wanted.shape.dims.length === 0;
	const leaves = !wanted || isEvery ? "any leaf" : `each ${showType(wanted)}`;
	const article = rule.role === "optimizer" ? "an Optimizer" : "a Constraint";
	const clause = formal.where.map((w) => w.text).join(", ");
	const which = `${article}, which is for ${leaves}${clause && ` where ${clause}`}`;
	const sizes = sizesOf(actual);
	const shown = own && showType(substituteType(own, { ...noBindings(), dims: sizes }));
	const got = shown ? `${rule.name}, which is for ${shown}` : rule.name;
	if (!own || !wanted) return { kind: "type", wanted: which, got };
	const facts = formal.where.reduce(withClause, noFacts);
	const matcher = new Matcher(rule.quantified, facts, { ...noBindings(), dims: sizes });
	if (matcher.match(own, wanted) ?? matcher.finish()) return { kind: "type", wanted: which, got };
	const open = rule.where.find((w) => holds(substituteWhere(w, matcher.bindings), facts) !== "holds");
	return open && { kind: "type", wanted: which, got: `${got} where ${open.text}` };
}
