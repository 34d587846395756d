import type * as ast from "../../../grammar/ast.js";
import { inline } from "../../ir/inline.js";
import type { Func, Value as IrValue, TensorType } from "../../ir/ir.js";
import { customDerivative, functionOf } from "../../ir/regions.js";
import type { Location } from "../../source/diagnostic.js";
import { activeResults } from "../../transform/regions/activity.js";
import { vjp } from "../../transform/reverse.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { callValue, intrinsicName } from "../expressions/call.js";
import { evaluate } from "../expressions/evaluate.js";
import { instanceEnvironment } from "../models/member.js";
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
} from "../models/trees.js";
import { castTo, isFloat, spread, toReal, unionLanes } from "../tensors.js";
import {
	type FunctionValue,
	type Lane,
	type ModelValue,
	type TracedValue,
	unit,
	type Value,
} from "../values.js";
import { capturedBy, withCaptured } from "./captured.js";
import { RegionChecks } from "./region-checks.js";
import { buildRegions, refusalOf, reverseMode } from "./regions.js";

/** An argument of a function with a derivative of its own: the real tensors in it, and how it is made of such. */
interface Argument {
	readonly name: string;
	/** The model of a method: its body reads it by the names of its members. */
	readonly isModel?: true;
	readonly leaves: readonly TracedValue[];
	/** Reals, or a tuple of them: a cotangent is such a tree. */
	readonly tree?: Value;
	/** Else what its tensors are called: a function captures them, a model has them. */
	readonly captured: readonly string[];
	readonly make: (leaves: readonly TracedValue[]) => Value;
}

class MoreLanes extends Error {
	constructor(readonly lanes: readonly Lane[]) {
		super("the function depends on more binders than its arguments");
	}
}

/**
 * The call of a function with a rule: the function and its rule are functions of the IR, of the real tensors in its
 * arguments (a function is its code and the tensors that it captures) and of what else they use; a derivative by the
 * latter is refused where one is wanted.
 *
 * @param environment of the call, with the parameters bound
 * @param body evaluates the function there
 * @param at where it is called
 */
export function callWithRule(
	evaluator: Evaluator,
	environment: Environment,
	fn: FunctionValue,
	body: (environment: Environment) => Value,
	at: Location,
): Value {
	const { node, model } = fn;
	const own = argumentsOf(evaluator, environment, node);
	const self = model && modelArgument(node, model);
	const args = self ? [self, ...own] : own;
	let lanes: readonly Lane[] = unionLanes(args.flatMap((a) => a.leaves));
	for (;;) {
		try {
			return evaluator.attempt(() => call(evaluator, environment, node, body, args, lanes, at));
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
		if (tree)
			return { name, tree, leaves: leavesOf(tree), captured: [], make: (own) => withLeaves(tree, own) };
		const captured = capturedBy(value, name);
		return {
			name,
			leaves: captured.map((c) => c.leaf),
			captured: captured.map((c) => c.name),
			make: (own) => withCaptured(value, name, own),
		};
	});
}

/** The model of a method, where the rule takes it before the arguments. */
function modelArgument(node: ast.FunctionDeclaration, model: ModelValue): Argument | undefined {
	const [first] = node.derivative?.parameters ?? [];
	if (!first || node.derivative?.parameters.length !== node.parameters.length + 3) return undefined;
	const captured = capturedBy(model, first.name);
	return {
		name: first.name,
		isModel: true,
		leaves: captured.map((c) => c.leaf),
		captured: captured.map((c) => c.name),
		make: (leaves) => withCaptured(model, first.name, leaves),
	};
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
	at: Location,
): Value {
	const leaves = args.flatMap((a) => a.leaves);
	const types = leaves.map((leaf): LeafType => ({ ...leafType(leaf), lanes }));
	let result: Value | undefined;
	let outputs: LeafType[] = [];
	let refused: readonly Refused[] = [];
	const [checks, checksOfRule] = [new RegionChecks(), new RegionChecks()];
	let ends: TensorType[] = [];
	const value = {
		name: "value",
		parameters: types.map(irTypeOf),
		body: (own: readonly IrValue[]): readonly IrValue[] => {
			const inner = environment.inner();
			bind(inner, args, types, own);
			readFromModel(inner, node, args);
			const tree = liftTree(evaluator, body(inner), evaluator.realElement);
			if (!tree) return fail(environment, node, "a function with a derivative gives reals");
			const found = leavesOf(tree).map((leaf) => toReal(evaluator, leaf));
			const needed = unionLanes([{ lanes } as TracedValue, ...found]);
			if (needed.length > lanes.length) throw new MoreLanes(needed);
			outputs = found.map((leaf) => ({ ...leafType(leaf), lanes }));
			result = tree;
			const results = checks.taken(
				evaluator,
				found.map((leaf) => spread(evaluator, leaf, lanes, shapeOf(leaf)).value),
			);
			ends = results.slice(outputs.length).map((end) => end.type);
			return results;
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
				const given = cotangents(evaluator, environment, node, args, types, outputs, like, own);
				refused = given.refused;
				return checksOfRule.taken(evaluator, given.values);
			},
		},
	]);
	const [func, rule] = funcs;
	if (!func || !rule || !result) throw new Error("a region was not built");
	const inputs = [...leaves.map((leaf, k) => widenedTo(evaluator, leaf, types[k] as LeafType)), ...captured];
	const pullback = asPullback(checksOfRule.without(rule), {
		inputs: types.length,
		results: yTypes.length,
		ends,
		captured,
	});
	const around = captured.flatMap(({ type }, k) =>
		isFloat(type.element) ? [{ input: types.length + k }] : [],
	);
	const found = customDerivative(
		evaluator.builder,
		func,
		pullback,
		inputs,
		refusalOf(
			at,
			nameOf(node),
			// Of what is read through `stop` only, no derivative is wanted.
			[...refused, ...around].filter(({ input }) =>
				activeResults(
					func,
					func.parameters.map((_, k) => k === input),
				).includes(true),
			),
		),
	);
	checks.add(evaluator, found);
	const ys = found.slice(0, yTypes.length);
	checksOfRule.addInDerivative(
		evaluator,
		rule,
		[
			...inputs.slice(0, types.length),
			...ys,
			...yTypes.map((type) => evaluator.builder.zeros(type)),
			...captured,
		],
		{ what: "a cotangent", parameters: yTypes.map((_, k) => types.length + yTypes.length + k) },
	);
	return withLeaves(
		result,
		outputs.map((type, k) => asLeaf(found[k] as IrValue, type)),
	);
}

function nameOf(node: ast.FunctionDeclaration): string {
	return node.name?.kind === "Identifier" ? node.name.name : "this function";
}

function bind(
	environment: Environment,
	args: readonly Argument[],
	types: readonly LeafType[],
	own: readonly IrValue[],
	names: readonly string[] = args.map((a) => a.name),
): void {
	let next = 0;
	for (const [i, { leaves, make }] of args.entries()) {
		const first = next;
		next += leaves.length;
		environment.set(
			names[i] ?? "",
			make(leaves.map((_, k) => asLeaf(own[first + k] as IrValue, types[first + k] as LeafType))),
		);
	}
}

/** The names of the members are those of the model that is an argument. */
function readFromModel(
	environment: Environment,
	node: ast.FunctionDeclaration,
	args: readonly Argument[],
): void {
	const self = args.find((a) => a.isModel);
	const model = self && environment.findInDeclaration(self.name);
	if (model?.kind !== "model") return;
	const hidden = new Set(node.parameters.map((p) => (p.name.kind === "Identifier" ? p.name.name : "")));
	for (const [name, value] of instanceEnvironment(model).ownValues())
		if (!hidden.has(name)) environment.set(name, value);
}

/** An input to which the rule gives no cotangent: of an argument, the tensor that it captures. */
interface Refused {
	readonly input: number;
	readonly argument?: string;
	readonly captured?: string;
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
): { readonly values: IrValue[]; readonly refused: Refused[] } {
	const rule = node.derivative;
	if (!rule) return { values: [], refused: [] };
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
	const refused: Refused[] = [];
	let next = 0;
	const values = args.flatMap((argument, i) => {
		const { tree: like, leaves, captured } = argument;
		const from = next;
		next += leaves.length;
		const wanted = types.slice(from, next);
		const part = parts[i] ?? unit;
		if (leaves.length === 0) return [];
		if (part.kind === "unit" || isStop(part)) {
			if (part.kind === "unit")
				for (const [k, name] of captured.entries())
					refused.push({ input: from + k, argument: argument.name, captured: name });
			return wanted.map((type) => evaluator.builder.zeros(irTypeOf(type)));
		}
		if (!like)
			return functional({ evaluator, environment, node: rule.body }, part, argument, own.slice(from), wanted);
		return leavesLike(evaluator, environment, rule.body, like, part).map((leaf, k) => {
			const type = wanted[k] as LeafType;
			return spread(evaluator, castTo(evaluator, leaf, type.element), type.lanes, type.shape).value;
		});
	});
	return { values, refused };
}

function isStop(value: Value): boolean {
	return value.kind === "function" && intrinsicName(value) === "stop";
}

/**
 * The cotangent of a function f is a linear functional of functions, `|g| ..`: its derivative at f, by the tensors
 * that f captures and by nothing else, is what flows to them.
 */
function functional(
	{ evaluator, environment, node }: { evaluator: Evaluator; environment: Environment; node: ast.Expression },
	given: Value,
	{ make, leaves }: Argument,
	own: readonly IrValue[],
	types: readonly LeafType[],
): IrValue[] {
	const { builder } = evaluator;
	const variables = leaves.map((_, k) => asLeaf(builder.fresh(own[k] as IrValue), types[k] as LeafType));
	const paired = callValue(evaluator, environment, node, given, {
		positional: [make(variables)],
		named: new Map(),
	});
	const tree = liftTree(evaluator, paired, evaluator.realElement);
	const [value] = tree ? leavesOf(tree).map((leaf) => toReal(evaluator, leaf)) : [];
	if (!value) return fail(environment, node, "the cotangent of a function gives one real number");
	const lanes = types[0]?.lanes ?? [];
	const needed = unionLanes([{ lanes } as TracedValue, value]);
	if (needed.length > lanes.length) throw new MoreLanes(needed);
	const output = spread(evaluator, value, lanes, []).value;
	return reverseMode(environment, node, () =>
		vjp(
			builder,
			[output],
			[builder.fill(1, output.type)],
			variables.map((variable) => variable.value),
		),
	);
}

/** As the IR wants it: inputs with all that is captured, results, cotangents; nothing flows to what is captured. */
function asPullback(
	rule: Func,
	of: {
		readonly inputs: number;
		readonly results: number;
		/** What is checked of the function: results of which the rule knows nothing. */
		readonly ends: readonly TensorType[];
		readonly captured: readonly IrValue[];
	},
): Func {
	const { inputs, results, ends, captured } = of;
	const parameters = rule.parameters.map((p) => p.type);
	const ys = parameters.slice(inputs, inputs + results);
	const floats = captured.filter(({ type }) => isFloat(type.element));
	const order = [
		...parameters.slice(0, inputs),
		...captured.map(({ type }) => type),
		...ys,
		...ends,
		...ys,
		...ends.filter(({ element }) => isFloat(element)),
	];
	return functionOf("pullback", order, (builder, given) => {
		const own = given.slice(0, inputs);
		const [read, of] = [given.slice(inputs, inputs + captured.length), given.slice(inputs + captured.length)];
		const y = of.slice(0, results);
		const dy = of.slice(results + ends.length, 2 * results + ends.length);
		return [
			...inline(builder, rule, [...own, ...y, ...dy, ...read]),
			...floats.map(({ type }) => builder.zeros(type)),
		];
	});
}
