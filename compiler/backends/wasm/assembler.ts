import {
	type LaneOperation,
	laneOpcodes,
	type MemoryOperation,
	memoryOpcodes,
	type Plain,
	plainOpcodes,
	saturatingOpcodes,
	vectorOpcodes,
} from "./opcodes.js";

/** The kinds of values of WebAssembly. */
export type Kind = "i32" | "i64" | "f32" | "f64" | "v128";

const kindCodes: Readonly<Record<Kind, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

function unsigned(value: number): number[] {
	const bytes: number[] = [];
	let rest = value;
	do {
		const low = rest % 128;
		rest = Math.floor(rest / 128);
		bytes.push(rest > 0 ? low | 128 : low);
	} while (rest > 0);
	return bytes;
}

function signed(value: bigint): number[] {
	const bytes: number[] = [];
	let rest = value;
	for (;;) {
		const low = Number(rest & 127n);
		rest >>= 7n;
		if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) return [...bytes, low];
		bytes.push(low | 128);
	}
}

function name(text: string): number[] {
	const bytes = new TextEncoder().encode(text);
	return [...unsigned(bytes.length), ...bytes];
}

const bytesOf = (size: number, write: (view: DataView) => void): Uint8Array => {
	const view = new DataView(new ArrayBuffer(size));
	write(view);
	return new Uint8Array(view.buffer);
};

/** A place in a function; a number, so that it is cheap to keep. */
export type Local = number;

/** The body of a function, written instruction by instruction. */
export class Code {
	private readonly bytes: number[] = [];
	private readonly kinds: Kind[];

	constructor(readonly parameters: readonly Kind[]) {
		this.kinds = [...parameters];
	}

	local(kind: Kind): Local {
		this.kinds.push(kind);
		return this.kinds.length - 1;
	}

	get(local: Local): this {
		return this.byte(0x20, ...unsigned(local));
	}

	set(local: Local): this {
		return this.byte(0x21, ...unsigned(local));
	}

	tee(local: Local): this {
		return this.byte(0x22, ...unsigned(local));
	}

	i32(value: number): this {
		return this.byte(0x41, ...signed(BigInt(value | 0)));
	}

	i64(value: bigint): this {
		return this.byte(0x42, ...signed(BigInt.asIntN(64, value)));
	}

	f32(value: number): this {
		return this.byte(0x43, ...bytesOf(4, (view) => view.setFloat32(0, value, true)));
	}

	f64(value: number): this {
		return this.byte(0x44, ...bytesOf(8, (view) => view.setFloat64(0, value, true)));
	}

	/** Instructions without immediates, in order. */
	op(...operations: readonly Plain[]): this {
		for (const operation of operations) {
			const plain = plainOpcodes[operation];
			const saturating = saturatingOpcodes[operation];
			const vector = vectorOpcodes[operation];
			if (plain !== undefined) this.byte(plain);
			else if (saturating !== undefined) this.byte(0xfc, ...unsigned(saturating));
			else this.byte(0xfd, ...unsigned(vector as number));
		}
		return this;
	}

	/** A load or store at the address on the stack plus `offset`. */
	memory(operation: MemoryOperation, offset = 0): this {
		const [prefix, opcode, alignment] = memoryOpcodes[operation];
		if (prefix !== 0) this.byte(prefix);
		// Addresses of vectors need not be aligned to 16, so that the hint stays below.
		return this.byte(opcode, Math.min(alignment, 3), ...unsigned(offset));
	}

	lane(operation: LaneOperation, index: number): this {
		return this.byte(0xfd, ...unsigned(laneOpcodes[operation]), index);
	}

	/** Stores the low 64 bits of the vector on the stack. */
	storeLow64(offset = 0): this {
		return this.byte(0xfd, 0x5b, 3, ...unsigned(offset), 0);
	}

	/** Picks 16 bytes of the two vectors on the stack. */
	shuffle(bytes: readonly number[]): this {
		return this.byte(0xfd, 0x0d, ...bytes);
	}

	/** Stack: destination, source, count of bytes. */
	copyMemory(): this {
		return this.byte(0xfc, 10, 0, 0);
	}

	/** Stack: destination, byte, count of bytes. */
	fillMemory(): this {
		return this.byte(0xfc, 11, 0);
	}

	call(index: number): this {
		return this.byte(0x10, ...unsigned(index));
	}

	/** Runs the body while it leaves a non-zero i32 on the stack; at least once. */
	repeatWhile(body: () => void): this {
		this.byte(0x03, 0x40);
		body();
		this.byte(0x0d, 0);
		return this.byte(0x0b);
	}

	/** Takes an i32 from the stack. */
	ifThen(then: () => void, otherwise?: () => void): this {
		this.byte(0x04, 0x40);
		then();
		if (otherwise !== undefined) {
			this.byte(0x05);
			otherwise();
		}
		return this.byte(0x0b);
	}

	/** Runs the body `count` times, with the count as a constant. */
	times(count: number, body: () => void): this {
		if (count === 0) return this;
		if (count === 1) {
			body();
			return this;
		}
		const counter = this.local("i32");
		this.i32(count).set(counter);
		return this.repeatWhile(() => {
			body();
			this.get(counter).i32(1).op("i32.sub").tee(counter);
		});
	}

	/** local += amount. */
	advance(local: Local, amount: number): this {
		return amount === 0 ? this : this.get(local).i32(amount).op("i32.add").set(local);
	}

	/** The function body in the binary format. */
	assemble(): number[] {
		const own = this.kinds.slice(this.parameters.length);
		const runs: [number, Kind][] = [];
		for (const kind of own) {
			const last = runs.at(-1);
			if (last !== undefined && last[1] === kind) last[0]++;
			else runs.push([1, kind]);
		}
		const locals = runs.flatMap(([count, kind]) => [...unsigned(count), kindCodes[kind]]);
		const size = unsigned(runs.length).length + locals.length + this.bytes.length + 1;
		return [...unsigned(size), ...unsigned(runs.length), ...locals].concat(this.bytes, [0x0b]);
	}

	private byte(...bytes: readonly number[]): this {
		for (const value of bytes) this.bytes.push(value);
		return this;
	}
}

interface Signature {
	readonly parameters: readonly Kind[];
	readonly results: readonly Kind[];
}

/** A module: imported functions first, then own ones, one memory that is exported as `memory`. */
export class ModuleWriter {
	private readonly signatures: Signature[] = [];
	private readonly imports: { readonly name: string; readonly signature: number }[] = [];
	private readonly functions: { readonly code: Code; readonly signature: number }[] = [];
	private readonly exports: { readonly name: string; readonly index: number }[] = [];

	/** The index of the function `math.<name>`. All imports come before the first own function. */
	importFunction(importName: string, parameters: readonly Kind[], results: readonly Kind[]): number {
		if (this.functions.length > 0) throw new Error("imports come before functions");
		this.imports.push({ name: importName, signature: this.signature({ parameters, results }) });
		return this.imports.length - 1;
	}

	/** The index of a new function, whose code may be written later. */
	addFunction(code: Code, results: readonly Kind[] = []): number {
		this.functions.push({ code, signature: this.signature({ parameters: code.parameters, results }) });
		return this.imports.length + this.functions.length - 1;
	}

	exportFunction(exportName: string, index: number): void {
		this.exports.push({ name: exportName, index });
	}

	assemble(pages: number): Uint8Array<ArrayBuffer> {
		const section = (id: number, items: readonly (readonly number[])[]): number[] => {
			const count = unsigned(items.length);
			const size = items.reduce((sum, item) => sum + item.length, count.length);
			const bytes = [id, ...unsigned(size), ...count];
			for (const item of items) for (const value of item) bytes.push(value);
			return bytes;
		};
		const kinds = (list: readonly Kind[]) => [
			...unsigned(list.length),
			...list.map((kind) => kindCodes[kind]),
		];
		const sections = [
			[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
			section(
				1,
				this.signatures.map(({ parameters, results }) => [0x60, ...kinds(parameters), ...kinds(results)]),
			),
			section(
				2,
				this.imports.map((item) => [...name("math"), ...name(item.name), 0, ...unsigned(item.signature)]),
			),
			section(
				3,
				this.functions.map((item) => unsigned(item.signature)),
			),
			section(5, [[0, ...unsigned(pages)]]),
			section(7, [
				[...name("memory"), 2, 0],
				...this.exports.map((item) => [...name(item.name), 0, ...unsigned(item.index)]),
			]),
			section(
				10,
				this.functions.map((item) => item.code.assemble()),
			),
		];
		const bytes = new Uint8Array(sections.reduce((sum, part) => sum + part.length, 0));
		let offset = 0;
		for (const part of sections) {
			bytes.set(part, offset);
			offset += part.length;
		}
		return bytes;
	}

	private signature(wanted: Signature): number {
		const text = JSON.stringify(wanted);
		const known = this.signatures.findIndex((signature) => JSON.stringify(signature) === text);
		if (known >= 0) return known;
		this.signatures.push(wanted);
		return this.signatures.length - 1;
	}
}
