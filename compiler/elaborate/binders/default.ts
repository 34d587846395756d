import type * as ast from "../../../grammar/ast.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { castTo, elementwise, select, spread, traced, unary, unionLanes } from "../tensors.js";
import type { TracedValue, Value } from "../values.js";
import { axisToLane, gatherPlaces, restLanes } from "./indexing.js";

/** `x[i - 1 else 0]`: a position outside is moved inside, and what stands there is not used. */
export function indexWithDefault(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Index,
	base: TracedValue,
	/** What stands where the condition holds. */
	otherwise: (outside: TracedValue) => Value,
): TracedValue {
	let value = base;
	let axis = 0;
	const masks: { readonly mask: TracedValue; readonly at: number }[] = [];
	let isEmpty = false;
	for (const item of node.items) {
		if (item.kind === "Rest") {
			for (const lane of restLanes(environment, item)) value = axisToLane(evaluator, value, axis, lane);
			continue;
		}
		if (item.kind === "FullSlice") {
			axis++;
			continue;
		}
		const index = traced(evaluator, evaluate(evaluator, environment, item));
		if (!index) return fail(environment, item, "this is no index");
		const places = castTo(evaluator, index, "i32");
		const extent = shapeOf(value)[axis] ?? 0;
		const [low, high] = [0, extent - 1].map((n) => constant(evaluator, n)) as [TracedValue, TracedValue];
		const above = elementwise(evaluator, "ge", places, low, "i32");
		const below = elementwise(evaluator, "le", places, high, "i32");
		masks.push({ mask: elementwise(evaluator, "and", above, below, "bool"), at: axis });
		if (extent === 0) {
			isEmpty = true;
			value = zeros(evaluator, value, axis, places);
		} else {
			const inside = elementwise(
				evaluator,
				"max",
				low,
				elementwise(evaluator, "min", places, high, "i32"),
				"i32",
			);
			value = gatherPlaces(evaluator, value, axis, inside);
		}
		axis += shapeOf(places).length;
	}
	const shape = shapeOf(value);
	const wide = masks.map(({ mask, at }) => placed(evaluator, mask, at, shape));
	const [first, ...others] = wide;
	if (!first) return fail(environment, node, "there is no position here");
	const mask = others.reduce((a, b) => elementwise(evaluator, "and", a, b, "bool"), first);
	const outside = unary(evaluator, "not", mask);
	const { element } = value.value.type;
	const wanted = element === "f32" || element === "f64" ? element : undefined;
	const fallback = traced(evaluator, otherwise(outside), wanted);
	if (!fallback) return fail(environment, node.fallback ?? node, "this is no number");
	if (isEmpty) return spread(evaluator, fallback, unionLanes([fallback, value]), shape);
	const chosen = select(evaluator, mask, value, fallback);
	return chosen;
}

function constant(evaluator: Evaluator, n: number): TracedValue {
	return { kind: "traced", value: evaluator.builder.scalar(n, "i32"), lanes: [] };
}

/** A condition of some axes of a result, for all of them: its own stand at `at`. */
function placed(evaluator: Evaluator, mask: TracedValue, at: number, shape: readonly number[]): TracedValue {
	const { lanes } = mask;
	const target = [...lanes.map((l) => l.size), ...shape];
	const axes = [...lanes.keys(), ...shapeOf(mask).map((_, i) => lanes.length + at + i)];
	return { kind: "traced", value: evaluator.builder.broadcast(mask.value, target, axes), lanes };
}

/** In the place of what would be taken from an axis without elements. */
function zeros(evaluator: Evaluator, value: TracedValue, axis: number, places: TracedValue): TracedValue {
	const lanes = unionLanes([value, places]);
	const own = shapeOf(value);
	const shape = [...own.slice(0, axis), ...shapeOf(places), ...own.slice(axis + 1)];
	const type = { element: value.value.type.element, shape: [...lanes.map((l) => l.size), ...shape] };
	return { kind: "traced", value: evaluator.builder.fill(0, type), lanes };
}
