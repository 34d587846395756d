/**
 * The tensor IR: typed, in A-normal form, every size known. A function is a list of equations; each value is
 * defined once, before its uses. All operations are pure.
 */

export type ElementType = "f32" | "f64" | "i32" | "bool";

export interface TensorType {
	readonly element: ElementType;
	readonly shape: readonly number[];
}

/** The result of an equation, or a parameter. Compared by identity; `id` is for printing. */
export interface Value {
	readonly id: number;
	readonly type: TensorType;
}

export type Attribute =
	| number
	| string
	| boolean
	| readonly number[]
	| readonly (readonly number[])[]
	| Float64Array;
export type Attributes = Readonly<Record<string, Attribute>>;

/**
 * One operation. Most have one output and no regions; the operations of `primitives/regions.ts` carry functions and
 * may have several outputs. A region is closed: what it uses from outside is an input of the equation.
 */
export class Equation {
	constructor(
		/** A row of one of the tables of primitives. */
		readonly operation: string,
		readonly inputs: readonly Value[],
		readonly attributes: Attributes,
		readonly outputs: readonly Value[],
		readonly regions: readonly Func[] = [],
	) {}

	/** The output of an operation that has one. */
	get output(): Value {
		const [first, second] = this.outputs;
		if (first === undefined || second !== undefined) {
			throw new Error(`${this.operation} has ${this.outputs.length} outputs`);
		}
		return first;
	}
}

export interface Func {
	readonly name: string;
	readonly parameters: readonly Value[];
	readonly equations: readonly Equation[];
	readonly results: readonly Value[];
}

/** Row-major elements; bool is 0 or 1. The carrier of data between host and backends. */
export interface TensorData {
	readonly type: TensorType;
	readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

export function sizeOf(shape: readonly number[]): number {
	return shape.reduce((product, n) => product * n, 1);
}
