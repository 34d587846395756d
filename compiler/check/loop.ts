import type * as ast from "../../grammar/ast.js";
import {
	type Atom,
	add,
	asConstant,
	constant,
	type Dim,
	decideAtLeast,
	floorDiv,
	mul,
	variable,
} from "../dims/dim.js";
import { type Context, inner, locate, report, unsupported, within } from "./context.js";
import { bindPattern, infer, notBool } from "./expression.js";
import { checkMinimize } from "./objective.js";
import { checkStateWrite } from "./rule.js";
import { showDim, showType } from "./show.js";
import { asTensor } from "./stack.js";
import { checkIf, checkLet, checkStatement, notOne } from "./statement.js";
import { resolveDim } from "./type-node.js";
import { errorType, type ModelMember, type StreamType, scalar, type TensorType, type Type } from "./types.js";

/** The loops of a fit: how long they are, what a turn holds, and what is recorded of it. */

/** What a fit gives: its parts, states and tracks by name, and `.run`. */
export interface FitNames {
	readonly fields: { readonly name: string; readonly type: Type }[];
	readonly members: Map<string, ModelMember>;
	readonly violations: string[];
	readonly terms: Set<string>;
	readonly histories: { readonly name: string; readonly type: Type }[];
	/** How many steps its loops make; undefined where only running it tells. */
	steps: Dim | undefined;
	/** The sizes that only running it tells. */
	readonly openSizes: (Atom & { kind: "variable" })[];
	/** Whether there is a step whatever its options are. */
	hasSteps: boolean;
}

export function newFitNames(): FitNames {
	return {
		fields: [],
		members: new Map(),
		violations: [],
		terms: new Set(),
		histories: [],
		steps: constant(0),
		openSizes: [],
		hasSteps: false,
	};
}

/** A size of the result that every run has for itself. */
export function openSize(names: FitNames, name: string, minimum = 1): Dim {
	const { dim, atom } = variable(name, { minimum });
	names.openSizes.push(atom);
	return dim;
}

/** What is known of a loop's length; undefined where only running it tells. */
interface LoopLength {
	readonly head: ast.Loop["head"];
	readonly steps: Dim | undefined;
	readonly epochs: Dim | undefined;
	readonly stepsPerEpoch: Dim | undefined;
	readonly endsEarly: boolean;
	/** A loop inside a turn. */
	readonly inner?: boolean;
}

/** An inner loop is unrolled into the turn around it. */
const mostUnrolled = 16;

/** `let net = MLP(..)` would be a copy that is not trained: an error. */
export function checkFitLet(context: Context, node: ast.Let): void {
	checkLet(context, node);
	const type = context.session.knowledge.types.get(node.value);
	if (type?.kind !== "model" || node.value.kind !== "Call") return;
	const at = locate(context, node);
	const text = context.module.text.slice(
		context.offset + node.value.span.start,
		context.offset + node.value.span.end,
	);
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
	const scope = within(inner(context), { stage: "step" });
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
			at: {
				...locate(context, node),
				end: context.offset + (node.bindings.at(-1)?.span.end ?? node.span.start + 3),
			},
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

/** How often: a whole number known before running, at least 1. */
function checkCount(
	context: Context,
	node: ast.Expression,
	what = "a loop has at least one turn, and here it is",
): Dim | undefined {
	const count = resolveDim(context, node);
	if (!count) return undefined;
	const verdict = decideAtLeast(count, constant(1), context.facts);
	if (verdict.verdict === "holds") return count;
	report(context, {
		code: "E0325",
		at: locate(context, node),
		message: `${what} ${showDim(count)}`,
		...(verdict.settle && { hint: `add \`where ${verdict.settle}\` to the fit` }),
	});
	return undefined;
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

/** `until stalls(.track, n)`, or a condition on what the turn computes. */
function checkUntil(context: Context, node: ast.Expression, loop: ast.Loop): void {
	if (node.kind === "Call" && node.callee.kind === "Name" && node.callee.name === "stalls") {
		checkStalls(context, node, loop);
		return;
	}
	const type = infer(context, node);
	if (type.kind === "error" || type.kind === "Bool") return;
	if (type.kind !== "tensor" || type.element !== "bool") notBool(context, node, type);
	else if (type.shape.dims.length > 0 || type.shape.rest) notOne(context, node, type);
}

function checkStalls(context: Context, node: ast.Call, loop: ast.Loop): void {
	const [place, patience, extra] = node.arguments;
	const tracks = loop.body.statements.flatMap((s) =>
		s.kind === "Track" && s.name.kind === "Identifier" ? [s.name.name] : [],
	);
	const named =
		place?.value.kind === "Field" && place.value.base.kind === "Root" ? place.value.name : undefined;
	const refuse = (at: ast.Expression, message: string, hint?: string): void =>
		report(context, {
			code: "E0431",
			at: locate(context, at),
			message,
			hint: hint ?? `for example \`until stalls(.${tracks[0] ?? "accuracy"}, 5)\``,
		});
	if (!place || !patience || extra) {
		refuse(node, "`stalls` takes a track of its loop and a number of times");
		return;
	}
	if (named?.kind !== "Identifier" || !tracks.includes(named.name)) {
		if (named?.kind === "Identifier")
			refuse(
				place.value,
				`this loop has no track \`${named.name}\``,
				tracks.length === 0 ? `track it in the loop: \`track ${named.name} = ..\`` : undefined,
			);
		else refuse(place.value, "`stalls` takes a track of its loop: `.` and its name");
		return;
	}
	const { name } = named;
	const track = loop.body.statements.find(
		(s): s is ast.Track => s.kind === "Track" && s.name.kind === "Identifier" && s.name.name === name,
	);
	const type = track && context.session.knowledge.types.get(track.name);
	if (type) context.session.knowledge.types.set(place.value, type);
	if (type?.kind === "tensor" && (type.shape.dims.length > 0 || type.shape.rest))
		refuse(place.value, `what stalls is one number, and this is ${showType(type)}`);
	checkCount(context, patience.value, "a track is watched at least once, and here it is");
}

/** Whether its steps have a loss. */
function holdsStep(node: ast.Statement): boolean {
	if (node.kind === "Minimize") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsStep);
	return node.kind === "IfStatement" && branches(node).some(holdsStep);
}

export function holdsTrack(node: ast.Statement): boolean {
	if (node.kind === "Track") return true;
	if (node.kind === "Loop") return node.body.statements.some(holdsTrack);
	return node.kind === "IfStatement" && branches(node).some(holdsTrack);
}

function branches(node: ast.IfStatement): readonly ast.Statement[] {
	const otherwise = node.else?.kind === "Block" ? node.else.statements : node.else ? [node.else] : [];
	return [...node.then.statements, ...otherwise];
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
		case "IfStatement":
			checkIf(context, node, (scope, statement) => {
				if (statement.kind === "Track" && !length.inner)
					unsupported(scope, statement, "a track that depends on an `if`");
				else checkStep(scope, statement, names, length);
			});
			return;
		case "Loop":
			checkInnerLoop(context, node, names, length);
			return;
		default:
			checkStatement(context, node);
	}
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

/** `length` is that of the loop around. */
export function checkTrack(
	context: Context,
	node: ast.Track,
	names: FitNames,
	length: LoopLength | undefined,
): void {
	const type = infer(context, node.value);
	const times = length && checkRhythm(context, node, length);
	if (!length && node.every) {
		report(context, {
			code: "E0430",
			at: locate(context, node.every),
			message: "a track outside the loops is taken once",
			hint: "move it into the loop, or drop `every`",
		});
	}
	if (node.name.kind === "Missing") return;
	const { name } = node.name;
	const value: Type =
		type.kind === "Int" ? scalar("int") : type.kind === "Real" ? scalar("real") : (asTensor(type) ?? type);
	if (value.kind !== "tensor" && value.kind !== "error") {
		report(context, {
			code: "E0413",
			at: locate(context, node.value),
			message: `a track is a tensor, and this is ${showType(type)}`,
		});
	}
	if (names.fields.some((f) => f.name === name)) {
		report(context, {
			code: "E0207",
			at: locate(context, node.name),
			message: `\`${name}\` is declared twice`,
		});
	} else if (length && name === "loss") {
		report(context, {
			code: "E0207",
			at: locate(context, node.name),
			message: "`loss` is recorded at every step already",
			hint: "it is `.run.history.loss`: give this track another name",
		});
	}
	names.fields.push({ name, type: value });
	if (length)
		names.histories.push({ name, type: historyOf(value, times ?? openSize(names, `${name}.times`)) });
	context.session.knowledge.types.set(node.name, value);
}

function historyOf(type: Type, times: Dim): Type {
	if (type.kind !== "tensor" || type.shape.rest) return errorType;
	const { element, below } = type;
	return {
		kind: "tensor",
		element,
		shape: { dims: [times, ...type.shape.dims] },
		...(below && { below }),
	} satisfies TensorType;
}

/** How often a track is taken; undefined where only running it tells. */
function checkRhythm(context: Context, node: ast.Track, length: LoopLength): Dim | undefined {
	const { every } = node;
	const byEpochs = every?.unit.name.startsWith("epoch") && length.epochs;
	const whole = byEpochs ? length.epochs : length.steps;
	const kept = (times: Dim | undefined): Dim | undefined => {
		if (every && times && asConstant(times) === 0) {
			report(context, {
				code: "E0430",
				at: locate(context, every),
				message: `this is never taken${whole ? `: the loop has ${showDim(whole)} ${byEpochs ? "epochs" : "steps"}` : ""}`,
			});
		}
		return length.endsEarly ? undefined : times;
	};
	if (!every) return kept(length.steps);
	const interval = every.amount
		? checkCount(context, every.amount, "between two times there is at least one turn, and here it is")
		: constant(1);
	if (!interval) return undefined;
	switch (every.unit.name) {
		case "step":
		case "steps":
			return kept(length.steps && floorDiv(length.steps, interval));
		case "epoch":
		case "epochs":
			if (length.head === "repeat") {
				report(context, {
					code: "E0411",
					at: locate(context, every),
					message: "epochs are counted over a stream, and `repeat` has none",
					hint: "say it in steps: `every 10 steps`",
				});
				return undefined;
			}
			if (length.epochs) return kept(floorDiv(length.epochs, interval));
			return kept(
				length.steps && length.stepsPerEpoch && floorDiv(length.steps, mul(interval, length.stepsPerEpoch)),
			);
		default:
			report(context, {
				code: "E0430",
				at: locate(context, every.unit),
				message: `a track is taken \`every epoch\` or \`every 10 steps\`, not by \`${every.unit.name}\``,
			});
			return undefined;
	}
}
