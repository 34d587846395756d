import type * as ast from "../../../grammar/ast.js";
import { wrongUse } from "../builtins/builtin.js";
import type { SpecialRule } from "../builtins/special.js";
import { locate, report, unsupported } from "../context.js";
import { infer } from "../expressions/expression.js";
import { checkAgainst } from "../expressions/statement.js";
import { errorType } from "../types/types.js";
import { anyOptimizer, isAnyRule } from "./any-rule.js";
import { fitsSubject } from "./rule.js";

/** `inner.step(g)` in the `step` of an optimizer that has an option `inner: Optimizer`. */

/**
 * The calls of a `step` that are a line's whole value, on every way once: there a step of another optimizer may stand,
 * as it changes states.
 */
export function lineCalls(body: ast.Expression): ReadonlySet<object> {
	const calls = new Set<object>();
	const value = (node: ast.Expression): void => {
		if (node.kind === "Parenthesized") value(node.inner);
		else if (node.kind === "Block") node.statements.forEach(line);
		else if (node.kind === "Call") calls.add(node);
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
		const where = !optimizer
			? "a step of an optimizer outside the `step` of another"
			: !isOption
				? "a step of an optimizer that is no option of this one"
				: "a step of another optimizer inside an expression (name its value by `let`)";
		unsupported(context, site.node, where);
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
