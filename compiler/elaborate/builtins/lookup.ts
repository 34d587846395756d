import type { Builder } from "../../ir/builder.js";
import type { Value as IrValue } from "../../ir/ir.js";
import { reduceWord } from "../binders/binder.js";
import { checkInside } from "../binders/checks.js";
import { axisToLane, gatherPlaces } from "../binders/indexing.js";
import { type Evaluator, shapeOf } from "../evaluator.js";
import { castTo, elementwise, realOf, spread, toReal, unary, unionLanes } from "../tensors.js";
import type { TracedValue, Value } from "../values.js";
import type { BuiltinCall } from "./builtin.js";
import type { Intrinsic } from "./intrinsics.js";
import { builtin, withShape } from "./movement.js";

/** Builtins that read and write at computed places, and that run along an axis. */

const gather = builtin(["x", "indices", "axis"], (call) => {
	const { evaluator } = call;
	const x = call.tensor("x");
	const axis = call.axis("axis", x, 0);
	return gatherPlaces(evaluator, x, axis, placesOf(call, "indices", shapeOf(x)[axis] ?? 0));
});

/** Indices: those that are not known to lie inside are checked while running. */
function placesOf(call: BuiltinCall, name: string, extent: number): TracedValue {
	const { evaluator, environment } = call;
	const indices = castTo(evaluator, call.tensor(name), "i32");
	checkInside(evaluator, environment, call.call.node, indices, extent, "index");
	return indices;
}

const scatterAdd = builtin(["x", "indices", "updates", "axis"], (call) => {
	const { evaluator } = call;
	const x = call.tensor("x");
	const axis = call.axis("axis", x, 0);
	const { element } = x.value.type;
	const indices = placesOf(call, "indices", shapeOf(x)[axis] ?? 0);
	const updates = castTo(evaluator, call.tensor("updates", element), element);
	const lanes = unionLanes([indices, updates]);
	const places = spread(evaluator, indices, lanes, shapeOf(indices));
	const added = spread(evaluator, updates, lanes, shapeOf(updates));
	const value = evaluator.builder.emit("scatter_add", [places.value, added.value], {
		axis: lanes.length + axis,
		batch: lanes.length,
		size: shapeOf(x)[axis] ?? 0,
	});
	return elementwise(evaluator, "add", x, { kind: "traced", value, lanes }, element);
});

/** Updates in the place of what is there, or compared with it. */
function scatter(operation: string): Intrinsic {
	return builtin(["x", "indices", "updates", "axis"], (call) => {
		const { evaluator } = call;
		const x = call.tensor("x");
		const axis = call.axis("axis", x, 0);
		const { element } = x.value.type;
		const indices = placesOf(call, "indices", shapeOf(x)[axis] ?? 0);
		const updates = castTo(evaluator, call.tensor("updates", element), element);
		const operands = [x, indices, updates];
		const lanes = unionLanes(operands);
		const value = evaluator.builder.emit(
			operation,
			operands.map((o) => spread(evaluator, o, lanes, shapeOf(o)).value),
			{ axis: lanes.length + axis, batch: lanes.length },
		);
		return { kind: "traced", value, lanes };
	});
}

const oneHot = builtin(["labels", "k"], (call) => {
	const { evaluator } = call;
	const labels = castTo(evaluator, call.tensor("labels"), "i32");
	const given = call.value("k");
	const k =
		given?.kind === "number"
			? given.value
			: (labels.below ?? call.fail("the number of classes is not known here"));
	checkInside(evaluator, call.environment, call.call.node, labels, k, "index");
	const classes: TracedValue = {
		kind: "traced",
		value: evaluator.builder.emit("iota", [], { shape: [k], axis: 0, element: "i32" }),
		lanes: [],
	};
	const raised = withShape(evaluator, labels, [...shapeOf(labels), 1]);
	return toReal(evaluator, elementwise(evaluator, "eq", raised, classes, "i32"));
});

/** -x of floats, -1 - x of ints: twice is nothing, and the least becomes the greatest. */
function turnedRound(builder: Builder, x: IrValue): IrValue {
	return x.type.element === "i32"
		? builder.emit("sub", [builder.fill(-1, x.type), x])
		: builder.emit("neg", [x]);
}

function cumulative(
	operation: string,
	real = false,
	around: (builder: Builder, x: IrValue) => IrValue = (_, x) => x,
): Intrinsic {
	return builtin(["x", "axis"], (call) => {
		const { evaluator } = call;
		const given = call.tensor("x", real ? evaluator.realElement : undefined);
		const bool = given.value.type.element === "bool";
		const x = real ? toReal(evaluator, given) : bool ? castTo(evaluator, given, "i32") : given;
		const axis = x.lanes.length + call.axis("axis", x, 0);
		const { builder } = evaluator;
		const result = builder.emit(operation, [around(builder, x.value)], { axis });
		return { kind: "traced", value: around(builder, result), lanes: x.lanes };
	});
}

/** x - logsumexp(x) along an axis. */
function logSoftmax(evaluator: Evaluator, x: TracedValue, axis: number): TracedValue {
	const shape = shapeOf(x);
	const lane = evaluator.newLane("_", shape[axis] ?? 0);
	const total = reduceWord(evaluator, "logsumexp", axisToLane(evaluator, x, axis, lane), [lane], undefined);
	if (total.kind !== "traced") throw new Error("a sum of exponentials is a tensor");
	const kept = withShape(
		evaluator,
		total,
		shape.map((n, i) => (i === axis ? 1 : n)),
	);
	return elementwise(evaluator, "sub", x, kept, realOf(evaluator, x));
}

function softmax(finish: (evaluator: Evaluator, value: TracedValue) => Value): Intrinsic {
	return builtin(["x", "axis"], (call) => {
		const { evaluator } = call;
		const x = toReal(evaluator, call.tensor("x", evaluator.realElement));
		return finish(evaluator, logSoftmax(evaluator, x, call.axis("axis", x, -1)));
	});
}

export const lookupFunctions: Readonly<Record<string, Intrinsic>> = {
	gather,
	scatter_add: scatterAdd,
	scatter: scatter("scatter_set"),
	scatter_min: scatter("scatter_min"),
	scatter_max: scatter("scatter_max"),
	one_hot: oneHot,
	cumsum: cumulative("cumsum"),
	cumprod: cumulative("cumprod"),
	cummax: cumulative("cummax"),
	// Of floats -cummax(-x); ints are turned round so that none overflows.
	cummin: cumulative("cummax", false, turnedRound),
	cumlogsumexp: cumulative("cumlogsumexp", true),
	log_softmax: softmax((_, value) => value),
	softmax: softmax((evaluator, value) => unary(evaluator, "exp", value)),
};
