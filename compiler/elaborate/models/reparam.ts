import { usesSubject } from "../../program/reparam.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate, evaluateLet } from "../expressions/evaluate.js";
import { castTo, realOf, traced } from "../tensors.js";
import type { ReparametrizedValue, RuleValue, TracedValue, Value } from "../values.js";
import { leafValue } from "./leaf.js";
import { eachOfStack, firstSizes } from "./members.js";
import { leafStart } from "./model.js";
import { ruleEnvironment, ruleOptions } from "./rule.js";

/** Reparametrizations: parameters of their own, from which the value of a weight is computed. */

/** A weight that is computed from parameters of its own from now on; their starts see it as it was. */
export function reparametrize(evaluator: Evaluator, given: RuleValue, weight: Value): ReparametrizedValue {
	const options = given.options ?? ruleOptions(evaluator, given, { positional: [], named: new Map() });
	const rule = { ...given, options };
	const start = traced(evaluator, leafValue(evaluator, weight));
	if (!start) throw new Error("a weight is a tensor");
	const element = realOf(evaluator, start);
	return evaluator.inPrecision(element, () => withParams(evaluator, rule, weight, start, element));
}

/** The reparametrization by which a constraint is held: the first of those it names that asks for no option more. */
export function mapOf(evaluator: Evaluator, constraint: RuleValue): RuleValue | undefined {
	const named = constraint.node.members.find((m) => m.kind === "Define" && m.name.name === "reparam");
	if (named?.kind !== "Define") return undefined;
	const environment = constraint.environment.inner();
	const options =
		constraint.options ?? ruleOptions(evaluator, constraint, { positional: [], named: new Map() });
	for (const [name, value] of options) environment.set(name, value);
	const items = named.value.kind === "List" ? named.value.elements : [named.value];
	const rules = items.map((item) => evaluate(evaluator, environment, item));
	return rules.find(
		(rule): rule is RuleValue =>
			rule.kind === "rule" && (rule.options !== undefined || rule.node.parameters.every((p) => p.default)),
	);
}

function withParams(
	evaluator: Evaluator,
	rule: RuleValue,
	weight: Value,
	start: TracedValue,
	element: "f32" | "f64",
): ReparametrizedValue {
	const environment = ruleEnvironment(evaluator, rule, start);
	const params = new Map<string, Value>();
	for (const member of rule.node.members) {
		if (member.kind === "Let") evaluateLet(evaluator, environment, member);
		if (member.kind !== "Leaf" || member.name.kind === "Missing") continue;
		const value = leafStart(evaluator, environment, member, shapeOf(start));
		if (!value) continue;
		params.set(member.name.name, value);
		environment.set(member.name.name, value);
	}
	const keepsBase = rule.node.kind === "Reparam" && usesSubject(rule.node);
	const base = keepsBase ? weight : undefined;
	const shape = shapeOf(start);
	const own = { kind: "reparametrized", rule, params, shape, element, ...(base && { base }) } as const;
	return { ...own, axes: firstAxes(evaluator, own) };
}

/** How many axes the first tensor has that it is made of. */
function firstAxes(evaluator: Evaluator, weight: Pick<ReparametrizedValue, "params" | "base">): number {
	const first = [...weight.params.values()][0] ?? weight.base;
	if (first?.kind === "frozen") return firstAxes(evaluator, { params: new Map(), base: first.value });
	if (first?.kind === "reparametrized") return firstAxes(evaluator, first);
	const tensor = first && traced(evaluator, first);
	return tensor ? shapeOf(tensor).length : 0;
}

/** The value of the weight. */
export function reparametrizedValue(evaluator: Evaluator, weight: ReparametrizedValue): Value {
	return evaluator.inPrecision(weight.element, () => computed(evaluator, weight));
}

function computed(evaluator: Evaluator, weight: ReparametrizedValue): Value {
	const { rule, base, params, shape, element } = weight;
	const stacked = firstAxes(evaluator, weight) - weight.axes;
	if (stacked > 0) return ofStack(evaluator, weight, stacked);
	// Without a base only its sizes are asked for.
	const subject: Value = base
		? leafValue(evaluator, base)
		: { kind: "traced", value: evaluator.builder.zeros({ element, shape: [...shape] }), lanes: [] };
	const environment = ruleEnvironment(evaluator, rule, subject);
	for (const [name, value] of params) environment.set(name, value);
	let result: Value | undefined;
	for (const member of rule.node.members) {
		if (member.kind === "Let") evaluateLet(evaluator, environment, member);
		if (member.kind === "ExpressionStatement") result = evaluate(evaluator, environment, member.value);
	}
	const value = result && traced(evaluator, result, element);
	return value
		? castTo(evaluator, value, element)
		: fail(environment, rule.node, "this reparametrization has no value");
}

/** Of models side by side, each by itself. */
function ofStack(evaluator: Evaluator, weight: ReparametrizedValue, count: number): Value {
	const sizes = firstSizes(evaluator, { ...weight, rule: { ...weight.rule, options: new Map() } }, count);
	const value = eachOfStack(evaluator, weight, sizes, (one) =>
		one.kind === "reparametrized" ? reparametrizedValue(evaluator, one) : undefined,
	);
	if (!value) throw new Error("a reparametrized weight has a value");
	return value;
}
