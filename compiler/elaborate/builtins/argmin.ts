import type { Value as IrValue } from "../../ir/ir.js";
import { tellLimit } from "../binders/checks.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { callValue, type EvaluatedCall } from "../expressions/call.js";
import { evaluate } from "../expressions/evaluate.js";
import { formatOfTree } from "../expressions/precision.js";
import { trainable } from "../models/model-parameters.js";
import { startsOf } from "../models/optimizer-starts.js";
import {
	atThisStep,
	type Elsewhere,
	type MovedLeaf,
	type OptimizerState,
	optimizerSteps,
	type Point,
} from "../models/optimizers.js";
import { leavesOf, liftTree } from "../models/trees.js";
import { atRoot } from "../root.js";
import { castTo, elementwise, reduceAxes, traced, unary } from "../tensors.js";
import { mapTensors, type RuleValue, type TracedValue, type Value } from "../values.js";
import { type Call, ones, type Place, pullBack, type Variable, variable } from "./differentiate.js";
import { type Arguments, type Intrinsic, readArguments } from "./intrinsics.js";
import { type LoopCall, runTurns, runUntil } from "./loops.js";

/** `argmin(start, f, using = optimizer, steps = n)`: the steps of an optimizer as a loop of the IR. */

interface Problem extends LoopCall {
	readonly place: Place;
	readonly args: Arguments;
	/** What is moved: the leaves are those of the start. */
	readonly at: Variable;
	/** The function, whose draws are the same at each of its evaluations. */
	readonly objective: Call;
	readonly rule: RuleValue;
	readonly steps: number;
}

/** Whether a call of `argmin` is of a function, not of a tensor. */
export function isOfFunction({ arguments: given }: EvaluatedCall): boolean {
	return given.some((a) => a.name?.name === "using");
}

/** In the format of the start; where its leaves have several, in f64, and each leaf that is given is in its own. */
export const argminOfFunction: Intrinsic = (evaluator, environment, call) => {
	const start = call.arguments.find((a) => a.name?.name === "start") ?? call.arguments.find((a) => !a.name);
	const given = start && (start.given ?? evaluate(evaluator, environment, start.value));
	const args = call.arguments.map((a) => (a === start && given ? { ...a, given } : a));
	const formats = given ? formatsOfTree(evaluator, given) : new Set();
	const outer = evaluator.realElement;
	return evaluator.inPrecision(formats.size > 1 ? "f64" : given && formatOfTree(given), () =>
		minimum(evaluator, environment, { ...call, arguments: args }, formats.size > 1 ? outer : undefined),
	);
};

function formatsOfTree(evaluator: Evaluator, start: Value): ReadonlySet<string> {
	const parameters = trainable(evaluator, start);
	return new Set((parameters ? leavesOf(parameters) : []).map((leaf) => leaf.value.type.element));
}

/** All leaves in the format of the steps; the function sees each in its own. */
function inOneFormat(evaluator: Evaluator, at: Variable): Variable {
	const own = (leaves: readonly TracedValue[]): TracedValue[] =>
		leaves.map((leaf, k) =>
			castTo(evaluator, leaf, at.leaves[k]?.value.type.element ?? evaluator.realElement),
		);
	return {
		leaves: at.leaves.map((leaf) => castTo(evaluator, leaf, evaluator.realElement)),
		argument: (leaves) => at.argument(own(leaves)),
		gradient: (leaves) => at.gradient(own(leaves)),
	};
}

/** @param outer the format around, where the start has several: that of the function */
function minimum(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	outer: "f32" | "f64" | undefined,
): Value {
	const problem = problemOf(evaluator, environment, call, outer);
	const { place, at, objective, args } = problem;
	const found = minimized(problem);
	const gradient = args.named.get("gradient");
	if (!gradient || (gradient.kind === "variant" && gradient.name === "Unrolled")) return at.argument(found);
	const fixed = found.map((leaf) => ({
		...leaf,
		value: evaluator.builder.emit("stop_gradient", [leaf.value]),
	}));
	if (gradient.kind !== "variant") return at.argument(fixed);
	const solver = gradient.fields[0]?.value ?? fail(environment, call.node, "a solver is wanted here");
	const slopes = (leaves: readonly TracedValue[]): readonly TracedValue[] =>
		slopesAt(place, { ...at, leaves }, objective).gradients;
	return at.argument(atRoot(place, fixed, slopes, solver, true));
}

function problemOf(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	outer: "f32" | "f64" | undefined,
): Problem {
	const place: Place = { evaluator, environment, node: call.node };
	const args = readArguments(evaluator, environment, call);
	const [start = args.named.get("start"), f = args.named.get("f")] = args.positional;
	const [rule, steps] = [args.named.get("using"), args.named.get("steps")];
	if (!start || !f || rule?.kind !== "rule" || steps?.kind !== "number")
		return fail(
			environment,
			call.node,
			"a start, a function, an optimizer and a number of steps are wanted here",
		);
	const given = variable(place, apart(evaluator, start));
	const at = outer ? inOneFormat(evaluator, given) : given;
	const draws = {
		...evaluator.draws,
		path: [...evaluator.draws.path, "argmin"],
		counts: new Map<string, number>(),
	};
	const objective: Call = (argument) => {
		const around = evaluator.draws;
		evaluator.draws = { ...draws, counts: new Map() };
		try {
			return evaluator.inPrecision(outer, () =>
				callValue(evaluator, environment, call.node, f, { positional: [argument], named: new Map() }),
			);
		} finally {
			evaluator.draws = around;
		}
	};
	return { evaluator, environment, call, place, args, at, objective, rule, steps: steps.value };
}

/** Tensors of models are values of their own: equal ones are told apart when they move. */
function apart(evaluator: Evaluator, start: Value): Value {
	if (start.kind !== "model" && start.kind !== "tuple") return start;
	return mapTensors(liftTree(evaluator, start) ?? start, (tensor) =>
		tensor.kind === "traced" ? { ...tensor, value: evaluator.builder.fresh(tensor.value) } : tensor,
	);
}

/** The value and the slopes of the objective at some leaves. */
function slopesAt(place: Place, at: Variable, objective: Call): Elsewhere {
	const gradient = (leaves: readonly TracedValue[]): Value => ({
		kind: "tuple",
		elements: leaves.map((value) => ({ value })),
	});
	const found = pullBack(place, { ...at, gradient }, objective, ones(place.evaluator));
	const [value] = leavesOf(found.value);
	if (!value) return fail(place.environment, place.node, "what is minimized is one number");
	const number = castTo(place.evaluator, value, place.evaluator.realElement);
	return { value: number, gradients: leavesOf(found.gradient) };
}

/** The leaves after the steps. */
function minimized(problem: Problem): readonly TracedValue[] {
	const { evaluator, environment, args, at, steps } = problem;
	const states = startStates(problem);
	const count = at.leaves.length;
	const start: Value = {
		kind: "tuple",
		elements: [...at.leaves, ...states.map((s) => s.value)].map((value) => ({ value })),
	};
	const parts = (state: Value): Value[] => (state.kind === "tuple" ? state.elements.map((e) => e.value) : []);
	const leavesIn = (state: Value): TracedValue[] => parts(state).slice(0, count) as TracedValue[];
	const step = (state: Value, turn: IrValue): { readonly next: Value; readonly size: TracedValue } => {
		const leaves = leavesIn(state);
		const carried = new Map(
			states.map(({ key }, i): [string, OptimizerState] => {
				const tree = parts(state)[count + i] as Value;
				return [key, { tree, now: tree }];
			}),
		);
		const { moved, size } = stepped(problem, leaves, carried, turn);
		const values = [...moved, ...[...carried.values()].map((s) => s.now)];
		return { next: { kind: "tuple", elements: values.map((value) => ({ value })) }, size };
	};
	const checkpoint = args.named.get("checkpoint");
	const loop = { ...problem, name: "argmin", checkpoint: checkpoint?.kind === "bool" && checkpoint.value };
	const given = args.named.get("tolerance");
	if (steps === 0) return at.leaves;
	if (!given) return leavesIn(runTurns(loop, start, steps, (state, turn) => step(state, turn).next));
	const { realElement } = evaluator;
	const goal = traced(evaluator, given, realElement);
	if (!goal) return fail(environment, problem.call.node, "a tolerance is a number");
	const tolerance = castTo(evaluator, goal, realElement);
	const infinite: TracedValue = {
		kind: "traced",
		value: evaluator.builder.scalar(Number.POSITIVE_INFINITY, realElement),
		lanes: [],
	};
	const last = runUntil(
		loop,
		pair(start, infinite),
		steps,
		(state, turn) => {
			const { next, size } = step(parts(state)[0] as Value, turn);
			return pair(next, size);
		},
		(state) => elementwise(evaluator, "le", parts(state)[1] as TracedValue, tolerance, realElement),
	);
	const size = parts(last)[1] as TracedValue;
	tellLimit(
		evaluator,
		environment,
		problem.call.node,
		elementwise(evaluator, "le", size, tolerance, realElement),
	);
	return leavesIn(parts(last)[0] as Value);
}

function pair(a: Value, b: Value): Value {
	return { kind: "tuple", elements: [{ value: a }, { value: b }] };
}

const leafPath = (i: number): string => `${i}`;

function startStates({
	evaluator,
	environment,
	call,
	rule,
	at,
}: Problem): readonly { key: string; value: Value }[] {
	const start = {
		evaluator,
		environment,
		name: (key: string): string => `argmin on ${key}`,
		leafAtStart: ({ leaf }: MovedLeaf) => leaf,
		keepsComputed: true,
	};
	const moved = at.leaves.map((leaf, i) => ({ path: leafPath(i), leaf }));
	return startsOf(start, { rule, node: call.node }, "", moved).map(({ key, value }) => ({
		key,
		value: liftTree(evaluator, value, evaluator.realElement) ?? value,
	}));
}

/** One step of the optimizer, and the largest element of the gradient where it began. */
function stepped(
	problem: Problem,
	leaves: readonly TracedValue[],
	states: ReadonlyMap<string, OptimizerState>,
	turn: IrValue,
): { readonly moved: readonly TracedValue[]; readonly size: TracedValue } {
	const { evaluator, environment, place, at, objective, call } = problem;
	const step = { evaluator, environment, turn };
	const { gradients } = slopesAt(place, { ...at, leaves }, objective);
	const moved = leaves.map((leaf, i) => ({ path: leafPath(i), leaf }));
	const elsewhere = (points: readonly Point[]): Elsewhere => {
		const there = new Map(
			points.map(({ leaf, value }) => {
				const point = traced(evaluator, value, evaluator.realElement);
				if (!point) return fail(environment, call.node, "a point is a tree of tensors");
				return [leaf, castTo(evaluator, point, evaluator.realElement)] as const;
			}),
		);
		const own = leaves.map((leaf) => there.get(leaf) ?? leaf);
		const found = slopesAt(place, { ...at, leaves: own }, objective);
		return {
			...found,
			gradients: points.map(({ leaf }) => found.gradients[leaves.indexOf(leaf)] as TracedValue),
		};
	};
	const slopes = new Map(gradients.map((gradient, i) => [leafPath(i), gradient]));
	const rule = atThisStep(step, call.node, problem.rule);
	const updated = optimizerSteps({ step, states, elsewhere }, rule, "", moved, slopes);
	const largest = gradients
		.map((g) => reduceAxes(evaluator, "reduce_max", unary(evaluator, "abs", g), axesOf(g)))
		.reduce((a, b) => elementwise(evaluator, "max", a, b, evaluator.realElement));
	return { moved: moved.map(({ path, leaf }) => updated.get(path) ?? leaf), size: largest };
}

function axesOf(value: TracedValue): number[] {
	return value.value.type.shape.slice(value.lanes.length).map((_, i) => i);
}
