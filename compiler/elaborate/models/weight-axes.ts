import type { ReparametrizedValue, Value } from "../values.js";

/** The axes of what a reparametrized weight is computed from: its own, and before them those of a stack. */

/** How many axes the first tensor has that it is made of. */
export function firstAxes({ params, base }: Pick<ReparametrizedValue, "params" | "base">): number {
	const first = [...params.values()][0] ?? base;
	return first ? axesOf(first) : 0;
}

function axesOf(value: Value): number {
	switch (value.kind) {
		case "tensor":
			return value.data.type.shape.length;
		case "traced":
			return value.value.type.shape.length - value.lanes.length;
		case "frozen":
			return axesOf(value.value);
		case "reparametrized":
			return firstAxes(value);
		default:
			return 0;
	}
}

/** How many axes of its parameters are those of a stack. */
export function stackedAxes(weight: ReparametrizedValue): number {
	return firstAxes(weight) - weight.axes;
}

/** A weight with other parameters: how many of their axes are those of a stack stays. */
export function withOwn(
	weight: ReparametrizedValue,
	own: Partial<Pick<ReparametrizedValue, "params" | "base">>,
): ReparametrizedValue {
	const next = { ...weight, ...own };
	return { ...next, axes: firstAxes(next) - stackedAxes(weight) };
}
