import type { Intrinsic } from "../builtins/intrinsics.js";
import { builtin } from "../builtins/movement.js";
import { list, type Value } from "../values.js";

/** A model that is not for training wherever it is called, with all its parts. */
function inEvaluation(value: Value): Value {
	switch (value.kind) {
		case "model":
			return {
				...value,
				evaluation: true,
				members: new Map([...value.members].map(([name, member]) => [name, inEvaluation(member)])),
			};
		case "stack": {
			const of = inEvaluation(value.of);
			return of.kind === "model" ? { ...value, of } : value;
		}
		case "list":
			return list(value.items.map(inEvaluation));
		case "tuple":
			return { ...value, elements: value.elements.map((e) => ({ ...e, value: inEvaluation(e.value) })) };
		default:
			return value;
	}
}

export const modeFunctions: Readonly<Record<string, Intrinsic>> = {
	eval: builtin(["net"], (call) => inEvaluation(call.value("net") ?? call.fail("a model is wanted here"))),
};
