import type * as ast from "../../../grammar/ast.js";
import type { Location } from "../../source/diagnostic.js";
import { runsAtHost } from "../binders/host-only.js";
import { checkWhole, narrow } from "../binders/narrowing.js";
import { noteCaptured } from "../builtins/captures.js";
import { callWithRule } from "../builtins/derivative-rule.js";
import { callDerivative } from "../builtins/differentiate.js";
import { intrinsic } from "../builtins/intrinsics.js";
import { callRow, hasRow } from "../builtins/library.js";
import { type Element, formatNamed, isElement, isRealElement } from "../elements.js";
import type { Environment } from "../environment.js";
import { type CallValues, ElaborationError, type Evaluator, fail, shapeOf } from "../evaluator.js";
import { callDeferred } from "../models/choice.js";
import { instanceEnvironment } from "../models/member.js";
import { buildModel } from "../models/model.js";
import { applyRule, callRuleMember } from "../models/rule.js";
import { castTo, traced } from "../tensors.js";
import type { FunctionValue, ModelValue, TableValue, TupleValue, Value } from "../values.js";
import { makeVariant } from "./cases.js";
import { makeComplex } from "./complex.js";
import { bindPattern, type Expected, evaluate, expectedOf } from "./evaluate.js";
import { callInstance, hasState } from "./instance.js";
import { adapt, bindConditions, bindParameters, bindShape } from "./parameters.js";
import { precisionOfCall, withModelsBack, withModelsConverted } from "./precision.js";
import { withinItself } from "./recursion.js";

/** A call as intrinsics see it: unevaluated where they need it. */
export interface EvaluatedCall {
	readonly node: ast.Expression;
	/** The intrinsic that is called. */
	readonly fn?: FunctionValue;
	/** Of a method of a data set. */
	readonly receiver?: TableValue | TupleValue;
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

function applyCallee(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	callee: ast.Expression,
	args: EvaluatedCall["arguments"],
	expected?: Expected,
): Value {
	const conversion =
		callee.kind === "Name" && isElement(callee.name) && !environment.findUnguarded(callee.name)
			? callee.name
			: undefined;
	if (callee.kind === "Name" && callee.name === "complex" && !environment.findUnguarded(callee.name))
		return makeComplex(evaluator, environment, node, args);
	const narrowing = callee.kind === "TypeName" ? callee : undefined;
	const fn = conversion || narrowing ? undefined : evaluate(evaluator, environment, callee);
	const name =
		fn?.kind === "function" ? intrinsicName(fn) : fn?.kind === "method of data" ? fn.name : undefined;
	if (name && !hasRow(name)) {
		const receiver = fn?.kind === "method of data" ? fn.table : undefined;
		return intrinsic(name)(
			evaluator,
			environment,
			{ node, arguments: args, ...(fn?.kind === "function" && { fn }), ...(receiver && { receiver }) },
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
	if (narrowing) return narrow(evaluator, environment, node, narrowing, positional[0]);
	if (conversion) return convert(evaluator, environment, node, conversion, positional[0]);
	if (!fn) return fail(environment, node, "this cannot be called");
	return callValue(evaluator, environment, node, fn, { positional, named }, expected);
}

export function intrinsicName(fn: FunctionValue): string | undefined {
	const { body, name } = fn.node;
	return body.kind === "Name" && body.name === "intrinsic" && name?.kind === "Identifier"
		? name.name
		: undefined;
}

function convert(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	to: Element,
	value: Value | undefined,
): Value {
	// A number that is known before running is converted as it is written.
	const operand = value && traced(evaluator, value, isRealElement(to) ? evaluator.elementOf(to) : undefined);
	if (!operand) return fail(environment, node, "this cannot be converted");
	if (to === "int") checkWhole(evaluator, environment, node, operand);
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
			const positional = [...args.positional];
			for (const { pattern, type } of fn.node.parameters) {
				const named = pattern.kind === "NamePattern" ? args.named.get(pattern.name) : undefined;
				const value = named ?? positional.shift();
				if (value) bindPattern(inner, pattern, adapt(evaluator, value, type, inner));
			}
			return evaluate(evaluator, inner, fn.node.body);
		}
		case "function": {
			const name = intrinsicName(fn);
			if (name && hasRow(name)) return callRow(evaluator, environment, node, fn, name, args);
			if (name)
				return intrinsic(name)(
					evaluator,
					environment,
					{ node, fn, arguments: args.positional.map((given) => ({ value: node, given })) },
					expected,
				);
			const inner = { ...fn, environment: inBranch(evaluator, fn.environment) };
			const apply = (): Value =>
				callFunction(evaluator, inner, args, expected, undefined, environment.locate(node));
			const isInstance = fn.environment.kind === "module" && (evaluator.isKernel || !runsAtHost(fn));
			return evaluator.calledFrom(environment, node, () =>
				isInstance ? callInstance(evaluator, fn.node, apply) : apply(),
			);
		}
		case "deferred":
			return callDeferred(evaluator, fn, args);
		case "native":
			return fn.call(args.positional);
		case "derivative":
			return callDerivative(evaluator, environment, node, fn, args);
		case "model":
			return callModel(evaluator, environment, node, fn, args);
		case "model class":
			return buildModel(evaluator, fn, args, node);
		case "variant class":
			return makeVariant(evaluator, fn, args);
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
	if (evaluator.realElement !== evaluator.programElement)
		return fail(
			environment,
			node,
			`a fit in a function that is called in ${evaluator.realElement}, where the program's \`real\` is ${evaluator.programElement}, is not supported yet`,
			"E0901",
		);
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
	const fn: FunctionValue = {
		kind: "function",
		node: call,
		environment: instanceEnvironment(model),
		model,
		...(model.evaluation && { evaluation: true }),
	};
	// Draws in a call are named by the layer, so that a call of another layer does not change them.
	const apply = (): Value =>
		callFunction(evaluator, fn, args, undefined, calleeName(node) ?? modelName(model));
	const result = hasState(model) || !evaluator.isKernel ? apply() : callInstance(evaluator, call, apply);
	noteCaptured(evaluator, model, result);
	return result;
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
export function inBranch(evaluator: Evaluator, environment: Environment): Environment {
	if (environment.kind === "module" || evaluator.guards.length === 0) return environment;
	const passed = environment.guards();
	return evaluator.guards
		.filter((g) => !passed.includes(g))
		.reduce((inner, guard) => inner.inner(guard), environment);
}

export function callFunction(
	evaluator: Evaluator,
	fn: FunctionValue,
	args: CallValues,
	expected?: Expected,
	path?: string,
	at?: Location,
): Value {
	const inner = fn.environment.inner();
	const name = path ?? (fn.node.name?.kind === "Identifier" ? fn.node.name.name : "call");
	const run = (): Value => {
		bindParameters(evaluator, inner, fn.node.parameters, withModelsConverted(evaluator, fn, args));
		bindConditions(evaluator, inner, fn.node.where);
		if (expected && fn.node.result) bindResult(evaluator, inner, fn.node.result, expected);
		const declared = fn.node.result && resultExpected(evaluator, inner, fn.node.result);
		const body = (where: Environment): Value => {
			const value = evaluate(evaluator, where, fn.node.body, declared ?? expected);
			refuseOtherShape(fn, name, value, declared, at ?? where.locate(fn.node));
			return adapt(evaluator, value, fn.node.result, where);
		};
		return fn.node.derivative
			? callWithRule(evaluator, inner, fn, body, at ?? inner.locate(fn.node))
			: body(inner);
	};
	const mode = fn.evaluation ? () => evaluator.inMode(false, run) : run;
	const format = precisionOfCall(fn, fn.environment, args) ?? wantedFormat(fn, expected);
	return withinItself(evaluator, fn.node, at ?? inner.locate(fn.node), () =>
		withModelsBack(
			evaluator,
			evaluator.at(name, () => evaluator.inPrecision(format, mode)),
			format,
		),
	);
}

/**
 * A size that is counted from a model (`count(net.**)`) is checked by its type, which does not say how its weights are
 * made: of a model with `by lora(2)` there are others.
 */
function refuseOtherShape(
	fn: FunctionValue,
	name: string,
	value: Value,
	declared: Expected | undefined,
	at: Location,
): void {
	if (value.kind !== "traced" || !declared || declared.parts) return;
	const shape = shapeOf(value);
	if (shape.length === declared.shape.length && shape.every((size, axis) => size === declared.shape[axis]))
		return;
	throw new ElaborationError(
		"E0623",
		`\`${name}\` is declared to give [${declared.shape.join(", ")}], and gives [${shape.join(", ")}] here`,
		at,
		fn.node.parameters.length > 0
			? "the weights of a model that it is given are made in another way than the type of the parameter says: `merge` it first"
			: undefined,
	);
}

/** `param w: f64[n] = glorot_uniform()`. */
function wantedFormat(fn: FunctionValue, expected: Expected | undefined): "f32" | "f64" | undefined {
	return fn.environment.kind === "module" && expected ? formatNamed(expected.element) : undefined;
}

/** Sizes that only the result names come from what is expected of it. */
function bindResult(
	evaluator: Evaluator,
	environment: Environment,
	type: ast.TypeNode,
	expected: Expected,
): void {
	if (type.kind === "NamedType" && type.shape && !expected.parts)
		bindShape(evaluator, environment, type.shape, expected.shape);
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
