import {
	type Attributes,
	type ElementType,
	Equation,
	type Func,
	sizeOf,
	type TensorType,
	type Value,
} from "./ir.js";
import { IrError, inferTypes, sameShape } from "./primitives/index.js";
import { functionKey, printAttributes } from "./print.js";

/** An attribute list above this length is not numbered: comparing large data costs more than it saves. */
const numberedData = 4096;

/** An equation that is about to be emitted. */
export interface Candidate {
	readonly operation: string;
	readonly inputs: readonly Value[];
	readonly attributes: Attributes;
	readonly type: TensorType;
}

/** A value equal to the candidate's result, emitted into the builder; undefined where there is no better one. */
export type Improve = (builder: Builder, candidate: Candidate) => Value | undefined;

/**
 * Builds a function equation by equation. Equal equations (operation, inputs, attributes) give the same value:
 * every operation is pure, the random ones too, since their key is an attribute.
 */
export class Builder {
	private nextId = 0;
	private readonly numbered = new Map<string, readonly Value[]>();
	private readonly definitions = new Map<Value, Equation>();
	private readonly owned = new Set<Value>();
	private readonly inner = new Map<Value, Value>();
	private rewriting = false;
	readonly parameters: Value[] = [];
	readonly equations: Equation[] = [];
	/** Values of the outer builder that the equations use, in the order of the parameters that stand for them. */
	readonly captured: Value[] = [];

	/**
	 * @param outer when the function is a region: values of it become parameters where they are used
	 * @param improve is asked before an equation is emitted; regions ask what their builder asks
	 */
	constructor(
		private readonly outer?: Builder,
		readonly improve: Improve | undefined = outer?.improve,
		/** The function is called where it is built: what repeats outside is repeated inside. */
		private readonly isCalled = false,
	) {}

	parameter(type: TensorType): Value {
		const value = this.create(type);
		this.parameters.push(value);
		return value;
	}

	/** The result of an operation. Throws IrError when inputs or attributes do not fit, or are of another builder. */
	emit(operation: string, inputs: readonly Value[] = [], attributes: Attributes = {}): Value {
		return (
			this.improved(operation, inputs, attributes) ??
			(this.emitAll(operation, inputs, attributes, [])[0] as Value)
		);
	}

	private improved(operation: string, inputs: readonly Value[], attributes: Attributes): Value | undefined {
		if (this.improve === undefined || this.rewriting) return undefined;
		const own = inputs.map((value) => this.capture(value, operation));
		return this.improve(this, {
			operation,
			inputs: own,
			attributes,
			get type() {
				const types = own.map((value) => value.type);
				return inferTypes(operation, types, attributes, [])[0] as TensorType;
			},
		});
	}

	/** All results of an operation, with or without regions. Throws IrError like `emit`. */
	emitAll(
		operation: string,
		inputs: readonly Value[],
		attributes: Attributes,
		regions: readonly Func[],
	): readonly Value[] {
		const own = inputs.map((value) => this.capture(value, operation));
		const types = inferTypes(
			operation,
			own.map((value) => value.type),
			attributes,
			regions,
		);
		if (this.rewriting) return this.define(operation, own, attributes, types, regions);
		const same = this.identity(operation, own, attributes, types[0] as TensorType);
		if (same !== undefined) return [same];
		const data = attributes.data;
		const key =
			data instanceof Float64Array && data.length > numberedData
				? undefined
				: `${operation} ${own.map((value) => value.id).join(",")} ${printAttributes(attributes)} ${regions.map(functionKey).join()}`;
		const known = key === undefined ? undefined : this.numbered.get(key);
		if (known !== undefined) return known;
		const outputs = this.define(operation, own, attributes, types, regions);
		if (key !== undefined) this.numbered.set(key, outputs);
		return outputs;
	}

	/**
	 * Puts other equations in the place of one. `emit` emits them into this builder, from values that exist before
	 * that place, and gives one value for each output of the old equation, which then is that output. For reverse
	 * mode, which needs more results of an equation whose results are in use.
	 *
	 * @returns the values that `emit` gives beyond those
	 */
	rewrite(equation: Equation, emit: () => readonly Value[]): readonly Value[] {
		const place = this.equations.indexOf(equation);
		if (place < 0) throw new IrError(`${equation.operation} is not of this function`);
		const rest = this.equations.splice(place);
		this.rewriting = true;
		const results = emit();
		this.rewriting = false;
		const renamed = new Map<Value, Value>();
		equation.outputs.forEach((output, k) => {
			renamed.set(results[k] as Value, output);
		});
		const name = (value: Value): Value => renamed.get(value) ?? value;
		const added = this.equations.splice(place).map((item) => {
			const { operation, inputs, attributes, outputs, regions } = item;
			return new Equation(operation, inputs.map(name), attributes, outputs.map(name), regions);
		});
		const defined = new Set(added.flatMap((item) => item.outputs));
		if (!equation.outputs.every((output) => defined.has(output))) {
			throw new IrError(`${equation.operation} cannot be rewritten: a result is not computed`);
		}
		this.equations.push(...added, ...rest.slice(1));
		for (const item of added) for (const output of item.outputs) this.definitions.set(output, item);
		return results.slice(equation.outputs.length);
	}

	/**
	 * The same value as another variable, never shared with any other: a derivative by it does not count the other
	 * uses of `x`. For the variable of `grad` at a value that the body also reads.
	 */
	fresh(x: Value): Value {
		const always = this.fill(1, { element: "bool", shape: x.type.shape });
		return this.define("guard", [this.capture(x, "guard"), always], {}, [x.type], [])[0] as Value;
	}

	/**
	 * Whether derivatives may be taken by the value: what is computed of copies or of one number may be computed of what
	 * they repeat, which is not the value itself.
	 */
	isVariable(value: Value): boolean {
		const definition = this.definition(value);
		return (
			this.improve === undefined ||
			definition === undefined ||
			(definition.operation !== "fill" && !this.isCopy(definition))
		);
	}

	/** @throws IrError when one of the values is no variable */
	requireVariables(values: readonly Value[]): void {
		for (const value of values)
			if (!this.isVariable(value))
				throw new IrError(`%${value.id} repeats another value, and is no variable`);
	}

	/** The value, so that derivatives may be taken by it. */
	asVariable(value: Value): Value {
		return this.isVariable(value) ? value : this.fresh(value);
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
	build(name: string, results: readonly Value[], parameters: readonly Value[] = this.parameters): Func {
		const own = results.map((value) => this.capture(value, "result"));
		return { name, parameters: [...parameters], equations: [...this.equations], results: own };
	}

	/** This value here: itself, or the parameter that stands for a value of the outer builder. */
	capture(value: Value, where: string): Value {
		if (this.owned.has(value)) return value;
		const known = this.inner.get(value);
		if (known !== undefined) return known;
		if (this.outer === undefined) throw new IrError(`${where}: %${value.id} is not of this function`);
		const outside = this.outer.capture(value, where);
		// A value from further out comes by the same parameter as what stands for it in the builder between.
		const same = this.inner.get(outside);
		if (same !== undefined) {
			this.inner.set(value, same);
			return same;
		}
		const definition = this.outer.definition(outside);
		let inside: Value;
		// A number is not worth a parameter, nor are copies, which the function may compute before.
		if (definition && (definition.operation === "fill" || (this.isCalled && this.outer.isCopy(definition)))) {
			const inputs = definition.inputs.map((input) => this.capture(input, where));
			inside = this.emit(definition.operation, inputs, definition.attributes);
		} else {
			inside = this.parameter(outside.type);
			this.captured.push(outside);
		}
		this.inner.set(value, inside).set(outside, inside);
		return inside;
	}

	/** A tensor that repeats another one, guarded or not. A guard that always holds is a variable of a derivative. */
	private isCopy({ operation, inputs }: Equation): boolean {
		if (operation === "broadcast") return true;
		if (operation !== "guard") return false;
		const [guarded, mask] = inputs.map((input) => this.definition(input));
		return mask?.operation !== "fill" && guarded !== undefined && this.isCopy(guarded);
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

	/** Whether each element is neither infinite nor nan. */
	isFinite(x: Value): Value {
		return this.emit("lt", [this.emit("abs", [x]), this.fill(Number.POSITIVE_INFINITY, x.type)]);
	}

	cast(x: Value, element: ElementType): Value {
		return this.emit("cast", [x], { element });
	}

	private define(
		operation: string,
		inputs: readonly Value[],
		attributes: Attributes,
		types: readonly TensorType[],
		regions: readonly Func[],
	): readonly Value[] {
		const outputs = types.map((type) => this.create(type));
		const equation = new Equation(operation, inputs, attributes, outputs, regions);
		this.equations.push(equation);
		for (const output of outputs) this.definitions.set(output, equation);
		return outputs;
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
