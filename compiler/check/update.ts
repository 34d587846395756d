import type * as ast from "../../grammar/ast.js";
import { asConstant } from "../dims/dim.js";
import { arithmeticElement } from "./arithmetic.js";
import { applyTo } from "./call.js";
import { type Context, locate, report, unsupported, within } from "./context.js";
import { explainMismatch } from "./explain.js";
import { infer } from "./expression.js";
import { Matcher } from "./match.js";
import { showType } from "./show.js";
import { asTensor } from "./stack.js";
import { errorType, noQuantified, type Type, tensor } from "./types.js";

type Update = ast.With["updates"][number];

/** `e with { place = v }`: a changed copy, in which every part keeps its type. */
export function inferWith(context: Context, node: ast.With): Type {
	const base = infer(context, node.base);
	let result = base;
	for (const update of node.updates) {
		const changed = inferUpdate(context, update, base);
		if (result.kind !== "error")
			result = changed ? replaced(context, update.place, result, changed) : errorType;
	}
	return result;
}

/** The type of the new part; undefined after a mistake. */
function inferUpdate(context: Context, update: Update, base: Type): Type | undefined {
	if (update.operator === "by") {
		unsupported(context, update, "`by` in a `with`");
		return undefined;
	}
	const sound = base.kind !== "error" && isPlace(context, update.place, base);
	const old = sound ? infer(within(context, { root: base }), update.place) : errorType;
	const given = infer(context, update.value, update.operator === "=" ? old : undefined);
	if (old.kind === "error" || given.kind === "error") return undefined;
	const next = newPart(context, update, old, given);
	if (next.kind === "error") return undefined;
	const matcher = new Matcher(noQuantified, context.facts);
	// A static part may take another value of its kind, and one number fills a tensor.
	const wanted: Type = old.kind === "Int" ? { kind: "Int" } : old;
	const number = asTensor(next);
	const filled =
		old.kind === "tensor" && number && number.shape.dims.length === 0 && !number.shape.rest
			? { ...old, shape: { dims: [] } }
			: wanted;
	const mismatch = matcher.match(filled, next) ?? matcher.finish();
	if (!mismatch) return old.kind === "Int" ? next : old;
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0345",
		at: locate(context, update.value),
		message: `this place is ${showType(old)}, and its new value is ${showType(next)}`,
		related: [{ at: locate(context, update.place), label: showType(old) }],
		notes: mismatch.kind === "dim" ? [why.message, ...why.notes] : why.notes,
		...(why.hint && { hint: why.hint }),
	});
	return undefined;
}

function newPart(context: Context, update: Update, old: Type, given: Type): Type {
	if (update.operator === "=") return given;
	if (update.operator === "|>") return applyTo(context, update.value, given, [old]);
	if (old.kind === "Int" && given.kind === "Int") return { kind: "Int" };
	if ((old.kind === "Int" || old.kind === "Real") && (given.kind === "Int" || given.kind === "Real"))
		return { kind: "Real" };
	const [a, b] = [asTensor(old), asTensor(given)];
	if (!a || !b) {
		report(context, {
			code: "E0302",
			at: locate(context, a ? update.value : update.place),
			message: `\`+=\` needs numbers, and this is ${showType(a ? given : old)}`,
		});
		return errorType;
	}
	return tensor(arithmeticElement("+", a, b), b.shape.dims.length === 0 && !b.shape.rest ? a.shape : b.shape);
}

/** Fields of records, and positions of tensors and lists. */
function isPlace(context: Context, place: ast.Expression, root: Type): boolean {
	switch (place.kind) {
		case "Root":
			if (root.kind === "tuple" || root.kind === "list" || root.kind === "tensor") return true;
			unsupported(context, place, `\`with\` on ${showType(root)}`);
			return false;
		case "Field": {
			if (!isPlace(context, place.base, root)) return false;
			const base = infer(within(context, { root }), place.base);
			const transpose = base.kind === "tensor" && place.name.kind === "Identifier" && place.name.name === "T";
			// What has no such field is refused where the place is read.
			if (base.kind !== "model" && base.kind !== "table" && !transpose) return true;
			unsupported(context, place, `a field of ${showType(base)} as a place`);
			return false;
		}
		case "Index":
			return isPlace(context, place.base, root) && place.items.every((item) => isPosition(context, item));
		case "Missing":
			return false;
		default:
			unsupported(context, place, "this place in a `with`");
			return false;
	}
}

function isPosition(context: Context, item: ast.Expression): boolean {
	if (item.kind === "FullSlice" || item.kind === "Range") return true;
	const index = item.kind === "Rest" ? undefined : infer(context, item);
	if (index && index.kind !== "list" && (index.kind !== "tensor" || index.shape.dims.length === 0))
		return true;
	unsupported(context, item, "a place of several indices");
	return false;
}

/** The type of the whole, once the part at a place is of another type. */
function replaced(context: Context, place: ast.Expression, root: Type, part: Type): Type {
	if (place.kind !== "Field" && place.kind !== "Index") return part;
	const base = infer(within(context, { root }), place.base);
	if (base.kind === "tuple" && place.kind === "Field" && place.name.kind === "Identifier") {
		const { name } = place.name;
		const elements = base.elements.map((e, i) =>
			e.name === name || String(i) === name ? { ...e, type: part } : e,
		);
		return replaced(context, place.base, root, { ...base, elements });
	}
	if (base.kind === "list" && place.kind === "Index" && place.items.length === 1) {
		const index = infer(context, place.items[0] as ast.Expression);
		const at = index.kind === "Int" && index.value ? asConstant(index.value) : undefined;
		if (base.elements && at !== undefined) {
			const elements = base.elements.map((e, i) => (i === at ? part : e));
			return replaced(context, place.base, root, { ...base, elements });
		}
	}
	return replaced(context, place.base, root, asTensor(base) ?? base);
}
