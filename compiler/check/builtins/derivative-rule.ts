import type * as ast from "../../../grammar/ast.js";
import { type Context, declare, locate, report, Scope, unsupported, within } from "../context.js";
import { infer } from "../expressions/expression.js";
import type { Hint } from "../hint.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import {
	errorType,
	type FunctionType,
	isRealElement,
	noQuantified,
	type SignatureParameter,
	scalar,
	type Type,
} from "../types/types.js";

/**
 * `fn f(x, ..) = .. with vjp (x, .., y, dy) => (..)`: a derivative of one's own. The rule sees the arguments, the
 * value and its cotangent, and owes a cotangent to every argument, of its type: to a function, which is code and the
 * tensors that it captures, a linear functional of functions. `stop` says that nothing flows, `()` that there is
 * nothing to flow to.
 */
export function checkDerivativeRule(
	context: Context,
	node: ast.FunctionDeclaration,
	parameters: readonly SignatureParameter[],
	result: Type,
): void {
	const rule = node.derivative;
	if (!rule || result.kind === "error" || parameters.some((p) => p.type.kind === "error")) return;
	if (rule.rule.name !== "vjp") {
		unsupported(context, rule.rule, `a rule \`${rule.rule.name}\``);
		return;
	}
	if (node.role === "method") {
		report(context, {
			code: "E0901",
			at: locate(context, rule),
			message: "a derivative rule of a method is not supported yet",
			notes: ["a rule owes a cotangent to all that is trained, and a method reads its model"],
			hint: "declare a function that takes what it reads, `fn f(w: real[n], x: real[n]) -> real[n] = .. with vjp (w, x, y, dy) => ..`, and call it in the method",
		});
		return;
	}
	if (!isReal(result)) {
		wrong(context, rule, `a function with a derivative gives reals, and this gives ${showType(result)}`);
		return;
	}
	if (rule.parameters.length !== parameters.length + 2) {
		wrong(
			context,
			rule,
			`the rule takes ${parameters.length} ${parameters.length === 1 ? "argument" : "arguments"}, the value and its cotangent, and this takes ${rule.parameters.length}`,
			`write \`with vjp (${[...parameters.map((p) => p.name), "y", "dy"].join(", ")}) => ..\``,
		);
		return;
	}
	const scope = ruleScope(context);
	const inside = within(context, { scope });
	const types = [...parameters.map((p) => p.type), result, result];
	for (const [i, name] of rule.parameters.entries()) {
		// The name of an Int may be a size of the signature.
		if (scope.names.get(name.name)?.role === "dimension") scope.names.delete(name.name);
		declare(inside, name, types[i] ?? errorType, "parameter", { uses: 1 });
	}
	context.session.knowledge.scopes.set(rule.body, scope);
	const given = infer(inside, rule.body);
	if (given.kind !== "error") checkCotangents(inside, rule, parameters, given);
}

/** The sizes of the signature, without its parameters. */
function ruleScope(context: Context): Scope {
	const scope = new Scope(context.scope.parent);
	for (const [name, binding] of context.scope.names)
		if (binding.role === "dimension" || binding.type.kind === "Int")
			scope.names.set(name, { ...binding, role: "dimension" });
	for (const [name, rest] of context.scope.rests ?? []) scope.addRest(name, rest);
	return scope;
}

/** Reals, and tuples of them: what has a cotangent. */
function isReal(type: Type): boolean {
	if (type.kind === "tuple") return type.elements.length > 0 && type.elements.every((e) => isReal(e.type));
	return type.kind === "tensor" && isRealElement(type.element);
}

/** What flows to the tensors in a function, a model, or a list: a linear functional of such; undefined where there are none. */
function functional(type: Type): FunctionType | undefined {
	if (type.kind === "tensor" || type.kind === "Int" || type.kind === "String" || type.kind === "Bool")
		return undefined;
	return {
		kind: "function",
		quantified: noQuantified,
		parameters: [{ name: "", type, optional: false }],
		result: scalar("real"),
	};
}

function checkCotangents(
	context: Context,
	rule: NonNullable<ast.FunctionDeclaration["derivative"]>,
	parameters: readonly SignatureParameter[],
	given: Type,
): void {
	const only = parameters[0];
	const single =
		parameters.length === 1 &&
		only &&
		!(given.kind === "tuple" && given.elements.length === 1 && !isNone(given));
	const cotangents = single ? [given] : given.kind === "tuple" ? given.elements.map((e) => e.type) : [given];
	const missing = parameters.slice(cotangents.length);
	if (missing.length > 0 || cotangents.length > parameters.length) {
		wrong(
			context,
			rule,
			missing.length > 0
				? `the rule owes a cotangent to every argument: there is none for ${missing.map((p) => `\`${p.name}\``).join(", ")}`
				: `the rule gives ${cotangents.length} cotangents, and there are ${parameters.length} arguments`,
			missing.length > 0 ? "`()` in its place says that no derivative flows there" : undefined,
			missing,
		);
		return;
	}
	for (const [i, parameter] of parameters.entries()) {
		const cotangent = cotangents[i] ?? errorType;
		if (cotangent.kind === "error" || isNone(cotangent)) continue;
		const wanted = isReal(parameter.type) ? parameter.type : functional(parameter.type);
		if (!wanted || (wanted !== parameter.type && cotangent.kind !== "function")) {
			wrong(
				context,
				rule,
				wanted
					? `\`${parameter.name}\` is ${showType(parameter.type)}, and its cotangent is a function of such, which gives a number`
					: `\`${parameter.name}\` is ${showType(parameter.type)}, which has no cotangent`,
				wanted
					? "`|g| ..` in its place, linear in g, says what flows to the tensors in it, `stop` that nothing does, and `()` that there is nothing to flow to"
					: "write `()` in its place",
				[parameter],
			);
			return;
		}
		const matcher = new Matcher(noQuantified, context.facts);
		const mismatch = matcher.match(wanted, cotangent) ?? matcher.finish();
		if (!mismatch) continue;
		const why = explainMismatch(mismatch);
		wrong(
			context,
			rule,
			`the cotangent of \`${parameter.name}\` is ${showType(wanted)}, and this is ${cotangent.kind === "function" && cotangent.lambda ? "no such function" : showType(cotangent)}`,
			why.hint,
			[parameter],
			why.notes,
		);
		return;
	}
}

/** `()` or `stop`. */
function isNone(type: Type): boolean {
	return type.kind === "unit" || (type.kind === "function" && type.special === "stop");
}

function wrong(
	context: Context,
	rule: NonNullable<ast.FunctionDeclaration["derivative"]>,
	message: string,
	hint?: Hint,
	about: readonly SignatureParameter[] = [],
	notes: readonly string[] = [],
): void {
	report(context, {
		code: "E0387",
		at: locate(context, rule.body),
		message,
		related: about.flatMap((p) => (p.at ? [{ at: p.at, label: `\`${p.name}\` is declared here` }] : [])),
		notes,
		...(hint && { hint }),
	});
}
