import type * as ast from "../../../grammar/ast.js";
import { nearest } from "../../source/near.js";
import { type Context, declare, locate, report, Scope, within } from "../context.js";
import { checkAssign } from "../expressions/assign.js";
import { infer } from "../expressions/expression.js";
import { checkMatch } from "../expressions/match-statement.js";
import { checkAgainst, checkIf, checkLet } from "../expressions/statement.js";
import { meant } from "../hint.js";
import { functionType } from "../signatures/declaration.js";
import { addMember } from "../signatures/model-declaration.js";
import { resolveType } from "../signatures/type-node.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import type { RuleSymbol } from "../types/symbols.js";
import { errorType, noQuantified, scalar, type Type } from "../types/types.js";
import { lineCalls } from "./inner-step.js";

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

/** What a `step` may ask for beside the gradient: functions of the parameters, by their names. */
function stepFunctions(subject: Type): ReadonlyMap<string, Type> {
	const of = (name: string, result: Type): [string, Type] => [
		name,
		{
			kind: "function",
			name,
			quantified: noQuantified,
			parameters: [{ name: "p", type: subject, optional: false }],
			result,
		},
	];
	const number = scalar("real");
	return new Map([
		of("gradient", subject),
		of("objective", number),
		of("value_and_gradient", { kind: "tuple", elements: [{ type: number }, { type: subject }] }),
	]);
}

/**
 * `step(g)`, or `step(g, gradient)`, which asks for the gradient of the same objective elsewhere; likewise
 * `objective` and `value_and_gradient`. Its body writes states by `<-`, and its last line is the new value of the leaf.
 */
function checkStep(
	context: Context,
	node: ast.FunctionDeclaration,
	symbol: RuleSymbol,
	subject: Type,
	name: ast.Identifier,
): void {
	const functions = stepFunctions(subject);
	const types = node.parameters.map((parameter, i): Type => {
		const known = parameter.name.kind === "Identifier" ? functions.get(parameter.name.name) : undefined;
		return i === 0 ? subject : (known ?? errorType);
	});
	for (const [i, parameter] of node.parameters.entries()) {
		if (parameter.name.kind === "Identifier") {
			declare(context, parameter.name, types[i] ?? errorType, "parameter", { uses: 1 });
			if (i > 0 && !functions.has(parameter.name.name)) asksForNothing(context, parameter.name, functions);
		}
		if (parameter.type) agree(context, parameter.type, types[i] ?? errorType, parameter.name);
		if (parameter.default) {
			report(context, {
				code: "E0402",
				at: locate(context, parameter.default),
				message: "`step` is given all that it asks for: nothing of it has a default",
				hint: "what a use of the optimizer chooses is one of its options",
			});
		}
	}
	if (node.result) agree(context, node.result, subject, name);
	const [condition] = node.where;
	if (condition) {
		report(context, {
			code: "E0402",
			at: locate(context, condition),
			message: "a `step` is for all that its optimizer is for: it has no conditions of its own",
			hint: "they stand after what the optimizer is for: `for w: real[n, m] where n >= m`",
		});
	}
	if (node.parameters.length === 0) {
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
			parameters: types.map((type) => ({ name: "g", type, optional: false })),
			result: subject,
		},
	});
	const newValue = (value: ast.Expression): void => {
		checkAgainst(context, value, subject, infer(context, value, subject), symbol.node.subject?.type);
	};
	if (node.body.kind !== "Block") {
		newValue(node.body);
		return;
	}
	const last = node.body.statements.at(-1);
	for (const statement of node.body.statements) {
		if (statement === last && statement.kind === "ExpressionStatement") {
			newValue(statement.value);
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

/** A type that a `step` declares is the one that it has. */
function agree(context: Context, node: ast.TypeNode, actual: Type, name: ast.Identifier | ast.Missing): void {
	const declared = resolveType(context, node);
	if (declared.kind === "error" || actual.kind === "error") return;
	const matcher = new Matcher(noQuantified, context.facts);
	const mismatch = matcher.matchDeclared(declared, actual) ?? matcher.finish();
	if (!mismatch) return;
	const { notes, hint } = explainMismatch(mismatch);
	report(context, {
		code: "E0314",
		at: locate(context, node),
		message: `\`${name.kind === "Identifier" ? name.name : "step"}\` is declared ${name.kind === "Identifier" && name.name === "step" ? "to give" : "as"} ${showType(declared)}, and here it is ${showType(actual)}`,
		notes,
		...(hint && { hint }),
	});
}

function asksForNothing(context: Context, name: ast.Identifier, functions: ReadonlyMap<string, Type>): void {
	const known = [...functions.keys()];
	const near = nearest(name.name, known);
	report(context, {
		code: "E0402",
		at: locate(context, name),
		message: `\`step\` cannot ask for \`${name.name}\``,
		notes: [`beside the gradient it may ask for ${known.map((n) => `\`${n}\``).join(", ")}`],
		...(near[0] && { hint: meant(near.slice(0, 1)) }),
	});
}

function checkStepLine(context: Context, node: ast.Statement): void {
	if (node.kind === "Assign") checkAssign(context, node);
	else if (node.kind === "Let") checkLet(context, node);
	else if (node.kind === "IfStatement") checkIf(context, node, checkStepLine, true);
	else if (node.kind === "ExpressionStatement" && node.value.kind === "Match")
		checkMatch(context, node.value, checkStepLine);
	else
		report(context, {
			code: "E0401",
			at: locate(context, node),
			message:
				"this does not belong in a `step`: its lines are `let`, `if`, `match` and `<-`, and the last is the new value",
			...(node.kind === "Loop" && {
				hint: "a loop is an expression here: `fold`, `loop`, `iterate`; a tensor is written by index: `for i: ..`",
			}),
		});
}
