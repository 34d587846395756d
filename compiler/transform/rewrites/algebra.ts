import type { Value } from "../../ir/ir.js";
import { sameType } from "../../ir/primitives/index.js";
import { isFloat } from "../../ir/primitives/primitive.js";
import { type Candidate, definedBy, filling, inputOf, type Rewrite, type Rewriter } from "./rewrite.js";

type Rule = (rewriter: Rewriter, a: Value, b: Value, candidate: Candidate) => Value | undefined;

const negated = (rewriter: Rewriter, value: Value): Value | undefined => {
	const equation = definedBy(rewriter, value, "neg");
	return equation === undefined ? undefined : inputOf(equation);
};

/** Sums and products keep nan and infinity: there is no rule x * 0 = 0 for floats. */
const rules: Readonly<Record<string, Rule>> = {
	add(rewriter, a, b) {
		if (filling(rewriter, a) === 0) return b;
		if (filling(rewriter, b) === 0) return a;
		const minusB = negated(rewriter, b);
		if (minusB !== undefined) return rewriter.emit("sub", [a, minusB]);
		const minusA = negated(rewriter, a);
		return minusA === undefined ? undefined : rewriter.emit("sub", [b, minusA]);
	},
	sub(rewriter, a, b) {
		if (filling(rewriter, b) === 0) return a;
		if (filling(rewriter, a) === 0) return rewriter.emit("neg", [b]);
		const minusB = negated(rewriter, b);
		return minusB === undefined ? undefined : rewriter.emit("add", [a, minusB]);
	},
	mul(rewriter, a, b) {
		for (const [factor, other] of [
			[a, b],
			[b, a],
		] as const) {
			const number = filling(rewriter, factor);
			if (number === 1) return other;
			if (number === -1) return rewriter.emit("neg", [other]);
			if (number === 0 && !isFloat(other.type.element)) return factor;
			const minus = negated(rewriter, factor);
			if (minus !== undefined) return rewriter.emit("neg", [rewriter.emit("mul", [minus, other])]);
		}
		return undefined;
	},
	div(rewriter, a, b) {
		if (filling(rewriter, b) === 1) return a;
		const minusA = negated(rewriter, a);
		return minusA === undefined ? undefined : rewriter.emit("neg", [rewriter.emit("div", [minusA, b])]);
	},
	pow(rewriter, a, b) {
		const exponent = filling(rewriter, b);
		if (exponent === 0) return rewriter.builder.fill(1, a.type);
		if (exponent === 1) return a;
		if (exponent === 2) return rewriter.emit("mul", [a, a]);
		return exponent === -1 ? rewriter.emit("div", [rewriter.builder.fill(1, a.type), a]) : undefined;
	},
	max: (_rewriter, a, b) => (a === b ? a : undefined),
	min: (_rewriter, a, b) => (a === b ? a : undefined),
	and(rewriter, a, b) {
		if (a === b || filling(rewriter, b) === 1 || filling(rewriter, a) === 0) return a;
		return filling(rewriter, a) === 1 || filling(rewriter, b) === 0 ? b : undefined;
	},
	or(rewriter, a, b) {
		if (a === b || filling(rewriter, b) === 0 || filling(rewriter, a) === 1) return a;
		return filling(rewriter, a) === 0 || filling(rewriter, b) === 1 ? b : undefined;
	},
	neg: (rewriter, a) => negated(rewriter, a),
	not(rewriter, a) {
		const equation = definedBy(rewriter, a, "not");
		return equation === undefined ? undefined : inputOf(equation);
	},
	select(rewriter, condition, a, { inputs }) {
		const b = inputs[2] as Value;
		const known = filling(rewriter, condition);
		if (known !== undefined) return known === 1 ? a : b;
		if (a === b) return a;
		const opposite = definedBy(rewriter, condition, "not");
		return opposite === undefined ? undefined : rewriter.emit("select", [inputOf(opposite), b, a]);
	},
	cast(rewriter, a, _b, { type }) {
		// Through f64 and back nothing is lost, neither of f32 nor of i32.
		const inner = definedBy(rewriter, a, "cast");
		const wide = a.type.element === "f64" && inner !== undefined && inputOf(inner).type.element !== "bool";
		return wide && sameType(inputOf(inner).type, type) ? inputOf(inner) : undefined;
	},
};

/** Identities of arithmetic and logic. */
export const simplifyAlgebra: Rewrite = (rewriter, candidate) => {
	const [a, b] = candidate.inputs;
	return a === undefined ? undefined : rules[candidate.operation]?.(rewriter, a, b ?? a, candidate);
};
