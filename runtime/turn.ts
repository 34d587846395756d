import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import { takenBranch } from "../compiler/elaborate/expressions/cases.js";
import {
	bindPattern,
	evaluate,
	evaluateLet,
	patternNames,
} from "../compiler/elaborate/expressions/evaluate.js";
import { traced } from "../compiler/elaborate/tensors.js";
import type { TracedValue } from "../compiler/elaborate/values.js";
import type { Value as IrValue } from "../compiler/ir/ir.js";
import type * as ast from "../grammar/ast.js";
import { branchStatements } from "../grammar/branches.js";
import { assignInStep } from "./assign.js";
import { holdInTurn } from "./constraints/step.js";
import { innerLoop } from "./inner-loop.js";
import type { LoopExtent } from "./loop-length.js";
import { minimizeStep } from "./minimize.js";
import { type StepBuilder, setLeaves } from "./step.js";

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
			case "ExpressionStatement": {
				const taken = takenBranch(evaluator, environment, node);
				if (taken) this.statements({ ...step, environment: taken.scope }, taken.statements);
				return;
			}
			default:
				return;
		}
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
		if (next) step.written.set(path, next);
	}
}

function commitStates(step: StepBuilder): void {
	const { written } = step;
	if (written.size === 0) return;
	setLeaves(step, written);
	written.clear();
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

/** `for i in 0..100`: the name is the number of the turn. */
export function bindTurn(step: StepBuilder, node: ast.Loop, { range }: LoopExtent, turn: IrValue): void {
	const [binding] = node.bindings;
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
