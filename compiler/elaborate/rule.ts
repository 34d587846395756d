import type * as ast from "../../grammar/ast.js";
import { callFunction } from "./call.js";
import type { Environment } from "./environment.js";
import { bindPattern, evaluate } from "./evaluate.js";
import { type CallValues, type Evaluator, fail } from "./evaluator.js";
import { bindParameters, bindSizes } from "./parameters.js";
import { formatOf, traced } from "./tensors.js";
import type { RuleValue, Value } from "./values.js";

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
		if (value) options.set(name, value);
	}
	return options;
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
