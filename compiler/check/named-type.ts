import type * as ast from "../../grammar/ast.js";
import { type Dim, variable } from "../dims/dim.js";
import { type Context, declare, locate, report, Scope, unsupported, within } from "./context.js";
import { declareParameters, once, quantifiedOf } from "./declaration.js";
import { Matcher } from "./match.js";
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

/** Declares the name of a type, and those of its variants; returns what is left to check. */
export function declareType(
	context: Context,
	node: ast.TypeDeclaration,
	name: ast.Identifier,
	documentation: string,
): (() => void)[] {
	const { definition } = node;
	if (definition.kind === "Alias") return declareAlias(context, node, name, definition.type, documentation);
	if (node.parameters.length > 0)
		unsupported(context, node.parameters[0] ?? name, "a variant type with parameters");
	const variants: VariantSymbol[] = [];
	const type: VariantType = {
		kind: "variant",
		variants: { name: name.name, at: locate(context, name), variants },
	};
	const symbol: TypeSymbol = {
		name: name.name,
		at: locate(context, name),
		parameters: [],
		expand: () => type,
		variants: type.variants,
	};
	declare(context, name, { kind: "declaration", symbol: { role: "type", named: symbol } }, "type", {
		documentation,
	});
	for (const variant of definition.variants) {
		const make = once(
			() => maker(context, variant, type),
			() => unusable(context, variant),
		);
		const hasFields = variant.fields.length > 0;
		variants.push({ name: variant.name.name, at: locate(context, variant.name), hasFields, make });
		// Not through `declare`, which would ask for the types of the fields before all names stand.
		refuseSecond(context, variant.name);
		const binding = {
			name: variant.name.name,
			get type() {
				return hasFields ? make() : type;
			},
			at: locate(context, variant.name),
			role: "variant" as const,
			uses: 0,
		};
		context.scope.names.set(variant.name.name, binding);
		context.session.knowledge.definitions.set(variant.name, binding);
	}
	return variants.map((v) => () => void v.make());
}

/** An alias is the type that it names, with its sizes replaced. */
function declareAlias(
	context: Context,
	node: ast.TypeDeclaration,
	name: ast.Identifier,
	type: ast.TypeNode,
	documentation: string,
): (() => void)[] {
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
		const own = within(context, { scope: new Scope(context.scope) });
		for (const parameter of parameters) {
			const value = sizes.get(parameter.name) ?? variable(parameter.name, { minimum: 1 }).dim;
			declare(own, parameter, { kind: "Int", value }, "dimension", { fixed: true, uses: 1 });
		}
		const resolved = resolveType(own, type);
		running = false;
		return resolved;
	};
	const named: TypeSymbol = {
		name: name.name,
		at: locate(context, name),
		parameters: parameters.map((p) => p.name),
		expand,
	};
	declare(context, name, { kind: "declaration", symbol: { role: "type", named } }, "type", { documentation });
	return [() => void expand(new Map())];
}

function refuseSecond(context: Context, name: ast.Identifier): void {
	const before = context.scope.names.get(name.name);
	if (!before) return;
	report(context, {
		code: "E0207",
		at: locate(context, name),
		message: `\`${name.name}\` is declared twice`,
		related: [{ at: before.at, label: "first declared here" }],
	});
}

/** A variant with fields is made as by a function of them. */
function maker(context: Context, variant: ast.Variant, result: VariantType): FunctionType {
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

function unusable(context: Context, variant: ast.Variant): FunctionType {
	unsupported(context, variant.name, "a variant that holds itself");
	return { kind: "function", quantified: noQuantified, parameters: [], result: errorType };
}
