import type { Decisions } from "./description.js";

const rounding = (x: number): number => {
	const down = Math.floor(x);
	const part = x - down;
	return part > 0.5 || (part === 0.5 && down % 2 !== 0) ? down + 1 : down;
};

const relu = (x: number, decisions: Decisions): number =>
	decisions.compare(x, 0) > 0 ? x : 0 * x === 0 ? 0 : x;

/** Functions of one number, and what they are. */
export const unary: readonly (readonly [name: string, of: (x: number, decisions: Decisions) => number])[] = [
	["tanh", (x) => Math.tanh(x)],
	["sin", (x) => Math.sin(x)],
	["cos", (x) => Math.cos(x)],
	["abs", (x, d) => (d.compare(x, 0) < 0 ? -x : x === 0 ? 0 : x)],
	["relu", relu],
	["sigmoid", (x) => 1 / (1 + Math.exp(-x))],
	["floor", (x, d) => d.piece(x, Math.floor, 0)],
	["round", (x, d) => d.piece(x, rounding, 0.5)],
	["sign", (x, d) => (Number.isNaN(x) ? x : d.compare(x, 0))],
	["softplus", (x) => (x > 0 ? x : 0) + Math.log1p(Math.exp(-Math.abs(x)))],
	["-", (x) => -x],
];

/** Operators of two numbers; divisors are kept away from 0. */
export const binary: readonly (readonly [
	operator: string,
	of: (x: number, y: number, decisions: Decisions) => number,
])[] = [
	["+", (x, y) => x + y],
	["-", (x, y) => x - y],
	["*", (x, y) => x * y],
	[
		"max",
		(x, y, d) =>
			Number.isNaN(x + y) && (Number.isNaN(x) || Number.isNaN(y)) ? Number.NaN : d.compare(x, y) > 0 ? x : y,
	],
	[
		"min",
		(x, y, d) =>
			Number.isNaN(x + y) && (Number.isNaN(x) || Number.isNaN(y)) ? Number.NaN : d.compare(x, y) < 0 ? x : y,
	],
];

export const writeUnary = (name: string, operand: string): string =>
	name === "-" ? `(-${operand})` : `${name}(${operand})`;
export const writeBinary = (operator: string, left: string, right: string): string =>
	/\w/.test(operator) ? `${operator}(${left}, ${right})` : `(${left} ${operator} ${right})`;
