import type { Builder } from "../../ir/builder.js";
import type { Attributes, Value } from "../../ir/ir.js";
import { integersOf, isFloat } from "../../ir/primitives/primitive.js";
import { elementwiseDerivatives } from "../derivatives/elementwise.js";
import { type AdjointRule, derivatives } from "../derivatives/index.js";
import { specialDerivatives } from "../derivatives/special.js";
import { furtherTangents } from "./further.js";

/** One equation of the walk forwards: its values and the tangents of its inputs, all of one builder. */
export interface Push {
	readonly builder: Builder;
	readonly operation: string;
	readonly inputs: readonly Value[];
	readonly attributes: Attributes;
	readonly output: Value;
	/** Of each input, of its type; undefined where it is zero. One at least is not. */
	readonly tangents: readonly (Value | undefined)[];
}

/** The tangent of the output; undefined: zero. */
export type TangentRule = (push: Push) => Value | undefined;

/** One row of the table of tangents: a rule, or the reason why the tangent of the output is zero. */
export type Tangent = { readonly rule: TangentRule } | { readonly none: string };

/** What reverse mode gives for one input when the tangent takes the place of the cotangent. */
function applied(rule: AdjointRule, push: Push, index: number, cotangent: Value): Value | undefined {
	const { builder, inputs, attributes, output } = push;
	return rule({ builder, inputs, attributes, output, cotangent }, index);
}

/** The Jacobian by each input is diagonal, so that it is its own transpose: the rule of reverse mode says it all. */
const diagonal =
	(rule: AdjointRule): TangentRule =>
	(push) => {
		const parts = push.tangents.flatMap((tangent, index) =>
			tangent === undefined ? [] : (applied(rule, push, index, tangent) ?? []),
		);
		return parts.length === 0 ? undefined : parts.reduce((a, b) => push.builder.emit("add", [a, b]));
	};

const tangentAt = ({ builder, tangents, inputs }: Push, index: number): Value =>
	tangents[index] ?? builder.zeros((inputs[index] as Value).type);

/** Linear in all inputs at these places together: the operation on the tangents. */
const linear = (...places: readonly number[]): Tangent => ({
	rule(push) {
		if (!places.some((k) => push.tangents[k] !== undefined)) return undefined;
		const inputs = push.inputs.map((value, k) => (places.includes(k) ? tangentAt(push, k) : value));
		return push.builder.emit(push.operation, inputs, push.attributes);
	},
});

/** The sum over the reduced axes of tangents times slopes, which reverse mode gives for a cotangent of ones. */
const reduction = (name: string, onlyWhere: boolean): Tangent => ({
	rule(push) {
		const { builder: b, output } = push;
		const row = derivatives.get(name);
		const [tangent] = push.tangents;
		if (tangent === undefined || row === undefined || "none" in row) return undefined;
		const slope = applied(row.rule, push, 0, b.fill(1, output.type));
		if (slope === undefined) return undefined;
		// Of an extremum one element counts; the others must not, be they nan.
		const zeros = b.zeros(tangent.type);
		const parts = onlyWhere
			? b.emit("select", [b.emit("ne", [slope, zeros]), tangent, zeros])
			: b.emit("mul", [slope, tangent]);
		return b.sum(parts, integersOf(push.attributes, "axes"));
	},
});

const elementwise = Object.fromEntries(
	Object.entries({ ...elementwiseDerivatives, ...specialDerivatives }).map(
		([name, row]): [string, Tangent] => [name, "none" in row ? row : { rule: diagonal(row.rule) }],
	),
);

const notFloat: Tangent = { none: "the result is not a float" };
const noInput: Tangent = { none: "no input is a float" };

const rows: Readonly<Record<string, Tangent>> = {
	...elementwise,
	...furtherTangents,
	select: linear(1, 2),
	cast: {
		rule: ({ builder, tangents, output }) =>
			tangents[0] === undefined || !isFloat(output.type.element)
				? undefined
				: builder.cast(tangents[0], output.type.element),
	},
	reduce_sum: linear(0),
	reduce_prod: reduction("reduce_prod", false),
	reduce_max: reduction("reduce_max", true),
	reduce_min: reduction("reduce_min", true),
	reduce_and: notFloat,
	reduce_or: notFloat,
	argmax: notFloat,
	argmin: notFloat,
	cumsum: linear(0),
	reshape: linear(0),
	transpose: linear(0),
	broadcast: linear(0),
	slice: linear(0),
	pad: linear(0),
	concatenate: {
		rule: (push) =>
			push.builder.emit(
				"concatenate",
				push.inputs.map((_, k) => tangentAt(push, k)),
				push.attributes,
			),
	},
	reverse: linear(0),
	dot: {
		rule({ builder, inputs, attributes, tangents }) {
			const parts = tangents.flatMap((tangent, k) =>
				tangent === undefined ? [] : builder.emit("dot", inputs.with(k, tangent), attributes),
			);
			return parts.reduce((a, b) => builder.emit("add", [a, b]));
		},
	},
	gather: linear(0),
	scatter_add: linear(1),
	dynamic_slice: linear(0),
	dynamic_update: linear(0, 1),
	random_bits: noInput,
	random_uniform: noInput,
	constant: noInput,
	fill: noInput,
	iota: noInput,
};

/** The row of each operation without regions in forward mode. */
export const tangentRules: ReadonlyMap<string, Tangent> = new Map(Object.entries(rows));
