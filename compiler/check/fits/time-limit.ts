import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import { infer } from "../expressions/expression.js";
import { asTensor } from "../trees/stack.js";
import { showType } from "../types/show.js";
import { checkUntil } from "./track.js";

/** `until 2 minutes`: how long is known before the loop, so that nothing of its turns is. */
export function checkTimeLimit(context: Context, clause: ast.Loop["clauses"][number], isInner = false): void {
	const { value } = clause;
	const type = infer(context, value);
	if (isInner) {
		report(context, {
			code: "E0411",
			at: locate(context, clause),
			message:
				"a loop inside a turn is part of the turn, which is one program without a clock: no time ends it",
			hint: "bound the outermost loop by a time, and this one by a condition or a number of turns",
		});
		return;
	}
	const number = asTensor(type);
	const isNumber =
		type.kind === "Int" ||
		type.kind === "Real" ||
		(number !== undefined &&
			number.shape.dims.length === 0 &&
			!number.shape.rest &&
			number.element !== "bool");
	const isNegative = value.kind === "Unary" && value.operator === "-";
	if (type.kind === "error" || (isNumber && !isNegative)) return;
	report(context, {
		code: "E0411",
		at: locate(context, value),
		message: isNumber ? "a time is not negative" : `a time is a number, and this is ${showType(type)}`,
		hint: "for example `until 2 minutes`",
	});
}

/** The clauses that end a loop before its last turn. `scope` is that of its turns. */
export function checkEnds(context: Context, scope: Context, loop: ast.Loop, isInner = false): void {
	for (const clause of loop.clauses) {
		if (clause.word !== "until") continue;
		if (clause.unit) checkTimeLimit(context, clause, isInner);
		else checkUntil(scope, clause.value, loop);
	}
}
