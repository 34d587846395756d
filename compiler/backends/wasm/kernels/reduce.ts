import type { ElementType } from "../../../ir/ir.js";
import type { Code, Kind, Local } from "../assembler.js";
import type { Plain } from "../opcodes.js";
import { bytesOf, collapse, type View } from "../view.js";
import type { Kernel } from "./kernel.js";
import { loadOf, nest, pointerTo, storeOf } from "./nest.js";
import { VectorReduction } from "./reduce-vectors.js";

interface Accumulation {
	readonly start: number;
	/** The instruction on [accumulator, element]. */
	readonly operation?: Plain;
	/** Where there is none: the comparison by which one of the two is chosen. */
	readonly better?: Plain;
}

/** Accumulations in f64, and in i32 for i32 and bool. */
interface Reduction {
	readonly float?: Accumulation;
	readonly integer: Accumulation;
}

const accumulations: Readonly<Record<string, Reduction>> = {
	reduce_sum: {
		float: { start: 0, operation: "f64.add" },
		integer: { start: 0, operation: "i32.add" },
	},
	reduce_prod: {
		float: { start: 1, operation: "f64.mul" },
		integer: { start: 1, operation: "i32.mul" },
	},
	reduce_max: {
		float: { start: Number.NEGATIVE_INFINITY, operation: "f64.max" },
		integer: { start: -(2 ** 31), better: "i32.gt_s" },
	},
	reduce_min: {
		float: { start: Number.POSITIVE_INFINITY, operation: "f64.min" },
		integer: { start: 2 ** 31 - 1, better: "i32.lt_s" },
	},
	reduce_and: { integer: { start: 1, operation: "i32.and" } },
	reduce_or: { integer: { start: 0, operation: "i32.or" } },
};

const isFloat = (element: ElementType): boolean => element === "f32" || element === "f64";
/** Accumulators are f64 for both float types, as in the interpreter. */
export const accumulatorOf = (element: ElementType): Kind => (isFloat(element) ? "f64" : "i32");

function pushStart(code: Code, kind: Kind, value: number): Code {
	return kind === "f64" ? code.f64(value) : code.i32(value);
}

export function loadWide(code: Code, pointer: Local, element: ElementType, offset = 0): Code {
	code.get(pointer).memory(loadOf(element), offset);
	return element === "f32" ? code.op("f64.promote_f32") : code;
}

export function storeNarrow(code: Code, pointer: Local, value: Local, element: ElementType): void {
	code.get(pointer).get(value);
	if (element === "f32") code.op("f32.demote_f64");
	code.memory(storeOf(element));
}

export function pickAxes(list: readonly number[], axes: readonly number[]): number[] {
	return axes.map((axis) => list[axis] as number);
}

export function otherAxes(view: View, axes: readonly number[]): number[] {
	return view.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
}

/** The source with only some of its axes, and the loops over them. */
export function part(view: View, axes: readonly number[]): View {
	return { ...view, shape: pickAxes(view.shape, axes), strides: pickAxes(view.strides, axes) };
}

/** The loops over the kept axes, with the steps of source and target. */
function keptLoops(source: View, target: View, axes: readonly number[]): ReturnType<typeof collapse> {
	const kept = part(source, otherAxes(source, axes));
	return collapse(kept.shape, [kept.strides, target.strides]);
}

/** Emits loops over the kept axes; the body may step the source pointer if it rewinds it. */
function overKept(
	code: Code,
	source: View,
	target: View,
	axes: readonly number[],
	body: (source: Local, target: Local) => void,
): void {
	const { shape, operands } = keptLoops(source, target, axes);
	const from = pointerTo(code, { ...source, shape, strides: operands[0] as number[] });
	const to = pointerTo(code, { ...target, shape, strides: operands[1] as number[] });
	nest(code, shape, [from, to], () => body(from.local, to.local));
}

/** Axes with the longest steps first, so that neighbours in memory come in the innermost loop. */
function byStep(view: View, axes: readonly number[]): number[] {
	const step = (axis: number): number => Math.abs(view.strides[axis] as number);
	return [...axes].sort((a, b) => step(b) - step(a));
}

export function reduceKernel(operation: string, source: View, target: View, axes: readonly number[]): Kernel {
	const element = source.buffer.element;
	const kind = accumulatorOf(element);
	const bytes = bytesOf(element);
	const row = accumulations[operation];
	const accumulation = isFloat(element) ? row?.float : row?.integer;
	if (accumulation === undefined) throw new Error(`${operation} is not defined on ${element}`);
	const { start, operation: combine, better } = accumulation;
	return {
		name: operation,
		reads: [source],
		writes: [target.buffer],
		emit(code) {
			const inner = part(source, byStep(source, axes));
			const { shape, operands } = collapse(inner.shape, [inner.strides]);
			const strides = operands[0] as number[];
			const accumulator = code.local(kind);
			const current = code.local(kind);
			const walker = pointerTo(code, { ...inner, shape, strides });
			/** Combines the accumulator with what is on the stack. */
			const accumulate = (): void => {
				code.set(current).get(accumulator).get(current);
				if (combine !== undefined) code.op(combine);
				else
					code
						.get(accumulator)
						.get(current)
						.op(better ?? "i32.gt_s", "select");
				code.set(accumulator);
			};
			const one = (from: Local, to: Local): void => {
				pushStart(code, kind, start).set(accumulator);
				code.get(from).set(walker.local);
				nest(code, shape, [walker], () => {
					loadWide(code, walker.local, element);
					accumulate();
				});
				storeNarrow(code, to, accumulator, element);
			};
			const vectors = VectorReduction.of(code, operation, element, start);
			const count = shape.at(-1) ?? 1;
			if (vectors !== undefined && strides.at(-1) === 1 && count >= vectors.width) {
				const outer = { local: walker.local, steps: walker.steps.slice(0, -1) };
				overKept(code, source, target, axes, (from, to) => {
					pushStart(code, kind, start).set(accumulator);
					vectors.begin();
					code.get(from).set(walker.local);
					nest(code, shape.slice(0, -1), [outer], () => {
						code.times(Math.floor(count / vectors.width), () => {
							vectors.take(walker.local);
							code.advance(walker.local, vectors.width * bytes);
						});
						code.times(count % vectors.width, () => {
							loadWide(code, walker.local, element);
							accumulate();
							code.advance(walker.local, bytes);
						});
						code.advance(walker.local, -count * bytes);
					});
					vectors.lanes(accumulate);
					storeNarrow(code, to, accumulator, element);
				});
				return;
			}
			const kept = keptLoops(source, target, axes);
			const side = kept.shape.at(-1) ?? 1;
			const [own = [], other = []] = kept.operands;
			if (vectors === undefined || own.at(-1) !== 1 || other.at(-1) !== 1 || side < 4) {
				overKept(code, source, target, axes, one);
				return;
			}
			const from = pointerTo(code, { ...source, shape: kept.shape, strides: own });
			const to = pointerTo(code, { ...target, shape: kept.shape, strides: other });
			const outer = [from, to].map(({ local, steps }) => ({ local, steps: steps.slice(0, -1) }));
			nest(code, kept.shape.slice(0, -1), outer, () => {
				const done = vectors.across(from.local, to.local, side, shape, walker);
				code.times(side - done, () => {
					one(from.local, to.local);
					code.advance(from.local, bytes).advance(to.local, bytes);
				});
				code.advance(from.local, -side * bytes).advance(to.local, -side * bytes);
			});
		},
	};
}

/** The lowest index of the extremum, or of the first nan. */
export function positionKernel(operation: string, source: View, target: View, axis: number): Kernel {
	const element = source.buffer.element;
	const kind = accumulatorOf(element);
	const better = `${kind}.${operation === "argmax" ? "gt" : "lt"}${kind === "i32" ? "_s" : ""}` as Plain;
	return {
		name: operation,
		reads: [source],
		writes: [target.buffer],
		emit(code) {
			const best = code.local(kind);
			const current = code.local(kind);
			const index = code.local("i32");
			const found = code.local("i32");
			const inner = part(source, [axis]);
			const walker = pointerTo(code, inner);
			overKept(code, source, target, [axis], (from, to) => {
				code.get(from).set(walker.local);
				loadWide(code, walker.local, element).set(best);
				code.i32(0).set(index).i32(0).set(found);
				nest(code, inner.shape, [walker], () => {
					loadWide(code, walker.local, element).tee(current).get(best).op(better);
					if (kind === "f64") {
						code.get(current).get(current).op("f64.ne").get(best).get(best).op("f64.eq", "i32.and", "i32.or");
					}
					code.ifThen(() => {
						code.get(current).set(best).get(index).set(found);
					});
					code.advance(index, 1);
				});
				code.get(to).get(found).memory("i32.store");
			});
		},
	};
}

export function cumsumKernel(source: View, target: View, axis: number): Kernel {
	const element = source.buffer.element;
	const kind = accumulatorOf(element);
	return {
		name: "cumsum",
		reads: [source],
		writes: [target.buffer],
		emit(code) {
			const sum = code.local(kind);
			const inner = [pointerTo(code, part(source, [axis])), pointerTo(code, part(target, [axis]))] as const;
			const others = otherAxes(source, [axis]);
			const outer = [pointerTo(code, part(source, others)), pointerTo(code, part(target, others))] as const;
			nest(code, pickAxes(source.shape, others), outer, () => {
				pushStart(code, kind, 0).set(sum);
				inner.forEach((pointer, k) => {
					code.get((outer[k] as { local: Local }).local).set(pointer.local);
				});
				nest(code, [source.shape[axis] as number], inner, () => {
					code.get(sum);
					loadWide(code, inner[0].local, element)
						.op(kind === "f64" ? "f64.add" : "i32.add")
						.set(sum);
					storeNarrow(code, inner[1].local, sum, element);
				});
			});
		},
	};
}
