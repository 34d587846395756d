import type * as ast from "../../../grammar/ast.js";
import { beginsAtSubject, usesSubject } from "../../program/reparam.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { checkAgainst, checkLet } from "../expressions/statement.js";
import { checkLeaf } from "../signatures/model-declaration.js";
import { optionsMissing } from "../trees/place.js";
import { showType } from "../types/show.js";
import { substituteForm, substituteType } from "../types/substitute.js";
import type { RuleSymbol } from "../types/symbols.js";
import type { LeafForm, Type } from "../types/types.js";
import { ruleOfType } from "../types/types.js";
import { leafBindings } from "./rule.js";

/**
 * Reparametrizations: `reparam lora(rank: Int) for w: real[n, m] { param a ..; param b ..; w + a @ b }`. In the starts
 * of its parameters the subject is the weight as it was; in the value it is a parameter itself, `w.base`.
 */

/** A line of the body; `isLast` is the value. */
export function checkReparamMember(
	context: Context,
	node: ast.Member,
	symbol: RuleSymbol,
	subject: Type,
	isLast: boolean,
): void {
	switch (node.kind) {
		case "Leaf":
			if (node.role === "state")
				report(context, {
					code: "E0469",
					at: locate(context, node),
					message: "a reparametrization gives a value at each use, and keeps no state between them",
					hint: "what stays as it is is an option, which is computed once; what a step trains is a `param`",
				});
			if (node.condition)
				report(context, {
					code: "E0469",
					at: locate(context, node.condition),
					message: "a reparametrization has the same parameters for all of its options",
					hint: "declare another one for the other case",
				});
			if (node.name.kind === "Identifier" && (node.name.name === "base" || node.name.name === "T")) {
				report(context, {
					code: "E0402",
					at: locate(context, node.name),
					message:
						node.name.name === "T"
							? "`T` of a weight is the weight with its axes turned"
							: "`base` is the name of the parameter that is reparametrized",
					hint: "choose another name",
				});
			}
			checkLeaf(context, node, symbol.members, subject);
			return;
		case "Let":
			checkLet(context, node);
			return;
		case "ExpressionStatement":
			if (isLast) {
				checkAgainst(context, node.value, subject, infer(context, node.value, subject));
				return;
			}
			break;
		default:
			break;
	}
	report(context, {
		code: "E0401",
		at: locate(context, node),
		message: "this does not belong in a reparam: it has parameters, lets, and the value as its last line",
	});
}

/** How a parameter is made once it is reparametrized; undefined after a mistake. */
export function reparametrized(
	context: Context,
	node: ast.Expression,
	applied: Type,
	leaf: { readonly path: string; readonly type: Type; readonly form?: LeafForm },
): LeafForm | undefined {
	const rule = ruleOfType(applied);
	if (applied.kind === "error" || leaf.type.kind === "error") return undefined;
	if (rule?.role !== "reparam") {
		report(context, {
			code: "E0427",
			at: locate(context, node),
			message: `\`by\` takes a reparametrization, and this is ${showType(applied)}`,
			hint: "for example `by lora(4)`",
		});
		return undefined;
	}
	rule.complete();
	if (!rule.isWhole) return undefined;
	if (applied.kind === "declaration" && rule.parameters.some((p) => !p.optional)) {
		optionsMissing(context, node, rule);
		return undefined;
	}
	const found = leafBindings(rule, leaf.type, context, applied);
	if (typeof found === "string") {
		report(context, {
			code: "E0428",
			at: locate(context, node),
			message: `the reparametrization ${rule.name} does not fit \`${leaf.path}\``,
			label: showType(leaf.type),
			related: [{ at: rule.at, label: rule.subject ? `for ${showType(rule.subject)}` : "declared here" }],
			notes: [found],
		});
		return undefined;
	}
	const params = [...rule.members.values()]
		.filter((m) => m.role === "param")
		.map((m) => ({
			name: m.name,
			type: substituteType(m.type, found),
			...(m.form && { form: substituteForm(m.form, found) }),
			...(m.constraint && { isConstrained: true }),
		}));
	const keepsBase = rule.node.kind === "Reparam" && usesSubject(rule.node);
	return { reparametrized: { rule, params, ...(keepsBase && { base: leaf.form ?? {} }) } };
}

/**
 * Whether a parameter can be set where it is reparametrized: its parameters begin anew there. What is computed from nothing
 * of it cannot.
 */
export function beginsAnew(
	context: Context,
	node: ast.Expression,
	leaf: { readonly path: string },
	form: LeafForm,
): boolean {
	const made = form.reparametrized;
	if (!made) return true;
	const { rule, base, params } = made;
	if (rule.node.kind === "Reparam" && !beginsAtSubject(rule.node)) {
		const subject = rule.node.subject?.name.kind === "Identifier" ? rule.node.subject.name.name : "w";
		const [own] = params;
		report(context, {
			code: "E0472",
			at: locate(context, node),
			message: `\`${leaf.path}\` is computed by ${rule.name}, which cannot begin at a value that is set: neither its value nor a start in it reads \`${subject}\``,
			related: [{ at: rule.at, label: `${rule.name} is declared here` }],
			hint: `give it a start that does: \`param ${own?.name ?? "a"} = ..\`, computed from \`${subject}\`${own ? `; or set what it is computed from: \`${leaf.path}.${own.name} = ..\`` : ""}; \`merge(..)\` gives plain weights`,
		});
		return false;
	}
	return (
		(!base || beginsAnew(context, node, leaf, base)) &&
		params.every((p) => !p.form || beginsAnew(context, node, { path: `${leaf.path}.${p.name}` }, p.form))
	);
}
