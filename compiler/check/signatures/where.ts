import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { add, constant } from "../../dims/dim.js";
import { type Context, locate, report, within } from "../context.js";
import { showType } from "../types/show.js";
import type { WhereClause } from "../types/types.js";
import { withClauses } from "./declaration.js";
import { leastIn, resolveDim, type SignatureBuilder } from "./type-node.js";

/** `where n >= m`, `where heads divides d`, `where t == 2 * s`; `and` joins. */
export function resolveWhere(
	context: Context,
	nodes: readonly ast.Expression[],
	signature?: SignatureBuilder,
): WhereClause[] {
	// A condition may need what those before it say: `where len(stages) >= i + 1, len(stages[i]) >= 2`.
	const clauses: WhereClause[] = [];
	for (const node of nodes) {
		const known = within(context, { facts: withClauses(context.facts, clauses) });
		clauses.push(...whereClauses(known, node, signature));
	}
	return clauses;
}

function whereClauses(context: Context, node: ast.Expression, signature?: SignatureBuilder): WhereClause[] {
	if (node.kind === "Parenthesized") return whereClauses(context, node.inner, signature);
	if (node.kind === "Bound") {
		boundVariable(context, node, signature);
		return [];
	}
	const text = context.anchor.text(node.span);
	const at = locate(context, node);
	if (node.kind === "Binary") {
		if (node.operator === "and") {
			return [
				...whereClauses(context, node.left, signature),
				...whereClauses(context, node.right, signature),
			];
		}
		if (refuseOtherValues(context, node, signature)) return [];
		if (!comparisons.has(node.operator)) return refuseCondition(context, node);
		// `found >= 0`: of every entry, which the type of the list says already.
		if (isOfEntries(context, node, signature)) return [];
		const left = resolveDim(context, node.left, signature);
		const right = resolveDim(context, node.right, signature);
		if (!left || !right) return [];
		const one = constant(1);
		switch (node.operator) {
			case ">=":
				return [{ kind: "at-least", greater: left, lesser: right, text, at }];
			case "<=":
				return [{ kind: "at-least", greater: right, lesser: left, text, at }];
			case ">":
				return [{ kind: "at-least", greater: left, lesser: add(right, one), text, at }];
			case "<":
				return [{ kind: "at-least", greater: right, lesser: add(left, one), text, at }];
			case "==":
				return [{ kind: "equal", left, right, text, at }];
			case "divides":
				return [{ kind: "divides", divisor: left, dividend: right, text, at }];
		}
	}
	if (refuseOtherValues(context, node, signature)) return [];
	return refuseCondition(context, node);
}

const comparisons: ReadonlySet<string> = new Set([">=", "<=", ">", "<", "==", "divides"]);

/** Nothing follows for a shape from what may hold or not. */
function refuseCondition(context: Context, node: ast.Expression): WhereClause[] {
	const isDifferent = node.kind === "Binary" && node.operator === "!=";
	report(context, {
		code: "E0361",
		at: locate(context, node),
		message:
			"a `where` compares sizes by `<`, `<=`, `>`, `>=`, `==` or `divides`, and all that it says holds",
		hint: isDifferent
			? `say on which side it is: \`${context.anchor.text(node.left.span)} > ${context.anchor.text(node.right.span)}\``
			: "of two cases make two functions, or ask for what both need",
	});
	return [];
}

/** What is no size says nothing of shapes, and is not compared where a signature is called. */
function refuseOtherValues(context: Context, node: ast.Expression, signature?: SignatureBuilder): boolean {
	const scope = signature?.lookup ?? signature?.scope ?? context.scope;
	for (const name of freeNames(node).values()) {
		const binding = scope.find(name.name);
		if (!binding || !["Real", "Bool", "String"].includes(binding.type.kind)) continue;
		binding.uses++;
		context.session.knowledge.definitions.set(name, binding);
		report(context, {
			code: "E0361",
			at: locate(context, name),
			message: `a \`where\` says what sizes need, and \`${name.name}\` is ${showType(binding.type)}`,
			related: [{ at: binding.at, label: `\`${name.name}\` is declared here` }],
			hint:
				binding.type.kind === "Real"
					? `ask for it where the number is made: \`check ${context.anchor.text(node.span)}\``
					: "choose by it in the body: `if`, or a variant and `match`",
		});
		return true;
	}
	return false;
}

/** A bound from below, by a number, of the entries of a list of Ints. */
function isOfEntries(context: Context, node: ast.Binary, signature?: SignatureBuilder): boolean {
	if (node.left.kind !== "Name" || leastIn(node).length === 0) return false;
	const binding = (signature?.lookup ?? signature?.scope ?? context.scope).find(node.left.name);
	const symbol =
		binding?.role === "parameter" && binding.type.kind === "list" ? binding.type.symbol : undefined;
	if (!binding || !symbol || symbol.entries || symbol.anyList) return false;
	binding.uses++;
	context.session.knowledge.definitions.set(node.left, binding);
	return true;
}

/** `where T: tree`. */
function boundVariable(context: Context, node: ast.Bound, signature?: SignatureBuilder): void {
	const variable = (signature?.scope ?? context.scope).findType(node.name.name);
	const bound = node.bound.kind === "Identifier" ? node.bound.name : undefined;
	if (variable && bound === "tree") {
		if (signature) return void signature.trees.add(variable.id);
		report(context, {
			code: "E0347",
			at: locate(context, node),
			message: `nothing here is quantified over \`${node.name.name}\``,
			hint: "a bound stands in the signature whose parameters have the type: `fn apply(a: T) -> real where T: tree = ..`",
		});
		return;
	}
	if (bound === undefined) return;
	report(context, {
		code: "E0347",
		at: locate(context, variable ? node.bound : node.name),
		message: variable
			? `there is no bound \`${bound}\``
			: `\`${node.name.name}\` is no type variable of this signature`,
		hint: variable ? "a type variable may be a `tree`" : "a type variable is a single capital: `a: T`",
	});
}
