import assert from "node:assert/strict";
import type { Backend } from "../../compiler/backends/backend.js";
import type { Func } from "../../compiler/ir/ir.js";
import { print } from "../../compiler/ir/print.js";
import { read } from "../../compiler/ir/read.js";
import { verify } from "../../compiler/ir/verify.js";

/** Longer texts, of large constants, are left out for time. */
const longText = 200_000;

/** Fails unless the text of the function reads back as a function with the same text. */
export function assertRoundTrip(func: Func): void {
	const text = print(func);
	if (text.length > longText) return;
	const again = read(text);
	verify(again);
	assert.equal(print(again), text);
}

/** A backend on which the text form of every function that is compiled is tested, too. */
export function roundTripping(backend: Backend): Backend {
	return {
		name: backend.name,
		compile(program, carried) {
			assertRoundTrip(program);
			return backend.compile(program, carried);
		},
	};
}
