/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw ("Parallel random numbers: as easy
 * as 1, 2, 3", 2011): a block of four words is a pure function of a counter and a key.
 */

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;
const rounds = 10;

export type Words4 = readonly [number, number, number, number];

/** The high 32 bits of the product of two words of 32 bits. */
function multiplyHigh(a: number, b: number): number {
	const low = (a & 0xffff) * (b & 0xffff);
	const middle0 = (a >>> 16) * (b & 0xffff) + (low >>> 16);
	const middle1 = (a & 0xffff) * (b >>> 16) + (middle0 & 0xffff);
	return ((a >>> 16) * (b >>> 16) + Math.floor(middle0 / 65536) + Math.floor(middle1 / 65536)) >>> 0;
}

/** The block with this counter under this key; all words are unsigned. */
export function philox(counter: Words4, key: readonly [number, number]): Words4 {
	let [c0, c1, c2, c3] = counter;
	let [k0, k1] = key;
	for (let round = 0; round < rounds; round++) {
		const high0 = multiplyHigh(multiplier0, c0);
		const low0 = Math.imul(multiplier0, c0) >>> 0;
		const high1 = multiplyHigh(multiplier1, c2);
		const low1 = Math.imul(multiplier1, c2) >>> 0;
		[c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
		k0 = (k0 + weyl0) >>> 0;
		k1 = (k1 + weyl1) >>> 0;
	}
	return [c0, c1, c2, c3];
}

/** Word `index` of the stream of a key and a counter: word index mod 4 of the block (index div 4, counter, 0). */
export function streamWord(key: readonly [number, number], counter: number, index: number): number {
	const block = Math.floor(index / 4);
	const words = philox([block >>> 0, Math.floor(block / 2 ** 32) >>> 0, counter >>> 0, 0], key);
	return words[index % 4] as number;
}

/** A number in [0, 1) from the top 24 bits of a word: every f32 multiple of 2^-24 is equally likely. */
export function uniform24(word: number): number {
	return (word >>> 8) * 2 ** -24;
}

/** A number in [0, 1) from 27 bits of the first word and 26 of the second: multiples of 2^-53. */
export function uniform53(first: number, second: number): number {
	return ((first >>> 5) * 2 ** 26 + (second >>> 6)) * 2 ** -53;
}

const fnvOffset = 0xcbf29ce484222325n;
const fnvPrime = 0x100000001b3n;
const mask64 = (1n << 64n) - 1n;

/**
 * A key from a seed and a call path. The hash is FNV-1a of 64 bits over the seed as eight bytes (two's complement,
 * little endian), then for each part of the path its UTF-8 length as four bytes (little endian) and its UTF-8
 * bytes; then the finaliser of MurmurHash3 (fmix64), since FNV leaves the last bytes poorly mixed. The key is
 * [low word, high word]. The length before each part keeps ["ab"] and ["a", "b"] apart.
 *
 * @param seed an integer of at most 53 bits
 */
export function hashKey(seed: number, path: readonly string[]): [number, number] {
	if (!Number.isSafeInteger(seed)) throw new RangeError(`the seed ${seed} is not an integer`);
	let hash = fnvOffset;
	const feed = (byte: number): void => {
		hash = ((hash ^ BigInt(byte)) * fnvPrime) & mask64;
	};
	const bits = BigInt.asUintN(64, BigInt(seed));
	for (let k = 0n; k < 8n; k++) feed(Number((bits >> (8n * k)) & 255n));
	const encoder = new TextEncoder();
	for (const part of path) {
		const bytes = encoder.encode(part);
		for (let k = 0; k < 4; k++) feed((bytes.length >>> (8 * k)) & 255);
		for (const byte of bytes) feed(byte);
	}
	hash = ((hash ^ (hash >> 33n)) * 0xff51afd7ed558ccdn) & mask64;
	hash = ((hash ^ (hash >> 33n)) * 0xc4ceb9fe1a85ec53n) & mask64;
	hash ^= hash >> 33n;
	return [Number(hash & 0xffffffffn), Number(hash >> 32n)];
}
