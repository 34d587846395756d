import assert from "node:assert/strict";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import { keyedText, type SharedCode, sharedCode } from "../../compiler/backends/wasm/code-cache.js";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { assemble } from "../../compiler/backends/wasm/module.js";
import { Builder } from "../../compiler/ir/builder.js";
import type { Func } from "../../compiler/ir/ir.js";

type Key = readonly [number, number];

/** Draws by three keys, one of them for each of a carried counter. */
function program(a: Key, b: Key, c: Key, scale = 1): Func {
	const builder = new Builder();
	const turn = builder.parameter({ element: "i32", shape: [] });
	const x = builder.emit("random_uniform", [], { key: [...a], shape: [5], element: "f64" });
	const y = builder.emit("random_uniform", [turn], { key: [...b], shape: [5], element: "f64" });
	const bits = builder.emit("random_bits", [turn], { key: [...c], shape: [3] });
	const sum = builder.emit("add", [
		x,
		builder.emit("mul", [y, builder.broadcast(builder.scalar(scale, "f64"), [5], [])]),
	]);
	const next = builder.emit("add", [turn, builder.scalar(1, "i32")]);
	return builder.build("step", [next, sum, bits]);
}

const keys: readonly (readonly [Key, Key, Key])[] = [
	[
		[1, 2],
		[3, 4],
		[0xffffffff, 0],
	],
	[
		[7, 8],
		[1, 2],
		[3, 0x80000000],
	],
];

describe("code for several seeds", () => {
	it("is made once for programs that are equal but for the keys of their draws, and each draws its own", () => {
		const [first, second] = keys.map((k) => program(...k));
		assert.ok(first && second);
		assert.equal(keyedText(first).text, keyedText(second).text);
		assert.deepEqual(assemble(first, 1).bytes, assemble(second, 1).bytes);
		const results = [first, second].map((func) =>
			[wasmBackend, interpreterBackend].map((backend) => {
				const executable = backend.compile(func, 1);
				executable.write(0, { type: { element: "i32", shape: [] }, data: Int32Array.of(0) });
				return executable.run(4).map((record) => [...record.data]);
			}),
		);
		for (const [wasm, interpreter] of results) assert.deepEqual(wasm, interpreter);
		assert.notDeepEqual(results[0]?.[0]?.[0], results[1]?.[0]?.[0]);
	});

	it("is another where anything else differs, also which of the keys are equal", () => {
		const text = (func: Func) => keyedText(func).text;
		const [a, b, c] = keys[0] ?? [];
		assert.ok(a && b && c);
		assert.notEqual(text(program(a, b, c)), text(program(a, b, c, 2)));
		assert.notEqual(text(program(a, b, c)), text(program(a, a, c)));
		assert.equal(text(program(a, a, c)), text(program(b, b, a)));
		assert.equal(keyedText(program(a, a, c)).keys.length, 2);
	});

	it("is forgotten when others were used since", () => {
		let made = 0;
		const make = (): SharedCode => {
			made++;
			return {
				assembled: assemble(
					program(
						...(keys[0] ?? [
							[0, 0],
							[0, 0],
							[0, 0],
						]),
					),
					1,
				),
				module: {},
			};
		};
		const first = sharedCode("first", make);
		assert.equal(sharedCode("first", make), first);
		assert.equal(made, 1);
		for (let i = 0; i < 16; i++) sharedCode(`other ${i}`, make);
		assert.notEqual(sharedCode("first", make), first);
		assert.notEqual(sharedCode(undefined, make), sharedCode(undefined, make));
	});
});
