import type { ArrayDescription } from "../../compiler/program/module.js";
import { DataRefusal } from "./problem.js";

/** One array of a data file, in the format that it is computed with. */
export interface DataArray extends ArrayDescription {
	readonly values: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** How a file stores numbers: `f4` is an IEEE number of 4 bytes, `bf16` its upper half, `b1` a byte of 0 or 1. */
export type StoredFormat =
	| "f2"
	| "f4"
	| "f8"
	| "bf16"
	| "i1"
	| "i2"
	| "i4"
	| "i8"
	| "u1"
	| "u2"
	| "u4"
	| "u8"
	| "b1";

export const bytesOf: Readonly<Record<StoredFormat, number>> = {
	f2: 2,
	f4: 4,
	f8: 8,
	bf16: 2,
	i1: 1,
	i2: 2,
	i4: 4,
	i8: 8,
	u1: 1,
	u2: 2,
	u4: 4,
	u8: 8,
	b1: 1,
};

/** What a program sees of an array, as its header tells it. */
export function describeStored(
	name: string,
	format: StoredFormat,
	shape: readonly number[],
): ArrayDescription {
	if (format === "b1") return { name, element: "bool", shape };
	if (format.includes("f")) return { name, element: "real", shape };
	// Unsigned bytes and words are indices below a known size.
	const below = format === "u1" ? 256 : format === "u2" ? 65536 : undefined;
	return { name, element: "int", shape, ...(below !== undefined && { below }) };
}

export function elementCount(shape: readonly number[]): number {
	return shape.reduce((product, size) => product * size, 1);
}

/** The numbers of an array, from the bytes at `offset`. */
export function decodeStored(
	description: ArrayDescription,
	format: StoredFormat,
	bytes: Uint8Array,
	offset: number,
	bigEndian = false,
): DataArray {
	const count = elementCount(description.shape);
	const size = bytesOf[format];
	if (offset + count * size > bytes.length) {
		throw new DataRefusal(
			"E0516",
			`the file is cut short: \`${description.name}\` needs ${count * size} bytes, and ${Math.max(0, bytes.length - offset)} are left`,
			"fetch or write it again",
		);
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset + offset, count * size);
	const at = (i: number): number => readNumber(view, format, i * size, !bigEndian, description.name);
	const values = allocate(format, count);
	for (let i = 0; i < count; i++) values[i] = at(i);
	if (!(values instanceof Uint8Array) && !(values instanceof Int32Array))
		refuseNotFinite(description, values);
	return { ...description, values };
}

function allocate(format: StoredFormat, count: number): DataArray["values"] {
	if (format === "f8") return new Float64Array(count);
	if (format.includes("f")) return new Float32Array(count);
	return format === "b1" ? new Uint8Array(count) : new Int32Array(count);
}

function readNumber(view: DataView, format: StoredFormat, at: number, little: boolean, name: string): number {
	switch (format) {
		case "f2":
			return halfToNumber(view.getUint16(at, little));
		case "f4":
			return view.getFloat32(at, little);
		case "f8":
			return view.getFloat64(at, little);
		case "bf16":
			return upperHalfToNumber(view.getUint16(at, little));
		case "i1":
			return view.getInt8(at);
		case "i2":
			return view.getInt16(at, little);
		case "i4":
			return view.getInt32(at, little);
		case "u1":
			return view.getUint8(at);
		case "u2":
			return view.getUint16(at, little);
		case "u4":
			return fitting(view.getUint32(at, little), name);
		case "i8":
			return fitting(Number(view.getBigInt64(at, little)), name);
		case "u8":
			return fitting(Number(view.getBigUint64(at, little)), name);
		case "b1":
			return view.getUint8(at) === 0 ? 0 : 1;
	}
}

/** A whole number that an `int` can hold. */
export function fitting(value: number, name: string): number {
	if (value >= -(2 ** 31) && value < 2 ** 31) return value;
	throw new DataRefusal(
		"E0518",
		`\`${name}\` has the value ${value}, and an int has 32 bits`,
		"store it as a real, or in smaller numbers",
	);
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
	const sign = bits & 0x8000 ? -1 : 1;
	const exponent = (bits >> 10) & 0x1f;
	const fraction = bits & 0x3ff;
	if (exponent === 0) return sign * fraction * 2 ** -24;
	if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
	return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a number of 4 bytes. */
function upperHalfToNumber(bits: number): number {
	scratch.setUint32(0, bits << 16);
	return scratch.getFloat32(0);
}

/** One nan makes every loss nan, so it is refused where it comes in. */
export function refuseNotFinite(
	{ name, shape }: ArrayDescription,
	values: Float32Array | Float64Array,
): void {
	for (const [i, value] of values.entries()) {
		if (Number.isFinite(value)) continue;
		throw new DataRefusal(
			"E0506",
			`\`${name}\` has the value ${value} at [${indexOf(i, shape).join(", ")}], which is not finite`,
			"leave such rows out, or fill in a number and mark where",
		);
	}
}

function indexOf(flat: number, shape: readonly number[]): number[] {
	const index: number[] = [];
	let rest = flat;
	for (const size of [...shape].reverse()) {
		index.unshift(rest % size);
		rest = Math.floor(rest / size);
	}
	return index;
}

/** The same array with its indices as classes: below one more than the largest. */
export function asLabel(array: DataArray): DataArray {
	if (!(array.values instanceof Int32Array)) return array;
	let most = -1;
	for (const value of array.values) {
		if (value < 0) return array;
		most = Math.max(most, value);
	}
	return { ...array, below: most + 1 };
}
