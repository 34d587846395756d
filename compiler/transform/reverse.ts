import type { Builder } from "../ir/builder.js";
import type { Equation, Value } from "../ir/ir.js";
import { IrError, sameType, showType } from "../ir/primitives/index.js";
import { isFloat } from "../ir/primitives/primitive.js";
import { derivatives } from "./derivatives/index.js";

/** The equations of the builder whose float results depend on `wrt`, without those that define `wrt` themselves. */
function equationsAfter(builder: Builder, wrt: readonly Value[]): Equation[] {
	const active = new Set<Value>(wrt);
	const found: Equation[] = [];
	for (const equation of builder.equations) {
		const row = derivatives.get(equation.operation);
		if (row === undefined) throw new IrError(`${equation.operation} has no row of derivatives`);
		if ("none" in row || active.has(equation.output) || !isFloat(equation.output.type.element)) continue;
		if (!equation.inputs.some((value) => active.has(value))) continue;
		active.add(equation.output);
		found.push(equation);
	}
	return found;
}

/**
 * The product of cotangents with the Jacobian of `outputs` by `wrt`: one walk backwards over the equations between
 * them, which emits its own equations into the same builder, so that derivatives nest.
 *
 * Each of `wrt` counts as independent: nothing flows through the equation that defines it.
 *
 * @param cotangents one for each output, of its type
 * @returns one value for each of `wrt`, of its type; zero where the outputs do not depend on it
 * @throws IrError when a type is not a float or a cotangent has another type than its output
 */
export function vjp(
	builder: Builder,
	outputs: readonly Value[],
	cotangents: readonly Value[],
	wrt: readonly Value[],
): Value[] {
	for (const value of [...outputs, ...wrt]) {
		if (!isFloat(value.type.element)) {
			throw new IrError(`%${value.id}: ${showType(value.type)} has no derivative`);
		}
	}
	const sums = new Map<Value, Value>();
	const accumulate = (value: Value, cotangent: Value): void => {
		if (!sameType(value.type, cotangent.type)) {
			throw new IrError(
				`the cotangent of %${value.id}: ${showType(value.type)} is ${showType(cotangent.type)}`,
			);
		}
		const sum = sums.get(value);
		sums.set(value, sum === undefined ? cotangent : builder.emit("add", [sum, cotangent]));
	};
	if (outputs.length !== cotangents.length) throw new IrError("one cotangent is needed for each output");
	outputs.forEach((output, k) => {
		accumulate(output, cotangents[k] as Value);
	});
	const equations = equationsAfter(builder, wrt);
	const active = new Set<Value>([...wrt, ...equations.map((equation) => equation.output)]);
	for (const { operation, inputs, attributes, output } of equations.reverse()) {
		const row = derivatives.get(operation);
		const cotangent = sums.get(output);
		if (cotangent === undefined || row === undefined || "none" in row) continue;
		inputs.forEach((value, index) => {
			if (!active.has(value)) return;
			const part = row.rule({ builder, inputs, attributes, output, cotangent }, index);
			if (part !== undefined) accumulate(value, part);
		});
	}
	return wrt.map((value) => sums.get(value) ?? builder.zeros(value.type));
}

/**
 * The derivatives of a scalar loss by each of `wrt`, emitted into the builder.
 *
 * @throws IrError when the loss is not a scalar float
 */
export function gradients(builder: Builder, loss: Value, wrt: readonly Value[]): Value[] {
	if (loss.type.shape.length !== 0) {
		throw new IrError(`the loss must be a scalar, not ${showType(loss.type)}`);
	}
	return vjp(builder, [loss], [builder.fill(1, loss.type)], wrt);
}
