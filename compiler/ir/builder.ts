import type { Attributes, ElementType, Equation, Func, TensorType, Value } from "./ir.js";
import { sizeOf } from "./ir.js";
import { IrError, inferType, sameShape } from "./primitives/index.js";
import { printAttributes } from "./print.js";

/** An attribute list above this length is not numbered: comparing large data costs more than it saves. */
const numberedData = 4096;

/**
 * Builds a function equation by equation. Equal equations (operation, inputs, attributes) give the same value:
 * every operation is pure, the random ones too, since their key is an attribute.
 */
export class Builder {
	private nextId = 0;
	private readonly numbered = new Map<string, Value>();
	private readonly definitions = new Map<Value, Equation>();
	private readonly owned = new Set<Value>();
	readonly parameters: Value[] = [];
	readonly equations: Equation[] = [];

	parameter(type: TensorType): Value {
		const value = this.create(type);
		this.parameters.push(value);
		return value;
	}

	/** The result of an operation. Throws IrError when inputs or attributes do not fit, or are of another builder. */
	emit(operation: string, inputs: readonly Value[] = [], attributes: Attributes = {}): Value {
		for (const value of inputs) {
			if (!this.owned.has(value)) throw new IrError(`${operation}: %${value.id} is not of this function`);
		}
		const type = inferType(
			operation,
			inputs.map((value) => value.type),
			attributes,
		);
		const same = this.identity(operation, inputs, attributes, type);
		if (same !== undefined) return same;
		const data = attributes.data;
		const key =
			data instanceof Float64Array && data.length > numberedData
				? undefined
				: `${operation} ${inputs.map((value) => value.id).join(",")} ${printAttributes(attributes)}`;
		const known = key === undefined ? undefined : this.numbered.get(key);
		if (known !== undefined) return known;
		const output = this.define(operation, inputs, attributes, type);
		if (key !== undefined) this.numbered.set(key, output);
		return output;
	}

	/**
	 * The same value as another variable, never shared with any other: a derivative by it does not count the other
	 * uses of `x`. For the variable of `grad` at a value that the body also reads.
	 */
	fresh(x: Value): Value {
		const always = this.fill(1, { element: "bool", shape: x.type.shape });
		return this.define("guard", [x, always], {}, x.type);
	}

	/** Whether the value is of this function. */
	owns(value: Value): boolean {
		return this.owned.has(value);
	}

	/** The equation that defines the value; undefined for a parameter. */
	definition(value: Value): Equation | undefined {
		return this.definitions.get(value);
	}

	/** The function with these results. The builder may go on; the function does not change. */
	build(name: string, results: readonly Value[]): Func {
		for (const value of results) {
			if (!this.owned.has(value)) throw new IrError(`result %${value.id} is not of this function`);
		}
		return { name, parameters: [...this.parameters], equations: [...this.equations], results: [...results] };
	}

	fill(value: number, type: TensorType): Value {
		return this.emit("fill", [], { value, element: type.element, shape: type.shape });
	}

	scalar(value: number, element: ElementType): Value {
		return this.fill(value, { element, shape: [] });
	}

	/** A tensor from numbers in row-major order; small data only. */
	constant(numbers: ArrayLike<number>, type: TensorType): Value {
		return this.emit("constant", [], {
			data: Float64Array.from(numbers),
			element: type.element,
			shape: type.shape,
		});
	}

	zeros(type: TensorType): Value {
		return this.fill(0, type);
	}

	reshape(x: Value, shape: readonly number[]): Value {
		return this.emit("reshape", [x], { shape });
	}

	transpose(x: Value, permutation: readonly number[]): Value {
		return this.emit("transpose", [x], { permutation });
	}

	/** `axes[k]` is the place of axis k of x in the result; by default the axes of x are the last ones. */
	broadcast(x: Value, shape: readonly number[], axes?: readonly number[]): Value {
		const rank = x.type.shape.length;
		const places = axes ?? x.type.shape.map((_, k) => shape.length - rank + k);
		return this.emit("broadcast", [x], { shape, axes: places });
	}

	/** The sum over these axes, in any order; all axes by default. */
	sum(x: Value, axes?: readonly number[]): Value {
		const all = axes === undefined ? x.type.shape.map((_, k) => k) : [...axes].sort((a, b) => a - b);
		return this.emit("reduce_sum", [x], { axes: all });
	}

	cast(x: Value, element: ElementType): Value {
		return this.emit("cast", [x], { element });
	}

	private define(
		operation: string,
		inputs: readonly Value[],
		attributes: Attributes,
		type: TensorType,
	): Value {
		if (inputs.some((value) => !this.owned.has(value))) throw new IrError(`${operation}: a value is foreign`);
		const output = this.create(type);
		const equation: Equation = { operation, inputs: [...inputs], attributes, output };
		this.equations.push(equation);
		this.definitions.set(output, equation);
		return output;
	}

	private create(type: TensorType): Value {
		const value: Value = { id: this.nextId++, type };
		this.owned.add(value);
		return value;
	}

	/** An input that already is the result: movements that move nothing, reductions over no axis, casts to itself. */
	private identity(
		operation: string,
		inputs: readonly Value[],
		attributes: Attributes,
		type: TensorType,
	): Value | undefined {
		const x = inputs[0];
		if (x === undefined || x.type.element !== type.element) return undefined;
		const same = sameShape(x.type.shape, type.shape);
		const list = (name: string) => (attributes[name] ?? []) as readonly number[];
		const counts = (axes: readonly number[]) => axes.every((axis, k) => axis === k);
		switch (operation) {
			case "reshape":
			case "slice":
			case "pad":
			case "cast":
				return same ? x : undefined;
			case "transpose":
				return counts(list("permutation")) ? x : undefined;
			case "broadcast":
				return same && counts(list("axes")) ? x : undefined;
			case "reverse":
				return list("axes").every((axis) => (x.type.shape[axis] ?? 0) <= 1) ? x : undefined;
			case "concatenate":
				return inputs.length === 1 ? x : undefined;
			case "reduce_sum":
			case "reduce_prod":
			case "reduce_max":
			case "reduce_min":
			case "reduce_and":
			case "reduce_or":
				return list("axes").length === 0 ? x : undefined;
			case "dynamic_slice":
				return same ? x : undefined;
			case "dynamic_update":
				return sizeOf((inputs[1] as Value).type.shape) === 0 ? x : undefined;
			default:
				return undefined;
		}
	}
}
