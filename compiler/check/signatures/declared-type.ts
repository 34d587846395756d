import type * as ast from "../../../grammar/ast.js";
import { typeOf } from "../../../grammar/type-of.js";
import { asVariable } from "../../dims/dim.js";
import { nearest } from "../../source/near.js";
import { type Context, locate, report, unsupported } from "../context.js";
import {
	assignArguments,
	bindDefaults,
	type CallArgument,
	matchArgument,
	reportMismatch,
} from "../expressions/call.js";
import { instanceOf, presentIn } from "../expressions/configure.js";
import { infer } from "../expressions/expression.js";
import { meant } from "../hint.js";
import { instantiate, ownInstance } from "../types/instantiate.js";
import { Matcher } from "../types/match.js";
import { showDim, showType } from "../types/show.js";
import { type Bindings, noBindings, substituteType } from "../types/substitute.js";
import type { FitSymbol, ModelSymbol, TypeSymbol } from "../types/symbols.js";
import {
	errorType,
	type ModelType,
	type Quantified,
	type SignatureParameter,
	type Type,
} from "../types/types.js";
import { visitType } from "../types/visit-type.js";
import { stackedType } from "./stacked-type.js";
import { resolveDim, resolveType, type SignatureBuilder } from "./type-node.js";

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
		report(context, {
			code: "E0203",
			at: locate(context, node.name),
			message: `there is no type \`${node.name.name}\``,
			...(near.length > 0 && { hint: meant(near) }),
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
		const value = parameter?.isType
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
	const matcher = new Matcher(model.quantified, context.facts);
	let sound = assigned.complete;
	for (const [parameter, argument] of assigned.pairs) {
		const type = optionType(context, parameter, argument, signature);
		if (matchArgument(context, matcher, parameter, { value: argument.value, type }, { what }))
			configuration.set(parameter.name, type);
		else sound = false;
	}
	const unsettled = sound ? matcher.finish() : undefined;
	if (unsettled) reportMismatch(context, unsettled, node, undefined, { what });
	if (!sound || unsettled) return errorType;
	const instance = instanceOf(context, node, model, configuration, matcher);
	if (!instance) return errorType;
	return withOpenSizes(context, node, instance, signature) ? instance : errorType;
}

/** The sizes that an instance finds out for itself belong to what is given here. */
function withOpenSizes(
	context: Context,
	node: ast.NamedType,
	{ declaration, implied }: ModelType,
	signature?: SignatureBuilder,
): boolean {
	if (declaration.openLists.length > 0) {
		unsupported(context, node, "the type of a model with lists of its own, as a value gives them,");
		return false;
	}
	for (const { id } of declaration.openSizes) {
		const size = implied?.dims.get(id);
		const atom = size && asVariable(size);
		if (!signature || signature.nested || atom?.kind !== "variable") {
			unsupported(
				context,
				node,
				`the type of a model with sizes of its own, other than that of a parameter,`,
			);
			return false;
		}
		signature.dims.push(atom);
	}
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
		unsupported(
			context,
			node,
			`the result of ${fit.name} here, whose sizes depend on its options,`,
			options.length > 0 ? `give its options: \`${fit.name}(${options.join(", ")})\`` : undefined,
		);
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
		if (!matchArgument(context, matcher, parameter, { value: argument.value, type }, { what })) sound = false;
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
	if (
		parameter.type.kind === "list" &&
		value.kind === "List" &&
		value.elements.every((e) => e.kind !== "Spread")
	)
		return { kind: "list", elements: value.elements.map((e) => sizeType(context, e, signature)) };
	return infer(context, value);
}

function sizeType(context: Context, node: ast.Expression, signature?: SignatureBuilder): Type {
	const value = resolveDim(context, node, signature);
	if (!value) return errorType;
	return { kind: "Int", value, origin: { at: locate(context, node), label: showDim(value) } };
}
