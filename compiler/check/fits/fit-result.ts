import type * as ast from "../../../grammar/ast.js";
import { branchStatements } from "../../../grammar/branches.js";
import { nearest } from "../../source/near.js";
import { type Context, locate, report } from "../context.js";
import { meant } from "../hint.js";
import { showCondition } from "../signatures/conditions.js";
import { explainMismatch } from "../types/explain.js";
import { Matcher } from "../types/match.js";
import { showType } from "../types/show.js";
import {
	errorType,
	noQuantified,
	type Quantified,
	scalar,
	type TupleType,
	type Type,
	tensor,
} from "../types/types.js";
import { type FitNames, openSize } from "./fit-names.js";

/** The record that a fit gives: its parts, states and tracks by name, and `.run`. */

export function resultType(name: string, names: FitNames, endsByCondition: boolean): TupleType {
	const real = scalar("real");
	const each = names.isUncounted
		? errorType
		: tensor("real", { dims: [names.steps ?? openSize(names, "steps", names.hasSteps ? 1 : 0)] });
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

/**
 * `-> (net: Linear(64, 10), accuracy: real)`: what others see of the result, in this order, and `.run`. What a fit has
 * beside it is its own.
 */
export function declaredResult(
	context: Context,
	node: ast.FitDeclaration,
	typeNode: ast.TypeNode,
	declared: Type,
	found: TupleType,
	/** Sizes of the declared type that the fit itself says. */
	open: Quantified["dims"],
	conditions: ReadonlyMap<string, ast.Expression>,
): Type {
	if (declared.kind === "error") return errorType;
	const [run, ...others] = found.elements.toReversed();
	const own = others.reverse();
	if (!run || declared.kind !== "tuple" || declared.elements.some((e) => e.name === undefined)) {
		report(context, {
			code: "E0314",
			at: locate(context, typeNode),
			message: `a fit gives a record, and this is declared as ${showType(declared)}`,
			hint: `name what it gives: \`-> (${own.map((e) => `${e.name}: ${showType(e.type)}`).join(", ")})\``,
		});
		return errorType;
	}
	const matcher = new Matcher({ ...noQuantified, dims: open }, context.facts);
	let sound = true;
	for (const { name = "", type } of declared.elements) {
		const actual = own.find((e) => e.name === name);
		const at = locate(context, nodeOfField(typeNode, name) ?? typeNode);
		if (!actual) {
			const near = nearest(
				name,
				own.map((e) => e.name ?? ""),
			);
			report(context, {
				code: "E0314",
				at,
				message: `${found.title} is declared to give \`${name}\`, and has no part, param, state or track of this name`,
				hint:
					name === "run"
						? "what is told of the run is always there: `.run`"
						: near.length > 0
							? meant(near.slice(0, 1))
							: `track it: \`track ${name} = ..\``,
			});
			sound = false;
			continue;
		}
		const condition = conditions.get(name);
		if (condition) {
			report(context, {
				code: "E0314",
				at,
				message: `\`${name}\` is declared as part of the result, and is there only if \`${showCondition(condition)}\` holds`,
			});
			sound = false;
			continue;
		}
		if (actual.type.kind === "error") continue;
		const mismatch = matcher.matchDeclared(type, actual.type);
		if (!mismatch) continue;
		const why = explainMismatch(mismatch);
		const place = placeOfField(node.body.statements, name);
		report(context, {
			code: "E0314",
			at,
			message: `\`${name}\` is declared as ${showType(type)}, and it is ${showType(actual.type)}`,
			related: place ? [{ at: locate(context, place), label: showType(actual.type) }] : [],
			notes: mismatch.kind === "dim" ? [why.message, ...why.notes] : why.notes,
			...(why.hint && { hint: why.hint }),
		});
		sound = false;
	}
	const unsettled = sound ? matcher.finish() : undefined;
	if (unsettled) {
		const { message, notes, hint } = explainMismatch(unsettled);
		report(context, {
			code: "E0314",
			at: locate(context, typeNode),
			message: `this is declared as ${showType(declared)}: ${message}`,
			notes,
			...(hint && { hint }),
		});
	}
	if (!sound || unsettled) return errorType;
	return { kind: "tuple", elements: [...declared.elements, run], title: found.title ?? "" };
}

function nodeOfField(typeNode: ast.TypeNode, name: string): ast.TypeNode | undefined {
	return typeNode.kind === "TupleType"
		? typeNode.elements.find((e) => e.name?.name === name)?.type
		: undefined;
}

/** Where a fit names it. */
function placeOfField(statements: readonly ast.Statement[], name: string): ast.Statement | undefined {
	for (const statement of statements) {
		if (
			(statement.kind === "Define" || statement.kind === "Leaf" || statement.kind === "Track") &&
			statement.name.kind === "Identifier" &&
			statement.name.name === name
		)
			return statement;
		const inner = statement.kind === "Loop" ? statement.body.statements : branchStatements(statement);
		const found = placeOfField(inner, name);
		if (found) return found;
	}
	return undefined;
}
