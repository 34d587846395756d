import type { Func, TensorType, Value } from "./ir.js";
import { IrError, inferTypes, sameType, showType } from "./primitives/index.js";
import { printEquation } from "./print.js";

/**
 * Checks that each value is defined once and before its uses, and that every type is the one that its operation
 * gives; in regions too, which see nothing from outside. Throws IrError with the offending equation.
 */
export function verify(func: Func): void {
	const defined = new Set<Value>();
	const ids = new Set<number>();
	const define = (value: Value, where: string): void => {
		if (defined.has(value) || ids.has(value.id)) throw new IrError(`%${value.id} is defined twice: ${where}`);
		defined.add(value);
		ids.add(value.id);
	};
	for (const value of func.parameters) define(value, `parameter of ${func.name}`);
	for (const equation of func.equations) {
		const text = printEquation(equation);
		for (const value of equation.inputs) {
			if (!defined.has(value)) throw new IrError(`%${value.id} is used before it is defined: ${text}`);
		}
		for (const region of equation.regions) verify(region);
		let types: ReturnType<typeof inferTypes>;
		try {
			types = inferTypes(
				equation.operation,
				equation.inputs.map((value) => value.type),
				equation.attributes,
				equation.regions,
			);
		} catch (error) {
			throw new IrError(`${(error as Error).message}: ${text}`);
		}
		if (types.length !== equation.outputs.length) {
			throw new IrError(`there must be ${types.length} results: ${text}`);
		}
		equation.outputs.forEach((value, k) => {
			const type = types[k] as TensorType;
			if (!sameType(type, value.type)) throw new IrError(`the type must be ${showType(type)}: ${text}`);
			define(value, text);
		});
	}
	for (const value of func.results) {
		if (!defined.has(value)) throw new IrError(`the result %${value.id} of ${func.name} is not defined`);
	}
}
