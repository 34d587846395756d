import type * as ast from "../../../grammar/ast.js";
import { armStatements, matchOf } from "../../../grammar/branches.js";
import type { Environment } from "../environment.js";
import { type CallValues, type Evaluator, fail } from "../evaluator.js";
import type { Value, VariantValue } from "../values.js";
import { type Expected, evaluate } from "./evaluate.js";
import { bindParameters } from "./parameters.js";
import { parameterNames } from "./type-names.js";

/** The first case whose pattern takes the value; the others are not computed. */
export function evaluateMatch(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Match,
	expected?: Expected,
): Value {
	const { scope, arm } = chosenArm(evaluator, environment, node);
	if (arm.body.kind === "ExpressionStatement") return evaluate(evaluator, scope, arm.body.value, expected);
	return fail(environment, arm.body, `this cannot be computed yet (${arm.body.kind})`);
}

/** The first case that takes the value, with the names of its pattern. */
export function chosenArm(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Match,
): { readonly scope: Environment; readonly arm: ast.Match["arms"][number] } {
	const subject = evaluate(evaluator, environment, node.subject);
	for (const arm of node.arms) {
		const scope = environment.inner();
		if (takes(scope, arm.pattern, subject)) return { scope, arm };
	}
	return fail(environment, node, "no case takes this value");
}

/** The statements of one side of an `if`. */
export function sideOf(node: ast.IfStatement, holds: boolean): readonly ast.Statement[] {
	const side = holds ? node.then : node.else;
	return side?.kind === "IfStatement" ? [side] : (side?.statements ?? []);
}

/**
 * A branch of statements that is taken, by what is known before running, and its scope; undefined if a statement is no
 * `if` and no `match`.
 */
export function takenBranch(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Statement,
): { readonly scope: Environment; readonly statements: readonly ast.Statement[] } | undefined {
	const match = matchOf(node);
	if (match) {
		const { scope, arm } = chosenArm(evaluator, environment, match);
		return { scope, statements: armStatements(arm) };
	}
	if (node.kind !== "IfStatement") return undefined;
	const condition = evaluate(evaluator, environment, node.condition);
	if (condition.kind !== "bool") return fail(environment, node.condition, "this is known only when it runs");
	return { scope: environment.inner(), statements: sideOf(node, condition.value) };
}

/** Whether a pattern takes a value; binds its names. */
function takes(environment: Environment, pattern: ast.Pattern, value: Value): boolean {
	switch (pattern.kind) {
		case "NamePattern":
			environment.set(pattern.name, value);
			return true;
		case "WildcardPattern":
			return true;
		case "TuplePattern":
			return (
				value.kind === "tuple" &&
				pattern.elements.every((e, i) => {
					const part = value.elements[i];
					return part !== undefined && takes(environment, e, part.value);
				})
			);
		case "VariantPattern":
			return (
				value.kind === "variant" &&
				value.name === pattern.name.name &&
				pattern.fields.every((f, i) => {
					const field = value.fields[i];
					return field !== undefined && takes(environment, f, field.value);
				})
			);
		case "LiteralPattern": {
			const literal = pattern.value;
			const wanted = literal.kind === "String" ? literal.parts.join("") : literal.value;
			return "value" in value && value.value === wanted;
		}
		default:
			return false;
	}
}

/** `Biased(0.5)`: fields are bound as parameters are. */
export function makeVariant(
	evaluator: Evaluator,
	variant: Value & { kind: "variant class" },
	args: CallValues,
): VariantValue {
	const environment = variant.environment.inner();
	bindParameters(evaluator, environment, variant.node.fields, args);
	const fields = variant.node.fields.flatMap((field) => {
		const name = field.name.kind === "Identifier" ? field.name.name : "";
		const value = environment.findInDeclaration(name);
		return value ? [{ name, value }] : [];
	});
	const sizes = new Map<string, number>();
	for (const name of parameterNames(variant.type)) {
		const size = environment.findInDeclaration(name);
		if (size?.kind === "number") sizes.set(name, size.value);
	}
	return { kind: "variant", name: variant.node.name.name, fields, sizes };
}

/** A type as a file declares it: its variants by their names, or what it stands for. */
export function declareType(own: Environment, module: Environment, node: ast.TypeDeclaration): void {
	if (node.name.kind === "Identifier") module.set(node.name.name, { kind: "type", node, environment: own });
	if (node.definition.kind !== "Variants") return;
	for (const variant of node.definition.variants) {
		const { name } = variant.name;
		module.set(
			name,
			variant.fields.length > 0
				? { kind: "variant class", node: variant, type: node, environment: own }
				: { kind: "variant", name, fields: [] },
		);
	}
}
