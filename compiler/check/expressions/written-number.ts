import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import { type Element, isRealElement, type Type } from "../types/types.js";

/**
 * Numbers that are written take the format of what they stand beside. One that it does not have is told here where the
 * format is certain: in a function of a file `real` is that of each call, and the run tells.
 */
export function checkWritten(
	context: Context,
	node: ast.Expression,
	type: Type,
	element: Element | undefined,
): void {
	if (element === undefined || !isRealElement(element)) return;
	const format = element === "real" ? (context.anyReal ? undefined : context.session.precision) : element;
	if (format === "f32") narrow(context, node, type);
}

function narrow(context: Context, node: ast.Expression, type: Type): void {
	switch (type.kind) {
		case "Real":
			if (type.value !== undefined) refuseBeyond(context, node, type.value);
			return;
		case "Int":
			warnRounded(context, node);
			return;
		case "list": {
			const written = node.kind === "List" && node.elements.length === type.elements?.length;
			for (const [i, entry] of (type.elements ?? []).entries())
				narrow(context, (written && node.elements[i]) || node, entry);
		}
	}
}

function refuseBeyond(context: Context, node: ast.Expression, value: number): void {
	const narrowed = Math.fround(value);
	const isLost = narrowed === 0 && value !== 0;
	if ((Number.isFinite(narrowed) && !isLost) || !Number.isFinite(value)) return;
	report(context, {
		code: "E0392",
		at: locate(context, node),
		message: `${String(value).replace("e+", "e")} is no f32: it would be ${isLost ? "0" : value > 0 ? "infinite" : "minus infinite"}`,
		hint: "an f32 has numbers from 1.4e-45 to 3.4e38, and an f64 more: write `precision f64` in the program",
	});
}

/** A whole number looks exact. */
function warnRounded(context: Context, node: ast.Expression): void {
	if (node.kind === "Parenthesized") warnRounded(context, node.inner);
	if (node.kind === "Unary") warnRounded(context, node.operand);
	if (node.kind !== "Number" || !node.integer || Math.fround(node.value) === node.value) return;
	const at = locate(context, node);
	const rounded = Math.fround(node.value);
	report(context, {
		code: "E0393",
		severity: "warning",
		at,
		message: `${node.value} is rounded to ${rounded}: an f32 has whole numbers up to 16777216, and only some beyond`,
		hint: `write \`${node.value}.0\` where that is meant, or \`precision f64\` in the program`,
		fixes: [
			{
				title: "Write it as a real number",
				edits: [{ at: { file: at.file, start: at.end, end: at.end }, replacement: ".0" }],
			},
		],
	});
}

/** A number that not even 64 bits hold. */
export function refuseUnrepresented(context: Context, node: ast.NumberLiteral, text: string): void {
	const isLost = node.value === 0 && !node.integer && /[1-9]/.test(text.split(/e/i)[0] ?? "");
	if (Number.isFinite(node.value) && !isLost) return;
	report(context, {
		code: "E0392",
		at: locate(context, node),
		message: `no format has this number: it would be ${isLost ? "0" : "infinite"}`,
		hint: "an f64 has numbers from 4.9e-324 to 1.8e308",
	});
}
