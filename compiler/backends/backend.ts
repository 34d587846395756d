import type { Func, TensorData, TensorType } from "../ir/ir.js";

/** A program that needs more memory than the backend has. */
export class TooLarge extends RangeError {
	constructor(
		readonly bytes: number,
		readonly most: number,
		/** Of the tensors that are made, the one with the most elements. */
		readonly largest: TensorType,
	) {
		super(`${bytes} bytes are needed, of ${most}`);
	}
}

/**
 * A backend turns a function of the IR into something that runs. The loop over steps is the backend's: the first
 * `carried` results replace the first `carried` parameters after each step, so that one call runs many steps.
 * The other results are recorded, one row for each step.
 */
export interface Backend {
	readonly name: string;
	compile(program: Func, carried: number): Executable;
}

export interface Executable {
	/** Sets the parameter with that index. Throws when type or shape differ. */
	write(parameter: number, value: TensorData): void;
	/** A copy of the parameter with that index: after `run`, the carried state. */
	read(parameter: number): TensorData;
	/** Runs `count` steps; one entry for each result that is not carried, with a leading axis of length `count`. */
	run(count: number): readonly TensorData[];
}
