import { forEachLine } from "../evaluate/lines.js";
import { sizeOf } from "../ir.js";
import { booleanOf, integersOf } from "../primitives/primitive.js";
import { at, type Routine } from "./routine.js";

/** Complex numbers of 64 bits, real and imaginary parts apart. */
interface Complex {
	readonly re: Float64Array;
	readonly im: Float64Array;
}

const complex = (count: number): Complex => ({ re: new Float64Array(count), im: new Float64Array(count) });

/** exp(-2 pi i k / n) for k in 0 .. n, each from its own angle, so that errors do not add up. */
function rootsOf(n: number): Complex {
	const roots = complex(n);
	for (let k = 0; k < n; k++) {
		const [re, im] = unit(k, n);
		roots.re[k] = re;
		roots.im[k] = -im;
	}
	return roots;
}

/** The cosine and the sine of 2 pi k / n, exact at multiples of a quarter turn. */
function unit(k: number, n: number): readonly [number, number] {
	const eighth = Math.floor((8 * k) / n);
	const angle = (numerator: number): number => (2 * Math.PI * numerator) / n;
	// k / n lies in [eighth, eighth + 1) / 8: it is measured from the nearest quarter turn.
	const quarter = ((eighth + 1) >> 1) & 3;
	const offset = angle(k - (((eighth + 1) >> 1) * n) / 4);
	const [c, s] = [Math.cos(offset), Math.sin(offset)];
	if (quarter === 0) return [c, s];
	if (quarter === 1) return [-s, c];
	return quarter === 2 ? [-c, -s] : [s, -c];
}

/** A transform of one length, in place. */
type Transform = (x: Complex) => void;

const get = (numbers: Float64Array, k: number): number => numbers[k] as number;

/** Cooley and Tukey (1965), decimation in time, for a power of two. */
function powerOfTwo(n: number): Transform {
	const roots = rootsOf(n);
	const order = Int32Array.from({ length: n });
	for (let k = 1; k < n; k++) order[k] = ((order[k >> 1] as number) >> 1) | (k & 1 ? n >> 1 : 0);
	return ({ re, im }) => {
		order.forEach((other, k) => {
			if (other <= k) return;
			[re[k], re[other]] = [get(re, other), get(re, k)];
			[im[k], im[other]] = [get(im, other), get(im, k)];
		});
		for (let half = 1; half < n; half *= 2) {
			const step = n / (2 * half);
			for (let start = 0; start < n; start += 2 * half) {
				for (let k = 0; k < half; k++) {
					const [a, b] = [start + k, start + k + half];
					const [c, s] = [get(roots.re, k * step), get(roots.im, k * step)];
					const x = get(re, b) * c - get(im, b) * s;
					const y = get(re, b) * s + get(im, b) * c;
					re[b] = get(re, a) - x;
					im[b] = get(im, a) - y;
					re[a] = get(re, a) + x;
					im[a] = get(im, a) + y;
				}
			}
		}
	};
}

/**
 * Any length as a convolution of a power of two: Bluestein, "A linear filtering approach to the computation of discrete
 * Fourier transform" (1970), by j k = (j^2 + k^2 - (k - j)^2) / 2.
 */
function bluestein(n: number): Transform {
	let padded = 1;
	while (padded < 2 * n - 1) padded *= 2;
	const inner = powerOfTwo(padded);
	const doubled = rootsOf(2 * n);
	const chirp = complex(n);
	for (let k = 0; k < n; k++) {
		// k^2 modulo 2 n, exact up to n of 2^26.
		const place = (k * k) % (2 * n);
		chirp.re[k] = get(doubled.re, place);
		chirp.im[k] = get(doubled.im, place);
	}
	const filter = complex(padded);
	for (let k = 0; k < n; k++) {
		for (const place of [k, (padded - k) % padded]) {
			filter.re[place] = get(chirp.re, k);
			filter.im[place] = -get(chirp.im, k);
		}
	}
	inner(filter);
	return ({ re, im }) => {
		const work = complex(padded);
		for (let k = 0; k < n; k++) {
			const [c, s] = [get(chirp.re, k), get(chirp.im, k)];
			work.re[k] = get(re, k) * c - get(im, k) * s;
			work.im[k] = get(re, k) * s + get(im, k) * c;
		}
		inner(work);
		for (let k = 0; k < padded; k++) {
			const [a, b] = [get(work.re, k), get(work.im, k)];
			// Of the conjugate, whose transform is that of the inverse.
			work.re[k] = a * get(filter.re, k) - b * get(filter.im, k);
			work.im[k] = -(a * get(filter.im, k) + b * get(filter.re, k));
		}
		inner(work);
		for (let k = 0; k < n; k++) {
			const [a, b] = [get(work.re, k) / padded, -get(work.im, k) / padded];
			const [c, s] = [get(chirp.re, k), get(chirp.im, k)];
			re[k] = a * c - b * s;
			im[k] = a * s + b * c;
		}
	};
}

/** The sums of the definition: for short lines of a length that is no power of two. */
function direct(n: number): Transform {
	const roots = rootsOf(n);
	return ({ re, im }) => {
		const [a, b] = [re.slice(), im.slice()];
		for (let k = 0; k < n; k++) {
			let [x, y] = [0, 0];
			for (let j = 0; j < n; j++) {
				const place = (j * k) % n;
				const [c, s] = [get(roots.re, place), get(roots.im, place)];
				x += get(a, j) * c - get(b, j) * s;
				y += get(a, j) * s + get(b, j) * c;
			}
			re[k] = x;
			im[k] = y;
		}
	};
}

const transforms = new Map<number, Transform>();

function transformOf(n: number): Transform {
	const known = transforms.get(n);
	if (known !== undefined) return known;
	const made = (n & (n - 1)) === 0 ? powerOfTwo(n) : n <= 32 ? direct(n) : bluestein(n);
	transforms.set(n, made);
	return made;
}

/** One axis after the other, each line by itself; f32 is rounded once. */
const fourier: Routine = (inputs, attributes, output) => {
	const x = at(inputs, 0);
	const shape = x.type.shape.slice(0, -1);
	const sign = booleanOf(attributes, "inverse") ? -1 : 1;
	const count = sizeOf(shape);
	const all = complex(count);
	for (let k = 0; k < count; k++) {
		all.re[k] = x.data[2 * k] as number;
		all.im[k] = sign * (x.data[2 * k + 1] as number);
	}
	for (const axis of integersOf(attributes, "axes")) {
		const n = shape[axis] as number;
		const line = complex(n);
		forEachLine(shape, axis, (first, step) => {
			for (let k = 0; k < n; k++) {
				line.re[k] = get(all.re, first + k * step);
				line.im[k] = get(all.im, first + k * step);
			}
			transformOf(n)(line);
			for (let k = 0; k < n; k++) {
				all.re[first + k * step] = get(line.re, k);
				all.im[first + k * step] = get(line.im, k);
			}
		});
	}
	for (let k = 0; k < count; k++) {
		output.data[2 * k] = get(all.re, k);
		output.data[2 * k + 1] = sign * get(all.im, k);
	}
};

export const fourierRoutines: Readonly<Record<string, Routine>> = { fourier };
