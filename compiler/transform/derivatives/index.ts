import { convolutionDerivatives } from "./convolution.js";
import { cumulativeDerivatives } from "./cumulative.js";
import { elementwiseDerivatives } from "./elementwise.js";
import { factorDerivatives } from "./factors.js";
import { linearDerivatives } from "./linear.js";
import { poolingDerivatives } from "./pooling.js";
import { reduceDerivatives } from "./reduce.js";
import type { Derivative } from "./rule.js";
import { scatterDerivatives } from "./scatter.js";
import { singularDerivatives } from "./singular.js";
import { specialDerivatives } from "./special.js";
import { structureDerivatives } from "./structure.js";

export type { Adjoint, AdjointRule, Derivative } from "./rule.js";

/** The row of each operation in the table of derivatives. */
export const derivatives: ReadonlyMap<string, Derivative> = new Map(
	Object.entries({
		...elementwiseDerivatives,
		...specialDerivatives,
		...reduceDerivatives,
		...structureDerivatives,
		...cumulativeDerivatives,
		...convolutionDerivatives,
		...poolingDerivatives,
		...scatterDerivatives,
		...linearDerivatives,
		...factorDerivatives,
		...singularDerivatives,
	}),
);
