import type { Span } from "../../../grammar/span.js";
import type { Location } from "../../source/diagnostic.js";
import { type Context, locate, report } from "../context.js";
import { stackOfPart } from "../signatures/stack-type.js";
import { hintOfOpen, openCondition, parametersOfVariable, trainable } from "../trees/model-parameters.js";
import { asTensor } from "../trees/stack.js";
import { asReal } from "../types/precision.js";
import { showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import {
	errorType,
	isRealElement,
	type ListType,
	type ModelType,
	type Type,
	tensor,
} from "../types/types.js";

/** What a derivative is taken by: the type that the function is given, and that of a derivative by it. */
export interface Variable {
	readonly argument: Type;
	readonly gradient: Type;
}

/** Where a derivative is asked for, and what the program calls it: the place `.k`, or the argument. */
export interface Asked {
	readonly node: { readonly span: Span };
	readonly name?: string;
	/** Where the function declares it. */
	readonly declared?: Location;
}

/**
 * Trees: real numbers, tensors, tuples and lists of them, models, stacks, and what the signature says to be a tree.
 * What else is there has no derivative, which is reported.
 */
export function variable(
	context: Context,
	asked: Asked,
	type: Type,
	path = asked.name ?? "",
): Variable | undefined {
	const value = type.kind === "tuple" ? undefined : asTensor(type);
	if (value && (isRealElement(value.element) || isStaticNumber(type))) {
		const real = tensor(asReal(value.element), value.shape);
		return { argument: real, gradient: real };
	}
	switch (type.kind) {
		case "error":
			return undefined;
		case "model": {
			const gradient = parametersOfModel(context, asked, type);
			return gradient && { argument: type, gradient };
		}
		case "stack": {
			const one = variable(context, asked, type.of, path);
			const gradient = one && stackOfPart(one.gradient, type.dims);
			return gradient && { argument: type, gradient };
		}
		case "variable":
			if (context.trees?.has(type.id)) return { argument: type, gradient: parametersOfVariable(type) };
			break;
		case "list": {
			const found = value ? "none" : variableOfList(context, asked, type, path);
			if (found !== "none") return found;
			break;
		}
		case "tuple": {
			if (type.elements.length === 0) break;
			const parts: { readonly name?: string; readonly variable: Variable }[] = [];
			for (const [i, element] of type.elements.entries()) {
				const part = variable(context, asked, element.type, `${path}.${element.name ?? i}`);
				if (!part) return undefined;
				parts.push({ ...(element.name && { name: element.name }), variable: part });
			}
			const tree = (which: (v: Variable) => Type): Type => ({
				kind: "tuple",
				elements: parts.map((p) => ({ ...(p.name && { name: p.name }), type: which(p.variable) })),
			});
			return { argument: tree((v) => v.argument), gradient: tree((v) => v.gradient) };
		}
	}
	refuse(context, asked, type, path);
	return undefined;
}

/** Entry by entry; of a list of unknown length, one stands for all. */
function variableOfList(
	context: Context,
	asked: Asked,
	list: ListType,
	path: string,
): Variable | undefined | "none" {
	if (!list.elements) {
		const entry = elementAt(list, lengthOf(list));
		if (!entry || entry.kind === "Int") return "none";
		if (!variable(context, asked, entry, `${path}[i]`)) return undefined;
		const gradient = familyList(
			lengthOf(list),
			(i) => trainable(elementAt(list, i) ?? errorType) ?? errorType,
		);
		return { argument: list, gradient };
	}
	if (list.elements.length === 0) return "none";
	const parts: Variable[] = [];
	for (const [i, element] of list.elements.entries()) {
		const part = variable(context, asked, element, `${path}[${i}]`);
		if (!part) return undefined;
		parts.push(part);
	}
	return {
		argument: { kind: "list", elements: parts.map((p) => p.argument) },
		gradient: { kind: "list", elements: parts.map((p) => p.gradient) },
	};
}

function refuse(context: Context, asked: Asked, type: Type, path: string): void {
	const value = asTensor(type);
	const isWhole = value && !isRealElement(value.element);
	report(context, {
		code: "E0384",
		at: locate(context, asked.node),
		message: `there is no derivative by ${path === "" ? "this" : `\`${path}\``}: it is ${showType(type)}`,
		related: asked.declared
			? [{ at: asked.declared, label: `\`${asked.name ?? ""}\` is declared here` }]
			: [],
		hint:
			type.kind === "variable"
				? `say in the signature that it is a tree of reals: \`where ${type.name}: tree\``
				: isWhole
					? `${value.element === "bool" ? "a bool" : "an int"} has no derivative: \`real(..)\` makes real numbers, or name another argument: \`grad(f, .x)\``
					: "a derivative is by a tensor of reals, a tuple, record or list of them, or a model",
	});
}

/** Whether a declared parameter of this type can never be differentiated by. */
export function hasNoDerivative(type: Type): boolean {
	if (type.kind === "tensor") return !isRealElement(type.element);
	return type.kind === "Int" || type.kind === "Bool" || type.kind === "String";
}

/** Reports that there is no derivative by a parameter that is declared as what has none. */
export function refuseParameter(context: Context, asked: Asked, type: Type): void {
	refuse(context, asked, type, asked.name ?? "");
}

export function isStaticNumber(type: Type): boolean {
	if (type.kind === "list") return type.elements?.every(isStaticNumber) ?? false;
	return type.kind === "Int" || type.kind === "Real";
}

/** The trainable tensors of a model, as a record with the names of its parts. */
function parametersOfModel(context: Context, asked: Asked, model: ModelType): Type | undefined {
	const open = openCondition(model);
	const record = open ? undefined : trainable(model);
	if (record) return record;
	const what = asked.name === undefined ? "this" : `\`${asked.name}\``;
	report(context, {
		code: "E0384",
		at: locate(context, asked.node),
		message: open
			? `of ${what}, ${showType(model)}, it is open ${open}: the record of its parameters cannot be told`
			: `there is no derivative by ${what}: ${showType(model)} has no parameters`,
		...(open && {
			hint: hintOfOpen(open),
		}),
	});
	return undefined;
}
