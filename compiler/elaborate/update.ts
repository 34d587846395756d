import type * as ast from "../../grammar/ast.js";
import { binary } from "./arithmetic.js";
import type { Environment } from "./environment.js";
import { callValue, evaluate } from "./evaluate.js";
import { type Evaluator, fail, shapeOf } from "./evaluator.js";
import { gatherAlong, indexValue } from "./indexing.js";
import { fieldOf } from "./member.js";
import { castTo, elementwise, select, spread, traced, unionLanes } from "./tensors.js";
import { integer, list, type TracedValue, type Value } from "./values.js";

/** `e with { place = v }`: a copy with other parts; all right sides see the value as it was. */
export function evaluateWith(evaluator: Evaluator, environment: Environment, node: ast.With): Value {
	const base = evaluate(evaluator, environment, node.base);
	let result = base;
	for (const { place, operator, value } of node.updates) {
		const given = evaluate(evaluator, environment, value);
		const old = read(evaluator, environment, place, base);
		const part =
			operator === "="
				? given
				: operator === "+="
					? binary(evaluator, "+", old, given)
					: callValue(evaluator, environment, value, given, { positional: [old], named: new Map() });
		if (!part) return fail(environment, value, "this cannot be added");
		result = write(evaluator, environment, place, result, part);
	}
	return result;
}

function read(evaluator: Evaluator, environment: Environment, place: ast.Expression, root: Value): Value {
	if (place.kind === "Root") return root;
	if (place.kind === "Index")
		return indexValue(evaluator, environment, place, read(evaluator, environment, place.base, root));
	const name = place.kind === "Field" && place.name.kind === "Identifier" ? place.name.name : "";
	const base = place.kind === "Field" ? read(evaluator, environment, place.base, root) : undefined;
	return (
		(base && fieldOf(evaluator, base, name)) ?? fail(environment, place, "this place cannot be changed yet")
	);
}

function write(
	evaluator: Evaluator,
	environment: Environment,
	place: ast.Expression,
	root: Value,
	part: Value,
): Value {
	if (place.kind !== "Field" && place.kind !== "Index") return part;
	const base = read(evaluator, environment, place.base, root);
	const outer = (value: Value): Value => write(evaluator, environment, place.base, root, value);
	if (place.kind === "Field") {
		const name = place.name.kind === "Identifier" ? place.name.name : "";
		if (base.kind !== "tuple") return fail(environment, place, "this place cannot be changed yet");
		const elements = base.elements.map((e, i) =>
			e.name === name || String(i) === name ? { ...e, value: conform(evaluator, e.value, part) } : e,
		);
		return outer({ ...base, elements });
	}
	const [item] = place.items;
	if (base.kind === "list" && place.items.length === 1 && item) {
		const index = evaluate(evaluator, environment, item);
		if (index.kind === "number")
			return outer(list(base.items.map((v, i) => (i === index.value ? conform(evaluator, v, part) : v))));
	}
	const whole = traced(evaluator, base);
	const inserted = traced(evaluator, part, whole?.value.type.element);
	if (!whole || !inserted) return fail(environment, place, "this place cannot be changed yet");
	return outer(insert(evaluator, environment, place.items, whole, inserted));
}

/** A part as what it replaces: of its element and shape. */
function conform(evaluator: Evaluator, old: Value, part: Value): Value {
	if (old.kind === "number") return part.kind === "number" ? { ...part, integer: old.integer } : part;
	if (old.kind === "tuple" && part.kind === "tuple") {
		const elements = old.elements.map((e, i) => {
			const other = part.elements.find((p) => e.name !== undefined && p.name === e.name) ?? part.elements[i];
			return other ? { ...e, value: conform(evaluator, e.value, other.value) } : e;
		});
		return { kind: "tuple", elements };
	}
	const like = old.kind === "tensor" || old.kind === "traced" ? traced(evaluator, old) : undefined;
	const value = like && traced(evaluator, part, like.value.type.element);
	if (!like || !value) return part;
	const cast = castTo(evaluator, value, like.value.type.element);
	return spread(evaluator, cast, cast.lanes, shapeOf(like));
}

/** Where the positions agree with all indices, the part; elsewhere the whole. */
function insert(
	evaluator: Evaluator,
	environment: Environment,
	items: readonly ast.Expression[],
	whole: TracedValue,
	part: TracedValue,
): TracedValue {
	const shape = shapeOf(whole);
	let mask: TracedValue | undefined;
	const and = (more: TracedValue): void => {
		mask = mask ? elementwise(evaluator, "and", mask, more, "bool") : more;
	};
	let value = castTo(evaluator, part, whole.value.type.element);
	const fills = shapeOf(part).length === 0;
	let kept = 0;
	const raised: number[] = [];
	for (const [axis, item] of items.entries()) {
		const size = shape[axis] ?? 0;
		const positions = (along: readonly number[], at: number): TracedValue => ({
			kind: "traced",
			value: evaluator.builder.emit("iota", [], { shape: [...along], axis: at, element: "i32" }),
			lanes: [],
		});
		const compare = (operation: string, index: Value): void => {
			const other = traced(evaluator, index);
			if (!other) fail(environment, item, "this is no index");
			else and(elementwise(evaluator, operation, positions(shape, axis), other, "i32"));
		};
		if (item.kind !== "FullSlice" && item.kind !== "Range") {
			compare("eq", evaluate(evaluator, environment, item));
			raised.push(1);
			continue;
		}
		if (item.kind === "Range") {
			const end = (node: ast.Expression | undefined, missing: number): number => {
				const known = node && evaluate(evaluator, environment, node);
				return known?.kind === "number" ? known.value : missing;
			};
			const from = end(item.from, 0);
			compare("ge", integer(from));
			compare("lt", integer(end(item.to, size)));
			// Each position of the whole takes its own of the part; those outside are not looked at.
			const at = fills ? undefined : binary(evaluator, "-", positions([size], 0), integer(from));
			const shifted = at && traced(evaluator, at);
			if (shifted) value = gatherAlong(evaluator, value, kept, shifted);
		}
		raised.push(size);
		kept++;
	}
	if (!fills) {
		const lanes = value.lanes.map((l) => l.size);
		value = { ...value, value: evaluator.builder.reshape(value.value, [...lanes, ...raised]) };
	}
	const lanes = unionLanes(mask ? [mask, whole, value] : [whole, value]);
	const full = spread(evaluator, value, lanes, shape);
	const changed = mask ? select(evaluator, mask, full, whole) : full;
	return whole.below === undefined ? changed : { ...changed, below: whole.below };
}
