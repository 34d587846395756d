import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type Context, locate, report } from "../context.js";
import { isAnyFunction, knownValue } from "../types/match-option.js";
import { substituteType } from "../types/substitute.js";
import type { FitSymbol, ModelSymbol } from "../types/symbols.js";
import type { ModelType, SignatureParameter, Type } from "../types/types.js";
import { visitType } from "../types/visit-type.js";

/** What is wrong about an option in a type; undefined where each value can be compared with it. */
function unsaid(type: Type, node: ast.Expression): string | undefined {
	switch (type.kind) {
		case "Real":
		case "Bool":
		case "String":
			return knownValue(type) === undefined ? "which one it is, only each call tells" : undefined;
		case "variant":
			if (type.value === undefined) return "which variant it is, only each call tells";
			return node.kind === "Call" ? "what the fields of a variant are belongs to each value" : undefined;
		case "function":
			if (type.lambda) return "a lambda is equal to no other function";
			return isAnyFunction(type) ? "which function it is, only each call tells" : undefined;
		case "list":
		case "tuple": {
			const parts = type.kind === "list" ? type.elements : type.elements.map((e) => e.type);
			return (parts ?? []).map((part) => unsaid(part, node)).find((why) => why !== undefined);
		}
		case "rate":
		case "applied":
		case "declaration":
			return "its values are not compared";
		default:
			return undefined;
	}
}

/** A type says options that each value of it is held to: `M(0.5)`. Others are told. */
export function isUnsaid(
	context: Context,
	parameter: SignatureParameter,
	node: ast.Expression,
	type: Type,
	model: ModelSymbol,
): boolean {
	const why = unsaid(type, node);
	if (why === undefined) return false;
	report(context, {
		code: "E0362",
		at: locate(context, node),
		message: `no type can say this of \`${parameter.name}\`: ${why}`,
		...(parameter.at && { related: [{ at: parameter.at, label: `\`${parameter.name}\` is declared here` }] }),
		hint:
			parameter.optional && isFree(parameter.type)
				? "leave it out: it may be any then"
				: `a parameter \`net: ${model.name}\` takes any ${model.name}, and \`net.${parameter.name}\` is its own; the type of a \`let\` or a result may be left out`,
	});
	return true;
}

/** The type of a fit's result says the options that decide its sizes and parts; the others it does not hold. */
export function isUndecided(
	context: Context,
	parameter: SignatureParameter,
	node: ast.Expression,
	fit: FitSymbol,
): boolean {
	const decides = [...fit.conditions.values()].some((condition) => freeNames(condition).has(parameter.name));
	const inResult = idsOf(fit.result);
	if (decides || [...idsOf(parameter.type)].some((id) => inResult.has(id))) return false;
	report(context, {
		code: "E0362",
		at: locate(context, node),
		message: `no type can say this of \`${parameter.name}\`: it decides no size and no part of the result of \`${fit.name}\``,
		...(parameter.at && { related: [{ at: parameter.at, label: `\`${parameter.name}\` is declared here` }] }),
		hint: "leave it out: the result of a run with any is of this type",
	});
	return true;
}

/** All that a type is open in. */
function idsOf(type: Type): ReadonlySet<number> {
	const ids = new Set<number>();
	const other = ({ id }: { readonly id: number }): void => void ids.add(id);
	visitType(type, {
		atom: (atom) => {
			if (atom.kind === "variable") ids.add(atom.id);
			else if (atom.kind === "length" || atom.kind === "element") ids.add(atom.listId);
		},
		rest: other,
		list: other,
		variable: other,
	});
	return ids;
}

/** What may be computed, and functions: no part of a type where they are not written. */
function isFree(type: Type): boolean {
	return type.kind === "tensor" || type.kind === "function" || type.kind === "rate" || type.kind === "error";
}

/** An instance as a type: of the options that are not `written`, those that are free may be any. */
export function withAnyOptions(instance: ModelType, written: ReadonlySet<string>): ModelType {
	const { parameters } = instance.declaration;
	const free = parameters.filter((p) => !written.has(p.name) && isFree(p.type));
	const configuration = new Map(instance.configuration);
	for (const { name, type } of free)
		configuration.set(name, instance.implied ? substituteType(type, instance.implied) : type);
	return { ...instance, configuration, said: written };
}
