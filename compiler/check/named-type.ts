import type * as ast from "../../grammar/ast.js";
import { type Dim, variable } from "../dims/dim.js";
import { type Context, declare, locate, Scope, unsupported, within } from "./context.js";
import { declareParameters, quantifiedOf } from "./declaration.js";
import { Matcher } from "./match.js";
import { lend } from "./session.js";
import { newSignature, resolveType } from "./type-node.js";
import {
	errorType,
	type FunctionType,
	noQuantified,
	type Quantified,
	type SignatureParameter,
	type Type,
	type TypeSymbol,
	type VariantSymbol,
	type VariantType,
} from "./types.js";

/** The variants of a type; `make` gives what makes a value of the one at an index. */
export function variantsOf(
	context: Context,
	node: ast.TypeDeclaration,
	variants: readonly ast.Variant[],
	make: (index: number) => FunctionType,
): VariantSymbol[] {
	const [parameter] = node.parameters;
	if (parameter) unsupported(context, parameter, "a variant type with parameters");
	return variants.map(({ name, fields }, index) => ({
		name: name.name,
		at: locate(context, name),
		hasFields: fields.length > 0,
		make: () => make(index),
	}));
}

/** An alias is the type that it names, with its sizes replaced. */
export function aliasSymbol(
	context: Context,
	node: ast.TypeDeclaration,
	name: ast.Identifier,
	type: ast.TypeNode,
): TypeSymbol {
	const parameters = node.parameters.flatMap((p) => (p.name.kind === "Identifier" ? [p.name] : []));
	for (const parameter of node.parameters) {
		const isInt =
			!parameter.type || (parameter.type.kind === "NamedType" && parameter.type.name.name === "Int");
		if (!isInt || parameter.default)
			unsupported(context, parameter, "a parameter of a type that is more than a size");
	}
	let running = false;
	const expand = (sizes: ReadonlyMap<string, Dim>): Type => {
		if (running) {
			unsupported(context, name, "a type that holds itself");
			return errorType;
		}
		running = true;
		const session = lend(context, context.session);
		const own = within(context, { session, scope: new Scope(context.scope) });
		for (const parameter of parameters) {
			const value = sizes.get(parameter.name) ?? variable(parameter.name, { minimum: 1 }).dim;
			declare(own, parameter, { kind: "Int", value }, "dimension", { fixed: true, uses: 1 });
		}
		const resolved = resolveType(own, type);
		running = false;
		return resolved;
	};
	return { name: name.name, at: locate(context, name), parameters: parameters.map((p) => p.name), expand };
}

/** A variant with fields is made as by a function of them. */
export function maker(context: Context, variant: ast.Variant, result: VariantType): FunctionType {
	const scope = new Scope(context.scope);
	const signature = newSignature(scope);
	const own = within(context, { scope });
	context.session.knowledge.scopes.set(variant, scope);
	const parameters = declareParameters(own, variant.fields, signature);
	refuseOpen(own, variant, parameters, quantifiedOf(signature));
	return {
		kind: "function",
		name: variant.name.name,
		quantified: quantifiedOf(signature),
		parameters,
		result,
		at: locate(context, variant.name),
	};
}

/** A size that belongs to one value would be lost where the value is passed on. */
function refuseOpen(
	context: Context,
	variant: ast.Variant,
	parameters: readonly SignatureParameter[],
	quantified: Quantified,
): void {
	const matcher = new Matcher(quantified, context.facts);
	for (const parameter of parameters) {
		if (parameter.type.kind === "Int") continue;
		if (matcher.openIn(parameter.type).length === 0 && parameter.type.kind !== "variable") continue;
		const field = variant.fields.find((f) => f.name.kind === "Identifier" && f.name.name === parameter.name);
		unsupported(context, field?.type ?? variant, "a field of a variant whose size is open");
	}
}

export function unusable(context: Context, variant: ast.Variant): FunctionType {
	unsupported(context, variant.name, "a variant that holds itself");
	return { kind: "function", quantified: noQuantified, parameters: [], result: errorType };
}
