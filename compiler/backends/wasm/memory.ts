import type { Kernel } from "./kernels/kernel.js";
import { type Buffer, bytesOf, isWhole } from "./view.js";

/** Buffers start at multiples of this many bytes, and are as long: vectors and Philox blocks write whole ones. */
const unit = 16;

export const spaceOf = (buffer: Buffer): number =>
	Math.ceil((buffer.size * bytesOf(buffer.element)) / unit) * unit;

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

function lives(kernels: readonly Kernel[]): Life[] {
	const byBuffer = new Map<Buffer, Life>();
	const touch = (buffer: Buffer, time: number): void => {
		if (buffer.role !== "arena") return;
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

/**
 * Gives every buffer of the arena an address from `base` on, such that those in use at the same time do not overlap:
 * largest first, each at the lowest gap that is free during its life. Returns the end of the arena.
 */
export function placeArena(kernels: readonly Kernel[], base: number): number {
	const placed: (Life & { address: number })[] = [];
	let end = base;
	for (const life of lives(kernels).sort((a, b) => b.space - a.space)) {
		const rivals = placed
			.filter((other) => other.first <= life.last && life.first <= other.last)
			.sort((a, b) => a.address - b.address);
		let address = base;
		for (const rival of rivals) {
			if (address + life.space <= rival.address) break;
			address = Math.max(address, rival.address + rival.space);
		}
		placed.push({ ...life, address });
		for (const buffer of life.buffers) buffer.address = address;
		end = Math.max(end, address + life.space);
	}
	return end;
}
