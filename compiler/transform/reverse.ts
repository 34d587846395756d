import type { Builder } from "../ir/builder.js";
import type { Equation, Value } from "../ir/ir.js";
import { IrError, sameType, showType } from "../ir/primitives/index.js";
import { isFloat } from "../ir/primitives/primitive.js";
import { derivatives } from "./derivatives/index.js";
import { activeOutputs } from "./regions/activity.js";
import { prepareLoop } from "./regions/loops.js";
import { regionDerivatives } from "./regions/reverse.js";

/** Equations between `wrt` and `outputs`, and the values that depend on `wrt`. */
interface Between {
	readonly equations: readonly Equation[];
	readonly active: ReadonlySet<Value>;
}

/** Leaves out the equations that define `wrt` themselves. */
function equationsBetween(builder: Builder, outputs: readonly Value[], wrt: readonly Value[]): Between {
	const active = new Set<Value>(wrt);
	const found: Equation[] = [];
	for (const equation of builder.equations) {
		const { operation, inputs } = equation;
		if (!derivatives.has(operation) && !regionDerivatives.has(operation)) {
			throw new IrError(`${operation} has no row of derivatives`);
		}
		if (!inputs.some((value) => active.has(value))) continue;
		const depends = activeOutputs(
			equation,
			inputs.map((value) => active.has(value)),
		);
		const added = equation.outputs.filter((value, k) => depends[k] && !active.has(value));
		for (const value of added) active.add(value);
		if (added.length > 0) found.push(equation);
	}
	const live = new Set<Value>(outputs);
	const equations = found.toReversed().filter((equation) => {
		if (!equation.outputs.some((value) => live.has(value))) return false;
		for (const value of equation.inputs) live.add(value);
		return true;
	});
	return { equations, active };
}

/**
 * The product of cotangents with the Jacobian of `outputs` by `wrt`: one walk backwards over the equations between
 * them, which emits its own equations into the same builder, so that derivatives nest. Loops and branches between
 * them are replaced by ones that also give what the walk needs; their results stay what they are.
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
	builder.requireVariables(wrt);
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
	let between = equationsBetween(builder, outputs, wrt);
	while (between.equations.map((equation) => prepareLoop(builder, equation)).includes(true)) {
		between = equationsBetween(builder, outputs, wrt);
	}
	const { equations, active } = between;
	const variables = new Set(wrt);
	for (const equation of equations) {
		const { operation, inputs, attributes } = equation;
		const cotangents = equation.outputs.map((value) =>
			active.has(value) && !variables.has(value) ? sums.get(value) : undefined,
		);
		if (cotangents.every((value) => value === undefined)) continue;
		const region = regionDerivatives.get(operation);
		if (region !== undefined) {
			const wanted = inputs.map((value) => active.has(value));
			region({ builder, equation, cotangents, active: wanted, vjp }).forEach((part, index) => {
				if (part !== undefined && wanted[index]) accumulate(inputs[index] as Value, part);
			});
			continue;
		}
		const row = derivatives.get(operation);
		const cotangent = cotangents[0];
		if (cotangent === undefined || row === undefined || "none" in row) continue;
		inputs.forEach((value, index) => {
			if (!active.has(value)) return;
			const part = row.rule({ builder, inputs, attributes, output: equation.output, cotangent }, index);
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
