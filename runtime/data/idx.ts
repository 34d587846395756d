import { gunzipSync } from "node:zlib";
import { asLabel, type DataArray, decodeStored, describeStored, type StoredFormat } from "./array.js";
import { DataRefusal } from "./problem.js";

// The format of the MNIST data sets: http://yann.lecun.com/exdb/mnist/, often with gzip around it.

const formats: Readonly<Record<number, StoredFormat>> = {
	8: "u1",
	9: "i1",
	11: "i2",
	12: "i4",
	13: "f4",
	14: "f8",
};

function readIdx(file: Uint8Array, name: string): DataArray {
	const bytes = file[0] === 0x1f && file[1] === 0x8b ? unpacked(file, name) : file;
	const format = formats[bytes[2] ?? 0];
	const rank = bytes[3] ?? 0;
	if (bytes[0] !== 0 || bytes[1] !== 0 || !format || rank === 0 || bytes.length < 4 + 4 * rank)
		throw new DataRefusal("E0516", `\`${name}\` is not an IDX file`);
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
	return decodeStored(describeStored(name, format, shape), format, bytes, 4 + 4 * rank, true);
}

function unpacked(file: Uint8Array, name: string): Uint8Array {
	try {
		return gunzipSync(file);
	} catch {
		throw new DataRefusal("E0516", `\`${name}\` is cut short, or not packed by gzip`);
	}
}

/** Images as reals `x`, with one channel where the file has none; labels as classes `y`. */
export function readImages(images: Uint8Array, labels: Uint8Array | undefined): DataArray[] {
	const image = readIdx(images, "x");
	const [rows = 0, ...sizes] = image.shape;
	const x: DataArray = {
		name: "x",
		element: "real",
		shape: [rows, ...(sizes.length === 2 ? [1] : []), ...sizes],
		values: image.values instanceof Int32Array ? Float32Array.from(image.values) : image.values,
	};
	if (!labels) return [x];
	const label = readIdx(labels, "y");
	if (label.shape.length !== 1)
		throw new DataRefusal("E0516", `the labels have ${label.shape.length} axes, and one is wanted`);
	if (label.shape[0] !== rows)
		throw new DataRefusal("E0520", `there are ${rows} images and ${label.shape[0]} labels`);
	return [x, asLabel(label)];
}
