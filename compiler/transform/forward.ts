import type { Builder } from "../ir/builder.js";
import type { Value } from "../ir/ir.js";
import { IrError, sameType, showType } from "../ir/primitives/index.js";
import { isFloat } from "../ir/primitives/primitive.js";
import { removeDead } from "./dead.js";
import { regionTangents } from "./regions/forward.js";
import { tangentRules } from "./tangents/index.js";

/** Values with their tangents; undefined where a tangent is zero. */
export interface Dual {
	/** Equal to the outputs. Behind loops they come from the loop that also computes the tangents. */
	readonly outputs: readonly Value[];
	readonly tangents: readonly (Value | undefined)[];
}

/** The walk of `jvp`, with the outputs too. */
export function pushForward(
	builder: Builder,
	outputs: readonly Value[],
	wrt: readonly Value[],
	given: readonly Value[],
): Dual {
	const tangents = new Map<Value, Value>();
	wrt.forEach((value, k) => {
		const tangent = given[k];
		if (!isFloat(value.type.element)) {
			throw new IrError(`%${value.id}: ${showType(value.type)} has no derivative`);
		}
		if (tangent === undefined || !sameType(tangent.type, value.type)) {
			throw new IrError(`the tangent of %${value.id} must be ${showType(value.type)}`);
		}
		tangents.set(value, tangent);
	});
	const variables = new Set(wrt);
	// Where a loop is emitted again with tangents, what follows takes its values from there.
	const again = new Map<Value, Value>();
	const primal = (value: Value): Value => again.get(value) ?? value;
	const live = removeDead({ name: "", parameters: [], equations: [...builder.equations], results: outputs });
	for (const equation of live.equations) {
		const { operation, attributes, regions } = equation;
		const inputs = equation.inputs.map(primal);
		const own = equation.inputs.map((value) => tangents.get(value));
		const moved = inputs.some((value, k) => value !== equation.inputs[k]);
		const active = own.some((tangent) => tangent !== undefined);
		if (!active && !moved) continue;
		const region = active ? regionTangents.get(operation) : undefined;
		const dual: Dual =
			region !== undefined
				? region({ builder, equation, inputs, tangents: own, pushForward })
				: {
						outputs: moved ? builder.emitAll(operation, inputs, attributes, regions) : equation.outputs,
						tangents: [],
					};
		equation.outputs.forEach((output, k) => {
			if (variables.has(output)) return;
			const value = dual.outputs[k] as Value;
			if (value !== output) again.set(output, value);
			const tangent = dual.tangents[k];
			if (tangent !== undefined) tangents.set(output, tangent);
		});
		if (region !== undefined || !active || variables.has(equation.output)) continue;
		const row = tangentRules.get(operation);
		if (row === undefined) throw new IrError(`${operation} has no row of tangents`);
		if ("none" in row) continue;
		const output = primal(equation.output);
		const tangent = row.rule({ builder, operation, inputs, attributes, output, tangents: own });
		if (tangent !== undefined) tangents.set(equation.output, tangent);
	}
	return { outputs: outputs.map(primal), tangents: outputs.map((value) => tangents.get(value)) };
}

/**
 * The product of the Jacobian of `outputs` by `wrt` with tangents: one walk forwards over the equations between them,
 * which emits its own equations into the same builder, so that it nests, with reverse mode too.
 *
 * Each of `wrt` counts as independent: nothing flows through the equation that defines it.
 *
 * @param tangents one for each of `wrt`, of its type
 * @returns one value for each output, of its type; zero where it does not depend on `wrt`
 * @throws IrError when one of `wrt` is not a float or a tangent has another type
 */
export function jvp(
	builder: Builder,
	outputs: readonly Value[],
	wrt: readonly Value[],
	tangents: readonly Value[],
): Value[] {
	builder.requireVariables(wrt);
	const dual = pushForward(builder, outputs, wrt, tangents);
	return outputs.map((value, k) => dual.tangents[k] ?? builder.zeros(value.type));
}
