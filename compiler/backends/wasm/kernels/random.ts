import { sizeOf } from "../../../ir/ir.js";
import { Code, type Local } from "../assembler.js";
import type { Buffer, View } from "../view.js";
import type { Kernel } from "./kernel.js";
import { addressOf } from "./nest.js";

/**
 * The function (block, counter, key0, key1, address): stores the four words of Philox4x32-10 for the counter
 * (block, 0, counter, 0). See `compiler/ir/philox.ts` for the definition.
 */
export function philoxFunction(): Code {
	const code = new Code(["i32", "i32", "i32", "i32", "i32"]);
	const [c0, c2, k0, k1, address] = [0, 1, 2, 3, 4];
	const c1 = code.local("i32");
	const c3 = code.local("i32");
	const product0 = code.local("i64");
	const product1 = code.local("i64");
	const product = (multiplier: bigint, word: Local, into: Local): void => {
		code.get(word).op("i64.extend_i32_u").i64(multiplier).op("i64.mul").set(into);
	};
	const high = (local: Local): void => {
		code.get(local).i64(32n).op("i64.shr_u", "i32.wrap_i64");
	};
	for (let round = 0; round < 10; round++) {
		product(0xd2511f53n, c0, product0);
		product(0xcd9e8d57n, c2, product1);
		high(product1);
		code.get(c1).op("i32.xor").get(k0).op("i32.xor").set(c0);
		high(product0);
		code.get(c3).op("i32.xor").get(k1).op("i32.xor").set(c2);
		code.get(product1).op("i32.wrap_i64").set(c1);
		code.get(product0).op("i32.wrap_i64").set(c3);
		code.advance(k0, 0x9e3779b9).advance(k1, 0xbb67ae85);
	}
	[c0, c1, c2, c3].forEach((word, k) => {
		code
			.get(address)
			.get(word)
			.memory("i32.store", 4 * k);
	});
	return code;
}

/**
 * Random words, or uniform numbers made of them in place, for one stream or for one after the other. The room of each
 * but the last ends with a whole block, and the buffer has room for whole blocks.
 *
 * @param key two words
 * @param counters one for each stream, side by side
 * @param room how many numbers of a stream stand side by side
 */
export function randomKernel(
	operation: string,
	key: View,
	counters: View | undefined,
	target: View,
	room: number,
): Kernel {
	const buffer: Buffer = target.buffer;
	const count = sizeOf(target.shape);
	const words = buffer.element === "f64" ? 2 * room : room;
	return {
		name: operation,
		reads: counters === undefined ? [key] : [key, counters],
		writes: [buffer],
		emit(code, functions) {
			if (count === 0) return;
			const pointer = code.local("i32");
			const block = code.local("i32");
			const counter = code.local("i32");
			const words01 = [0, 4].map((offset) => {
				const word = code.local("i32");
				code.i32(addressOf(key)).memory("i32.load", offset).set(word);
				return word;
			});
			code.i32(buffer.address).set(pointer);
			if (counters !== undefined) code.i32(addressOf(counters)).set(counter);
			code.times(counters === undefined ? 1 : sizeOf(counters.shape), () => {
				code.i32(0).set(block);
				code.times(Math.ceil(words / 4), () => {
					code.get(block);
					if (counters === undefined) code.i32(0);
					else code.get(counter).memory("i32.load");
					for (const word of words01) code.get(word);
					code.get(pointer).call(functions.philox());
					code.advance(block, 1).advance(pointer, 16);
				});
				code.advance(counter, 4);
			});
			if (operation === "random_bits") return;
			code.i32(buffer.address).set(pointer);
			code.times(count, () => {
				if (buffer.element === "f32") {
					code.get(pointer).get(pointer).memory("i32.load").i32(8).op("i32.shr_u", "f32.convert_i32_s");
					code
						.f32(2 ** -24)
						.op("f32.mul")
						.memory("f32.store")
						.advance(pointer, 4);
					return;
				}
				code.get(pointer).get(pointer).memory("i32.load").i32(5).op("i32.shr_u", "f64.convert_i32_u");
				code
					.f64(2 ** 26)
					.op("f64.mul")
					.get(pointer)
					.memory("i32.load", 4);
				code.i32(6).op("i32.shr_u", "f64.convert_i32_u", "f64.add");
				code
					.f64(2 ** -53)
					.op("f64.mul")
					.memory("f64.store")
					.advance(pointer, 8);
			});
		},
	};
}
