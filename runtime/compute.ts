import type { Backend, Executable } from "../compiler/backends/backend.js";
import { LeastRecentlyUsed } from "../compiler/backends/least-recently-used.js";
import { violation } from "../compiler/elaborate/binders/checks.js";
import type { Environment } from "../compiler/elaborate/environment.js";
import {
	type DrawState,
	type ElaborationError,
	Evaluator,
	type RunTimeCheck,
	type Services,
} from "../compiler/elaborate/evaluator.js";
import { mapTensors, type TracedValue, type Value } from "../compiler/elaborate/values.js";
import { type Func, type Value as IrValue, sizeOf, type TensorData } from "../compiler/ir/ir.js";
import { functionKey } from "../compiler/ir/print.js";
import { removeDead, simplify } from "../compiler/transform/simplify.js";

/** What computing at the host level needs. */
export interface Machine {
	readonly backend: Backend;
	readonly realElement: "f32" | "f64";
	readonly services: Services;
}

/** Evaluates an expression outside all loops: its tensors are computed by one function, at once. */
export function compute<T extends Value>(
	machine: Machine,
	draws: DrawState,
	body: (evaluator: Evaluator) => T,
): Value {
	const evaluator = new Evaluator(machine.realElement, machine.services, draws);
	evaluator.tellsLimits = true;
	return computeNow(machine, evaluator, body(evaluator));
}

/** The value with all that is traced in it computed; what an evaluation still goes on with stays as it is. */
export function computeNow(machine: Machine, evaluator: Evaluator, value: Value): Value {
	const outputs = new Map<IrValue, number>();
	const note = (tensor: TracedValue): void => {
		if (evaluator.builder.owns(tensor.value) && !outputs.has(tensor.value))
			outputs.set(tensor.value, outputs.size);
	};
	const captured = capturedBy(value);
	mapTensors(value, (tensor) => {
		if (tensor.kind === "traced") note(tensor);
		return tensor;
	});
	for (const environment of captured)
		for (const own of environment.ownValues().values()) forTraced(own, note);
	if (outputs.size === 0) return value;
	const checks = evaluator.takeChecks();
	const results = [...outputs.keys(), ...checks.flatMap((c) => [c.least, c.most])];
	const computed = runOnce(machine, evaluator, results);
	requireInside(checks, computed.slice(outputs.size), 0, (told) => machine.services.warn(told));
	const finish = (whole: Value): Value =>
		mapTensors(whole, (tensor) => {
			const at = tensor.kind === "traced" ? outputs.get(tensor.value) : undefined;
			return tensor.kind === "traced" && at !== undefined ? finished(tensor, computed[at]) : tensor;
		});
	for (const environment of captured) {
		for (const [name, own] of environment.ownValues()) environment.set(name, finish(own));
	}
	return finish(value);
}

/** The first check that fails is an error at its place. */
export function requireInside(
	checks: readonly RunTimeCheck[],
	results: readonly TensorData[],
	row = 0,
	warn?: (told: ElaborationError) => void,
): void {
	for (const [i, check] of checks.entries()) {
		const [least, most] = [results[2 * i], results[2 * i + 1]].map((r) => r?.data[row]);
		const wrong = least !== undefined && most !== undefined ? violation(check, least, most) : undefined;
		if (!wrong) continue;
		if (check.what !== "end") throw wrong;
		warn?.(wrong);
	}
}

function forTraced(value: Value, visit: (tensor: TracedValue) => void): void {
	mapTensors(value, (tensor) => {
		if (tensor.kind === "traced" && tensor.lanes.length === 0) visit(tensor);
		return tensor;
	});
}

/** The scopes that functions and configured models in a value live on with, up to the file. */
function capturedBy(value: Value): Set<Environment> {
	const found = new Set<Environment>();
	const follow = (environment: Environment | undefined): void => {
		if (!environment || environment.kind === "module" || found.has(environment)) return;
		found.add(environment);
		for (const own of environment.ownValues().values()) visit(own);
		follow(environment.parent);
	};
	const visit = (inner: Value): void => {
		switch (inner.kind) {
			case "closure":
			case "function":
			case "deferred":
				follow(inner.environment);
				return;
			case "derivative":
				follow(inner.environment);
				if (inner.given) visit(inner.given);
				if (inner.at) visit(inner.at);
				return;
			case "model":
				follow(inner.configuration);
				for (const member of inner.members.values()) visit(member);
				return;
			case "stack":
				visit(inner.of);
				return;
			case "frozen":
				visit(inner.value);
				return;
			case "list":
				for (const item of inner.items) visit(item);
				return;
			case "tuple":
				for (const element of inner.elements) visit(element.value);
				return;
			case "variant":
				for (const field of inner.fields) visit(field.value);
				return;
			case "rule":
				for (const option of inner.options?.values() ?? []) visit(option);
				return;
			default:
				return;
		}
	};
	visit(value);
	return found;
}

function finished(traced: TracedValue, data: TensorData | undefined): Value {
	if (!data) throw new Error("an output was not computed");
	const { below, interval } = traced;
	return { kind: "tensor", data, ...(below !== undefined && { below }), ...(interval && { interval }) };
}

/**
 * What was compiled for the host level of a run, the latest last. A line that says again what another one said, of other
 * numbers (`let b = solve(a)`, `let c = solve(b)`, ..), is not simplified and compiled again.
 */
const programs = new WeakMap<Machine, LeastRecentlyUsed<string, Executable>>();
const mostPrograms = 64;
/** Of larger ones the memory is given back. */
const mostElements = 2 ** 16;

function compiled(machine: Machine, func: Func): Executable {
	const values = [...func.parameters, ...func.equations.flatMap((equation) => equation.outputs)];
	const size = values.reduce((sum, { type }) => sum + sizeOf(type.shape), 0);
	if (size > mostElements) return machine.backend.compile(simplify(func), 0);
	const kept = programs.get(machine) ?? new LeastRecentlyUsed<string, Executable>(mostPrograms);
	programs.set(machine, kept);
	return kept.get(functionKey(func), () => machine.backend.compile(simplify(func), 0));
}

function runOnce(machine: Machine, evaluator: Evaluator, outputs: readonly IrValue[]): TensorData[] {
	const { builder, lifted } = evaluator;
	const dataOf = new Map([...lifted].map(([data, value]) => [value, data]));
	// Evaluating also looks at shapes: only what the outputs need is kept.
	const needed = removeDead(builder.build("host", outputs));
	const used = new Set(needed.equations.flatMap((e) => e.inputs));
	const parameters = needed.parameters.filter((p) => used.has(p) || outputs.includes(p));
	const executable = compiled(machine, { ...needed, parameters });
	parameters.forEach((parameter, i) => {
		const data = dataOf.get(parameter);
		if (!data) throw new Error("a number of a kernel is asked for before it runs");
		executable.write(i, data);
	});
	return executable
		.run(1)
		.map((row) => ({ type: { element: row.type.element, shape: row.type.shape.slice(1) }, data: row.data }));
}
