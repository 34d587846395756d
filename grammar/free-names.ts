import type * as ast from "./ast.js";
import { type AnyNode, eachChild } from "./visit.js";

/** The names that a piece of code takes from around it, each with the first place where it stands. */
export function freeNames(node: AnyNode): ReadonlyMap<string, ast.Name> {
	const known = cache.get(node);
	if (known) return known;
	const found = new Map<string, ast.Name>();
	visit(node, new Set(), found);
	cache.set(node, found);
	return found;
}

const cache = new WeakMap<AnyNode, ReadonlyMap<string, ast.Name>>();

type Bound = ReadonlySet<string>;

function visit(node: AnyNode | undefined, bound: Bound, found: Map<string, ast.Name>): void {
	if (!node) return;
	switch (node.kind) {
		case "Name": {
			const name = node as ast.Name;
			if (!bound.has(name.name) && !found.has(name.name)) found.set(name.name, name);
			return;
		}
		case "Block":
			visitStatements((node as ast.Block).statements, bound, found);
			return;
		case "Lambda": {
			const { parameters, body } = node as ast.Lambda;
			visit(
				body,
				having(
					bound,
					parameters.flatMap((p) => patternNames(p.pattern)),
				),
				found,
			);
			return;
		}
		case "Binder":
			visitBinder(node as ast.Binder, bound, found);
			return;
		case "Loop":
			visitLoop(node as ast.Loop, bound, found);
			return;
		case "Match": {
			const { subject, arms } = node as ast.Match;
			visit(subject, bound, found);
			for (const arm of arms) visit(arm.body, having(bound, patternNames(arm.pattern)), found);
			return;
		}
		case "Function":
			visitFunction(node as ast.FunctionDeclaration, bound, found);
			return;
		case "Model":
		case "Constraint":
		case "Reparam":
		case "Optimizer":
			visitMembers(node as ast.ModelDeclaration | ast.OptimizerDeclaration, bound, found);
			return;
		case "Fit": {
			const { parameters, body } = node as ast.FitDeclaration;
			visitStatements(body.statements, visitParameters(parameters, bound, found), found);
			return;
		}
		default:
			eachChild(node, (below) => visit(below, bound, found));
	}
}

/** What a statement names is known to those after it. */
function visitStatements(
	statements: readonly ast.Member[],
	outer: Bound,
	found: Map<string, ast.Name>,
): Bound {
	let bound = outer;
	for (const statement of statements) {
		visit(statement, bound, found);
		bound = having(bound, namesOfStatement(statement));
	}
	return bound;
}

function namesOfStatement(statement: ast.Member): string[] {
	switch (statement.kind) {
		case "Let":
			return patternNames(statement.pattern);
		case "Leaf":
		case "Define":
		case "Function":
			return statement.name?.kind === "Identifier" ? [statement.name.name] : [];
		default:
			return [];
	}
}

function visitBinder(node: ast.Binder, outer: Bound, found: Map<string, ast.Name>): void {
	let bound = outer;
	for (const { pattern, source } of node.bindings) {
		visit(source, bound, found);
		bound = having(bound, patternNames(pattern));
	}
	visit(node.where, bound, found);
	visit(node.body, bound, found);
}

function visitLoop(node: ast.Loop, outer: Bound, found: Map<string, ast.Name>): void {
	visit(node.count, outer, found);
	let bound = outer;
	for (const { pattern, source } of node.bindings) {
		visit(source, bound, found);
		bound = having(bound, patternNames(pattern));
	}
	const inside = visitStatements(node.body.statements, bound, found);
	for (const clause of node.clauses) visit(clause.value, clause.word === "until" ? inside : bound, found);
}

function visitParameters(
	parameters: readonly ast.Parameter[],
	outer: Bound,
	found: Map<string, ast.Name>,
): Bound {
	let bound = outer;
	for (const parameter of parameters) {
		visit(parameter.default, bound, found);
		if (parameter.name.kind === "Identifier") bound = having(bound, [parameter.name.name]);
	}
	return bound;
}

function visitFunction(node: ast.FunctionDeclaration, outer: Bound, found: Map<string, ast.Name>): void {
	visit(node.body, visitParameters(node.parameters, outer, found), found);
	if (!node.derivative) return;
	const { parameters, body } = node.derivative;
	visit(
		body,
		having(
			outer,
			parameters.map((p) => p.name),
		),
		found,
	);
}

/** Members see each other, methods those below them too. */
function visitMembers(
	node: ast.ModelDeclaration | ast.OptimizerDeclaration,
	outer: Bound,
	found: Map<string, ast.Name>,
): void {
	const subject =
		"subject" in node && node.subject?.name.kind === "Identifier" ? [node.subject.name.name] : [];
	const parameters = having(visitParameters(node.parameters, outer, found), subject);
	const bound = having(parameters, node.members.flatMap(namesOfStatement));
	for (const member of node.members) visit(member, bound, found);
}

function having(bound: Bound, names: readonly string[]): Bound {
	return names.length === 0 ? bound : new Set([...bound, ...names]);
}

/** The names that a pattern binds. */
export function patternNames(pattern: ast.Pattern | ast.Rest): string[] {
	switch (pattern.kind) {
		case "NamePattern":
			return [pattern.name];
		case "TuplePattern":
			return pattern.elements.flatMap(patternNames);
		case "VariantPattern":
			return pattern.fields.flatMap(patternNames);
		default:
			return [];
	}
}
