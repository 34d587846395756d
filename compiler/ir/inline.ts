import type { Builder } from "./builder.js";
import type { Equation, Func, Value } from "./ir.js";
import { IrError } from "./primitives/index.js";

/** The values of one function as values of another. */
export class Mapping {
	private readonly values = new Map<Value, Value>();

	set(from: readonly Value[], to: readonly Value[]): void {
		from.forEach((value, k) => {
			this.values.set(value, to[k] as Value);
		});
	}

	has(value: Value): boolean {
		return this.values.has(value);
	}

	/** Throws IrError when the value has no counterpart. */
	get(value: Value): Value {
		const found = this.values.get(value);
		if (found === undefined) throw new IrError(`%${value.id} is not defined`);
		return found;
	}

	/** Emits the equation on the counterparts of its inputs. */
	copy(builder: Builder, { operation, inputs, attributes, outputs, regions }: Equation): void {
		const mapped = inputs.map((value) => this.get(value));
		this.set(outputs, builder.emitAll(operation, mapped, attributes, regions));
	}
}

/** Emits the body of a function on these arguments; gives its results. */
export function inline(builder: Builder, func: Func, args: readonly Value[]): Value[] {
	const mapping = new Mapping();
	mapping.set(func.parameters, args);
	for (const equation of func.equations) mapping.copy(builder, equation);
	return func.results.map((value) => mapping.get(value));
}
