import type * as ast from "../../grammar/ast.js";
import type { Builder } from "../ir/builder.js";
import type { Value as IrValue } from "../ir/ir.js";
import type { Environment } from "./environment.js";
import { evaluate } from "./evaluate.js";
import { type CallValues, type Evaluator, fail, shapeOf } from "./evaluator.js";
import { derivedFunctions } from "./library-derivatives.js";
import { linearFunctions } from "./library-linear.js";
import { bindParameters } from "./parameters.js";
import { broadcastShapes, castTo, joinElement, spread, traced, unionLanes } from "./tensors.js";
import type { FunctionValue, Lane, TracedValue, Value } from "./values.js";

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
	isfinite: elementwise("is_finite"),
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
	bindParameters(evaluator, inner, fn.node.parameters, args);
	const operands = operandsOf(evaluator, environment, node, fn, inner, args, row);
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
	const joined = operands.map((o) => o.value.type.element).reduce((a, b) => joinElement(evaluator, a, b));
	const element = joined === "bool" ? "i32" : joined;
	return operands.map((o) => castTo(evaluator, o, element));
}

function declaredElement(type: ast.TypeNode): string | undefined {
	return type.kind === "NamedType" ? type.name.name : undefined;
}

function isTensor(type: ast.TypeNode): boolean {
	return type.kind === "BoundedInt" || /^(real|int|bool)$/.test(declaredElement(type) ?? "");
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
