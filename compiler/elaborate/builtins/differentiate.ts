import type * as ast from "../../../grammar/ast.js";
import type { Value as IrValue } from "../../ir/ir.js";
import { pushForward } from "../../transform/forward.js";
import { vjp } from "../../transform/reverse.js";
import type { Environment } from "../environment.js";
import { type CallValues, type Evaluator, fail, shapeOf } from "../evaluator.js";
import { callValue, inBranch } from "../expressions/call.js";
import { evaluate } from "../expressions/evaluate.js";
import { trainable, withTrainable } from "../models/model-parameters.js";
import { leavesLike, leavesOf, liftTree, withLeaves } from "../models/trees.js";
import { spread, toReal, unionLanes } from "../tensors.js";
import {
	type DerivativeValue,
	type Lane,
	list,
	type TracedValue,
	type TupleValue,
	unit,
	type Value,
} from "../values.js";
import { derivativeMatrix } from "./derivative-matrix.js";
import { reverseMode } from "./regions.js";

/**
 * Derivatives of functions, by the transformations of the IR. The argument becomes a variable of its own, the function
 * is evaluated there, and the walk backwards or forwards emits the derivative into the same function: so they nest,
 * and what the function reads from around is a constant of this derivative, but not of those around.
 */

export interface Place {
	readonly evaluator: Evaluator;
	readonly environment: Environment;
	readonly node: ast.Expression;
}

export type Call = (argument: Value) => Value;

// ---------------------------------------------------------------- the variable

/** An argument to differentiate by: its tensors, and how the argument and a derivative are made of such. */
export interface Variable {
	readonly leaves: readonly TracedValue[];
	readonly argument: (leaves: readonly TracedValue[]) => Value;
	readonly gradient: (leaves: readonly TracedValue[]) => Value;
}

export function variable(place: Place, value: Value): Variable {
	const { evaluator, environment, node } = place;
	if (value.kind === "tuple") return variables(place, value);
	const tree = value.kind === "model" ? undefined : liftTree(evaluator, value, evaluator.realElement);
	if (!tree) {
		const parameters = trainable(evaluator, value);
		if (!parameters && value.kind !== "model" && value.kind !== "stack")
			return fail(environment, node, "there is no derivative by this");
		return {
			leaves: parameters ? leavesOf(parameters) : [],
			argument: (own) => withTrainable(evaluator, value, own),
			gradient: (own) => withLeaves(parameters ?? unit, own),
		};
	}
	const leaves = leavesOf(tree).map((leaf) => toReal(evaluator, leaf));
	const make = (own: readonly TracedValue[]): Value => withLeaves(tree, own);
	return { leaves, argument: make, gradient: make };
}

/** Part by part: of a model only its parameters move. */
function variables(place: Place, value: TupleValue): Variable {
	const parts = value.elements.map((element) => ({ element, of: variable(place, element.value) }));
	const tree =
		(make: "argument" | "gradient") =>
		(own: readonly TracedValue[]): Value => {
			let next = 0;
			const elements = parts.map(({ element, of }) => {
				const from = next;
				next += of.leaves.length;
				return { ...element, value: of[make](own.slice(from, next)) };
			});
			return { ...value, elements };
		};
	return {
		leaves: parts.flatMap((p) => p.of.leaves),
		argument: tree("argument"),
		gradient: tree("gradient"),
	};
}

// ---------------------------------------------------------------- tracing at a variable

/** The value depends on a binder that the variable does not: the variable is wanted for each of its elements. */
class MoreLanes extends Error {
	constructor(readonly lanes: readonly Lane[]) {
		super("a derivative depends on more binders than its argument");
	}
}

/** Evaluates with variables that have all lanes of the outputs: then no lane's derivative mixes with another's. */
function withLanesOf<T>(evaluator: Evaluator, body: (lanes: readonly Lane[]) => T): T {
	let lanes: readonly Lane[] = [];
	for (;;) {
		try {
			return evaluator.attempt(() => body(lanes));
		} catch (error) {
			const more = error instanceof MoreLanes ? merged(lanes, error.lanes) : lanes;
			if (more.length === lanes.length) throw error;
			lanes = more;
		}
	}
}

function merged(...all: readonly (readonly Lane[])[]): readonly Lane[] {
	return unionLanes(all.map((lanes) => ({ lanes }) as TracedValue));
}

function requireLanes(lanes: readonly Lane[], needed: readonly Lane[]): void {
	if (needed.some((l) => !lanes.some((own) => own.id === l.id))) throw new MoreLanes(needed);
}

function spreadTo(evaluator: Evaluator, leaf: TracedValue, lanes: readonly Lane[]): TracedValue {
	return spread(evaluator, leaf, merged(leaf.lanes, lanes), shapeOf(leaf));
}

/** New variables with these values. */
function fresh(evaluator: Evaluator, leaves: readonly TracedValue[]): TracedValue[] {
	return leaves.map((leaf) => ({ ...leaf, value: evaluator.builder.fresh(leaf.value) }));
}

/** What a function gave, as a tree of reals. */
export function realTree({ evaluator, environment, node }: Place, value: Value): Value {
	const tree = liftLists(evaluator, value);
	if (!tree) return fail(environment, node, "this gives no numbers");
	return withLeaves(
		tree,
		leavesOf(tree).map((leaf) => toReal(evaluator, leaf)),
	);
}

/** Lists of tensors of several shapes stay lists. */
function liftLists(evaluator: Evaluator, value: Value): Value | undefined {
	if (value.kind === "tuple") {
		const parts = value.elements.map((e) => ({ ...e, value: liftLists(evaluator, e.value) }));
		const elements = parts.flatMap(({ value: part, ...name }) => (part ? [{ ...name, value: part }] : []));
		return elements.length === parts.length ? { kind: "tuple", elements } : undefined;
	}
	const whole = liftTree(evaluator, value, evaluator.realElement);
	if (whole || value.kind !== "list") return whole;
	const items = value.items.map((item) => liftLists(evaluator, item)).filter((v) => v !== undefined);
	return items.length === value.items.length ? list(items) : undefined;
}

const irOf = (leaves: readonly TracedValue[]): IrValue[] => leaves.map((leaf) => leaf.value);

/** Cotangents of the value, for a variable: from the tree of the value. */
type Cotangents = (value: Value) => readonly TracedValue[];

/** Reverse mode: the value, and the product of its cotangents with the derivative. */
export function pullBack(
	place: Place,
	at: Variable,
	call: Call,
	cotangents: Cotangents,
): { readonly value: Value; readonly gradient: Value } {
	const { evaluator, environment, node } = place;
	return withLanesOf(evaluator, (lanes) => {
		const own = fresh(
			evaluator,
			at.leaves.map((leaf) => spreadTo(evaluator, leaf, lanes)),
		);
		const value = evaluator.asDerivative(() => realTree(place, call(at.argument(own))));
		const given = cotangents(value);
		const needed = merged(...[...leavesOf(value), ...given].map((leaf) => leaf.lanes));
		for (const leaf of own) requireLanes(leaf.lanes, needed);
		const outputs = leavesOf(value).map((leaf) => spreadTo(evaluator, leaf, needed));
		const weights = given.map((leaf) => spreadTo(evaluator, leaf, needed));
		const slopes = reverseMode(environment, node, () =>
			vjp(evaluator.builder, irOf(outputs), irOf(weights), irOf(own)),
		);
		return {
			value,
			gradient: at.gradient(own.map((leaf, k) => ({ ...leaf, value: slopes[k] as IrValue }))),
		};
	});
}

/** Forward mode: the value, and the product of its derivative with tangents of the variable. */
export function push(
	place: Place,
	at: Variable,
	call: Call,
	tangents: readonly TracedValue[],
): { readonly value: Value; readonly tangent: Value } {
	const { evaluator, environment, node } = place;
	const { builder } = evaluator;
	const lanes = at.leaves.map((leaf, k) => merged(leaf.lanes, tangents[k]?.lanes ?? []));
	const own = fresh(
		evaluator,
		at.leaves.map((leaf, k) => spreadTo(evaluator, leaf, lanes[k] ?? [])),
	);
	const moved = tangents.map((t, k) => spreadTo(evaluator, t, lanes[k] ?? []));
	const value = evaluator.asDerivative(() => realTree(place, call(at.argument(own))));
	const outputs = leavesOf(value);
	// Through a rule of one's own it goes by the transpose, in reverse.
	const dual = reverseMode(environment, node, () =>
		pushForward(builder, irOf(outputs), irOf(own), irOf(moved)),
	);
	const leaf = (values: readonly (IrValue | undefined)[]): TracedValue[] =>
		outputs.map((o, k) => ({ ...o, value: values[k] ?? builder.zeros(o.value.type) }));
	return {
		value: withLeaves(value, leaf(dual.outputs)),
		tangent: withLeaves(value, leaf(dual.tangents)),
	};
}

/** A cotangent of 1 for one number. */
export function ones(evaluator: Evaluator): Cotangents {
	return (value) =>
		leavesOf(value).map((leaf) => ({ ...leaf, value: evaluator.builder.fill(1, leaf.value.type) }));
}

/** The leaves of a tree like another one, as reals. */
export function realLeavesLike(
	{ evaluator, environment, node }: Place,
	like: Value,
	value: Value,
): TracedValue[] {
	return leavesLike(evaluator, environment, node, like, value).map((leaf) => toReal(evaluator, leaf));
}

/** Evaluates what is evaluated once more: no draw is counted. */
export function drawnAgain<T>(evaluator: Evaluator, body: () => T): T {
	const outer = evaluator.draws;
	evaluator.draws = { ...outer, counts: new Map(outer.counts) };
	try {
		return body();
	} finally {
		evaluator.draws = outer;
	}
}

// ---------------------------------------------------------------- derivatives as values

/** Which of the given arguments is the variable: a name, or the place among those by position. */
function chosen(
	evaluator: Evaluator,
	fn: Value,
	args: CallValues,
	name: string | undefined,
): string | number {
	const parameters = parameterNames(evaluator, fn);
	const wanted = name ?? parameters[0];
	if (wanted !== undefined && args.named.has(wanted)) return wanted;
	if (name === undefined) return 0;
	return parameters.filter((p) => p === undefined || !args.named.has(p)).indexOf(name);
}

function parameterNames(evaluator: Evaluator, fn: Value): readonly (string | undefined)[] {
	const named = (parameters: readonly ast.Parameter[]): (string | undefined)[] =>
		parameters.map((p) => (p.name.kind === "Identifier" ? p.name.name : undefined));
	switch (fn.kind) {
		case "closure":
			return fn.node.parameters.map(({ pattern }) =>
				pattern.kind === "NamePattern" ? pattern.name : undefined,
			);
		case "function":
			return named(fn.node.parameters);
		case "model": {
			const call = fn.node.members.find(
				(m): m is ast.FunctionDeclaration => m.kind === "Function" && !m.name,
			);
			return call ? named(call.parameters) : [];
		}
		case "derivative":
			return parameterNames(evaluator, functionOf(evaluator, fn));
		default:
			return [];
	}
}

/** The function of a derivative, as it is now: in a fit its parameters change from step to step. */
function functionOf(evaluator: Evaluator, derivative: DerivativeValue): Value {
	return (
		derivative.given ?? evaluate(evaluator, inBranch(evaluator, derivative.environment), derivative.node)
	);
}

export function callDerivative(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	derivative: DerivativeValue,
	args: CallValues,
): Value {
	const place: Place = { evaluator, environment, node };
	const fn = functionOf(evaluator, derivative);
	if (derivative.rule === "pullback") return pulledBack(place, derivative, fn, args.positional[0]);
	const which = chosen(evaluator, fn, args, derivative.by);
	const given = typeof which === "string" ? args.named.get(which) : args.positional[which];
	if (!given) return fail(environment, node, "the argument of this derivative is not given");
	const call: Call = (argument) => {
		const positional = args.positional.map((v, i) => (i === which ? argument : v));
		const named = new Map([...args.named].map(([name, v]) => [name, name === which ? argument : v]));
		return callValue(evaluator, environment, node, fn, { positional, named });
	};
	const at = variable(place, given);
	switch (derivative.rule) {
		case "grad":
			return gradientAt(place, at, call);
		case "value_and_grad": {
			const { value, gradient } = pullBack(place, at, call, ones(evaluator));
			return { kind: "tuple", elements: [{ value }, { value: gradient }] };
		}
		case "jacobian":
			return derivativeMatrix(place, at, call);
		case "hessian":
			return derivativeMatrix(place, at, (argument) => gradientAt(place, variable(place, argument), call));
	}
}

export function gradientAt(place: Place, at: Variable, call: Call): Value {
	return pullBack(place, at, call, ones(place.evaluator)).gradient;
}

/** `dy |-> dx`: the function is evaluated again, with the draws that it had. */
function pulledBack(place: Place, pullback: DerivativeValue, fn: Value, dy: Value | undefined): Value {
	const { evaluator, environment, node } = place;
	const { at, draws, lanes } = pullback;
	if (!at || !draws || !dy) return fail(environment, node, "a cotangent is wanted here");
	const outer = { draws: evaluator.draws, lanes: evaluator.lanes };
	try {
		evaluator.draws = { ...draws, counts: new Map(draws.counts) };
		evaluator.lanes = lanes ?? [];
		const call: Call = (x) =>
			callValue(evaluator, environment, pullback.node, fn, { positional: [x], named: new Map() });
		return pullBack(place, variable(place, at), call, (value) => realLeavesLike(place, value, dy)).gradient;
	} finally {
		evaluator.draws = outer.draws;
		evaluator.lanes = outer.lanes;
	}
}
