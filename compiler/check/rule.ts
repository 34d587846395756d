import type * as ast from "../../grammar/ast.js";
import {
	type Context,
	declarationKey,
	declare,
	locate,
	report,
	Scope,
	unsupported,
	within,
} from "./context.js";
import {
	addMember,
	checkLeaf,
	declareParameters,
	functionType,
	listFacts,
	once,
	quantifiedOf,
	withClauses,
} from "./declaration.js";
import { infer } from "./expression.js";
import { inKernel } from "./kernel.js";
import { holds, Matcher } from "./match.js";
import { showType } from "./show.js";
import { checkAgainst, checkLet } from "./statement.js";
import { noBindings, substituteType, substituteWhere } from "./substitute.js";
import { newSignature, resolveType, resolveWhere } from "./type-node.js";
import { type FunctionType, freshId, noQuantified, type RuleSymbol, type Type } from "./types.js";

/** Constraints and optimizers: declared for a subject, applied to every leaf that they are asked for. */

/** What a constraint can offer; what it lacks cannot be asked of it. */
export const constraintMethods = ["violation", "project", "prox", "lmo", "tangent", "retract"] as const;

export function ruleSymbol(
	context: Context,
	node: ast.ConstraintDeclaration | ast.OptimizerDeclaration,
	name: string,
): RuleSymbol {
	const symbol: RuleSymbol = {
		name,
		role: node.kind === "Constraint" ? "constraint" : "optimizer",
		module: context.module,
		node,
		at: locate(context, node.name),
		parameters: [],
		options: noQuantified,
		quantified: noQuantified,
		where: [],
		members: new Map(),
		complete: once(
			() => completeRule(context, node, symbol),
			() => undefined,
		),
	};
	return symbol;
}

function completeRule(
	context: Context,
	node: ast.ConstraintDeclaration | ast.OptimizerDeclaration,
	symbol: RuleSymbol,
): undefined {
	const scope = new Scope(context.scope);
	const signature = newSignature(scope, node.where);
	const own = within(context, { scope, stage: "function", owner: declarationKey(symbol.at) });
	const header = inKernel(own, `the ${symbol.role} ${symbol.name}`, symbol.at);
	context.session.knowledge.scopes.set(node, scope);
	const options = newSignature(scope);
	symbol.parameters = declareParameters(header, node.parameters, options);
	symbol.options = quantifiedOf(options);
	const subject = subjectType(header, node, signature);
	if (!subject) return;
	symbol.subject = subject;
	symbol.where = resolveWhere(header, node.where, signature);
	symbol.quantified = quantifiedOf(signature);
	const body = within(header, {
		facts: withClauses(listFacts(context.facts, symbol.parameters), symbol.where),
	});
	const later: (() => void)[] = [];
	for (const member of node.members) {
		if (member.kind === "Function") {
			later.push(checkMethod(body, member, symbol, subject));
			continue;
		}
		checkRuleMember(body, member, symbol, subject);
	}
	for (const check of later) check();
	if (symbol.role === "optimizer" && !symbol.members.has("step")) {
		report(body, {
			code: "E0402",
			at: symbol.at,
			message: `the optimizer ${symbol.name} needs a \`step(g)\``,
			hint: "it gives the new value: `step(g) = p - lr * g`",
		});
	}
}

function subjectType(
	context: Context,
	node: ast.ConstraintDeclaration | ast.OptimizerDeclaration,
	signature: ReturnType<typeof newSignature>,
): Type | undefined {
	const { subject } = node;
	if (!subject || subject.name.kind === "Missing") {
		report(context, {
			code: "E0407",
			at: locate(context, node.name),
			message: `a ${node.kind.toLowerCase()} says what it is for`,
			hint: "for example `for w: real[n, m]`",
		});
		return undefined;
	}
	if (!subject.type && subject.name.name === "params") {
		unsupported(context, subject, "an optimizer of all parameters together");
		return undefined;
	}
	const type = subject.type ? resolveType(context, subject.type, signature) : anyLeaf(signature);
	declare(context, subject.name, type, "parameter", { fixed: true, uses: 1 });
	return type;
}

/** `for p`: a leaf of any shape. */
function anyLeaf(signature: ReturnType<typeof newSignature>): Type {
	const rest = { id: freshId(), name: "s" };
	signature.rests.push(rest);
	return { kind: "tensor", element: "real", shape: { rest, dims: [] } };
}

function checkRuleMember(context: Context, node: ast.Statement, symbol: RuleSymbol, subject: Type): void {
	switch (node.kind) {
		case "Leaf":
			if (symbol.role === "constraint") unsupported(context, node, `a ${node.role} of a constraint`);
			checkLeaf(context, node, symbol.members, subject);
			return;
		case "Let":
			checkLet(context, node);
			return;
		case "Define": {
			const allowed: readonly string[] = symbol.role === "constraint" ? constraintMethods : [];
			if (!allowed.includes(node.name.name)) {
				report(context, {
					code: "E0402",
					at: locate(context, node.name),
					message: `a ${symbol.role} has no \`${node.name.name}\``,
					hint:
						symbol.role === "constraint"
							? `it may have ${constraintMethods.join(", ")}`
							: "it has states, and a `step(g)`",
				});
			}
			const type = infer(context, node.value);
			const wanted =
				node.name.name === "violation" ? realScalar : node.name.name === "project" ? subject : undefined;
			if (wanted) checkAgainst(context, node.value, wanted, type);
			const offered: FunctionType = {
				kind: "function",
				name: node.name.name,
				quantified: symbol.quantified,
				parameters: [{ name: "w", type: subject, optional: false }],
				result: wanted ?? type,
				at: locate(context, node.name),
			};
			addMember(context, symbol.members, node.name, { role: "method", type: offered });
			return;
		}
		default:
			report(context, {
				code: "E0401",
				at: locate(context, node),
				message: `this does not belong in a ${symbol.role}`,
			});
	}
}

const realScalar: Type = { kind: "tensor", element: "real", shape: { dims: [] } };

function checkMethod(
	context: Context,
	node: ast.FunctionDeclaration,
	symbol: RuleSymbol,
	subject: Type,
): () => void {
	const scope = new Scope(context.scope);
	const body = within(context, { scope });
	const name = node.name?.kind === "Identifier" ? node.name : undefined;
	if (!name) {
		report(context, { code: "E0402", at: locate(context, node), message: `a ${symbol.role} has no call` });
		return () => {};
	}
	if (symbol.role === "optimizer") {
		if (name.name !== "step") unsupported(context, name, "a method beside `step`");
		else if (node.parameters.length !== 1)
			unsupported(context, node, "a `step` that asks for gradients elsewhere");
		return () => checkStep(body, node, symbol, subject, name);
	}
	const { type, check } = functionType(body, node, subject);
	const offered: FunctionType = {
		...type,
		quantified: symbol.quantified,
		parameters: [{ name: "w", type: subject, optional: false }, ...type.parameters],
		result: type.result,
	};
	addMember(context, symbol.members, name, { role: "method", type: offered });
	return check;
}

/** The body of `step(g)`: writes states by `<-`, and its last line is the new value of the leaf. */
function checkStep(
	context: Context,
	node: ast.FunctionDeclaration,
	symbol: RuleSymbol,
	subject: Type,
	name: ast.Identifier,
): void {
	const gradient = node.parameters[0]?.name;
	if (gradient?.kind === "Identifier") declare(context, gradient, subject, "parameter", { uses: 1 });
	context.session.knowledge.scopes.set(node, context.scope);
	addMember(context, symbol.members, name, {
		role: "method",
		type: { kind: "function", name: "step", quantified: noQuantified, parameters: [], result: subject },
	});
	if (node.body.kind !== "Block") {
		checkAgainst(context, node.body, subject, infer(context, node.body, subject));
		return;
	}
	const last = node.body.statements.at(-1);
	for (const statement of node.body.statements) {
		if (statement === last && statement.kind === "ExpressionStatement") {
			checkAgainst(context, statement.value, subject, infer(context, statement.value, subject));
			return;
		}
		if (statement.kind === "Assign") checkStateWrite(context, statement);
		else if (statement.kind === "Let") checkLet(context, statement);
		else unsupported(context, statement, "this in a `step`");
	}
	report(context, {
		code: "E0402",
		at: locate(context, node),
		message: "the last line of `step` gives the new value",
	});
}

/** `state <- value`: of the state's type. */
export function checkStateWrite(context: Context, node: ast.Assign): void {
	const value = (type?: Type): Type => infer(context, node.value, type);
	if (node.place.kind !== "Name") {
		unsupported(context, node.place, "writing to a part of a state");
		value();
		return;
	}
	const binding = context.scope.find(node.place.name);
	if (!binding) {
		infer(context, node.place);
		value();
		return;
	}
	binding.uses++;
	context.session.knowledge.definitions.set(node.place, binding);
	if (binding.role !== "state" && binding.role !== "param") {
		report(context, {
			code: "E0408",
			at: locate(context, node.place),
			message: `\`${binding.name}\` is no state: \`<-\` writes states and parameters`,
			related: [{ at: binding.at, label: `\`${binding.name}\` is declared here` }],
		});
		value();
		return;
	}
	checkAgainst(context, node.value, binding.type, value(binding.type));
}

/** Why a rule does not fit a leaf; undefined if it does. */
export function fitsSubject(
	rule: RuleSymbol,
	leaf: Type,
	context: Context,
	applied?: Type,
): string | undefined {
	if (!rule.subject) return undefined;
	const sizes = applied?.kind === "applied" ? applied.sizes : undefined;
	const matcher = new Matcher(rule.quantified, context.facts, { ...noBindings(), dims: new Map(sizes) });
	const mismatch = matcher.match(rule.subject, leaf) ?? matcher.finish();
	if (mismatch)
		return `${rule.name} is for ${showType(substituteType(rule.subject, { ...noBindings(), dims: new Map(sizes) }))}, and this is ${showType(leaf)}`;
	const open = rule.where.find(
		(clause) => holds(substituteWhere(clause, matcher.bindings), context.facts) !== "holds",
	);
	return open
		? `${rule.name} asks for \`${open.text}\`, which does not hold for ${showType(leaf)}`
		: undefined;
}
