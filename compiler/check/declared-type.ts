import type * as ast from "../../grammar/ast.js";
import type { Dim } from "../dims/dim.js";
import { nearest } from "../source/near.js";
import { assignArguments, type CallArgument, matchArgument, reportMismatch } from "./call.js";
import { configurationBindings } from "./configure.js";
import { type Context, locate, report, unsupported } from "./context.js";
import { infer } from "./expression.js";
import { Matcher } from "./match.js";
import { showDim, showType } from "./show.js";
import { substituteType } from "./substitute.js";
import { resolveDim, type SignatureBuilder } from "./type-node.js";
import { errorType, type ModelSymbol, type SignatureParameter, type Type, type TypeSymbol } from "./types.js";

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
			...(near.length > 0 && { hint: `did you mean ${near.map((n) => `\`${n}\``).join(" or ")}?` }),
		});
		return errorType;
	}
	binding.uses++;
	context.session.knowledge.definitions.set(node.name, binding);
	if (binding.type.kind === "error") return errorType;
	if (node.shape) {
		unsupported(context, node, "a stack of values of a declared type");
		return errorType;
	}
	if (binding.type.kind === "declaration" && binding.type.symbol.role === "model")
		return configuredModel(context, node, binding.type.symbol.model, signature);
	if (binding.type.kind === "declaration" && binding.type.symbol.role === "type")
		return namedType(context, node, binding.type.symbol.named, signature);
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
	const sizes = new Map<string, Dim>();
	for (const [i, argument] of given.entries()) {
		const parameter = argument.name ? parameters.find((p) => p === argument.name?.name) : parameters[i];
		if (argument.name && !parameter) {
			const near = nearest(argument.name.name, parameters);
			report(context, {
				code: "E0344",
				at: locate(context, argument.name),
				message: `\`${named.name}\` has no size \`${argument.name.name}\``,
				...(near.length > 0 && { hint: `did you mean \`${near[0]}\`?` }),
			});
			return errorType;
		}
		const size = resolveDim(context, argument.value, signature);
		if (!size) return errorType;
		if (parameter !== undefined) sizes.set(parameter, size);
	}
	if (given.length !== parameters.length) {
		const example = parameters.length > 0 ? `${named.name}(${parameters.join(", ")})` : named.name;
		report(context, {
			code: "E0344",
			at: locate(context, node),
			message: `\`${named.name}\` takes ${parameters.length === 0 ? "no sizes" : parameters.length === 1 ? "1 size" : `${parameters.length} sizes`}, and is given ${given.length === 0 ? "none" : given.length}`,
			related: [{ at: named.at, label: `${named.name} is declared here` }],
			hint: `write \`${example}\``,
		});
		return errorType;
	}
	return named.expand(sizes);
}

/** `MLP([64, 10])`: options that are not given stand for their defaults, as in the call that makes one. */
function configuredModel(
	context: Context,
	node: ast.NamedType,
	model: ModelSymbol,
	signature?: SignatureBuilder,
): Type {
	model.complete();
	if (!node.arguments && model.parameters.length > 0) {
		unsupported(context, node, "the type of a model of any configuration");
		return errorType;
	}
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
	for (const parameter of model.parameters) {
		if (configuration.has(parameter.name) || !parameter.default) continue;
		const known = configurationBindings({ kind: "model", declaration: model, configuration });
		configuration.set(parameter.name, substituteType(parameter.default, known));
	}
	return { kind: "model", declaration: model, configuration };
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
