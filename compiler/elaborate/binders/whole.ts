import { boundedBy } from "../tensors.js";
import { integer, type Lane, type Places, type TracedValue, type Value } from "../values.js";

/** Where the elements of ints lie: the same rules as those of checking, with numbers for sizes. */

type Interval = readonly [number, number];

export function intervalOf(value: Value): Interval | undefined {
	switch (value.kind) {
		case "number":
			return value.integer ? [value.value, value.value] : undefined;
		case "bool":
			return [0, 1];
		case "index": {
			const { lane, from = 0 } = value;
			return [from, from + lane.size - 1];
		}
		case "tensor":
			if (value.below !== undefined) return [0, value.below - 1];
			return value.interval ?? ofElement(value.data.type.element);
		case "traced":
			if (value.below !== undefined) return [0, value.below - 1];
			return value.interval ?? ofElement(value.value.type.element);
		case "list": {
			const parts = value.items.map(intervalOf);
			const known = parts.filter((p) => p !== undefined);
			if (known.length === 0 || known.length < parts.length) return undefined;
			return [Math.min(...known.map((p) => p[0])), Math.max(...known.map((p) => p[1]))];
		}
		default:
			return undefined;
	}
}

function ofElement(element: string): Interval | undefined {
	return element === "bool" ? [0, 1] : undefined;
}

/** A value as a function of lanes. */
export function placesOf(value: Value): Places | undefined {
	switch (value.kind) {
		case "number":
			return value.integer ? { lanes: [], at: () => value.value } : undefined;
		case "bool":
			return { lanes: [], at: () => Number(value.value) };
		case "index": {
			const { lane, from = 0 } = value;
			return { lanes: [lane], at: (place) => from + place(lane) };
		}
		case "traced":
			return value.places;
		default:
			return undefined;
	}
}

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
	"+": (a, b) => a + b,
	"-": (a, b) => a - b,
	"*": (a, b) => a * b,
	"%": (a, b) => (b === 0 ? 0 : a - b * Math.floor(a / b)),
	floor: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
	"==": (a, b) => Number(a === b),
	"!=": (a, b) => Number(a !== b),
	"<": (a, b) => Number(a < b),
	"<=": (a, b) => Number(a <= b),
	">": (a, b) => Number(a > b),
	">=": (a, b) => Number(a >= b),
	and: (a, b) => Math.min(a, b),
	or: (a, b) => Math.max(a, b),
	max: Math.max,
	min: Math.min,
};

function combinedPlaces(operator: string, left: Value, right: Value): { readonly places?: Places } {
	const [a, b] = [placesOf(left), placesOf(right)];
	const operation = operations[operator];
	if (!a || !b || !operation) return {};
	const lanes = [...a.lanes, ...b.lanes.filter((l) => !a.lanes.some((o) => o.id === l.id))];
	return { places: { lanes, at: (place) => operation(a.at(place), b.at(place)) } };
}

/** An operation on ints, with what is known of its result. */
export function intResult(operator: string, left: Value, right: Value, result: TracedValue): TracedValue {
	const { element } = result.value.type;
	if (element === "bool") return { ...result, ...combinedPlaces(operator, left, right) };
	if (element !== "i32") return result;
	const interval = combine(operator, intervalOf(left), intervalOf(right));
	return { ...result, ...(interval && boundedBy(interval)), ...combinedPlaces(operator, left, right) };
}

function combine(operator: string, a: Interval | undefined, b: Interval | undefined): Interval | undefined {
	if (operator === "%") return b && b[0] === b[1] && b[0] >= 1 ? [0, b[0] - 1] : undefined;
	if (!a || !b) return undefined;
	switch (operator) {
		case "+":
			return [a[0] + b[0], a[1] + b[1]];
		case "-":
			return [a[0] - b[1], a[1] - b[0]];
		case "*": {
			const corners = [a[0] * b[0], a[0] * b[1], a[1] * b[0], a[1] * b[1]];
			return [Math.min(...corners), Math.max(...corners)];
		}
		case "floor":
			return b[0] === b[1] && b[0] >= 1 ? [Math.floor(a[0] / b[0]), Math.floor(a[1] / b[0])] : undefined;
		default:
			return undefined;
	}
}

export function intNegation(operand: Value, result: TracedValue): TracedValue {
	const interval = result.value.type.element === "i32" ? intervalOf(operand) : undefined;
	return {
		...result,
		...(interval && boundedBy([-interval[1] + 0, -interval[0] + 0])),
		...combinedPlaces("-", integer(0), operand),
	};
}

/** `max(a, b)` and `min(a, b)` of ints. */
export function extremum(word: string, a: Value, b: Value, result: TracedValue): TracedValue {
	const [x, y] = [intervalOf(a), intervalOf(b)];
	if (result.value.type.element !== "i32" || !x || !y) return result;
	const choose = word === "max" ? Math.max : Math.min;
	const interval: Interval = [choose(x[0], y[0]), choose(x[1], y[1])];
	return { ...result, ...boundedBy(interval), ...combinedPlaces(word, a, b) };
}

/** An int that is the one or the other. */
export function eitherOf(a: Value, b: Value, result: TracedValue): TracedValue {
	const [x, y] = [intervalOf(a), intervalOf(b)];
	if (result.value.type.element !== "i32" || !x || !y) return result;
	return { ...result, ...boundedBy([Math.min(x[0], y[0]), Math.max(x[1], y[1])]) };
}

/** `not c` of a condition. */
export function notResult(operand: Value, result: TracedValue): TracedValue {
	const places = placesOf(operand);
	return places ? { ...result, places: { ...places, at: (place) => 1 - places.at(place) } } : result;
}

const mostPlaces = 2 ** 16;

/** Whether a number lies in low .. below at all places where the conditions hold, as far as that can be tried. */
export function liesInside(
	value: TracedValue,
	conditions: readonly TracedValue[],
	low: number,
	below: number,
): boolean {
	const { places } = value;
	if (!places) return false;
	const known = conditions.flatMap((c) => (c.places ? [c.places] : []));
	const lanes = [...new Map([places, ...known].flatMap((p) => p.lanes).map((l) => [l.id, l])).values()];
	const count = lanes.reduce((product, l) => product * l.size, 1);
	if (count > mostPlaces) return false;
	const at = new Map<number, number>();
	const place = (lane: Lane): number => at.get(lane.id) ?? 0;
	for (let k = 0; k < count; k++) {
		let left = k;
		for (const lane of lanes) {
			at.set(lane.id, left % lane.size);
			left = Math.floor(left / lane.size);
		}
		if (!known.every((c) => c.at(place) === 1)) continue;
		const number = places.at(place);
		if (number < low || number >= below) return false;
	}
	return true;
}
