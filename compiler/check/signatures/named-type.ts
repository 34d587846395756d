import type * as ast from "../../../grammar/ast.js";
import { variable } from "../../dims/dim.js";
import { type Context, declare, locate, report, Scope, within } from "../context.js";
import { currentUnit } from "../incremental/unit.js";
import { lend } from "../session.js";
import { listSymbol } from "../types/instantiate.js";
import type { Matcher } from "../types/match.js";
import type { TypeParameter, TypeSymbol, VariantSymbol, VariantsSymbol } from "../types/symbols.js";
import {
	errorType,
	type FunctionType,
	freshId,
	noQuantified,
	type Type,
	type VariantType,
} from "../types/types.js";
import { declareParameters, quantifiedOf } from "./declaration.js";
import { newSignature, resolveType } from "./type-node.js";

/** The variants of a type; `make` gives what makes a value of the one at an index. */
export function variantsOf(
	context: Context,
	variants: readonly ast.Variant[],
	make: (index: number) => FunctionType,
): VariantSymbol[] {
	return variants.map(({ name, fields }, index) => ({
		name: name.name,
		at: locate(context, name),
		hasFields: fields.length > 0,
		make: () => make(index),
	}));
}

/**
 * Sizes, types by a single capital, and of what names a record lists of sizes:
 * `type Memory(widths: List[Int], T) = (past: [for w in widths: real[w]], other: T)`.
 */
export function typeParameters(context: Context, node: ast.TypeDeclaration): TypeParameter[] {
	return node.parameters.flatMap((parameter): TypeParameter[] => {
		const { type, default: value } = parameter;
		const declared = type?.kind === "NamedType" ? type.name.name : undefined;
		const isList = declared === "List" && node.definition.kind === "Alias";
		if ((type && declared !== "Int" && !isList) || value)
			refuseParameter(context, parameter, declared, value);
		if (parameter.name.kind === "Missing") return [];
		const { name } = parameter.name;
		const list = isList && type ? resolveType(context, type) : undefined;
		if (list?.kind === "list") return [{ name, isType: false, list }];
		return [{ name, isType: !type && /^[A-Z]$/.test(name) }];
	});
}

function refuseParameter(
	context: Context,
	parameter: ast.Parameter,
	declared: string | undefined,
	value: ast.Expression | undefined,
): void {
	const name = parameter.name.kind === "Identifier" ? parameter.name.name : "n";
	report(context, {
		code: "E0344",
		at: locate(context, value ?? parameter.type ?? parameter),
		message: value
			? "a parameter of a type has no default: a type says all that it is given"
			: declared === "List"
				? "a list is a parameter of a type that names another; variants have their lists as fields"
				: "a parameter of a type is a size, a list of sizes, or a type by a single capital: nothing else decides a shape",
		hint: value
			? `leave it out: \`${name}\``
			: declared === "List"
				? `in the variant: \`A(${name}: List[Int], ..)\``
				: `a size is \`${name}\`, a list \`${name}: List[Int]\``,
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
		if (type.kind === "list" && node.parameters.some((p) => p.name === name && p.type)) {
			declare(context, name, type, "parameter", { fixed: true, uses: 1 });
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

interface Expanding {
	readonly name: ast.Identifier;
	readonly context: Context;
}

/** The aliases that are being replaced, each inside the one before it. */
const expanding: Expanding[] = [];

/** Told once of a circle, at the first of its names. */
function holdsItself(circle: readonly Expanding[]): void {
	// Which name is the first is told by where they stand: that is found out again after each edit.
	currentUnit()?.markCircular();
	const places = circle.map(({ name, context }) => locate(context, name));
	const order = (i: number): number => places[i]?.start ?? 0;
	const first = places.reduce((best, _, i) => (order(i) < order(best) ? i : best), 0);
	const [start, ...others] = circle.map((_, i) => (first + i) % circle.length);
	const leader = circle[start ?? 0];
	if (!leader) return;
	const names = circle.map(({ name }) => name.name);
	const path = [start, ...others, start].map((i) => `\`${names[i ?? 0]}\``).join(" holds ");
	report(leader.context, {
		code: "E0348",
		at: locate(leader.context, leader.name),
		message: `${path}: no value of it would ever be whole`,
		related: others.flatMap((i) => {
			const at = places[i];
			return at ? [{ at, label: `\`${names[i]}\` holds \`${names[(i + 1) % circle.length]}\`` }] : [];
		}),
		hint: `let it end: \`type ${leader.name.name} = End | More(value: real, rest: ${leader.name.name})\``,
	});
}

/** An alias is the type that it names, with its parameters replaced. */
export function aliasSymbol(
	context: Context,
	node: ast.TypeDeclaration,
	name: ast.Identifier,
	type: ast.TypeNode,
): TypeSymbol {
	const parameters = typeParameters(context, node);
	const own: Expanding = { name, context };
	const expand = (given: ReadonlyMap<string, Type>): Type => {
		const before = expanding.indexOf(own);
		if (before >= 0) {
			holdsItself(expanding.slice(before));
			return errorType;
		}
		expanding.push(own);
		try {
			const session = lend(context, context.session);
			const inside = within(context, { session, scope: new Scope(context.scope) });
			bindParameters(inside, node, given);
			return resolveType(inside, type);
		} finally {
			expanding.pop();
		}
	};
	return { name: name.name, at: locate(context, name), parameters, expand };
}

/** Stands for whatever is given. */
export function anyArguments(parameters: readonly TypeParameter[]): Map<string, Type> {
	return new Map(
		parameters.map(({ name, isType, list }): [string, Type] => [
			name,
			list
				? { kind: "list", symbol: listSymbol(name, list.symbol?.entries?.template) }
				: isType
					? { kind: "variable", name, id: freshId() }
					: { kind: "Int", value: variable(name, { minimum: 1 }).dim },
		]),
	);
}

/**
 * A variant with fields is made as by a function of them. What its fields name beside the parameters of the type belongs
 * to each value by itself: a `match` gives it names of its own.
 */
export function maker(
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
			scope.addType(name, type);
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

export function unusable(context: Context, variant: ast.Variant): FunctionType {
	report(context, {
		code: "E0348",
		at: locate(context, variant.name),
		message: `what \`${variant.name.name}\` is made of is known only from \`${variant.name.name}\` itself`,
		hint: "give the field a default that another variant makes, or none",
	});
	return { kind: "function", quantified: noQuantified, parameters: [], result: errorType };
}
