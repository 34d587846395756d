import type * as ast from "../../../grammar/ast.js";
import { freeNames, patternNames } from "../../../grammar/free-names.js";
import { sizeOf } from "../../ir/ir.js";
import type { Environment } from "../environment.js";
import { ElaborationError, type Evaluator, shapeOf } from "../evaluator.js";
import { callValue } from "../expressions/call.js";
import { evaluate, evaluateLet } from "../expressions/evaluate.js";
import { laneless } from "../tensors.js";
import type { RuleValue, TracedValue, Value } from "../values.js";
import { leafStart } from "./model.js";
import {
	formatOfSubject,
	innerOptimizers,
	innerPrefix,
	type MovedLeaf,
	type Subject,
	stateKey,
	subjectsOf,
	subjectValue,
} from "./optimizers.js";
import { isRate, ruleEnvironment, ruleOptions } from "./rule.js";
import { liftTree } from "./trees.js";

/** What the states of optimizers begin with. */

/** An optimizer as a `using` gives it: the expression, for its options that are functions of the turn. */
export interface Used {
	readonly rule: RuleValue;
	readonly node: ast.Expression;
}

export interface Start {
	readonly evaluator: Evaluator;
	/** Where a rate that is a function is called. */
	readonly environment: Environment;
	/** Names what is drawn for a subject. */
	readonly name: (key: string) => string;
	/** A leaf as it is before the first step. */
	readonly leafAtStart: (leaf: MovedLeaf) => TracedValue;
	/** Whether computed options stay what they are from step to step. */
	readonly keepsComputed: boolean;
}

/** The states that an optimizer begins with, of all its leaves, by their keys. */
export function startsOf(
	start: Start,
	{ rule, node }: Used,
	prefix: string,
	moved: readonly MovedLeaf[],
): { readonly key: string; readonly value: Value }[] {
	const { evaluator: e } = start;
	const first = startRule(start, node, rule);
	return subjectsOf(rule, prefix, moved).flatMap((subject) => {
		const origin = ruleEnvironment(e, first, subjectValue(e, subject, start.leafAtStart));
		const states: { readonly key: string; readonly value: Value }[] = [];
		for (const member of rule.node.members) {
			if (member.kind === "Let") evaluateLet(e, origin, member);
			if (member.kind !== "Leaf" || member.name.kind === "Missing") continue;
			const own = (): Value | undefined =>
				subject.form === "tree" && !member.type
					? treeStart(e, origin, member)
					: leafStart(e, origin, member, subject.form === "tree" ? [] : shapeOfSubject(subject));
			const value = e.at(start.name(subject.key), () => e.inPrecision(formatOfSubject(subject), own));
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

/** The keys of the states that begin with the leaf, or with an option that a turn computes, or with what is made of them. */
export function startsOfTurn(
	rule: RuleValue,
	prefix: string,
	moved: readonly MovedLeaf[],
	of: "leaf" | "options",
): string[] {
	const { members, subject } = rule.node;
	const made = new Set(of === "options" ? computedOptions(rule) : []);
	if (of === "leaf" && subject?.name.kind === "Identifier") made.add(subject.name.name);
	const own: string[] = [];
	for (const member of members) {
		if (member.kind !== "Let" && member.kind !== "Leaf") continue;
		if (!member.value || ![...freeNames(member.value).keys()].some((name) => made.has(name))) continue;
		if (member.kind === "Let") for (const name of patternNames(member.pattern)) made.add(name);
		else if (member.name.kind !== "Missing") {
			own.push(member.name.name);
			made.add(member.name.name);
		}
	}
	return subjectsOf(rule, prefix, moved).flatMap((one) => [
		...own.map((name) => stateKey(one, name)),
		...innerOptimizers(rule.options ?? new Map()).flatMap(([name, option]) =>
			startsOfTurn(option, innerPrefix(one, name), one.leaves, of),
		),
	]);
}

function computedOptions({ given, options }: RuleValue): string[] {
	return [...(given ?? options ?? [])].flatMap(([name, value]) => (value.kind === "traced" ? [name] : []));
}

function shapeOfSubject({ form, leaves }: Subject): readonly number[] {
	const [only] = leaves;
	if (form === "vector") return [leaves.reduce((sum, { leaf }) => sum + sizeOf(shapeOf(leaf)), 0)];
	return only ? shapeOf(only.leaf) : [];
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

/** The options as the states begin with them: a rate is that of the first step. What only a turn tells has its shape. */
function startRule(
	{ evaluator, environment, keepsComputed }: Start,
	node: ast.Expression,
	rule: RuleValue,
): RuleValue {
	const options = new Map<string, Value>();
	const given =
		rule.given ?? rule.options ?? ruleOptions(evaluator, rule, { positional: [], named: new Map() });
	for (const [name, value] of given) {
		if (value.kind === "traced" && !keepsComputed) {
			// What begins with it does so at the first step, which computes it.
			options.set(name, laneless(evaluator.builder.zeros(value.value.type)));
			continue;
		}
		const first = {
			kind: "tensor",
			data: { type: { element: "i32", shape: [] }, data: Int32Array.of(0) },
		} as const;
		options.set(
			name,
			isRate(rule, name) && (value.kind === "closure" || value.kind === "function")
				? callValue(evaluator, environment, node, value, { positional: [first], named: new Map() })
				: value,
		);
	}
	return { ...rule, options };
}
