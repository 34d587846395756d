import type * as ast from "../../../grammar/ast.js";
import { holdsSlice, isGlob } from "../../../grammar/places.js";
import { type Context, locate, report, within } from "../context.js";
import { applyTo } from "../expressions/call.js";
import { infer } from "../expressions/expression.js";
import { beginsAnew, reparametrized } from "../rules/reparam.js";
import { noPlaceForRest } from "../signatures/rests.js";
import { explainMismatch } from "../types/explain.js";
import { knownNumber } from "../types/known-number.js";
import { Matcher } from "../types/match.js";
import { asNumber, meet } from "../types/precision.js";
import { showType } from "../types/show.js";
import { errorType, noQuantified, type PlaceLeaf, type Type, tensor, withoutValues } from "../types/types.js";
import { outermost } from "./place-sets.js";
import { matchesNothing, placesOf } from "./places.js";
import { asTensor } from "./stack.js";
import { changeAt, type MakePart, partOfOne, plainType, tellApart } from "./tree-change.js";

type Update = ast.With["updates"][number];

/** `e with { place = v }`: a changed copy, in which every part keeps its type. */
export function inferWith(context: Context, node: ast.With): Type {
	const base = infer(context, node.base);
	let result = base;
	for (const update of node.updates) {
		const places = base.kind === "error" ? undefined : updatedPlaces(context, update, base);
		if (!places) {
			infer(context, update.value);
			result = errorType;
			continue;
		}
		for (const place of places) {
			const part = inferUpdate(context, update, place);
			if (result.kind !== "error") result = part ? changeAt(context, update, result, place, part) : errorType;
		}
	}
	return withoutValues(result);
}

/** What an update changes; undefined after a mistake. */
export function updatedPlaces(context: Context, update: Update, root: Type): PlaceLeaf[] | undefined {
	const inside = within(context, { root });
	if (!isPlace(inside, update.place, root)) return undefined;
	const found = placesOf(inside, update.place);
	if (!found) return undefined;
	if (found.length === 0) {
		// A field that is not there is told as of any other use of it.
		if (update.place.kind !== "Field" || infer(inside, update.place).kind !== "error")
			matchesNothing(inside, update.place);
		return undefined;
	}
	if (!isGlob(update.place)) return found;
	// A glob means the tensors and numbers, where there are any; a path that is spelled out, what stands there.
	const numeric = found.filter((p) => ["tensor", "Int", "Real"].includes(p.type.kind));
	return numeric.length > 0 ? outermost(numeric, context.facts) : found;
}

/** The new part; undefined after a mistake. */
export function inferUpdate(context: Context, update: Update, place: PlaceLeaf): MakePart | undefined {
	const old = plainType(place.type);
	const given = infer(context, update.value, update.operator === "=" ? old : undefined);
	if (update.operator === "by") {
		if (place.steps?.at(-1)?.kind === "field" && place.type.kind === "tensor" && place.inModel)
			return attach(context, update, given, place);
		if (given.kind !== "error") noParameter(context, update, place);
		return undefined;
	}
	if (place.form && !place.isState && !beginsAnew(context, update.place, weightOf(place), place.form))
		return undefined;
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
	if (!mismatch) {
		const type = old.kind === "model" ? next : withValuesOf(old, next);
		// What is frozen stays so, and what is computed from others.
		return (_, form) => ({ type, ...((form?.frozen || form?.reparametrized) && { form }) });
	}
	const why = explainMismatch(mismatch);
	report(context, {
		code: "E0345",
		at: locate(context, update.value),
		message: `${place.path === "" ? "this place" : `\`${place.path}\``} is ${showType(old)}, and its new value is ${showType(next)}`,
		related: [{ at: locate(context, update.place), label: showType(old) }],
		notes: mismatch.kind === "dim" ? [why.message, ...why.notes] : why.notes,
		...(why.hint && { hint: why.hint }),
	});
	return undefined;
}

/** A part keeps its type, and what is known of its value is that of the new one. */
function withValuesOf(old: Type, next: Type): Type {
	switch (old.kind) {
		case "Real": {
			const value = knownNumber(next);
			return { kind: "Real", ...(value !== undefined && { value }) };
		}
		case "Int":
		case "Bool":
		case "String":
			return next.kind === old.kind ? next : { kind: old.kind };
		case "variant": {
			const { value: _, ...any } = old;
			const value = next.kind === "variant" ? next.value : undefined;
			return value === undefined ? any : { ...any, value };
		}
		case "list": {
			const entries = next.kind === "list" ? next.elements : undefined;
			if (!old.elements) return old;
			return { ...old, elements: old.elements.map((e, i) => withValuesOf(e, entries?.[i] ?? errorType)) };
		}
		case "tuple": {
			const fields = next.kind === "tuple" ? next.elements : [];
			return {
				...old,
				elements: old.elements.map((e, i) => {
					const other = e.name === undefined ? fields[i] : fields.find((f) => f.name === e.name);
					return { ...e, type: withValuesOf(e.type, other?.type ?? errorType) };
				}),
			};
		}
		default:
			return old;
	}
}

/** Of elements of a weight, the weight. */
function weightOf({ path, steps }: PlaceLeaf): { readonly path: string } {
	return { path: steps?.at(-1)?.kind === "elements" ? path.slice(0, path.lastIndexOf("[")) : path };
}

function attach(context: Context, update: Update, given: Type, place: PlaceLeaf): MakePart | undefined {
	if (place.isConstrained) {
		report(context, {
			code: "E0421",
			at: locate(context, update.place),
			message: `\`${place.path}\` is declared \`in\` a constraint: a reparametrization would have other parameters in its place, which it does not hold`,
			hint: "declare it without the constraint, or `in C by R(..)` with a reparametrization that holds it",
		});
		return undefined;
	}
	if (place.steps?.some((s) => s.kind === "elements")) {
		tellApart(context, update.place);
		return undefined;
	}
	// Of a stack, each weight by itself.
	const { stacked = 0 } = place;
	const one = partOfOne(place.type, stacked);
	if (!reparametrized(context, update.value, given, { ...place, type: one })) return undefined;
	// Of a list of unknown length, each entry has sizes of its own.
	return (type, form) => {
		const own = partOfOne(type, stacked);
		const made = reparametrized(context, update.value, given, { ...place, type: own, form: form ?? {} });
		return { type, ...(made && { form: made }) };
	};
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
	const element = meet(
		context,
		{ node: update.place, type: a },
		{ node: update.value ?? update.place, type: b },
	);
	if (!element) return errorType;
	return tensor(asNumber(element), b.shape.dims.length === 0 && !b.shape.rest ? a.shape : b.shape);
}

/** Fields of records and models, positions of tensors and lists, and sets of them. */
function isPlace(context: Context, place: ast.Expression, root: Type): boolean {
	switch (place.kind) {
		case "Root":
			if (["tuple", "list", "tensor", "model", "table"].includes(root.kind)) return true;
			if (root.kind === "stack" && root.of.kind === "model") return true;
			if (root.kind !== "error")
				report(context, {
					code: "E0345",
					at: locate(context, place),
					message: `\`with\` changes parts of a record, a tensor, a list or a model, and this is ${showType(root)}`,
					hint: instead(root),
				});
			return false;
		case "Field": {
			if (!isPlace(context, place.base, root)) return false;
			const name = place.name.kind === "Identifier" ? place.name.name : "";
			if (isGlob(place.base) || holdsSlice(place.base)) return true;
			const found = infer(context, place.base);
			const base = found.kind === "stack" ? found.of : found;
			const isFixed =
				(base.kind === "table" && !base.columns.some((c) => c.name === name)) ||
				(base.kind === "tensor" && name === "T") ||
				(base.kind === "model" && !isMember(base, name));
			// What has no such field is refused where the place is read.
			if (
				!isFixed ||
				(base.kind === "model" && !base.configuration.has(name) && !base.declaration.members.has(name))
			)
				return true;
			report(context, {
				code: "E0345",
				at: locate(context, place.name),
				message: `\`${name}\` of ${showType(base)} cannot be set`,
				notes:
					base.kind === "model" ? ["an option, a `let` or a method of a model is what it was made with"] : [],
				...(name === "T" && { hint: "set the elements of the tensor itself: `w = v.T`" }),
			});
			return false;
		}
		case "Index":
			return (
				isPlace(context, listOfEntries(place.base), root) &&
				place.items.every((item) => isPosition(context, item)) &&
				onlyOneOfSeveral(context, place.items)
			);
		case "Places":
		case "Parenthesized": {
			const base = place.kind === "Places" ? place.base : place.inner;
			return isPlace(context, place.kind === "Places" ? listOfEntries(base) : base, root);
		}
		case "Tuple":
			return place.elements.every((e) => isPlace(context, e.value, root));
		case "Binary":
			if (place.operator === "except")
				return isPlace(context, place.left, root) && isPlace(context, place.right, root);
			break;
		case "Call": {
			const argument = place.arguments[0]?.value;
			const { callee } = place;
			if (argument && callee.kind === "Name" && (callee.name === "first" || callee.name === "last"))
				return isPlace(context, listOfEntries(argument), root);
			if (isSomeEntries(place)) {
				tellListOfEntries(context, place);
				return false;
			}
			break;
		}
		case "Name":
			// Of `name.part <- v`, where the whole is named.
			if (["part", "param", "state"].includes(context.scope.find(place.name)?.role ?? "")) return true;
			break;
		case "Missing":
			return false;
		default:
			break;
	}
	report(context, {
		code: "E0426",
		at: locate(context, place),
		message: "this is no place: an update says what it changes by a path from the value",
		hint: "for example `rate = 0.1`, `layers[0].bias += 1`, `[i, :] = v`, `.**.weight |> f`",
	});
	return false;
}

/** What stands in the place of a `with` of what has no places. */
function instead(root: Type): string {
	switch (root.kind) {
		case "variant":
			return "make another one, with what a `match` finds in it";
		case "function":
			return "a lambda that calls it may change what it gives: `|x| f(x) with { .. }`";
		default:
			return "give the new value itself a name";
	}
}

/** `by` on what is no single weight. */
function noParameter(context: Context, update: Update, place: PlaceLeaf): void {
	const isWeight = place.type.kind === "tensor";
	const path = place.path === "" ? "it" : place.path;
	report(context, {
		code: "E0428",
		at: locate(context, update.place),
		message: isWeight
			? `\`by\` is for the parameters of a model, and ${place.path === "" ? "this" : `\`${path}\``} is ${place.inModel ? "an element of one" : "a tensor of no model"}`
			: `\`by\` is for single parameters, and ${place.path === "" ? "this" : `\`${path}\``} is ${showType(place.type)}`,
		...(place.type.kind !== "tensor" && {
			hint: `say which: \`${place.path}.**.weight by ..\``,
		}),
		...(isWeight &&
			!place.inModel && {
				hint: "as a `param` of a model or a fit it is declared so: `param w: real[n, m] by lora(2)`",
			}),
	});
}

/** `init(layers)`, `drop(layers, 1)`: some entries of a list. */
function isSomeEntries(node: ast.Expression): node is ast.Call {
	return node.kind === "Call" && node.callee.kind === "Name" && someWords.has(node.callee.name);
}

const someWords: ReadonlySet<string> = new Set(["init", "drop", "take"]);

/** The list of which some entries are meant, where that is so. */
function listOfEntries(node: ast.Expression): ast.Expression {
	const list = isSomeEntries(node) ? node.arguments[0]?.value : undefined;
	return list ? listOfEntries(list) : node;
}

/** A list is made of entries, and these are what an update sets. */
function tellListOfEntries(context: Context, node: ast.Call): void {
	const text = context.anchor.text(node.span);
	report(context, {
		code: "E0426",
		at: locate(context, node),
		message: `this is a list, made of some entries of another one: what an update sets are the entries`,
		hint: `each of them is \`${text}.*\`: \`${text}.*.weight = 0\``,
	});
}

/** A model's option, `let` or method is what it was made with. */
function isMember(model: Type & { kind: "model" }, name: string): boolean {
	const role = model.declaration.members.get(name)?.role;
	return role === "param" || role === "part" || role === "state";
}

/** `rows[permutation]`: along one axis. */
function onlyOneOfSeveral(context: Context, items: readonly ast.Expression[]): boolean {
	const several = items.filter((item) => isSeveral(context, item));
	if (several.length <= 1) return true;
	const [first, second] = several;
	report(context, {
		code: "E0330",
		at: locate(context, second ?? items[0] ?? { span: { start: 0, end: 0 } }),
		message: "there are two tensors of indices here, and two things that this may mean",
		...(first && { related: [{ at: locate(context, first), label: "the other one" }] }),
		hint: "take them side by side, turn by turn: `fold(0..n, x, |x, i| x with { [a[i], b[i]] = v[i] })`",
	});
	return false;
}

function isSeveral(context: Context, item: ast.Expression): boolean {
	const type = context.session.knowledge.types.get(item);
	const value = type && asTensor(type);
	return value !== undefined && (value.shape.dims.length > 0 || value.shape.rest !== undefined);
}

function isPosition(context: Context, item: ast.Expression): boolean {
	if (item.kind === "FullSlice" || item.kind === "Range") return true;
	if (item.kind !== "Rest") {
		infer(context, item);
		return true;
	}
	const name = item.name.kind === "Identifier" ? item.name.name : "b";
	noPlaceForRest(
		context,
		item,
		"a place in a `with` is one of known axes, and a rest stands for any number of them",
		`change each by itself: \`for ...${name}: x[...${name}, :] with { [0] = 1 }\``,
	);
	return false;
}
