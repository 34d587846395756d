import type * as ast from "../../../grammar/ast.js";
import { asConstant, constant, type Dim, floorDiv, mul } from "../../dims/dim.js";
import { type Context, locate, report } from "../context.js";
import { notBool } from "../expressions/conditional.js";
import { infer } from "../expressions/expression.js";
import { notOne } from "../expressions/statement.js";
import type { Hint } from "../hint.js";
import { asTensor } from "../trees/stack.js";
import { inFront } from "../types/shape.js";
import { showDim, showType } from "../types/show.js";
import { errorType, scalar, type TensorType, type Type } from "../types/types.js";
import { checkInterval, type FitNames, type LoopLength, noteCondition, openSize } from "./fit-names.js";

/** What is recorded of a fit, and the loops that end by it. */

/** What every fit records. */
const recordedAlready: readonly string[] = ["loss", "violations", "multipliers"];

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
	const kept = value.kind === "tensor" ? value : errorType;
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
	} else if (length && recordedAlready.includes(name)) {
		report(context, {
			code: "E0207",
			at: locate(context, node.name),
			message: `\`${name}\` is recorded at every step already`,
			hint: `it is \`.run.history.${name}\`: give this track another name`,
		});
	}
	noteCondition(names, name);
	names.fields.push({ name, type: kept });
	if (length)
		names.histories.push({ name, type: historyOf(kept, times ?? openSize(names, `${name}.times`)) });
	context.session.knowledge.types.set(node.name, kept);
}

function historyOf(type: Type, times: Dim): Type {
	if (type.kind !== "tensor") return errorType;
	const { element, below } = type;
	return {
		kind: "tensor",
		element,
		shape: inFront([times], type.shape),
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
		? checkInterval(context, every.amount, "between two times there is at least one turn, and here it is")
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
					message: "epochs are counted over a stream, and this loop has none",
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

/** `until stalls(.track, n)`, or a condition on what the turn computes. */
export function checkUntil(context: Context, node: ast.Expression, loop: ast.Loop): void {
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
	const refuse = (at: ast.Expression, message: string, hint?: Hint): void =>
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
	checkInterval(context, patience.value, "a track is watched at least once, and here it is");
}
