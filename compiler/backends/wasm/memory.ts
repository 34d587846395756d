import type { Body, Kernel } from "./kernels/kernel.js";
import { type Buffer, bytesOf, isWhole } from "./view.js";

/** Buffers start at multiples of this many bytes, and are as long: vectors and Philox blocks write whole ones. */
const unit = 16;

export const spaceOf = (buffer: Buffer): number =>
	Math.ceil((buffer.size * bytesOf(buffer.element)) / unit) * unit;

type Owned = ReadonlySet<Buffer>;

/** When a buffer of the arena is in use: from the kernel that writes it to the last that reads it. */
interface Life {
	/** The buffers that share the place, one after the other. */
	readonly buffers: Buffer[];
	first: number;
	last: number;
	space: number;
}

/** Lays the buffers out one after the other from `address` on; returns the end. */
export function placeInOrder(buffers: Iterable<Buffer>, address: number): number {
	let end = address;
	for (const buffer of buffers) {
		buffer.address = end;
		end += spaceOf(buffer);
	}
	return end;
}

function lives(kernels: readonly Kernel[], owned: Owned | undefined): Life[] {
	const byBuffer = new Map<Buffer, Life>();
	const touch = (buffer: Buffer, time: number): void => {
		if (buffer.role !== "arena" || owned?.has(buffer) === false) return;
		const life = byBuffer.get(buffer);
		if (life === undefined) {
			byBuffer.set(buffer, { buffers: [buffer], first: time, last: time, space: spaceOf(buffer) });
		} else life.last = Math.max(life.last, time);
	};
	kernels.forEach((kernel, time) => {
		for (const buffer of [...kernel.writes, ...(kernel.temporaries ?? [])]) touch(buffer, time);
		for (const view of kernel.reads) touch(view.buffer, time);
	});
	kernels.forEach((kernel, time) => {
		if (kernel.inPlace) shareInPlace(kernel, time, byBuffer);
	});
	return [...new Set(byBuffer.values())];
}

/** Lets results of an elementwise loop take the places of operands that end there. */
function shareInPlace(kernel: Kernel, time: number, byBuffer: Map<Buffer, Life>): void {
	const taken = new Set<Life>();
	for (const result of kernel.writes) {
		const own = byBuffer.get(result);
		if (own === undefined || own.first !== time) continue;
		const donor = kernel.reads.find((view) => {
			const life = byBuffer.get(view.buffer);
			return (
				life !== undefined &&
				life !== own &&
				!taken.has(life) &&
				life.last === time &&
				life.space === own.space &&
				bytesOf(view.buffer.element) === bytesOf(result.element) &&
				kernel.reads.every((other) => byBuffer.get(other.buffer) !== life || isWhole(other))
			);
		});
		if (donor === undefined) continue;
		const life = byBuffer.get(donor.buffer) as Life;
		life.buffers.push(...own.buffers);
		life.last = own.last;
		for (const buffer of own.buffers) byBuffer.set(buffer, life);
		taken.add(life);
	}
}

interface Gap {
	readonly address: number;
	readonly space: number;
}

/** The gaps of an arena that grows at its end, by address; neighbours are always merged. */
class Arena {
	private gaps: Gap[] = [];

	constructor(private end: number) {}

	/** The address of the tightest gap that fits, or of the end. */
	take(space: number): number {
		const fitting = this.gaps.filter((gap) => gap.space >= space);
		const best = fitting.reduce<Gap | undefined>(
			(least, gap) => (least === undefined || gap.space < least.space ? gap : least),
			undefined,
		);
		if (best !== undefined) {
			const rest = { address: best.address + space, space: best.space - space };
			this.gaps.splice(this.gaps.indexOf(best), 1, ...(rest.space > 0 ? [rest] : []));
			return best.address;
		}
		const last = this.gaps.at(-1);
		// A gap at the end is extended, not left behind.
		const start = last !== undefined && last.address + last.space === this.end ? last.address : this.end;
		if (start !== this.end) this.gaps.pop();
		this.end = start + space;
		return start;
	}

	give(address: number, space: number): void {
		if (space === 0) return;
		const after = this.gaps.findIndex((gap) => gap.address > address);
		const place = after < 0 ? this.gaps.length : after;
		const [before, next] = [this.gaps[place - 1], this.gaps[place]];
		const joinsBefore = before !== undefined && before.address + before.space === address;
		const joinsNext = next !== undefined && address + space === next.address;
		const start = joinsBefore ? before.address : address;
		const stop = joinsNext ? next.address + next.space : address + space;
		const first = joinsBefore ? place - 1 : place;
		const removed = (joinsBefore ? 1 : 0) + (joinsNext ? 1 : 0);
		this.gaps.splice(first, removed, { address: start, space: stop - start });
	}

	get size(): number {
		return this.end;
	}
}

/**
 * Gives every buffer of the arena an address from `base` on, such that those in use at the same time do not overlap:
 * in order of time, each in the tightest gap that those before have left. Returns the end of the arena.
 *
 * @param owned the buffers to place, where others of an arena around them are in use too; by default all
 */
export function placeArena(kernels: readonly Kernel[], base: number, owned?: Owned): number {
	const all = lives(kernels, owned);
	const starting = kernels.map((): Life[] => []);
	const ending = kernels.map((): { readonly address: number; readonly space: number }[] => []);
	for (const life of all) starting[life.first]?.push(life);
	const arena = new Arena(base);
	starting.forEach((group, time) => {
		for (const life of group.sort((a, b) => b.space - a.space)) {
			const address = arena.take(life.space);
			for (const buffer of life.buffers) buffer.address = address;
			ending[life.last]?.push({ address, space: life.space });
		}
		for (const { address, space } of ending[time] ?? []) arena.give(address, space);
	});
	return arena.size;
}

/** Places the buffers of a body in its frame, whose size it sets; the frame itself is placed by what is around. */
export function makeBody(kernels: readonly Kernel[], owned: Owned): Body {
	const size = placeArena(kernels, 0, owned) / 8;
	const frame: Buffer = { element: "f64", size, role: "arena", address: 0 };
	return { kernels, owned, frame };
}

/** Moves the buffers of all bodies to where their frames are by now. */
export function moveBodies(kernels: readonly Kernel[]): void {
	const moved = new Set<Body>();
	const visit = (kernel: Kernel): void => {
		for (const body of kernel.bodies ?? []) {
			if (moved.has(body)) continue;
			moved.add(body);
			for (const buffer of body.owned) buffer.address += body.frame.address;
			body.kernels.forEach(visit);
		}
	};
	kernels.forEach(visit);
}

/** Calls `visit` for every kernel, those inside others included. */
export function forEachKernel(kernels: readonly Kernel[], visit: (kernel: Kernel) => void): void {
	for (const kernel of kernels) {
		visit(kernel);
		for (const body of kernel.bodies ?? []) forEachKernel(body.kernels, visit);
	}
}
