import { sizeOf } from "../../../ir/ir.js";
import { Code, type Local } from "../assembler.js";
import type { Plain } from "../opcodes.js";
import { type Buffer, bytesOf, newBuffer, type View } from "../view.js";
import type { Functions, Kernel } from "./kernel.js";
import { loadOf, nest, pointerTo, storeOf } from "./nest.js";

/** Rows of a tile of the result; its columns are two vectors wide. */
export const tileRows = 4;
/** How much of the contracted axis is packed at a time: two panels of that length stay in the first cache. */
const depth = 512;

export const tileColumns = (element: "f32" | "f64"): number => (element === "f32" ? 8 : 4);

/**
 * The function (a, b, c, count, stride, add): a tile of the product of two packed panels, [count][4] at a and
 * [count][columns] at b, stored or added to the rows at c, which are `stride` bytes apart.
 */
export function tileFunction(element: "f32" | "f64"): Code {
	const code = new Code(["i32", "i32", "i32", "i32", "i32", "i32"]);
	const [a, b, c, count, stride, add] = [0, 1, 2, 3, 4, 5] as const;
	const shape = element === "f32" ? "f32x4" : "f64x2";
	const bytes = bytesOf(element);
	const splat = element === "f32" ? "v128.load32_splat" : "v128.load64_splat";
	const sums: Local[] = Array.from({ length: 2 * tileRows }, () => code.local("v128"));
	const left = code.local("v128");
	const right = [code.local("v128"), code.local("v128")] as const;
	const row = code.local("i32");
	const eachRow = (body: (row: number) => void): void => {
		code.get(c).set(row);
		for (let r = 0; r < tileRows; r++) {
			body(r);
			if (r + 1 < tileRows) code.get(row).get(stride).op("i32.add").set(row);
		}
	};
	code.get(add).ifThen(() => {
		eachRow((r) => {
			for (const half of [0, 1])
				code
					.get(row)
					.memory("v128.load", 16 * half)
					.set(sums[2 * r + half] as Local);
		});
	});
	code.repeatWhile(() => {
		right.forEach((local, half) => {
			code
				.get(b)
				.memory("v128.load", 16 * half)
				.set(local);
		});
		for (let r = 0; r < tileRows; r++) {
			code
				.get(a)
				.memory(splat, r * bytes)
				.set(left);
			right.forEach((local, half) => {
				const sum = sums[2 * r + half] as Local;
				code
					.get(sum)
					.get(left)
					.get(local)
					.op(`${shape}.mul` as Plain, `${shape}.add` as Plain)
					.set(sum);
			});
		}
		code.advance(a, tileRows * bytes).advance(b, 32);
		code.get(count).i32(1).op("i32.sub").tee(count);
	});
	eachRow((r) => {
		for (const half of [0, 1])
			code
				.get(row)
				.get(sums[2 * r + half] as Local)
				.memory("v128.store", 16 * half);
	});
	return code;
}

/** A matrix product [batch.., rows, columns] of operands whose axes are [batch.., rows | columns, contracted]. */
export interface Product {
	readonly batch: readonly number[];
	readonly rows: number;
	readonly columns: number;
	readonly count: number;
	/** Steps of both operands along the batch axes, then along rows or columns, then along the contracted axis. */
	readonly left: View;
	readonly right: View;
	readonly target: View;
}

/** Whether the packed kernel is worth its packing, and can take the operands. */
export function isPacked(product: Product): boolean {
	const element = product.target.buffer.element;
	const { rows, columns, count } = product;
	const full = columns >= tileColumns(element as "f32");
	// Tiles that are not full waste columns, but less than going element by element.
	const large = rows >= tileRows && count >= 2 && (full || (columns >= 2 && rows * columns * count >= 512));
	return (element === "f32" || element === "f64") && large;
}

export const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit;

/** Loops that multiply and add one by one: for i32, vectors, and products too thin for tiles. */
export function plainDotKernel({ batch, rows, columns, count, left, right, target }: Product): Kernel {
	const element = target.buffer.element;
	const kind = element === "i32" ? "i32" : "f64";
	return {
		name: "dot",
		reads: [left, right],
		writes: [target.buffer],
		emit(code) {
			const bytes = bytesOf(element);
			const outer = batch.length;
			const step = (view: View, axis: number): number => (view.strides[axis] as number) * bytes;
			const batchSteps = (view: View): number[] => batch.map((_, axis) => step(view, axis));
			const from = { ...pointerTo(code, left), steps: [...batchSteps(left), step(left, outer), 0] };
			const other = { ...pointerTo(code, right), steps: [...batchSteps(right), 0, step(right, outer)] };
			const to = pointerTo(code, target);
			const sum = code.local(kind);
			const inner = [
				{ local: code.local("i32"), steps: [step(left, outer + 1)] },
				{ local: code.local("i32"), steps: [step(right, outer + 1)] },
			] as const;
			nest(code, [...batch, rows, columns], [from, other, to], () => {
				(kind === "i32" ? code.i32(0) : code.f64(0)).set(sum);
				code.get(from.local).set(inner[0].local).get(other.local).set(inner[1].local);
				nest(code, [count], inner, () => {
					code.get(sum);
					for (const pointer of inner) {
						code.get(pointer.local).memory(loadOf(element));
						if (element === "f32") code.op("f64.promote_f32");
					}
					code.op(
						...(kind === "i32" ? (["i32.mul", "i32.add"] as const) : (["f64.mul", "f64.add"] as const)),
					);
					code.set(sum);
				});
				code.get(to.local).get(sum);
				if (element === "f32") code.op("f32.demote_f64");
				code.memory(storeOf(element));
			});
		},
	};
}

interface Packing {
	readonly code: Code;
	readonly source: Local;
	readonly target: Buffer;
	/** Elements of the operand along its own axis, and how many of them a panel has. */
	readonly extent: number;
	readonly unit: number;
	readonly count: number;
	/** Steps in bytes. */
	readonly step: number;
	readonly depthStep: number;
}

/** Copies an operand into panels [extent / unit][count][unit], the last one filled up with zeros. */
export function emitPack({ code, source, target, extent, unit, count, step, depthStep }: Packing): void {
	const element = target.element as "f32" | "f64";
	const bytes = bytesOf(element);
	const vector = 16 / bytes;
	const from = code.local("i32");
	const panel = code.local("i32");
	const to = code.local("i32");
	code.get(source).set(panel).i32(target.address).set(to);
	const copyPanel = (filled: number): void => {
		code.get(panel).set(from);
		code.times(count, () => {
			if (step === bytes && filled === unit) {
				for (let k = 0; k < unit; k += vector) {
					code
						.get(to)
						.get(from)
						.memory("v128.load", k * bytes)
						.memory("v128.store", k * bytes);
				}
			} else {
				for (let k = 0; k < unit; k++) {
					code.get(to);
					if (k < filled) code.get(from).memory(loadOf(element), k * step);
					else if (element === "f32") code.f32(0);
					else code.f64(0);
					code.memory(storeOf(element), k * bytes);
				}
			}
			code.advance(from, depthStep).advance(to, unit * bytes);
		});
		code.advance(panel, unit * step);
	};
	code.times(Math.floor(extent / unit), () => copyPanel(unit));
	if (extent % unit > 0) copyPanel(extent % unit);
}

/** The packed matrix product: both operands are packed into panels, then every tile is one call. */
export function packedDotKernel(product: Product): Kernel {
	const { batch, rows, columns, count, left, right, target } = product;
	const element = target.buffer.element as "f32" | "f64";
	const width = tileColumns(element);
	const bytes = bytesOf(element);
	const longest = Math.min(count, depth);
	const scratch = (size: number): Buffer => newBuffer({ element, shape: [size] }, "arena");
	const leftPanels = scratch(roundUp(rows, tileRows) * longest);
	const rightPanels = scratch(roundUp(columns, width) * longest);
	const edge = scratch(tileRows * width);
	return {
		name: "dot",
		reads: [left, right],
		writes: [target.buffer],
		temporaries: [leftPanels, rightPanels, edge],
		emit(code, functions) {
			if (sizeOf(target.shape) === 0) return;
			const outer = batch.length;
			const batchPointer = (view: View) => {
				const pointer = pointerTo(code, view);
				return { local: pointer.local, steps: pointer.steps.slice(0, outer) };
			};
			const from = batchPointer(left);
			const other = batchPointer(right);
			const to = batchPointer(target);
			const source = code.local("i32");
			nest(code, batch, [from, other, to], () => {
				for (let begin = 0; begin < count; begin += depth) {
					const length = Math.min(depth, count - begin);
					const pack = (view: View, base: Local, panels: Buffer, extent: number, unit: number): void => {
						const step = (view.strides[outer] as number) * bytes;
						const depthStep = (view.strides[outer + 1] as number) * bytes;
						code
							.get(base)
							.i32(begin * depthStep)
							.op("i32.add")
							.set(source);
						emitPack({ code, source, target: panels, extent, unit, count: length, step, depthStep });
					};
					pack(left, from.local, leftPanels, rows, tileRows);
					pack(right, other.local, rightPanels, columns, width);
					emitTiles(code, functions, { rows, columns, length, add: begin > 0 }, to.local, {
						leftPanels,
						rightPanels,
						edge,
					});
				}
			});
		},
	};
}

interface Tiling {
	readonly rows: number;
	readonly columns: number;
	readonly length: number;
	readonly add: boolean;
}

interface Panels {
	readonly leftPanels: Buffer;
	readonly rightPanels: Buffer;
	readonly edge: Buffer;
}

export function emitTiles(
	code: Code,
	functions: Functions,
	tiling: Tiling,
	target: Local,
	panels: Panels,
): void {
	const { rows, columns, length, add } = tiling;
	const element = panels.edge.element as "f32" | "f64";
	const bytes = bytesOf(element);
	const width = tileColumns(element);
	const stride = columns * bytes;
	const a = code.local("i32");
	const b = code.local("i32");
	const c = code.local("i32");
	const top = code.local("i32");
	/** One tile with that many rows and columns inside the result. */
	const tile = (height: number, breadth: number): void => {
		const whole = height === tileRows && breadth === width;
		code.get(a).get(b);
		if (whole)
			code
				.get(c)
				.i32(length)
				.i32(stride)
				.i32(add ? 1 : 0)
				.call(functions.tile(element));
		else {
			code
				.i32(panels.edge.address)
				.i32(length)
				.i32(width * bytes)
				.i32(0)
				.call(functions.tile(element));
			emitEdge(code, panels.edge, c, { height, breadth, width, stride, add });
		}
		code.advance(a, length * tileRows * bytes).advance(c, height * stride);
	};
	const column = (breadth: number): void => {
		code.i32(panels.leftPanels.address).set(a).get(top).set(c);
		code.times(Math.floor(rows / tileRows), () => tile(tileRows, breadth));
		if (rows % tileRows > 0) tile(rows % tileRows, breadth);
		code.advance(b, length * width * bytes).advance(top, width * bytes);
	};
	code.i32(panels.rightPanels.address).set(b).get(target).set(top);
	code.times(Math.floor(columns / width), () => column(width));
	if (columns % width > 0) column(columns % width);
}

interface Edge {
	readonly height: number;
	readonly breadth: number;
	readonly width: number;
	readonly stride: number;
	readonly add: boolean;
}

/** Stores or adds the part of a tile that lies inside the result. */
function emitEdge(
	code: Code,
	edge: Buffer,
	target: Local,
	{ height, breadth, width, stride, add }: Edge,
): void {
	const bytes = bytesOf(edge.element);
	const load = loadOf(edge.element);
	for (let r = 0; r < height; r++) {
		for (let k = 0; k < breadth; k++) {
			code.get(target);
			code.i32(edge.address).memory(load, (r * width + k) * bytes);
			if (add) {
				code.get(target).memory(load, r * stride + k * bytes);
				code.op(edge.element === "f32" ? "f32.add" : "f64.add");
			}
			code.memory(storeOf(edge.element), r * stride + k * bytes);
		}
	}
}
