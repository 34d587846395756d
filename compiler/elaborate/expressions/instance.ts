import type * as ast from "../../../grammar/ast.js";
import { Builder } from "../../ir/builder.js";
import { inline } from "../../ir/inline.js";
import type { Func, Value as IrValue } from "../../ir/ir.js";
import { functionKey } from "../../ir/print.js";
import { call } from "../../ir/regions.js";
import { removeDead } from "../../transform/dead.js";
import { ElaborationError, type Evaluator } from "../evaluator.js";
import { type ModelValue, mapTensors, type Value } from "../values.js";

/**
 * Calls of declared functions and of models stay calls: the body is traced as a function of the IR, of what it reads
 * from outside. Calls whose functions are equal, as they are for equal static arguments and shapes, share one; the
 * simplifier puts those in place that are cheaper so.
 */

/** Smaller bodies are put in place at once: a call would cost more. */
const fewest = 8;

/** A body that is no function of the IR: it gives more than tensors, or writes the state of a model. */
class NoInstance extends Error {}

/** The value of a call; `run` binds the arguments and evaluates the body. */
export function callInstance(evaluator: Evaluator, node: ast.FunctionDeclaration, run: () => Value): Value {
	// What is captured must be where it is asked for.
	if (evaluator.captures.length > 0) return run();
	if (node.derivative || evaluator.inPlace.has(node)) return run();
	const isKernel = evaluator.isKernel;
	try {
		return evaluator.attempt(() => traceInstance(evaluator, run));
	} catch (error) {
		// At the host level it may need values that are computed at once, and what is wrong is told where that is.
		const isInPlace = error instanceof NoInstance || (!isKernel && error instanceof ElaborationError);
		if (!isInPlace) throw error;
		// Not tried again: what is nested would be traced twice at every level.
		evaluator.inPlace.add(node);
		return run();
	}
}

function traceInstance(evaluator: Evaluator, run: () => Value): Value {
	const outer = evaluator.builder;
	const builder = new Builder(outer, outer.improve, true);
	const { result, checks, writes } = evaluator.inFunction(builder, run);
	if (writes > 0 || !isData(result)) throw new NoInstance();
	const outputs = new Set<IrValue>();
	mapTensors(result, (tensor) => {
		if (tensor.kind === "traced" && builder.owns(tensor.value)) outputs.add(tensor.value);
		return tensor;
	});
	for (const { least, most } of checks) for (const end of [least, most]) outputs.add(end);
	if (outputs.size === 0) return result;
	const { func, captured } = functionFrom(builder, [...outputs]);
	const found = emit(evaluator, func, captured);
	const outside = new Map([...outputs].map((value, k) => [value, found[k] as IrValue]));
	const place = (value: IrValue): IrValue => outside.get(value) ?? value;
	for (const check of checks)
		evaluator.addCheck({ ...check, least: place(check.least), most: place(check.most) });
	return mapTensors(result, (tensor) =>
		tensor.kind === "traced" ? { ...tensor, value: place(tensor.value) } : tensor,
	);
}

/** What holds no names: their values would belong to the function. */
function isData(value: Value): boolean {
	switch (value.kind) {
		case "number":
		case "bool":
		case "string":
		case "tensor":
		case "traced":
		case "range":
		case "unit":
			return true;
		case "list":
			return value.items.every(isData);
		case "tuple":
			return value.elements.every((e) => isData(e.value));
		case "variant":
			return value.fields.every((f) => isData(f.value));
		default:
			return false;
	}
}

/** The function that gives these values, and what it reads from outside. */
function functionFrom(
	builder: Builder,
	outputs: readonly IrValue[],
): { readonly func: Func; readonly captured: readonly IrValue[] } {
	const func = removeDead(builder.build("body", outputs));
	const used = new Set([...func.equations.flatMap((e) => e.inputs), ...func.results]);
	const needed = func.parameters.map((p) => used.has(p));
	return {
		func: { ...func, parameters: func.parameters.filter((_, k) => needed[k]) },
		captured: builder.captured.filter((_, k) => needed[k]),
	};
}

function emit(evaluator: Evaluator, func: Func, captured: readonly IrValue[]): readonly IrValue[] {
	const { builder, instances } = evaluator;
	if (func.equations.length < fewest) return inline(builder, func, captured);
	const key = functionKey(func);
	const instance = instances.get(key) ?? func;
	instances.set(key, instance);
	return call(builder, instance, captured);
}

/** Whether a model or a model in it has a state, which its call writes. */
export function hasState(model: ModelValue): boolean {
	const inside = (value: Value): boolean => {
		switch (value.kind) {
			case "model":
				return hasState(value);
			case "stack":
				return hasState(value.of);
			case "list":
				return value.items.some(inside);
			case "tuple":
				return value.elements.some((e) => inside(e.value));
			case "variant":
				return value.fields.some((f) => inside(f.value));
			case "frozen":
				return inside(value.value);
			default:
				return false;
		}
	};
	return (
		model.node.members.some((m) => m.kind === "Leaf" && m.role === "state") ||
		[...model.members.values()].some(inside)
	);
}
