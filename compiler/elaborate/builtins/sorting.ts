import { slice } from "../binders/indexing.js";
import { type Evaluator, shapeOf } from "../evaluator.js";
import { castTo } from "../tensors.js";
import type { TracedValue } from "../values.js";
import { BuiltinCall } from "./builtin.js";
import type { Intrinsic } from "./intrinsics.js";

/** Sorting along an axis: positions by `argsort`, and the elements at those places. */

interface Line {
	readonly evaluator: Evaluator;
	readonly x: TracedValue;
	readonly axis: number;
	readonly call: BuiltinCall;
}

function alongLine(names: readonly string[], compute: (line: Line) => ReturnType<Intrinsic>): Intrinsic {
	return (evaluator, environment, evaluated) => {
		const call = new BuiltinCall(evaluator, environment, evaluated, names);
		const given = call.tensor("x");
		const x = given.value.type.element === "bool" ? castTo(evaluator, given, "i32") : given;
		return compute({ evaluator, x, axis: call.axis("axis", x, -1), call });
	};
}

/** The positions that sort the axis. */
function order({ evaluator, x, axis }: Line, descending: boolean): TracedValue {
	const value = evaluator.builder.emit("argsort", [x.value], { axis: x.lanes.length + axis, descending });
	const below = shapeOf(x)[axis];
	return { kind: "traced", value, lanes: x.lanes, ...(below !== undefined && { below }) };
}

/** The elements of the axis at these places, line by line. */
function taken({ evaluator: { builder }, x, axis }: Line, places: TracedValue): TracedValue {
	const whole = x.lanes.length + axis;
	const axes = x.value.type.shape.map((_, k) => k);
	const last = axes.length - 1;
	// The axis goes last, so that all others are a batch of lines.
	const there = [...axes.filter((k) => k !== whole), whole];
	const back = axes.map((k) => there.indexOf(k));
	const lines = builder.emit(
		"gather",
		[builder.transpose(x.value, there), builder.transpose(places.value, there)],
		{ axis: last, batch: last },
	);
	return { kind: "traced", value: builder.transpose(lines, back), lanes: x.lanes };
}

const names = ["x", "axis", "descending"];

export const sortingFunctions: Readonly<Record<string, Intrinsic>> = {
	sort: alongLine(names, (line) => taken(line, order(line, line.call.flag("descending")))),
	argsort: alongLine(names, (line) => order(line, line.call.flag("descending"))),
	top_k: alongLine(["x", "k", "axis"], (line) => {
		const whole = order(line, true);
		const index = {
			...slice(line.evaluator, whole, line.axis, 0, line.call.number("k")),
			below: whole.below,
		};
		return {
			kind: "tuple",
			elements: [
				{ name: "value", value: taken(line, index) },
				{ name: "index", value: index },
			],
		};
	}),
};
