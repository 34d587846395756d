import { Builder } from "../../compiler/ir/builder.js";
import { inline } from "../../compiler/ir/inline.js";
import { type Func, sizeOf, type Value } from "../../compiler/ir/ir.js";
import { isFloat } from "../../compiler/ir/primitives/primitive.js";
import { functionOf } from "../../compiler/ir/regions.js";
import { batch } from "../../compiler/transform/batch.js";
import { jvp } from "../../compiler/transform/forward.js";
import { gradients, vjp } from "../../compiler/transform/reverse.js";
import { simplify } from "../../compiler/transform/simplify.js";

/**
 * Transformations from function to function, so that they nest. `test/transform/oracle/jax_oracle.py` says the same in
 * JAX: the scalar of a function is the sum of the sines of its first result, which depends on it at every order.
 *
 * - `grad`: the derivatives of the scalar by each float parameter
 * - `jvp`: the tangents of the float results along fixed directions
 * - `vjp`: fixed cotangents of the first result times its Jacobian
 * - `hessian`: of the scalar by the first float parameter, forward mode in lanes over reverse mode
 * - `vmap`: two lanes of every parameter whose number is not 2 modulo 3
 * - `simplify`: the same function
 */
export type Transformation = "grad" | "jvp" | "vjp" | "hessian" | "vmap" | "simplify";

export const lanes = 2;

export const isBatched = (parameter: number): boolean => parameter % 3 !== 2;

/** The direction of parameter k, or the cotangents (k = 7). */
function direction(builder: Builder, { type }: Value, k: number): Value {
	const numbers = Array.from({ length: sizeOf(type.shape) }, (_, i) => Math.cos(i + 2 * k + 1));
	return builder.constant(numbers, type);
}

const isFloatValue = ({ type }: Value): boolean => isFloat(type.element);

function derived(
	func: Func,
	body: (builder: Builder, parameters: readonly Value[], results: readonly Value[]) => readonly Value[],
): Func {
	const types = func.parameters.map(({ type }) => type);
	return functionOf(func.name, types, (builder, parameters) =>
		body(builder, parameters, inline(builder, func, parameters)),
	);
}

const scalarOf = (builder: Builder, [first]: readonly Value[]): Value =>
	builder.sum(builder.emit("sin", [first as Value]));

function hessian(func: Func): Func {
	const at = func.parameters.findIndex(isFloatValue);
	const type = (func.parameters[at] as Value).type;
	const count = sizeOf(type.shape);
	// From (parameters, one direction) to one row.
	const builder = new Builder();
	const parameters = func.parameters.map((parameter) => builder.parameter(parameter.type));
	const along = builder.parameter(type);
	const variable = parameters[at] as Value;
	const slope = gradients(builder, scalarOf(builder, inline(builder, func, parameters)), [variable]);
	const row = builder.build("row", jvp(builder, slope, [variable], [along]));
	const rows = batch(row, count, [...func.parameters.map(() => false), true]);
	return derived(func, (outer, given) => {
		const basis = Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
		const unit = outer.constant(basis, { element: type.element, shape: [count, ...type.shape] });
		return inline(outer, rows, [...given, unit]);
	});
}

export const transformations: Readonly<Record<Transformation, (func: Func) => Func>> = {
	grad: (func) =>
		derived(func, (builder, parameters, results) =>
			gradients(builder, scalarOf(builder, results), parameters.filter(isFloatValue)),
		),
	jvp: (func) =>
		derived(func, (builder, parameters, results) => {
			const wrt = parameters.filter(isFloatValue);
			const along = wrt.map((value, k) => direction(builder, value, k));
			return jvp(builder, results.filter(isFloatValue), wrt, along);
		}),
	vjp: (func) =>
		derived(func, (builder, parameters, [first]) => {
			const output = first as Value;
			const cotangents = [direction(builder, output, 7)];
			return vjp(builder, [output], cotangents, parameters.filter(isFloatValue));
		}),
	hessian,
	vmap: (func) =>
		batch(
			func,
			lanes,
			func.parameters.map((_, k) => isBatched(k)),
		),
	simplify: (func) => simplify(func, { keepGuards: true }),
};
