import type * as ast from "../../../grammar/ast.js";
import { hasUntil } from "../../../grammar/until.js";
import { type Context, declare, insideOf, locate, report, Scope, within } from "../context.js";
import { checkAssign } from "../expressions/assign.js";
import { infer } from "../expressions/expression.js";
import { checkMatch } from "../expressions/match-statement.js";
import { checkIf, checkStatement } from "../expressions/statement.js";
import { reparametrizeSubject } from "../rules/by-map.js";
import { checkBest, checkConcerned } from "../rules/held.js";
import { checkSubjectTo } from "../rules/subject.js";
import { conditionFor, conditionForCase } from "../signatures/conditions.js";
import { declareParameters, listFacts, once, quantifiedOf, withClauses } from "../signatures/declaration.js";
import { checkDefaults } from "../signatures/defaults.js";
import { isOverOptions } from "../signatures/leaf-condition.js";
import { checkLeaf } from "../signatures/model-declaration.js";
import { newSignature, resolveType } from "../signatures/type-node.js";
import { resolveWhere } from "../signatures/where.js";
import { showType } from "../types/show.js";
import type { FitSymbol } from "../types/symbols.js";
import { errorType, noQuantified, type Quantified } from "../types/types.js";
import { bornSince, listsSince, now } from "../types/visit-type.js";
import { warnWithoutInfluence } from "../warnings/influence-warning.js";
import { type FitNames, newFitNames, noteCondition, noteSubject, underCondition } from "./fit-names.js";
import { declaredResult, resultType } from "./fit-result.js";
import { checkFitLet, checkLoop, checkSingleStep, holdsTrack, tellConditional } from "./loop.js";
import { checkTrack } from "./track.js";

export function fitSymbol(context: Context, node: ast.FitDeclaration, name: string): FitSymbol {
	const symbol: FitSymbol = {
		name,
		module: context.module,
		node,
		at: locate(context, node.name),
		parameters: [],
		quantified: noQuantified,
		where: [],
		result: errorType,
		conditions: new Map(),
		openSizes: [],
		openLists: [],
		complete: once(
			() => completeFit(context, node, symbol),
			() => undefined,
		),
	};
	return symbol;
}

function completeFit(context: Context, node: ast.FitDeclaration, symbol: FitSymbol): undefined {
	const scope = new Scope(context.scope);
	const signature = newSignature(scope, node.where);
	const header = insideOf(context, node, scope, symbol.at, "fit");
	context.session.knowledge.scopes.set(node, scope);
	context.session.knowledge.scopes.set(node.body, scope);
	symbol.parameters = declareParameters(header, node.parameters, signature);
	refuseOwnSeed(context, node);
	const where = resolveWhere(header, node.where, signature);
	const open: Quantified["dims"][number][] = [];
	const facts = withClauses(context.facts, where);
	const declared =
		node.result && resolveType(within(header, { facts }), node.result, { ...signature, nested: true, open });
	symbol.quantified = quantifiedOf(signature);
	symbol.where = where;
	symbol.parameters = checkDefaults(header, node.parameters, symbol.parameters, where);
	const body = within(header, { facts: withClauses(listFacts(context.facts, symbol.parameters), where) });
	const names = newFitNames(body);
	const since = now();
	for (const statement of node.body.statements) checkFitStatement(body, statement, names);
	checkConcerned(body, node.body.statements);
	checkBest(body, node.body);
	warnWithoutInfluence(body, node);
	const found = resultType(symbol.name, names, hasUntil(node.body));
	symbol.result =
		node.result && declared
			? declaredResult(body, node, node.result, declared, found, open, names.conditions)
			: found;
	if (!node.result) symbol.conditions = names.conditions;
	// Those of its lines, too: `let k = width(rule)` may be another in another run.
	symbol.openSizes = [...open, ...bornSince(symbol.result, since)];
	symbol.openLists = listsSince(symbol.result, since);
}

/** Every fit takes one: what a call gives as `seed` is that. */
function refuseOwnSeed(context: Context, node: ast.FitDeclaration): void {
	const own = node.parameters.find(({ name }) => name.kind === "Identifier" && name.name === "seed");
	if (!own) return;
	report(context, {
		code: "E0207",
		at: locate(context, own.name),
		message: "every fit takes `seed` without declaring it",
		hint: "drop it: `train(seed = 3)` is there; a number that the lines of the fit read has another name",
	});
}

function checkFitStatement(context: Context, node: ast.Statement, names: FitNames): void {
	switch (node.kind) {
		case "Define":
			checkPart(context, node, names);
			return;
		case "Leaf":
			checkLeaf(context, node, names.members, undefined, {
				context: names.home,
				...(names.condition && { condition: names.condition }),
			});
			if (node.name.kind === "Identifier") {
				noteCondition(names, node.name.name, node.condition);
				names.fields.push({
					name: node.name.name,
					type: names.members.get(node.name.name)?.type ?? errorType,
				});
			}
			return;
		case "Let":
			checkFitLet(context, node);
			return;
		case "SubjectTo":
			noteSubject(context, node, names, checkSubjectTo(context, node));
			reparametrizeSubject(context, node, names);
			return;
		case "IfStatement":
			checkIf(context, node, (scope, statement, isComputed) => {
				const condition = isComputed ? undefined : conditionFor(node, statement);
				checkBranch(scope, statement, names, condition);
			});
			return;
		case "ExpressionStatement":
			if (node.value.kind === "Match") {
				const match = node.value;
				checkMatch(context, match, (scope, statement) =>
					checkBranch(scope, statement, names, conditionForCase(match, statement)),
				);
			} else checkStatement(context, node);
			return;
		case "Loop":
			checkLoop(context, node, names);
			return;
		case "Track":
			checkTrack(context, node, names, undefined);
			return;
		case "Assign":
			checkAssign(context, node);
			return;
		case "Minimize":
			checkSingleStep(context, node, names);
			return;
		default:
			checkStatement(context, node);
	}
}

/** What stands in a branch: it may be that it does not run. What it names is there where options say so. */
function checkBranch(
	context: Context,
	node: ast.Statement,
	names: FitNames,
	condition: ast.Expression | undefined,
): void {
	const isNamed = node.kind === "Define" || node.kind === "Leaf" || holdsTrack(node);
	if (isNamed && !(condition && isOverOptions(context, condition, true))) {
		tellConditional(context, node);
		return;
	}
	underCondition(names, condition, () => {
		if (node.kind === "Loop" || node.kind === "Minimize") {
			// How many steps there are in all is not known.
			const { hasSteps } = names;
			checkFitStatement(context, node, names);
			names.steps = undefined;
			names.hasSteps = hasSteps;
		} else checkFitStatement(context, node, names);
	});
}

function checkPart(context: Context, node: ast.Define, names: FitNames): void {
	const type = infer(context, node.value);
	if (!["model", "stack", "list", "tuple", "tensor", "error"].includes(type.kind)) {
		report(context, {
			code: "E0409",
			at: locate(context, node.value),
			message: `a fit owns models, and this is ${showType(type)}`,
			hint: `a value is named by \`let ${node.name.name} = ..\`, a tensor to be trained by \`param\``,
		});
	}
	const { home, condition } = names;
	declare(home, node.name, type, "part", { ...(condition && { condition }) });
	noteCondition(names, node.name.name);
	names.fields.push({ name: node.name.name, type });
}
