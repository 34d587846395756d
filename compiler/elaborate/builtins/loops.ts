import type { Value as IrValue } from "../../ir/ir.js";
import { stackBody, stackTrees } from "../binders/binder.js";
import { checkTurns } from "../binders/checks.js";
import { guarded } from "../binders/guard.js";
import { pairRows, reversed, type Source, sourceOf, zipRows } from "../binders/sources.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, type RunTimeCheck, shapeOf } from "../evaluator.js";
import { not } from "../expressions/arithmetic.js";
import { callValue, type EvaluatedCall } from "../expressions/call.js";
import { irTypeOf, leavesLike, leavesOf, liftTree, withLeaves } from "../models/trees.js";
import { arrange, castTo, elementwise, reduceLanes, select, traced } from "../tensors.js";
import { integer, list, type TracedValue, unit, type Value } from "../values.js";
import { drawnAgain } from "./differentiate.js";
import { type Arguments, type Intrinsic, readArguments } from "./intrinsics.js";
import {
	again,
	buildRegions,
	counterType,
	i32,
	initOf,
	inTurn,
	type LoopPlace,
	liftState,
	loopPlaces,
	nextLeaves,
	type Region,
	reads,
	requireLists,
	stateOf,
	withoutParameter,
	withStableTypes,
} from "./regions.js";

/** Loops as expressions: `fold scan map iterate loop`. A turn is one region of the IR; over a static list they unroll. */

type Step = (state: Value, element: Value) => Value;

/** Where a loop stands. */
export interface LoopCall {
	readonly evaluator: Evaluator;
	readonly environment: Environment;
	readonly call: EvaluatedCall;
}

interface Loop extends LoopPlace {
	readonly call: EvaluatedCall;
	readonly start: Value;
	/** The start before it was made tensors: its numbers take the format that the state has in the end. */
	readonly written?: Value;
	readonly checkpoint: boolean;
	/** Whether its state counts the turns, for the draws in them. */
	readonly counts?: boolean;
}

/** Calls a function that was given to the loop. */
function apply(
	loop: Pick<Loop, "evaluator" | "environment" | "call">,
	fn: Value,
	args: readonly Value[],
): Value {
	return callValue(loop.evaluator, loop.environment, loop.call.node, fn, {
		positional: args,
		named: new Map(),
	});
}

function loopOf(
	evaluator: Evaluator,
	environment: Environment,
	call: EvaluatedCall,
	name: string,
	startAt: number,
): Loop & { readonly args: Arguments } {
	const args = readArguments(evaluator, environment, call);
	const given = args.positional[startAt];
	const start = given && liftState(evaluator, given);
	if (!start) return fail(environment, call.node, "the state of a loop is a tree of tensors");
	const checkpoint = args.named.get("checkpoint");
	return {
		evaluator,
		environment,
		node: call.node,
		name,
		call,
		args,
		start,
		written: given,
		checkpoint: checkpoint?.kind === "bool" && checkpoint.value,
	};
}

/** About the square root of the turns: so many lie between the states that are kept. */
function segment(loop: Loop, turns: number): { readonly checkpoint?: number } {
	return loop.checkpoint ? { checkpoint: Math.max(1, Math.ceil(Math.sqrt(turns))) } : {};
}

// ---------------------------------------------------------------- scans

/** What a turn of a scan gives: the next state, and what is stacked. */
interface TurnResult {
	readonly state: Value;
	readonly output: Value;
}

/** Runs over a source: the last state, and the outputs along a new first axis. */
function runScan(
	loop: Loop,
	source: Source & { readonly kind: "run" },
	turn: (state: Value, element: Value) => TurnResult,
): TurnResult {
	const { evaluator } = loop;
	const { length, sequences } = source;
	return withStableTypes(loop, loop.start, (types, start) => {
		const carries = types.length;
		let output: Value = unit;
		let checks: readonly RunTimeCheck[] = [];
		const region: Region = {
			name: "turn",
			parameters: [
				...types.map(irTypeOf),
				...sequences.map(({ type }) => ({ ...type, shape: type.shape.slice(1) })),
				counterType,
			],
			body: (parameters) => {
				const index = parameters.at(-1) as IrValue;
				const state = stateOf(start, types, parameters.slice(0, carries));
				const run = (): TurnResult => turn(state, source.element(parameters.slice(carries, -1), index));
				const result = loop.counts ? run() : inTurn(evaluator, length, index, run);
				const next = nextLeaves(loop, start, types, result.state);
				const lifted = liftTree(evaluator, result.output);
				if (!lifted) return fail(loop.environment, loop.node, "what a turn gives is no tree of tensors");
				output = lifted;
				checks = evaluator.takeChecks();
				const checked = checks.flatMap((c) => [c.least, c.most]);
				return [...next, ...leavesOf(lifted).map((leaf) => leaf.value), ...checked];
			},
		};
		const { funcs, captured } = buildRegions(evaluator, [region]);
		const [built] = funcs;
		if (!built) throw new Error("a region was not built");
		const counts = reads(built, carries + sequences.length);
		const func = counts ? built : withoutParameter(built, carries + sequences.length);
		const outputs = leavesOf(output);
		if (carries + outputs.length + checks.length === 0) return { state: start, output };
		const results = evaluator.builder.emitAll(
			"scan",
			[
				...initOf(evaluator, start, types, loop.written),
				...sequences,
				...(counts ? [turnNumbers(evaluator, length)] : []),
				...captured,
			],
			{
				length,
				carries,
				sequences: sequences.length + (counts ? 1 : 0),
				reverse: false,
				...segment(loop, length),
			},
			[func],
		);
		checkTurns(evaluator, checks, results.slice(carries + outputs.length));
		return {
			state: stateOf(start, types, results),
			output: withLeaves(
				output,
				outputs.map((leaf, k) => stackedLeaf(evaluator, leaf, results[carries + k] as IrValue)),
			),
		};
	});
}

function turnNumbers(evaluator: Evaluator, length: number): IrValue {
	return evaluator.builder.emit("iota", [], { shape: [length], axis: 0, element: "i32" });
}

/** The axis of the turns comes after the lanes. */
function stackedLeaf(evaluator: Evaluator, leaf: TracedValue, value: IrValue): TracedValue {
	return arrange(evaluator, value, [0, ...leaf.lanes, ...shapeOf(leaf).map((_, i) => i + 1)], leaf.below);
}

function taken(loop: Pick<Loop, "environment" | "node">, result: Value): TurnResult {
	const [state, output] = result.kind === "tuple" ? result.elements : [];
	if (!state || !output)
		return fail(loop.environment, loop.node, "a turn of a scan gives a state and an output");
	return { state: state.value, output: output.value };
}

function unrolled(loop: Pick<Loop, "evaluator">, items: readonly Value[], first: Value, step: Step): Value {
	return items.reduce<Value>((state, item, i) => loop.evaluator.at(`[${i}]`, () => step(state, item)), first);
}

function functionAt(
	loop: Pick<Loop, "environment" | "node"> & { readonly args: Arguments },
	at: number,
): Value {
	return loop.args.positional[at] ?? fail(loop.environment, loop.node, "a function is wanted here");
}

const fold: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const source = sourceOf(evaluator, environment, call.node, args.positional[0]);
	if (source.kind === "static") {
		const [, first, fn] = args.positional;
		if (!first || !fn) return fail(environment, call.node, "a fold takes a source, a start and a function");
		const loop = { evaluator, environment, call };
		return source.items.reduce<Value>(
			(state, item, i) => evaluator.at(`[${i}]`, () => apply(loop, fn, [state, item])),
			first,
		);
	}
	const loop = loopOf(evaluator, environment, valuesOf(call, args), "fold", 1);
	const fn = functionAt(loop, 2);
	return runScan(loop, source, (state, element) => ({
		state: apply(loop, fn, [state, element]),
		output: unit,
	})).state;
};

/** The call with its arguments evaluated, so that they are evaluated once. */
function valuesOf(call: EvaluatedCall, args: Arguments): EvaluatedCall {
	let next = 0;
	return {
		...call,
		arguments: call.arguments.map((argument) => {
			const given = argument.name ? args.named.get(argument.name.name) : args.positional[next++];
			return { ...argument, ...(given && { given }) };
		}),
	};
}

const scan: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const source = sourceOf(evaluator, environment, call.node, args.positional[0]);
	if (source.kind === "run") {
		const loop = loopOf(evaluator, environment, valuesOf(call, args), "scan", 1);
		const fn = functionAt(loop, 2);
		const { state, output } = runScan(loop, source, (s, x) => taken(loop, apply(loop, fn, [s, x])));
		return { kind: "tuple", elements: [{ value: state }, { value: output }] };
	}
	const here = { evaluator, environment, node: call.node, call, args };
	const fn = functionAt(here, 2);
	const outputs: Value[] = [];
	const first = args.positional[1] ?? unit;
	const last = unrolled(here, source.items, first, (state, item) => {
		const result = taken(here, apply(here, fn, [state, item]));
		outputs.push(result.output);
		return result.state;
	});
	const whole = stackTrees(evaluator, outputs);
	if (!whole) return fail(environment, call.node, "what the turns give cannot be stacked");
	return { kind: "tuple", elements: [{ value: last }, { value: whole }] };
};

const iterate: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const turns = args.positional[0];
	if (turns?.kind !== "number") return fail(environment, call.node, "the number of turns is not known here");
	const source = sourceOf(evaluator, environment, call.node, turns);
	const loop = loopOf(evaluator, environment, valuesOf(call, args), "iterate", 1);
	const fn = functionAt(loop, 2);
	if (source.kind === "static") return fail(environment, call.node, "the number of turns is not known here");
	return runScan(loop, source, (state) => ({ state: apply(loop, fn, [state]), output: unit })).state;
};

/** What a loop of the compiler's own is called after, and whether it keeps few states. */
interface Own extends LoopCall {
	readonly name: string;
	readonly checkpoint: boolean;
}

/** So many turns of what the compiler does; gives the last state. */
export function runTurns(
	own: Own,
	start: Value,
	turns: number,
	turn: (state: Value, number: IrValue) => Value,
): Value {
	const { evaluator, environment, call } = own;
	const lifted = liftTree(evaluator, start);
	const source = sourceOf(evaluator, environment, call.node, integer(turns));
	if (!lifted || source.kind === "static") return fail(environment, call.node, "this is no state of a loop");
	const loop: Loop = { ...own, node: call.node, start: lifted };
	return runScan(loop, source, (state, number) => ({
		state: turn(state, numberOf(evaluator, number)),
		output: unit,
	})).state;
}

/** Turns of what the compiler does until a condition holds, which is asked first; gives the last state. */
export function runUntil(
	own: Own,
	start: Value,
	limit: number,
	turn: (state: Value, number: IrValue) => Value,
	until: (state: Value) => Value,
): Value {
	const { evaluator, environment, call } = own;
	const lifted = liftTree(evaluator, start);
	if (!lifted) return fail(environment, call.node, "this is no state of a loop");
	// The number of the turn is a part of the state, of each lane.
	const zero = i32(evaluator.builder.scalar(0, "i32"));
	const one = i32(evaluator.builder.scalar(1, "i32"));
	const whole: Until = {
		...own,
		node: call.node,
		start: pair(pair(lifted, zero), zero),
		step: {
			kind: "native",
			call: ([now]) => {
				const { last, count } = partsOf(whole, now ?? unit);
				const number = reduceLanes(evaluator, "reduce_max", count, count.lanes).value;
				return pair(turn(last, number), elementwise(evaluator, "add", count, one, "i32"));
			},
		},
		until: { kind: "native", call: ([now]) => until(partsOf(whole, now ?? unit).last) },
		limit,
		conditions: evaluator.conditions,
		counts: true,
	};
	return partsOf(whole, partsOf(whole, whileLoop(whole).state).last).last;
}

function numberOf(evaluator: Evaluator, number: Value): IrValue {
	return traced(evaluator, number)?.value ?? evaluator.builder.scalar(0, "i32");
}

/** All elements at once: the function is evaluated in a lane, as under a `for`. */
const map: Intrinsic = (evaluator, environment, call) => {
	const args = readArguments(evaluator, environment, call);
	const source = sourceOf(evaluator, environment, call.node, args.positional[0]);
	const loop = { evaluator, environment, call, args, node: call.node };
	const fn = functionAt(loop, 1);
	if (source.kind === "static")
		return list(source.items.map((item, i) => evaluator.at(`[${i}]`, () => apply(loop, fn, [item]))));
	const lane = evaluator.newLane("_", source.length);
	const body = evaluator.inLanes([lane], () => apply(loop, fn, [source.inLane(lane)]));
	return (
		stackBody(evaluator, body, [lane]) ?? fail(environment, call.node, "what a turn gives cannot be stacked")
	);
};

// ---------------------------------------------------------------- loops that stop by themselves

/** Its state is what is given, with the number of turns that were made: where lanes stop by themselves, of each. */
interface Until extends Loop {
	readonly step: Value;
	readonly until: Value;
	readonly limit: number | undefined;
	/** Where the branches around are taken at all. */
	readonly conditions: readonly TracedValue[];
}

const loop: Intrinsic = (evaluator, environment, call) => {
	const base = loopOf(evaluator, environment, call, "loop", 0);
	const { named } = base.args;
	const [until, limit, trace] = [named.get("until"), named.get("limit"), named.get("trace")];
	if (!until) return fail(environment, call.node, "a loop needs to know when it ends");
	const whole: Until = {
		...base,
		start: pair(base.start, i32(evaluator.builder.scalar(0, "i32"))),
		...(base.written && { written: pair(base.written, integer(0)) }),
		step: functionAt(base, 1),
		until,
		limit: limit?.kind === "number" ? limit.value : undefined,
		conditions: evaluator.conditions,
		counts: true,
	};
	const keeps = trace?.kind === "bool" && trace.value;
	const { state, output } = keeps ? tracedLoop(whole) : whileLoop(whole);
	const { last, count } = partsOf(whole, state);
	const ended = evaluator.at("until", () => asked(whole, last));
	return {
		kind: "tuple",
		...(whole.limit !== undefined && { ended }),
		elements: [
			{ name: "last", value: last },
			{ name: "count", value: count },
			{ name: "done", value: ended },
			...(keeps ? [{ name: "trace", value: output }] : []),
		],
	};
};

function pair(a: Value, b: Value): Value {
	return { kind: "tuple", elements: [{ value: a }, { value: b }] };
}

function partsOf(loop: Until, state: Value): { readonly last: Value; readonly count: TracedValue } {
	const [last, count] = state.kind === "tuple" ? state.elements : [];
	if (!last || count?.value.kind !== "traced") return fail(loop.environment, loop.node, "a loop has a state");
	return { last: last.value, count: count.value };
}

/** Whether the loop has come to its end. */
function asked(loop: Until, state: Value): TracedValue {
	const { evaluator, environment } = loop;
	const value = traced(evaluator, apply(loop, loop.until, [state]), "bool");
	if (value?.value.type.element !== "bool")
		return fail(environment, loop.node, "`until` gives no truth value");
	return value;
}

/** Whether another turn is made, for each lane. What is asked draws the same wherever it is asked again. */
function goesOn(loop: Until, state: Value, isChecked = false): TracedValue {
	const { evaluator, environment } = loop;
	const ask = (): TracedValue => evaluator.at("until", () => asked(loop, state));
	const open = not(evaluator, isChecked ? drawnAgain(evaluator, ask) : evaluator.probe(ask));
	if (open?.kind !== "traced") return fail(environment, loop.node, "`until` gives no truth value");
	return loop.conditions.reduce((all, c) => elementwise(evaluator, "and", all, c, "bool"), open);
}

/** Runs `body` in the turn that begins with a state. */
function inTurnOf<T>(loop: Until, count: TracedValue, body: () => T): T {
	const { evaluator, limit } = loop;
	const turn = reduceLanes(evaluator, "reduce_max", count, count.lanes);
	return inTurn(evaluator, limit ?? Number.POSITIVE_INFINITY, turn.value, body);
}

function whileLoop(loop: Until): TurnResult {
	const { evaluator, environment, node, limit } = loop;
	// The least and the greatest of what is checked go along from turn to turn.
	let checked: readonly RunTimeCheck[] = [];
	return withStableTypes(loop, loop.start, (types, start) => {
		const bounds = checked.flatMap(({ least, most }) => [least.type, most.type]);
		const parameters = [...types.map(irTypeOf), ...bounds];
		const opened = (own: readonly IrValue[], isChecked: boolean) => {
			const state = stateOf(start, types, own);
			const { last, count } = partsOf(loop, state);
			return { state, count, active: inTurnOf(loop, count, () => goesOn(loop, last, isChecked)) };
		};
		const { funcs, captured } = buildRegions(evaluator, [
			{
				name: "condition",
				parameters,
				body: (own) => {
					const { active } = opened(own, false);
					return [reduceLanes(evaluator, "reduce_or", active, active.lanes).value];
				},
			},
			{
				name: "body",
				parameters,
				body: (own) => {
					const { state, active } = opened(own, true);
					const next = active.lanes.length > 0 ? turnWhere(loop, active, state) : turnOf(loop, state);
					const leaves = nextLeaves(loop, start, types, next);
					const now = evaluator.takeChecks();
					const isKnown = now.length === checked.length;
					checked = now;
					if (!isKnown) throw again(types);
					return [...leaves, ...widestOf(evaluator, now, own.slice(types.length))];
				},
			},
		]);
		if (funcs[1]) loopPlaces.set(funcs[1], environment.locate(node));
		const results = evaluator.builder.emitAll(
			"while",
			[
				...initOf(evaluator, start, types, loop.written),
				...bounds.map((type, i) => nothingYet(evaluator, type, i)),
				...captured,
			],
			{
				carries: types.length + bounds.length,
				...(limit !== undefined && { limit, ...segment(loop, limit) }),
			},
			funcs,
		);
		for (const [i, check] of checked.entries()) {
			const [least, most] = results.slice(types.length + 2 * i);
			if (least && most) evaluator.addCheck({ ...check, least, most });
		}
		return { state: stateOf(start, types, results), output: unit };
	});
}

/** With what was checked in this turn. */
function widestOf(
	{ builder }: Evaluator,
	checks: readonly RunTimeCheck[],
	before: readonly IrValue[],
): IrValue[] {
	return checks.flatMap(({ least, most }, i) => [
		builder.emit("min", [before[2 * i] as IrValue, builder.emit("stop_gradient", [least])]),
		builder.emit("max", [before[2 * i + 1] as IrValue, builder.emit("stop_gradient", [most])]),
	]);
}

/** Of no turns: the least is the end of all numbers above, the greatest that below. */
function nothingYet({ builder }: Evaluator, { element }: IrValue["type"], at: number): IrValue {
	const isLeast = at % 2 === 0;
	if (element === "i32") return builder.scalar(isLeast ? 2147483647 : -2147483648, element);
	return builder.scalar(isLeast ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY, element);
}

/** As many turns as the limit allows, the last ones of which change nothing: so that all states are there. */
function tracedLoop(loop: Until): TurnResult {
	const { evaluator, environment, node, limit } = loop;
	const source = sourceOf(
		evaluator,
		environment,
		loop.call.node,
		limit === undefined ? undefined : integer(limit),
	);
	if (source.kind === "static") return fail(environment, node, "a loop without a limit has no trace");
	return runScan(loop, source, (state) => {
		const { last, count } = partsOf(loop, state);
		const next = turnWhere(
			loop,
			inTurnOf(loop, count, () => goesOn(loop, last)),
			state,
		);
		return { state: next, output: partsOf(loop, next).last };
	});
}

function turnOf(loop: Until, state: Value): Value {
	const { evaluator } = loop;
	const { last, count } = partsOf(loop, state);
	const after = inTurnOf(loop, count, () => apply(loop, loop.step, [last]));
	return pair(after, elementwise(evaluator, "add", count, i32(evaluator.builder.scalar(1, "i32")), "i32"));
}

/** A turn where lanes that are done keep their state, and no nan of theirs arrives. */
function turnWhere(loop: Until, active: TracedValue, state: Value): Value {
	const { evaluator, environment, node } = loop;
	const guard = guarded(evaluator, active);
	const { last, count } = partsOf(loop, state);
	const after = evaluator.guardedBy(
		guard,
		() => inTurnOf(loop, count, () => apply(loop, loop.step, [guard(last)])),
		active,
	);
	requireLists(evaluator, last, after, pair(after, count));
	const old = leavesOf(last);
	const leaves = leavesLike(evaluator, environment, node, last, after).map((leaf, k) => {
		const before = old[k] ?? leaf;
		const below = leaf.below === before.below ? leaf.below : undefined;
		return { ...select(evaluator, active, leaf, before), ...(below !== undefined && { below }) };
	});
	const counted = elementwise(evaluator, "add", count, castTo(evaluator, active, "i32"), "i32");
	return pair(withLeaves(last, leaves), counted);
}

// ---------------------------------------------------------------- sources

/** A function of lists that also takes rows of tensors. */
function orRows(
	ofLists: Intrinsic,
	rows: (evaluator: Evaluator, values: readonly Value[]) => Value | undefined,
): Intrinsic {
	return (evaluator, environment, call, expected) => {
		const args = readArguments(evaluator, environment, call);
		return (
			rows(evaluator, args.positional) ?? ofLists(evaluator, environment, valuesOf(call, args), expected)
		);
	};
}

const reverse: Intrinsic = (evaluator, environment, call) => {
	const [value] = readArguments(evaluator, environment, call).positional;
	return (value && reversed(evaluator, value)) ?? fail(environment, call.node, "this has no order");
};

/** The loops, and the functions of lists that take rows, too. */
export function loopIntrinsics(
	lists: Readonly<Record<string, Intrinsic>>,
): Readonly<Record<string, Intrinsic>> {
	return {
		fold,
		scan,
		iterate,
		map,
		loop,
		reverse,
		...(lists.zip && { zip: orRows(lists.zip, zipRows) }),
		...(lists.pairs && {
			pairs: orRows(lists.pairs, (evaluator, [value]) => value && pairRows(evaluator, value)),
		}),
	};
}
