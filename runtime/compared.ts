import type { Evaluator } from "../compiler/elaborate/evaluator.js";
import { binary, operands } from "../compiler/elaborate/expressions/arithmetic.js";
import { traced } from "../compiler/elaborate/tensors.js";
import type { Value } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import { formatApart, formatNumber } from "./format.js";

/** Whether a comparison holds for all elements, and what is said of it. */
export interface Judged {
	readonly passed: boolean;
	/** Both sides of a comparison, and the margin: of the worst element. Of several joined by `and`, each. */
	readonly compared?: string;
}

const comparisons: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "==", "!="]);

export function isComparison(operator: ast.BinaryOperator): boolean {
	return comparisons.has(operator);
}

/** Both sides and the truth of their elements, as the language compares them. */
type Sides = (
	evaluator: Evaluator,
	left: Value,
	right: Value,
	places?: readonly Value[],
) => Value | undefined;

/** The sides are computed once, and what is told of them is what was compared. */
export function judgeComparison(
	operator: ast.BinaryOperator,
	computed: (told: Sides) => Value,
	/** What the `places` are called. */
	names: readonly string[] = [],
): Judged {
	const value = computed((evaluator, left, right, places = []) => {
		const truth = binary(evaluator, operator, left, right);
		if (!truth) return undefined;
		const [a, b] =
			truth.kind === "bool" || isRecord(left) || isRecord(right) ? [] : operands(evaluator, left, right);
		const sides = [a ?? left, b ?? right, truth, ...places.map((place) => traced(evaluator, place) ?? place)];
		return { kind: "tuple", elements: sides.map((side) => ({ value: side })) };
	});
	const [left, right, truth, ...places] = value.kind === "tuple" ? value.elements.map((e) => e.value) : [];
	if (!left || !right || !truth) return { passed: false };
	if (truth.kind === "bool") {
		const [a, b] = [wordOf(left), wordOf(right)];
		if (a !== undefined && b !== undefined) return { passed: truth.value, compared: `${a} ${operator} ${b}` };
	}
	const holds = elementsOf(truth);
	const [a, b] = [complexOf(left), complexOf(right)];
	if (!holds || !a || !b) return { passed: holds?.at.every((v) => v === 1) ?? false };
	const named = places.flatMap((place, k) => {
		const at = elementsOf(place);
		return at ? [{ name: names[k] ?? "", at }] : [];
	});
	return worstOf(operator, holds, a, b, named);
}

function isRecord(value: Value): boolean {
	return value.kind === "tuple";
}

/** A text, a truth value or a variant, as it is written. */
function wordOf(value: Value): string | undefined {
	if (value.kind === "string") return JSON.stringify(value.value);
	if (value.kind === "bool") return String(value.value);
	return value.kind === "variant" ? value.name : undefined;
}

interface Elements {
	readonly at: readonly number[];
	readonly shape: readonly number[];
}

function elementsOf(value: Value): Elements | undefined {
	if (value.kind === "number") return { at: [value.value], shape: [] };
	if (value.kind === "bool") return { at: [value.value ? 1 : 0], shape: [] };
	return value.kind === "tensor"
		? { at: Array.from(value.data.data), shape: value.data.type.shape }
		: undefined;
}

/** The parts of complex numbers; of real ones the first alone. */
interface Complex {
	readonly re: Elements;
	readonly im?: Elements;
}

function complexOf(value: Value): Complex | undefined {
	if (value.kind !== "tuple") {
		const re = elementsOf(value);
		return re && { re };
	}
	const [re, im] = value.elements.map((e) => elementsOf(e.value));
	return re && im && { re, im };
}

/** The element that fails, or comes closest to it. */
function worstOf(
	operator: string,
	truth: Elements,
	left: Complex,
	right: Complex,
	names: readonly { readonly name: string; readonly at: Elements }[],
): Judged {
	const part = (side: Elements | undefined, i: number): number =>
		side ? (side.at[placeIn(side.shape, truth.shape, i)] ?? Number.NaN) : 0;
	let worst = 0;
	let least = Number.POSITIVE_INFINITY;
	for (let i = 0; i < truth.at.length; i++) {
		const [a, b] = [part(left.re, i), part(right.re, i)];
		const apart = Math.hypot(a - b, part(left.im, i) - part(right.im, i));
		const margin =
			Number.isNaN(apart) && a !== b ? Number.NEGATIVE_INFINITY : marginOf(operator, a - b, apart);
		// Of one that fails by less than is left of another that holds, the one that fails is told.
		const own = truth.at[i] === 1 ? margin : Math.min(margin, 0);
		if (own < least || (own === least && truth.at[i] !== 1 && truth.at[worst] === 1)) {
			least = own;
			worst = i;
		}
	}
	const passed = truth.at.every((v) => v === 1);
	// Of none there is no worst one.
	if (truth.at.length === 0) return { passed };
	const [a, b] = [left, right].map((side) => [part(side.re, worst), part(side.im, worst)] as const);
	if (!a || !b) return { passed };
	const where = names.map(
		({ name, at }) => `${name} = ${at.at[placeIn(at.shape, truth.shape, worst)] ?? "?"}`,
	);
	const place = where.length > 0 ? `${where.join(", ")}: ` : truth.at.length > 1 ? `element ${worst}: ` : "";
	const [re, otherRe] = formatApart(a[0], b[0]);
	const [im, otherIm] = formatApart(a[1], b[1]);
	const isComplex = left.im !== undefined || right.im !== undefined;
	const [x, y] = isComplex ? [`complex(${re}, ${im})`, `complex(${otherRe}, ${otherIm})`] : [re, otherRe];
	const distance = Math.hypot(a[0] - b[0], a[1] - b[1]);
	const isTold = Number.isFinite(distance) && operator !== "!=" && !(operator === "==" && passed);
	const off = isTold ? ` (${passed ? "by" : "off by"} ${formatNumber(distance)})` : "";
	return { passed, compared: `${place}${x} ${operator} ${y}${off}` };
}

function marginOf(operator: string, difference: number, apart: number): number {
	if (operator.startsWith("<")) return -difference;
	if (operator.startsWith(">")) return difference;
	return operator === "==" ? -apart : apart;
}

/** Where element `i` of a result stands in what was broadcast to it. */
function placeIn(shape: readonly number[], whole: readonly number[], i: number): number {
	let place = 0;
	let stride = 1;
	let rest = i;
	for (let axis = 1; axis <= whole.length; axis++) {
		const size = whole[whole.length - axis] ?? 1;
		const own = axis <= shape.length ? (shape[shape.length - axis] ?? 1) : 1;
		if (own > 1) place += (rest % size) * stride;
		stride *= own;
		rest = Math.floor(rest / size);
	}
	return place;
}
