import type * as ast from "../../../grammar/ast.js";
import { hasOwnFormat } from "../../program/formats.js";
import type { Environment } from "../environment.js";
import type { CallValues, Evaluator } from "../evaluator.js";
import { mapModel } from "../models/stack.js";
import { castTo, formatOf, traced } from "../tensors.js";
import { type FunctionValue, list, type TensorValue, type TracedValue, type Value } from "../values.js";
import { aliasOf } from "./type-names.js";

/** The format that `real` has in a call: that of the arguments which are declared by `real`. */

export function precisionOfCall(
	fn: FunctionValue,
	environment: Environment,
	args: CallValues,
): "f32" | "f64" | undefined {
	// Of a model and what stands in a body `real` is that of the declaration around.
	if (environment.kind !== "module") return undefined;
	const trees = new Set(fn.node.where.flatMap(boundIn));
	let next = 0;
	for (const { name, type } of fn.node.parameters) {
		const own = name.kind === "Identifier" ? args.named.get(name.name) : undefined;
		const value = own ?? args.positional[next++];
		const format = value && type && formatAt(environment, type, value, trees);
		if (format) return format;
	}
	return undefined;
}

function boundIn(node: ast.Expression): string[] {
	if (node.kind === "Parenthesized") return boundIn(node.inner);
	if (node.kind === "Binary") return [...boundIn(node.left), ...boundIn(node.right)];
	return node.kind === "Bound" ? [node.name.name] : [];
}

function formatAt(
	environment: Environment,
	type: ast.TypeNode,
	value: Value,
	trees: ReadonlySet<string>,
): "f32" | "f64" | undefined {
	if (type.kind === "TupleType") {
		if (value.kind !== "tuple") return undefined;
		for (const [i, { name, type: part }] of type.elements.entries()) {
			const own = value.elements.find((e) => name && e.name === name.name) ?? value.elements[i];
			const format = own && formatAt(environment, part, own.value, trees);
			if (format) return format;
		}
		return undefined;
	}
	if (type.kind !== "NamedType") return undefined;
	const { name } = type.name;
	if (name === "real") return formatOf(value);
	if (name === "complex") return formatOfTree(value);
	if (trees.has(name)) return formatOfTree(value);
	const alias = aliasOf(environment, type);
	if (alias) return formatAt(alias.environment, alias.type, value, trees);
	const entry = name === "List" ? type.shape?.[0] : undefined;
	if (entry?.kind !== "TypeName" || value.kind !== "list") return undefined;
	for (const item of value.items) {
		const format = formatAt(environment, entry.type, item, trees);
		if (format) return format;
	}
	return undefined;
}

/** Of a tree: all its leaves have one. */
export function formatOfTree(tree: Value): "f32" | "f64" | undefined {
	switch (tree.kind) {
		case "tuple":
			for (const { value } of tree.elements) {
				const format = formatOfTree(value);
				if (format) return format;
			}
			return undefined;
		case "list":
			for (const item of tree.items) {
				const format = formatOfTree(item);
				if (format) return format;
			}
			return undefined;
		case "model":
			for (const member of tree.members.values()) {
				const format = formatOfTree(member);
				if (format) return format;
			}
			return undefined;
		case "stack":
			return formatOfTree(tree.of);
		default:
			return formatOf(tree);
	}
}

/** What is read from outside of a call in another format than the program's is converted to it. */
export function readOutside(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Name,
	value: Value,
): Value {
	if (evaluator.realElement === evaluator.programElement || hasOwnFormat(node)) return value;
	return environment.findInDeclaration(node.name) ? value : inFormatOfCall(evaluator, value);
}

/** The arguments of such a call: models are in the program's format. */
export function withModelsConverted(evaluator: Evaluator, fn: FunctionValue, args: CallValues): CallValues {
	if (evaluator.realElement === evaluator.programElement || fn.environment.kind !== "module") return args;
	const { parameters } = fn.node;
	const converted = (value: Value, type: ast.TypeNode | undefined): Value =>
		type && !namesVariable(type) && holdsModel(value) ? inFormatOfCall(evaluator, value) : value;
	const typeOf = (name: string): ast.TypeNode | undefined =>
		parameters.find((p) => p.name.kind === "Identifier" && p.name.name === name)?.type;
	const unnamed = parameters.filter((p) => p.name.kind !== "Identifier" || !args.named.has(p.name.name));
	return {
		positional: args.positional.map((value, i) => converted(value, unnamed[i]?.type)),
		named: new Map([...args.named].map(([name, value]) => [name, converted(value, typeOf(name))])),
	};
}

/** What a call in another format gives: models are in the format around it, all else is in the call's. */
export function withModelsBack(evaluator: Evaluator, value: Value, from: "f32" | "f64" | undefined): Value {
	const { realElement } = evaluator;
	if (from === undefined || from === realElement || !holdsModel(value)) return value;
	const convert = (tensor: TensorValue | TracedValue): Value => {
		const own = traced(evaluator, tensor);
		return own?.value.type.element === from ? castTo(evaluator, own, realElement) : tensor;
	};
	const back = (part: Value): Value => {
		switch (part.kind) {
			case "tuple":
				return { ...part, elements: part.elements.map((e) => ({ ...e, value: back(e.value) })) };
			case "list":
				return list(part.items.map(back));
			case "model":
				return mapModel(part, convert);
			case "stack":
				return { ...part, of: mapModel(part.of, convert) };
			default:
				return part;
		}
	};
	return back(value);
}

function holdsModel(value: Value): boolean {
	if (value.kind === "model" || value.kind === "stack") return true;
	if (value.kind === "list") return value.items.some(holdsModel);
	return value.kind === "tuple" && value.elements.some((e) => holdsModel(e.value));
}

/** What a type variable stands for is not looked into. */
function namesVariable(type: ast.TypeNode): boolean {
	switch (type.kind) {
		case "NamedType":
			return (
				/^[A-Z]$/.test(type.name.name) ||
				(type.shape ?? []).some((item) => item.kind === "TypeName" && namesVariable(item.type))
			);
		case "TupleType":
			return type.elements.some((e) => namesVariable(e.type));
		default:
			return false;
	}
}

function inFormatOfCall(evaluator: Evaluator, value: Value): Value {
	const { programElement, realElement } = evaluator;
	const convert = (tensor: TensorValue | TracedValue): Value => {
		const own = traced(evaluator, tensor);
		return own?.value.type.element === programElement ? castTo(evaluator, own, realElement) : tensor;
	};
	switch (value.kind) {
		case "tensor":
		case "traced":
			return convert(value);
		case "tuple":
			return {
				...value,
				elements: value.elements.map((e) => ({ ...e, value: inFormatOfCall(evaluator, e.value) })),
			};
		case "list":
			return list(value.items.map((item) => inFormatOfCall(evaluator, item)));
		case "model":
			return mapModel(value, convert);
		case "stack":
			return { ...value, of: mapModel(value.of, convert) };
		case "table":
			return {
				...value,
				columns: value.columns.map((c) => ({ ...c, value: rounded(c.value, programElement, realElement) })),
			};
		default:
			return value;
	}
}

function rounded(tensor: TensorValue, from: string, to: "f32" | "f64"): TensorValue {
	const { type, data } = tensor.data;
	if (type.element !== from) return tensor;
	const numbers = to === "f64" ? Float64Array.from(data) : Float32Array.from(data);
	return { ...tensor, data: { type: { ...type, element: to }, data: numbers } };
}
