import { interpret } from "../ir/interpret.js";
import type { Func, TensorData } from "../ir/ir.js";
import { IrError, sameType, showType } from "../ir/primitives/index.js";
import { allocate, isWellFormed } from "../ir/tensor.js";
import { verify } from "../ir/verify.js";
import type { Backend, Executable } from "./backend.js";

/** Throws IrError when the first `carried` results cannot replace the first `carried` parameters. */
export function requireCarried(program: Func, carried: number): void {
	for (let k = 0; k < carried; k++) {
		const [parameter, result] = [program.parameters[k], program.results[k]];
		if (parameter === undefined || result === undefined || !sameType(parameter.type, result.type)) {
			throw new IrError(`result ${k} of ${program.name} cannot replace parameter ${k}`);
		}
	}
}

/** Throws RangeError when `value` is not data for that parameter. */
export function requireParameter(program: Func, index: number, value?: TensorData): void {
	const parameter = program.parameters[index];
	if (parameter === undefined) throw new RangeError(`${program.name} has no parameter ${index}`);
	if (value !== undefined && !(sameType(value.type, parameter.type) && isWellFormed(value))) {
		throw new RangeError(
			`parameter ${index} of ${program.name} is ${showType(parameter.type)}, not ${showType(value.type)}`,
		);
	}
}

export function requireCount(count: number): void {
	if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${count} is not a number of steps`);
}

const copyOf = (value: TensorData): TensorData => ({ type: value.type, data: value.data.slice() });

/** Rows of `count` steps for a result, to be filled one after the other. */
export function recordFor(result: TensorData["type"], count: number): TensorData {
	const shape = [count, ...result.shape];
	return {
		type: { element: result.element, shape },
		data: allocate(
			result.element,
			shape.reduce((product, n) => product * n, 1),
		),
	};
}

/** The reference interpreter as a backend. Parameters that were never written are zero. */
export const interpreterBackend: Backend = {
	name: "interpreter",
	compile(program, carried): Executable {
		verify(program);
		requireCarried(program, carried);
		const state = program.parameters.map(({ type }) => zeros(type));
		return {
			write(parameter, value) {
				requireParameter(program, parameter, value);
				state[parameter] = copyOf(value);
			},
			read(parameter) {
				requireParameter(program, parameter);
				return copyOf(state[parameter] as TensorData);
			},
			run(count) {
				requireCount(count);
				const records = program.results.slice(carried).map(({ type }) => recordFor(type, count));
				for (let step = 0; step < count; step++) {
					const results = interpret(program, state);
					records.forEach((record, k) => {
						const row = (results[carried + k] as TensorData).data;
						record.data.set(row, step * row.length);
					});
					for (let k = 0; k < carried; k++) state[k] = results[k] as TensorData;
				}
				return records;
			},
		};
	},
};

function zeros(type: TensorData["type"]): TensorData {
	return {
		type,
		data: allocate(
			type.element,
			type.shape.reduce((product, n) => product * n, 1),
		),
	};
}
