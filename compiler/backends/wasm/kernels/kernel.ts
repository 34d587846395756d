import type { Code } from "../assembler.js";
import type { Buffer, View } from "../view.js";

/** The functions of the module that kernels call. */
export interface Functions {
	/** A function of `compiler/ir/scalar.ts` on f64 or i32, by its operation. */
	scalar(operation: string, element: "f64" | "i32"): number;
	/** The address of a number that code loads. */
	number(element: "f32" | "f64", value: number): number;
	/** The function (v128..) -> v128 of an elementary function that the module has itself. */
	vector(operation: string, element: "f32" | "f64"): number;
	/** A call of the host, without parameters: it works on the memory of the module. */
	host(call: HostCall): number;
	/** (block: i32, counter: i32, key0: i32, key1: i32, address: i32): stores four words of Philox. */
	philox(): number;
	/** (a, b, c: addresses, count, row bytes of c, whether to add to c): one tile of a matrix product. */
	tile(element: "f32" | "f64"): number;
	/** The function of a kernel inside another, of the turn (i32). */
	kernel(kernel: Kernel): number;
	/** The function that runs all kernels of a body, written once. */
	body(body: Body): number;
}

/** The kernels of a region. Its own buffers are placed from 0 on, then moved to where the frame lies. */
export interface Body {
	readonly kernels: readonly Kernel[];
	readonly owned: ReadonlySet<Buffer>;
	/** One of the temporaries of the kernel around it, as large as all of them together. */
	readonly frame: Buffer;
}

/** Work that the host does on the memory of the module; addresses are known by then. */
export type HostCall = (memory: ArrayBuffer) => void;

/** Work that reads and writes buffers, as one function of the module. */
export interface Kernel {
	readonly name: string;
	readonly reads: readonly View[];
	readonly writes: readonly Buffer[];
	/** Buffers that live during the kernel alone. */
	readonly temporaries?: readonly Buffer[];
	/**
	 * Whether each element of the result is written after all reads at its place, so that the result may take the
	 * place of an operand that is read in row-major order and not needed any more.
	 */
	readonly inPlace?: boolean;
	/** The scalar functions that `emit` will call: a module must know its imports before any code is written. */
	readonly imports?: readonly (readonly [operation: string, element: "f64" | "i32"])[];
	/** The kernels of the regions that this one runs, which lie in a frame of the arena of its own. */
	readonly bodies?: readonly Body[];
	/** The call of the host that `emit` will make. */
	readonly host?: HostCall;
	/** Writes the code; addresses are known by then. */
	emit(code: Code, functions: Functions): void;
}
