import type * as ast from "../../../grammar/ast.js";
import { typeOf } from "../../../grammar/type-of.js";
import { walk } from "../../../grammar/visit.js";
import { type Context, locate, report } from "../context.js";
import { anyConstraint, anyOptimizer, anyRule } from "../rules/any-rule.js";
import { showType } from "../types/show.js";
import { errorType, type FunctionType, type Type } from "../types/types.js";
import { resolveType, type SignatureBuilder } from "./type-node.js";

/** Types by roles: `opt: Optimizer(real[n, m])`, `decay: Regularizer`, `fit: Loss(real[n, k], int<k>[n])`. */

const functionRoles = ["Loss", "Regularizer", "Metric", "Schedule"] as const;

type FunctionRole = (typeof functionRoles)[number];

export function isFunctionRole(name: string): name is FunctionRole {
	return functionRoles.some((role) => role === name);
}

/** `Optimizer`: for leaves of every shape; `Optimizer(real[n, m])`: for all such leaves. */
export function ruleType(
	context: Context,
	node: ast.NamedType,
	role: "optimizer" | "constraint",
	signature?: SignatureBuilder,
): Type {
	const { name } = node.name;
	if (!node.arguments && !node.shape)
		return { kind: "applied", rule: role === "optimizer" ? anyOptimizer : anyConstraint };
	const [subject, second] = typesIn(context, node) ?? [];
	if (!subject || second || node.shape) {
		if (subject || node.shape) tellForm(context, node, `\`${name}(real[n, m])\``);
		return errorType;
	}
	const { types, known } = quantifiersOf(context, [subject], signature);
	if (known) {
		report(context, {
			code: "E0344",
			at: locate(context, known),
			message: `the sizes in this type are any, and \`${known.name}\` is one of this declaration`,
			hint: `give it another name: an ${name.toLowerCase()} is for leaves of every size`,
		});
		return errorType;
	}
	const found = quantified(context, [subject], types, signature);
	const [leaf] = found?.parameters ?? [];
	if (!found || !leaf || leaf.type.kind === "error") return errorType;
	if (leaf.type.kind !== "tensor" || leaf.type.element !== "real") {
		report(context, {
			code: "E0344",
			at: locate(context, subject),
			message: `an ${name.toLowerCase()} is for real tensors, and this is ${showType(leaf.type)}`,
		});
		return errorType;
	}
	const rule = anyRule(role, `${name}(${showType(leaf.type)})`, leaf.type, found.quantified);
	return { kind: "applied", rule };
}

/** A function by its role: what it takes in brackets, with sizes of its own. */
export function functionRoleType(
	context: Context,
	node: ast.NamedType,
	role: FunctionRole,
	signature?: SignatureBuilder,
): Type {
	if (role === "Schedule") {
		if (!node.arguments && !node.shape) return { kind: "rate" };
		tellForm(context, node, "`Schedule`, which takes nothing: it is a `Rate`");
		return errorType;
	}
	const example = role === "Regularizer" ? "`Regularizer(real[n, m])`" : `\`${role}(real[n, k], int<k>[n])\``;
	const given = typesIn(context, node);
	if (!given) return errorType;
	if (node.shape || (given.length === 0 && node.arguments) || (role === "Regularizer" && given.length > 1)) {
		tellForm(context, node, example);
		return errorType;
	}
	const { span } = node;
	const leaf: ast.NamedType = {
		kind: "NamedType",
		name: { kind: "Identifier", name: "real", span },
		shape: [{ kind: "Rest", name: { kind: "Identifier", name: "s", span }, span }],
		span,
	};
	const types = given.length > 0 ? given : role === "Regularizer" ? [leaf] : [leaf, leaf];
	const found = quantified(context, types, quantifiersOf(context, types, signature).types, signature);
	if (!found) return errorType;
	return role === "Metric" ? { ...found, isMetric: true } : found;
}

function tellForm(context: Context, node: ast.NamedType, example: string): void {
	report(context, {
		code: "E0344",
		at: locate(context, node),
		message: `this is no type of ${node.name.name === "Optimizer" ? "an" : "a"} ${node.name.name.toLowerCase()}`,
		hint: `write ${example}`,
	});
}

/** The types in brackets; undefined after a mistake. */
function typesIn(context: Context, node: ast.NamedType): ast.TypeNode[] | undefined {
	const types: ast.TypeNode[] = [];
	for (const { value, name } of node.arguments ?? []) {
		const type = name ? undefined : typeOf(value);
		if (!type) {
			report(context, {
				code: "E0344",
				at: locate(context, value),
				message: "a type is wanted here",
				hint: "for example `real[n, m]`",
			});
			return undefined;
		}
		types.push(type);
	}
	return types;
}

/** The names of sizes that nothing around declares are any; the first that something does. */
function quantifiersOf(
	context: Context,
	types: readonly ast.TypeNode[],
	signature: SignatureBuilder | undefined,
): { readonly types: (ast.Identifier | ast.Rest)[]; readonly known?: ast.Name } {
	const scope = signature?.lookup ?? signature?.scope ?? context.scope;
	const found = new Map<string, ast.Identifier | ast.Rest>();
	let known: ast.Name | undefined;
	for (const type of types) {
		walk(type, (node) => {
			if (node.kind === "Rest") {
				const rest = node as ast.Rest;
				const name = rest.name.kind === "Identifier" ? rest.name.name : "";
				if (!scope.findRest(name)) found.set(`...${name}`, rest);
				return undefined;
			}
			if (node.kind !== "Name") return undefined;
			const name = node as ast.Name;
			if (!/^[a-z]/.test(name.name)) return undefined;
			const binding = scope.find(name.name);
			if (binding?.role === "dimension" || binding?.role === "parameter") known ??= name;
			else found.set(name.name, { kind: "Identifier", name: name.name, span: name.span });
			return undefined;
		});
	}
	return { types: [...found.values()], ...(known && { known }) };
}

function quantified(
	context: Context,
	parameters: readonly ast.TypeNode[],
	quantifiers: readonly (ast.Identifier | ast.Rest)[],
	signature: SignatureBuilder | undefined,
): FunctionType | undefined {
	const [first] = parameters;
	if (!first) return undefined;
	const { span } = first;
	const result: ast.NamedType = {
		kind: "NamedType",
		name: { kind: "Identifier", name: "real", span },
		span,
	};
	const type = resolveType(
		context,
		{ kind: "FunctionType", quantifiers, parameters, result, span },
		signature,
	);
	return type.kind === "function" ? type : undefined;
}
