import type * as ast from "../../grammar/ast.js";
import { constant, decideAtLeast } from "../dims/dim.js";
import {
	type Context,
	declarationKey,
	declare,
	inner,
	locate,
	report,
	Scope,
	unsupported,
	within,
} from "./context.js";
import { checkLeaf, declareParameters, listFacts, once, quantifiedOf, withClauses } from "./declaration.js";
import { bindPattern, infer } from "./expression.js";
import { checkMinimize, checkSubjectTo } from "./objective.js";
import { checkStateWrite } from "./rule.js";
import { showDim, showType } from "./show.js";
import { checkIf, checkLet, checkStatement } from "./statement.js";
import { newSignature, resolveDim, resolveType, resolveWhere } from "./type-node.js";
import {
	errorType,
	type FitSymbol,
	type ModelMember,
	noQuantified,
	scalar,
	type TupleType,
	type Type,
} from "./types.js";

/** What a fit gives: its parts, states and tracks by name, and `.run`. */
interface FitNames {
	readonly fields: { readonly name: string; readonly type: Type }[];
	readonly members: Map<string, ModelMember>;
	readonly violations: string[];
	readonly terms: Set<string>;
}

export function fitSymbol(context: Context, node: ast.FitDeclaration, name: string): FitSymbol {
	const symbol: FitSymbol = {
		name,
		module: context.module,
		node,
		at: locate(context, node.name),
		parameters: [],
		quantified: noQuantified,
		result: errorType,
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
	const header = within(context, { scope, stage: "fit", owner: declarationKey(symbol.at) });
	context.session.knowledge.scopes.set(node, scope);
	context.session.knowledge.scopes.set(node.body, scope);
	symbol.parameters = declareParameters(header, node.parameters, signature);
	if (node.result) {
		resolveType(header, node.result, signature);
		unsupported(header, node.result, "a fit with a declared result");
	}
	const where = resolveWhere(header, node.where, signature);
	symbol.quantified = quantifiedOf(signature);
	const body = within(header, { facts: withClauses(listFacts(context.facts, symbol.parameters), where) });
	const names: FitNames = { fields: [], members: new Map(), violations: [], terms: new Set() };
	for (const statement of node.body.statements) checkFitStatement(body, statement, names);
	symbol.result = resultType(symbol.name, names);
}

function resultType(name: string, names: FitNames): TupleType {
	const real = scalar("real");
	const run: TupleType = {
		kind: "tuple",
		elements: [
			{ name: "loss", type: real },
			{ name: "steps", type: scalar("int") },
			{ name: "diverged", type: scalar("bool") },
			{
				name: "terms",
				type: { kind: "tuple", elements: [...names.terms].map((n) => ({ name: n, type: real })) },
			},
			{
				name: "violations",
				type: { kind: "tuple", elements: names.violations.map((n) => ({ name: n, type: real })) },
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
		case "SubjectTo": {
			const name = checkSubjectTo(context, node);
			if (name) names.violations.push(name);
			return;
		}
		case "IfStatement":
			checkIf(context, node, (scope, statement) => {
				if (statement.kind === "Define" || statement.kind === "Leaf") {
					unsupported(scope, statement, "a part that depends on an `if`");
				} else checkFitStatement(within(scope, { scope: scope.scope }), statement, names);
			});
			return;
		case "Loop":
			checkLoop(context, node, names);
			return;
		case "Track":
			checkTrack(context, node, names, false);
			return;
		case "Assign":
			checkStateWrite(context, node);
			return;
		case "Minimize":
			unsupported(context, node, "a `minimize` outside a loop");
			return;
		default:
			checkStatement(context, node);
	}
}

function checkPart(context: Context, node: ast.Define, names: FitNames): void {
	const type = infer(context, node.value);
	if (!["model", "list", "tuple", "tensor", "error"].includes(type.kind)) {
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

/** `let net = MLP(..)` would be a copy that is not trained: an error. */
function checkFitLet(context: Context, node: ast.Let): void {
	checkLet(context, node);
	const type = context.session.knowledge.types.get(node.value);
	if (type?.kind !== "model" || node.value.kind !== "Call") return;
	const at = locate(context, node);
	const text = context.module.text.slice(
		context.offset + node.value.span.start,
		context.offset + node.value.span.end,
	);
	const name = node.pattern.kind === "NamePattern" ? node.pattern.name : "net";
	report(context, {
		code: "E0403",
		at,
		message: `a model that is only named by \`let\` would not be trained`,
		hint: `drop \`let\`: \`${name} = ${text}\``,
		fixes: [{ title: "Own the model (drop `let`)", edits: [{ at, replacement: `${name} = ${text}` }] }],
	});
}

function checkLoop(context: Context, node: ast.Loop, names: FitNames): void {
	const scope = within(inner(context), { stage: "step" });
	context.session.knowledge.scopes.set(node.body, scope.scope);
	if (node.head === "repeat") {
		if (node.count) checkCount(context, node.count);
		else {
			report(context, {
				code: "E0411",
				at: locate(context, node),
				message: "`repeat` says how often: `repeat 100 { .. }`",
			});
		}
	} else checkStreams(context, scope, node);
	for (const clause of node.clauses) checkClause(context, clause, node);
	if (node.head === "for" && !node.clauses.some((c) => c.word === "epochs" || c.word === "steps")) {
		report(context, {
			code: "E0411",
			at: {
				...locate(context, node),
				end: context.offset + (node.bindings.at(-1)?.span.end ?? node.span.start + 3),
			},
			message: "a stream is endless: the loop says how long",
			hint: "add `epochs 20` or `steps 1000`",
		});
	}
	for (const statement of node.body.statements) checkStep(scope, statement, names);
}

function checkStreams(context: Context, scope: Context, node: ast.Loop): void {
	if (node.bindings.length > 1)
		unsupported(context, node.bindings[1] ?? node, "several streams side by side");
	for (const binding of node.bindings) {
		const source = binding.source && infer(context, binding.source);
		if (binding.pattern.kind === "Rest") {
			unsupported(context, binding.pattern, "a rest in a loop");
			continue;
		}
		if (source && source.kind !== "stream" && source.kind !== "error" && binding.source) {
			if (source.kind === "table") {
				report(context, {
					code: "E0412",
					at: locate(context, binding.source),
					message: "a loop takes a stream, and this is a data set",
					hint: "take batches of it: `.batches(64)`",
				});
			} else unsupported(context, binding.source, `a loop over ${showType(source)}`);
		}
		bindPattern(scope, binding.pattern, source?.kind === "stream" ? source.item : errorType);
	}
}

/** How often: a whole number known before running, at least 1. */
function checkCount(context: Context, node: ast.Expression): void {
	const count = resolveDim(context, node);
	if (!count) return;
	const verdict = decideAtLeast(count, constant(1), context.facts);
	if (verdict.verdict === "holds") return;
	report(context, {
		code: "E0325",
		at: locate(context, node),
		message: `a loop has at least one turn, and here it is ${showDim(count)}`,
		...(verdict.settle && { hint: `add \`where ${verdict.settle}\` to the fit` }),
	});
}

function checkClause(context: Context, clause: ast.Loop["clauses"][number], node: ast.Loop): void {
	switch (clause.word) {
		case "epochs":
			if (node.head === "repeat") {
				report(context, {
					code: "E0411",
					at: locate(context, clause),
					message: "epochs are counted over a stream, and `repeat` has none",
				});
			}
			checkCount(context, clause.value);
			return;
		case "steps":
			checkCount(context, clause.value);
			return;
		default:
			unsupported(context, clause, `\`${clause.word}\` of a loop`);
	}
}

/** One turn of a loop: lets, a step or several, states, tracks. */
function checkStep(context: Context, node: ast.Statement, names: FitNames): void {
	switch (node.kind) {
		case "Let":
			checkFitLet(context, node);
			return;
		case "Minimize":
			for (const term of checkMinimize(context, node)) names.terms.add(term);
			return;
		case "Assign":
			checkStateWrite(context, node);
			return;
		case "Track":
			checkTrack(context, node, names, true);
			return;
		case "IfStatement":
			checkIf(context, node, (scope, statement) => checkStep(scope, statement, names));
			return;
		case "Loop":
			unsupported(context, node, "a loop inside a loop");
			return;
		default:
			checkStatement(context, node);
	}
}

function checkTrack(context: Context, node: ast.Track, names: FitNames, inLoop: boolean): void {
	const type = infer(context, node.value);
	if (node.every?.amount) resolveDim(context, node.every.amount);
	if (inLoop && node.every) unsupported(context, node.every, "`every`");
	else if (inLoop) unsupported(context, node, "a track inside a loop");
	else if (node.every) unsupported(context, node.every, "`every` outside a loop");
	if (node.name.kind === "Missing") return;
	const value: Type = type.kind === "Int" ? scalar("int") : type.kind === "Real" ? scalar("real") : type;
	if (value.kind !== "tensor" && value.kind !== "error") {
		report(context, {
			code: "E0413",
			at: locate(context, node.value),
			message: `a track is a tensor, and this is ${showType(type)}`,
		});
	}
	if (names.fields.some((f) => f.name === (node.name as ast.Identifier).name)) {
		report(context, {
			code: "E0207",
			at: locate(context, node.name),
			message: `\`${node.name.name}\` is declared twice`,
		});
	}
	names.fields.push({ name: node.name.name, type: value });
	context.session.knowledge.types.set(node.name, value);
}
