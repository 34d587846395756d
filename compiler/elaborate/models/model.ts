import type * as ast from "../../../grammar/ast.js";
import { isMethodName, type MethodName, methods, writtenMethod } from "../../program/constraint-methods.js";
import type { Environment } from "../environment.js";
import { type CallValues, type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate, evaluateLet, expectedOf } from "../expressions/evaluate.js";
import { bindConditions, bindParameters } from "../expressions/parameters.js";
import { castTo, spread, traced } from "../tensors.js";
import type { ModelValue, Value } from "../values.js";
import { project } from "./constrained.js";
import { mapOf, reparametrize } from "./reparam.js";

/** Makes an instance: parameters take their initial values, owned parts are made, in order. */
export function buildModel(
	evaluator: Evaluator,
	model: Value & { kind: "model class" },
	args: CallValues,
	_node: ast.Expression,
): ModelValue {
	const configuration = model.environment.inner();
	bindParameters(evaluator, configuration, model.node.parameters, args);
	bindConditions(evaluator, configuration, model.node.where);
	const environment = configuration.inner();
	const members = new Map<string, Value>();
	const name = model.node.name.kind === "Identifier" ? model.node.name.name : "model";
	evaluator.at(name, () => {
		for (const member of model.node.members) buildMember(evaluator, environment, member, members);
	});
	return { kind: "model", node: model.node, configuration, members };
}

function buildMember(
	evaluator: Evaluator,
	environment: Environment,
	member: ast.Member,
	members: Map<string, Value>,
): void {
	switch (member.kind) {
		case "Leaf": {
			const value = leafStart(evaluator, environment, member);
			if (!value || member.name.kind === "Missing") return;
			members.set(member.name.name, value);
			environment.set(member.name.name, value);
			return;
		}
		case "Define": {
			const value = evaluator.at(member.name.name, () => evaluate(evaluator, environment, member.value));
			members.set(member.name.name, value);
			environment.set(member.name.name, value);
			return;
		}
		case "Let":
			evaluateLet(evaluator, environment, member);
			if (member.pattern.kind === "NamePattern") {
				const value = environment.findUnguarded(member.pattern.name);
				if (value) members.set(member.pattern.name, value);
			}
			return;
		default:
			return;
	}
}

/** `in simplex by projection` names a method, no reparametrization. */
function methodOf(node: ast.Leaf): MethodName | undefined {
	const name = node.constraint && node.by ? writtenMethod(node.by) : "";
	return isMethodName(name) ? name : undefined;
}

/** The initial value of a `param` or `state`; undefined if its condition does not hold. */
export function leafStart(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Leaf,
	fallbackShape?: readonly number[],
): Value | undefined {
	if (node.condition) {
		const condition = evaluate(evaluator, environment, node.condition);
		if (condition.kind === "bool" && !condition.value) return undefined;
	}
	const declared = node.type ? expectedOf(evaluator, environment, node.type) : undefined;
	const expected = declared ?? { shape: fallbackShape ?? [], element: "real" as const };
	const name = node.name.kind === "Identifier" ? node.name.name : "leaf";
	const start = node.value;
	if (!start) return fail(environment, node, "this needs a start");
	if (node.role === "state" && !node.type && !fallbackShape)
		return evaluator.at(name, () => {
			const value = traced(evaluator, evaluate(evaluator, environment, start));
			return value ?? fail(environment, start, "this is no tensor");
		});
	return evaluator.at(name, () => {
		const value = traced(
			evaluator,
			evaluate(evaluator, environment, start, expected),
			evaluator.elementOf(expected.element),
		);
		if (!value) return fail(environment, start, "this is no tensor");
		const element = evaluator.elementOf(expected.element);
		const cast = castTo(evaluator, value, element);
		const same = shapeOf(cast).length === expected.shape.length;
		const whole = same ? cast : spread(evaluator, cast, cast.lanes, expected.shape);
		const method = methodOf(node);
		const rule = node.by && !method ? evaluate(evaluator, environment, node.by) : undefined;
		if (rule?.kind === "rule") return reparametrize(evaluator, rule, whole);
		if (method === "reparametrization" && node.constraint) {
			const constraint = evaluate(evaluator, environment, node.constraint);
			const map = constraint.kind === "rule" ? mapOf(evaluator, constraint) : undefined;
			return map ? reparametrize(evaluator, map, whole) : fail(environment, node, "this has no reparam");
		}
		// A multiplier leads to the constraint from wherever the parameter begins.
		if (method && methods[method].guarantee !== "exact") return whole;
		const held = node.constraint && evaluate(evaluator, environment, node.constraint);
		return held?.kind === "rule" ? (project(evaluator, held, whole) ?? whole) : whole;
	});
}
