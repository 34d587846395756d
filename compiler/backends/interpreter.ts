import { interpret } from "../ir/interpret.js";
import type { TensorData } from "../ir/ir.js";
import { verify } from "../ir/verify.js";
import type { Backend, Executable } from "./backend.js";
import { recordFor, requireCarried, requireCount, requireParameter, zeros } from "./checks.js";

const copyOf = (value: TensorData): TensorData => ({ type: value.type, data: value.data.slice() });

/** The reference interpreter as a backend. Parameters that were never written are zero. */
export const interpreterBackend: Backend = {
	name: "interpreter",
	compile(program, carried): Executable {
		verify(program);
		requireCarried(program, carried);
		const state = program.parameters.map(({ type }) => zeros(type));
		return {
			write(parameter, value) {
				requireParameter(program, parameter, value);
				state[parameter] = copyOf(value);
			},
			read(parameter) {
				requireParameter(program, parameter);
				return copyOf(state[parameter] as TensorData);
			},
			run(count) {
				requireCount(count);
				const records = program.results.slice(carried).map(({ type }) => recordFor(type, count));
				for (let step = 0; step < count; step++) {
					const results = interpret(program, state);
					records.forEach((record, k) => {
						const row = (results[carried + k] as TensorData).data;
						record.data.set(row, step * row.length);
					});
					for (let k = 0; k < carried; k++) state[k] = results[k] as TensorData;
				}
				return records;
			},
		};
	},
};
