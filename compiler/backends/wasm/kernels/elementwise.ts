import type { ElementType } from "../../../ir/ir.js";
import { sizeOf } from "../../../ir/ir.js";
import type { Code, Local } from "../assembler.js";
import { bytesOf, collapse, kindOf, type View } from "../view.js";
import type { Functions, Kernel } from "./kernel.js";
import { addressOf, loadOf, nest, storeOf } from "./nest.js";
import { importsOf, scalarRows } from "./scalars.js";
import { emitVector, pushSplat } from "./vectors.js";

/** An operand of a step: a view that is loaded, or the result of an earlier step of the same loop. */
export type Operand = { readonly view: View } | { readonly step: number };

export interface Step {
	readonly operation: string;
	readonly operands: readonly Operand[];
	readonly from: ElementType;
	readonly to: ElementType;
}

/** Where the result of a step goes: a view of the shape of the loop. */
export interface Output {
	readonly step: number;
	readonly view: View;
}

/** A distance in bytes that is known while running, and the view that it shifts. */
export interface Shift {
	readonly view: View;
	readonly local: Local;
}

/** Operands that advance alike share one pointer, which starts at 0; their addresses are immediates. */
interface Track {
	readonly steps: readonly number[];
	readonly local: Local;
}

interface Access {
	readonly view: View;
	readonly track: Track;
	readonly offset: number;
	/** The element step along the innermost axis. */
	readonly inner: number;
}

class Loop {
	private readonly tracks: Track[] = [];
	private readonly accesses = new Map<View, Access>();
	private readonly hoisted = new Map<View, Local>();
	private readonly extents: readonly number[];

	constructor(
		private readonly code: Code,
		private readonly functions: Functions,
		private readonly steps: readonly Step[],
		private readonly outputs: readonly Output[],
		shape: readonly number[],
		private readonly shifts: readonly Shift[],
	) {
		const loaded = steps.flatMap((step) =>
			step.operands.flatMap((operand) => ("view" in operand ? [operand.view] : [])),
		);
		const views = [...new Set([...loaded, ...outputs.map((output) => output.view)])];
		const { shape: extents, operands } = collapse(
			shape,
			views.map((view) => view.strides),
		);
		this.extents = extents.length === 0 ? [1] : extents;
		views.forEach((view, k) => {
			const strides = extents.length === 0 ? [0] : (operands[k] as number[]);
			this.accesses.set(view, this.access(view, strides));
		});
	}

	emit(): void {
		if (this.extents.includes(0)) return;
		const last = this.extents.length - 1;
		const count = this.extents[last] as number;
		const lanes = this.lanes();
		const vectors = lanes === undefined ? 0 : Math.floor(count / lanes);
		const rest = lanes === undefined ? count : count - vectors * lanes;
		for (const track of this.tracks) this.initialise(track);
		const pointers = this.tracks.map((track) => ({
			local: track.local,
			// The inner loops have advanced along the last axis already.
			steps: track.steps.slice(0, last),
		}));
		nest(this.code, this.extents.slice(0, last), pointers, () => {
			this.hoist();
			if (lanes !== undefined && vectors > 0) {
				const locals = this.hoistVectors(lanes);
				this.code.times(vectors, () => {
					this.vectorBody(lanes, locals);
					for (const track of this.tracks)
						this.code.advance(track.local, (track.steps[last] as number) * lanes);
				});
			}
			this.code.times(rest, () => {
				this.scalarBody();
				for (const track of this.tracks) this.code.advance(track.local, track.steps[last] as number);
			});
			for (const track of this.tracks) this.code.advance(track.local, -(track.steps[last] as number) * count);
		});
	}

	private access(view: View, strides: readonly number[]): Access {
		const bytes = bytesOf(view.buffer.element);
		const steps = strides.map((stride) => stride * bytes);
		const inner = strides.at(-1) as number;
		const shift = this.shifts.find((item) => item.view === view);
		// An address beyond a negative step or a shift must be in the pointer: immediates only add.
		const own = shift !== undefined || steps.some((step) => step < 0);
		if (own) {
			const local = this.code.local("i32");
			this.code.i32(addressOf(view));
			if (shift !== undefined) this.code.get(shift.local).op("i32.add");
			this.code.set(local);
			const track = { steps, local };
			this.tracks.push(track);
			return { view, track, offset: 0, inner };
		}
		const key = steps.join(",");
		let track = this.tracks.find((item) => item.steps.join(",") === key && this.shared.has(item));
		if (track === undefined) {
			track = { steps, local: this.code.local("i32") };
			this.tracks.push(track);
			this.shared.add(track);
		}
		return { view, track, offset: addressOf(view), inner };
	}

	private readonly shared = new Set<Track>();

	private initialise(track: Track): void {
		if (this.shared.has(track)) this.code.i32(0).set(track.local);
	}

	/** How many elements one vector takes, where all of the loop can be done with vectors. */
	private lanes(): 2 | 4 | undefined {
		const elements = new Set<ElementType>(this.steps.flatMap((step) => [step.from, step.to]));
		for (const access of this.accesses.values()) {
			if (access.inner !== 0 && access.inner !== 1) return undefined;
			elements.add(access.view.buffer.element);
		}
		if (this.outputs.some((output) => this.accesses.get(output.view)?.inner !== 1)) return undefined;
		if (!elements.has("f64")) return 4;
		return elements.has("f32") || elements.has("i32") ? undefined : 2;
	}

	/** Loads what the innermost loop does not step through, once before it. */
	private hoist(): void {
		for (const { view, track, offset, inner } of this.accesses.values()) {
			if (inner !== 0 || this.outputs.some((output) => output.view === view)) continue;
			const local = this.hoisted.get(view) ?? this.code.local(kindOf(view.buffer.element));
			this.hoisted.set(view, local);
			if (view.literal !== undefined) this.pushLiteral(view);
			else this.code.get(track.local).memory(loadOf(view.buffer.element), offset);
			this.code.set(local);
		}
	}

	private pushLiteral(view: View): void {
		const value = view.literal as number;
		const element = view.buffer.element;
		if (element === "f32") this.code.f32(value);
		else if (element === "f64") this.code.f64(value);
		else this.code.i32(value);
	}

	private hoistVectors(lanes: 2 | 4): Map<View, Local> {
		const vectors = new Map<View, Local>();
		for (const [view, scalar] of this.hoisted) {
			const element = view.buffer.element;
			const local = this.code.local("v128");
			vectors.set(view, local);
			if (view.literal !== undefined) pushSplat(this.code, element, lanes, view.literal);
			else {
				this.code.get(scalar);
				if (element === "f32") this.code.op("f32x4.splat");
				else if (element === "f64") this.code.op("f64x2.splat");
				else if (lanes === 4) this.code.op("i32x4.splat");
				else this.code.op("i64.extend_i32_u", "i64x2.splat");
				if (element === "bool") this.code.op(lanes === 4 ? "i32x4.neg" : "i64x2.neg");
			}
			this.code.set(local);
		}
		return vectors;
	}

	private scalarBody(): void {
		this.body(
			(view) => this.hoisted.get(view),
			(view) => kindOf(view.buffer.element),
			(view, track, offset) => this.code.get(track.local).memory(loadOf(view.buffer.element), offset),
			(step) => kindOf(step.to),
			(step, args) =>
				scalarRows[step.operation]?.({
					code: this.code,
					functions: this.functions,
					args,
					from: step.from,
					to: step.to,
				}),
			(local, { view, track, offset }) =>
				this.code.get(track.local).get(local).memory(storeOf(view.buffer.element), offset),
		);
	}

	private vectorBody(lanes: 2 | 4, hoisted: ReadonlyMap<View, Local>): void {
		this.body(
			(view) => hoisted.get(view),
			() => "v128",
			(view, track, offset) => {
				const element = view.buffer.element;
				this.code.get(track.local);
				if (element !== "bool") this.code.memory("v128.load", offset);
				else if (lanes === 4) this.code.memory("v128.load", offset).op("i32x4.neg");
				else this.code.memory("v128.load64_zero", offset).op("i64x2.extend_low_i32x4_u", "i64x2.neg");
			},
			() => "v128",
			(step, args) =>
				emitVector(step.operation, {
					code: this.code,
					functions: this.functions,
					args,
					from: step.from,
					to: step.to,
					lanes,
				}),
			(local, { view, track, offset }) => {
				this.code.get(track.local).get(local);
				if (view.buffer.element !== "bool") this.code.memory("v128.store", offset);
				else if (lanes === 4) this.code.op("i32x4.neg").memory("v128.store", offset);
				else {
					// The low words of both lanes, side by side.
					this.code.op("i64x2.neg").get(local);
					this.code.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11]).storeLow64(offset);
				}
			},
		);
	}

	/** The body of the loop, the same for scalars and vectors but for how to load, compute and store. */
	private body(
		ready: (view: View) => Local | undefined,
		kindOfView: (view: View) => "i32" | "f32" | "f64" | "i64" | "v128",
		load: (view: View, track: Track, offset: number) => void,
		kindOfStep: (step: Step) => "i32" | "f32" | "f64" | "i64" | "v128",
		compute: (step: Step, args: readonly Local[]) => void,
		store: (local: Local, access: Access) => void,
	): void {
		const loaded = new Map<View, Local>();
		const results: Local[] = [];
		const localOf = (operand: Operand): Local => {
			if ("step" in operand) return results[operand.step] as Local;
			const known = ready(operand.view) ?? loaded.get(operand.view);
			if (known !== undefined) return known;
			const { view, track, offset } = this.accesses.get(operand.view) as Access;
			const local = this.code.local(kindOfView(view));
			load(view, track, offset);
			this.code.set(local);
			loaded.set(view, local);
			return local;
		};
		for (const step of this.steps) {
			const args = step.operands.map(localOf);
			compute(step, args);
			const local = this.code.local(kindOfStep(step));
			this.code.set(local);
			results.push(local);
		}
		for (const output of this.outputs) {
			store(results[output.step] as Local, this.accesses.get(output.view) as Access);
		}
	}
}

/** Emits one loop nest that computes all steps at each index of `shape` and stores the outputs. */
export function emitElementwise(
	code: Code,
	functions: Functions,
	steps: readonly Step[],
	outputs: readonly Output[],
	shape: readonly number[],
	shifts: readonly Shift[] = [],
): void {
	if (sizeOf(shape) > 0) new Loop(code, functions, steps, outputs, shape, shifts).emit();
}

/** Emits the copy of one view to another of the same shape. */
export function emitCopy(
	code: Code,
	functions: Functions,
	source: View,
	target: View,
	shifts: readonly Shift[] = [],
): void {
	const element = source.buffer.element;
	const step: Step = { operation: "stop_gradient", operands: [{ view: source }], from: element, to: element };
	emitElementwise(code, functions, [step], [{ step: 0, view: target }], source.shape, shifts);
}

/** All steps as one loop. */
export function elementwiseKernel(
	steps: readonly Step[],
	outputs: readonly Output[],
	shape: readonly number[],
): Kernel {
	const reads = steps.flatMap((step) =>
		step.operands.flatMap((operand) => ("view" in operand ? [operand.view] : [])),
	);
	return {
		name: steps.map((step) => step.operation).join("_"),
		reads: [...new Set(reads)],
		writes: outputs.map((output) => output.view.buffer),
		inPlace: true,
		imports: steps.flatMap(({ operation, from }) => importsOf(operation, from)),
		emit: (code, functions) => emitElementwise(code, functions, steps, outputs, shape),
	};
}

/** A copy of a view into a buffer or a part of one. */
export function copyKernel(source: View, target: View): Kernel {
	return {
		name: "copy",
		reads: [source],
		writes: [target.buffer],
		emit: (code, functions) => emitCopy(code, functions, source, target),
	};
}
