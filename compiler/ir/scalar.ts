/**
 * One definition of each scalar function, on numbers of 64 bits. The interpreter uses them directly, the wasm
 * backend imports those that WebAssembly has no instruction for, so that both agree. Operations on i32 take and
 * give integers; bool is 0 or 1.
 */

import { digamma, erfc, logGamma, polygamma } from "./special.js";

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

/**
 * The error function, to about 1e-15: the Maclaurin series in the form with positive terms
 * erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!! (Abramowitz and Stegun 7.1.6) up to 3,
 * then the continued fraction of erfc (7.1.14), from the back.
 */
export function erf(x: number): number {
	const t = Math.abs(x);
	if (Number.isNaN(t) || t === 0) return x;
	if (t > 6) return Math.sign(x);
	if (t < 3) {
		let term = t;
		let sum = t;
		for (let n = 1; term > sum * 1e-17; n++) {
			term *= (2 * t * t) / (2 * n + 1);
			sum += term;
		}
		return Math.sign(x) * twoOverSqrtPi * Math.exp(-t * t) * sum;
	}
	let fraction = t;
	for (let k = 60; k >= 1; k--) fraction = t + k / 2 / fraction;
	return Math.sign(x) * (1 - Math.exp(-t * t) / (Math.sqrt(Math.PI) * fraction));
}

/** Neither exponential overflows: the argument of exp is at most 0. */
export function sigmoid(x: number): number {
	if (x >= 0) return 1 / (1 + Math.exp(-x));
	const e = Math.exp(x);
	return e / (1 + e);
}

/** The nearest integer, ties to the even one. */
export function roundHalfEven(x: number): number {
	const low = Math.floor(x);
	const rest = x - low;
	if (rest === 0 || !Number.isFinite(x)) return x;
	const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
	const result = up ? low + 1 : low;
	return result === 0 && x < 0 ? -0 : result;
}

/** floor(a / b), computed so that it agrees with `mod`: the quotient of a - mod(a, b), rounded to an integer. */
export function floorDivide(a: number, b: number): number {
	if (b === 0 || !Number.isFinite(a) || Number.isNaN(b)) return Math.floor(a / b);
	const remainder = a % b;
	const shifted = remainder !== 0 && remainder < 0 !== b < 0;
	if (!Number.isFinite(b)) return shifted ? -1 : Math.floor(a / b);
	return roundHalfEven((a - remainder) / b) - (shifted ? 1 : 0);
}

/** The remainder of floor division: it has the sign of b. A zero result has the sign of b as well. */
export function floorModulo(a: number, b: number): number {
	const remainder = a % b;
	if (remainder === 0) return b < 0 ? -0 : 0;
	return remainder < 0 === b < 0 ? remainder : remainder + b;
}

/** floor(a / b) on i32; 0 where b is 0; the one quotient that overflows wraps. */
export function floorDivideInteger(a: number, b: number): number {
	return b === 0 ? 0 : Math.floor(a / b) | 0;
}

/** The remainder of floor division on i32; 0 where b is 0. */
export function floorModuloInteger(a: number, b: number): number {
	if (b === 0) return 0;
	const remainder = (a % b) | 0;
	return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
}

/** IEEE pow: 1 for any base to the power 0, and (other than Math.pow) 1 to any power, nan included. */
export function power(a: number, b: number): number {
	return a === 1 ? 1 : a ** b;
}

/** Towards zero; out of range clamps to the ends of i32; nan is 0. */
export function truncateToInteger(x: number): number {
	if (Number.isNaN(x)) return 0;
	return Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 1) | 0;
}

export type Unary = (x: number) => number;
export type Binary = (a: number, b: number) => number;

export interface ScalarUnary {
	readonly float?: Unary;
	readonly integer?: Unary;
	readonly bool?: Unary;
}

export interface ScalarBinary {
	readonly float?: Binary;
	readonly integer?: Binary;
	readonly bool?: Binary;
}

const truth = (condition: boolean): number => (condition ? 1 : 0);
const compare = (test: (a: number, b: number) => boolean, bool = false): ScalarBinary => {
	const row: Binary = (a, b) => truth(test(a, b));
	return bool ? { float: row, integer: row, bool: row } : { float: row, integer: row };
};

export const unaryScalars: Readonly<Record<string, ScalarUnary>> = {
	neg: { float: (x) => -x, integer: (x) => -x | 0 },
	abs: { float: Math.abs, integer: (x) => Math.abs(x) | 0 },
	sign: { float: Math.sign, integer: Math.sign },
	exp: { float: Math.exp },
	log: { float: Math.log },
	log1p: { float: Math.log1p },
	expm1: { float: Math.expm1 },
	sqrt: { float: Math.sqrt },
	sin: { float: Math.sin },
	cos: { float: Math.cos },
	tanh: { float: Math.tanh },
	sigmoid: { float: sigmoid },
	erf: { float: erf },
	erfc: { float: (x) => erfc(x, erf) },
	tan: { float: Math.tan },
	asin: { float: Math.asin },
	acos: { float: Math.acos },
	atan: { float: Math.atan },
	sinh: { float: Math.sinh },
	cosh: { float: Math.cosh },
	lgamma: { float: logGamma },
	digamma: { float: digamma },
	floor: { float: Math.floor },
	ceil: { float: Math.ceil },
	round: { float: roundHalfEven },
	not: { bool: (x) => 1 - x },
};

export const binaryScalars: Readonly<Record<string, ScalarBinary>> = {
	add: { float: (a, b) => a + b, integer: (a, b) => (a + b) | 0 },
	sub: { float: (a, b) => a - b, integer: (a, b) => (a - b) | 0 },
	mul: { float: (a, b) => a * b, integer: Math.imul },
	div: { float: (a, b) => a / b },
	pow: { float: power },
	max: { float: Math.max, integer: Math.max },
	min: { float: Math.min, integer: Math.min },
	mod: { float: floorModulo, integer: floorModuloInteger },
	floor_div: { float: floorDivide, integer: floorDivideInteger },
	atan2: { float: Math.atan2 },
	polygamma: { float: polygamma },
	eq: compare((a, b) => a === b, true),
	ne: compare((a, b) => a !== b, true),
	lt: compare((a, b) => a < b),
	le: compare((a, b) => a <= b),
	gt: compare((a, b) => a > b),
	ge: compare((a, b) => a >= b),
	and: { bool: (a, b) => a & b },
	or: { bool: (a, b) => a | b },
};
