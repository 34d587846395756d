import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";
import { joinTensors } from "../trees/stack.js";
import { showType } from "./show.js";
import {
	type Element,
	type Format,
	isRealElement,
	type ModelType,
	type TensorType,
	type Type,
} from "./types.js";
import { visitType } from "./visit-type.js";

/** Real numbers of two formats do not meet: one of them is converted, where it is written. */

interface Operand {
	readonly node: ast.Expression;
	readonly type: TensorType;
	/** Of complex numbers: what they are, where `type` is one part. */
	readonly shown?: Type;
}

/** The element of what is made of both; reports reals of two formats. */
export function meet(context: Context, left: Operand, right: Operand): Element | undefined {
	const element = joinTensors(left.type, right.type);
	if (element) return element;
	const into = left.type.element === "real" || right.type.element === "real" ? "real" : "f64";
	const [from, to] = into === "real" ? realFirst(left, right) : f64First(left, right);
	const { span } = from.node;
	const at = locate(context, from.node);
	const shownLeft = showType(left.shown ?? left.type);
	const shownRight = showType(right.shown ?? right.type);
	const converted = ({ shown }: Operand, { element }: TensorType): string =>
		shown ? `complex(${element}(z.re), ${element}(z.im))` : `${element}(..)`;
	report(context, {
		code: "E0391",
		at: locate(context, right.node),
		message: `these are reals of two formats: ${shownLeft} and ${shownRight}`,
		label: shownRight,
		related: [{ at: locate(context, left.node), label: shownLeft }],
		hint: `convert one of them: \`${converted(from, to.type)}\` of ${from === right ? "this one" : "the other"}, or \`${converted(to, from.type)}\` of ${from === right ? "the other" : "this one"}`,
		...(span.end > span.start &&
			!from.shown && {
				fixes: [
					{
						title: `Convert it by \`${to.type.element}(..)\``,
						edits: [
							{ at: { file: at.file, start: at.start, end: at.start }, replacement: `${to.type.element}(` },
							{ at: { file: at.file, start: at.end, end: at.end }, replacement: ")" },
						],
					},
				],
			}),
	});
	return undefined;
}

/** What is converted, and to what: a declared format stands, `real` gives way. */
function realFirst(left: Operand, right: Operand): [Operand, Operand] {
	return left.type.element === "real" ? [left, right] : [right, left];
}

/** The narrower one is converted. */
function f64First(left: Operand, right: Operand): [Operand, Operand] {
	return left.type.element === "f32" ? [left, right] : [right, left];
}

/** Whether a value has reals of a format of its own, whatever `real` is. A model that owns itself is looked at once. */
export function hasOwnFormat(type: Type, seen: ReadonlySet<object> = new Set()): boolean {
	switch (type.kind) {
		case "tensor":
			return type.element === "f32" || type.element === "f64";
		case "tuple":
			return type.elements.some((e) => hasOwnFormat(e.type, seen));
		case "list":
			return type.elements?.some((e) => hasOwnFormat(e, seen)) ?? false;
		case "stack":
			return hasOwnFormat(type.of, seen);
		case "model": {
			const { declaration } = type;
			if (seen.has(declaration)) return false;
			const inside = new Set([...seen, declaration]);
			return [...declaration.members.values()].some(
				({ role, type: own }) => role !== "method" && hasOwnFormat(own, inside),
			);
		}
		default:
			return false;
	}
}

/**
 * The format of a call is that of the models in its arguments, too: they are converted to it, and those that it gives
 * back to the caller's. What has a format of its own is not: there a call in another one has no models.
 */
export function refuseModels(
	context: Context,
	node: ast.Expression,
	format: Format | undefined,
	types: () => readonly Type[],
): boolean {
	if (format === undefined || format === "real") return true;
	const found: ModelType[] = [];
	for (const type of types())
		visitType(type, { model: (model) => void (hasOwnFormat(model) && found.push(model)) });
	const [model] = found;
	if (!model) return true;
	report(context, {
		code: "E0391",
		at: locate(context, node),
		message: `this call is in ${format}, and ${showType(model)} has parameters in a format of their own`,
		related: [{ at: model.declaration.at, label: `${model.declaration.name} is declared here` }],
		notes: ["a model is converted to the format of a call; what names its format itself stays as it is"],
		hint: "convert the arguments to the program's format: `real(x)`",
	});
	return false;
}

/** The element of what is made of all of them; reports reals of two formats. */
export function meetAll(context: Context, operands: readonly Operand[]): Element | undefined {
	let [first, ...others] = operands;
	for (const other of others) {
		const element = first && meet(context, first, other);
		if (!first || !element) return undefined;
		const { below: _, ...type } = first.type;
		first = { ...first, type: { ...type, element, literal: first.type.literal && other.type.literal } };
	}
	return first?.type.element;
}

/** Whole numbers and truth values become `real`, reals stay as they are. */
export function asReal(element: Element): Element {
	return isRealElement(element) ? element : "real";
}

/** Truth values become ints, numbers stay as they are. */
export function asNumber(element: Element): Element {
	return element === "bool" ? "int" : element;
}
