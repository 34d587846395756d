import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { Kernel } from "../../compiler/backends/wasm/kernels/kernel.js";
import { placeArena, spaceOf } from "../../compiler/backends/wasm/memory.js";
import { type Buffer, newBuffer, wholeView } from "../../compiler/backends/wasm/view.js";

const viewOf = (buffer: Buffer) => wholeView(buffer, [buffer.size]);

function kernel(reads: readonly Buffer[], writes: readonly Buffer[], inPlace = false): Kernel {
	return { name: "test", reads: reads.map(viewOf), writes, inPlace, emit: () => {} };
}

const arena = (size: number): Buffer => newBuffer({ element: "f32", shape: [size] }, "arena");

describe("the memory plan", () => {
	it("never gives one place to two buffers that live at the same time", () => {
		const step = fc.record({
			size: fc.integer({ min: 0, max: 40 }),
			reads: fc.array(fc.nat(20), { maxLength: 3 }),
		});
		fc.assert(
			fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
				const buffers: Buffer[] = [];
				const kernels = steps.map(({ size, reads }) => {
					const known = reads.flatMap((back) => buffers.at(-1 - back) ?? []);
					const result = arena(size);
					buffers.push(result);
					return kernel(known, [result]);
				});
				const end = placeArena(kernels, 64);
				const lives = buffers.map((buffer) => {
					const uses = kernels.flatMap((item, time) =>
						[...item.writes, ...item.reads.map((view) => view.buffer)].includes(buffer) ? [time] : [],
					);
					return { buffer, first: Math.min(...uses), last: Math.max(...uses) };
				});
				for (const a of lives) {
					assert.ok(a.buffer.address >= 64 && a.buffer.address + spaceOf(a.buffer) <= end);
					for (const b of lives) {
						if (a === b || a.first > b.last || b.first > a.last) continue;
						// What is empty takes no place.
						if (spaceOf(a.buffer) === 0 || spaceOf(b.buffer) === 0) continue;
						const apart =
							a.buffer.address + spaceOf(a.buffer) <= b.buffer.address ||
							b.buffer.address + spaceOf(b.buffer) <= a.buffer.address;
						assert.ok(apart, `${JSON.stringify(a)} and ${JSON.stringify(b)}`);
					}
				}
			}),
		);
	});

	it("reuses what has ended", () => {
		const [a, b, c] = [arena(100), arena(100), arena(100)];
		const end = placeArena([kernel([], [a]), kernel([a], [b]), kernel([b], [c])], 0);
		assert.equal(end, 800);
		assert.equal(c.address, a.address);
	});

	it("writes elementwise results in place of an operand that ends there", () => {
		const [a, b, c] = [arena(100), arena(100), arena(100)];
		const end = placeArena([kernel([], [a]), kernel([a], [b], true), kernel([b, a], [c], true)], 0);
		// The first operand is still read by the last kernel, the second is not read later.
		assert.notEqual(b.address, a.address);
		assert.ok(c.address === a.address || c.address === b.address);
		assert.equal(end, 800);
	});
});
