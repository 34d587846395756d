import type { Func, TensorData } from "../../ir/ir.js";
import { verify } from "../../ir/verify.js";
import type { Backend, Executable } from "../backend.js";
import { recordFor, requireCarried, requireCount, requireParameter } from "../checks.js";
import { keyedText, type SharedCode, sharedCode } from "./code-cache.js";
import { elementsAt } from "./elements.js";
import { type Assembled, assemble } from "./module.js";
import type { Buffer } from "./view.js";
import { webAssembly } from "./webassembly.js";

class WasmExecutable implements Executable {
	readonly memory: ArrayBuffer;
	private readonly assembled: Assembled;
	private readonly start: (count: number) => void;
	private readonly prepare: () => void;
	/** Whether what all steps share is computed from the parameters as they are. */
	private prepared = false;

	constructor(
		private readonly program: Func,
		private readonly carried: number,
		{ assembled, module }: SharedCode,
		keys: readonly (readonly number[])[],
	) {
		this.assembled = assembled;
		const { exports } = new webAssembly.Instance(module, { math: assembled.importsOf(this) });
		// The module never grows its memory, so that its buffer stays valid.
		this.memory = (exports.memory as { readonly buffer: ArrayBuffer }).buffer;
		this.start = exports.run as (count: number) => void;
		this.prepare = exports.prepare as () => void;
		for (const buffer of assembled.constants)
			elementsAt(this.memory, buffer).set(buffer.data as Float64Array);
		// The keys of this program stand in the order of those that the code was made for.
		assembled.keys.forEach((buffer, k) => {
			const key = keys[k];
			if (buffer && key) elementsAt(this.memory, buffer).set(key);
		});
	}

	write(parameter: number, value: TensorData): void {
		requireParameter(this.program, parameter, value);
		elementsAt(this.memory, this.assembled.parameters[parameter] as Buffer).set(value.data);
		if (parameter >= this.carried || this.program.results[parameter] === this.program.parameters[parameter])
			this.prepared = false;
	}

	read(parameter: number): TensorData {
		requireParameter(this.program, parameter);
		const buffer = this.assembled.parameters[parameter] as Buffer;
		const elements = elementsAt(this.memory, buffer);
		const type = (this.program.parameters[parameter] as { type: TensorData["type"] }).type;
		return { type, data: buffer.element === "bool" ? Uint8Array.from(elements) : elements.slice() };
	}

	run(count: number): readonly TensorData[] {
		requireCount(count);
		const { capacity } = this.assembled;
		if (!this.prepared && count > 0) this.prepare();
		this.prepared ||= count > 0;
		const results = this.program.results.slice(this.carried);
		const records = results.map(({ type }) => recordFor(type, count));
		for (let done = 0; done < count; done += capacity) {
			const steps = Math.min(capacity, count - done);
			this.start(steps);
			records.forEach((record, k) => {
				const buffer = this.assembled.records[k] as Buffer;
				const row = buffer.size / capacity;
				const filled = elementsAt(this.memory, buffer).subarray(0, steps * row);
				record.data.set(filled, done * row);
			});
		}
		return records;
	}
}

/** The embedded backend: one WebAssembly module for each program, with SIMD and a packed matrix product. */
export const wasmBackend: Backend = {
	name: "wasm",
	compile(program, carried) {
		verify(program);
		requireCarried(program, carried);
		const { text, keys } = keyedText(program);
		const code = sharedCode(text && `${carried} ${text}`, () => {
			const assembled = assemble(program, carried, keys);
			return { assembled, module: new webAssembly.Module(assembled.bytes) };
		});
		return new WasmExecutable(program, carried, code, keys);
	},
};
