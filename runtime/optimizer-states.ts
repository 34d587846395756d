import { callValue } from "../compiler/elaborate/call.js";
import type { Environment } from "../compiler/elaborate/environment.js";
import { evaluate, evaluateLet } from "../compiler/elaborate/evaluate.js";
import type { Evaluator } from "../compiler/elaborate/evaluator.js";
import { ElaborationError, shapeOf } from "../compiler/elaborate/evaluator.js";
import { leafStart } from "../compiler/elaborate/model.js";
import { ruleEnvironment, ruleOptions } from "../compiler/elaborate/rule.js";
import { formatOf } from "../compiler/elaborate/tensors.js";
import { liftTree } from "../compiler/elaborate/trees.js";
import { mapTensors, type RuleValue, type TracedValue, type Value } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import {
	innerOptimizers,
	innerPrefix,
	type MovedLeaf,
	stateKey,
	subjectsOf,
	subjectValue,
} from "./optimizers.js";
import type { Carried, OptimizerState, OptimizerStates, StepBuilder } from "./step.js";

/** The states of optimizers: what they begin with, and how they go from step to step. */

/** An optimizer as a `using` gives it: the expression, for its options that are functions of the turn. */
interface Used {
	readonly rule: RuleValue;
	readonly node: ast.Expression;
}

/** The states that an optimizer begins with, of all its leaves in one go, by their keys. */
export function startStates(
	step: StepBuilder,
	used: Used,
	number: number,
	moved: readonly MovedLeaf[],
): ReadonlyMap<string, Value> {
	const keys: string[] = [];
	const computed = step.fit.compute((e) => {
		const starts = startsOf({ step, evaluator: e, number }, used, "", moved);
		keys.push(...starts.map((s) => s.key));
		return { kind: "tuple", elements: starts.map(({ value }) => ({ value })) };
	});
	const values = computed.kind === "tuple" ? computed.elements.map((e) => e.value) : [];
	return new Map(keys.flatMap((key, i) => (values[i] ? [[key, values[i]] as const] : [])));
}

interface Start {
	readonly step: StepBuilder;
	readonly evaluator: Evaluator;
	readonly number: number;
}

function startsOf(
	start: Start,
	{ rule, node }: Used,
	prefix: string,
	moved: readonly MovedLeaf[],
): { readonly key: string; readonly value: Value }[] {
	const { evaluator: e, number } = start;
	const first = startRule(start, node, rule);
	return subjectsOf(rule, prefix, moved).flatMap((subject) => {
		const origin = ruleEnvironment(
			e,
			first,
			subjectValue(subject, (leaf) => leafAtStart(start, leaf)),
		);
		const states: { readonly key: string; readonly value: Value }[] = [];
		for (const member of rule.node.members) {
			if (member.kind === "Let") evaluateLet(e, origin, member);
			if (member.kind !== "Leaf" || member.name.kind === "Missing") continue;
			const [only] = subject.leaves;
			const start = (): Value | undefined =>
				subject.isWhole && !member.type
					? treeStart(e, origin, member)
					: leafStart(e, origin, member, subject.isWhole || !only ? [] : shapeOf(only.leaf));
			const format = subject.isWhole || !only ? undefined : formatOf(only.leaf);
			const value = e.at(`using ${number} on ${subject.key}`, () => e.inPrecision(format, start));
			if (!value) continue;
			origin.set(member.name.name, value);
			states.push({ key: stateKey(subject, member.name.name), value });
		}
		const inner = innerOptimizers(first.options ?? new Map()).flatMap(([name, option]) =>
			startsOf(start, { rule: option, node }, innerPrefix(subject, name), subject.leaves),
		);
		return [...states, ...inner];
	});
}

/** A leaf as it is when the loop is entered. */
function leafAtStart({ step, evaluator }: Start, { path, leaf }: MovedLeaf): TracedValue {
	const start = step.carried.find((c) => c.path === path)?.start;
	const value = start ? evaluator.lift(start) : evaluator.builder.zeros(leaf.value.type);
	return { kind: "traced", value, lanes: [] };
}

/** A state of all parameters together: a tree of their structure. */
function treeStart(evaluator: Evaluator, environment: Environment, node: ast.Leaf): Value | undefined {
	if (node.condition) {
		const condition = evaluate(evaluator, environment, node.condition);
		if (condition.kind === "bool" && !condition.value) return undefined;
	}
	const tree = node.value && liftTree(evaluator, evaluate(evaluator, environment, node.value));
	if (!tree) throw new ElaborationError("E0601", "a state is a tensor or a tree", environment.locate(node));
	return tree;
}

/** The options as the states begin with them: a rate is that of the first step. What only a turn tells is left out. */
function startRule({ step, evaluator }: Start, node: ast.Expression, rule: RuleValue): RuleValue {
	const options = new Map<string, Value>();
	const given =
		rule.given ?? rule.options ?? ruleOptions(evaluator, rule, { positional: [], named: new Map() });
	for (const [name, value] of given) {
		if (value.kind === "traced") continue;
		const first = {
			kind: "tensor",
			data: { type: { element: "i32", shape: [] }, data: Int32Array.of(0) },
		} as const;
		options.set(
			name,
			value.kind === "closure" || value.kind === "function"
				? callValue(evaluator, step.fit.environment, node, value, { positional: [first], named: new Map() })
				: value,
		);
	}
	return { ...rule, options };
}

export function carryStates(step: StepBuilder, starts: ReadonlyMap<string, Value>): OptimizerStates {
	const states = new Map<string, OptimizerState>();
	for (const [key, value] of starts) {
		const leaves: Carried[] = [];
		const tree = mapTensors(value, (tensor) => {
			if (tensor.kind !== "tensor") return tensor;
			const parameter = step.evaluator.builder.parameter(tensor.data.type);
			const state = { parameter, start: tensor.data, result: parameter };
			step.carried.push(state);
			leaves.push(state);
			return { kind: "traced", value: parameter, lanes: [] };
		});
		states.set(key, { tree, leaves });
	}
	return states;
}
