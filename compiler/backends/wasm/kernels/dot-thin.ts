import type { LaneOperation, Plain } from "../opcodes.js";
import { bytesOf, type View } from "../view.js";
import type { Product } from "./dot.js";
import type { Kernel } from "./kernel.js";
import { loadOf, nest, pointerTo, storeOf } from "./nest.js";

/** Vectors that accumulate side by side. */
const sideBySide = 4;

type Float = "f32" | "f64";

const swapped = (product: Product): Product => ({
	...product,
	rows: product.columns,
	columns: product.rows,
	left: product.right,
	right: product.left,
});

/** How a product that is too thin for tiles goes through memory with vectors, if it can. */
function plan(product: Product): { readonly way: "along" | "across"; readonly product: Product } | undefined {
	const { left, right, rows, columns, count, batch, target } = product;
	const element = target.buffer.element;
	if (element !== "f32" && element !== "f64") return undefined;
	const lanes = 16 / bytesOf(element);
	const outer = batch.length;
	const step = (view: View, axis: number) => view.strides[outer + axis] as number;
	if (count >= 2 * lanes && step(left, 1) === 1 && step(right, 1) === 1) return { way: "along", product };
	if (columns >= lanes && step(right, 0) === 1) return { way: "across", product };
	// A result of one column lies like one of one row.
	if (columns === 1 && rows >= lanes && step(left, 0) === 1)
		return { way: "across", product: swapped(product) };
	return undefined;
}

/**
 * Products of vectors, of vectors with matrices, and outer products. Along: both operands lie along the contracted
 * axis. Across: the right one lies along the columns of the result, so that each lane is a column of its own.
 */
export function thinDotKernel(whole: Product): Kernel | undefined {
	const chosen = plan(whole);
	if (chosen === undefined) return undefined;
	const { way, product } = chosen;
	const { batch, rows, columns, count, left, right, target } = product;
	const element = target.buffer.element as Float;
	const [float, splat, bytes] =
		element === "f32"
			? (["f32x4", "v128.load32_splat", 4] as const)
			: (["f64x2", "v128.load64_splat", 8] as const);
	const lanes = 16 / bytes;
	const multiply: readonly Plain[] = [`${float}.mul`, `${float}.add`];
	const single: readonly Plain[] = [`${element}.mul`, `${element}.add`];
	return {
		name: "dot",
		reads: [left, right],
		writes: [target.buffer],
		emit(code) {
			const outer = batch.length;
			const step = (view: View, axis: number): number => (view.strides[outer + axis] as number) * bytes;
			const batchSteps = (view: View): number[] =>
				batch.map((_, axis) => (view.strides[axis] as number) * bytes);
			const from = { ...pointerTo(code, left), steps: [...batchSteps(left), step(left, 0)] };
			const other = { ...pointerTo(code, right), steps: [...batchSteps(right), 0] };
			const targetRow = columns * bytes;
			const to = { ...pointerTo(code, target), steps: [...batchSteps(target), targetRow] };
			const [a, b] = [code.local("i32"), code.local("i32")];
			const sums = Array.from({ length: sideBySide }, () => code.local("v128"));
			const sum = code.local(element);
			const zero = () => (element === "f32" ? code.f32(0) : code.f64(0));
			const begin = (): void => {
				code.get(from.local).set(a).get(other.local).set(b);
			};
			/** One element of the result, from where a and b are on. */
			const scalars = (length: number): void => {
				code.times(length, () => {
					code.get(sum);
					for (const pointer of [a, b]) code.get(pointer).memory(loadOf(element));
					code.op(...single).set(sum);
					code.advance(a, step(left, 1)).advance(b, step(right, 1));
				});
			};
			const finish = (): void => {
				code.get(to.local).get(sum).memory(storeOf(element));
				code.advance(to.local, bytes);
			};
			const along = (): void => {
				const width = lanes * Math.min(sideBySide, Math.floor(count / lanes));
				const used = sums.slice(0, width / lanes);
				begin();
				for (const local of used) zero().op(`${float}.splat`).set(local);
				code.times(Math.floor(count / width), () => {
					used.forEach((local, k) => {
						code.get(local);
						for (const pointer of [a, b]) code.get(pointer).memory("v128.load", k * 16);
						code.op(...multiply).set(local);
					});
					code.advance(a, width * bytes).advance(b, width * bytes);
				});
				const [first = 0, ...others] = used;
				for (const local of others) code.get(first).get(local).op(`${float}.add`).set(first);
				zero();
				for (let lane = 0; lane < lanes; lane++)
					code
						.get(first)
						.lane(`${float}.extract_lane` as LaneOperation, lane)
						.op(`${element}.add`);
				code.set(sum);
				scalars(count % width);
				finish();
				code.advance(other.local, step(right, 0));
			};
			const across = (vectors: number): void => {
				const used = sums.slice(0, vectors);
				begin();
				for (const local of used) zero().op(`${float}.splat`).set(local);
				const factor = code.local("v128");
				code.times(count, () => {
					code.get(a).memory(splat).set(factor);
					used.forEach((local, k) => {
						code.get(local).get(factor).get(b);
						code
							.memory("v128.load", k * 16)
							.op(...multiply)
							.set(local);
					});
					code.advance(a, step(left, 1)).advance(b, step(right, 1));
				});
				used.forEach((local, k) => {
					code
						.get(to.local)
						.get(local)
						.memory("v128.store", k * 16);
				});
				code.advance(to.local, vectors * 16).advance(other.local, vectors * 16);
			};
			nest(code, [...batch, rows], [from, other, to], () => {
				if (way === "along") {
					code.times(columns, along);
				} else {
					const vectors = Math.floor(columns / lanes);
					code.times(Math.floor(vectors / sideBySide), () => across(sideBySide));
					if (vectors % sideBySide > 0) across(vectors % sideBySide);
					code.times(columns % lanes, () => {
						begin();
						zero().set(sum);
						scalars(count);
						finish();
						code.advance(other.local, step(right, 0));
					});
				}
				code.advance(other.local, -columns * step(right, 0)).advance(to.local, -columns * bytes);
			});
		},
	};
}
