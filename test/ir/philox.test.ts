import { strict as assert } from "node:assert";
import { hashKey, philox, streamWord, uniform24, uniform53, type Words4 } from "../../compiler/ir/philox.js";

describe("Philox4x32-10", () => {
	// The known-answer vectors that Random123 publishes (kat_vectors, philox4x32 10).
	const vectors: readonly (readonly [Words4, readonly [number, number], Words4])[] = [
		[
			[0, 0, 0, 0],
			[0, 0],
			[0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
		],
		[
			[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
			[0xffffffff, 0xffffffff],
			[0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
		],
		[
			[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
			[0xa4093822, 0x299f31d0],
			[0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
		],
	];
	it("agrees with the published vectors", () => {
		for (const [counter, key, words] of vectors) assert.deepEqual(philox(counter, key), words);
	});

	it("numbers the words of a stream", () => {
		const key = [7, 8] as const;
		assert.equal(streamWord(key, 5, 6), philox([1, 0, 5, 0], key)[2]);
		assert.equal(streamWord(key, -1, 0), philox([0, 0, 0xffffffff, 0], key)[0]);
	});

	it("makes uniform numbers in [0, 1)", () => {
		assert.equal(uniform24(0xffffffff), 1 - 2 ** -24);
		assert.equal(uniform24(255), 0);
		assert.equal(uniform53(0xffffffff, 0xffffffff), 1 - 2 ** -53);
		assert.equal(uniform53(0x80000000, 0), 0.5);
	});

	it("derives different keys from different seeds and paths", () => {
		const keys = [
			hashKey(0, []),
			hashKey(1, []),
			hashKey(-1, []),
			hashKey(2 ** 32, []),
			hashKey(0, [""]),
			hashKey(0, ["ab"]),
			hashKey(0, ["a", "b"]),
			hashKey(0, ["b", "a"]),
			hashKey(0, ["é"]),
		];
		assert.equal(new Set(keys.map(String)).size, keys.length);
		assert.deepEqual(hashKey(3, ["model", "dropout"]), hashKey(3, ["model", "dropout"]));
		for (const word of keys.flat()) assert.ok(Number.isInteger(word) && word >= 0 && word < 2 ** 32);
		assert.throws(() => hashKey(0.5, []), RangeError);
	});

	it("never changes its keys: saved runs depend on them", () => {
		assert.deepEqual(hashKey(0, []), [700501150, 2077430863]);
		assert.deepEqual(hashKey(42, ["layer", "weights"]), [2069570350, 2963026818]);
	});
});
