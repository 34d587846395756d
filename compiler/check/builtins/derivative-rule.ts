import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import { type Context, declare, locate, report, Scope, within } from "../context.js";
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
 * value and its cotangent, and owes a cotangent to every argument, of its type (the rule of a method may take its model before them): to a function, which is code and the
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
		report(context, {
			code: "E0387",
			at: locate(context, rule.rule),
			message: `a rule is \`vjp\`, and this is \`${rule.rule.name}\``,
			notes: ["forward mode goes by its transpose, so that one rule answers for both"],
			hint: `say what flows back: \`with vjp (${[...parameters.map((p) => p.name), "y", "dy"].join(", ")}) => ..\``,
		});
		return;
	}
	if (!isReal(result)) {
		wrong(context, rule, `a function with a derivative gives reals, and this gives ${showType(result)}`);
		return;
	}
	const self = context.self?.();
	const isMethod = node.role === "method";
	if (isMethod && !self) {
		wrong(context, rule, "functions and methods of models have rules, and this is neither");
		return;
	}
	const takesModel = self !== undefined && isMethod && rule.parameters.length === parameters.length + 3;
	const count = parameters.length + (takesModel ? 1 : 0);
	if (rule.parameters.length !== count + 2) {
		const names = [...parameters.map((p) => p.name), "y", "dy"].join(", ");
		wrong(
			context,
			rule,
			`the rule takes ${isMethod ? "the model where something flows to it, " : ""}${parameters.length} ${parameters.length === 1 ? "argument" : "arguments"}, the value and its cotangent, and this takes ${rule.parameters.length}`,
			isMethod
				? `write \`with vjp (${names}) => ..\`, or \`with vjp (net, ${names}) => (|n| .., ..)\``
				: `write \`with vjp (${names}) => ..\``,
		);
		return;
	}
	const model = takesModel ? modelParameter(context, rule, self) : [];
	if (takesModel && self.kind === "model" && leadsToItself(context, node, rule, self.declaration.node))
		return;
	checkRule(context, rule, [...model, ...parameters], result);
}

/** The method of the rule's own model, or what it calls: the derivative would be made of itself. */
function leadsToItself(
	context: Context,
	node: ast.FunctionDeclaration,
	rule: Rule,
	model: ast.ModelDeclaration,
): boolean {
	const nameOf = (method: ast.FunctionDeclaration): string =>
		method.name?.kind === "Identifier" ? method.name.name : "";
	const methods = new Map(
		model.members.flatMap((m) => (m.kind === "Function" ? [[nameOf(m), m] as const] : [])),
	);
	const found = namedInRule(rule, new Set(methods.keys()));
	const own = nameOf(node);
	const reaches = (name: string, seen: Set<string>): boolean => {
		if (name === own) return true;
		const method = methods.get(name);
		if (!method || seen.has(name)) return false;
		seen.add(name);
		const inRule = method.derivative ? namedInRule(method.derivative, new Set(methods.keys())) : [];
		const names = [...[...freeNames(method)].map(([inner]) => inner), ...inRule.map((n) => n.name)];
		return names.some((inner) => methods.has(inner) && reaches(inner, seen));
	};
	const back = found.find(({ name }) => methods.has(name) && reaches(name, new Set()));
	if (!back) return false;
	report(context, {
		code: "E0387",
		at: locate(context, back.at),
		message: `the rule of ${own === "" ? "this call" : `\`${own}\``} leads to ${own === "" ? "the call" : `\`${own}\``} itself`,
		related: [{ at: locate(context, node.name ?? node), label: "which has this rule" }],
		hint: "write what it computes as a method without a rule, and call that in both",
	});
	return true;
}

/** What a rule may call of models: their methods by name, and themselves (without a name). */
function namedInRule(
	rule: Rule,
	methods: ReadonlySet<string>,
): readonly { readonly name: string; readonly at: ast.Expression }[] {
	const models = new Set(rule.parameters.slice(0, 1).map((p) => p.name));
	const found: { readonly name: string; readonly at: ast.Expression }[] = [];
	walk(rule.body as AnyNode, (inner) => {
		if (inner.kind === "Lambda")
			for (const { pattern } of (inner as ast.Lambda).parameters)
				if (pattern.kind === "NamePattern") models.add(pattern.name);
		if (inner.kind === "Field") {
			const field = inner as ast.Field;
			if (field.name.kind === "Identifier") found.push({ name: field.name.name, at: field });
		}
		const callee = inner.kind === "Call" ? (inner as ast.Call).callee : undefined;
		if (callee?.kind === "Name" && models.has(callee.name)) found.push({ name: "", at: callee });
		if (callee?.kind === "Name" && methods.has(callee.name)) found.push({ name: callee.name, at: callee });
		return undefined;
	});
	return found;
}

/** The model of a method as the first of what its rule answers for. */
function modelParameter(context: Context, rule: Rule, self: Type): SignatureParameter[] {
	const [first] = rule.parameters;
	return first ? [{ name: first.name, type: self, optional: false, at: locate(context, first) }] : [];
}

function checkRule(
	context: Context,
	rule: Rule,
	parameters: readonly SignatureParameter[],
	result: Type,
): void {
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

type Rule = NonNullable<ast.FunctionDeclaration["derivative"]>;

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
	rule: Rule,
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
	rule: Rule,
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
