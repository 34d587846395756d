import type { Buffer } from "./view.js";

/** The elements of a buffer as they lie in memory: bool as words. */
export function elementsAt(memory: ArrayBuffer, buffer: Buffer): Float32Array | Float64Array | Int32Array {
	switch (buffer.element) {
		case "f32":
			return new Float32Array(memory, buffer.address, buffer.size);
		case "f64":
			return new Float64Array(memory, buffer.address, buffer.size);
		default:
			return new Int32Array(memory, buffer.address, buffer.size);
	}
}
