import type * as ast from "../../../grammar/ast.js";
import { isGlob } from "../../../grammar/places.js";
import { gatherAlong, indexTensor } from "../binders/indexing.js";
import { asTable } from "../builtins/data.js";
import { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import { leafValue } from "../models/leaf.js";
import { axesToLanes, stackedLanes } from "../models/members.js";
import { outermost, type Place, type PlaceStep, select } from "../models/places.js";
import { begunAt, reparametrize } from "../models/reparam.js";
import { indexTree, mapModel, partOfStack, stackLanes, stackSizes } from "../models/stack.js";
import { withOwn } from "../models/weight-axes.js";
import {
	castTo,
	select as choose,
	elementwise,
	lanesToShape,
	spread,
	traced,
	unionLanes,
} from "../tensors.js";
import {
	integer,
	list,
	mapTensors,
	type RuleValue,
	type StackValue,
	type TracedValue,
	type TupleValue,
	unit,
	type Value,
} from "../values.js";
import { binary } from "./arithmetic.js";
import { callValue, evaluate } from "./evaluate.js";
import { expectedLike } from "./expected.js";

type Update = ast.With["updates"][number];

/** `e with { place = v }`: a copy with other parts; all right sides see the value as it was. */
export function evaluateWith(evaluator: Evaluator, environment: Environment, node: ast.With): Value {
	const base = evaluate(evaluator, environment, node.base);
	const root: Place = { path: "", value: base, steps: [] };
	return node.updates.reduce(
		(whole, update) =>
			writePlaces(evaluator, environment, update, whole, select(evaluator, environment, update.place, root)),
		base,
	);
}

/** What one update makes of the whole. */
export function writePlaces(
	evaluator: Evaluator,
	environment: Environment,
	update: Update,
	whole: Value,
	selected: readonly Place[],
): Value {
	// Where there may be none (`init(layers)` of one layer), only the call tells.
	const places = updatedPlaces(update.place, selected);
	let result = whole;
	for (const place of places) {
		const name = places.length > 1 ? place.path : undefined;
		const change = (): Value => {
			if (update.operator === "by") {
				const rule = evaluate(evaluator, environment, update.value);
				if (rule.kind !== "rule") return fail(environment, update.value, "this is no reparametrization");
				return reparametrizeAt(evaluator, environment, update.place, result, place.steps, rule);
			}
			const sums =
				update.operator === "+=" ? addAt(evaluator, environment, update, result, place) : undefined;
			if (sums) return sums;
			const part = newPart(evaluator, environment, update, place);
			return writeAt(evaluator, environment, update.place, result, place.steps, (old) =>
				conform(evaluator, old, part),
			);
		};
		result = name ? evaluator.at(name, change) : change();
	}
	return result;
}

/** `[slots] += v`: what is added at equal indices adds up. Undefined for other places. */
function addAt(
	evaluator: Evaluator,
	environment: Environment,
	{ place: node, value }: Update,
	whole: Value,
	place: Place,
): Value | undefined {
	const last = place.steps.at(-1);
	const several = place.steps.findIndex(
		(step) => step.kind === "elements" && hasSeveral(evaluator, environment, step.node),
	);
	const turns = place.steps[several];
	if (turns?.kind === "elements" && turns !== last) {
		const rest = place.steps.slice(several + 1);
		return writeAt(evaluator, environment, node, whole, place.steps.slice(0, several), (container) => {
			const given = evaluate(evaluator, environment, value);
			const added = (old: Value): Value => (old.kind === "unit" ? given : conform(evaluator, old, given));
			const base = traced(evaluator, leafValue(evaluator, container));
			if (base) {
				const picked = zeroTree(evaluator, indexTensor(evaluator, environment, turns.node, base));
				const changed = writeAt(evaluator, environment, node, picked, rest, added);
				const sums = traced(evaluator, changed, base.value.type.element);
				if (!sums) return fail(environment, node, "this place cannot be changed");
				return conform(
					evaluator,
					container,
					insert(evaluator, environment, turns.node.items, base, sums, "add"),
				);
			}
			if (container.kind !== "stack" && container.kind !== "tuple")
				return fail(environment, node, "this place cannot be changed");
			return writeTurns(evaluator, environment, node, container, turns.node, rest, added, "add");
		});
	}
	const old = traced(evaluator, leafValue(evaluator, place.value));
	if (last?.kind !== "elements" || !old || !hasSeveral(evaluator, environment, last.node)) return undefined;
	const { element } = old.value.type;
	const given = traced(evaluator, evaluate(evaluator, environment, value), element);
	if (!given) return fail(environment, value, "this cannot be added");
	const added = spread(evaluator, castTo(evaluator, given, element), given.lanes, shapeOf(old));
	return writeAt(evaluator, environment, node, whole, place.steps.slice(0, -1), (container) => {
		const base = traced(evaluator, leafValue(evaluator, container));
		if (!base) return fail(environment, node, "this place cannot be changed");
		return conform(evaluator, container, insert(evaluator, environment, last.node.items, base, added, "add"));
	});
}

function hasSeveral(evaluator: Evaluator, environment: Environment, { items }: ast.Index): boolean {
	return items.some((item) => {
		if (item.kind === "FullSlice" || item.kind === "Range") return false;
		const index = evaluator.probe(() => evaluate(evaluator, environment, item));
		const several = index.kind === "index" ? undefined : traced(evaluator, index);
		return several !== undefined && shapeOf(several).length > 0;
	});
}

function isNumeric({ kind }: Value): boolean {
	return ["tensor", "traced", "frozen", "reparametrized", "number"].includes(kind);
}

/** Of several places, the tensors: a container among them stands for them. */
function updatedPlaces(node: ast.Expression, places: readonly Place[]): readonly Place[] {
	if (places.length <= 1 && !isGlob(node)) return places;
	const isLeaf = ({ value }: Place): boolean => !["model", "stack", "list", "tuple"].includes(value.kind);
	// A glob means the tensors and numbers, where there are any; a path that is spelled out, what stands there.
	if (isGlob(node)) {
		const numeric = places.filter(({ value }) => isNumeric(value));
		return numeric.length > 0 ? outermost(numeric) : places;
	}
	return places.some(isLeaf) ? places.filter(isLeaf) : places;
}

function newPart(
	evaluator: Evaluator,
	environment: Environment,
	{ operator, value }: Update,
	place: Place,
): Value {
	const old = leafValue(evaluator, place.value);
	const expected = operator === "=" ? expectedLike(evaluator, old) : undefined;
	const given = evaluate(evaluator, environment, value, expected);
	if (operator === "=") return given;
	if (operator === "+=")
		return binary(evaluator, "+", old, given) ?? fail(environment, value, "this cannot be added");
	return callValue(evaluator, environment, value, given, { positional: [old], named: new Map() });
}

/** The whole with another part at the end of a path. */
export function writeAt(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	whole: Value,
	steps: readonly PlaceStep[],
	part: (old: Value) => Value,
): Value {
	const [step, ...rest] = steps;
	if (!step) return part(whole);
	const inner = (value: Value): Value => writeAt(evaluator, environment, node, value, rest, part);
	if (step.kind === "elements" && (whole.kind === "stack" || whole.kind === "tuple"))
		return writeTurns(evaluator, environment, node, whole, step.node, rest, part);
	if (step.kind === "elements") {
		const base = traced(evaluator, leafValue(evaluator, whole));
		if (!base) return fail(environment, node, "this place cannot be changed");
		// `[0, :][1]`: elements of what an index leaves.
		const next = rest.length > 0 ? inner(indexTensor(evaluator, environment, step.node, base)) : part(unit);
		const inserted = traced(evaluator, next, base.value.type.element);
		if (!inserted) return fail(environment, node, "this place cannot be changed");
		return conform(evaluator, whole, insert(evaluator, environment, step.node.items, base, inserted));
	}
	if (step.kind === "entry") {
		if (whole.kind !== "list") return fail(environment, node, "this place cannot be changed");
		return list(whole.items.map((v, i) => (i === step.index ? inner(v) : v)));
	}
	switch (whole.kind) {
		case "tuple": {
			const elements = whole.elements.map((e, i) =>
				e.name === step.name || String(i) === step.name ? { ...e, value: inner(e.value) } : e,
			);
			return { ...whole, elements };
		}
		case "table": {
			const elements = whole.columns.map((c) => ({
				...c,
				value: c.name === step.name ? inner(c.value) : c.value,
			}));
			const changed: TupleValue = { kind: "tuple", elements };
			// A data set stays one; in a kernel it is the record of its columns.
			return (evaluator.isKernel ? undefined : asTable(evaluator, changed, whole.name)) ?? changed;
		}
		case "model": {
			const old = whole.members.get(step.name);
			if (!old) break;
			return { ...whole, members: new Map([...whole.members, [step.name, inner(old)]]) };
		}
		case "stack": {
			const one = (old: Value): Value => partOfStack(part(old), whole.rank);
			const of = writeAt(evaluator, environment, node, whole.of, steps, one);
			return of.kind === "model" ? { ...whole, of } : whole;
		}
		case "frozen": {
			const changed = writeAt(evaluator, environment, node, whole.value, steps, part);
			return { kind: "frozen", value: changed };
		}
		case "reparametrized": {
			if (step.name === "base" && whole.base) return withOwn(whole, { base: inner(whole.base) });
			const old = whole.params.get(step.name);
			if (!old) break;
			const params = new Map([...whole.params, [step.name, inner(old)]]);
			return withOwn(whole, { params });
		}
		default:
			break;
	}
	return fail(environment, node, "this place cannot be changed");
}

/** `by` on a weight; in a stack, on that of each model by itself. */
function reparametrizeAt(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	whole: Value,
	steps: readonly PlaceStep[],
	rule: RuleValue,
): Value {
	if (whole.kind !== "stack") {
		const [step, ...rest] = steps;
		if (!step) return reparametrize(evaluator, rule, whole);
		return writeAt(evaluator, environment, node, whole, [step], (part) =>
			reparametrizeAt(evaluator, environment, node, part, rest, rule),
		);
	}
	const lanes = stackedLanes(evaluator, stackSizes(whole));
	const one = mapModel(whole.of, (tensor) => axesToLanes(evaluator, tensor, lanes));
	const changed = evaluator.inLanes(lanes, () =>
		reparametrizeAt(evaluator, environment, node, one, steps, rule),
	);
	if (changed.kind !== "model") return fail(environment, node, "this place cannot be changed");
	return stackLanes(evaluator, changed, lanes, (tensor) => lanesToShape(evaluator, tensor, lanes));
}

/** `members[0].layers[1].bias = 0`: what changed in some turns of what is stacked, inserted into all of it. */
function writeTurns(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	whole: StackValue | TupleValue,
	index: ast.Index,
	rest: readonly PlaceStep[],
	part: (old: Value) => Value,
	mode: "set" | "add" = "set",
): Value {
	const there = indexTree(evaluator, environment, index, whole);
	// Of what adds up, what is added stands by itself.
	const turns = mode === "add" ? zeroTree(evaluator, there) : there;
	const changed = writeAt(evaluator, environment, node, turns, rest, part);
	const into = (old: Value, picked: Value, next: Value): Value => {
		if (picked === next) return old;
		const inAll = (a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>, c: typeof b) =>
			new Map([...a].map(([k, v]) => [k, into(v, b.get(k) ?? v, c.get(k) ?? b.get(k) ?? v)]));
		const of = (v: Value): Value => (v.kind === "stack" ? v.of : v);
		switch (old.kind) {
			case "stack": {
				const inner = into(old.of, of(picked), of(next));
				return inner.kind === "model" ? { ...old, of: inner } : old;
			}
			case "model": {
				if (picked.kind !== "model" || next.kind !== "model") break;
				const members = inAll(old.members, picked.members, next.members);
				const { configuration } = old;
				const copy = new Environment(configuration.origin, configuration.parent, configuration.kind);
				const options = inAll(
					configuration.ownValues(),
					picked.configuration.ownValues(),
					next.configuration.ownValues(),
				);
				for (const [name, value] of options) copy.set(name, value);
				return { ...old, members, configuration: copy };
			}
			case "list":
				if (picked.kind !== "list" || next.kind !== "list") break;
				return list(old.items.map((v, i) => into(v, picked.items[i] ?? v, next.items[i] ?? v)));
			case "tuple": {
				if (picked.kind !== "tuple" || next.kind !== "tuple") break;
				const elements = old.elements.map((e, i) => {
					const at = (v: TupleValue): Value =>
						(e.name === undefined ? undefined : v.elements.find((o) => o.name === e.name)?.value) ??
						v.elements[i]?.value ??
						e.value;
					return { ...e, value: into(e.value, at(picked), at(next)) };
				});
				return { ...old, elements };
			}
			case "frozen":
				return {
					...old,
					value: into(
						old.value,
						picked.kind === "frozen" ? picked.value : picked,
						next.kind === "frozen" ? next.value : next,
					),
				};
			case "reparametrized": {
				if (picked.kind !== "reparametrized" || next.kind !== "reparametrized") break;
				const base = old.base && picked.base && next.base ? into(old.base, picked.base, next.base) : old.base;
				return { ...old, params: inAll(old.params, picked.params, next.params), ...(base && { base }) };
			}
			default:
				break;
		}
		// What is static is the same in all of them.
		const base = old.kind === "tensor" || old.kind === "traced" ? traced(evaluator, old) : undefined;
		const inserted = base && traced(evaluator, next, base.value.type.element);
		if (!base || !inserted) return old;
		const own = shapeOf(base).slice(index.items.length);
		const items = [
			...index.items,
			...own.map((): ast.FullSlice => ({ kind: "FullSlice", span: index.span })),
		];
		return conform(evaluator, old, insert(evaluator, environment, items, base, inserted, mode));
	};
	return into(whole, turns, changed);
}

function zeroTree(evaluator: Evaluator, tree: Value): Value {
	return mapTensors(tree, (tensor) => {
		const value = traced(evaluator, tensor);
		return value ? { ...value, value: evaluator.builder.zeros(value.value.type) } : tensor;
	});
}

/** A part as what it replaces: of its element and shape. */
function conform(evaluator: Evaluator, old: Value, part: Value): Value {
	if (old.kind === "frozen" && ["tensor", "traced", "number", "list"].includes(part.kind))
		return { kind: "frozen", value: conform(evaluator, old.value, part) };
	if (old.kind === "reparametrized") {
		const value = traced(evaluator, part, old.element);
		return value ? begunAt(evaluator, old, value) : part;
	}
	if (old.kind === "number") return part.kind === "number" ? { ...part, integer: old.integer } : part;
	if (old.kind === "tuple" && part.kind === "tuple") {
		const elements = old.elements.map((e, i) => {
			const other = part.elements.find((p) => e.name !== undefined && p.name === e.name) ?? part.elements[i];
			return other ? { ...e, value: conform(evaluator, e.value, other.value) } : e;
		});
		return { ...old, elements };
	}
	const like = old.kind === "tensor" || old.kind === "traced" ? traced(evaluator, old) : undefined;
	const value = like && traced(evaluator, part, like.value.type.element);
	if (!like || !value) return part;
	const cast = castTo(evaluator, value, like.value.type.element);
	return spread(evaluator, cast, cast.lanes, shapeOf(like));
}

function scalarOf(evaluator: Evaluator, value: number): TracedValue {
	return { kind: "traced", value: evaluator.builder.scalar(value, "i32"), lanes: [] };
}

/** For each position of an axis the last of the indices that is equal to it, or -1. */
function lastTurns(evaluator: Evaluator, indices: TracedValue, size: number): TracedValue {
	const shape = [size, shapeOf(indices)[0] ?? 0];
	const along = (axis: number): TracedValue => ({
		kind: "traced",
		value: evaluator.builder.emit("iota", [], { shape, axis, element: "i32" }),
		lanes: [],
	});
	const equal = elementwise(evaluator, "eq", along(0), castTo(evaluator, indices, "i32"), "i32");
	const turns = choose(evaluator, equal, along(1), spread(evaluator, scalarOf(evaluator, -1), [], shape));
	return {
		kind: "traced",
		value: evaluator.builder.emit("reduce_max", [turns.value], { axes: [1] }),
		lanes: [],
	};
}

/** The sum of what stands at each position of an axis: `indices` say where. */
function summedAt(
	evaluator: Evaluator,
	value: TracedValue,
	indices: TracedValue,
	axis: number,
	size: number,
): TracedValue {
	const first = value.lanes.length + axis;
	const rank = value.value.type.shape.length;
	// The axis of the indices stands first, and where it was again.
	const there = [first, ...Array.from({ length: rank }, (_, k) => k).filter((k) => k !== first)];
	const moved = evaluator.builder.transpose(value.value, there);
	const sums = evaluator.builder.emit("scatter_add", [castTo(evaluator, indices, "i32").value, moved], {
		axis: 0,
		batch: 0,
		size,
	});
	const back = Array.from({ length: rank }, (_, k) => there.indexOf(k));
	return { ...value, value: evaluator.builder.transpose(sums, back) };
}

/** So many axes as one. */
function inLine(evaluator: Evaluator, value: TracedValue, from: number, count: number): TracedValue {
	if (count === 1) return value;
	const shape = shapeOf(value);
	const size = shape.slice(from, from + count).reduce((a, b) => a * b, 1);
	const whole = [
		...value.lanes.map((l) => l.size),
		...shape.slice(0, from),
		size,
		...shape.slice(from + count),
	];
	return { ...value, value: evaluator.builder.reshape(value.value, whole) };
}

/** Where the positions agree with all indices, the part (or the whole and the part); elsewhere the whole. */
export function insert(
	evaluator: Evaluator,
	environment: Environment,
	items: readonly ast.Expression[],
	whole: TracedValue,
	part: TracedValue,
	mode: "set" | "add" = "set",
): TracedValue {
	const shape = shapeOf(whole);
	let mask: TracedValue | undefined;
	const and = (more: TracedValue): void => {
		mask = mask ? elementwise(evaluator, "and", mask, more, "bool") : more;
	};
	let value = castTo(evaluator, part, whole.value.type.element);
	const fills = shapeOf(part).length === 0;
	let kept = 0;
	const raised: number[] = [];
	for (const [axis, item] of items.entries()) {
		const size = shape[axis] ?? 0;
		const positions = (along: readonly number[], at: number): TracedValue => ({
			kind: "traced",
			value: evaluator.builder.emit("iota", [], { shape: [...along], axis: at, element: "i32" }),
			lanes: [],
		});
		const compare = (operation: string, index: Value): void => {
			const other = traced(evaluator, index);
			if (!other) fail(environment, item, "this is no index");
			else and(elementwise(evaluator, operation, positions(shape, axis), other, "i32"));
		};
		if (item.kind !== "FullSlice" && item.kind !== "Range") {
			const index = evaluate(evaluator, environment, item);
			const several = index.kind === "index" ? undefined : traced(evaluator, index);
			if (!several || shapeOf(several).length === 0) {
				compare("eq", index);
				raised.push(1);
				continue;
			}
			if (several.lanes.length > 0) fail(environment, item, "these indices depend on a binder");
			const along = inLine(evaluator, several, 0, shapeOf(several).length);
			if (!fills) value = inLine(evaluator, value, kept, shapeOf(several).length);
			const last = lastTurns(evaluator, along, size);
			const held = elementwise(evaluator, "ge", last, scalarOf(evaluator, 0), "i32");
			and({ ...held, value: evaluator.builder.broadcast(held.value, [...shape], [axis]) });
			if (mode === "add") value = summedAt(evaluator, value, along, kept, size);
			else if (!fills) value = gatherAlong(evaluator, value, kept, last);
			raised.push(size);
			kept++;
			continue;
		}
		if (item.kind === "Range") {
			const end = (node: ast.Expression | undefined, missing: number): number => {
				const known = node && evaluate(evaluator, environment, node);
				return known?.kind === "number" ? known.value : missing;
			};
			const from = end(item.from, 0);
			compare("ge", integer(from));
			compare("lt", integer(end(item.to, size)));
			// Each position of the whole takes its own of the part; those outside are not looked at.
			const at = fills ? undefined : binary(evaluator, "-", positions([size], 0), integer(from));
			const shifted = at && traced(evaluator, at);
			if (shifted) value = gatherAlong(evaluator, value, kept, shifted);
		}
		raised.push(size);
		kept++;
	}
	if (!fills) {
		const lanes = value.lanes.map((l) => l.size);
		value = { ...value, value: evaluator.builder.reshape(value.value, [...lanes, ...raised]) };
	}
	const lanes = unionLanes(mask ? [mask, whole, value] : [whole, value]);
	const next = mode === "add" ? elementwise(evaluator, "add", whole, value, value.value.type.element) : value;
	const full = spread(evaluator, next, lanes, shape);
	const changed = mask ? choose(evaluator, mask, full, whole) : full;
	return whole.below === undefined ? changed : { ...changed, below: whole.below };
}
