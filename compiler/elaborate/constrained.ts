import type { Location } from "../source/diagnostic.js";
import { evaluate } from "./evaluate.js";
import type { Evaluator } from "./evaluator.js";
import { instanceEnvironment } from "./member.js";
import { type Place, partsOf } from "./places.js";
import { evaluateRuleMember } from "./rule.js";
import { castTo, traced } from "./tensors.js";
import type { Leaf, RuleValue, Value } from "./values.js";

/** A parameter that is declared `in` a constraint, and is trained as it is. */
export interface ConstrainedLeaf {
	readonly path: string;
	readonly rule: RuleValue;
	readonly at: Location;
}

export function constrainedLeaves(evaluator: Evaluator, tree: Leaf): ConstrainedLeaf[] {
	const visit = (place: Place): ConstrainedLeaf[] => {
		const { value } = place;
		const own: ConstrainedLeaf[] = [];
		if (value.kind === "model") {
			for (const member of value.node.members) {
				if (member.kind !== "Leaf" || !member.constraint || member.name.kind === "Missing") continue;
				const leaf = value.members.get(member.name.name);
				if (leaf?.kind !== "tensor" && leaf?.kind !== "traced") continue;
				const environment = instanceEnvironment(value);
				const rule = evaluate(evaluator, environment, member.constraint);
				if (rule.kind === "rule")
					own.push({ path: `${place.path}.${member.name.name}`, rule, at: environment.locate(member) });
			}
		}
		return [...own, ...partsOf(place).flatMap(visit)];
	};
	return visit({ ...tree, steps: [] });
}

/** The nearest point at which a constraint holds; undefined if it has none to offer. */
export function project(evaluator: Evaluator, rule: RuleValue, leaf: Value): Value | undefined {
	const subject = traced(evaluator, leaf);
	const value = subject && evaluateRuleMember(evaluator, rule, "project", subject, []);
	const result = value && traced(evaluator, value);
	return result && subject ? castTo(evaluator, result, subject.value.type.element) : undefined;
}
