import type * as ast from "../../../grammar/ast.js";
import type { Environment } from "../environment.js";
import { type CallValues, type Evaluator, fail, shapeOf } from "../evaluator.js";
import { callFunction } from "../expressions/call.js";
import { bindPattern, evaluate } from "../expressions/evaluate.js";
import { bindConditions, bindParameters, bindSizes } from "../expressions/parameters.js";
import { aliasOf } from "../expressions/type-names.js";
import { formatOf, NumberBeyond, reduceAxes, traced } from "../tensors.js";
import type { RuleValue, Value } from "../values.js";
import { eachOfStack } from "./members.js";

/** Constraints and optimizers: their options, what they see of a leaf, and their methods. */

export function applyRule(evaluator: Evaluator, rule: RuleValue, args: CallValues): RuleValue {
	return { ...rule, options: ruleOptions(evaluator, rule, args) };
}

export function ruleOptions(
	evaluator: Evaluator,
	rule: RuleValue,
	args: CallValues,
): ReadonlyMap<string, Value> {
	const environment = rule.environment.inner();
	bindParameters(evaluator, environment, rule.node.parameters, args);
	const options = new Map<string, Value>();
	for (const parameter of rule.node.parameters) {
		const name = parameter.name.kind === "Identifier" ? parameter.name.name : "";
		const value = environment.findInDeclaration(name);
		if (value?.kind === "number" && value.value < 0 && isRate(rule, name))
			throw new NumberBeyond("E0471", `the rate \`${name}\` is at least 0, and here it is ${value.value}`);
		if (value) options.set(name, value);
	}
	return options;
}

/** Whether an option is a rate, which may be a function of the step; other functions are what they are. */
export function isRate(rule: RuleValue, name: string): boolean {
	const parameter = rule.node.parameters.find((p) => p.name.kind === "Identifier" && p.name.name === name);
	let [type, environment] = [parameter?.type, rule.environment];
	while (type?.kind === "NamedType") {
		const alias = aliasOf(environment, type);
		if (!alias) return type.name.name === "Rate";
		[type, environment] = [alias.type, alias.environment];
	}
	return false;
}

/** The names that the body of a rule sees for one leaf. */
export function ruleEnvironment(evaluator: Evaluator, rule: RuleValue, subject: Value): Environment {
	const environment = rule.environment.inner();
	const options = rule.options ?? ruleOptions(evaluator, rule, { positional: [], named: new Map() });
	for (const [name, value] of options) environment.set(name, value);
	const declared = rule.node.subject;
	if (declared?.name.kind === "Identifier") {
		environment.set(declared.name.name, subject);
		if (declared.type) {
			bindSizes(evaluator, environment, declared.type, subject);
			bindSizes(evaluator, environment, declared.type, subject, true);
		}
	}
	bindConditions(evaluator, environment, rule.node.where);
	return environment;
}

/** `unit_rows.violation(w)`. */
export function callRuleMember(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	rule: RuleValue,
	args: CallValues,
): Value {
	const subject = args.positional[0];
	if (!subject || !rule.member) return fail(environment, node, "a method of a constraint takes its subject");
	const value = evaluateRuleMember(
		evaluator,
		rule,
		rule.member,
		traced(evaluator, subject) ?? subject,
		args.positional.slice(1),
	);
	return value ?? fail(environment, node, `the constraint has no \`${rule.member}\``);
}

export function evaluateRuleMember(
	evaluator: Evaluator,
	rule: RuleValue,
	name: string,
	subject: Value,
	args: readonly Value[],
): Value | undefined {
	if (rule.stacked) return memberOfEach(evaluator, rule, name, subject, args);
	return evaluator.inPrecision(formatOf(subject), () => memberOf(evaluator, rule, name, subject, args));
}

function memberOf(
	evaluator: Evaluator,
	rule: RuleValue,
	name: string,
	subject: Value,
	args: readonly Value[],
): Value | undefined {
	const environment = ruleEnvironment(evaluator, rule, subject);
	for (const member of rule.node.members) {
		if (member.kind === "Let")
			bindPattern(environment, member.pattern, evaluate(evaluator, environment, member.value));
		if (member.kind === "Define" && member.name.name === name)
			return evaluate(evaluator, environment, member.value);
		if (member.kind === "Function" && member.name?.kind === "Identifier" && member.name.name === name) {
			return callFunction(
				evaluator,
				{ kind: "function", node: member, environment },
				{ positional: args, named: new Map() },
			);
		}
	}
	return undefined;
}

/** For models side by side, each by itself; their violation is the largest. */
function memberOfEach(
	evaluator: Evaluator,
	{ stacked = 0, ...rule }: RuleValue,
	name: string,
	subject: Value,
	args: readonly Value[],
): Value | undefined {
	const whole = traced(evaluator, subject);
	if (!whole) return undefined;
	const shape = shapeOf(whole);
	// Of the arguments, those of the subject's shape belong to each; others (a step size) are shared.
	const isOwn = args.map((a) => {
		const given = traced(evaluator, a);
		return given !== undefined && shapeOf(given).length === shape.length;
	});
	const own = [rule, subject, ...args.filter((_, i) => isOwn[i])];
	const elements = own.map((value) => ({ value }));
	const result = eachOfStack(evaluator, { kind: "tuple", elements }, shape.slice(0, stacked), (one) => {
		if (one.kind !== "tuple") return undefined;
		const [given, each, ...others] = one.elements.map((e) => e.value);
		if (given?.kind !== "rule" || !each) return undefined;
		const all = args.map((a, i) => (isOwn[i] ? (others.shift() ?? a) : a));
		return evaluateRuleMember(evaluator, given, name, each, all);
	});
	if (!result || name !== "violation") return result;
	return reduceAxes(
		evaluator,
		"reduce_max",
		result,
		Array.from({ length: stacked }, (_, i) => i),
	);
}
