import type { Builder } from "../../ir/builder.js";
import { sizeOf, type Value } from "../../ir/ir.js";
import { type Adjoint, type Derivative, inputAt, select, where } from "./rule.js";

const greatest = 2 ** 31 - 1;

/** What a rule in either direction knows of a scatter. */
export type Meeting = Pick<Adjoint, "builder" | "inputs" | "attributes" | "output">;

/** The row-major number of every element, as i32 in the shape of `like`. */
function numbersLike(b: Builder, like: Value): Value {
	const count = b.emit("iota", [], { shape: [sizeOf(like.type.shape)], axis: 0, element: "i32" });
	return b.reshape(count, like.type.shape);
}

export const gather = ({ builder, inputs, attributes }: Meeting, x: Value): Value =>
	builder.emit("gather", [x, inputs[1] as Value], attributes);

/**
 * The updates that are still there in the result, where `candidate` admits them: one for each place, the last by
 * their number for `scatter_max`, the first for `scatter_min`.
 */
export function winners(
	adjoint: Meeting,
	scatter: "scatter_max" | "scatter_min",
	candidate: Value | undefined,
): Value {
	const { builder: b, output } = adjoint;
	const updates = adjoint.inputs[2] as Value;
	const numbers = numbersLike(b, updates);
	const none = scatter === "scatter_max" ? -1 : greatest;
	const bids = candidate === undefined ? numbers : select(b, candidate, numbers, b.fill(none, numbers.type));
	const nobody = b.fill(none, { element: "i32", shape: output.type.shape });
	const best = b.emit(scatter, [nobody, adjoint.inputs[1] as Value, bids], adjoint.attributes);
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

/** Where the operand is the extremum of its place, and of the other places the first update that is; none at nan. */
export function extrema(meeting: Meeting): { readonly kept: Value; readonly won: Value } {
	const { builder: b, inputs, output } = meeting;
	const [operand, , updates] = inputs as [Value, Value, Value];
	const kept = b.emit("eq", [operand, output]);
	const equal = b.emit("eq", [updates, gather(meeting, output)]);
	const candidate = b.emit("and", [equal, b.emit("not", [gather(meeting, kept)])]);
	return { kept, won: b.emit("and", [candidate, winners(meeting, "scatter_min", candidate)]) };
}

const extremum: Derivative = {
	rule(adjoint, index) {
		const { builder: b, cotangent } = adjoint;
		if (index === 1) return undefined;
		if (index === 0) return where(b, b.emit("eq", [inputAt(adjoint, 0), adjoint.output]), cotangent);
		return where(b, extrema(adjoint).won, gather(adjoint, cotangent));
	},
};

export const scatterDerivatives: Readonly<Record<string, Derivative>> = {
	scatter_set: set,
	scatter_min: extremum,
	scatter_max: extremum,
};
