import type * as ast from "../../../grammar/ast.js";
import type { Span } from "../../../grammar/span.js";
import {
	add,
	asConstant,
	constant,
	type Dim,
	DimOverflow,
	decideEqual,
	type Facts,
	floorDiv,
	isAtLeast,
	modulo,
	mul,
	neg,
	powerOf,
	sub,
} from "../../dims/dim.js";
import type { Fix } from "../../source/diagnostic.js";
import { type Context, locate, report } from "../context.js";
import type { Hint } from "../hint.js";
import { indexedAway } from "../shape-hints.js";
import { restHint, restsMeet } from "../signatures/rests.js";
import { explainVerdict } from "../types/explain.js";
import { knownNumber } from "../types/known-number.js";
import { asNumber, asReal } from "../types/precision.js";
import { behindRest, placeOfAxis, sameRest } from "../types/shape.js";
import { showBoth, showShape, showType } from "../types/show.js";
import { type Element, errorType, type Shape, type TensorType, type Type } from "../types/types.js";

/** A number beyond 2^53 in a size is an error at the expression around it. */
export function orOverflow<T>(
	context: Context,
	node: { readonly span: Span },
	compute: () => T,
	otherwise: T,
): T {
	try {
		return compute();
	} catch (error) {
		reportOverflow(context, node, error);
		return otherwise;
	}
}

/** Any other error is thrown on. */
export function reportOverflow(context: Context, node: { readonly span: Span }, error: unknown): void {
	if (!(error instanceof DimOverflow)) throw error;
	report(context, {
		code: "E0319",
		at: locate(context, node),
		message:
			error.of === "number"
				? "this number is too large for a size: beyond 2^53 whole numbers are not exact"
				: "this size is too long a formula: its terms, multiplied out, are more than can be worked with",
	});
}

/** Comparisons and logic of what is known before running. */
export function staticLogic(operator: ast.BinaryOperator, a: Type, b: Type): Type | undefined {
	const isNumber = (t: Type): boolean => t.kind === "Int" || t.kind === "Real";
	const equality = operator === "==" || operator === "!=";
	if (isNumber(a) && isNumber(b)) {
		if (!equality && !["<", "<=", ">", ">="].includes(operator)) return undefined;
		const [x, y] = [a, b].map((t) => (t.kind === "Int" && t.value ? asConstant(t.value) : undefined));
		return truth(x === undefined || y === undefined ? undefined : compared(operator, x, y));
	}
	if (a.kind === "Bool" && b.kind === "Bool") return boolLogic(operator, a.value, b.value);
	if (a.kind === "String" && b.kind === "String") {
		if (!equality) return undefined;
		const known = a.value !== undefined && b.value !== undefined;
		return truth(known ? (a.value === b.value) === (operator === "==") : undefined);
	}
	return undefined;
}

function truth(value: boolean | undefined): Type {
	return { kind: "Bool", ...(value !== undefined && { value }) };
}

/** What a comparison of two known values gives; undefined for an operator that compares nothing. */
export function compared<T extends number | string>(
	operator: ast.BinaryOperator,
	x: T,
	y: T,
): boolean | undefined {
	switch (operator) {
		case "==":
			return x === y;
		case "!=":
			return x !== y;
		case "<":
			return x < y;
		case "<=":
			return x <= y;
		case ">":
			return x > y;
		case ">=":
			return x >= y;
		default:
			return undefined;
	}
}

function boolLogic(
	operator: ast.BinaryOperator,
	a: boolean | undefined,
	b: boolean | undefined,
): Type | undefined {
	const known = a !== undefined && b !== undefined;
	switch (operator) {
		case "and":
			return truth(a === false || b === false ? false : known ? true : undefined);
		case "or":
			return truth(a === true || b === true ? true : known ? false : undefined);
		case "==":
		case "!=":
			return truth(known ? (a === b) === (operator === "==") : undefined);
		default:
			return undefined;
	}
}

/**
 * The broadcasting rule: of equal ranks, axes that are a literal 1 stretch; of unequal ranks, the shorter shape must
 * be a suffix of the longer, and fit nowhere else. It is decided on names, before sizes.
 */
export function broadcast(
	context: Context,
	node: ast.Expression,
	left: Operand,
	right: Operand,
): Shape | undefined {
	const a = left.type.shape;
	const b = right.type.shape;
	if (a.dims.length === 0 && !a.rest) return b;
	if (b.dims.length === 0 && !b.rest) return a;
	if (sameRest(a, b) && a.dims.length === b.dims.length) return sameRank(context, node, left, right);
	const [long, short] =
		a.rest && !b.rest
			? [left, right]
			: b.rest && !a.rest
				? [right, left]
				: a.dims.length >= b.dims.length
					? [left, right]
					: [right, left];
	if (!mayBeSuffix(short.type.shape, long.type.shape))
		return disagree(context, node, left, right, restsMeet(a, b), { notes: [], ...restHint(a, b) });
	return suffix(context, node, long, short, left, right);
}

/** Whether the last axes of a shape are as many, with the same rest or none among them. */
function mayBeSuffix(short: Shape, long: Shape): boolean {
	const start = long.dims.length - short.dims.length;
	if (start < 0) return false;
	if (!short.rest) return !long.rest || long.rest.before <= start;
	return short.rest.id === long.rest?.id && short.rest.before + start === long.rest.before;
}

export interface Operand {
	readonly node: ast.Expression;
	readonly type: TensorType;
	/** How it is shown, if it is not just that tensor. */
	readonly shown?: Type;
}

function sameRank(context: Context, node: ast.Expression, left: Operand, right: Operand): Shape | undefined {
	const dims: Dim[] = [];
	for (const [axis, a] of left.type.shape.dims.entries()) {
		const b = right.type.shape.dims[axis] as Dim;
		if (asConstant(a) === 1) dims.push(b);
		else if (asConstant(b) === 1) dims.push(a);
		else {
			const verdict = decideEqual(a, b, context.facts);
			if (verdict.verdict !== "equal") {
				const why = explainVerdict(a, b, verdict);
				return disagree(
					context,
					node,
					left,
					right,
					`axis ${placeOfAxis(left.type.shape, axis)}: ${showBoth(a, b)}`,
					why,
				);
			}
			dims.push(a);
		}
	}
	return { ...left.type.shape, dims };
}

function suffix(
	context: Context,
	node: ast.Expression,
	long: Operand,
	short: Operand,
	left: Operand,
	right: Operand,
): Shape | undefined {
	const whole = long.type.shape;
	const part = short.type.shape.dims;
	const fitsAt = (start: number): boolean =>
		part.every((d, i) => decideEqual(d, whole.dims[start + i] as Dim, context.facts).verdict === "equal");
	const end = whole.dims.length - part.length;
	if (!fitsAt(end)) {
		return disagree(
			context,
			node,
			left,
			right,
			`${showShape(short.type.shape)} is not a suffix of ${showShape(whole)}`,
			{ notes: [], ...columnHint(context, long, short) },
		);
	}
	// Also where the rest stands for no axes.
	for (let start = 0; start < end && part.length > 0; start++) {
		if (!fitsAt(start)) continue;
		return disagree(
			context,
			node,
			left,
			right,
			`${showShape(short.type.shape)} fits ${showShape(whole)} at more than one place`,
			{ notes: [], hint: "say which with index notation: `for i, j: a[i, j] + b[j]`" },
		);
	}
	return whole;
}

/** `[b, 1]` against `[b]`: the column is meant as a row of numbers. Else index notation says what meets. */
function columnHint(
	context: Context,
	long: Operand,
	short: Operand,
): { readonly hint: Hint; readonly fixes?: readonly Fix[] } {
	const [column, row] = [long.type.shape, short.type.shape];
	const isColumn =
		!column.rest &&
		column.dims.length === row.dims.length + 1 &&
		asConstant(column.dims.at(-1) as Dim) === 1 &&
		row.dims.every((d, i) => d.key === column.dims[i]?.key);
	return isColumn
		? indexedAway(context, long.node, column)
		: { hint: "say which axes meet with index notation: `for i, j: a[i, j] - b[i]`" };
}

function disagree(
	context: Context,
	node: ast.Expression,
	left: Operand,
	right: Operand,
	detail: string,
	why: { readonly notes: readonly string[]; readonly hint?: Hint; readonly fixes?: readonly Fix[] } = {
		notes: [],
	},
): undefined {
	report(context, {
		code: "E0301",
		at: locate(context, right.node),
		message: `these shapes do not go together: ${detail}`,
		label: showType(right.shown ?? right.type),
		related: [
			{ at: locate(context, left.node), label: showType(left.shown ?? left.type) },
			...[left.type.origin, right.type.origin].filter((o) => o !== undefined),
		],
		notes: why.notes,
		...(productHint(context, node, left, right) ?? {
			...(why.hint !== undefined && { hint: why.hint }),
			...(why.fixes && { fixes: why.fixes }),
		}),
	});
	return undefined;
}

/** `x * w` of `real[n, d]` and `real[d, k]`: a product of matrices. */
function productHint(
	context: Context,
	node: ast.Expression,
	left: Operand,
	right: Operand,
): { readonly hint: Hint; readonly fixes: readonly Fix[] } | undefined {
	const [a, b] = [left.type.shape, right.type.shape];
	if (node.kind !== "Binary" || node.operator !== "*" || b.rest || b.dims.length > 2) return undefined;
	const [inner, first] = [behindRest(a).at(-1), b.dims[0]];
	if (!inner || !first || asConstant(inner) === 1) return undefined;
	if (decideEqual(inner, first, context.facts).verdict !== "equal") return undefined;
	return {
		hint: "`*` multiplies element by element; the product of matrices is `@`",
		fixes: [
			{
				title: "Multiply matrices: `@`",
				edits: [{ at: locate(context, { span: node.operatorSpan }), replacement: "@" }],
			},
		],
	};
}

/** Arithmetic on static numbers: Ints are polynomials, exact. */
export function staticArithmetic(
	operator: ast.BinaryOperator,
	a: Type,
	b: Type,
	facts: Facts,
): Type | undefined {
	const real: Type = { kind: "Real" };
	if ((a.kind !== "Int" && a.kind !== "Real") || (b.kind !== "Int" && b.kind !== "Real")) return undefined;
	if (a.kind === "Real" || b.kind === "Real") {
		return "+-*/%^".includes(operator) ? realOf(operator, knownNumber(a), knownNumber(b)) : undefined;
	}
	const [x, y] = [a.value, b.value];
	switch (operator) {
		case "+":
			return x && y ? { kind: "Int", value: add(x, y) } : { kind: "Int" };
		case "-":
			return x && y ? { kind: "Int", value: sub(x, y) } : { kind: "Int" };
		case "*":
			return x && y ? { kind: "Int", value: mul(x, y) } : { kind: "Int" };
		case "/":
			return realOf(operator, knownNumber(a), knownNumber(b));
		case "%":
			return x && y && !isZero(y) ? { kind: "Int", value: modulo(x, y) } : { kind: "Int" };
		case "^": {
			if (!y) return { kind: "Int" };
			// What may be less than 0 gives a fraction there.
			if (!isAtLeast(y, constant(0), facts)) return real;
			return !x || (asConstant(y) ?? 0) > 64 ? { kind: "Int" } : { kind: "Int", value: powerOf(x, y) };
		}
		default:
			return undefined;
	}
}

function isZero(d: Dim): boolean {
	return asConstant(d) === 0;
}

export function staticNegate(type: Type): Type | undefined {
	if (type.kind === "Int") return type.value ? { kind: "Int", value: neg(type.value) } : { kind: "Int" };
	if (type.kind !== "Real") return undefined;
	return type.value === undefined ? type : { kind: "Real", value: -type.value };
}

function realOf(operator: ast.BinaryOperator, x: number | undefined, y: number | undefined): Type {
	if (x === undefined || y === undefined) return { kind: "Real" };
	switch (operator) {
		case "+":
			return { kind: "Real", value: x + y };
		case "-":
			return { kind: "Real", value: x - y };
		case "*":
			return { kind: "Real", value: x * y };
		case "/":
			return { kind: "Real", value: x / y };
		default:
			return { kind: "Real" };
	}
}

/** `floor(a / b)` of static integers is integer arithmetic. */
export function staticFloor(a: Type, b: Type): Type {
	if (a.kind === "Int" && b.kind === "Int" && a.value && b.value && !isZero(b.value)) {
		return { kind: "Int", value: floorDiv(a.value, b.value) };
	}
	return { kind: "Int" };
}

/** Elementwise on tensors. `/` and `^` of ints give reals where they need to. */
export function arithmeticElement(operator: ast.BinaryOperator, joined: Element): Element {
	return operator === "/" ? asReal(joined) : asNumber(joined);
}

export function notNumeric(context: Context, node: ast.Expression, type: Type, operator: string): Type {
	if (type.kind !== "error") {
		report(context, {
			code: "E0302",
			at: locate(context, node),
			message: `\`${operator}\` needs ${operator === "and" || operator === "or" || operator === "not" ? "truth values" : "numbers"}, and this is ${showType(type)}`,
		});
	}
	return errorType;
}
