import type { Attributes, Equation, Func } from "../../ir/ir.js";
import { keyText } from "../../ir/print.js";
import { LeastRecentlyUsed } from "../least-recently-used.js";
import type { Assembled } from "./module.js";

/**
 * Programs that are equal but for the keys of their draws, as those of one fit under several seeds are, share their
 * code: the keys lie in memory.
 */

/** How many programs' codes are at hand, and how many numbers a program's constants may hold to be compared. */
const mostCodes = 16;
const mostNumbers = 1e5;

export interface SharedCode {
	readonly assembled: Assembled;
	readonly module: object;
}

const codes = new LeastRecentlyUsed<string, SharedCode>(mostCodes);

/** The code of an equal program, or what `make` makes. */
export function sharedCode(text: string | undefined, make: () => SharedCode): SharedCode {
	return text === undefined ? make() : codes.get(text, make);
}

export interface KeyedText {
	/** Equal for programs that are equal but for keys; undefined where comparing would cost too much. */
	readonly text: string | undefined;
	/** The different keys of draws, in the order in which they first stand in the text. */
	readonly keys: readonly (readonly number[])[];
}

/** The text of a program in which keys of draws and regions go by numbers of their own. */
export function keyedText(program: Func): KeyedText {
	const keys = new Map<string, { readonly index: number; readonly key: readonly number[] }>();
	const regions = new Map<Func, number>();
	let numbers = 0;
	const keyOf = (key: readonly number[]): number => {
		const name = nameOfKey(key);
		const known = keys.get(name) ?? { index: keys.size, key };
		keys.set(name, known);
		return known.index;
	};
	const region = (func: Func): string => {
		const known = regions.get(func);
		if (known !== undefined) return `#${known}`;
		const number = regions.size;
		regions.set(func, number);
		return `#${number}{${keyText(func, { region, attributes })}}`;
	};
	const attributes = ({ operation, attributes: told }: Equation): Attributes => {
		const { data, key, ...others } = told;
		if (data instanceof Float64Array) numbers += data.length;
		return {
			...others,
			// Of a text that is too long nothing is compared.
			...(data !== undefined && numbers <= mostNumbers && { data }),
			...(key !== undefined && { key: isDraw(operation) ? keyOf(key as readonly number[]) : key }),
		};
	};
	const text = region(program);
	return {
		text: numbers <= mostNumbers ? text : undefined,
		keys: [...keys.values()].map(({ key }) => key),
	};
}

export function nameOfKey(key: readonly number[]): string {
	return key.join();
}

function isDraw(operation: string): boolean {
	return operation === "random_bits" || operation === "random_uniform";
}
