import type * as ast from "../../../grammar/ast.js";
import type { Location } from "../../source/diagnostic.js";
import type { Evaluator } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { castTo, lanesToShape, traced } from "../tensors.js";
import {
	type Lane,
	type Leaf,
	mapTensors,
	type ReparametrizedValue,
	type RuleValue,
	type TracedValue,
	type Value,
} from "../values.js";
import { instanceEnvironment } from "./member.js";
import { axesToLanes, stackedLanes } from "./members.js";
import { type Place, partsOf } from "./places.js";
import { ownEnvironment, sizesOfStack } from "./reparam.js";
import { evaluateRuleMember } from "./rule.js";
import { mapModel, stackSizes } from "./stack.js";

/** A parameter that is declared `in` a constraint, and is trained as it is. */
export interface ConstrainedLeaf {
	readonly path: string;
	readonly rule: RuleValue;
	/** The method, where one is given. */
	readonly by?: ast.Expression;
	readonly at: Location;
}

export function constrainedLeaves(evaluator: Evaluator, tree: Leaf): ConstrainedLeaf[] {
	const visit = (place: Place): ConstrainedLeaf[] => {
		const value = place.value.kind === "stack" ? place.value.of : place.value;
		const own: ConstrainedLeaf[] = [];
		if (value.kind === "model") {
			for (const member of value.node.members) {
				if (member.kind !== "Leaf" || !member.constraint || member.name.kind === "Missing") continue;
				const leaf = value.members.get(member.name.name);
				if (leaf?.kind !== "tensor" && leaf?.kind !== "traced") continue;
				const at = instanceEnvironment(value).locate(member);
				const rule = declaredRule(evaluator, place.value, member.constraint);
				if (rule)
					own.push({
						path: `${place.path}.${member.name.name}`,
						rule,
						at,
						...(member.by && { by: member.by }),
					});
			}
		}
		if (value.kind === "reparametrized") own.push(...constrainedInReparam(evaluator, place.path, value));
		return [...own, ...partsOf(place).flatMap(visit)];
	};
	return visit({ ...tree, steps: [] });
}

/** What an instance declares of a parameter; of models side by side, with the options of each. */
function declaredRule(evaluator: Evaluator, whole: Value, constraint: ast.Expression): RuleValue | undefined {
	const ruleOf = (model: Value): Value | undefined =>
		model.kind === "model" ? evaluate(evaluator, instanceEnvironment(model), constraint) : undefined;
	if (whole.kind !== "stack") {
		const rule = ruleOf(whole);
		return rule?.kind === "rule" ? rule : undefined;
	}
	return ruleOfEach(evaluator, stackSizes(whole), (lanes) =>
		ruleOf(mapModel(whole.of, (tensor) => axesToLanes(evaluator, tensor, lanes))),
	);
}

/** What a reparametrization declares of its own parameters. */
function constrainedInReparam(
	evaluator: Evaluator,
	path: string,
	weight: ReparametrizedValue,
): ConstrainedLeaf[] {
	const { rule, params } = weight;
	return rule.node.members.flatMap((member): ConstrainedLeaf[] => {
		if (member.kind !== "Leaf" || !member.constraint || member.name.kind === "Missing") return [];
		const { constraint, name, by } = member;
		const leaf = params.get(name.name);
		if (leaf?.kind !== "tensor" && leaf?.kind !== "traced") return [];
		const sizes = sizesOfStack(evaluator, weight);
		const ruleOf = (one: Value): Value | undefined =>
			one.kind === "reparametrized"
				? evaluator.inPrecision(one.element, () =>
						evaluate(evaluator, ownEnvironment(evaluator, one), constraint),
					)
				: undefined;
		const own =
			sizes.length === 0
				? ruleOf(weight)
				: ruleOfEach(evaluator, sizes, (lanes) =>
						ruleOf(mapTensors(weight, (tensor) => axesToLanes(evaluator, tensor, lanes))),
					);
		if (own?.kind !== "rule") return [];
		const at = rule.environment.locate(member);
		return [{ path: `${path}.${name.name}`, rule: own, at, ...(by && { by }) }];
	});
}

/** A rule that each of a stack has, with options of its own. */
function ruleOfEach(
	evaluator: Evaluator,
	sizes: readonly number[],
	ruleOf: (lanes: readonly Lane[]) => Value | undefined,
): RuleValue | undefined {
	const lanes = stackedLanes(evaluator, sizes);
	const rule = evaluator.inLanes(lanes, () => ruleOf(lanes));
	if (rule?.kind !== "rule") return undefined;
	const stacked = mapTensors(rule, (tensor) => {
		const value = traced(evaluator, tensor);
		return value ? lanesToShape(evaluator, value, lanes) : tensor;
	});
	return stacked.kind === "rule" ? { ...stacked, stacked: lanes.length } : undefined;
}

/** The nearest point at which a constraint holds; undefined if it has none to offer. */
export function project(evaluator: Evaluator, rule: RuleValue, leaf: Value): TracedValue | undefined {
	return ruleMember(evaluator, rule, "project", leaf, []);
}

/** What a constraint gives for a leaf, in the leaf's format; undefined if it does not offer it. */
export function ruleMember(
	evaluator: Evaluator,
	rule: RuleValue,
	name: string,
	leaf: Value,
	args: readonly Value[],
): TracedValue | undefined {
	const subject = traced(evaluator, leaf);
	const value = subject && evaluateRuleMember(evaluator, rule, name, subject, args);
	const result = value && traced(evaluator, value, subject?.value.type.element);
	return result && subject ? castTo(evaluator, result, subject.value.type.element) : undefined;
}
