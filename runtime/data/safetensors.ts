import type { ArrayDescription } from "../../compiler/program/module.js";
import {
	bytesOf,
	type DataArray,
	decodeStored,
	describeStored,
	elementCount,
	type StoredFormat,
} from "./array.js";
import { DataRefusal } from "./problem.js";

// https://huggingface.co/docs/safetensors: 8 bytes of the header's length, a header in JSON, the numbers.

const formats: Readonly<Record<string, StoredFormat>> = {
	F16: "f2",
	F32: "f4",
	F64: "f8",
	BF16: "bf16",
	I8: "i1",
	I16: "i2",
	I32: "i4",
	I64: "i8",
	U8: "u1",
	U16: "u2",
	U32: "u4",
	U64: "u8",
	BOOL: "b1",
};

interface Entry {
	readonly description: ArrayDescription;
	readonly format: StoredFormat;
	readonly at: number;
}

const malformed = (what: string): DataRefusal =>
	new DataRefusal("E0516", `this is not a safetensors file: ${what}`);

/** The length of the header, from the first 8 bytes. */
export function safetensorsHeaderLength(bytes: Uint8Array): number {
	if (bytes.length < 8) throw malformed("it is shorter than a header");
	const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
	if (length > 100_000_000n) throw malformed("its header would be larger than 100 MB");
	return Number(length);
}

/** @param bytes at least the header */
function readHeader(bytes: Uint8Array): Entry[] {
	const length = safetensorsHeaderLength(bytes);
	if (8 + length > bytes.length) throw malformed("its header is cut short");
	let header: unknown;
	try {
		header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
	} catch {
		throw malformed("its header is not JSON");
	}
	if (typeof header !== "object" || header === null) throw malformed("its header is no object");
	const entries = Object.entries(header)
		.filter(([name]) => name !== "__metadata__")
		.map(([name, entry]) => readEntry(name, entry, 8 + length));
	if (entries.length === 0) throw new DataRefusal("E0516", "the file holds no array");
	return entries;
}

function readEntry(name: string, entry: unknown, dataAt: number): Entry {
	const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
	if (typeof dtype !== "string" || !isNumbers(shape) || !isNumbers(offsets) || offsets.length !== 2)
		throw malformed(`its entry \`${name}\` is incomplete`);
	const format = formats[dtype];
	if (!format) {
		throw new DataRefusal(
			"E0517",
			`\`${name}\` holds elements of the type ${dtype}, which are no numbers here`,
			"store real numbers, whole numbers or bools",
		);
	}
	const [from = 0, to = 0] = offsets;
	if (to - from !== elementCount(shape) * bytesOf[format])
		throw malformed(`the bytes of \`${name}\` are not those of its shape`);
	return { description: describeStored(name, format, shape), format, at: dataAt + from };
}

function isNumbers(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((v) => Number.isSafeInteger(v) && v >= 0);
}

/** @param bytes at least the header */
export function describeSafetensors(bytes: Uint8Array): ArrayDescription[] {
	return readHeader(bytes).map((entry) => entry.description);
}

export function readSafetensors(bytes: Uint8Array): DataArray[] {
	return readHeader(bytes).map(({ description, format, at }) => decodeStored(description, format, bytes, at));
}
