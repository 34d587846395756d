import { createHash } from "node:crypto";
import { type ElementType, sizeOf, type TensorData } from "../../compiler/ir/ir.js";
import { allocate } from "../../compiler/ir/tensor.js";

/**
 * Tensors by name, and facts about them, as a safetensors file (https://huggingface.co/docs/safetensors): 8 bytes of
 * the header's length, a header in JSON, the numbers. `digest` among the facts is that of the numbers.
 */
export interface TensorFile {
	readonly facts: Readonly<Record<string, string>>;
	readonly tensors: ReadonlyMap<string, TensorData>;
}

const formats: Readonly<Record<ElementType, string>> = { f32: "F32", f64: "F64", i32: "I32", bool: "BOOL" };
const elements = new Map(Object.entries(formats).map(([element, name]) => [name, element as ElementType]));

const bytesOf = ({ data }: TensorData): Uint8Array =>
	new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export function encodeTensors({ facts, tensors }: TensorFile): Uint8Array {
	const length = [...tensors.values()].reduce((sum, t) => sum + t.data.byteLength, 0);
	const numbers = new Uint8Array(length);
	const entries: Record<string, unknown> = {};
	let at = 0;
	for (const [name, tensor] of tensors) {
		const bytes = bytesOf(tensor);
		numbers.set(bytes, at);
		const { element, shape } = tensor.type;
		entries[name] = { dtype: formats[element], shape, data_offsets: [at, at + bytes.length] };
		at += bytes.length;
	}
	const header = JSON.stringify({ __metadata__: { ...facts, digest: digestOf(numbers) }, ...entries });
	// Readers that map the file want the numbers at a multiple of 8.
	const text = new TextEncoder().encode(header);
	const padded = Math.ceil(text.length / 8) * 8;
	const file = new Uint8Array(8 + padded + length).fill(0x20, 8, 8 + padded);
	new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
	file.set(text, 8);
	file.set(numbers, 8 + padded);
	return file;
}

/** What the bytes hold, or why they hold nothing that can be trusted. */
export function decodeTensors(file: Uint8Array): TensorFile | { readonly problem: string } {
	if (file.length < 8) return { problem: "it is cut short: there is no header" };
	const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
	if (length > BigInt(file.length - 8)) return { problem: "it is cut short in its header" };
	const numbers = file.subarray(8 + Number(length));
	let header: unknown;
	try {
		header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + Number(length))));
	} catch {
		return { problem: "its header is not JSON" };
	}
	const { __metadata__: found, ...entries } = (header ?? {}) as Record<string, unknown>;
	const facts = (found ?? {}) as Record<string, string>;
	const tensors = new Map<string, TensorData>();
	for (const [name, entry] of Object.entries(entries)) {
		const tensor = readTensor(entry as Entry, numbers);
		if (typeof tensor === "string") return { problem: `${tensor}: \`${name}\`` };
		tensors.set(name, tensor);
	}
	if (facts.digest !== digestOf(numbers)) return { problem: "its numbers are not those that were written" };
	return { facts, tensors };
}

interface Entry {
	readonly dtype?: unknown;
	readonly shape?: unknown;
	readonly data_offsets?: unknown;
}

function readTensor(
	{ dtype, shape, data_offsets: offsets }: Entry,
	numbers: Uint8Array,
): TensorData | string {
	const element = elements.get(String(dtype));
	if (!element || !isSizes(shape) || !isSizes(offsets)) return "its header is wrong at";
	const [from = 0, to = 0] = offsets;
	if (to > numbers.length) return "it is cut short at";
	const data = allocate(element, sizeOf(shape));
	const target = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	if (to - from !== target.length) return "its header is wrong at";
	target.set(numbers.subarray(from, to));
	return { type: { element, shape }, data };
}

function isSizes(value: unknown): value is number[] {
	return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
