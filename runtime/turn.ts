import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import { sideOf, takenBranch } from "../compiler/elaborate/expressions/cases.js";
import {
	bindPattern,
	evaluate,
	evaluateLet,
	patternNames,
} from "../compiler/elaborate/expressions/evaluate.js";
import { traced } from "../compiler/elaborate/tensors.js";
import type { TracedValue, Value } from "../compiler/elaborate/values.js";
import type { Value as IrValue } from "../compiler/ir/ir.js";
import type * as ast from "../grammar/ast.js";
import { branchesOf, branchStatements } from "../grammar/branches.js";
import { assignInStep } from "./assign.js";
import { holdInTurn } from "./constraints/step.js";
import { innerLoop } from "./inner-loop.js";
import type { LoopExtent } from "./loop-length.js";
import { minimizeStep } from "./minimize.js";
import { type StepBuilder, setLeaves } from "./step.js";
import { computedBranch } from "./turn-branch.js";

/** The lines of a turn, in order. */
export class TurnTracer {
	/** `trained` are the names of what is computed for training. */
	constructor(private readonly trained: ReadonlySet<string>) {}

	statements(step: StepBuilder, nodes: readonly ast.Statement[]): void {
		for (const node of nodes) this.statement(step, node);
	}

	private statement(step: StepBuilder, node: ast.Statement): void {
		const { evaluator, environment } = step;
		switch (node.kind) {
			case "Let":
				evaluator.inMode(this.isTrained(node), () =>
					inStep(step, () => evaluateLet(evaluator, environment, node)),
				);
				return;
			case "Minimize":
				inStep(step, () => minimizeStep(step, node));
				commitStates(step);
				return;
			case "Assign":
				assignInStep(step, node);
				return;
			case "Loop":
				requireCommitted(step, node);
				innerLoop(step, node, (inner) => this.statements(inner, node.body.statements));
				if (holdsStep(node)) step.written.clear();
				return;
			case "Track":
				track(step, node);
				return;
			case "SubjectTo":
				holdInTurn(step, node);
				return;
			case "IfStatement":
				this.branch(step, node);
				return;
			case "ExpressionStatement": {
				const taken = takenBranch(evaluator, environment, node);
				if (taken) this.statements({ ...step, environment: taken.scope }, taken.statements);
				return;
			}
			default:
				return;
		}
	}

	/** Of what is known before running, one side is traced; else both. */
	private branch(step: StepBuilder, node: ast.IfStatement): void {
		const { evaluator, environment } = step;
		const condition = evaluator.at("if", () => evaluate(evaluator, environment, node.condition));
		if (condition.kind === "bool") {
			const inner = { ...step, environment: environment.inner() };
			this.statements(inner, sideOf(node, condition.value));
			return;
		}
		const decides = traced(evaluator, condition, "bool");
		if (!decides)
			throw new ElaborationError("E0601", "this is no condition", environment.locate(node.condition));
		computedBranch(step, decides.value, [
			{ node: node.then, trace: (inner) => this.statements(inner, sideOf(node, true)) },
			{ node: node.else, trace: (inner) => this.statements(inner, sideOf(node, false)) },
		]);
	}

	/** What a `minimize` of this turn uses is for training. */
	private isTrained(node: ast.Let): boolean {
		return patternNames(node.pattern).some((name) => this.trained.has(name));
	}
}

/** What calls of models write to their states is kept for the next `minimize`. */
function inStep(step: StepBuilder, body: () => void): void {
	const { evaluator, fit } = step;
	const writes = { builder: evaluator.builder, values: new Map() };
	evaluator.stateWrites = writes;
	try {
		body();
	} finally {
		evaluator.stateWrites = undefined;
	}
	if (writes.values.size === 0) return;
	for (const { path, value } of fit.leaves(false)) {
		const next = writes.values.get(value);
		if (next) step.written.set(path, { value: next });
	}
}

function commitStates(step: StepBuilder): void {
	const { evaluator, fit, written } = step;
	if (written.size === 0) return;
	const { builder } = evaluator;
	const values = new Map<string, TracedValue>();
	for (const [path, { value, pending }] of written) {
		const before = pending && traced(evaluator, fit.leaf(path));
		if (!before) values.set(path, value);
		else {
			const everywhere = builder.broadcast(pending, before.value.type.shape, []);
			const next = builder.emit("select", [everywhere, value.value, before.value]);
			values.set(path, { ...value, value: next });
		}
	}
	setLeaves(step, values);
	written.clear();
}

/** What was written before a loop is committed by its first step: there has to be one. */
function requireCommitted({ environment, written }: StepBuilder, node: ast.Loop): void {
	if (written.size === 0 || !holdsStep(node) || surelySteps(node)) return;
	throw new ElaborationError(
		"E0901",
		"a call that writes a state, before a loop whose steps depend on a condition, is not supported yet",
		environment.locate(node),
		"call the model in the loop",
	);
}

function surelySteps(node: ast.Statement): boolean {
	if (node.kind === "Minimize") return true;
	if (node.kind === "Loop") return node.body.statements.some(surelySteps);
	const branches = branchesOf(node);
	return branches.length > 0 && branches.every((statements) => statements.some(surelySteps));
}

function track(step: StepBuilder, node: ast.Track): void {
	if (node.name.kind === "Missing") return;
	const { evaluator, environment } = step;
	const { name } = node.name;
	const before = evaluator.checks.length;
	const value = traced(
		evaluator,
		evaluator.at(name, () => evaluate(evaluator, environment, node.value)),
	);
	if (!value) throw new ElaborationError("E0601", "this is no tensor", environment.locate(node));
	const below = value.below === undefined ? {} : { below: value.below };
	const checks = node.every ? { checks: evaluator.checks.splice(before) } : {};
	step.tracks.push({ name, node, value: value.value, at: environment.locate(node), ...below, ...checks });
}

/** `for i in 0..100`: the name is the number of the turn; `for x in xs`: the row of this number. */
export function bindTurn(
	step: StepBuilder,
	node: ast.Loop,
	{ range, rows }: LoopExtent,
	turn: IrValue,
): void {
	const [binding] = node.bindings;
	if (rows && binding && binding.pattern.kind !== "Rest")
		bindPattern(step.environment, binding.pattern, rowAt(step, rows, turn));
	if (!range || !binding || binding.pattern.kind === "Rest") return;
	const { builder } = step.evaluator;
	const value = builder.emit("add", [turn, builder.scalar(range.from, "i32")]);
	const below = range.from >= 0 ? { below: range.to } : {};
	bindPattern(step.environment, binding.pattern, {
		kind: "traced",
		value,
		lanes: [],
		...below,
	} satisfies TracedValue);
}

function rowAt(step: StepBuilder, rows: Value, turn: IrValue): Value {
	if (rows.kind === "tuple")
		return { ...rows, elements: rows.elements.map((e) => ({ ...e, value: rowAt(step, e.value, turn) })) };
	const { evaluator } = step;
	const { builder } = evaluator;
	const tensor = traced(evaluator, rows);
	if (!tensor) throw new Error("a loop over rows has tensors");
	const [, ...shape] = tensor.value.type.shape;
	const row = builder.emit("dynamic_slice", [tensor.value, turn], { axis: 0, size: 1 });
	return { ...tensor, value: builder.reshape(row, shape) };
}

/** Whether a condition that is asked after each turn holds. */
export function traceUntil({ evaluator, environment }: StepBuilder, node: ast.Loop): IrValue | undefined {
	let ends: IrValue | undefined;
	for (const { word, value, unit } of node.clauses) {
		if (word !== "until" || unit || isStalls(value)) continue;
		const condition = traced(
			evaluator,
			evaluator.at("until", () => evaluate(evaluator, environment, value)),
			"bool",
		);
		if (!condition) throw new ElaborationError("E0601", "this is no condition", environment.locate(value));
		ends = ends ? evaluator.builder.emit("or", [ends, condition.value]) : condition.value;
	}
	return ends;
}

/** `stalls(.accuracy, 5)`. */
function isStalls(node: ast.Expression): node is ast.Call {
	return node.kind === "Call" && node.callee.kind === "Name" && node.callee.name === "stalls";
}

/** Of each track that a loop watches: how often it may be taken without getting further. */
export function watchedTracks(
	node: ast.Loop,
	look: (node: ast.Expression) => { readonly kind: string; readonly value?: unknown },
): ReadonlyMap<string, number> {
	const found = new Map<string, number>();
	for (const { word, value } of node.clauses) {
		if (word !== "until" || !isStalls(value)) continue;
		const [place, times] = value.arguments;
		if (place?.value.kind !== "Field" || place.value.name.kind !== "Identifier" || !times) continue;
		const number = look(times.value);
		if (number.kind === "number" && typeof number.value === "number")
			found.set(place.value.name.name, number.value);
	}
	return found;
}

/** Whether its turns have a loss. */
export function holdsStep(node: ast.Statement): boolean {
	if (node.kind === "Minimize") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsStep);
	return branchStatements(node).some(holdsStep);
}
