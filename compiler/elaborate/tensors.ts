import type { ElementType, Value as IrValue } from "../ir/ir.js";
import { isFloat } from "../ir/primitives/primitive.js";
import { ElaborationError, type Evaluator, shapeOf } from "./evaluator.js";
import type { Lane, NumberValue, TracedValue, Value } from "./values.js";

export { isFloat };

/** Operations on traced tensors: lanes are aligned, shapes broadcast, elements joined. */

/** A number that is known only once it is computed with tensors, and that their element does not have. */
export class NumberBeyond extends Error {
	constructor(
		readonly code: string,
		message: string,
		readonly hint?: string,
	) {
		super(message);
	}
}

/** Nothing along the first axis. */
function noneOf(evaluator: Evaluator, whole: TracedValue | undefined): TracedValue | undefined {
	if (!whole) return undefined;
	const { shape } = whole.value.type;
	const at = whole.lanes.length;
	const limit = shape.map((size, axis) => (axis === at ? 0 : size));
	const value = evaluator.builder.emit("slice", [whole.value], { start: shape.map(() => 0), limit });
	return { kind: "traced", value, lanes: whole.lanes };
}

function beyondInt(value: number): NumberBeyond {
	return new NumberBeyond("E0606", `${value} is no int: an int has 32 bits, from -2147483648 to 2147483647`);
}

/**
 * A static number becomes a real of 32 bits: one that would be infinite is none, and so is one that is written, and not 0,
 * and would be 0.
 */
function refuseNarrowing({ value, written }: NumberValue, element: ElementType): void {
	if (element !== "f32" || !Number.isFinite(value)) return;
	const narrow = Math.fround(value);
	const isLost = narrow === 0 && value !== 0 && written !== undefined;
	if (Number.isFinite(narrow) && !isLost) return;
	const message = `${String(value).replace("e+", "e")} is no f32: it would be ${isLost ? "0" : value > 0 ? "infinite" : "minus infinite"}`;
	const hint =
		"an f32 has numbers from 1.4e-45 to 3.4e38, and an f64 more: write `precision f64` in the program";
	if (written) throw new ElaborationError("E0621", message, written, hint);
	throw new NumberBeyond("E0621", message, hint);
}

/** A tensor of the function that is being built, the same for all lanes. */
export function laneless(value: IrValue): TracedValue {
	return { kind: "traced", value, lanes: [] };
}

/** A value as a traced tensor; static numbers take the element that is wanted. Undefined if it is none. */
export function traced(evaluator: Evaluator, value: Value, wanted?: ElementType): TracedValue | undefined {
	const { builder } = evaluator;
	switch (value.kind) {
		case "traced":
			return value;
		case "tensor":
			return {
				kind: "traced",
				value: evaluator.lift(value.data),
				lanes: [],
				...(value.below !== undefined && { below: value.below }),
				...(value.interval && { interval: value.interval }),
			};
		case "number": {
			const element = value.integer
				? wanted && wanted !== "bool"
					? wanted
					: "i32"
				: wanted === "f64" || wanted === "f32"
					? wanted
					: evaluator.realElement;
			if (element === "i32" && value.value !== (value.value | 0)) throw beyondInt(value.value);
			refuseNarrowing(value, element);
			return { kind: "traced", value: builder.scalar(value.value, element), lanes: [] };
		}
		case "bool":
			return { kind: "traced", value: builder.scalar(value.value ? 1 : 0, wanted ?? "bool"), lanes: [] };
		case "index": {
			const { lane, from = 0 } = value;
			const places = builder.emit("iota", [], { shape: [lane.size], axis: 0, element: "i32" });
			const start = builder.broadcast(builder.scalar(from, "i32"), [lane.size], []);
			return {
				kind: "traced",
				value: from === 0 ? places : builder.emit("add", [places, start]),
				lanes: [lane],
				...boundedBy([from, from + lane.size - 1]),
				places: { lanes: [lane], at: (place) => from + place(lane) },
			};
		}
		case "list": {
			if (value.items.length === 0 && value.partOf)
				return noneOf(evaluator, traced(evaluator, value.partOf, wanted));
			const stacked = stackList(evaluator, value.items, formatOf(value) ?? wanted);
			const numbers = stacked?.value.type.element === "i32" ? numbersIn(value.items) : undefined;
			return stacked && numbers
				? { ...stacked, ...boundedBy([Math.min(...numbers), Math.max(...numbers)]) }
				: stacked;
		}
		default:
			return undefined;
	}
}

/** The ints of a list, if all of them are static. */
function numbersIn(items: readonly Value[]): number[] | undefined {
	const numbers: number[] = [];
	for (const item of items) {
		const inner = item.kind === "list" ? numbersIn(item.items) : undefined;
		if (item.kind === "number" && item.integer) numbers.push(item.value);
		else if (inner) numbers.push(...inner);
		else return undefined;
	}
	return numbers.length > 0 && numbers.length <= 4096 ? numbers : undefined;
}

/** The bound of an int that lies in an interval, or the interval where it may be negative. */
export function boundedBy([least, most]: readonly [number, number]): Pick<TracedValue, "below" | "interval"> {
	return least >= 0 ? { below: most + 1 } : { interval: [least, most] };
}

function stackList(
	evaluator: Evaluator,
	items: readonly Value[],
	wanted?: ElementType,
): TracedValue | undefined {
	const parts: TracedValue[] = [];
	for (const item of items) {
		const part = traced(evaluator, item, wanted);
		if (!part) return undefined;
		parts.push(part);
	}
	return stack(evaluator, parts);
}

/** Puts tensors of one shape side by side along a new first axis; undefined where they are not of one shape. */
export function stack(evaluator: Evaluator, parts: readonly TracedValue[]): TracedValue | undefined {
	const element = parts
		.map((p) => p.value.type.element)
		.reduce<ElementType | undefined>((a, b) => (a ? joinElement(a, b) : b), undefined);
	const [first] = parts;
	if (!element || !first) return undefined;
	const shape = shapeOf(first);
	if (parts.some((p) => shapeOf(p).length !== shape.length || shapeOf(p).some((n, i) => n !== shape[i])))
		return undefined;
	const lanes = unionLanes(parts);
	const aligned = parts.map((p) => spread(evaluator, castTo(evaluator, p, element), lanes, shapeOf(p)));
	const raised = aligned.map((p) => {
		const shape = p.value.type.shape;
		return evaluator.builder.reshape(p.value, [
			...shape.slice(0, lanes.length),
			1,
			...shape.slice(lanes.length),
		]);
	});
	return {
		kind: "traced",
		value: evaluator.builder.emit("concatenate", raised, { axis: lanes.length }),
		lanes,
	};
}

export function unionLanes(values: readonly TracedValue[]): readonly Lane[] {
	const lanes = new Map<number, Lane>();
	for (const value of values) for (const lane of value.lanes) lanes.set(lane.id, lane);
	return [...lanes.values()].sort((a, b) => a.id - b.id);
}

/** Broadcasts a value to more lanes and a larger shape (suffix rule; axes of 1 stretch). */
export function spread(
	evaluator: Evaluator,
	value: TracedValue,
	lanes: readonly Lane[],
	shape: readonly number[],
): TracedValue {
	const own = shapeOf(value);
	const target = [...lanes.map((l) => l.size), ...shape];
	const axes = [
		...value.lanes.map((l) => lanes.findIndex((o) => o.id === l.id)),
		...own.map((_, i) => lanes.length + shape.length - own.length + i),
	];
	return { ...value, lanes, value: evaluator.builder.broadcast(value.value, target, axes) };
}

export function joinElement(a: ElementType, b: ElementType): ElementType {
	if (a === b) return a;
	// What a call at another precision reads from outside of it does not lower it.
	if (a === "f64" || b === "f64") return "f64";
	if (a === "f32" || b === "f32") return "f32";
	return a === "i32" || b === "i32" ? "i32" : "bool";
}

/** Real numbers: those that are keep their format, others get that of `real`. */
export function toReal(evaluator: Evaluator, value: TracedValue): TracedValue {
	return isFloat(value.value.type.element) ? value : castTo(evaluator, value, evaluator.realElement);
}

/** The format of a value that is a tensor of reals; numbers that are known before running have none of their own. */
export function formatOf(value: Value): "f32" | "f64" | undefined {
	const element =
		value.kind === "traced"
			? value.value.type.element
			: value.kind === "tensor"
				? value.data.type.element
				: undefined;
	if (value.kind === "list") {
		const formats = value.items.flatMap((item) => formatOf(item) ?? []);
		return formats.includes("f64") ? "f64" : formats[0];
	}
	return element === "f32" || element === "f64" ? element : undefined;
}

/** The format of real numbers that are made of these. */
export function realOf(evaluator: Evaluator, ...values: readonly TracedValue[]): "f32" | "f64" {
	const elements = values.map((v) => v.value.type.element);
	if (elements.includes("f64")) return "f64";
	return elements.includes("f32") ? "f32" : evaluator.realElement;
}

export function castTo(evaluator: Evaluator, value: TracedValue, element: ElementType): TracedValue {
	if (value.value.type.element === element) return value;
	return { ...value, value: evaluator.builder.cast(value.value, element) };
}

export function broadcastShapes(a: readonly number[], b: readonly number[]): readonly number[] {
	const [long, short] = a.length >= b.length ? [a, b] : [b, a];
	return long.map((n, i) => {
		const other = short[i - (long.length - short.length)];
		return other === undefined || other === 1 ? n : n === 1 ? other : n;
	});
}

/** An elementwise operation of two operands. `element` is that of the operands, after joining. */
export function elementwise(
	evaluator: Evaluator,
	operation: string,
	a: TracedValue,
	b: TracedValue,
	element: ElementType,
): TracedValue {
	const lanes = unionLanes([a, b]);
	const shape = broadcastShapes(shapeOf(a), shapeOf(b));
	const left = spread(evaluator, castTo(evaluator, a, element), lanes, shape);
	const right = spread(evaluator, castTo(evaluator, b, element), lanes, shape);
	return { kind: "traced", value: evaluator.builder.emit(operation, [left.value, right.value]), lanes };
}

export function unary(
	evaluator: Evaluator,
	operation: string,
	value: TracedValue,
	element?: ElementType,
): TracedValue {
	const operand = element ? castTo(evaluator, value, element) : value;
	return { kind: "traced", value: evaluator.builder.emit(operation, [operand.value]), lanes: value.lanes };
}

/** Whether each element is neither infinite nor nan. */
export function areFinite(evaluator: Evaluator, value: TracedValue): TracedValue {
	return { kind: "traced", value: evaluator.builder.isFinite(value.value), lanes: value.lanes };
}

/** `condition ? a : b`, element by element. */
export function select(
	evaluator: Evaluator,
	condition: TracedValue,
	a: TracedValue,
	b: TracedValue,
): TracedValue {
	const element = joinElement(a.value.type.element, b.value.type.element);
	const lanes = unionLanes([condition, a, b]);
	const shape = broadcastShapes(shapeOf(a), shapeOf(b));
	const [x, y] = [a, b].map((v) => spread(evaluator, castTo(evaluator, v, element), lanes, shape).value) as [
		IrOf,
		IrOf,
	];
	const c = spread(evaluator, condition, lanes, shape);
	return { kind: "traced", value: evaluator.builder.emit("select", [c.value, x, y]), lanes };
}

type IrOf = TracedValue["value"];

/** The lanes moved to the front of the shape: `for i, j: ..`. Lanes that the value does not depend on are spread. */
export function lanesToShape(evaluator: Evaluator, value: TracedValue, lanes: readonly Lane[]): TracedValue {
	const ids = new Set(lanes.map((l) => l.id));
	const outer = value.lanes.filter((l) => !ids.has(l.id));
	const all = unionLanes([value, { ...value, lanes }]);
	const whole = spread(evaluator, value, all, shapeOf(value));
	const order = [...outer, ...lanes].map((l) => all.findIndex((o) => o.id === l.id));
	const permutation = [...order, ...shapeOf(value).map((_, i) => all.length + i)];
	const { places: _, ...rest } = value;
	return { ...rest, lanes: outer, value: evaluator.builder.transpose(whole.value, permutation) };
}

/** Reduces over lanes; lanes that the value does not depend on are spread first. */
export function reduceLanes(
	evaluator: Evaluator,
	operation: string,
	value: TracedValue,
	lanes: readonly Lane[],
): TracedValue {
	const ids = new Set(lanes.map((l) => l.id));
	const all = unionLanes([value, { ...value, lanes }]);
	const whole = spread(evaluator, value, all, shapeOf(value));
	const axes = all.flatMap((l, i) => (ids.has(l.id) ? [i] : []));
	return {
		kind: "traced",
		value: evaluator.builder.emit(operation, [whole.value], { axes }),
		lanes: all.filter((l) => !ids.has(l.id)),
	};
}

/** Reduces over axes of the shape. */
export function reduceAxes(
	evaluator: Evaluator,
	operation: string,
	value: TracedValue,
	axes: readonly number[],
): TracedValue {
	return {
		kind: "traced",
		value: evaluator.builder.emit(operation, [value.value], {
			axes: axes.map((a) => a + value.lanes.length),
		}),
		lanes: value.lanes,
	};
}

/** `a @ b`: [..., n, k] @ [k, m], [..., k] @ [k]. */
export function matmul(evaluator: Evaluator, a: TracedValue, b: TracedValue): TracedValue {
	const { builder } = evaluator;
	const joined = joinElement(a.value.type.element, b.value.type.element);
	const element = joined === "bool" ? "i32" : joined;
	const shared = a.lanes.filter((l) => b.lanes.some((o) => o.id === l.id));
	const place = (v: TracedValue, lane: Lane): number => v.lanes.findIndex((o) => o.id === lane.id);
	const aShape = shapeOf(a);
	const bShape = shapeOf(b);
	const value = builder.emit(
		"dot",
		[castTo(evaluator, a, element).value, castTo(evaluator, b, element).value],
		{
			contract: [[a.lanes.length + aShape.length - 1], [b.lanes.length]],
			batch: [shared.map((l) => place(a, l)), shared.map((l) => place(b, l))],
		},
	);
	const aOnly = a.lanes.filter((l) => !shared.includes(l));
	const bOnly = b.lanes.filter((l) => !shared.some((s) => s.id === l.id));
	return arrange(evaluator, value, [
		...shared,
		...aOnly,
		...aShape.slice(0, -1).map((_, i) => i),
		...bOnly,
		...bShape.slice(1).map((_, i) => aShape.length - 1 + i),
	]);
}

/** Sorts axes: each is a lane, or the place of an axis in the resulting shape. */
export function arrange(
	evaluator: Evaluator,
	value: TracedValue["value"],
	axes: readonly (Lane | number)[],
	below?: number,
): TracedValue {
	const lanes = axes.filter((a): a is Lane => typeof a !== "number").sort((a, b) => a.id - b.id);
	const places = axes.filter((a): a is number => typeof a === "number").sort((a, b) => a - b);
	const permutation = [...lanes, ...places].map((wanted) =>
		axes.findIndex((a) =>
			typeof wanted === "number" ? a === wanted : typeof a !== "number" && a.id === wanted.id,
		),
	);
	return {
		kind: "traced",
		value: evaluator.builder.transpose(value, permutation),
		lanes,
		...(below !== undefined && { below }),
	};
}
