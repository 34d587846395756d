import type { Environment } from "../../compiler/elaborate/environment.js";
import { ElaborationError, type Evaluator } from "../../compiler/elaborate/evaluator.js";
import { evaluate } from "../../compiler/elaborate/expressions/evaluate.js";
import { ruleMember } from "../../compiler/elaborate/models/constrained.js";
import { castTo, traced } from "../../compiler/elaborate/tensors.js";
import type { RuleValue, TracedValue, Value } from "../../compiler/elaborate/values.js";
import type { Value as IrValue } from "../../compiler/ir/ir.js";
import { offeredBy } from "../../compiler/program/constraint-methods.js";
import type * as ast from "../../grammar/ast.js";
import type { Comparison } from "./constraint.js";

/** How far constraints are from holding. */

export interface Excess {
	/** At most 0 where `h <= c` holds, exactly 0 where `h == c` does. */
	readonly signed: IrValue;
	readonly violation: IrValue;
}

/** Of the two sides of a comparison; a `proxy` stands for the left one. */
export function excess(
	evaluator: Evaluator,
	{ operator, left, right }: Comparison,
	environment: Environment,
	proxy?: ast.Expression,
): Excess {
	const { builder } = evaluator;
	const [a, b] = [
		realNumber(evaluator, environment, proxy ?? left),
		realNumber(evaluator, environment, right),
	];
	const signed = operator === ">=" ? builder.emit("sub", [b, a]) : builder.emit("sub", [a, b]);
	return {
		signed,
		violation: operator === "==" ? builder.emit("abs", [signed]) : positive(evaluator, signed),
	};
}

export function positive(evaluator: Evaluator, value: IrValue): IrValue {
	const { builder, realElement } = evaluator;
	return builder.emit("max", [value, builder.scalar(0, realElement)]);
}

export function realNumber(evaluator: Evaluator, environment: Environment, node: ast.Expression): IrValue {
	const { realElement } = evaluator;
	const value = traced(evaluator, evaluate(evaluator, environment, node), realElement);
	if (!value) throw new ElaborationError("E0601", "this is no number", environment.locate(node));
	return castTo(evaluator, value, realElement).value;
}

/** Of one leaf: what the constraint says, or else how far it is from its nearest point. */
export function violationOf(evaluator: Evaluator, rule: RuleValue, leaf: Value): TracedValue | undefined {
	const { builder, realElement } = evaluator;
	const offered = offeredBy(rule.node);
	if (offered.has("violation")) {
		const value = ruleMember(evaluator, rule, "violation", leaf, []);
		return value && castTo(evaluator, value, realElement);
	}
	const subject = traced(evaluator, leaf);
	const nearest = offered.has("project") ? ruleMember(evaluator, rule, "project", leaf, []) : undefined;
	if (!subject || !nearest) return undefined;
	const distance = builder.emit("abs", [builder.emit("sub", [subject.value, nearest.value])]);
	const axes = distance.type.shape.map((_, i) => i);
	const most = axes.length === 0 ? distance : builder.emit("reduce_max", [distance], { axes });
	return castTo(evaluator, { kind: "traced", value: most, lanes: [] }, realElement);
}
