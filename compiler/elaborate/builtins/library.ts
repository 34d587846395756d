import type * as ast from "../../../grammar/ast.js";
import type { Builder } from "../../ir/builder.js";
import type { Value as IrValue } from "../../ir/ir.js";
import { isElement } from "../elements.js";
import type { Environment } from "../environment.js";
import { type CallValues, type Evaluator, fail, shapeOf } from "../evaluator.js";
import { evaluate } from "../expressions/evaluate.js";
import { bindParameters } from "../expressions/parameters.js";
import { precisionOfCall } from "../expressions/precision.js";
import {
	arrange,
	broadcastShapes,
	castTo,
	joinElement,
	lanesToShape,
	spread,
	traced,
	unionLanes,
} from "../tensors.js";
import type { FunctionValue, Lane, TracedValue, Value } from "../values.js";
import { derivedFunctions } from "./library-derivatives.js";
import { linearFunctions } from "./library-linear.js";

/**
 * Functions of the library that are operations of the IR. Their declarations say everything else: names, defaults and
 * sizes of the parameters, the fields of the result, the bound of an int. An operand has the lanes of all operands as
 * leading axes, before those of its own shape, so that a row works on the last axes only.
 */
export interface Row {
	/** Numbers keep their element: `searchsorted` in ints compares ints. Else a parameter has the element it is declared with. */
	readonly keepsElement?: boolean;
	/** A scalar among the operands is spread to the shape of the others. */
	readonly spreads?: boolean;
	/** Of a matrix and columns: lanes that only the columns have are further columns, so that it is factored once. */
	readonly ofColumns?: boolean;
	readonly compute: (operands: readonly IrValue[], call: RowCall) => IrValue | readonly IrValue[];
}

export interface RowCall {
	readonly builder: Builder;
	/** A static argument, or a size of the signature. */
	readonly number: (name: string) => number;
	readonly flag: (name: string) => boolean;
}

/** Operations on each element. */
const unary = Object.fromEntries(
	["tan", "asin", "acos", "atan", "sinh", "cosh", "erfc", "lgamma", "digamma"].map((name): [string, Row] => [
		name,
		elementwise(name),
	]),
);

function elementwise(operation: string): Row {
	return { compute: (operands, { builder }) => builder.emit(operation, operands) };
}

const rows: Readonly<Record<string, Row>> = {
	...unary,
	polygamma: {
		compute: ([x], { builder, number }) => {
			const point = x as IrValue;
			return builder.emit("polygamma", [builder.fill(number("n"), point.type), point]);
		},
	},
	isfinite: { compute: ([x], { builder }) => builder.isFinite(x as IrValue) },
	linear_recurrence: {
		compute: ([a, b], { builder }) => {
			const [factors, terms] = [a as IrValue, b as IrValue];
			const axis = factors.type.shape.length - 1;
			return builder.emit("linear_recurrence", [factors, terms], { axis });
		},
	},
	atan2: { ...elementwise("atan2"), spreads: true },
	searchsorted: {
		keepsElement: true,
		compute: (operands, call) => call.builder.emit("searchsorted", operands, { right: call.flag("right") }),
	},
	...linearFunctions,
	...derivedFunctions,
};

export function hasRow(name: string): boolean {
	return Object.hasOwn(rows, name);
}

/** A call of an intrinsic of the library that has a row. */
export function callRow(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	fn: FunctionValue,
	name: string,
	args: CallValues,
): Value {
	const row = rows[name] as Row;
	const inner = fn.environment.inner();
	return evaluator.inPrecision(precisionOfCall(fn, fn.environment, args), () =>
		callBound(evaluator, environment, node, fn, inner, row, args),
	);
}

function callBound(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	fn: FunctionValue,
	inner: Environment,
	row: Row,
	args: CallValues,
): Value {
	bindParameters(evaluator, inner, fn.node.parameters, args);
	const operands = operandsOf(evaluator, environment, node, fn, inner, args, row);
	if (row.ofColumns) return callOfColumns(evaluator, environment, node, inner, operands, row, fn);
	return computeRow(evaluator, environment, node, inner, operands, row, fn);
}

function computeRow(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	inner: Environment,
	operands: readonly TracedValue[],
	row: Row,
	fn: FunctionValue,
): Value {
	const lanes = unionLanes(operands);
	const common = operands.map(shapeOf).reduce(broadcastShapes, []);
	const wide = operands.map((o) => spread(evaluator, o, lanes, row.spreads ? common : shapeOf(o)).value);
	const result = row.compute(wide, {
		builder: evaluator.builder,
		number: (parameter) => {
			const value = inner.find(parameter);
			return value?.kind === "number" ? value.value : fail(environment, node, `${parameter} is not known`);
		},
		flag: (parameter) => {
			const value = inner.find(parameter);
			return value?.kind === "bool" ? value.value : fail(environment, node, `${parameter} is not known`);
		},
	});
	return labelled(
		evaluator,
		inner,
		Array.isArray(result) ? result : [result as IrValue],
		lanes,
		fn.node.result,
	);
}

/** Lanes of the columns that the matrix does not depend on become columns, and lanes again. */
function callOfColumns(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	inner: Environment,
	operands: readonly TracedValue[],
	row: Row,
	fn: FunctionValue,
): Value {
	const [matrix, right] = operands as [TracedValue, TracedValue];
	const own = right.lanes.filter((lane) => !matrix.lanes.some((l) => l.id === lane.id));
	const rank = shapeOf(matrix).length;
	// With leading axes of its own a matrix is many already.
	if (own.length === 0 || rank !== 2)
		return computeRow(evaluator, environment, node, inner, operands, row, fn);
	const isVector = shapeOf(right).length === 1;
	const columns = own.reduce((product, lane) => product * lane.size, isVector ? 1 : (shapeOf(right)[1] ?? 1));
	const front = lanesToShape(evaluator, right, own);
	const outer = front.lanes.map((l) => l.size);
	const axes = front.value.type.shape.map((_, k) => k);
	const [start, rows] = [outer.length, outer.length + own.length];
	const rest = axes.slice(rows + 1);
	const there = [...axes.slice(0, start), rows, ...axes.slice(start, rows), ...rest];
	const moved = evaluator.builder.transpose(front.value, there);
	const { shape } = moved.type;
	const wide: TracedValue = {
		kind: "traced",
		value: evaluator.builder.reshape(moved, [...outer, shape[start] ?? 0, columns]),
		lanes: front.lanes,
	};
	const result = computeRow(evaluator, environment, node, inner, [matrix, wide], row, fn);
	if (result.kind !== "traced") return fail(environment, node, "a system has one solution");
	const lanes = result.lanes.map((l) => l.size);
	const solved = evaluator.builder.reshape(result.value, [
		...lanes,
		shapeOf(result)[0] ?? 0,
		...shape.slice(start + 1),
	]);
	const places = [...result.lanes, 0, ...own, ...rest.map((_, i) => i + 1)];
	return arrange(evaluator, solved, places);
}

/** The arguments of parameters that are tensors, in the order of the declaration. */
function operandsOf(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	fn: FunctionValue,
	inner: Environment,
	args: CallValues,
	row: Row,
): TracedValue[] {
	const operands: TracedValue[] = [];
	let next = 0;
	for (const { name, type } of fn.node.parameters) {
		if (name.kind === "Missing") continue;
		const given = args.named.get(name.name) ?? args.positional[next++];
		if (!type || !isTensor(type)) continue;
		// What is declared as real was cast when it was bound; as it was given it has its own element.
		const value = row.keepsElement ? given : inner.find(name.name);
		const wanted = declaredElement(type) === "real" && !row.keepsElement ? evaluator.realElement : undefined;
		const operand = value && traced(evaluator, value, wanted);
		if (!operand) return fail(environment, node, `${name.name} is no tensor`);
		operands.push(operand);
	}
	if (!row.keepsElement) return operands;
	const joined = operands.map((o) => o.value.type.element).reduce((a, b) => joinElement(a, b));
	const element = joined === "bool" ? "i32" : joined;
	return operands.map((o) => castTo(evaluator, o, element));
}

function declaredElement(type: ast.TypeNode): string | undefined {
	return type.kind === "NamedType" ? type.name.name : undefined;
}

function isTensor(type: ast.TypeNode): boolean {
	return type.kind === "BoundedInt" || isElement(declaredElement(type) ?? "");
}

/** The results under the names of the declared type, with the bounds of ints. */
function labelled(
	evaluator: Evaluator,
	inner: Environment,
	results: readonly IrValue[],
	lanes: readonly Lane[],
	type: ast.TypeNode | undefined,
): Value {
	const one = (value: IrValue, declared: ast.TypeNode | undefined): TracedValue => {
		const bound = declared?.kind === "BoundedInt" ? evaluate(evaluator, inner, declared.bound) : undefined;
		return { kind: "traced", value, lanes, ...(bound?.kind === "number" && { below: bound.value }) };
	};
	if (type?.kind !== "TupleType") return one(results[0] as IrValue, type);
	return {
		kind: "tuple",
		elements: type.elements.map((element, i) => ({
			...(element.name && { name: element.name.name }),
			value: one(results[i] as IrValue, element.type),
		})),
	};
}
