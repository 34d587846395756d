import type { Func, TensorData } from "../ir/ir.js";
import { IrError, sameType, showType } from "../ir/primitives/index.js";
import { allocate, isWellFormed } from "../ir/tensor.js";

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

/** A parameter that was never written. */
export function zeros(type: TensorData["type"]): TensorData {
	return {
		type,
		data: allocate(
			type.element,
			type.shape.reduce((product, n) => product * n, 1),
		),
	};
}
