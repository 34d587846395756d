import { Builder } from "./builder.js";
import type { Attributes, Func, TensorType, Value } from "./ir.js";
import { IrError } from "./primitives/index.js";

/** Emits the body of a region from its parameters; values of the builder around it may be used too. */
export type RegionBody = (builder: Builder, parameters: readonly Value[]) => readonly Value[];

export interface RegionSource {
	readonly name: string;
	readonly parameters: readonly TensorType[];
	readonly body: RegionBody;
}

/**
 * Regions of one equation. What they use of the builder around them becomes parameters after their own, the same for
 * all of them; `captured` are the inputs for these.
 */
export function regionsOf(
	outer: Builder,
	sources: readonly RegionSource[],
): { readonly funcs: readonly Func[]; readonly captured: readonly Value[] } {
	const built = sources.map(({ name, parameters, body }) => {
		const builder = new Builder(outer);
		const own = parameters.map((type) => builder.parameter(type));
		const results = body(builder, own).map((value) => builder.capture(value, name));
		return { name, builder, own, results };
	});
	const captured = [...new Set(built.flatMap(({ builder }) => builder.captured))];
	const funcs = built.map(({ name, builder, own, results }) => {
		const rest = captured.map((value) => {
			const at = builder.captured.indexOf(value);
			return at < 0 ? builder.parameter(value.type) : (builder.parameters[own.length + at] as Value);
		});
		return builder.build(name, results, [...own, ...rest]);
	});
	return { funcs, captured };
}

const typesOf = (values: readonly Value[]): TensorType[] => values.map((value) => value.type);

export interface ScanOptions {
	readonly init: readonly Value[];
	/** Tensors with a common leading axis. */
	readonly sequences?: readonly Value[];
	/** By default the extent of that axis. */
	readonly length?: number;
	readonly reverse?: boolean;
	/** Reverse mode keeps the state at every n-th turn only; true: about the square root of the length. */
	readonly checkpoint?: boolean | number;
}

/**
 * `scan` over the leading axis of sequences.
 *
 * @param body from (carries, elements) to (carries, elements to stack)
 * @returns the last carries, then the stacked elements
 * @throws IrError when the types do not fit
 */
export function scan(
	builder: Builder,
	options: ScanOptions,
	body: (
		builder: Builder,
		carries: readonly Value[],
		elements: readonly Value[],
	) => { readonly carries: readonly Value[]; readonly elements?: readonly Value[] },
): readonly Value[] {
	const { init, sequences = [], reverse = false, checkpoint = false } = options;
	const length = options.length ?? sequences[0]?.type.shape[0];
	if (length === undefined) throw new IrError("a scan without sequences needs a length");
	const elements = sequences.map(({ type }): TensorType => ({ ...type, shape: type.shape.slice(1) }));
	const { funcs, captured } = regionsOf(builder, [
		{
			name: "turn",
			parameters: [...typesOf(init), ...elements],
			body(inner, parameters) {
				const result = body(inner, parameters.slice(0, init.length), parameters.slice(init.length));
				return [...result.carries, ...(result.elements ?? [])];
			},
		},
	]);
	const segment = checkpoint === true ? Math.max(1, Math.ceil(Math.sqrt(length))) : Number(checkpoint);
	return builder.emitAll(
		"scan",
		[...init, ...sequences, ...captured],
		{
			length,
			carries: init.length,
			sequences: sequences.length,
			reverse,
			...(segment > 0 ? { checkpoint: segment } : {}),
		},
		funcs,
	);
}

/**
 * `while`: turns of the body as long as the condition holds.
 *
 * @param limit the most turns; with it reverse mode is possible
 * @returns the last carries, then the number of turns
 */
export function whileLoop(
	builder: Builder,
	init: readonly Value[],
	condition: (builder: Builder, carries: readonly Value[]) => Value,
	body: RegionBody,
	{
		name = "body",
		...options
	}: { readonly limit?: number; readonly checkpoint?: number; readonly name?: string } = {},
): readonly Value[] {
	const { funcs, captured } = regionsOf(builder, [
		{ name: "condition", parameters: typesOf(init), body: (inner, carries) => [condition(inner, carries)] },
		{ name, parameters: typesOf(init), body },
	]);
	const given = Object.entries(options).filter(([, value]) => value !== undefined);
	const attributes: Attributes = { carries: init.length, ...Object.fromEntries(given) };
	return builder.emitAll("while", [...init, ...captured], attributes, funcs);
}

/** `cond`: the results of one of two bodies, which have the same types. */
export function cond(
	builder: Builder,
	predicate: Value,
	whenTrue: (builder: Builder) => readonly Value[],
	whenFalse: (builder: Builder) => readonly Value[],
): readonly Value[] {
	const { funcs, captured } = regionsOf(builder, [
		{ name: "then", parameters: [], body: whenTrue },
		{ name: "else", parameters: [], body: whenFalse },
	]);
	return builder.emitAll("cond", [predicate, ...captured], {}, funcs);
}

/** `call` of a function of the IR. */
export function call(builder: Builder, func: Func, inputs: readonly Value[]): readonly Value[] {
	return builder.emitAll("call", inputs, {}, [func]);
}

/**
 * A function with a derivative of its own.
 *
 * @param pullback from (inputs, results, cotangents of the float results) to the cotangents of the float inputs
 * @param attributes which inputs have no derivative: one by them is an error
 */
export function customDerivative(
	builder: Builder,
	value: Func,
	pullback: Func,
	inputs: readonly Value[],
	attributes: Attributes = {},
): readonly Value[] {
	return builder.emitAll("custom_derivative", inputs, attributes, [value, pullback]);
}

/** A closed function from a body. */
export function functionOf(name: string, parameters: readonly TensorType[], body: RegionBody): Func {
	const builder = new Builder();
	return builder.build(
		name,
		body(
			builder,
			parameters.map((type) => builder.parameter(type)),
		),
	);
}
