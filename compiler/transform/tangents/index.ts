import type { Value } from "../../ir/ir.js";
import { integersOf, isFloat } from "../../ir/primitives/primitive.js";
import { elementwiseDerivatives } from "../derivatives/elementwise.js";
import { type AdjointRule, derivatives } from "../derivatives/index.js";
import { specialDerivatives } from "../derivatives/special.js";
import { furtherTangents } from "./further.js";
import { linear, multilinear, type Push, type Tangent, type TangentRule, tangentAt } from "./rule.js";

export type { Push, Tangent, TangentRule } from "./rule.js";

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
	dot: multilinear,
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
