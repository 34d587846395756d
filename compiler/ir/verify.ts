import type { Func, Value } from "./ir.js";
import { IrError, inferType, sameType, showType } from "./primitives/index.js";
import { printEquation } from "./print.js";

/**
 * Checks that each value is defined once and before its uses, and that every type is the one that its operation
 * gives. Throws IrError with the offending equation.
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
		let type: ReturnType<typeof inferType>;
		try {
			type = inferType(
				equation.operation,
				equation.inputs.map((value) => value.type),
				equation.attributes,
			);
		} catch (error) {
			throw new IrError(`${(error as Error).message}: ${text}`);
		}
		if (!sameType(type, equation.output.type)) {
			throw new IrError(`the type must be ${showType(type)}: ${text}`);
		}
		define(equation.output, text);
	}
	for (const value of func.results) {
		if (!defined.has(value)) throw new IrError(`the result %${value.id} of ${func.name} is not defined`);
	}
}
