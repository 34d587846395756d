import type * as ast from "../../../grammar/ast.js";
import { wrongUse } from "../builtins/builtin.js";
import type { SpecialRule } from "../builtins/special.js";
import { locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { checkAgainst } from "../expressions/statement.js";
import { errorType } from "../types/types.js";
import { anyOptimizer, isAnyRule } from "./any-rule.js";
import { fitsSubject } from "./rule.js";

/** `inner.step(g)` in the `step` of an optimizer that has an option `inner: Optimizer`. */

/**
 * The calls of a `step` that are made on every way through a line, once: there a step of another optimizer may stand, as
 * it changes states. Not in a lambda, a binder, or a side of an `if` that is a value.
 */
export function lineCalls(body: ast.Expression): ReadonlySet<object> {
	const calls = new Set<object>();
	const value = (node: ast.Expression): void => {
		switch (node.kind) {
			case "Parenthesized":
				value(node.inner);
				return;
			case "Block":
				node.statements.forEach(line);
				return;
			case "Call":
				calls.add(node);
				for (const argument of node.arguments) value(argument.value);
				return;
			case "Unary":
				value(node.operand);
				return;
			case "Binary":
				value(node.left);
				value(node.right);
				return;
			case "Tuple":
				for (const element of node.elements) value(element.value);
				return;
			case "Field":
				value(node.base);
				return;
			default:
				return;
		}
	};
	const line = (node: ast.Statement): void => {
		if (node.kind === "Let" || node.kind === "Assign" || node.kind === "ExpressionStatement")
			value(node.value);
		if (node.kind !== "IfStatement") return;
		node.then.statements.forEach(line);
		if (node.else?.kind === "IfStatement") line(node.else);
		else node.else?.statements.forEach(line);
	};
	value(body);
	return calls;
}

const innerStep: SpecialRule = (context, site) => {
	const { callee } = site;
	const { optimizer } = context;
	const base = callee.kind === "Field" && callee.base.kind === "Name" ? callee.base : undefined;
	const binding = base && context.scope.find(base.name);
	const isOption =
		binding?.role === "parameter" &&
		binding.type.kind === "applied" &&
		binding.type.rule.role === "optimizer" &&
		isAnyRule(binding.type.rule);
	if (!optimizer || !isOption || !optimizer.lineCalls.has(site.node)) {
		report(context, {
			code: "E0470",
			at: locate(context, site.node),
			message: !optimizer
				? "a step of an optimizer is made by `minimize` or `descend`, or by the `step` of an optimizer that has it as an option"
				: !isOption
					? "a `step` makes steps of the optimizers among its options: their states belong to its use"
					: "a step of another optimizer changes states, and stands where it is made once, whatever is computed",
			hint: !optimizer
				? "`descend d wrt p using opt` is a step along any direction"
				: !isOption
					? "make it an option: `inner: Optimizer = adam(1e-3)`, and say `inner.step(g)`"
					: "name its value by `let` in a line of its own, above",
		});
		for (const argument of site.arguments) if (!argument.type) infer(context, argument.value);
		return errorType;
	}
	const { rule } = binding.type;
	const reason = rule === anyOptimizer ? undefined : fitsSubject(rule, optimizer.subject, context);
	if (reason) {
		report(context, {
			code: "E0418",
			at: locate(context, site.node),
			message: `${binding.name} does not fit what this optimizer is for`,
			notes: [reason],
		});
		return errorType;
	}
	const [gradient, second] = site.arguments;
	if (!gradient || second || gradient.name) return wrongUse(context, site, "takes a gradient");
	const actual = gradient.type ?? infer(context, gradient.value, optimizer.subject);
	if (actual.kind !== "error") checkAgainst(context, gradient.value, optimizer.subject, actual);
	return optimizer.subject;
};

/** The name of the rule of `inner.step`. */
export const innerStepName = "step";

export const innerStepRules: Readonly<Record<string, SpecialRule>> = { [innerStepName]: innerStep };
