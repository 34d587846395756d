import type { Backend, Executable } from "../compiler/backends/backend.js";
import { Evaluator, type RunTimeCheck } from "../compiler/elaborate/evaluator.js";
import { traced } from "../compiler/elaborate/tensors.js";
import { type Func, type Value as IrValue, sizeOf, type TensorData } from "../compiler/ir/ir.js";
import type { Location } from "../compiler/source/diagnostic.js";
import { removeDead, simplify } from "../compiler/transform/simplify.js";
import type * as ast from "../grammar/ast.js";
import { bindBatch, orderFunction, streamKey } from "./batches.js";
import { prepareTurn, standingConstraints } from "./constraints/step.js";
import type { FitRun } from "./fit.js";
import type { LoopExtent } from "./loop-length.js";
import { withinMemory } from "./memory.js";
import { carryLeaves, type Recorded, type StepBuilder, type TracedTrack } from "./step.js";
import { trainedNames } from "./trained-names.js";
import { bindTurn, TurnTracer, traceUntil } from "./turn.js";

/** How many numbers one call of the backend may record. */
const elementsPerCall = 2 ** 22;

export interface TracedLoop {
	readonly func: Func;
	/** Compiled when it is first asked for. */
	readonly executable: Executable;
	/** Of all that is carried, and what names it: one of each is as long as the other. */
	readonly starts: readonly TensorData[];
	readonly names: readonly string[];
	/** What the step reads from outside, after what is carried and the orders. */
	readonly data: readonly TensorData[];
	/** Of the carried leaves, in the order of the parameters after the turn. */
	readonly paths: readonly string[];
	readonly recorded: readonly Recorded[];
	/** Those of each turn are recorded after these, in their order. */
	readonly tracks: readonly TracedTrack[];
	/** The record that says whether the loop ends. */
	readonly ends?: number;
	/** What is checked of computed numbers; its results are recorded from there on. */
	readonly checks: { readonly list: readonly RunTimeCheck[]; readonly from: number };
	readonly observer?: Observer;
	/** So many steps are recorded at most in one call. */
	readonly mostPerCall: number;
	/** Of each term, in order: the records that say in which turns of inner loops it was not finite. */
	readonly turnsFrom: number;
	/** Of each term that not every turn makes: the record that says whether it did. */
	readonly made: readonly (number | undefined)[];
	readonly orders: readonly Order[];
}

export type { TracedTrack } from "./step.js";

/** The parameter that holds the permutation of a stream's epoch, and what computes it from the epoch. */
export interface Order {
	readonly parameter: number;
	readonly func: Func;
	readonly executable: Executable;
}

/** Computes the tracks of the next turn from the state before it. */
export interface Observer {
	readonly func: Func;
	readonly executable: Executable;
	readonly data: readonly TensorData[];
	readonly tracks: readonly TracedTrack[];
	/** The loop's parameters that it needs, in the order of its own. */
	readonly states: readonly number[];
}

/** Compiles a function when it is first asked for, and sets these parameters. */
class Compiled {
	private made: Executable | undefined;

	constructor(
		readonly func: Func,
		private readonly backend: Backend,
		/** Of the loop. */
		private readonly at: Location,
		private readonly carried: number,
		private readonly given: ReadonlyMap<number, TensorData>,
	) {}

	get executable(): Executable {
		if (this.made) return this.made;
		this.made = withinMemory(this.at, () => this.backend.compile(this.func, this.carried));
		for (const [parameter, value] of this.given) this.made.write(parameter, value);
		return this.made;
	}
}

function from(first: number, values: readonly TensorData[]): Map<number, TensorData> {
	return new Map(values.map((value, i) => [first + i, value]));
}

/** No two have one name. */
function distinct(names: readonly string[]): string[] {
	const seen = new Map<string, number>();
	return names.map((name) => {
		const count = seen.get(name) ?? 0;
		seen.set(name, count + 1);
		return count === 0 ? name : `${name} #${count}`;
	});
}

/** Compiles the turn of a loop. The fit's values are as before. */
export function traceLoop(fit: FitRun, node: ast.Loop, extent: LoopExtent): TracedLoop {
	return new LoopTracer(fit, node, extent).trace();
}

class LoopTracer {
	constructor(
		private readonly fit: FitRun,
		private readonly node: ast.Loop,
		private readonly extent: LoopExtent,
	) {}

	trace(): TracedLoop {
		const { fit } = this;
		const { machine } = fit.run;
		const evaluator = new Evaluator(machine.realElement, machine.services, fit.turnDraws);
		const whole = evaluator.builder;
		const turn = whole.parameter({ element: "i32", shape: [] });
		evaluator.draws = { ...fit.turnDraws, turn };
		const start = { type: turn.type, data: Int32Array.of(0) };
		const step: StepBuilder = {
			fit,
			evaluator,
			environment: fit.environment.inner(),
			whole,
			regions: [],
			turn,
			carried: [{ parameter: turn, start, name: "turn", result: turn }],
			recorded: [],
			tracks: [],
			held: standingConstraints(fit),
			written: new Map(),
			states: new Map(),
			counters: new Map(),
		};
		prepareTurn(fit, this.node.body.statements);
		fit.constraints.prepareBest();
		const before = fit.leaves(false);
		carryLeaves(step, before);
		const orders = this.extent.streams.map((batch) => {
			const key = streamKey(fit, batch);
			const { rows } = batch.table;
			const parameter = whole.parameter({ element: "i32", shape: [rows] });
			bindBatch(step, batch, parameter, turn);
			return { parameter, key, rows };
		});
		bindTurn(step, this.node, this.extent, turn);
		new TurnTracer(trainedNames(this.node.body)).statements(step, this.node.body.statements);
		const ends = traceUntil(step, this.node);
		const result = this.finishStep(
			step,
			before.map((l) => l.path),
			orders,
			ends,
		);
		fit.replace(new Map(before.map((l) => [l.path, l.value])));
		return result;
	}

	private finishStep(
		step: StepBuilder,
		paths: readonly string[],
		epochs: readonly { parameter: IrValue; key: readonly [number, number]; rows: number }[],
		ends: IrValue | undefined,
	): TracedLoop {
		const { evaluator, fit } = step;
		const { builder } = evaluator;
		const orders = epochs.map((e) => e.parameter);
		const [turn] = step.carried;
		if (turn) turn.result = builder.emit("add", [step.turn, builder.scalar(1, "i32")]);
		paths.forEach((path, i) => {
			const carried = step.carried[i + 1];
			const value = traced(evaluator, fit.leaf(path));
			if (carried && value) carried.result = value.value;
		});
		const each = step.tracks.filter((t) => !t.node.every);
		const results = [
			...step.carried.map((c) => c.result),
			...step.recorded.map((r) => r.value),
			...each.map((t) => t.value),
			...(ends ? [ends] : []),
			...evaluator.checks.flatMap((c) => [c.least, c.most]),
			...step.recorded.flatMap((r) => r.turns),
			...step.recorded.flatMap((r) => r.made ?? []),
		];
		const built = builder.build("step", results);
		const used = new Set([...built.equations.flatMap((e) => e.inputs), ...built.results]);
		const data = [...evaluator.lifted].filter(([, v]) => used.has(v));
		const parameters = [...step.carried.map((c) => c.parameter), ...orders, ...data.map(([, v]) => v)];
		const { backend } = fit.run.machine;
		const at = fit.environment.locate(this.node);
		const starts = step.carried.map((c) => c.start);
		const values = data.map(([value]) => value);
		const firstData = step.carried.length + orders.length;
		const compiled = new Compiled(
			simplify({ ...built, parameters }),
			backend,
			at,
			step.carried.length,
			new Map([...from(0, starts), ...from(firstData, values)]),
		);
		const states = [...step.carried.map((c) => c.parameter), ...orders];
		const observer = this.observer(step, states);
		const checked = 2 * evaluator.checks.length;
		const innerTurns = step.recorded.reduce((sum, r) => sum + r.turns.length, 0);
		const checksFrom = step.recorded.length + each.length + (ends ? 1 : 0);
		let madeTo = checksFrom + checked + innerTurns;
		const made = step.recorded.map((r) => (r.made ? madeTo++ : undefined));
		const perStep = each.reduce((sum, t) => sum + sizeOf(t.value.type.shape), 1 + checked + innerTurns);
		return {
			func: compiled.func,
			get executable() {
				return compiled.executable;
			},
			starts,
			names: distinct(step.carried.map((c) => c.name)),
			data: values,
			paths,
			recorded: step.recorded,
			tracks: step.tracks,
			mostPerCall: Math.max(1, Math.floor(elementsPerCall / perStep)),
			...(ends && { ends: step.recorded.length + each.length }),
			checks: { list: evaluator.checks, from: checksFrom },
			turnsFrom: checksFrom + checked,
			made,
			...(observer && { observer }),
			orders: epochs.map(({ key, rows }, i) => {
				const order = new Compiled(orderFunction(key, rows), backend, at, 0, new Map());
				return withParameter(order, step.carried.length + i);
			}),
		};
	}

	/** The same turn, for the tracks that are taken now and then: what only training needs is not computed. */
	private observer(step: StepBuilder, states: readonly IrValue[]): Observer | undefined {
		const tracks = step.tracks.filter((t) => t.node.every);
		if (tracks.length === 0) return undefined;
		const { evaluator, fit } = step;
		const built = removeDead(
			evaluator.builder.build("track", [
				...tracks.map((t) => t.value),
				...tracks.flatMap((t) => t.checks ?? []).flatMap((c) => [c.least, c.most]),
			]),
		);
		const used = new Set([...built.equations.flatMap((e) => e.inputs), ...built.results]);
		const data = [...evaluator.lifted].filter(([, v]) => used.has(v));
		const needed = [...states.keys()].filter((i) => used.has(states[i] as IrValue));
		const parameters = [...needed.map((i) => states[i] as IrValue), ...data.map(([, v]) => v)];
		const values = data.map(([value]) => value);
		const compiled = new Compiled(
			simplify({ ...built, parameters }),
			fit.run.machine.backend,
			fit.environment.locate(this.node),
			0,
			from(needed.length, values),
		);
		return {
			func: compiled.func,
			get executable() {
				return compiled.executable;
			},
			data: values,
			tracks,
			states: needed,
		};
	}
}

function withParameter(compiled: Compiled, parameter: number): Order {
	return {
		parameter,
		func: compiled.func,
		get executable() {
			return compiled.executable;
		},
	};
}
