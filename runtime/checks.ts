import type { Environment } from "../compiler/elaborate/environment.js";
import { type DrawState, ElaborationError } from "../compiler/elaborate/evaluator.js";
import { evaluate, textOf } from "../compiler/elaborate/expressions/evaluate.js";
import type { Value } from "../compiler/elaborate/values.js";
import type * as ast from "../grammar/ast.js";
import { compute, type Machine } from "./compute.js";
import { formatNumber } from "./format.js";

export interface CheckOutcome {
	readonly source: string;
	readonly message?: string;
	readonly passed: boolean;
	/** Both sides of a comparison, and the margin: of the worst element. Of several joined by `and`, each. */
	readonly compared?: string;
}

/** A `check` wants all; it fails on nan. */
export function runCheck(
	machine: Machine,
	outer: DrawState,
	environment: Environment,
	node: ast.Check,
): CheckOutcome {
	const { module, offset } = environment.origin;
	const source = module.text.slice(offset + node.condition.span.start, offset + node.condition.span.end);
	// A check has no name: its draws are its own by its text, so that another check does not change them.
	const path = [...outer.path, node.role, source.replaceAll(/\s+/g, " ")];
	const draws: DrawState = { ...outer, path, counts: new Map() };
	const message =
		node.message &&
		textOf(compute(machine, draws, (e) => evaluate(e, environment, node.message as ast.Expression)));
	const outcome = judge(machine, draws, environment, node.condition);
	return { source, ...(message !== undefined && { message }), ...outcome };
}

type Judged = Pick<CheckOutcome, "passed" | "compared">;

function judge(
	machine: Machine,
	draws: DrawState,
	environment: Environment,
	condition: ast.Expression,
): Judged {
	if (condition.kind === "Parenthesized") return judge(machine, draws, environment, condition.inner);
	if (condition.kind === "Binary" && condition.operator === "and")
		return judgeBoth(machine, draws, environment, condition);
	if (condition.kind === "Binary" && operators[condition.operator]) {
		const sides = compute(machine, draws, (e) => ({
			kind: "tuple",
			elements: [condition.left, condition.right].map((n) => ({ value: evaluate(e, environment, n) })),
		}));
		const [left, right] = sides.kind === "tuple" ? sides.elements.map((s) => numbersOf(s.value)) : [];
		if (left && right) return compare(condition.operator, left, right);
	}
	const value = compute(machine, draws, (e) => evaluate(e, environment, condition));
	if (value.kind === "bool") return { passed: value.value };
	const elements = numbersOf(value);
	return { passed: elements?.every((v) => v === 1) ?? false };
}

/** Both are judged, so that both are told: but the second may have a meaning only where the first holds. */
function judgeBoth(machine: Machine, draws: DrawState, environment: Environment, node: ast.Binary): Judged {
	const left = judge(machine, draws, environment, node.left);
	let right: Judged;
	try {
		right = judge(machine, draws, environment, node.right);
	} catch (error) {
		if (left.passed || !(error instanceof ElaborationError)) throw error;
		return left;
	}
	const compared = [left, right].flatMap((side) => side.compared ?? []).join(" and ");
	return { passed: left.passed && right.passed, ...(compared !== "" && { compared }) };
}

function numbersOf(value: Value): readonly number[] | undefined {
	if (value.kind === "number") return [value.value];
	if (value.kind === "bool") return [value.value ? 1 : 0];
	return value.kind === "tensor" ? [...value.data.data] : undefined;
}

const operators: Readonly<Record<string, (a: number, b: number) => boolean>> = {
	"<": (a, b) => a < b,
	"<=": (a, b) => a <= b,
	">": (a, b) => a > b,
	">=": (a, b) => a >= b,
	"==": (a, b) => a === b,
	"!=": (a, b) => a !== b,
};

function compare(operator: string, left: readonly number[], right: readonly number[]): Judged {
	const holds = operators[operator] ?? (() => false);
	const count = Math.max(left.length, right.length);
	const at = (side: readonly number[], i: number): number =>
		side[side.length === count ? i : i % side.length] ?? Number.NaN;
	let worst = 0;
	let least = Number.POSITIVE_INFINITY;
	let passed = true;
	for (let i = 0; i < count; i++) {
		const [a, b] = [at(left, i), at(right, i)];
		const margin = Number.isNaN(a) || Number.isNaN(b) ? Number.NEGATIVE_INFINITY : marginOf(operator, a, b);
		if (!holds(a, b)) passed = false;
		if (margin < least) {
			least = margin;
			worst = i;
		}
	}
	const [a, b] = [at(left, worst), at(right, worst)];
	const place = count > 1 ? `element ${worst}: ` : "";
	const distance =
		Number.isFinite(least) && operator !== "==" && operator !== "!="
			? ` (${passed ? "by" : "off by"} ${formatNumber(Math.abs(a - b))})`
			: "";
	return { passed, compared: `${place}${formatNumber(a)} ${operator} ${formatNumber(b)}${distance}` };
}

function marginOf(operator: string, a: number, b: number): number {
	if (operator.startsWith("<")) return b - a;
	if (operator.startsWith(">")) return a - b;
	return operator === "==" ? -Math.abs(a - b) : Math.abs(a - b);
}
