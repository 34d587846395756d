import { beginsAtSubject, usesSubject, valueLines } from "../../program/reparam.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate, evaluateLet } from "../expressions/evaluate.js";
import { castTo, lanesToShape, realOf, spread, traced } from "../tensors.js";
import {
	type Lane,
	mapTensors,
	type ReparametrizedValue,
	type RuleValue,
	type TracedValue,
	type Value,
} from "../values.js";
import { leafValue, withValue } from "./leaf.js";
import { axesToLanes, eachOfStack, firstSizes, stackedLanes } from "./members.js";
import { leafStart } from "./model.js";
import { ruleEnvironment, ruleOptions } from "./rule.js";
import { firstAxes, stackedAxes, withOwn } from "./weight-axes.js";

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

/** The same for models side by side, each by itself: so many first axes of the weight are theirs. */
export function reparametrizeEach(
	evaluator: Evaluator,
	given: RuleValue,
	weight: Value,
	count: number,
): ReparametrizedValue {
	const whole = traced(evaluator, weight);
	if (count === 0 || !whole) return reparametrize(evaluator, given, weight);
	const lanes = stackedLanes(evaluator, shapeOf(whole).slice(0, count));
	const one = axesToLanes(evaluator, whole, lanes);
	return withAxes(
		evaluator,
		evaluator.inLanes(lanes, () => reparametrize(evaluator, given, one)),
		lanes,
	);
}

/** Lanes as leading axes again. */
function withAxes(
	evaluator: Evaluator,
	weight: ReparametrizedValue,
	lanes: readonly Lane[],
): ReparametrizedValue {
	const whole = mapTensors(weight, (tensor) => {
		const each = traced(evaluator, tensor);
		return each ? lanesToShape(evaluator, each, lanes) : tensor;
	});
	if (whole.kind !== "reparametrized") throw new Error("a reparametrized weight stays one");
	return whole;
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
	return { ...own, axes: firstAxes(own) };
}

/** The weight where it has another value: it begins anew there, and its parameters are made as they were. */
export function begunAt(
	evaluator: Evaluator,
	weight: ReparametrizedValue,
	value: TracedValue,
): ReparametrizedValue {
	const { rule, base, shape, element } = weight;
	if (stackedAxes(weight) > 0) {
		const lanes = stackedLanes(evaluator, sizesOfStack(evaluator, weight));
		const one = mapTensors(weight, (tensor) => axesToLanes(evaluator, tensor, lanes));
		// One number is for all.
		const own = shapeOf(value).length === 0 ? value : traced(evaluator, axesToLanes(evaluator, value, lanes));
		if (one.kind !== "reparametrized" || !own) throw new Error("a reparametrized weight stays one");
		return withAxes(
			evaluator,
			evaluator.inLanes(lanes, () => begunAt(evaluator, one, own)),
			lanes,
		);
	}
	if (rule.node.kind === "Reparam" && !beginsAtSubject(rule.node))
		return fail(
			rule.environment,
			rule.node.name,
			"a value that this computes is set, and neither its value nor a start reads it",
		);
	const cast = castTo(evaluator, value, element);
	const start = base ? withValue(evaluator, base, cast) : spread(evaluator, cast, cast.lanes, shape);
	const begun = reparametrize(evaluator, rule, start);
	const params = [...begun.params].map(([name, next]): [string, Value] => {
		const before = weight.params.get(name);
		const given = before && !isMadeAlike(before, next) && traced(evaluator, leafValue(evaluator, next));
		return [name, given ? withValue(evaluator, before, given) : next];
	});
	return withOwn(begun, { params: new Map(params) });
}

/** Whether two parameters are made by the same reparametrizations, or by none. */
function isMadeAlike(a: Value, b: Value): boolean {
	if (a.kind === "frozen") return b.kind === "frozen" && isMadeAlike(a.value, b.value);
	if (a.kind !== "reparametrized") return b.kind !== "reparametrized" && b.kind !== "frozen";
	if (b.kind !== "reparametrized" || a.rule.node !== b.rule.node) return false;
	const pairs = [[a.base, b.base] as const, ...[...a.params].map(([k, v]) => [v, b.params.get(k)] as const)];
	return pairs.every(([x, y]) => (x && y ? isMadeAlike(x, y) : x === y));
}

/** The value of the weight. */
export function reparametrizedValue(evaluator: Evaluator, weight: ReparametrizedValue): Value {
	return evaluator.inPrecision(weight.element, () => computed(evaluator, weight));
}

function computed(evaluator: Evaluator, weight: ReparametrizedValue): Value {
	const { rule, element } = weight;
	if (stackedAxes(weight) > 0) return ofStack(evaluator, weight);
	const environment = ownEnvironment(evaluator, weight);
	let result: Value | undefined;
	for (const member of rule.node.kind === "Reparam" ? valueLines(rule.node) : []) {
		if (member.kind === "Let") evaluateLet(evaluator, environment, member);
		else result = evaluate(evaluator, environment, member.value);
	}
	const value = result && traced(evaluator, result, element);
	return value
		? castTo(evaluator, value, element)
		: fail(environment, rule.node, "this reparametrization has no value");
}

/** What the lines of a reparametrization see of a weight. */
export function ownEnvironment(
	evaluator: Evaluator,
	{ rule, base, params, shape, element }: ReparametrizedValue,
): Environment {
	// Without a base only its sizes are asked for.
	const subject: Value = base
		? leafValue(evaluator, base)
		: { kind: "traced", value: evaluator.builder.zeros({ element, shape: [...shape] }), lanes: [] };
	const environment = ruleEnvironment(evaluator, rule, subject);
	for (const [name, value] of params) environment.set(name, value);
	return environment;
}

/** Of models side by side, each by itself. */
function ofStack(evaluator: Evaluator, weight: ReparametrizedValue): Value {
	const sizes = sizesOfStack(evaluator, weight);
	const value = eachOfStack(evaluator, weight, sizes, (one) =>
		one.kind === "reparametrized" ? reparametrizedValue(evaluator, one) : undefined,
	);
	if (!value) throw new Error("a reparametrized weight has a value");
	return value;
}

/** The axes of a stack that what it is made of has. */
export function sizesOfStack(evaluator: Evaluator, weight: ReparametrizedValue): readonly number[] {
	const count = stackedAxes(weight);
	// Its options may have others.
	return firstSizes(evaluator, { ...weight, rule: { ...weight.rule, options: new Map() } }, count);
}
