import { hashKey, streamWord } from "../../compiler/ir/philox.js";

/** A permutation of 0 .. rows by Fisher and Yates, with words of Philox: the same on every machine. */
export function permutation(rows: number, seed: number, path: readonly string[]): Int32Array {
	const key = hashKey(seed, path);
	const order = Int32Array.from({ length: rows }, (_, i) => i);
	let word = 0;
	for (let i = rows - 1; i > 0; i--) {
		const limit = i + 1;
		// Words above the last multiple are drawn again, so that every place is equally likely.
		const bound = Math.floor(2 ** 32 / limit) * limit;
		let draw = streamWord(key, 0, word++) >>> 0;
		while (draw >= bound) draw = streamWord(key, 0, word++) >>> 0;
		const j = draw % limit;
		const kept = order[i] as number;
		order[i] = order[j] as number;
		order[j] = kept;
	}
	return order;
}
