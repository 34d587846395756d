import type * as ast from "../../../grammar/ast.js";
import { isForAllParameters, isForParameterVector } from "../../../grammar/subject.js";
import { usesSubject } from "../../program/reparam.js";
import { type Context, declarationKey, declare, locate, report, Scope, within } from "../context.js";
import { infer } from "../expressions/expression.js";
import { checkLet } from "../expressions/statement.js";
import { inKernel } from "../fits/kernel.js";
import { declareParameters, listFacts, once, quantifiedOf, withClauses } from "../signatures/declaration.js";
import { checkLeaf } from "../signatures/model-declaration.js";
import { newSignature, resolveType } from "../signatures/type-node.js";
import { resolveWhere } from "../signatures/where.js";
import { holds, Matcher } from "../types/match.js";
import { shapeOf } from "../types/shape.js";
import { showType } from "../types/show.js";
import { type Bindings, noBindings, substituteType, substituteWhere } from "../types/substitute.js";
import type { RuleSymbol } from "../types/symbols.js";
import { freshId, noQuantified, type Type } from "../types/types.js";
import { checkCapability, checkReparamCapability } from "./capability.js";
import { checkOptimizerMethod } from "./optimizer.js";
import { checkReparamMember } from "./reparam.js";

/** Constraints, optimizers and reparametrizations: declared for a subject, applied to every leaf that they are asked for. */

type RuleNode = RuleSymbol["node"];

export const ruleRoles = { Constraint: "constraint", Optimizer: "optimizer", Reparam: "reparam" } as const;

export function ruleSymbol(context: Context, node: RuleNode, name: string): RuleSymbol {
	const symbol: RuleSymbol = {
		name,
		role: ruleRoles[node.kind],
		module: context.module,
		node,
		at: locate(context, node.name),
		parameters: [],
		options: noQuantified,
		quantified: noQuantified,
		where: [],
		members: new Map(),
		complete: once(
			() => {
				completeRule(context, node, symbol);
				symbol.isWhole = true;
			},
			() => undefined,
		),
	};
	return symbol;
}

function completeRule(context: Context, node: RuleNode, symbol: RuleSymbol): undefined {
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
	// The body is the same for leaves of each format.
	symbol.quantified = { ...quantifiedOf(signature), overReal: true };
	const body = within(header, {
		facts: withClauses(listFacts(context.facts, symbol.parameters), symbol.where),
		...(subject.kind === "variable" && { trees: new Set([subject.id]) }),
	});
	const later: (() => void)[] = [];
	for (const member of node.members) {
		if (symbol.role !== "reparam") later.push(checkRuleMember(body, member, symbol, subject));
		else checkReparamMember(body, member, symbol, subject, member === node.members.at(-1));
	}
	if (symbol.role === "reparam" && node.members.at(-1)?.kind !== "ExpressionStatement") {
		report(body, {
			code: "E0402",
			at: symbol.at,
			message: `the last line of the reparam ${symbol.name} gives the value`,
			hint: "for example `w + a @ b`",
		});
	}
	if (node.kind === "Reparam" && symbol.members.size === 0 && !usesSubject(node))
		tellConstant(body, node, symbol);
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

/** A reparametrization of nothing that a step trains. */
function tellConstant(context: Context, node: ast.ReparamDeclaration, symbol: RuleSymbol): void {
	const last = node.members.at(-1);
	if (last?.kind !== "ExpressionStatement") return;
	const subject = node.subject?.name.kind === "Identifier" ? node.subject.name.name : "w";
	report(context, {
		code: "E0469",
		at: locate(context, last),
		message: `the reparam ${symbol.name} has no \`param\`, and its value does not read \`${subject}\`: no step could train anything of it`,
		hint: "what is to stay as it is set is frozen: `net with { place = v }`, and `frozen(..)`",
	});
}

function subjectType(
	context: Context,
	node: RuleNode,
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
	const type = subject.type
		? resolveType(context, subject.type, signature)
		: isForAllParameters(subject)
			? allParameters(context, node, subject)
			: anyLeaf(signature);
	if (!type) return undefined;
	const [condition] = node.where;
	if (condition && node.kind === "Optimizer" && isForParameterVector(subject))
		report(context, {
			code: "E0402",
			at: locate(context, condition),
			message: "an optimizer of the vector of all parameters is for any number of them: it has no condition",
			hint: "ask for it where the number matters: `if n >= k then .. else ..`",
		});
	declare(context, subject.name, type, "parameter", { fixed: true, uses: 1 });
	return type;
}

/** `for params`: a tree of real tensors, of which nothing else is known. */
function allParameters(context: Context, node: RuleNode, subject: ast.Subject): Type | undefined {
	if (node.kind === "Optimizer") return { kind: "variable", name: "params", id: freshId() };
	const role = ruleRoles[node.kind];
	report(context, {
		code: "E0407",
		at: locate(context, subject),
		message: `a ${role} is for a tensor; only an optimizer is for all parameters together`,
		hint:
			node.kind === "Constraint"
				? "constrain a number of them: `subject to tree.norm(net) <= c`; or say what it is for: `for w: real[n, m]`"
				: "make whole models by a function (`in_subspace(net, z)`), or say what it is for: `for w: real[n, m]`",
	});
	return undefined;
}

/** `for p`: a leaf of any shape. */
function anyLeaf(signature: ReturnType<typeof newSignature>): Type {
	const rest = { id: freshId(), name: "s" };
	signature.rests.push(rest);
	return { kind: "tensor", element: "real", shape: shapeOf([], rest) };
}

function checkRuleMember(context: Context, node: ast.Member, symbol: RuleSymbol, subject: Type): () => void {
	const done = (): void => {};
	switch (node.kind) {
		case "Leaf":
			if (symbol.role === "constraint" || node.role === "param") tellLeaf(context, node, symbol);
			checkLeaf(context, node, symbol.members, subject);
			return done;
		case "Let":
			checkLet(context, node);
			return done;
		case "Define":
			if (symbol.role === "constraint") {
				if (node.name.name === "reparam") checkReparamCapability(context, node, symbol);
				else return checkCapability(context, node, node.name, symbol, subject);
				return done;
			}
			report(context, {
				code: "E0402",
				at: locate(context, node.name),
				message: `a ${symbol.role} has no \`${node.name.name}\``,
				hint: "it has states, and a `step(g)`",
			});
			infer(context, node.value);
			return done;
		case "Function": {
			const name = node.name?.kind === "Identifier" ? node.name : undefined;
			if (!name) {
				report(context, {
					code: "E0402",
					at: locate(context, node),
					message: `a ${symbol.role} has no call`,
				});
				return done;
			}
			return symbol.role === "constraint"
				? checkCapability(context, node, name, symbol, subject)
				: checkOptimizerMethod(context, node, symbol, subject, name);
		}
		default:
			report(context, {
				code: "E0401",
				at: locate(context, node),
				message: `this does not belong in ${symbol.role === "optimizer" ? "an" : "a"} ${symbol.role}`,
			});
			return done;
	}
}

/** A constraint is functions of its subject; what an optimizer keeps is set by its `step`. */
function tellLeaf(context: Context, node: ast.Leaf, { role }: RuleSymbol): void {
	report(context, {
		code: "E0401",
		at: locate(context, node),
		message:
			role === "constraint"
				? `a constraint has no ${node.role}: what it offers are functions of its subject`
				: "an optimizer has no `param`: no step trains what belongs to it",
		hint: role === "constraint" ? "what is given is an option of it" : "what it keeps is a `state`",
	});
}

/** Why a rule does not fit a leaf; undefined if it does. */
export function fitsSubject(
	rule: RuleSymbol,
	leaf: Type,
	context: Context,
	applied?: Type,
): string | undefined {
	const found = leafBindings(rule, leaf, context, applied);
	return typeof found === "string" ? found : undefined;
}

/** What the sizes of a rule are for a leaf, or why it does not fit. */
export function leafBindings(
	rule: RuleSymbol,
	leaf: Type,
	context: Context,
	applied?: Type,
): Bindings | string {
	if (!rule.subject) return noBindings();
	if (rule.role === "optimizer" && isForParameterVector(rule.node.subject)) return noBindings();
	const sizes = applied?.kind === "applied" ? applied.sizes : undefined;
	const matcher = new Matcher(rule.quantified, context.facts, { ...noBindings(), dims: new Map(sizes) });
	const whole = rule.subject.kind === "variable";
	const differs = whole ? undefined : matcher.match(rule.subject, leaf);
	if (!differs) matcher.solve(rule.where);
	const mismatch = differs ?? matcher.finish();
	if (mismatch)
		return `${rule.name} is for ${showType(substituteType(rule.subject, { ...noBindings(), dims: new Map(sizes) }))}, and this is ${showType(leaf)}`;
	const open = rule.where.find(
		(clause) => holds(substituteWhere(clause, matcher.bindings), context.facts) !== "holds",
	);
	return open
		? `${rule.name} asks for \`${open.text}\`, which does not hold for ${showType(leaf)}`
		: matcher.bindings;
}
