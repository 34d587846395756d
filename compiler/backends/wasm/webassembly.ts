/** The part of the WebAssembly interface of JavaScript that is used here; the type libraries for Node lack it. */
interface WebAssemblyInterface {
	validate(bytes: Uint8Array<ArrayBuffer>): boolean;
	readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
	readonly Instance: new (
		module: object,
		imports: Readonly<Record<string, Readonly<Record<string, (...values: number[]) => number>>>>,
	) => { readonly exports: Readonly<Record<string, unknown>> };
}

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface })
	.WebAssembly;
