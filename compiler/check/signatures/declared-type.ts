import type * as ast from "../../../grammar/ast.js";
import { typeOf } from "../../../grammar/type-of.js";
import { asVariable, atomsOf } from "../../dims/dim.js";
import { nearest } from "../../source/near.js";
import { type Context, declare, locate, report, within } from "../context.js";
import {
	assignArguments,
	bindDefaults,
	type CallArgument,
	matchArgument,
	reportMismatch,
} from "../expressions/call.js";
import { instanceOf, presentIn } from "../expressions/configure.js";
import { infer } from "../expressions/expression.js";
import { foreignType } from "../expressions/foreign-names.js";
import { meant } from "../hint.js";
import { instantiate, listSymbol, ownInstance } from "../types/instantiate.js";
import { Matcher } from "../types/match.js";
import { showDim, showType } from "../types/show.js";
import { type Bindings, noBindings, substituteType, substituteWhere } from "../types/substitute.js";
import type { FitSymbol, ModelSymbol, TypeSymbol } from "../types/symbols.js";
import {
	errorType,
	type ListType,
	type ModelType,
	noQuantified,
	type Quantified,
	type SignatureParameter,
	type Type,
	type WhereClause,
} from "../types/types.js";
import { visitType } from "../types/visit-type.js";
import { withClause } from "./declaration.js";
import { stackedType } from "./stacked-type.js";
import { resolveDim, resolveType, type SignatureBuilder } from "./type-node.js";
import { isUndecided, isUnsaid, withAnyOptions } from "./type-options.js";

/** A type by the name of its declaration: a model with its configuration, variants, what an alias stands for. */
export function resolveDeclared(context: Context, node: ast.NamedType, signature?: SignatureBuilder): Type {
	const binding = context.scope.find(node.name.name);
	if (!binding) {
		const near = nearest(node.name.name, [
			"real",
			"int",
			"bool",
			"Int",
			"Real",
			"Bool",
			"List",
			"Rate",
			"String",
			...[...context.scope.visible()]
				.filter((b) => b.role === "model" || b.role === "type")
				.map((b) => b.name),
		]);
		const foreign = foreignType(node.name.name);
		report(context, {
			code: "E0203",
			at: locate(context, node.name),
			message: `there is no type \`${node.name.name}\``,
			...(foreign ? { hint: foreign.hint } : near.length > 0 && { hint: meant(near) }),
			fixes: foreign?.instead
				? [
						{
							title: `Change it to ${foreign.instead}`,
							edits: [{ at: locate(context, node.name), replacement: foreign.instead }],
						},
					]
				: [],
		});
		return errorType;
	}
	binding.uses++;
	context.session.knowledge.definitions.set(node.name, binding);
	if (binding.type.kind === "error") return errorType;
	if (node.shape) {
		const { shape, ...one } = node;
		return stackedType(context, node, resolveDeclared(context, one, signature), shape, signature);
	}
	if (binding.type.kind === "declaration" && binding.type.symbol.role === "model")
		return configuredModel(context, node, binding.type.symbol.model, signature);
	if (binding.type.kind === "declaration" && binding.type.symbol.role === "type")
		return namedType(context, node, binding.type.symbol.named, signature);
	if (binding.type.kind === "declaration" && binding.type.symbol.role === "fit")
		return resultOf(context, node, binding.type.symbol.fit, signature);
	report(context, {
		code: "E0203",
		at: locate(context, node.name),
		message: `\`${node.name.name}\` is no type`,
		label: showType(binding.type),
		related: [{ at: binding.at, label: `\`${node.name.name}\` is declared here` }],
		...(binding.type.kind === "variant" && { hint: `it is a variant of \`${showType(binding.type)}\`` }),
	});
	return errorType;
}

/** `Ridge(n, d)`: in a signature, names that stand alone are bound there. */
function namedType(
	context: Context,
	node: ast.NamedType,
	named: TypeSymbol,
	signature?: SignatureBuilder,
): Type {
	const given = node.arguments ?? [];
	const { parameters } = named;
	const values = new Map<string, Type>();
	for (const [i, argument] of given.entries()) {
		const parameter = argument.name ? parameters.find((p) => p.name === argument.name?.name) : parameters[i];
		if (argument.name && !parameter) {
			const near = nearest(
				argument.name.name,
				parameters.map((p) => p.name),
			);
			report(context, {
				code: "E0344",
				at: locate(context, argument.name),
				message: `\`${named.name}\` has no ${parameters.some((p) => p.isType) ? "parameter" : "size"} \`${argument.name.name}\``,
				...(near.length > 0 && { hint: meant(near.slice(0, 1)) }),
			});
			return errorType;
		}
		const value = parameter?.list
			? listArgument(context, argument.value, named, parameter.list, signature)
			: parameter?.isType
				? typeArgument(context, argument.value, signature)
				: sizeArgument(context, argument.value, signature);
		if (value.kind === "error") return errorType;
		if (parameter !== undefined) values.set(parameter.name, value);
	}
	if (given.length !== parameters.length) {
		const example =
			parameters.length > 0 ? `${named.name}(${parameters.map((p) => p.name).join(", ")})` : named.name;
		const of = parameters.some((p) => p.isType) ? "parameter" : "size";
		report(context, {
			code: "E0344",
			at: locate(context, node),
			message: `\`${named.name}\` takes ${parameters.length === 0 ? `no ${of}s` : parameters.length === 1 ? `1 ${of}` : `${parameters.length} ${of}s`}, and is given ${given.length === 0 ? "none" : given.length}`,
			related: [{ at: named.at, label: `${named.name} is declared here` }],
			hint: `write \`${example}\``,
		});
		return errorType;
	}
	return named.expand(values);
}

function sizeArgument(context: Context, node: ast.Expression, signature?: SignatureBuilder): Type {
	const value = resolveDim(context, node, signature);
	return value ? { kind: "Int", value } : errorType;
}

function namesOf(node: ast.Expression): ast.Name[] {
	switch (node.kind) {
		case "Name":
			return [node];
		case "Parenthesized":
			return namesOf(node.inner);
		case "Binary":
			return [...namesOf(node.left), ...namesOf(node.right)];
		case "List":
			return node.elements.flatMap(namesOf);
		case "Spread":
			return namesOf(node.value);
		default:
			return [];
	}
}

/** A list that is known here: nothing in a record says what all of it is. */
function listArgument(
	context: Context,
	node: ast.Expression,
	named: TypeSymbol,
	wanted: ListType,
	signature?: SignatureBuilder,
): Type {
	const unknown = namesOf(node).find((n) => !context.scope.find(n.name));
	if (unknown) {
		const isSize = unknown !== node;
		report(context, {
			code: "E0344",
			at: locate(context, unknown),
			message: `nothing before this says what the ${isSize ? "size" : "list"} \`${unknown.name}\` is`,
			related: [{ at: named.at, label: `${named.name} is declared here` }],
			hint: isSize
				? `give it before this: by a parameter \`${unknown.name}: Int\`, or a tensor with such an axis`
				: `give it before this, by a parameter \`${unknown.name}: List[Int]\` or by a model: \`net: MLP(${unknown.name})\``,
		});
		return errorType;
	}
	const value =
		(wanted.symbol?.entries ? undefined : listOption(context, node, signature)) ?? infer(context, node);
	if (value.kind === "error") return errorType;
	const mismatch = new Matcher(noQuantified, context.facts).match(wanted, value);
	if (mismatch) reportMismatch(context, mismatch, node, undefined, { what: `\`${named.name}\`` });
	return mismatch ? errorType : value;
}

/** `[3, n, 1]`, in which names are sizes of the signature. */
function listOption(
	context: Context,
	node: ast.Expression,
	signature?: SignatureBuilder,
): ListType | undefined {
	if (node.kind !== "List" || node.elements.some((e) => e.kind === "Spread" || e.kind === "Binder"))
		return undefined;
	if (node.elements.some((e) => e.kind === "List")) return undefined;
	return { kind: "list", elements: node.elements.map((e) => sizeType(context, e, signature)) };
}

/** A list of a model that stands alone in a signature is bound there. */
function newList(context: Context, name: ast.Name, wanted: ListType, signature: SignatureBuilder): Type {
	const symbol = listSymbol(name.name, wanted.symbol?.entries?.template, wanted.symbol?.minimum);
	signature.lists.push(symbol);
	const type: Type = { kind: "list", symbol };
	declare(
		within(context, { scope: signature.scope }),
		{ kind: "Identifier", name: name.name, span: name.span },
		type,
		"dimension",
		{ fixed: true, uses: 1 },
	);
	return type;
}

/** What was read as a value, and is a type: `Pair(real[n])`. */
function typeArgument(context: Context, node: ast.Expression, signature?: SignatureBuilder): Type {
	const type = typeOf(node);
	if (type) return resolveType(context, type, signature);
	report(context, {
		code: "E0344",
		at: locate(context, node),
		message: "a type is wanted here",
		hint: "for example `real[n]`",
	});
	return errorType;
}

/** `MLP([64, 10])`: options that are not given stand for their defaults, as in the call that makes one. */
function configuredModel(
	context: Context,
	node: ast.NamedType,
	model: ModelSymbol,
	signature?: SignatureBuilder,
): Type {
	model.complete();
	if (!node.arguments && model.parameters.length > 0) return anyInstance(model, signature);
	const what = `\`${model.name}\``;
	const assigned = assignArguments(
		context,
		{ node, arguments: node.arguments ?? [] },
		model.parameters,
		what,
	);
	const configuration = new Map<string, Type>();
	const before = signature?.lists.length;
	const matcher = new Matcher(model.quantified, context.facts);
	let sound = assigned.complete;
	for (const [parameter, argument] of assigned.pairs) {
		const type = optionType(context, parameter, argument, signature);
		if (type.kind !== "error" && isUnsaid(context, parameter, argument.value, type, model)) sound = false;
		else if (matchArgument(context, matcher, parameter, { value: argument.value, type }, { what }))
			configuration.set(parameter.name, type);
		else sound = false;
	}
	const unsettled = sound ? matcher.finish() : undefined;
	if (unsettled) reportMismatch(context, unsettled, node, undefined, { what });
	if (!sound || unsettled) return errorType;
	const born = new Set(signature?.lists.slice(before).map((l) => l.id));
	const facts = model.where
		.map((clause) => substituteWhere(clause, matcher.bindings))
		.filter((clause) => asksOf(clause, born))
		.reduce(withClause, context.facts);
	const instance = instanceOf(within(context, { facts }), node, model, configuration, matcher);
	if (!instance) return errorType;
	const written = new Set(assigned.pairs.map(([parameter]) => parameter.name));
	const type = withAnyOptions(instance, written);
	return withOpenSizes(context, node, type, signature) ? type : errorType;
}

/** What a model asks of a list that is bound in its type, every model that is given has. */
function asksOf(clause: WhereClause, lists: ReadonlySet<number>): boolean {
	const sizes =
		clause.kind === "at-least"
			? [clause.greater, clause.lesser]
			: clause.kind === "equal"
				? [clause.left, clause.right]
				: [clause.divisor, clause.dividend];
	return sizes
		.flatMap(atomsOf)
		.some((atom) => (atom.kind === "element" || atom.kind === "length") && lists.has(atom.listId));
}

/** The sizes that an instance finds out for itself belong to what is given here. */
function withOpenSizes(
	context: Context,
	node: ast.NamedType,
	{ declaration, implied }: ModelType,
	signature?: SignatureBuilder,
): boolean {
	const atoms = declaration.openSizes.map(({ id }) => {
		const size = implied?.dims.get(id);
		return size && asVariable(size);
	});
	const symbols = declaration.openLists.map(({ id }) => implied?.lists.get(id)?.symbol);
	if (atoms.length + symbols.length === 0) return true;
	if (!signature || signature.nested) {
		report(context, {
			code: "E0349",
			at: locate(context, node),
			message: `a ${declaration.name} has sizes that each one finds out for itself, so that no type says what they are here`,
			related: [{ at: declaration.at, label: `${declaration.name} is declared here` }],
			hint: "leave out the type of a `let` and of a result, or take the model as a parameter: there each call has its own",
		});
		return false;
	}
	for (const atom of atoms) if (atom?.kind === "variable") signature.dims.push(atom);
	for (const symbol of symbols) if (symbol) signature.lists.push(symbol);
	return true;
}

/** `net: MLP`: of any configuration; in a signature each call says which. */
function anyInstance(model: ModelSymbol, signature?: SignatureBuilder): Type {
	if (!signature || signature.nested) return { kind: "model", declaration: model, configuration: new Map() };
	const { prefix } = signature;
	const { type, quantified } = ownInstance(model, (name) =>
		prefix === undefined ? name : `${prefix}.${name}`,
	);
	register(signature, quantified);
	return type;
}

/**
 * `r: train`, `r: train(hidden = 32)`: the result of a fit. Options that are given, and with them the defaults of the others,
 * settle its sizes; without brackets it was run with any.
 */
function resultOf(context: Context, node: ast.NamedType, fit: FitSymbol, signature?: SignatureBuilder): Type {
	fit.complete();
	const given = node.arguments
		? optionsOfRun(context, node, fit, signature)
		: { sizes: noBindings(), options: () => undefined };
	if (!given) return errorType;
	const { quantified: all, openSizes } = fit;
	const prefix = signature?.prefix;
	const { bindings, quantified } = instantiate(
		{
			...all,
			dims: [...all.dims.filter((d) => !given.sizes.dims.has(d.id)), ...openSizes],
			rests: all.rests.filter((r) => !given.sizes.rests.has(r.id)),
			types: all.types.filter((t) => !given.sizes.types.has(t.id)),
			lists: [...(all.lists ?? []), ...fit.openLists].filter((l) => !given.sizes.lists.has(l.id)),
		},
		(name) => (prefix === undefined ? name : `${prefix}.${name}`),
	);
	const type = presentIn(
		fit,
		substituteType(substituteType(fit.result, given.sizes), bindings),
		given.options,
	);
	if (signature && !signature.nested) {
		register(signature, quantified);
		return type;
	}
	// Else nothing says its sizes but a value: in a result each has its own.
	const used = namesIn(type, quantified);
	if (used.isOpen || (used.dims.length > 0 && !signature?.open)) {
		const options = fit.parameters.slice(0, 2).map((p) => `${p.name} = ..`);
		report(context, {
			code: "E0349",
			at: locate(context, node),
			message: `the sizes of a result of \`${fit.name}\` depend on its options, so that no type says what they are here`,
			related: [{ at: fit.at, label: `${fit.name} is declared here` }],
			hint:
				options.length > 0
					? `give its options: \`${fit.name}(${options.join(", ")})\`, or take it as a parameter`
					: "take it as a parameter: there each call has its own",
		});
		return errorType;
	}
	signature?.open?.push(...used.dims);
	return type;
}

/** What the options of a run say of its sizes: those that the type gives, and the defaults of the others. */
function optionsOfRun(
	context: Context,
	node: ast.NamedType,
	fit: FitSymbol,
	signature?: SignatureBuilder,
): { readonly sizes: Bindings; readonly options: (name: string) => Type | undefined } | undefined {
	const what = `\`${fit.name}\``;
	// What has no default, and is not given, may be anything.
	const parameters = fit.parameters.map((p): SignatureParameter => ({ ...p, optional: true }));
	const assigned = assignArguments(context, { node, arguments: node.arguments ?? [] }, parameters, what);
	const matcher = new Matcher(fit.quantified, context.facts);
	let sound = assigned.complete;
	const options = new Map(parameters.flatMap((p) => (p.default ? [[p.name, p.default] as const] : [])));
	for (const [parameter, argument] of assigned.pairs) {
		const type = optionType(context, parameter, argument, signature);
		options.set(parameter.name, type);
		if (type.kind !== "error" && isUndecided(context, parameter, argument.value, fit)) sound = false;
		else if (!matchArgument(context, matcher, parameter, { value: argument.value, type }, { what }))
			sound = false;
	}
	if (!sound || !bindDefaults(matcher, parameters, assigned.pairs)) return undefined;
	const unsettled = matcher.settle();
	if (unsettled) reportMismatch(context, unsettled, node, undefined, { what });
	return unsettled ? undefined : { sizes: matcher.bindings, options: (name) => options.get(name) };
}

/** What a type uses of what is quantified: sizes, and whether anything else. */
function namesIn(
	type: Type,
	quantified: Quantified,
): { readonly dims: Quantified["dims"]; readonly isOpen: boolean } {
	const ids = new Set<number>();
	let isOpen = false;
	const others = new Set(
		[...quantified.rests, ...quantified.types, ...(quantified.lists ?? [])].map((o) => o.id),
	);
	const other = ({ id }: { readonly id: number }): void => {
		isOpen ||= others.has(id);
	};
	visitType(type, {
		atom: (atom) => {
			if (atom.kind === "variable") ids.add(atom.id);
			else if (atom.kind === "length" || atom.kind === "element") other({ id: atom.listId });
		},
		rest: other,
		list: other,
		variable: other,
	});
	return { dims: quantified.dims.filter((d) => ids.has(d.id)), isOpen };
}

export function register(signature: SignatureBuilder, quantified: Quantified): void {
	signature.dims.push(...quantified.dims);
	signature.rests.push(...quantified.rests);
	signature.types.push(...quantified.types);
	signature.lists.push(...(quantified.lists ?? []));
}

function optionType(
	context: Context,
	parameter: SignatureParameter,
	argument: CallArgument,
	signature?: SignatureBuilder,
): Type {
	const { value } = argument;
	if (parameter.type.kind === "Int" && value.kind !== "List") return sizeType(context, value, signature);
	if (parameter.type.kind === "list") {
		const isNew =
			value.kind === "Name" &&
			/^[a-z]/.test(value.name) &&
			!(signature?.lookup ?? signature?.scope ?? context.scope).find(value.name)?.fixed;
		if (isNew && signature && !signature.nested) return newList(context, value, parameter.type, signature);
		const isOfInts = parameter.type.symbol !== undefined && !parameter.type.symbol.entries;
		const written = isOfInts ? listOption(context, value, signature) : undefined;
		if (written) return written;
	}
	return infer(context, value);
}

function sizeType(context: Context, node: ast.Expression, signature?: SignatureBuilder): Type {
	const value = resolveDim(context, node, signature);
	if (!value) return errorType;
	return { kind: "Int", value, origin: { at: locate(context, node), label: showDim(value) } };
}
