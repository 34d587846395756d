import type { Attribute, Equation, Func, Value } from "../../ir/ir.js";
import { showType } from "../../ir/primitives/primitive.js";
import { printAttributes, printNumber } from "../../ir/print.js";
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

const codes = new Map<string, SharedCode>();

/** The code of an equal program, or what `make` makes. `keys` are those of the program, in its order. */
export function sharedCode(text: string | undefined, make: () => SharedCode): SharedCode {
	if (text === undefined) return make();
	const found = codes.get(text) ?? make();
	// The one that was used last goes last.
	codes.delete(text);
	codes.set(text, found);
	for (const oldest of codes.keys()) {
		if (codes.size <= mostCodes) break;
		codes.delete(oldest);
	}
	return found;
}

export interface KeyedText {
	/** Equal for programs that are equal but for keys; undefined where comparing would cost too much. */
	readonly text: string | undefined;
	/** The different keys of draws, in the order in which they first stand in the text. */
	readonly keys: readonly (readonly number[])[];
}

/** The text of a program in which keys, values and regions go by numbers of their own. */
export function keyedText(program: Func): KeyedText {
	const keys = new Map<string, { readonly index: number; readonly key: readonly number[] }>();
	const regions = new Map<Func, number>();
	const parts: string[] = [];
	let numbers = 0;
	const keyOf = (key: readonly number[]): number => {
		const name = nameOfKey(key);
		const known = keys.get(name) ?? { index: keys.size, key };
		keys.set(name, known);
		return known.index;
	};
	const visit = (func: Func): void => {
		const ids = new Map<Value, number>();
		const id = (value: Value): number => {
			const known = ids.get(value) ?? ids.size;
			ids.set(value, known);
			return known;
		};
		const define = (value: Value): string => `%${id(value)}:${showType(value.type)}`;
		parts.push(`(${func.parameters.map(define).join()}){`);
		for (const equation of func.equations) {
			const inputs = equation.inputs.map(id).join();
			parts.push(
				`${equation.outputs.map(define).join()}=${equation.operation}(${inputs})`,
				attributesOf(equation),
			);
			for (const region of equation.regions) {
				const known = regions.get(region);
				parts.push(`#${known ?? regions.size}`);
				if (known !== undefined) continue;
				regions.set(region, regions.size);
				visit(region);
			}
		}
		parts.push(`return ${func.results.map(id).join()}}`);
	};
	const attributesOf = ({ operation, attributes }: Equation): string => {
		const { data, key, ...others } = attributes;
		const shown: Record<string, Attribute> = { ...others };
		let text = "";
		if (data instanceof Float64Array) {
			numbers += data.length;
			if (numbers <= mostNumbers) text = Array.from(data, printNumber).join();
		} else if (data !== undefined) shown.data = data;
		if (isDraw(operation) && Array.isArray(key)) text += ` key ${keyOf(key as readonly number[])}`;
		else if (key !== undefined) shown.key = key;
		return `${printAttributes(shown)}${text};`;
	};
	visit(program);
	return {
		text: numbers <= mostNumbers ? parts.join("") : undefined,
		keys: [...keys.values()].map(({ key }) => key),
	};
}

export function nameOfKey(key: readonly number[]): string {
	return key.join();
}

function isDraw(operation: string): boolean {
	return operation === "random_bits" || operation === "random_uniform";
}
