import type * as ast from "../../../grammar/ast.js";
import { isMethodName, writtenMethod } from "../../program/constraint-methods.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { ruleOf } from "../fits/objective.js";
import { showType } from "../types/show.js";
import type { ModelMember, RuleSymbol } from "../types/symbols.js";
import type { Type } from "../types/types.js";
import { ruleOfType } from "../types/types.js";
import { isAnyRule } from "./any-rule.js";
import { mapOf, tellWithoutMap } from "./by-map.js";
import { noteMethod } from "./held.js";
import { reparametrized } from "./reparam.js";
import { fitsSubject } from "./rule.js";
import { methodFor } from "./subject.js";

/** `param w: real[n, m] in orthogonal by cayley = identity()`: what holds of a parameter, and how its value is made. */
export function checkLeafRules(
	context: Context,
	node: ast.Leaf,
	name: string,
	type: Type,
): Pick<ModelMember, "form" | "constraint"> {
	const { constraint, by } = node;
	if (!constraint && !by) return {};
	if (node.role === "state") {
		report(context, {
			code: "E0469",
			at: locate(context, constraint ?? by ?? node),
			message: `a state is set, and no step trains it: it has no ${constraint ? "constraint" : "reparametrization"} of its own`,
			hint: constraint
				? `say it where it is set: \`${name} <- ${context.anchor.text(constraint.span)}.project(..)\``
				: "what is trained is a `param`",
		});
		return {};
	}
	const rule = constraint && constraintOf(context, constraint, name, type);
	if (constraint && (!by || isMethodName(writtenMethod(by)))) {
		const method = rule && methodFor(context, by, constraint, rule.rule);
		noteMethod(node, method);
		if (method === "reparametrization" && rule) {
			const map = mapOf(rule.type);
			const form = map && reparametrized(context, constraint, map, { path: name, type });
			if (!map) tellWithoutMap(context, by ?? node);
			return form ? { form } : {};
		}
		return rule ? { constraint: rule.type } : {};
	}
	if (!by) return {};
	const applied = infer(context, by);
	const form = reparametrized(context, by, applied, { path: name, type });
	const made = ruleOfType(applied);
	if (!form || !made || !rule) return form ? { form } : {};
	if (!rule.rule.reparams?.includes(made)) {
		const known = rule.rule.reparams?.map((r) => `\`${r.name}\``) ?? [];
		report(context, {
			code: "E0421",
			at: locate(context, by),
			message: `\`${made.name}\` does not hold the constraint ${rule.rule.name}`,
			notes: [
				known.length > 0
					? `it has \`reparam\` for ${known.join(", ")}`
					: `it has ${[...rule.rule.members.keys()].map((m) => `\`${m}\``).join(", ")}, and no \`reparam\``,
			],
			related: isAnyRule(rule.rule)
				? []
				: [{ at: rule.rule.at, label: `${rule.rule.name} is declared here` }],
		});
	}
	return { form };
}

function constraintOf(
	context: Context,
	node: ast.Expression,
	name: string,
	leaf: Type,
): { readonly rule: RuleSymbol; readonly type: Type } | undefined {
	const type = infer(context, node);
	if (type.kind === "error" || leaf.kind === "error") return undefined;
	const made = ruleOfType(type);
	const rule = made && ruleOf(context, node, type);
	if (made && !rule) return undefined;
	if (rule?.role !== "constraint") {
		report(context, {
			code: "E0419",
			at: locate(context, node),
			message: `\`in\` takes a constraint, and this is ${showType(type)}`,
		});
		return undefined;
	}
	const reason = fitsSubject(rule, leaf, context, type);
	if (!reason) return { rule, type };
	report(context, {
		code: "E0420",
		at: locate(context, node),
		message: `the constraint ${rule.name} does not fit \`${name}\``,
		label: rule.subject ? `for ${showType(rule.subject)}` : "this constraint",
		notes: [reason],
	});
	return undefined;
}
