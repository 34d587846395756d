import { convolutionDerivatives } from "../derivatives/convolution.js";
import { cumulativeDerivatives } from "../derivatives/cumulative.js";
import { factorDerivatives } from "../derivatives/factors.js";
import type { AdjointRule, Derivative } from "../derivatives/index.js";
import { linearDerivatives } from "../derivatives/linear.js";
import { poolingDerivatives } from "../derivatives/pooling.js";
import { scatterDerivatives } from "../derivatives/scatter.js";
import { singularDerivatives } from "../derivatives/singular.js";
import { vjp } from "../reverse.js";
import type { Tangent, TangentRule } from "./index.js";

/**
 * The rule of reverse mode is linear in the cotangent; its transpose, reverse mode through it by the cotangent, which
 * may be zero, gives the tangent. It needs no rule of its own, but does more work than one would.
 */
const transposed =
	(rule: AdjointRule): TangentRule =>
	({ builder, inputs, attributes, output, tangents }) => {
		const cotangent = builder.fresh(builder.zeros(output.type));
		const pairs = tangents.flatMap((tangent, index) => {
			if (tangent === undefined) return [];
			const part = rule({ builder, inputs, attributes, output, cotangent }, index);
			return part === undefined ? [] : [{ part, tangent }];
		});
		if (pairs.length === 0) return undefined;
		return vjp(
			builder,
			pairs.map(({ part }) => part),
			pairs.map(({ tangent }) => tangent),
			[cotangent],
		)[0];
	};

const rows: Readonly<Record<string, Derivative>> = {
	...cumulativeDerivatives,
	...convolutionDerivatives,
	...poolingDerivatives,
	...scatterDerivatives,
	...linearDerivatives,
	...factorDerivatives,
	...singularDerivatives,
};

/** Running operations, windows, scatters and routines of linear algebra. */
export const furtherTangents: Readonly<Record<string, Tangent>> = Object.fromEntries(
	Object.entries(rows).map(([name, row]): [string, Tangent] => [
		name,
		"none" in row ? row : { rule: transposed(row.rule) },
	]),
);
