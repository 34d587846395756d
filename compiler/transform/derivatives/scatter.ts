import type { Builder } from "../../ir/builder.js";
import { sizeOf, type Value } from "../../ir/ir.js";
import { type Adjoint, type Derivative, inputAt, select, where } from "./rule.js";

const greatest = 2 ** 31 - 1;

/** The row-major number of every element, as i32 in the shape of `like`. */
function numbersLike(b: Builder, like: Value): Value {
	const count = b.emit("iota", [], { shape: [sizeOf(like.type.shape)], axis: 0, element: "i32" });
	return b.reshape(count, like.type.shape);
}

const gather = ({ builder, inputs, attributes }: Adjoint, x: Value): Value =>
	builder.emit("gather", [x, inputs[1] as Value], attributes);

/**
 * The updates that are still there in the result, where `candidate` admits them: one for each place, the last by
 * their number for `scatter_max`, the first for `scatter_min`.
 */
function winners(
	adjoint: Adjoint,
	scatter: "scatter_max" | "scatter_min",
	candidate: Value | undefined,
): Value {
	const { builder: b, output } = adjoint;
	const updates = inputAt(adjoint, 2);
	const numbers = numbersLike(b, updates);
	const none = scatter === "scatter_max" ? -1 : greatest;
	const bids = candidate === undefined ? numbers : select(b, candidate, numbers, b.fill(none, numbers.type));
	const nobody = b.fill(none, { element: "i32", shape: output.type.shape });
	const best = b.emit(scatter, [nobody, inputAt(adjoint, 1), bids], adjoint.attributes);
	return b.emit("eq", [gather(adjoint, best), numbers]);
}

const set: Derivative = {
	rule(adjoint, index) {
		const { builder: b, attributes, cotangent } = adjoint;
		const [indices, updates] = [inputAt(adjoint, 1), inputAt(adjoint, 2)];
		if (index === 0) return b.emit("scatter_set", [cotangent, indices, b.zeros(updates.type)], attributes);
		if (index === 1) return undefined;
		return where(b, winners(adjoint, "scatter_max", undefined), gather(adjoint, cotangent));
	},
};

/** The derivative goes to the operand where it is the extremum, else to the first update that is; to none at nan. */
const extremum: Derivative = {
	rule(adjoint, index) {
		const { builder: b, cotangent, output } = adjoint;
		if (index === 1) return undefined;
		const kept = b.emit("eq", [inputAt(adjoint, 0), output]);
		if (index === 0) return where(b, kept, cotangent);
		const updates = inputAt(adjoint, 2);
		const equal = b.emit("eq", [updates, gather(adjoint, output)]);
		const candidate = b.emit("and", [equal, b.emit("not", [gather(adjoint, kept)])]);
		const won = b.emit("and", [candidate, winners(adjoint, "scatter_min", candidate)]);
		return where(b, won, gather(adjoint, cotangent));
	},
};

export const scatterDerivatives: Readonly<Record<string, Derivative>> = {
	scatter_set: set,
	scatter_min: extremum,
	scatter_max: extremum,
};
