import type * as ast from "../../grammar/ast.js";
import { type Context, declare, locate, report, Scope, unsupported, within } from "./context.js";
import { addMember, functionType } from "./declaration.js";
import { infer } from "./expression.js";
import { lineCalls } from "./inner-step.js";
import { checkMatch } from "./match-statement.js";
import { checkStateWrite } from "./rule.js";
import { checkAgainst, checkIf, checkLet } from "./statement.js";
import { noQuantified, type RuleSymbol, type Type } from "./types.js";

/** The methods of an optimizer: `step`, and functions that it calls. */

export function checkOptimizerMethod(
	context: Context,
	node: ast.FunctionDeclaration,
	symbol: RuleSymbol,
	subject: Type,
	name: ast.Identifier,
): () => void {
	if (name.name === "step") {
		const body = within(context, {
			scope: new Scope(context.scope),
			optimizer: { subject, lineCalls: lineCalls(node.body) },
		});
		return () => checkStep(body, node, symbol, subject, name);
	}
	const { type, check } = functionType(context, node, subject);
	declare(context, name, type, "function", { uses: 1 });
	return check;
}

/**
 * `step(g)`, or `step(g, gradient)`, whose second argument gives the gradient of the same objective elsewhere. Its body
 * writes states by `<-`, and its last line is the new value of the leaf.
 */
function checkStep(
	context: Context,
	node: ast.FunctionDeclaration,
	symbol: RuleSymbol,
	subject: Type,
	name: ast.Identifier,
): void {
	const types: Type[] = [
		subject,
		{
			kind: "function",
			name: "gradient",
			quantified: noQuantified,
			parameters: [{ name: "p", type: subject, optional: false }],
			result: subject,
		},
	];
	for (const [i, parameter] of node.parameters.entries()) {
		const type = types[i];
		if (type && parameter.name.kind === "Identifier")
			declare(context, parameter.name, type, "parameter", { uses: 1 });
		if (parameter.type) unsupported(context, parameter.type, "a declared type in a `step`");
		if (parameter.default) unsupported(context, parameter.default, "a default in a `step`");
	}
	if (node.parameters.length === 0 || node.parameters.length > 2) {
		report(context, {
			code: "E0402",
			at: locate(context, name),
			message: "`step` takes the gradient, and may take the function that gives it elsewhere",
			hint: "write `step(g) = ..` or `step(g, gradient) = ..`",
		});
	}
	context.session.knowledge.scopes.set(node, context.scope);
	addMember(context, symbol.members, name, {
		role: "method",
		type: {
			kind: "function",
			name: "step",
			quantified: noQuantified,
			parameters: types
				.slice(0, node.parameters.length)
				.map((type) => ({ name: "g", type, optional: false })),
			result: subject,
		},
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
		checkStepLine(context, statement);
	}
	report(context, {
		code: "E0402",
		at: locate(context, node),
		message: "the last line of `step` gives the new value",
	});
}

function checkStepLine(context: Context, node: ast.Statement): void {
	if (node.kind === "Assign") checkStateWrite(context, node);
	else if (node.kind === "Let") checkLet(context, node);
	else if (node.kind === "IfStatement") checkIf(context, node, checkStepLine);
	else if (node.kind === "ExpressionStatement" && node.value.kind === "Match")
		checkMatch(context, node.value, checkStepLine);
	else unsupported(context, node, "this in a `step`");
}
