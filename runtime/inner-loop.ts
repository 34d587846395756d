import { evaluate } from "../compiler/elaborate/expressions/evaluate.js";
import { laneless, traced } from "../compiler/elaborate/tensors.js";
import type { Value } from "../compiler/elaborate/values.js";
import type { Value as IrValue } from "../compiler/ir/ir.js";
import { cond } from "../compiler/ir/regions.js";
import type * as ast from "../grammar/ast.js";
import { bindBatch, epochOrder, streamKey } from "./batches.js";
import { type Batch, loopExtent } from "./loop-length.js";
import { type Carried, carry, counterOf, type Recorded, type StepBuilder, type TracedTrack } from "./step.js";
import { bindTurn, traceUntil, watchedTracks } from "./turn.js";
import { type Slot, TurnRegion } from "./turn-region.js";

/**
 * A loop inside a turn is one `while` of the step function, whatever its length: what it changes goes from turn to turn
 * of it, and on to the next turn of the loop around. Its terms and tracks are those of its last turn.
 */
export function innerLoop(step: StepBuilder, node: ast.Loop, body: (inner: StepBuilder) => void): void {
	const { evaluator, environment, fit } = step;
	const look = (e: ast.Expression): Value => evaluator.probe(() => evaluate(evaluator, environment, e));
	const found = loopExtent(node, { look, locate: (n) => environment.locate(n) });
	if (found.turns === 0) return;
	const source = found.rows && node.bindings[0]?.source;
	// What it runs over is computed when it is entered, with draws and checks of its own.
	const extent = source
		? {
				...found,
				rows: evaluator.at(`loop ${step.counters.size}`, () => evaluate(evaluator, environment, source)),
			}
		: found;
	const watched = watchedTracks(node, look);
	// It goes on with its streams and rates where it stopped.
	const counter = counterOf(step, node);
	const orders = extent.streams.map((stream) => orderOf(step, stream, counter));
	const region = new TurnRegion(evaluator, extent.turns);
	const before = fit.leaves(false);
	const leaves = before.flatMap(({ path, value }) => {
		const old = traced(evaluator, value);
		return old ? [{ path, value, slot: region.slot(old.value) }] : [];
	});
	fit.replace(new Map(leaves.map(({ path, slot }) => [path, laneless(slot.parameter)])));
	for (const state of step.carried) if (state.path === undefined) region.enter(state);
	const inner: StepBuilder = {
		...step,
		environment: environment.inner(),
		regions: [...step.regions, region],
		turn: counter.result,
		recorded: [],
		tracks: [],
		held: [...step.held],
		written: new Map(step.written),
	};
	const outcome = { recorded: [] as (() => Recorded)[], tracks: [] as (() => TracedTrack)[] };
	let ended: Slot | undefined;
	let valueAfter: (slot: Slot) => IrValue = (slot) => slot.before;
	const checks: (() => void)[] = [];
	region.trace(() => {
		const { builder } = region;
		extent.streams.forEach((stream, k) => {
			const order = orders[k];
			if (order) bindBatch(inner, stream, nextOrder(inner, stream, order), counter.result);
		});
		bindTurn(inner, node, extent, region.turn.parameter);
		body(inner);
		const ends = [traceUntil(inner, node), ...stalls(region, inner.tracks, watched)].flatMap((e) => e ?? []);
		const [first, ...others] = ends;
		if (first) {
			ended = region.counted(0, "bool");
			ended.result = others.reduce((a, b) => builder.emit("or", [a, b]), first);
		}
		for (const recorded of inner.recorded)
			outcome.recorded.push(recordLast(region, recorded, valueAfterLoop));
		for (const item of inner.tracks) {
			const slot = region.recorded(item.value.type);
			slot.result = item.value;
			outcome.tracks.push(() => ({ ...item, value: valueAfterLoop(slot) }));
		}
		for (const check of evaluator.takeChecks()) {
			const bounds = (["least", "most"] as const).map((name) => {
				const slot = region.recorded(check[name].type);
				const isFirst = builder.emit("eq", [region.turn.parameter, builder.scalar(0, "i32")]);
				const furthest = builder.emit(name === "least" ? "min" : "max", [slot.parameter, check[name]]);
				slot.result = builder.emit("select", [isFirst, check[name], furthest]);
				return [name, slot] as const;
			});
			checks.push(() =>
				evaluator.addCheck({
					...check,
					...Object.fromEntries(bounds.map(([name, slot]) => [name, valueAfterLoop(slot)])),
				}),
			);
		}
		counter.result = builder.emit("add", [counter.result, builder.scalar(1, "i32")]);
		for (const { path, slot } of leaves) {
			const after = traced(evaluator, fit.leaf(path));
			if (after) slot.result = after.value;
		}
	});
	function valueAfterLoop(slot: Slot): IrValue {
		return valueAfter(slot);
	}
	valueAfter = region.close(ended);
	fit.replace(
		new Map(
			leaves.map(({ path, value, slot }) => [
				path,
				valueAfterLoop(slot) === slot.before ? value : laneless(valueAfterLoop(slot)),
			]),
		),
	);
	step.recorded.push(...outcome.recorded.map((make) => make()));
	step.tracks.push(...outcome.tracks.map((make) => make()));
	for (const add of checks) add();
}

interface Order {
	readonly key: readonly [number, number];
	readonly rows: Carried;
	readonly counter: Carried;
}

/** The order of the epoch that a stream is in. */
function orderOf(step: StepBuilder, stream: Batch, counter: Carried): Order {
	const { rows } = stream.table;
	const key = streamKey(step.fit, stream);
	const start = { type: { element: "i32", shape: [rows] }, data: new Int32Array(rows) } as const;
	return { key, rows: carry(step, `order of ${stream.table.name} ${key.join(" ")}`, start), counter };
}

/** An epoch that begins has an order of its own. */
function nextOrder({ evaluator }: StepBuilder, stream: Batch, { key, rows, counter }: Order): IrValue {
	const { builder } = evaluator;
	const perEpoch = builder.scalar(stream.stepsPerEpoch, "i32");
	const within = builder.emit("mod", [counter.result, perEpoch]);
	const begins = builder.emit("eq", [within, builder.scalar(0, "i32")]);
	const reals = [builder.emit("sub", [counter.result, within]), perEpoch].map((v) => builder.cast(v, "f64"));
	const epoch = builder.cast(builder.emit("div", reals), "i32");
	const before = rows.result;
	const [order = before] = cond(
		builder,
		begins,
		(inner) => [epochOrder(inner, key, stream.table.rows, epoch)],
		() => [before],
	);
	rows.result = order;
	return order;
}

/** The last value of a term; the first that is not finite stays, with its turn. */
function recordLast(
	region: TurnRegion,
	recorded: Recorded,
	valueAfterLoop: (slot: Slot) => IrValue,
): () => Recorded {
	const { builder } = region;
	const last = region.recorded(recorded.value.type);
	const isBad = builder.emit("not", [builder.isFinite(last.parameter)]);
	const { made } = recorded;
	const stays = made ? builder.emit("or", [isBad, builder.emit("not", [made])]) : isBad;
	last.result = builder.emit("select", [stays, last.parameter, recorded.value]);
	const turns = [region.turn.parameter, ...recorded.turns].map((turn) => {
		const slot = region.recorded(turn.type);
		slot.result = builder.emit("select", [stays, slot.parameter, turn]);
		return slot;
	});
	const everMade = made && region.counted(0, "bool");
	if (everMade) everMade.result = builder.emit("or", [everMade.parameter, made]);
	return () => ({
		...recorded,
		value: valueAfterLoop(last),
		turns: turns.map(valueAfterLoop),
		...(everMade && { made: valueAfterLoop(everMade) }),
	});
}

/** For each watched track: whether it got no further so often, as `TrackHistory.stalled` says. */
function stalls(
	region: TurnRegion,
	tracks: readonly TracedTrack[],
	watched: ReadonlyMap<string, number>,
): IrValue[] {
	const { builder } = region;
	const select = (a: IrValue, b: IrValue, c: IrValue): IrValue => builder.emit("select", [a, b, c]);
	return tracks.flatMap(({ name, value }) => {
		const patience = watched.get(name);
		if (patience === undefined) return [];
		const number = builder.cast(value, "f64");
		const one = builder.scalar(1, "i32");
		const zero = builder.scalar(0, "i32");
		const times = builder.scalar(patience, "i32");
		const isFirst = builder.emit("eq", [region.turn.parameter, zero]);
		const first = region.counted(Number.NaN, "f64");
		first.result = select(isFirst, number, first.parameter);
		const [up, down] = (["gt", "lt"] as const).map((compare) => {
			const furthest = region.counted(compare === "gt" ? -Infinity : Infinity, "f64");
			const since = region.counted(0, "i32");
			const further = builder.emit(compare, [number, furthest.parameter]);
			furthest.result = select(further, number, furthest.parameter);
			since.result = select(further, zero, builder.emit("add", [since.parameter, one]));
			return { furthest: furthest.result, since: since.result };
		});
		if (!up || !down) return [];
		const rise = builder.emit("sub", [up.furthest, first.result]);
		const fall = builder.emit("sub", [first.result, down.furthest]);
		const waited = (since: IrValue): IrValue => builder.emit("ge", [since, times]);
		const either = builder.emit("and", [
			builder.emit("ge", [region.turn.parameter, times]),
			waited(builder.emit("min", [up.since, down.since])),
		]);
		const isDown = builder.emit("lt", [rise, fall]);
		const isUp = builder.emit("gt", [rise, fall]);
		return [select(isUp, waited(up.since), select(isDown, waited(down.since), either))];
	});
}
