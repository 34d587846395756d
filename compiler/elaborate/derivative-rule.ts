import type * as ast from "../../grammar/ast.js";
import { inline } from "../ir/inline.js";
import type { Func, Value as IrValue } from "../ir/ir.js";
import { customDerivative, functionOf } from "../ir/regions.js";
import type { Environment } from "./environment.js";
import { evaluate } from "./evaluate.js";
import { type Evaluator, fail, shapeOf } from "./evaluator.js";
import { buildRegions } from "./regions.js";
import { castTo, isFloat, spread, toReal, unionLanes } from "./tensors.js";
import {
	asLeaf,
	irTypeOf,
	type LeafType,
	leafType,
	leavesLike,
	leavesOf,
	liftTree,
	widenedTo,
	withLeaves,
} from "./trees.js";
import type { Lane, TracedValue, Value } from "./values.js";

/** An argument of a function with a derivative of its own: its tensors, if it is made of such. */
interface Argument {
	readonly name: string;
	readonly value: Value;
	readonly tree: Value | undefined;
	readonly leaves: readonly TracedValue[];
}

class MoreLanes extends Error {
	constructor(readonly lanes: readonly Lane[]) {
		super("the function depends on more binders than its arguments");
	}
}

/**
 * The call of a function with a rule: the function and its rule are functions of the IR, of its real arguments and of
 * what else they use; to the latter nothing flows, which the rule has said.
 *
 * @param environment of the call, with the parameters bound
 * @param body evaluates the function there
 */
export function callWithRule(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.FunctionDeclaration,
	body: (environment: Environment) => Value,
): Value {
	const args = argumentsOf(evaluator, environment, node);
	let lanes: readonly Lane[] = unionLanes(args.flatMap((a) => a.leaves));
	for (;;) {
		try {
			return evaluator.attempt(() => call(evaluator, environment, node, body, args, lanes));
		} catch (error) {
			if (!(error instanceof MoreLanes)) throw error;
			lanes = unionLanes([{ lanes }, { lanes: error.lanes }] as TracedValue[]);
		}
	}
}

function argumentsOf(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.FunctionDeclaration,
): Argument[] {
	return node.parameters.map((parameter) => {
		const name = parameter.name.kind === "Identifier" ? parameter.name.name : "";
		const value = environment.findInDeclaration(name) ?? fail(environment, parameter, "this has no value");
		const tree = isReal(evaluator, value) ? liftTree(evaluator, value, evaluator.realElement) : undefined;
		return { name, value, tree, leaves: tree ? leavesOf(tree) : [] };
	});
}

/** Reals and tuples of them; static numbers that are given for reals, too. */
function isReal(evaluator: Evaluator, value: Value): boolean {
	switch (value.kind) {
		case "number":
			return !value.integer;
		case "tensor":
			return isFloat(value.data.type.element);
		case "traced":
			return isFloat(value.value.type.element);
		case "tuple":
			return value.elements.length > 0 && value.elements.every((e) => isReal(evaluator, e.value));
		default:
			return false;
	}
}

function call(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.FunctionDeclaration,
	body: (environment: Environment) => Value,
	args: readonly Argument[],
	lanes: readonly Lane[],
): Value {
	const leaves = args.flatMap((a) => a.leaves);
	const types = leaves.map((leaf): LeafType => ({ ...leafType(leaf), lanes }));
	let result: Value | undefined;
	let outputs: LeafType[] = [];
	const value = {
		name: "value",
		parameters: types.map(irTypeOf),
		body: (own: readonly IrValue[]): readonly IrValue[] => {
			const inner = environment.inner();
			bind(inner, args, types, own);
			const tree = liftTree(evaluator, body(inner), evaluator.realElement);
			if (!tree) return fail(environment, node, "a function with a derivative gives reals");
			const found = leavesOf(tree).map((leaf) => toReal(evaluator, leaf));
			const needed = unionLanes([{ lanes } as TracedValue, ...found]);
			if (needed.length > lanes.length) throw new MoreLanes(needed);
			outputs = found.map((leaf) => ({ ...leafType(leaf), lanes }));
			result = tree;
			return found.map((leaf) => spread(evaluator, leaf, lanes, shapeOf(leaf)).value);
		},
	};
	// The types of the rule's parameters follow from the value: it is built once to know them.
	evaluator.probe(() => buildRegions(evaluator, [value]));
	const yTypes = outputs.map(irTypeOf);
	const { funcs, captured } = buildRegions(evaluator, [
		value,
		{
			name: "rule",
			parameters: [...types.map(irTypeOf), ...yTypes, ...yTypes],
			body: (own) => {
				const like = result;
				if (!like) return fail(environment, node, "a function with a derivative gives reals");
				return cotangents(evaluator, environment, node, args, types, outputs, like, own);
			},
		},
	]);
	const [func, rule] = funcs;
	if (!func || !rule || !result) throw new Error("a region was not built");
	const inputs = [...leaves.map((leaf, k) => widenedTo(evaluator, leaf, types[k] as LeafType)), ...captured];
	const pullback = withCaptured(rule, types.length, yTypes.length, captured);
	const found = customDerivative(evaluator.builder, func, pullback, inputs);
	return withLeaves(
		result,
		outputs.map((type, k) => asLeaf(found[k] as IrValue, type)),
	);
}

function bind(
	environment: Environment,
	args: readonly Argument[],
	types: readonly LeafType[],
	own: readonly IrValue[],
	names: readonly string[] = args.map((a) => a.name),
): void {
	let next = 0;
	for (const [i, { tree, leaves, value }] of args.entries()) {
		const first = next;
		next += leaves.length;
		const bound =
			tree &&
			withLeaves(
				tree,
				leaves.map((_, k) => asLeaf(own[first + k] as IrValue, types[first + k] as LeafType)),
			);
		environment.set(names[i] ?? "", bound ?? value);
	}
}

/** Evaluates the rule: one value for each leaf of the arguments. */
function cotangents(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.FunctionDeclaration,
	args: readonly Argument[],
	types: readonly LeafType[],
	outputs: readonly LeafType[],
	like: Value,
	own: readonly IrValue[],
): IrValue[] {
	const rule = node.derivative;
	if (!rule) return [];
	const inner = environment.inner();
	const names = rule.parameters.map((p) => p.name);
	bind(inner, args, types, own, names);
	const tree = (from: number): Value =>
		withLeaves(
			like,
			outputs.map((type, k) => asLeaf(own[from + k] as IrValue, type)),
		);
	inner.set(names[args.length] ?? "", tree(types.length));
	inner.set(names[args.length + 1] ?? "", tree(types.length + outputs.length));
	const given = evaluate(evaluator, inner, rule.body);
	const single = args.length === 1 && !(given.kind === "tuple" && given.elements.length === 1);
	const parts = single ? [given] : given.kind === "tuple" ? given.elements.map((e) => e.value) : [given];
	let next = 0;
	return args.flatMap(({ tree: argument, leaves }, i) => {
		const own = leaves.map(() => types[next++] as LeafType);
		const part = parts[i];
		if (!argument) return [];
		if (!part || part.kind === "unit" || part.kind === "function")
			return own.map((type) => evaluator.builder.zeros(irTypeOf(type)));
		return leavesLike(evaluator, environment, rule.body, argument, part).map((leaf, k) => {
			const type = own[k] as LeafType;
			return spread(evaluator, castTo(evaluator, leaf, type.element), type.lanes, type.shape).value;
		});
	});
}

/** As the IR wants it: inputs with all that is captured, results, cotangents; nothing flows to what is captured. */
function withCaptured(rule: Func, inputs: number, outputs: number, captured: readonly IrValue[]): Func {
	const own = inputs + 2 * outputs;
	const parameters = rule.parameters.map((p) => p.type);
	const order = [...parameters.slice(0, inputs), ...parameters.slice(own), ...parameters.slice(inputs, own)];
	return functionOf("pullback", order, (builder, given) => {
		const extra = captured.length;
		const args = [
			...given.slice(0, inputs),
			...given.slice(inputs + extra),
			...given.slice(inputs, inputs + extra),
		];
		const floats = captured.filter(({ type }) => isFloat(type.element));
		return [...inline(builder, rule, args), ...floats.map(({ type }) => builder.zeros(type))];
	});
}
