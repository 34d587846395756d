import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type Element, formatNamed, isElement, isRealElement } from "../elements.js";
import type { Environment } from "../environment.js";
import { type CallValues, ElaborationError, type Evaluator, shapeOf } from "../evaluator.js";
import { firstOf, leadingSizes } from "../models/stack.js";
import { castTo, traced } from "../tensors.js";
import {
	type FunctionValue,
	integer,
	list,
	type ModelValue,
	type TupleValue,
	type Value,
} from "../values.js";
import { evaluate } from "./evaluate.js";
import { aliasOf, argumentsByName, asRecord, parameterNames } from "./type-names.js";

/** Binds arguments and defaults, and the sizes that the types of the parameters name. */
export function bindParameters(
	evaluator: Evaluator,
	environment: Environment,
	parameters: readonly ast.Parameter[],
	args: CallValues,
): void {
	let next = 0;
	const given: Given[] = [];
	const omitted = new Set<ast.Parameter>();
	for (const parameter of parameters) {
		let value = args.named.get(nameOf(parameter));
		if (!value && next < args.positional.length) value = args.positional[next++];
		if (value) given.push({ parameter, value });
		else omitted.add(parameter);
	}
	const bind = ({ parameter, value }: Given): void => {
		const adapted = adapt(evaluator, value, parameter.type, environment);
		environment.set(nameOf(parameter), adapted);
		if (parameter.type) bindSizes(evaluator, environment, parameter.type, adapted);
	};
	const bindDefault = (parameter: ast.Parameter): void => {
		const { default: otherwise } = parameter;
		if (!otherwise || parameter.name.kind === "Missing") return;
		const value = evaluator.at(nameOf(parameter), () => evaluate(evaluator, environment, otherwise));
		bind({ parameter, value });
	};
	// Lists that are not given tell the sizes of others: `x: real[first(widths)]`.
	const lists = [...omitted].filter((p) => p.default && isList(p.type));
	const isEarly = ({ parameter, value }: Given): boolean =>
		lists.length === 0 || isList(parameter.type) || value.kind === "number" || value.kind === "model";
	for (const one of given) if (isEarly(one)) bind(one);
	for (const parameter of lists) {
		if (!isTold(environment, parameter, parameters)) continue;
		bindDefault(parameter);
		omitted.delete(parameter);
	}
	for (const one of given) if (!isEarly(one)) bind(one);
	// Bounds of ints say what a size is where no shape does.
	bindBounds(evaluator, environment, parameters);
	for (const parameter of omitted) bindDefault(parameter);
	bindBounds(evaluator, environment, parameters);
}

interface Given {
	readonly parameter: ast.Parameter;
	readonly value: Value;
}

function nameOf({ name }: ast.Parameter): string {
	return name.kind === "Identifier" ? name.name : "";
}

function isList(type: ast.TypeNode | undefined): boolean {
	return type?.kind === "NamedType" && type.name.name === "List";
}

/** Whether all that a default takes from its signature has a value by now. */
function isTold(
	environment: Environment,
	parameter: ast.Parameter,
	parameters: readonly ast.Parameter[],
): boolean {
	const own = new Set(parameters.flatMap((p) => [nameOf(p), ...(p.type ? freeNames(p.type).keys() : [])]));
	const names = parameter.default ? [...freeNames(parameter.default).keys()] : [];
	return names.every((name) => !own.has(name) || environment.findInDeclaration(name) !== undefined);
}

/** Sizes that only bounds of ints name; then every such int has the bound that is declared, not a smaller one. */
function bindBounds(
	evaluator: Evaluator,
	environment: Environment,
	parameters: readonly ast.Parameter[],
): void {
	for (const { name, type } of parameters) {
		if (name.kind === "Missing" || !type || !mentionsBound(type)) continue;
		const value = environment.findInDeclaration(name.name);
		if (value) bindSizes(evaluator, environment, type, value, true);
	}
	for (const { name, type } of parameters) {
		if (name.kind === "Missing" || !type || !mentionsBound(type)) continue;
		const value = environment.findInDeclaration(name.name);
		if (value) environment.set(name.name, adapt(evaluator, value, type, environment));
	}
}

function mentionsBound(type: ast.TypeNode): boolean {
	if (type.kind === "TupleType") return type.elements.some((e) => mentionsBound(e.type));
	return type.kind === "BoundedInt" || (type.kind === "NamedType" && /^[A-Z]/.test(type.name.name));
}

/** The bound that is declared, once all its names have values. */
function declaredBound(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.TypeNode | undefined,
): { readonly below?: number } {
	if (type?.kind !== "BoundedInt") return {};
	const bound = valueOrNone(evaluator, environment, type.bound);
	return bound?.kind === "number" ? { below: bound.value } : {};
}

/** Undefined where a name in it has no value yet. */
function valueOrNone(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
): Value | undefined {
	try {
		return evaluate(evaluator, environment, node);
	} catch (error) {
		if (error instanceof ElaborationError) return undefined;
		throw error;
	}
}

/** A value where a type is declared: a list stacks, and elements widen. Static numbers stay static, but where a format is named. */
export function adapt(
	evaluator: Evaluator,
	value: Value,
	declared: ast.TypeNode | undefined,
	environment: Environment,
): Value {
	const type = declared && asRecord(declared);
	if (type?.kind === "TupleType" && value.kind === "tuple")
		return adaptTuple(evaluator, value, type, environment);
	if (type?.kind === "NamedType" && type.name.name === "List" && value.kind === "list") {
		const entry = type.shape?.[0];
		const element = entry?.kind === "TypeName" ? entry.type : undefined;
		return list(value.items.map((v) => adapt(evaluator, v, element, environment)));
	}
	if (type?.kind === "FamilyType" && value.kind === "list")
		return list(value.items.map((v) => adapt(evaluator, v, type.element, environment)));
	const alias = type?.kind === "NamedType" ? aliasOf(environment, type) : undefined;
	if (alias) return adapt(evaluator, value, alias.type, alias.environment);
	const element = type && elementName(type);
	if (!element) return value;
	const format = formatNamed(element);
	if (format && (value.kind === "number" || value.kind === "bool"))
		return traced(evaluator, value.kind === "bool" ? integer(Number(value.value)) : value, format) ?? value;
	if (value.kind === "number") return isRealElement(element) ? { ...value, integer: false } : value;
	if (value.kind === "bool") return element === "bool" ? value : widenedBool(value.value, element);
	const bound = declaredBound(evaluator, environment, type);
	if (value.kind === "tensor" && value.data.type.element === evaluator.elementOf(element))
		return { ...value, ...bound };
	const tensor = traced(evaluator, value, isRealElement(element) ? evaluator.elementOf(element) : undefined);
	return tensor ? { ...castTo(evaluator, tensor, evaluator.elementOf(element)), ...bound } : value;
}

function widenedBool(value: boolean, element: Element): Value {
	return { kind: "number", value: value ? 1 : 0, integer: element === "int" };
}

function elementName(type: ast.TypeNode): Element | undefined {
	if (type.kind === "BoundedInt") return "int";
	if (type.kind !== "NamedType") return undefined;
	const { name } = type.name;
	if (name === "Real") return "real";
	return isElement(name) ? name : undefined;
}

function adaptTuple(
	evaluator: Evaluator,
	value: TupleValue,
	type: ast.TupleType,
	environment: Environment,
): Value {
	const named = type.elements.every((e) => e.name) && value.elements.every((e) => e.name !== undefined);
	// In the order in which the fields are declared.
	const elements = named
		? type.elements.flatMap((t) => value.elements.filter((e) => e.name === t.name?.name))
		: value.elements;
	if (elements.length !== value.elements.length) return value;
	return {
		kind: "tuple",
		elements: elements.map((e, i) => ({
			...e,
			value: adapt(evaluator, e.value, type.elements[i]?.type, environment),
		})),
	};
}

export function bindSizes(
	evaluator: Evaluator,
	environment: Environment,
	declared: ast.TypeNode,
	value: Value,
	bounds = false,
): void {
	const type = asRecord(declared);
	const stacked = stackedType(type, value);
	if (stacked) {
		const { shape = [], ...one } = stacked;
		const hasRest = shape.some((item) => item.kind === "Rest");
		const rank = hasRest ? axesAbove(environment, one, value) : shape.length;
		if (!bounds) bindShape(evaluator, environment, shape, leadingSizes(value, rank));
		bindSizes(evaluator, environment, one, firstOf(evaluator, environment, value, rank, one), bounds);
		return;
	}
	if (type.kind === "TupleType" && (value.kind === "tuple" || value.kind === "table")) {
		const parts: TupleValue["elements"] = value.kind === "tuple" ? value.elements : value.columns;
		for (const [i, element] of type.elements.entries()) {
			const name = element.name?.name;
			const part = (name && parts.find((e) => e.name === name)) || parts[i];
			if (part) bindSizes(evaluator, environment, element.type, part.value, bounds);
		}
		return;
	}
	if (type.kind === "FunctionType") {
		bindFunctionSizes(evaluator, environment, type, value);
		return;
	}
	if (type.kind === "NamedType" && type.name.name === "List" && value.kind === "list") {
		const entry = type.shape?.[0];
		for (const item of entry?.kind === "TypeName" ? value.items : [])
			if (entry?.kind === "TypeName") bindSizes(evaluator, environment, entry.type, item);
		return;
	}
	if (type.kind === "NamedType" && value.kind === "variant") {
		bindVariantSizes(evaluator, environment, type, value);
		return;
	}
	const alias = type.kind === "NamedType" ? aliasOf(environment, type) : undefined;
	// What is given to an alias are its own parameters, in its own order.
	if (type.kind === "NamedType" && value.kind === "model" && !alias)
		bindOptions(evaluator, environment, type, value);
	if (alias) {
		for (const { name, given } of alias.lists) {
			const known = valueOrNone(evaluator, environment, given);
			// A default has its value only after all that is given: then this is asked again.
			if (!known) return;
			alias.environment.set(name, known);
		}
		if (bounds && alias.lists.length > 0) bindSizes(evaluator, alias.environment, alias.type, value);
		bindSizes(evaluator, alias.environment, alias.type, value, bounds);
		for (const { name, given } of alias.sizes) {
			const size = alias.environment.findInDeclaration(name);
			if (size?.kind === "number") bindSize(evaluator, environment, given, size.value);
		}
		return;
	}
	if (
		(type.kind !== "NamedType" && type.kind !== "BoundedInt") ||
		!["traced", "tensor", "number", "bool"].includes(value.kind)
	)
		return;
	const shape =
		value.kind === "traced" ? shapeOf(value) : value.kind === "tensor" ? value.data.type.shape : [];
	if (type.shape && !bounds) bindShape(evaluator, environment, type.shape, shape);
	const below = value.kind === "traced" || value.kind === "tensor" ? value.below : undefined;
	if (bounds && type.kind === "BoundedInt" && below !== undefined)
		bindSize(evaluator, environment, type.bound, below);
}

/** `Point[...b]`: how many axes its tensors have in front of those that the type declares. */
function axesAbove(environment: Environment, type: ast.TypeNode, value: Value): number {
	const record = asRecord(type);
	if (record.kind === "TupleType") {
		const [first] = record.elements;
		const parts = value.kind === "tuple" ? value.elements : [];
		const part = (first?.name && parts.find((e) => e.name === first.name?.name)) || parts[0];
		const own = record.shape?.length ?? 0;
		return first && part ? axesAbove(environment, first.type, part.value) - own : 0;
	}
	if (record.kind !== "NamedType" && record.kind !== "BoundedInt") return 0;
	const own = record.shape?.length ?? 0;
	const alias = record.kind === "NamedType" ? aliasOf(environment, record) : undefined;
	if (alias) return axesAbove(alias.environment, alias.type, value) - own;
	return rankOf(value) - own;
}

function rankOf(value: Value): number {
	if (value.kind === "list") return 1 + (value.items[0] ? rankOf(value.items[0]) : 0);
	return value.kind === "traced"
		? shapeOf(value).length
		: value.kind === "tensor"
			? value.data.type.shape.length
			: 0;
}

/** `T[k]` of anything but numbers. */
function stackedType(type: ast.TypeNode, value: Value): ast.NamedType | ast.TupleType | undefined {
	if ((type.kind !== "NamedType" && type.kind !== "TupleType") || !type.shape) return undefined;
	if (type.kind === "NamedType" && (type.name.name === "List" || elementName(type))) return undefined;
	return ["stack", "tuple", "list", "tensor", "traced"].includes(value.kind) ? type : undefined;
}

/** `shape: Shape(n)`: the sizes of the value that is given. */
function bindVariantSizes(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.NamedType,
	value: Value & { kind: "variant" },
): void {
	const declared = environment.findUnguarded(type.name.name);
	if (declared?.kind !== "type") return;
	for (const { name, given } of argumentsByName(parameterNames(declared.node), type.arguments ?? [])) {
		const size = value.sizes?.get(name);
		if (size !== undefined) bindSize(evaluator, environment, given, size);
	}
}

/** `f: (real[n]) -> real[m]`: what the function that is given declares of its parameters and its result. */
function bindFunctionSizes(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.FunctionType,
	value: Value,
): void {
	const fn = functionOf(value);
	if (!fn || type.quantifiers.length > 0) return;
	const inner = fn.environment.inner();
	const sizesOf = (node: ast.TypeNode | undefined): (number | undefined)[] | undefined => {
		if (node?.kind !== "NamedType" && node?.kind !== "BoundedInt") return undefined;
		return node.shape?.map((item) => knownSize(evaluator, inner, item));
	};
	const shapeOfType = (node: ast.TypeNode | undefined): readonly ast.Expression[] =>
		node?.kind === "NamedType" || node?.kind === "BoundedInt" ? (node.shape ?? []) : [];
	const bind = (wanted: ast.TypeNode, own: ast.TypeNode | undefined): void => {
		const sizes = sizesOf(own);
		if (!sizes) return;
		for (const [item, at] of facing(shapeOfType(wanted), shapeOfType(own))) {
			const size = sizes[at];
			if (size !== undefined) bindSize(evaluator, environment, item, size);
		}
	};
	for (const [i, wanted] of type.parameters.entries()) {
		const own = fn.node.parameters[i]?.type;
		// What the signature knows already says what the function is used at.
		for (const [item, at] of facing(shapeOfType(wanted), shapeOfType(own))) {
			const size = knownSize(evaluator, environment, item);
			const place = shapeOfType(own)[at];
			if (size !== undefined && place) bindSize(evaluator, inner, place, size);
		}
		bind(wanted, own);
	}
	bind(type.result, fn.node.result);
}

/** The items of a shape with the places of those that stand for the same axes in another: from both ends, up to a rest. */
function facing(
	wanted: readonly ast.Expression[],
	own: readonly ast.Expression[],
): (readonly [ast.Expression, number])[] {
	const isRest = (item: ast.Expression | undefined): boolean => item?.kind === "Rest";
	if (!wanted.some(isRest) && !own.some(isRest))
		return wanted.length === own.length ? wanted.map((item, i) => [item, i]) : [];
	const pairs: (readonly [ast.Expression, number])[] = [];
	for (let i = 0; i < Math.min(wanted.length, own.length) && !isRest(wanted[i]) && !isRest(own[i]); i++)
		pairs.push([wanted[i] as ast.Expression, i]);
	for (
		let i = 1;
		i <= Math.min(wanted.length, own.length) && !isRest(wanted.at(-i)) && !isRest(own.at(-i));
		i++
	)
		pairs.push([wanted.at(-i) as ast.Expression, own.length - i]);
	return pairs;
}

function functionOf(value: Value): FunctionValue | undefined {
	if (value.kind === "function") return value;
	if (value.kind !== "model") return undefined;
	const node = value.node.members.find((m): m is ast.FunctionDeclaration => m.kind === "Function" && !m.name);
	return node && { kind: "function", node, environment: value.configuration };
}

/** A size whose names all have values; else undefined. */
function knownSize(evaluator: Evaluator, environment: Environment, item: ast.Expression): number | undefined {
	const known = (n: string): boolean =>
		staticFunctions.has(n) ||
		(/^[A-Z]/.test(n) ? environment.findUnguarded(n) : environment.findInDeclaration(n)) !== undefined;
	if (item.kind === "Rest" || ![...sizeNames(item)].every(known)) return undefined;
	const value = evaluator.probe(() => evaluate(evaluator, environment, item));
	return value.kind === "number" ? value.value : undefined;
}

/** `net: Linear(n, m)`: the sizes of the model that is given. */
function bindOptions(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.NamedType,
	model: ModelValue,
): void {
	const parameters = model.node.parameters.map((p) => (p.name.kind === "Identifier" ? p.name.name : ""));
	for (const { name, given } of argumentsByName(parameters, type.arguments ?? [])) {
		const option = model.configuration.findInDeclaration(name);
		if (option?.kind === "number") bindSize(evaluator, environment, given, option.value);
		if (option?.kind !== "list") continue;
		// `net: Clip(widths)`: the list by its name.
		if (given.kind === "Name" && /^[a-z]/.test(given.name) && !environment.findInDeclaration(given.name))
			environment.set(given.name, option);
		if (given.kind !== "List") continue;
		for (const [i, element] of given.elements.entries()) {
			const entry = option.items[i];
			if (entry?.kind === "number") bindSize(evaluator, environment, element, entry.value);
		}
	}
}

export function bindShape(
	evaluator: Evaluator,
	environment: Environment,
	items: readonly ast.Expression[],
	shape: readonly number[],
): void {
	const before = items.findIndex((item) => item.kind === "Rest");
	const rest = items[before];
	const behind = shape.length - items.length;
	if (rest?.kind === "Rest" && rest.name.kind === "Identifier" && !environment.findRest(rest.name.name))
		environment.setRest(rest.name.name, shape.slice(before, behind + before + 1));
	for (const [i, item] of items.entries()) {
		const size = shape[i < before ? i : behind + i];
		if (size !== undefined && item !== rest) bindSize(evaluator, environment, item, size);
	}
}

/** `where n == 2^k`: what no shape says of a name of the signature, an equation may say. */
export function bindConditions(
	evaluator: Evaluator,
	environment: Environment,
	where: readonly ast.Expression[],
): void {
	for (const condition of where.flatMap(conjuncts)) {
		if (condition.kind !== "Binary" || condition.operator !== "==") continue;
		const { left, right } = condition;
		for (const [one, other] of [
			[left, right],
			[right, left],
		] as const) {
			const size = knownSize(evaluator, environment, other);
			if (size !== undefined) bindSize(evaluator, environment, one, size);
		}
	}
}

function conjuncts(node: ast.Expression): readonly ast.Expression[] {
	if (node.kind === "Parenthesized") return conjuncts(node.inner);
	if (node.kind !== "Binary" || node.operator !== "and") return [node];
	return [...conjuncts(node.left), ...conjuncts(node.right)];
}

/** Solves a size of a signature for the one name in it that is not known yet. */
function bindSize(evaluator: Evaluator, environment: Environment, item: ast.Expression, size: number): void {
	const unknown = [...sizeNames(item)].filter(
		(n) => !environment.findInDeclaration(n) && /^[a-z]/.test(n) && !staticFunctions.has(n),
	);
	const [name] = unknown;
	if (name === undefined || unknown.length > 1) return;
	if (item.kind === "Name") {
		environment.set(name, { kind: "number", value: size, integer: true });
		return;
	}
	const at = (n: number): number | undefined => {
		const trial = environment.inner();
		trial.set(name, { kind: "number", value: n, integer: true });
		const value = evaluate(evaluator, trial, item);
		return value.kind === "number" ? value.value : undefined;
	};
	const [one, two] = [at(1), at(2)];
	if (one === undefined || two === undefined || two === one) return;
	const solution = 1 + (size - one) / (two - one);
	const solves = (n: number): boolean => Number.isInteger(n) && at(n) === size;
	// `2^k`: the exponents of sizes are small.
	const found = solves(solution) ? solution : exponents.find(solves);
	if (found !== undefined) environment.set(name, { kind: "number", value: found, integer: true });
}

const exponents = Array.from({ length: 64 }, (_, n) => n);

const staticFunctions = new Set(["len", "first", "last", "floor", "init", "drop"]);

function sizeNames(node: ast.Expression): Set<string> {
	const names = new Set<string>();
	const visit = (e: ast.Expression): void => {
		if (e.kind === "Name") names.add(e.name);
		if (e.kind === "Binary") {
			visit(e.left);
			visit(e.right);
		}
		if (e.kind === "Parenthesized") visit(e.inner);
		if (e.kind === "Call") for (const a of e.arguments) visit(a.value);
		if (e.kind === "Index") visit(e.base);
	};
	visit(node);
	return names;
}
