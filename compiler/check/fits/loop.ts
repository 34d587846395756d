import type * as ast from "../../../grammar/ast.js";
import { branchStatements } from "../../../grammar/branches.js";
import { patternNames } from "../../../grammar/free-names.js";
import { add, constant, type Dim, decideAtLeast, mul, sub } from "../../dims/dim.js";
import { type Context, inner, locate, report, unsupported, within } from "../context.js";
import { checkAssign } from "../expressions/assign.js";
import { bindPattern, infer } from "../expressions/expression.js";
import { checkMatch } from "../expressions/match-statement.js";
import { checkIf, checkLet, checkStatement } from "../expressions/statement.js";
import { checkConcerned } from "../rules/held.js";
import { checkSubjectTo } from "../rules/subject.js";
import { conditionFor, conditionForCase } from "../signatures/conditions.js";
import { isOverOptions } from "../signatures/leaf-condition.js";
import { restInLoop } from "../signatures/rests.js";
import { unstacked } from "../signatures/stack-type.js";
import { resolveDim } from "../signatures/type-node.js";
import { asTensor } from "../trees/stack.js";
import { showType } from "../types/show.js";
import { errorType, type StreamType, scalar, type Type } from "../types/types.js";
import {
	checkAtLeast,
	checkCount,
	type FitNames,
	type LoopLength,
	negativeTurns,
	noteSubject,
	underCondition,
} from "./fit-names.js";
import { noteComputedOnce } from "./influence.js";
import { inKernel } from "./kernel.js";
import { checkMinimize } from "./objective.js";
import { checkStale } from "./stale.js";
import { checkEnds } from "./time-limit.js";
import { checkTrack } from "./track.js";

/** The loops of a fit: how long they are, and what a turn holds. */

/** `let net = MLP(..)` would be a copy that is not trained: an error. */
export function checkFitLet(context: Context, node: ast.Let): void {
	checkLet(context, node);
	for (const name of patternNames(node.pattern)) {
		const binding = context.scope.names.get(name);
		if (binding && context.stage === "fit" && binding.type.kind !== "function") noteComputedOnce(binding);
	}
	const type = context.session.knowledge.types.get(node.value);
	if (type?.kind !== "model" || node.value.kind !== "Call" || !isMadeAnew(context, node.value)) return;
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

/** What a function makes of other models, as `argmin` does, is computed; `MLP(..)` has a start of its own. */
function isMadeAnew(context: Context, { callee }: ast.Call): boolean {
	const type = context.session.knowledge.types.get(callee);
	return type?.kind === "declaration" && type.symbol.role === "model";
}

export function checkLoop(context: Context, node: ast.Loop, names: FitNames): void {
	const scope = inKernel(
		within(inner(context), { stage: "step" }),
		"a turn of this loop",
		locate(context, headOf(node)),
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
	const turns = node.head === "for" ? checkTurns(context, scope, node) : undefined;
	const stream = node.head === "for" && !turns ? checkStreams(context, scope, node) : undefined;
	if (node.head === "for" && !turns && !stream) names.isUncounted = true;
	for (const clause of node.clauses) checkClause(context, clause, node);
	if (stream && !node.clauses.some((c) => c.word === "epochs" || c.word === "steps"))
		tellEndless(context, node);
	const length = turns
		? { ...lengthOfLoop(context, node, stream), ...turns, head: "repeat" as const }
		: lengthOfLoop(context, node, stream);
	for (const statement of node.body.statements) checkStep(scope, statement, names, length);
	checkEnds(context, scope, node);
	checkStale(scope, node.body);
	checkConcerned(scope, node.body.statements);
	if (holdsStep(node)) {
		const { steps } = length;
		names.hasSteps = true;
		names.steps = names.steps && steps && !length.endsEarly ? add(names.steps, steps) : undefined;
	}
}

/** A step outside the loops is a loop of one turn. */
export function checkSingleStep(context: Context, node: ast.Minimize, names: FitNames): void {
	const scope = inKernel(within(inner(context), { stage: "step" }), "this step", locate(context, node));
	for (const term of checkMinimize(scope, node)) names.terms.add(term);
	names.hasSteps = true;
	names.steps = names.steps && add(names.steps, constant(1));
}

function tellEndless(context: Context, node: ast.Loop): void {
	report(context, {
		code: "E0411",
		at: locate(context, {
			span: { start: node.span.start, end: node.bindings.at(-1)?.span.end ?? node.span.start + 3 },
		}),
		message: "a stream is endless: the loop says how long",
		hint: "add `epochs 20` or `steps 1000`",
	});
}

/** Its first line, up to the body. */
function headOf(node: ast.Loop): { readonly span: ast.Loop["span"] } {
	return { span: { start: node.span.start, end: node.body.span.start } };
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

/** `for i in 0..100`, over a range or a size: the name is the number of the turn. `for x in xs`: over rows, in their order. */
function checkTurns(context: Context, scope: Context, node: ast.Loop): Pick<LoopLength, "steps"> | undefined {
	const [binding, second] = node.bindings;
	if (!binding?.source || second || binding.pattern.kind === "Rest") return undefined;
	const type = infer(context, binding.source);
	const [from, to] =
		type.kind === "range"
			? [type.from ?? constant(0), type.to]
			: [constant(0), type.kind === "Int" ? type.value : undefined];
	const rows = rowsOf(context, type);
	if ((type.kind !== "range" && type.kind !== "Int" && !rows) || !(to ?? rows)) return undefined;
	const steps = rows?.size ?? sub(to ?? from, from);
	if (!rows) checkAtLeast(context, binding.source, steps, 0, "E0326", negativeTurns);
	for (const clause of node.clauses) {
		if (clause.word === "until") continue;
		report(context, {
			code: "E0411",
			at: locate(context, clause),
			message: `this loop is as long as ${rows ? "what it runs over" : "its range"}: it takes no \`${clause.word}\``,
		});
	}
	const isIndex = decideAtLeast(from, constant(0), context.facts).verdict === "holds";
	bindPattern(scope, binding.pattern, rows?.one ?? scalar("int", isIndex ? to : undefined));
	return { steps };
}

/** The rows of a tensor, of numbers in a list, or of tensors side by side. */
function rowsOf(context: Context, type: Type): { readonly size: Dim; readonly one: Type } | undefined {
	if (type.kind === "tuple")
		return type.elements.length > 0 && type.elements.every((e) => e.type.kind === "tensor")
			? unstacked(context, type)
			: undefined;
	const tensor = type.kind === "tensor" || type.kind === "list" ? asTensor(type) : undefined;
	return tensor && unstacked(context, tensor);
}

/** The streams that give the turns, side by side: the first one counts the epochs. */
function checkStreams(context: Context, scope: Context, node: ast.Loop): StreamType | undefined {
	let stream: StreamType | undefined;
	for (const binding of node.bindings) {
		const source = binding.source && infer(context, binding.source);
		if (binding.pattern.kind === "Rest") {
			restInLoop(context, binding.pattern);
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
			} else
				unsupported(
					context,
					binding.source,
					`a loop of a fit over ${showType(source)}`,
					"it runs over a range, the rows of tensors, or batches of a data set",
				);
		}
		const isCut = context.anchor.isBroken(locate(context, binding.pattern));
		bindPattern(scope, binding.pattern, source?.kind === "stream" && !isCut ? source.item : errorType);
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
			} else refuseSecondLength(context, clause, node);
			checkCount(context, clause.value);
			return;
		case "steps":
			refuseSecondLength(context, clause, node);
			checkCount(context, clause.value);
			return;
		case "until":
			return;
		default:
			report(context, {
				code: "E0411",
				at: locate(context, clause),
				message: `a loop of a fit takes no \`${clause.word}\``,
				hint: "what not every turn does stands in an `if`: `if c { .. }`",
			});
			infer(context, clause.value);
	}
}

/** How long a loop is at most is said once; `until` ends it before. */
function refuseSecondLength(context: Context, clause: ast.Loop["clauses"][number], node: ast.Loop): void {
	const first = node.clauses.find((c) => c.word === "epochs" || c.word === "steps");
	const said = node.head === "repeat" ? node.count : first === clause ? undefined : first;
	if (!said) return;
	report(context, {
		code: "E0411",
		at: locate(context, clause),
		message: "how long this loop is has been said",
		related: [{ at: locate(context, said), label: "here" }],
		hint: "keep one of them; `until` ends a loop before",
	});
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
			checkAssign(context, node);
			return;
		case "Track":
			if (length.isInner && node.every) {
				infer(context, node.value);
				report(context, {
					code: "E0430",
					at: locate(context, node.every),
					message: "a track of a loop inside a turn is taken with the turn around, and has no `every`",
					notes: ["it is what it was at the last turn inside"],
					hint: "drop `every`; or track it below this loop, `every` so many turns of the one around",
				});
			} else checkTrack(context, node, names, length);
			return;
		case "SubjectTo":
			checkSubjectInLoop(context, node, names);
			return;
		case "IfStatement":
			checkIf(
				context,
				node,
				(scope, statement, isComputed) => {
					const isDecidedInTurn = isComputed || length.isDecidedInTurn === true;
					const condition = isComputed ? undefined : conditionFor(node, statement);
					checkBranchStep(scope, statement, names, { ...length, isDecidedInTurn }, condition);
				},
				true,
			);
			return;
		case "ExpressionStatement":
			if (node.value.kind === "Match") {
				const match = node.value;
				checkMatch(context, match, (scope, statement) =>
					checkBranchStep(scope, statement, names, length, conditionForCase(match, statement)),
				);
			} else checkStatement(context, node);
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
	noteSubject(context, node, names, checkSubjectTo(context, node));
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
function checkBranchStep(
	context: Context,
	node: ast.Statement,
	names: FitNames,
	length: LoopLength,
	condition?: ast.Expression,
): void {
	const isKnown = condition && isOverOptions(context, condition, true) && !length.isDecidedInTurn;
	if (holdsTrack(node) && !isKnown) tellConditional(context, node);
	else underCondition(names, condition, () => checkStep(context, node, names, length));
}

/** What a fit names is there or not by its options alone: who calls it knows what it gives. */
export function tellConditional(context: Context, node: ast.Statement): void {
	const isTrack = node.kind !== "Define" && node.kind !== "Leaf";
	report(context, {
		code: "E0467",
		at: locate(context, node),
		message: `whether there is this ${isTrack ? "track" : "part"} depends on more than options: what a fit gives is known where it is called`,
		notes: ["a condition over options compares them, their entries (`widths[0]`) and lengths"],
		hint: isTrack
			? "track it in every turn: `track x = if c then a else b`"
			: "own it above: what no step uses stays as it begins",
	});
}

/** A loop inside a turn is part of it: what it tells is that of its last turn. */
function checkInnerLoop(context: Context, node: ast.Loop, names: FitNames, length: LoopLength): void {
	const scope = inner(context);
	context.session.knowledge.scopes.set(node.body, scope.scope);
	const turns = node.head === "for" ? checkTurns(context, scope, node) : undefined;
	if (node.head === "for" && !turns) {
		const stream = checkStreams(context, scope, node);
		if (stream && !node.clauses.some((c) => c.word === "epochs" || c.word === "steps"))
			tellEndless(context, node);
	}
	for (const clause of node.clauses) checkClause(context, clause, node);
	if (node.head === "repeat" && node.count) checkCount(context, node.count);
	else if (node.head === "repeat") {
		report(context, {
			code: "E0411",
			at: locate(context, node),
			message: "`repeat` says how often: `repeat 3 { .. }`",
		});
	}
	for (const statement of node.body.statements)
		checkStep(scope, statement, names, { ...length, isInner: true });
	checkConcerned(scope, node.body.statements);
	checkEnds(context, scope, node, true);
}
