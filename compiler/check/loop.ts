import type * as ast from "../../grammar/ast.js";
import { branchStatements } from "../../grammar/branches.js";
import { patternNames } from "../../grammar/free-names.js";
import { add, asConstant, constant, mul } from "../dims/dim.js";
import type { Location } from "../source/diagnostic.js";
import { type Context, inner, locate, report, unsupported, within } from "./context.js";
import { bindPattern, infer } from "./expression.js";
import { checkCount, type FitNames, type LoopLength } from "./fit-names.js";
import { noteValue } from "./influence.js";
import { inKernel } from "./kernel.js";
import { checkMatch } from "./match-statement.js";
import { checkMinimize } from "./objective.js";
import { checkStateWrite } from "./rule.js";
import { showType } from "./show.js";
import { checkIf, checkLet, checkStatement } from "./statement.js";
import { checkSubjectTo } from "./subject.js";
import { checkTrack, checkUntil } from "./track.js";
import { resolveDim } from "./type-node.js";
import { errorType, type StreamType } from "./types.js";

/** The loops of a fit: how long they are, and what a turn holds. */

/** An inner loop is unrolled into the turn around it. */
const mostUnrolled = 16;

/** `let net = MLP(..)` would be a copy that is not trained: an error. */
export function checkFitLet(context: Context, node: ast.Let): void {
	checkLet(context, node);
	for (const name of patternNames(node.pattern)) {
		const binding = context.scope.names.get(name);
		if (binding) noteValue(binding, { value: node.value, scope: context.scope });
	}
	const type = context.session.knowledge.types.get(node.value);
	if (type?.kind !== "model" || node.value.kind !== "Call") return;
	const at = locate(context, node);
	const text = context.anchor.text(node.value.span);
	const name = node.pattern.kind === "NamePattern" ? node.pattern.name : "net";
	report(context, {
		code: "E0403",
		at,
		message: `a model that is only named by \`let\` would not be trained`,
		hint: `drop \`let\`: \`${name} = ${text}\``,
		fixes: [{ title: "Own the model (drop `let`)", edits: [{ at, replacement: `${name} = ${text}` }] }],
	});
}

export function checkLoop(context: Context, node: ast.Loop, names: FitNames): void {
	const scope = inKernel(
		within(inner(context), { stage: "step" }),
		"a turn of this loop",
		headOf(context, node),
	);
	context.session.knowledge.scopes.set(node.body, scope.scope);
	if (node.head === "repeat") {
		if (node.count) checkCount(context, node.count);
		else {
			report(context, {
				code: "E0411",
				at: locate(context, node),
				message: "`repeat` says how often: `repeat 100 { .. }`",
			});
		}
	}
	const stream = node.head === "for" ? checkStreams(context, scope, node) : undefined;
	for (const clause of node.clauses) checkClause(context, clause, node);
	if (node.head === "for" && !node.clauses.some((c) => c.word === "epochs" || c.word === "steps")) {
		report(context, {
			code: "E0411",
			at: locate(context, {
				span: { start: node.span.start, end: node.bindings.at(-1)?.span.end ?? node.span.start + 3 },
			}),
			message: "a stream is endless: the loop says how long",
			hint: "add `epochs 20` or `steps 1000`",
		});
	}
	const length = lengthOfLoop(context, node, stream);
	for (const statement of node.body.statements) checkStep(scope, statement, names, length);
	for (const clause of node.clauses) if (clause.word === "until") checkUntil(scope, clause.value, node);
	if (holdsStep(node)) {
		const { steps } = length;
		names.hasSteps = true;
		names.steps = names.steps && steps && !length.endsEarly ? add(names.steps, steps) : undefined;
	}
}

/** Its first line, up to the body. */
function headOf(context: Context, node: ast.Loop): Location {
	return locate(context, { span: { start: node.span.start, end: node.body.span.start } });
}

/** Asks only for what is checked already. */
function lengthOfLoop(context: Context, node: ast.Loop, stream: StreamType | undefined): LoopLength {
	const clause = (word: string) => node.clauses.find((c) => c.word === word)?.value;
	const count = (value: ast.Expression | undefined) => value && resolveDim(context, value);
	const endsEarly = clause("until") !== undefined;
	const known = stream?.rows !== undefined && stream.rowsPerTurn !== undefined;
	const stepsPerEpoch = known
		? constant(Math.max(1, Math.floor((stream.rows ?? 0) / (stream.rowsPerTurn ?? 1))))
		: undefined;
	const epochs = node.head === "for" ? count(clause("epochs")) : undefined;
	const steps =
		node.head === "repeat"
			? count(node.count)
			: epochs
				? stepsPerEpoch && mul(epochs, stepsPerEpoch)
				: count(clause("steps"));
	return { head: node.head, steps, epochs, stepsPerEpoch, endsEarly };
}

/** The stream that gives the turns. */
function checkStreams(context: Context, scope: Context, node: ast.Loop): StreamType | undefined {
	let stream: StreamType | undefined;
	if (node.bindings.length > 1)
		unsupported(context, node.bindings[1] ?? node, "several streams side by side");
	for (const binding of node.bindings) {
		const source = binding.source && infer(context, binding.source);
		if (binding.pattern.kind === "Rest") {
			unsupported(context, binding.pattern, "a rest in a loop");
			continue;
		}
		if (source && source.kind !== "stream" && source.kind !== "error" && binding.source) {
			if (source.kind === "table") {
				report(context, {
					code: "E0412",
					at: locate(context, binding.source),
					message: "a loop takes a stream, and this is a data set",
					hint: "take batches of it: `.batches(64)`",
				});
			} else unsupported(context, binding.source, `a loop over ${showType(source)}`);
		}
		bindPattern(scope, binding.pattern, source?.kind === "stream" ? source.item : errorType);
		if (source?.kind === "stream") stream ??= source;
	}
	return stream;
}

function checkClause(context: Context, clause: ast.Loop["clauses"][number], node: ast.Loop): void {
	switch (clause.word) {
		case "epochs":
			if (node.head === "repeat") {
				report(context, {
					code: "E0411",
					at: locate(context, clause),
					message: "epochs are counted over a stream, and `repeat` has none",
				});
			}
			checkCount(context, clause.value);
			return;
		case "steps":
			checkCount(context, clause.value);
			return;
		case "until":
			return;
		default:
			unsupported(context, clause, `\`${clause.word}\` of a loop`);
	}
}

/** Whether its steps have a loss. */
function holdsStep(node: ast.Statement): boolean {
	if (node.kind === "Minimize") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsStep);
	return branchStatements(node).some(holdsStep);
}

export function holdsTrack(node: ast.Statement): boolean {
	if (node.kind === "Track") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsTrack);
	return branchStatements(node).some(holdsTrack);
}

/** One turn of a loop: lets, a step or several, states, tracks. */
function checkStep(context: Context, node: ast.Statement, names: FitNames, length: LoopLength): void {
	switch (node.kind) {
		case "Let":
			checkFitLet(context, node);
			return;
		case "Minimize":
			for (const term of checkMinimize(context, node)) names.terms.add(term);
			return;
		case "Assign":
			checkStateWrite(context, node);
			return;
		case "Track":
			if (length.inner) {
				infer(context, node.value);
				unsupported(context, node, "a track inside an inner loop");
			} else checkTrack(context, node, names, length);
			return;
		case "SubjectTo":
			checkSubjectInLoop(context, node, names);
			return;
		case "IfStatement":
			checkIf(context, node, (scope, statement) => checkBranchStep(scope, statement, names, length));
			return;
		case "ExpressionStatement":
			if (node.value.kind === "Match")
				checkMatch(context, node.value, (scope, statement) =>
					checkBranchStep(scope, statement, names, length),
				);
			else checkStatement(context, node);
			return;
		case "Loop":
			checkInnerLoop(context, node, names, length);
			return;
		default:
			checkStatement(context, node);
	}
}

/** Of what a turn computes: a constraint on parameters alone stands before the loop. */
function checkSubjectInLoop(context: Context, node: ast.SubjectTo, names: FitNames): void {
	const name = checkSubjectTo(context, node);
	if (name) names.violations.push(name);
	if (node.constraint) {
		report(context, {
			code: "E0454",
			at: locate(context, node),
			message: "a constraint on parameters holds throughout: it stands before the loop",
			hint: "move it above the loop",
		});
	}
}

/** What stands in a branch of a turn. */
function checkBranchStep(context: Context, node: ast.Statement, names: FitNames, length: LoopLength): void {
	if (node.kind === "Track" && !length.inner)
		unsupported(context, node, "a track that depends on a condition");
	else checkStep(context, node, names, length);
}

function checkInnerLoop(context: Context, node: ast.Loop, names: FitNames, length: LoopLength): void {
	if (length.inner) {
		unsupported(context, node, "a third loop inside of two");
		return;
	}
	if (node.head === "for") {
		unsupported(context, node, "a loop over a stream inside a loop");
		return;
	}
	const scope = inner(context);
	context.session.knowledge.scopes.set(node.body, scope.scope);
	for (const clause of node.clauses) unsupported(context, clause, `\`${clause.word}\` of an inner loop`);
	if (!node.count) {
		report(context, {
			code: "E0411",
			at: locate(context, node),
			message: "`repeat` says how often: `repeat 3 { .. }`",
		});
	} else {
		const count = checkCount(context, node.count);
		const known = count && asConstant(count);
		if (count && (known === undefined || known > mostUnrolled))
			unsupported(
				context,
				node.count,
				`an inner loop of more than ${mostUnrolled} turns, or of an open number,`,
			);
	}
	for (const statement of node.body.statements)
		checkStep(scope, statement, names, { ...length, inner: true });
}
