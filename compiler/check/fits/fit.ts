import type * as ast from "../../../grammar/ast.js";
import { hasUntil } from "../../../grammar/until.js";
import { type Context, declare, insideOf, locate, report, Scope, unsupported, within } from "../context.js";
import { checkAssign } from "../expressions/assign.js";
import { infer } from "../expressions/expression.js";
import { checkMatch } from "../expressions/match-statement.js";
import { checkIf, checkStatement } from "../expressions/statement.js";
import { checkBest, checkConcerned } from "../rules/held.js";
import { checkSubjectTo } from "../rules/subject.js";
import {
	checkLeaf,
	declareParameters,
	listFacts,
	once,
	quantifiedOf,
	withClauses,
} from "../signatures/declaration.js";
import { checkDefaults } from "../signatures/defaults.js";
import { newSignature, resolveType, resolveWhere } from "../signatures/type-node.js";
import { showType } from "../types/show.js";
import { errorType, type FitSymbol, noQuantified, scalar, type TupleType, tensor } from "../types/types.js";
import { bornSince, listsSince, now } from "../types/visit-type.js";
import { warnWithoutInfluence } from "../warnings/influence-warning.js";
import { type FitNames, newFitNames, noteSubject, openSize } from "./fit-names.js";
import { checkFitLet, checkLoop, checkSingleStep, holdsTrack } from "./loop.js";
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
	if (node.result) {
		resolveType(header, node.result, signature);
		unsupported(header, node.result, "a fit with a declared result");
	}
	const where = resolveWhere(header, node.where, signature);
	symbol.quantified = quantifiedOf(signature);
	symbol.where = where;
	symbol.parameters = checkDefaults(header, node.parameters, symbol.parameters, where);
	const body = within(header, { facts: withClauses(listFacts(context.facts, symbol.parameters), where) });
	const names = newFitNames();
	const since = now();
	for (const statement of node.body.statements) checkFitStatement(body, statement, names);
	checkConcerned(body, node.body.statements);
	checkBest(body, node.body);
	warnWithoutInfluence(body, node);
	symbol.result = resultType(symbol.name, names, hasUntil(node.body));
	// Those of its lines, too: `let k = width(rule)` may be another in another run.
	symbol.openSizes = bornSince(symbol.result, since);
	symbol.openLists = listsSince(symbol.result, since);
}

function resultType(name: string, names: FitNames, endsByCondition: boolean): TupleType {
	const real = scalar("real");
	const each = tensor("real", {
		dims: [names.steps ?? openSize(names, "steps", names.hasSteps ? 1 : 0)],
	});
	const named = (of: readonly string[]): TupleType => ({
		kind: "tuple",
		elements: of.map((name) => ({ name, type: each })),
	});
	const run: TupleType = {
		kind: "tuple",
		elements: [
			{ name: "loss", type: real },
			{ name: "steps", type: scalar("int") },
			{ name: "diverged", type: scalar("bool") },
			...(endsByCondition ? [{ name: "converged", type: scalar("bool") }] : []),
			{
				name: "terms",
				type: { kind: "tuple", elements: [...names.terms].map((n) => ({ name: n, type: real })) },
			},
			{
				name: "violations",
				type: { kind: "tuple", elements: names.violations.map((n) => ({ name: n, type: real })) },
			},
			{
				name: "multipliers",
				type: { kind: "tuple", elements: names.multipliers.map((n) => ({ name: n, type: real })) },
			},
			{
				name: "history",
				type: {
					kind: "tuple",
					elements: [
						{ name: "loss", type: each },
						...names.histories,
						{ name: "violations", type: named(names.violations) },
						{ name: "multipliers", type: named(names.multipliers) },
					],
				},
			},
		],
	};
	return { kind: "tuple", elements: [...names.fields, { name: "run", type: run }], title: name };
}

function checkFitStatement(context: Context, node: ast.Statement, names: FitNames): void {
	switch (node.kind) {
		case "Define":
			checkPart(context, node, names);
			return;
		case "Leaf":
			checkLeaf(context, node, names.members);
			if (node.name.kind === "Identifier") {
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
			return;
		case "IfStatement":
			checkIf(context, node, (scope, statement) => checkBranch(scope, statement, names));
			return;
		case "ExpressionStatement":
			if (node.value.kind === "Match")
				checkMatch(context, node.value, (scope, statement) => checkBranch(scope, statement, names));
			else checkStatement(context, node);
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

/** What stands in a branch: it may be that it does not run. */
function checkBranch(context: Context, node: ast.Statement, names: FitNames): void {
	if (node.kind === "Define" || node.kind === "Leaf") {
		unsupported(context, node, "a part that depends on a condition");
	} else if (holdsTrack(node)) {
		unsupported(context, node, "a track that depends on a condition");
	} else if (node.kind === "Loop" || node.kind === "Minimize") {
		// How many steps there are in all is not known.
		const { hasSteps } = names;
		checkFitStatement(context, node, names);
		names.steps = undefined;
		names.hasSteps = hasSteps;
	} else checkFitStatement(context, node, names);
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
	declare(context, node.name, type, "part");
	names.fields.push({ name: node.name.name, type });
}
