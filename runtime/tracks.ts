import type { Value } from "../compiler/elaborate/values.js";
import { sizeOf, type TensorData } from "../compiler/ir/ir.js";
import { allocate } from "../compiler/ir/tensor.js";
import { requireInside } from "./compute.js";
import type { TracedLoop, TracedTrack } from "./trace-loop.js";

/** What a loop tells of its turns, and when it ends by what they tell. */

/** The values of one track, one after another. */
export class TrackHistory {
	private readonly taken: TensorData["data"][] = [];
	private first = Number.NaN;
	private highest = Number.NEGATIVE_INFINITY;
	private lowest = Number.POSITIVE_INFINITY;
	private sinceHighest = 0;
	private sinceLowest = 0;

	constructor(
		readonly track: TracedTrack,
		/** In steps. */
		readonly interval: number,
	) {}

	get length(): number {
		return this.taken.length;
	}

	/** Takes the row of a record. */
	take(record: TensorData, row: number): void {
		const size = sizeOf(this.track.value.type.shape);
		const data = record.data.slice(row * size, (row + 1) * size);
		this.taken.push(data);
		const number = data[0] ?? Number.NaN;
		if (this.taken.length === 1) this.first = number;
		this.sinceHighest++;
		this.sinceLowest++;
		if (number > this.highest) {
			this.highest = number;
			this.sinceHighest = 0;
		}
		if (number < this.lowest) {
			this.lowest = number;
			this.sinceLowest = 0;
		}
	}

	/** All values so far, along a leading axis. */
	values(): TensorData {
		return this.stacked([this.taken.length, ...this.track.value.type.shape], this.taken);
	}

	/** Takes what another run took. */
	restore(values: TensorData): void {
		const rows = values.type.shape[0] ?? 0;
		for (let row = 0; row < rows; row++) this.take(values, row);
	}

	/** It got no further `times` times, in the direction in which it has gone furthest from its first value. */
	stalled(times: number): boolean {
		const goesUp = this.highest - this.first > this.first - this.lowest;
		const goesDown = this.highest - this.first < this.first - this.lowest;
		if (goesUp) return this.sinceHighest >= times;
		if (goesDown) return this.sinceLowest >= times;
		return this.taken.length > times && Math.min(this.sinceHighest, this.sinceLowest) >= times;
	}

	/** What a fit did not reach is nan (0 and false of what has no nan). */
	fill(length: number): void {
		const { element, shape } = this.track.value.type;
		while (this.taken.length < length) {
			const data = allocate(element, sizeOf(shape));
			if (element === "f32" || element === "f64") data.fill(Number.NaN);
			this.taken.push(data);
		}
	}

	last(): Value {
		return this.tensor(this.track.value.type.shape, this.taken.slice(-1));
	}

	all(): Value {
		return this.tensor([this.taken.length, ...this.track.value.type.shape], this.taken);
	}

	private tensor(shape: readonly number[], parts: readonly TensorData["data"][]): Value {
		const { below } = this.track;
		return {
			kind: "tensor",
			data: this.stacked(shape, parts),
			...(below !== undefined && { below }),
		};
	}

	private stacked(shape: readonly number[], parts: readonly TensorData["data"][]): TensorData {
		const { element } = this.track.value.type;
		const data = allocate(element, sizeOf(shape));
		let at = 0;
		for (const part of parts) {
			data.set(part, at);
			at += part.length;
		}
		return { type: { element, shape }, data };
	}
}

/** Takes the tracks that are due in the step after `done`; the state is that before it. */
export function observe(program: TracedLoop, tracks: readonly TrackHistory[], done: number): void {
	const { observer } = program;
	const due = tracks.filter((t) => t.track.node.every && (done + 1) % t.interval === 0);
	if (!observer || due.length === 0) return;
	observer.states.forEach((state, i) => {
		observer.executable.write(i, program.executable.read(state));
	});
	const records = observer.executable.run(1);
	requireInside(
		observer.tracks.flatMap((t) => t.checks ?? []),
		records.slice(observer.tracks.length),
	);
	for (const history of due) {
		const record = records[observer.tracks.indexOf(history.track)];
		if (record) history.take(record, 0);
	}
}

/** How many steps there are before the state is needed that a later track begins with. */
export function stepsUntilNext(tracks: readonly TrackHistory[], done: number): number {
	return Math.min(
		Number.POSITIVE_INFINITY,
		...tracks
			.filter((t) => t.track.node.every)
			.map(({ interval }) => (Math.floor((done + 1) / interval) + 1) * interval - 1 - done),
	);
}

/** Finds the turn that ends a loop: by a condition, or by a track that stalls. */
export class Stops {
	private readonly each: readonly TrackHistory[];

	constructor(
		private readonly program: TracedLoop,
		private readonly tracks: readonly TrackHistory[],
		private readonly patience: ReadonlyMap<string, number>,
	) {
		this.each = tracks.filter((t) => !t.track.node.every);
	}

	/** Takes the tracks of up to `count` steps. Returns how many steps are made if the loop ends by them. */
	first(records: readonly TensorData[], count: number): number | undefined {
		const { recorded, ends } = this.program;
		for (let index = 0; index < count; index++) {
			this.each.forEach((history, k) => {
				const record = records[recorded.length + k];
				if (record) history.take(record, index);
			});
			if (ends !== undefined && records[ends]?.data[index] === 1) return index + 1;
			if (this.stalls()) return index + 1;
		}
		return undefined;
	}

	private stalls(): boolean {
		return this.tracks.some((history) => {
			const times = this.patience.get(history.track.name);
			return times !== undefined && history.stalled(times);
		});
	}
}
