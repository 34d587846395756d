import type { Environment } from "../compiler/elaborate/environment.js";
import { type DrawState, ElaborationError, fail } from "../compiler/elaborate/evaluator.js";
import { evaluate, textOf } from "../compiler/elaborate/expressions/evaluate.js";
import type * as ast from "../grammar/ast.js";
import { isComparison, type Judged, judgeComparison } from "./compared.js";
import { compute, type Machine } from "./compute.js";

export interface CheckOutcome extends Judged {
	readonly source: string;
	readonly message?: string;
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

function judge(
	machine: Machine,
	draws: DrawState,
	environment: Environment,
	condition: ast.Expression,
): Judged {
	if (condition.kind === "Parenthesized") return judge(machine, draws, environment, condition.inner);
	if (condition.kind === "Binary" && condition.operator === "and")
		return judgeBoth(machine, draws, environment, condition);
	if (condition.kind === "Binary" && isComparison(condition.operator)) {
		const { operator, left, right } = condition;
		return judgeComparison(operator, (told) =>
			compute(machine, draws, (e) => {
				const [a, b] = [evaluate(e, environment, left), evaluate(e, environment, right)];
				return told(e, a, b) ?? fail(environment, condition, `\`${operator}\` of these cannot be computed`);
			}),
		);
	}
	const each =
		condition.kind === "Binder"
			? judgeEach(machine, draws, environment, condition, condition.body)
			: undefined;
	if (each) return each;
	const value = compute(machine, draws, (e) => evaluate(e, environment, condition));
	if (value.kind === "bool") return { passed: value.value };
	return { passed: value.kind === "tensor" && [...value.data.data].every((v) => v === 1) };
}

/** `all i in 3: a[i] < b[i]`: the sides for all i, side by side. Undefined where they are not put so. */
function judgeEach(
	machine: Machine,
	draws: DrawState,
	environment: Environment,
	node: ast.Binder,
	body: ast.Expression,
): Judged | undefined {
	if (node.word !== "all" || node.where) return undefined;
	if (body.kind === "Parenthesized") return judgeEach(machine, draws, environment, node, body.inner);
	if (body.kind !== "Binary") return undefined;
	if (body.operator === "and") {
		const left = judgeEach(machine, draws, environment, node, body.left);
		const right = left?.passed ? judgeEach(machine, draws, environment, node, body.right) : undefined;
		if (!left?.passed || !right) return left?.passed ? undefined : left;
		return {
			passed: right.passed,
			compared: [left, right].flatMap((side) => side.compared ?? []).join(" and "),
		};
	}
	if (!isComparison(body.operator)) return undefined;
	const names = node.bindings.flatMap(({ pattern, source }) =>
		pattern.kind === "NamePattern" &&
		(source === undefined || source.kind === "Range" || source.kind === "Number")
			? [pattern.name]
			: [],
	);
	const { span } = body;
	const parts: readonly ast.Expression[] = [
		body.left,
		body.right,
		...names.map((name): ast.Name => ({ kind: "Name", name, span })),
	];
	const sides: ast.Binder = {
		...node,
		word: "for",
		body: { kind: "Tuple", elements: parts.map((value) => ({ value, span })), span },
	};
	try {
		return judgeComparison(
			body.operator,
			(told) =>
				compute(machine, draws, (e) => {
					const value = evaluate(e, environment, sides);
					const [left, right, ...places] =
						value.kind === "tuple" ? value.elements.map((side) => side.value) : [];
					const each = left && right && told(e, left, right, places);
					return each ?? fail(environment, body, "these are not put side by side");
				}),
			names,
		);
	} catch (error) {
		if (error instanceof ElaborationError) return undefined;
		throw error;
	}
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
