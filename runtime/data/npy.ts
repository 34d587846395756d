import { crc32 } from "node:zlib";
import { unzipSync } from "fflate";
import type { ArrayDescription } from "../../compiler/program/module.js";
import { type DataArray, decodeStored, describeStored, elementCount, type StoredFormat } from "./array.js";
import { DataRefusal } from "./problem.js";

// NumPy's formats: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

interface Header {
	readonly description: ArrayDescription;
	readonly format: StoredFormat;
	readonly bigEndian: boolean;
	/** Columns first: the first index runs fastest. */
	readonly fortran: boolean;
	readonly dataAt: number;
}

const formats: Readonly<Record<string, StoredFormat>> = {
	f2: "f2",
	f4: "f4",
	f8: "f8",
	i1: "i1",
	i2: "i2",
	i4: "i4",
	i8: "i8",
	u1: "u1",
	u2: "u2",
	u4: "u4",
	u8: "u8",
	b1: "b1",
};

function readHeader(bytes: Uint8Array, name: string): Header {
	const magic = "\x93NUMPY";
	if (bytes.length < 10 || [...magic].some((c, i) => bytes[i] !== c.charCodeAt(0)))
		throw new DataRefusal("E0516", `\`${name}\` is not a NPY file`, "write it by `numpy.save`");
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const short = bytes[6] === 1;
	if (!short && bytes.length < 12) throw malformed(name);
	const length = short ? view.getUint16(8, true) : view.getUint32(8, true);
	const start = short ? 10 : 12;
	const dataAt = start + length;
	if (dataAt > bytes.length) throw malformed(name);
	const text = new TextDecoder("latin1").decode(bytes.subarray(start, dataAt));
	const stored = /'descr'\s*:\s*'([<>|=])([a-zA-Z]\d*)'/.exec(text);
	const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text);
	const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text);
	if (!fortran || !shape) throw malformed(name);
	const format = stored && formats[stored[2] ?? ""];
	if (!format) {
		const what = /'descr'\s*:\s*('[^']*'|\[)/.exec(text)?.[1] ?? "?";
		throw new DataRefusal(
			"E0517",
			`\`${name}\` holds elements of NumPy's type ${what === "[" ? "of records" : what}, which are no numbers here`,
			"store real numbers, whole numbers or bools: `x.astype(numpy.float32)`",
		);
	}
	const sizes = (shape[1] ?? "")
		.split(",")
		.map((s) => s.trim())
		.filter((s) => s !== "")
		.map(Number);
	return {
		description: describeStored(name, format, sizes),
		format,
		bigEndian: stored?.[1] === ">",
		fortran: fortran[1] === "True",
		dataAt,
	};
}

function malformed(name: string): DataRefusal {
	return new DataRefusal("E0516", `\`${name}\` has a header that cannot be read`, "write it by `numpy.save`");
}

/** @throws DataRefusal if it is not a NPY file of numbers */
export function describeNpy(bytes: Uint8Array, name: string): ArrayDescription {
	return readHeader(bytes, name).description;
}

/** @throws DataRefusal if it is not a NPY file of finite numbers */
export function readNpy(bytes: Uint8Array, name: string): DataArray {
	const { description, format, bigEndian, fortran, dataAt } = readHeader(bytes, name);
	const array = decodeStored(description, format, bytes, dataAt, bigEndian);
	return fortran ? rowsFirst(array) : array;
}

/** From the order of columns to that of rows. */
function rowsFirst(array: DataArray): DataArray {
	const { shape, values } = array;
	const result = values.slice();
	const steps = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
	const index = shape.map(() => 0);
	for (let i = 0; i < values.length; i++) {
		const from = index.reduce((sum, at, axis) => sum + at * (steps[axis] ?? 0), 0);
		result[i] = values[from] ?? 0;
		for (let axis = shape.length - 1; axis >= 0; axis--) {
			const next = (index[axis] ?? 0) + 1;
			index[axis] = next < (shape[axis] ?? 0) ? next : 0;
			if (index[axis] !== 0) break;
		}
	}
	return { ...array, values: result };
}

/** The arrays of a NPZ file, in its order. */
export function readNpz(bytes: Uint8Array): DataArray[] {
	let files: Record<string, Uint8Array>;
	try {
		files = unzipSync(bytes);
	} catch {
		throw new DataRefusal("E0516", "this is not a NPZ file", "write it by `numpy.savez`");
	}
	const sums = checksums(bytes);
	for (const [file, content] of Object.entries(files)) {
		const sum = sums.get(file);
		if (sum !== undefined && sum !== crc32(content))
			throw new DataRefusal("E0516", `\`${file}\` in this file is damaged: its checksum differs`);
	}
	const arrays = Object.entries(files).map(([file, content]) => readNpy(content, file.replace(/\.npy$/, "")));
	if (arrays.length === 0) throw new DataRefusal("E0516", "the file holds no array");
	return arrays;
}

/** The checksums of the files in a zip archive, from its central directory (APPNOTE.TXT 4.3.12); none where that is not found. */
function checksums(bytes: Uint8Array): Map<string, number> {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const found = new Map<string, number>();
	let end = bytes.length - 22;
	while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
	if (end < 0) return found;
	let at = view.getUint32(end + 16, true);
	while (at + 46 <= end && view.getUint32(at, true) === 0x02014b50) {
		const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [
			number,
			number,
			number,
		];
		found.set(
			new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)),
			view.getUint32(at + 16, true),
		);
		at += 46 + name + extra + comment;
	}
	return found;
}
