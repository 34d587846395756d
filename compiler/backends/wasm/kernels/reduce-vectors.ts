import type { ElementType } from "../../../ir/ir.js";
import type { Code, Local } from "../assembler.js";
import type { LaneOperation, Plain } from "../opcodes.js";
import { bytesOf } from "../view.js";
import { nest, type Pointer } from "./nest.js";

/** How vectors accumulate: f32 in f64 for sums and products, else in the type itself. */
interface Shape {
	readonly lanes: 2 | 4;
	readonly instruction: Plain;
	/** Whether f32 is widened to f64. */
	readonly widened: boolean;
	readonly splat: Plain;
}

const names: Readonly<Record<string, { readonly float?: string; readonly integer: Plain }>> = {
	reduce_sum: { float: "add", integer: "i32x4.add" },
	reduce_prod: { float: "mul", integer: "i32x4.mul" },
	reduce_max: { float: "max", integer: "i32x4.max_s" },
	reduce_min: { float: "min", integer: "i32x4.min_s" },
	reduce_and: { integer: "v128.and" },
	reduce_or: { integer: "v128.or" },
};

function shapeOf(operation: string, element: ElementType): Shape | undefined {
	const row = names[operation];
	if (row === undefined) return undefined;
	if (element === "i32" || element === "bool")
		return { lanes: 4, instruction: row.integer, widened: false, splat: "i32x4.splat" };
	if (row.float === undefined) return undefined;
	const widened = element === "f32" && (row.float === "add" || row.float === "mul");
	const wide = widened || element === "f64";
	const [lanes, float] = wide ? ([2, "f64x2"] as const) : ([4, "f32x4"] as const);
	return { lanes, instruction: `${float}.${row.float}` as Plain, widened, splat: `${float}.splat` };
}

const accumulators = 4;

/** A reduction over loops whose accumulators are vectors. */
export class VectorReduction {
	/** So many elements are taken at a time. */
	readonly width: number;
	private readonly sums: readonly Local[];
	private readonly bytes: number;

	private constructor(
		private readonly code: Code,
		element: ElementType,
		private readonly shape: Shape,
		private readonly start: number,
	) {
		this.width = accumulators * shape.lanes;
		this.bytes = bytesOf(element);
		this.sums = Array.from({ length: accumulators }, () => code.local("v128"));
	}

	static of(code: Code, operation: string, element: ElementType, start: number): VectorReduction | undefined {
		const shape = shapeOf(operation, element);
		return shape && new VectorReduction(code, element, shape, start);
	}

	begin(): void {
		const { code, shape } = this;
		const [first = 0, ...others] = this.sums;
		if (shape.splat === "f64x2.splat") code.f64(this.start);
		else if (shape.splat === "f32x4.splat") code.f32(this.start);
		else code.i32(this.start);
		code.op(shape.splat).set(first);
		for (const sum of others) code.get(first).set(sum);
	}

	/** Accumulates neighbours: `count` vectors from the pointer on, one in each accumulator. */
	take(pointer: Local, count = accumulators): void {
		const { code, shape, bytes } = this;
		for (const [k, sum] of this.sums.slice(0, count).entries()) {
			const offset = k * shape.lanes * bytes;
			code.get(sum).get(pointer);
			if (shape.widened) code.memory("v128.load64_zero", offset).op("f64x2.promote_low_f32x4");
			else code.memory("v128.load", offset);
			code.op(shape.instruction).set(sum);
		}
	}

	/** Leaves each lane of all accumulators on the stack in turn, as wide as scalars accumulate, for `combine`. */
	lanes(combine: () => void): void {
		const { code, shape } = this;
		const [a = 0, b = 0, c = 0, d = 0] = this.sums;
		code.get(a).get(b).op(shape.instruction).get(c).get(d).op(shape.instruction, shape.instruction).set(a);
		const extract = shape.splat.replace("splat", "extract_lane") as LaneOperation;
		for (let lane = 0; lane < shape.lanes; lane++) {
			code.get(a).lane(extract, lane);
			if (shape.splat === "f32x4.splat") code.op("f64.promote_f32");
			combine();
		}
	}

	/** Stores `count` accumulators side by side, those of widened f32 in pairs. */
	store(pointer: Local, count: number): void {
		const { code, shape, bytes, sums } = this;
		if (!shape.widened) {
			for (const [k, sum] of sums.slice(0, count).entries())
				code
					.get(pointer)
					.get(sum)
					.memory("v128.store", k * shape.lanes * bytes);
			return;
		}
		for (let k = 0; k < count; k += 2) {
			code.get(pointer);
			for (const sum of [sums[k] ?? 0, sums[k + 1] ?? 0]) code.get(sum).op("f32x4.demote_f64x2_zero");
			code.shuffle([0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
			code.memory("v128.store", k * shape.lanes * bytes);
		}
	}

	/**
	 * Reduces `count` neighbouring results from `from` to `to`, as many as fit whole vectors, each over the loops of
	 * `extents`; both pointers go on. Returns how many it has done.
	 */
	across(from: Local, to: Local, count: number, extents: readonly number[], walker: Pointer): number {
		const { code, bytes, shape } = this;
		const block = (vectors: number): void => {
			this.begin();
			code.get(from).set(walker.local);
			nest(code, extents, [walker], () => this.take(walker.local, vectors));
			this.store(to, vectors);
			code.advance(from, vectors * shape.lanes * bytes).advance(to, vectors * shape.lanes * bytes);
		};
		const least = shape.widened ? 2 : 1;
		const whole = Math.floor(count / this.width);
		code.times(whole, () => block(accumulators));
		const part = Math.floor((count - whole * this.width) / (least * shape.lanes)) * least;
		if (part > 0) block(part);
		return whole * this.width + part * shape.lanes;
	}
}
