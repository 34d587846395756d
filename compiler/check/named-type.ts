import type * as ast from "../../grammar/ast.js";
import { variable } from "../dims/dim.js";
import { type Context, declare, locate, report, Scope, unsupported, within } from "./context.js";
import { declareParameters, once, quantifiedOf } from "./declaration.js";
import type { Matcher } from "./match.js";
import { newSignature, resolveType } from "./type-node.js";
import {
	errorType,
	type FunctionType,
	freshId,
	noQuantified,
	type Type,
	type TypeParameter,
	type TypeSymbol,
	type VariantSymbol,
	type VariantsSymbol,
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
	const parameters = typeParameters(context, node);
	if (definition.kind === "Alias")
		return declareAlias(context, node, name, definition.type, parameters, documentation);
	const variants: VariantSymbol[] = [];
	const symbol: VariantsSymbol = { name: name.name, at: locate(context, name), variants };
	const named: TypeSymbol = {
		name: name.name,
		at: locate(context, name),
		parameters,
		expand: (given) => ({ kind: "variant", variants: symbol, arguments: new Map(given) }),
		variants: symbol,
	};
	declare(context, name, { kind: "declaration", symbol: { role: "type", named } }, "type", {
		documentation,
	});
	for (const variant of definition.variants) {
		const make = once(
			() => maker(context, variant, symbol, node),
			() => unusable(context, variant),
		);
		const hasFields = variant.fields.length > 0;
		variants.push({ name: variant.name.name, at: locate(context, variant.name), hasFields, make });
		// Not through `declare`, which would ask for the types of the fields before all names stand.
		refuseSecond(context, variant.name);
		const value: VariantType = {
			kind: "variant",
			variants: symbol,
			arguments: new Map(),
			value: variant.name.name,
		};
		const binding = {
			name: variant.name.name,
			get type() {
				return hasFields ? make() : value;
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

/** Sizes, and types by a single capital: `type Pair(n, T) = (at: real[n], value: T)`. */
function typeParameters(context: Context, node: ast.TypeDeclaration): TypeParameter[] {
	return node.parameters.flatMap((parameter) => {
		const isInt =
			!parameter.type || (parameter.type.kind === "NamedType" && parameter.type.name.name === "Int");
		if (!isInt || parameter.default)
			unsupported(context, parameter, "a parameter of a type that is neither a size nor a type");
		if (parameter.name.kind === "Missing") return [];
		const { name } = parameter.name;
		return [{ name, isType: !parameter.type && /^[A-Z]$/.test(name) }];
	});
}

/** The names of the parameters, inside the definition: a size is an Int, a type is what is given for it. */
function bindParameters(context: Context, node: ast.TypeDeclaration, given: ReadonlyMap<string, Type>): void {
	for (const { name } of node.parameters) {
		if (name.kind === "Missing") continue;
		const type = given.get(name.name);
		if (!type) continue;
		if (type.kind === "Int") {
			declare(context, name, type, "dimension", { fixed: true, uses: 1 });
			continue;
		}
		const named: TypeSymbol = {
			name: name.name,
			at: locate(context, name),
			parameters: [],
			expand: () => type,
		};
		declare(context, name, { kind: "declaration", symbol: { role: "type", named } }, "type", { uses: 1 });
	}
}

/** An alias is the type that it names, with its parameters replaced. */
function declareAlias(
	context: Context,
	node: ast.TypeDeclaration,
	name: ast.Identifier,
	type: ast.TypeNode,
	parameters: readonly TypeParameter[],
	documentation: string,
): (() => void)[] {
	let running = false;
	const expand = (given: ReadonlyMap<string, Type>): Type => {
		if (running) {
			unsupported(context, name, "a type that holds itself");
			return errorType;
		}
		running = true;
		const own = within(context, { scope: new Scope(context.scope) });
		bindParameters(own, node, given);
		const resolved = resolveType(own, type);
		running = false;
		return resolved;
	};
	const named: TypeSymbol = { name: name.name, at: locate(context, name), parameters, expand };
	declare(context, name, { kind: "declaration", symbol: { role: "type", named } }, "type", { documentation });
	return [() => void expand(anyArguments(parameters))];
}

/** Stands for whatever is given. */
function anyArguments(parameters: readonly TypeParameter[]): Map<string, Type> {
	return new Map(
		parameters.map(({ name, isType }): [string, Type] => [
			name,
			isType
				? { kind: "variable", name, id: freshId() }
				: { kind: "Int", value: variable(name, { minimum: 1 }).dim },
		]),
	);
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

/**
 * A variant with fields is made as by a function of them. What its fields name beside the parameters of the type belongs
 * to each value by itself: a `match` gives it names of its own.
 */
function maker(
	context: Context,
	variant: ast.Variant,
	variants: VariantsSymbol,
	node: ast.TypeDeclaration,
): FunctionType {
	const scope = new Scope(context.scope);
	const signature = newSignature(scope);
	const own = within(context, { scope });
	context.session.knowledge.scopes.set(variant, scope);
	const given = new Map<string, Type>();
	for (const { name, isType } of typeParameters(own, node)) {
		if (isType) {
			const type = { kind: "variable", name, id: freshId() } as const;
			signature.types.push(type);
			given.set(name, type);
			continue;
		}
		const { dim, atom } = variable(name, { minimum: 1 });
		signature.dims.push(atom);
		given.set(name, { kind: "Int", value: dim });
	}
	bindParameters(own, node, given);
	const parameters = declareParameters(own, variant.fields, signature);
	return {
		kind: "function",
		name: variant.name.name,
		quantified: quantifiedOf(signature),
		parameters,
		result: { kind: "variant", variants, arguments: given, value: variant.name.name },
		at: locate(context, variant.name),
	};
}

/** A size of the type that no field of this value names may be any. */
export function withKnownArguments(matcher: Matcher, result: VariantType): VariantType {
	const known = [...result.arguments].filter(([, type]) => matcher.openIn(type).length === 0);
	return { ...result, arguments: new Map(known) };
}

function unusable(context: Context, variant: ast.Variant): FunctionType {
	unsupported(context, variant.name, "a variant that holds itself");
	return { kind: "function", quantified: noQuantified, parameters: [], result: errorType };
}
