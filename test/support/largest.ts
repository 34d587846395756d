import type { Backend } from "../../compiler/backends/backend.js";
import { interpreterBackend } from "../../compiler/backends/interpreter.js";
import { sizeOf } from "../../compiler/ir/ir.js";
import { evaluateProgram } from "./evaluate.js";

/** The number of elements of the largest tensor that a program makes. */
export function largest(text: string): number {
	let most = 0;
	const spy: Backend = {
		name: "spy",
		compile(program, carried) {
			for (const { outputs } of program.equations)
				for (const { type } of outputs) most = Math.max(most, sizeOf(type.shape));
			return interpreterBackend.compile(program, carried);
		},
	};
	evaluateProgram(text, { backend: spy });
	return most;
}
