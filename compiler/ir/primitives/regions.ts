import type { Attributes, Func, TensorType } from "../ir.js";
import {
	type AttributeKind,
	counted,
	IrError,
	input,
	integerOf,
	isFloat,
	require,
	requireAttributes,
	sameType,
	showType,
} from "./primitive.js";

/** The types of the parameters and of the results of a region. */
export interface Signature {
	readonly parameters: readonly TensorType[];
	readonly results: readonly TensorType[];
}

/** One row of the table of operations with regions: the rule for the types of its results. */
export interface RegionPrimitive {
	readonly name: string;
	/** How many regions it has. */
	readonly regions: number;
	readonly attributes: Readonly<Record<string, AttributeKind>>;
	readonly optional: Readonly<Record<string, AttributeKind>>;
	/** Throws IrError when inputs, attributes and regions do not fit together. */
	infer(
		inputs: readonly TensorType[],
		attributes: Attributes,
		regions: readonly Signature[],
	): readonly TensorType[];
}

export function signatureOf(func: Func): Signature {
	return {
		parameters: func.parameters.map((value) => value.type),
		results: func.results.map((value) => value.type),
	};
}

const showTypes = (types: readonly TensorType[]): string => `(${types.map(showType).join(", ")})`;

function requireTypes(actual: readonly TensorType[], expected: readonly TensorType[], what: string): void {
	const equal =
		actual.length === expected.length && actual.every((type, k) => sameType(type, expected[k] as TensorType));
	require(equal, () => `${what} must be ${showTypes(expected)}, not ${showTypes(actual)}`);
}

const regionAt = (regions: readonly Signature[], index: number): Signature => regions[index] as Signature;

/** Input groups of a loop: how many of the inputs are carries and sequences; the rest are constants. */
export function loopGroups(attributes: Attributes): { readonly carries: number; readonly sequences: number } {
	const sequences = attributes.sequences === undefined ? 0 : integerOf(attributes, "sequences");
	return { carries: integerOf(attributes, "carries"), sequences };
}

const scan: RegionPrimitive = {
	name: "scan",
	regions: 1,
	attributes: { length: "integer", carries: "integer", sequences: "integer", reverse: "boolean" },
	optional: { checkpoint: "integer" },
	infer(inputs, attributes, regions) {
		const length = integerOf(attributes, "length");
		const { carries, sequences } = loopGroups(attributes);
		require(carries + sequences <= inputs.length, () => "carries and sequences exceed the inputs");
		const region = regionAt(regions, 0);
		const expected = inputs.map((type, k): TensorType => {
			if (k < carries || k >= carries + sequences) return type;
			require(type.shape[0] === length, () => `${showType(type)} needs a leading axis of ${length}`);
			return { element: type.element, shape: type.shape.slice(1) };
		});
		requireTypes(region.parameters, expected, "the parameters of the region");
		requireTypes(region.results.slice(0, carries), inputs.slice(0, carries), "the carried results");
		const stacked = region.results
			.slice(carries)
			.map(({ element, shape }): TensorType => ({ element, shape: [length, ...shape] }));
		return [...inputs.slice(0, carries), ...stacked];
	},
};

const turns: TensorType = { element: "i32", shape: [] };
const truth: TensorType = { element: "bool", shape: [] };

const whileLoop: RegionPrimitive = {
	name: "while",
	regions: 2,
	attributes: { carries: "integer" },
	optional: { limit: "integer", checkpoint: "integer" },
	infer(inputs, attributes, regions) {
		const { carries } = loopGroups(attributes);
		require(carries <= inputs.length, () => "carries exceed the inputs");
		const [condition, body] = [regionAt(regions, 0), regionAt(regions, 1)];
		requireTypes(condition.parameters, inputs, "the parameters of the condition");
		requireTypes(condition.results, [truth], "the result of the condition");
		requireTypes(body.parameters, inputs, "the parameters of the body");
		requireTypes(body.results, inputs.slice(0, carries), "the results of the body");
		return [...inputs.slice(0, carries), turns];
	},
};

const cond: RegionPrimitive = {
	name: "cond",
	regions: 2,
	attributes: {},
	optional: {},
	infer(inputs, _attributes, regions) {
		const predicate = input(inputs, 0);
		require(sameType(predicate, truth), () => `the predicate must be bool[], not ${showType(predicate)}`);
		const [first, second] = [regionAt(regions, 0), regionAt(regions, 1)];
		requireTypes(first.parameters, inputs.slice(1), "the parameters of the first region");
		requireTypes(second.parameters, inputs.slice(1), "the parameters of the second region");
		requireTypes(second.results, first.results, "the results of the second region");
		return first.results;
	},
};

const call: RegionPrimitive = {
	name: "call",
	regions: 1,
	attributes: {},
	optional: {},
	infer(inputs, _attributes, regions) {
		requireTypes(regionAt(regions, 0).parameters, inputs, "the parameters of the region");
		return regionAt(regions, 0).results;
	},
};

const customDerivative: RegionPrimitive = {
	name: "custom_derivative",
	regions: 2,
	attributes: {},
	optional: { refused: "integers", site: "integer" },
	infer(inputs, _attributes, regions) {
		const [value, pullback] = [regionAt(regions, 0), regionAt(regions, 1)];
		requireTypes(value.parameters, inputs, "the parameters of the region");
		const floats = (types: readonly TensorType[]) => types.filter((type) => isFloat(type.element));
		const expected = [...inputs, ...value.results, ...floats(value.results)];
		requireTypes(pullback.parameters, expected, "the parameters of the derivative");
		requireTypes(pullback.results, floats(inputs), "the results of the derivative");
		return value.results;
	},
};

/**
 * Operations that carry functions.
 *
 * - `scan`: inputs carries, sequences with a leading axis of `length`, constants; the region takes (carries, one
 *   element of each sequence, constants) and gives (carries, elements); results: last carries, stacked elements.
 *   `reverse` goes from the last element to the first. `checkpoint` n: reverse mode keeps the carries at every n-th
 *   turn and computes the turns between again.
 * - `while`: inputs carries, constants; regions condition and body; results: last carries and the number of turns.
 *   With `limit` it stops after that many turns.
 * - `cond`: inputs predicate, operands; the first region where the predicate holds, else the second.
 * - `call`: one region on the inputs. Equal regions are one function in the compiled module.
 * - `custom_derivative`: a region and its derivative, which takes (inputs, results, cotangents of the float results)
 *   and gives the cotangents of the float inputs. A derivative by one of the inputs `refused` is an error; `site`
 *   tells it from others.
 */
export const regionRows: readonly RegionPrimitive[] = [scan, whileLoop, cond, call, customDerivative];

/** The types of the results, after checking the number of regions and the form of the attributes. */
export function inferRegions(
	primitive: RegionPrimitive,
	inputs: readonly TensorType[],
	attributes: Attributes,
	regions: readonly Func[],
): readonly TensorType[] {
	requireAttributes(primitive.name, attributes, primitive.attributes, primitive.optional);
	require(regions.length === primitive.regions, () =>
		`${primitive.name} takes ${counted(primitive.regions, "region")}, not ${regions.length}`);
	let types: readonly TensorType[];
	try {
		types = primitive.infer(inputs, attributes, regions.map(signatureOf));
	} catch (error) {
		if (!(error instanceof IrError)) throw error;
		throw new IrError(`${primitive.name}${showTypes(inputs)}: ${error.message}`);
	}
	require(types.length > 0, () => `${primitive.name} has no results`);
	return types;
}
