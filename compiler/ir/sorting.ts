import type { Builder } from "./builder.js";
import type { Value } from "./ir.js";

/** The elements of x at those positions along an axis; the positions have the shape of the result. */
export function takeAlong(builder: Builder, x: Value, positions: Value, axis: number): Value {
	const rank = x.type.shape.length;
	const order = [...Array.from({ length: rank }, (_, k) => k).filter((k) => k !== axis), axis];
	const inputs = [builder.transpose(x, order), builder.transpose(positions, order)];
	const taken = builder.emit("gather", inputs, { axis: rank - 1, batch: rank - 1 });
	return builder.transpose(
		taken,
		order.map((_, k) => order.indexOf(k)),
	);
}

/** x sorted along an axis, nan last: differentiable, since it gathers. */
export function sort(builder: Builder, x: Value, axis: number, descending = false): Value {
	return takeAlong(builder, x, builder.emit("argsort", [x], { axis, descending }), axis);
}

/** The `count` greatest elements along an axis in descending order, and their positions. */
export function topK(
	builder: Builder,
	x: Value,
	count: number,
	axis: number,
): { readonly values: Value; readonly positions: Value } {
	const order = builder.emit("argsort", [x], { axis, descending: true });
	const shape = x.type.shape;
	const positions = builder.emit("slice", [order], {
		start: shape.map(() => 0),
		limit: shape.with(axis, count),
	});
	return { values: takeAlong(builder, x, positions, axis), positions };
}
