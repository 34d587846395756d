import type * as ast from "../../grammar/ast.js";
import type { Environment } from "./environment.js";
import { bindPattern, type Expected, evaluate, expectedOf } from "./evaluate.js";
import { type CallValues, type Evaluator, fail, shapeOf } from "./evaluator.js";
import { intrinsic } from "./intrinsics.js";
import { instanceEnvironment } from "./member.js";
import { buildModel } from "./model.js";
import { castTo, traced } from "./tensors.js";
import type { FunctionValue, ModelValue, RuleValue, TableValue, TupleValue, Value } from "./values.js";

/** A call as intrinsics see it: unevaluated where they need it. */
export interface EvaluatedCall {
	readonly node: ast.Expression;
	/** Of a method of a data set. */
	readonly receiver?: TableValue;
	readonly arguments: readonly {
		readonly name?: ast.Identifier;
		readonly value: ast.Expression;
		readonly given?: Value;
	}[];
}

export function evaluateCall(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Call,
	expected?: Expected,
): Value {
	return applyCallee(evaluator, environment, node, node.callee, node.arguments, expected);
}

export function evaluatePipe(evaluator: Evaluator, environment: Environment, node: ast.Binary): Value {
	const given = evaluate(evaluator, environment, node.left);
	const first = { value: node.left, given };
	if (node.right.kind === "Call")
		return applyCallee(evaluator, environment, node.right, node.right.callee, [
			first,
			...node.right.arguments,
		]);
	return applyCallee(evaluator, environment, node, node.right, [first]);
}

const conversions: Readonly<Record<string, "real" | "int" | "bool">> = {
	real: "real",
	int: "int",
	bool: "bool",
};

function applyCallee(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	callee: ast.Expression,
	args: EvaluatedCall["arguments"],
	expected?: Expected,
): Value {
	const conversion =
		callee.kind === "Name" && !environment.findUnguarded(callee.name) ? conversions[callee.name] : undefined;
	const fn = conversion ? undefined : evaluate(evaluator, environment, callee);
	const name =
		fn?.kind === "function" ? intrinsicName(fn) : fn?.kind === "method of data" ? fn.name : undefined;
	if (name) {
		const receiver = fn?.kind === "method of data" ? fn.table : undefined;
		return intrinsic(name)(
			evaluator,
			environment,
			{ node, arguments: args, ...(receiver && { receiver }) },
			expected,
		);
	}
	const positional: Value[] = [];
	const named = new Map<string, Value>();
	for (const argument of args) {
		const value = argument.given ?? evaluate(evaluator, environment, argument.value);
		if (argument.name) named.set(argument.name.name, value);
		else positional.push(value);
	}
	if (conversion) return convert(evaluator, environment, node, conversion, positional[0]);
	if (!fn) return fail(environment, node, "this cannot be called");
	return callValue(evaluator, environment, node, fn, { positional, named }, expected);
}

function intrinsicName(fn: FunctionValue): string | undefined {
	const { body, name } = fn.node;
	return body.kind === "Name" && body.name === "intrinsic" && name?.kind === "Identifier"
		? name.name
		: undefined;
}

function convert(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	to: "real" | "int" | "bool",
	value: Value | undefined,
): Value {
	const operand = value && traced(evaluator, value);
	if (!operand) return fail(environment, node, "this cannot be converted");
	return castTo(evaluator, operand, evaluator.elementOf(to));
}

export function callValue(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	fn: Value,
	args: CallValues,
	expected?: Expected,
): Value {
	switch (fn.kind) {
		case "closure": {
			const inner = inBranch(evaluator, fn.environment).inner();
			for (const [i, parameter] of fn.node.parameters.entries()) {
				const value = args.positional[i];
				if (value) bindPattern(inner, parameter.pattern, value);
			}
			return evaluate(evaluator, inner, fn.node.body);
		}
		case "function": {
			const name = intrinsicName(fn);
			if (name)
				return intrinsic(name)(
					evaluator,
					environment,
					{ node, arguments: args.positional.map((given) => ({ value: node, given })) },
					expected,
				);
			return callFunction(
				evaluator,
				{ ...fn, environment: inBranch(evaluator, fn.environment) },
				args,
				expected,
			);
		}
		case "model":
			return callModel(evaluator, environment, node, fn, args);
		case "model class":
			return buildModel(evaluator, fn, args, node);
		case "rule":
			return fn.member
				? callRuleMember(evaluator, environment, node, fn, args)
				: applyRule(evaluator, fn, args);
		case "fit":
			return callFit(evaluator, environment, node, fn, args);
		default:
			return fail(environment, node, `this cannot be called (${fn.kind})`);
	}
}

function callFit(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	fit: Value & { kind: "fit" },
	args: CallValues,
): Value {
	const at = environment.locate(node);
	const given = [...args.positional, ...args.named.values()];
	if (given.some((v) => v.kind === "unit")) return fail(environment, node, "an argument has no value here");
	return evaluator.fitResult(at, () => evaluator.services.runFit(evaluator, fit, args, at));
}

function callModel(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	model: ModelValue,
	args: CallValues,
): Value {
	const call = model.node.members.find((m): m is ast.FunctionDeclaration => m.kind === "Function" && !m.name);
	if (!call) return fail(environment, node, "this model has no call");
	const fn: FunctionValue = { kind: "function", node: call, environment: instanceEnvironment(model) };
	// Draws in a call are named by the layer, so that a call of another layer does not change them.
	return callFunction(evaluator, fn, args, undefined, calleeName(node) ?? modelName(model));
}

/** `net` in `net(x)` and `x |> net`; undefined where the callee is no name. */
function calleeName(node: ast.Expression): string | undefined {
	const callee = node.kind === "Call" ? node.callee : node.kind === "Binary" ? node.right : node;
	if (callee.kind === "Name") return callee.name;
	return callee.kind === "Field" && callee.name.kind === "Identifier" ? callee.name.name : undefined;
}

function modelName(model: ModelValue): string {
	return model.node.name.kind === "Identifier" ? model.node.name.name : "model";
}

/** What a function reads of the names where it was made passes the guards of the branch that calls it, too. */
function inBranch(evaluator: Evaluator, environment: Environment): Environment {
	if (environment.kind === "module" || evaluator.guards.length === 0) return environment;
	const passed = environment.guards();
	return evaluator.guards
		.filter((g) => !passed.includes(g))
		.reduce((inner, guard) => inner.inner(guard), environment);
}

function callFunction(
	evaluator: Evaluator,
	fn: FunctionValue,
	args: CallValues,
	expected?: Expected,
	path?: string,
): Value {
	const inner = fn.environment.inner();
	const name = path ?? (fn.node.name?.kind === "Identifier" ? fn.node.name.name : "call");
	const run = (): Value => {
		bindParameters(evaluator, inner, fn.node.parameters, args);
		if (expected && fn.node.result) bindResult(evaluator, inner, fn.node.result, expected);
		const declared = fn.node.result && resultExpected(evaluator, inner, fn.node.result);
		return adapt(evaluator, evaluate(evaluator, inner, fn.node.body, declared ?? expected), fn.node.result);
	};
	return evaluator.at(name, run);
}

/** Sizes that only the result names come from what is expected of it. */
function bindResult(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.TypeNode,
	expected: Expected,
): void {
	if (type.kind === "NamedType" && type.shape) bindShape(evaluator, environment, type.shape, expected.shape);
}

function resultExpected(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.TypeNode,
): Expected | undefined {
	try {
		return expectedOf(evaluator, environment, type);
	} catch {
		return undefined;
	}
}

/** Binds arguments and defaults, and the sizes that the types of the parameters name. */
export function bindParameters(
	evaluator: Evaluator,
	environment: Environment,
	parameters: readonly ast.Parameter[],
	args: CallValues,
): void {
	let next = 0;
	const defaults: ast.Parameter[] = [];
	for (const parameter of parameters) {
		const name = parameter.name.kind === "Identifier" ? parameter.name.name : "";
		let value = args.named.get(name);
		if (!value && next < args.positional.length) value = args.positional[next++];
		if (!value) {
			defaults.push(parameter);
			continue;
		}
		const adapted = adapt(evaluator, value, parameter.type);
		environment.set(name, adapted);
		if (parameter.type) bindSizes(evaluator, environment, parameter.type, adapted);
	}
	for (const parameter of defaults) {
		if (!parameter.default || parameter.name.kind === "Missing") continue;
		const { name, default: otherwise } = parameter;
		const value = evaluator.at(name.kind === "Identifier" ? name.name : "", () =>
			evaluate(evaluator, environment, otherwise),
		);
		const adapted = adapt(evaluator, value, parameter.type);
		environment.set(parameter.name.name, adapted);
		if (parameter.type) bindSizes(evaluator, environment, parameter.type, adapted);
	}
}

/** A value where a type is declared: a list stacks, and elements widen. Static numbers stay static. */
export function adapt(evaluator: Evaluator, value: Value, type: ast.TypeNode | undefined): Value {
	if (type?.kind === "TupleType" && value.kind === "tuple") return adaptTuple(evaluator, value, type);
	const element = type && elementName(type);
	if (!element) return value;
	if (value.kind === "number") return element === "real" ? { ...value, integer: false } : value;
	if (value.kind === "bool") return element === "bool" ? value : widenedBool(value.value, element);
	if (value.kind === "tensor" && value.data.type.element === evaluator.elementOf(element)) return value;
	const tensor = traced(evaluator, value, element === "real" ? evaluator.realElement : undefined);
	return tensor ? castTo(evaluator, tensor, evaluator.elementOf(element)) : value;
}

function widenedBool(value: boolean, element: "real" | "int"): Value {
	return { kind: "number", value: value ? 1 : 0, integer: element === "int" };
}

function elementName(type: ast.TypeNode): "real" | "int" | "bool" | undefined {
	if (type.kind === "BoundedInt") return "int";
	if (type.kind !== "NamedType") return undefined;
	const { name } = type.name;
	if (name === "Real") return "real";
	return name === "real" || name === "int" || name === "bool" ? name : undefined;
}

function adaptTuple(evaluator: Evaluator, value: TupleValue, type: ast.TupleType): Value {
	const typeAt = (name: string | undefined, i: number) =>
		(type.elements.find((e) => e.name && e.name.name === name) ?? type.elements[i])?.type;
	return {
		kind: "tuple",
		elements: value.elements.map((e, i) => ({ ...e, value: adapt(evaluator, e.value, typeAt(e.name, i)) })),
	};
}

function bindSizes(evaluator: Evaluator, environment: Environment, type: ast.TypeNode, value: Value): void {
	if (
		(type.kind !== "NamedType" && type.kind !== "BoundedInt") ||
		!["traced", "tensor", "number", "bool"].includes(value.kind)
	)
		return;
	const shape =
		value.kind === "traced" ? shapeOf(value) : value.kind === "tensor" ? value.data.type.shape : [];
	if (type.shape) bindShape(evaluator, environment, type.shape, shape);
	const below = value.kind === "traced" || value.kind === "tensor" ? value.below : undefined;
	if (type.kind === "BoundedInt" && below !== undefined) bindSize(evaluator, environment, type.bound, below);
}

function bindShape(
	evaluator: Evaluator,
	environment: Environment,
	items: readonly ast.Expression[],
	shape: readonly number[],
): void {
	const first = items[0];
	const rest = first?.kind === "Rest" ? first : undefined;
	const dims = rest ? items.slice(1) : items;
	const leading = shape.length - dims.length;
	if (rest && rest.name.kind === "Identifier" && !environment.findRest(rest.name.name))
		environment.setRest(rest.name.name, shape.slice(0, leading));
	for (const [i, item] of dims.entries()) {
		const size = shape[leading + i];
		if (size !== undefined) bindSize(evaluator, environment, item, size);
	}
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
	if (Number.isInteger(solution) && at(solution) === size)
		environment.set(name, { kind: "number", value: solution, integer: true });
}

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

// ---------------------------------------------------------------- constraints and optimizers

function applyRule(evaluator: Evaluator, rule: RuleValue, args: CallValues): RuleValue {
	return { ...rule, options: ruleOptions(evaluator, rule, args) };
}

export function ruleOptions(
	evaluator: Evaluator,
	rule: RuleValue,
	args: CallValues,
): ReadonlyMap<string, Value> {
	const environment = rule.environment.inner();
	bindParameters(evaluator, environment, rule.node.parameters, args);
	const options = new Map<string, Value>();
	for (const parameter of rule.node.parameters) {
		const name = parameter.name.kind === "Identifier" ? parameter.name.name : "";
		const value = environment.findInDeclaration(name);
		if (value) options.set(name, value);
	}
	return options;
}

/** The names that the body of a rule sees for one leaf. */
export function ruleEnvironment(evaluator: Evaluator, rule: RuleValue, subject: Value): Environment {
	const environment = rule.environment.inner();
	const options = rule.options ?? ruleOptions(evaluator, rule, { positional: [], named: new Map() });
	for (const [name, value] of options) environment.set(name, value);
	const declared = rule.node.subject;
	if (declared?.name.kind === "Identifier") {
		environment.set(declared.name.name, subject);
		if (declared.type) bindSizes(evaluator, environment, declared.type, subject);
	}
	return environment;
}

/** `unit_rows.violation(w)`. */
function callRuleMember(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	rule: RuleValue,
	args: CallValues,
): Value {
	const subject = args.positional[0];
	if (!subject || !rule.member) return fail(environment, node, "a method of a constraint takes its subject");
	const value = evaluateRuleMember(
		evaluator,
		rule,
		rule.member,
		traced(evaluator, subject) ?? subject,
		args.positional.slice(1),
	);
	return value ?? fail(environment, node, `the constraint has no \`${rule.member}\``);
}

export function evaluateRuleMember(
	evaluator: Evaluator,
	rule: RuleValue,
	name: string,
	subject: Value,
	args: readonly Value[],
): Value | undefined {
	const environment = ruleEnvironment(evaluator, rule, subject);
	for (const member of rule.node.members) {
		if (member.kind === "Let")
			bindPattern(environment, member.pattern, evaluate(evaluator, environment, member.value));
		if (member.kind === "Define" && member.name.name === name)
			return evaluate(evaluator, environment, member.value);
		if (member.kind === "Function" && member.name?.kind === "Identifier" && member.name.name === name) {
			return callFunction(
				evaluator,
				{ kind: "function", node: member, environment },
				{ positional: args, named: new Map() },
			);
		}
	}
	return undefined;
}
