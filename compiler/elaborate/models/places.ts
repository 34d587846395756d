import type * as ast from "../../../grammar/ast.js";
import { entriesAt, indexValue } from "../binders/indexing.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { chosenArm } from "../expressions/cases.js";
import { evaluate } from "../expressions/evaluate.js";
import { type Leaf, list, type Value } from "../values.js";
import { leafValue } from "./leaf.js";
import { fieldOfStack } from "./stack.js";

/** Sets of parts of a value, found by path: `net.**.weight`, `.{a, b}`, `(p, q)`, `p except q`. */

/** A field, an entry of a list, or elements of a tensor. */
export type PlaceStep =
	| { readonly kind: "field"; readonly name: string }
	| { readonly kind: "entry"; readonly index: number }
	| { readonly kind: "elements"; readonly node: ast.Index };

export interface Place extends Leaf {
	/** The way to it from where the places begin. */
	readonly steps: readonly PlaceStep[];
	/** Of a fit itself, what it owns; of some entries of a list, these. */
	readonly parts?: readonly Place[];
}

/** The tensors of a set of places, as values. */
export function valuesAt(evaluator: Evaluator, environment: Environment, node: ast.Expression): Leaf[] {
	const found = distinct(select(evaluator, environment, node).flatMap(valuesBelow));
	return outermost(found).map(({ path, value }) => ({ path, value: leafValue(evaluator, value) }));
}

/** The tensors of a set of places that a step may train. */
export function placesAt(evaluator: Evaluator, environment: Environment, node: ast.Expression): Place[] {
	return distinct(select(evaluator, environment, node).flatMap(trainableBelow));
}

/** The tensors of a set of places that a constraint holds for. */
export function constrainedAt(evaluator: Evaluator, environment: Environment, node: ast.Expression): Place[] {
	return distinct(select(evaluator, environment, node).flatMap(valuesBelow));
}

/** What a place selects; `root` is what a place that begins with a dot begins at. */
export function select(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	root?: Place,
): Place[] {
	const inner = (part: ast.Expression): Place[] => select(evaluator, environment, part, root);
	switch (node.kind) {
		case "Parenthesized":
			return inner(node.inner);
		case "Tuple":
			return distinct(node.elements.flatMap((e) => inner(e.value)));
		case "Binary":
			if (node.operator === "except") return without(inner(node.left), inner(node.right));
			break;
		case "Places":
			return selectPlaces(evaluator, environment, node, inner(node.base));
		case "Field": {
			const { name } = node;
			return name.kind === "Identifier" ? named(inner(node.base), name.name) : [];
		}
		case "Index":
			return inner(node.base).flatMap((b) => indexed(evaluator, environment, node, b));
		case "Call": {
			const [argument, ...others] = node.arguments;
			const word = node.callee.kind === "Name" ? node.callee.name : "";
			const entries = someEntries(evaluator, environment, node, word, inner);
			if (entries) return entries;
			if (!argument || others.length > 0 || (word !== "first" && word !== "last")) break;
			return inner(argument.value).flatMap((base) => {
				if (base.value.kind !== "list") return [];
				const entries = partsOf(base);
				const entry = word === "first" ? entries[0] : entries.at(-1);
				return entry ? [entry] : [];
			});
		}
		case "If":
		case "Match": {
			const chosen = chosenPlace(evaluator, environment, node);
			if (chosen) return select(evaluator, chosen.environment, chosen.node, root);
			break;
		}
		case "Root": {
			if (root) return [root];
			const parts = environment.findParts();
			return [{ path: "", value: { kind: "unit" }, steps: [], parts: parts.map(toPart) }];
		}
		case "Name": {
			const value = environment.findUnguarded(node.name);
			if (value) return [toPart({ path: node.name, value })];
			break;
		}
		default:
			break;
	}
	const value = evaluate(evaluator, environment, node);
	if (value.kind === "places") return value.leaves.map((l) => ({ ...l, steps: [] }));
	// What is computed is known by its text, as it is while checking.
	return [{ path: sourceText(environment, node), value, steps: [] }];
}

/** Of what is known before running, the side that holds. */
function chosenPlace(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.If | ast.Match,
): { readonly environment: Environment; readonly node: ast.Expression } | undefined {
	if (node.kind === "Match") {
		const { scope, arm } = chosenArm(evaluator, environment, node);
		return arm.body.kind === "ExpressionStatement" ? { environment: scope, node: arm.body.value } : undefined;
	}
	const condition = evaluate(evaluator, environment, node.condition);
	if (condition.kind !== "bool" || !node.else) return undefined;
	return { environment, node: condition.value ? node.then : node.else };
}

/** `init(net.layers)`, `drop(net.layers, 1)`. */
function someEntries(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Call,
	word: string,
	inner: (node: ast.Expression) => Place[],
): Place[] | undefined {
	const [argument, number] = node.arguments;
	if (!argument || (word !== "init" && word !== "drop" && word !== "take")) return undefined;
	const bases = inner(argument.value);
	if (bases.some((b) => b.value.kind !== "list")) return undefined;
	const count = number && evaluate(evaluator, environment, number.value);
	if (word !== "init" && count?.kind !== "number") return undefined;
	const at = count?.kind === "number" ? count.value : -1;
	return bases.map((b) => {
		const all = partsOf(b);
		const parts = word === "drop" ? all.slice(at) : all.slice(0, at);
		const [first, last] = [parts[0], parts.at(-1)];
		// Other entries of one list are another place.
		const path = `${b.path}[${first?.path}..${last?.path}]`;
		return { ...b, path, value: list(parts.map((p) => p.value)), parts };
	});
}

function toPart({ path, value }: Leaf): Place {
	return { path, value, steps: [{ kind: "field", name: path }] };
}

function selectPlaces(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Places,
	bases: readonly Place[],
): Place[] {
	if (node.select === "*") return bases.flatMap((b) => partsOf(b));
	if (node.select === "**") return distinct(bases.flatMap(descendants));
	return distinct(node.members.flatMap((m) => memberPlaces(evaluator, environment, bases, m)));
}

/** A member of `.{a, b.c}`, from each of the places before it. */
function memberPlaces(
	evaluator: Evaluator,
	environment: Environment,
	bases: readonly Place[],
	member: ast.Expression,
): Place[] {
	const inner = (node: ast.Expression): Place[] => memberPlaces(evaluator, environment, bases, node);
	switch (member.kind) {
		case "Name":
			return named(bases, member.name);
		case "Field":
			return member.name.kind === "Identifier" ? named(inner(member.base), member.name.name) : [];
		case "Places":
			return selectPlaces(evaluator, environment, member, inner(member.base));
		case "Index":
			return inner(member.base).flatMap((b) => indexed(evaluator, environment, member, b));
		default:
			return fail(environment, member, "this is no place");
	}
}

function named(bases: readonly Place[], name: string): Place[] {
	return distinct(bases.flatMap((b) => partsOf(b, true).filter((p) => p.path === joined(b.path, name))));
}

function joined(path: string, name: string): string {
	return path === "" ? name : `${path}.${name}`;
}

function indexed(evaluator: Evaluator, environment: Environment, node: ast.Index, base: Place): Place[] {
	const [item] = node.items;
	// So are tensors of one shape side by side, as the state of a loop that begins with a list of numbers.
	const isNumbers =
		base.value.kind === "list" &&
		base.value.items.some((v) => v.kind === "number" || v.kind === "traced" || v.kind === "tensor") &&
		(base.value.items.some((v) => v.kind === "number") || isComputed(evaluator, environment, item));
	if (base.value.kind !== "list" || node.items.length !== 1 || !item || isNumbers) {
		const value = indexValue(evaluator, environment, node, leafValue(evaluator, base.value));
		return [
			{
				path: `${base.path}[${indexText(environment, node)}]`,
				value,
				steps: [...base.steps, { kind: "elements", node }],
			},
		];
	}
	const entries = partsOf(base);
	const some = entriesAt(evaluator, environment, item, entries);
	if (some) return [...some];
	const index = evaluate(evaluator, environment, item);
	if (index.kind !== "number") return fail(environment, node, "this index is known before running");
	return [entries[index.value] ?? fail(environment, item, "the list has no such element")];
}

function isComputed(
	evaluator: Evaluator,
	environment: Environment,
	item: ast.Expression | undefined,
): boolean {
	if (!item || ["FullSlice", "Range", "Rest"].includes(item.kind)) return false;
	return evaluate(evaluator, environment, item).kind !== "number";
}

/** As it is written: different elements are different places. */
function indexText(environment: Environment, { items }: ast.Index): string {
	return items.map((item) => sourceText(environment, item)).join(", ");
}

function sourceText(environment: Environment, node: ast.Expression): string {
	const { start, end } = environment.locate(node);
	return environment.origin.module.text.slice(start, end);
}

// ---------------------------------------------------------------- sets

function distinct<T extends Leaf>(places: readonly T[]): T[] {
	const seen = new Set<string>();
	return places.filter((p) => !seen.has(p.path) && seen.add(p.path));
}

function isWithin(path: string, outer: string): boolean {
	return path === outer || outer === "" || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

/** Without what lies inside of another one: of a weight that is reparametrized, what it is computed from. */
export function outermost(places: readonly Place[]): Place[] {
	return places.filter((p) => !places.some((o) => o !== p && isWithin(p.path, o.path)));
}

function without(left: readonly Place[], right: readonly Place[]): Place[] {
	const others = right.flatMap(entriesOfPart);
	const kept = (place: Place): Place[] => {
		if (others.some((r) => isWithin(place.path, r.path))) return [];
		return others.some((r) => isWithin(r.path, place.path)) ? partsOf(place).flatMap(kept) : [place];
	};
	return distinct(left.flatMap(entriesOfPart).flatMap(kept));
}

/** Some entries of a list are those. */
function entriesOfPart(place: Place): readonly Place[] {
	return place.parts && place.value.kind === "list" ? place.parts : [place];
}

// ---------------------------------------------------------------- the tree

/** What is directly below; states only where they are asked for by name. */
export function partsOf(place: Place, states = false): Place[] {
	if (place.parts) return [...place.parts];
	const { value, path, steps } = place;
	const field = (name: string, part: Value): Place => ({
		path: joined(path, name),
		value: part,
		steps: [...steps, { kind: "field", name }],
	});
	switch (value.kind) {
		case "model":
			return value.node.members.flatMap((m) => {
				if (m.kind !== "Define" && !(m.kind === "Leaf" && (m.role === "param" || states))) return [];
				const name = m.name.kind === "Identifier" ? m.name.name : "";
				const part = value.members.get(name);
				return part ? [field(name, part)] : [];
			});
		case "stack":
			return partsOf({ ...place, value: value.of }, states).map((p) => ({
				...p,
				value: fieldOfStack(value, p.value) ?? p.value,
			}));
		case "list":
			return value.items.map((v, index) => ({
				path: `${path}[${index}]`,
				value: v,
				steps: [...steps, { kind: "entry", index }],
			}));
		case "tuple":
			return value.elements.map((e, i) => field(e.name ?? String(i), e.value));
		case "table":
			return value.columns.map((c) => field(c.name, c.value));
		case "frozen":
			return partsOf({ ...place, value: value.value }, states).map((p) => ({
				...p,
				value: { kind: "frozen", value: p.value },
			}));
		case "reparametrized": {
			const own = [...value.params].map(([name, part]) => field(name, part));
			return value.base ? [field("base", value.base), ...own] : own;
		}
		default:
			return [];
	}
}

function descendants(place: Place): Place[] {
	return [place, ...partsOf(place).flatMap(descendants)];
}

function isLeaf(value: Value): boolean {
	return ["tensor", "traced", "reparametrized", "frozen"].includes(value.kind);
}

/** The tensors below, as values. */
function valuesBelow(place: Place): Place[] {
	return isLeaf(place.value) ? [place] : partsOf(place).flatMap(valuesBelow);
}

function trainableBelow(place: Place): Place[] {
	if (place.value.kind === "tensor" || place.value.kind === "traced") return [place];
	return partsOf(place).flatMap(trainableBelow);
}

/** The states of models below, which only a step commits. */
export function statesBelow({ path, value }: Leaf): Leaf[] {
	const visit = (place: Place): Leaf[] => {
		const model = place.value.kind === "stack" ? place.value.of : place.value;
		const own =
			model.kind === "model"
				? model.node.members.flatMap((m) => {
						const name =
							m.kind === "Leaf" && m.role === "state" && m.name.kind === "Identifier" ? m.name.name : "";
						const state = model.members.get(name);
						return state ? [{ path: joined(place.path, name), value: state }] : [];
					})
				: [];
		return [...own, ...partsOf(place).flatMap(visit)];
	};
	return visit({ path, value, steps: [] });
}

/** The tensors below a place that a step may train, by path. */
export function leavesBelow({ path, value }: Leaf): Leaf[] {
	return trainableBelow({ path, value, steps: [] });
}

/** How many first axes of a leaf are those of models side by side. */
export function stackedAbove({ path, value }: Leaf, leaf: string): number {
	const visit = (place: Place, above: number): number | undefined => {
		if (place.path === leaf) return above;
		if (!isWithin(leaf, place.path)) return undefined;
		const rank = place.value.kind === "stack" ? place.value.rank : above;
		return partsOf(place, true)
			.map((part) => visit(part, rank))
			.find((found) => found !== undefined);
	};
	return visit({ path, value, steps: [] }, 0) ?? 0;
}
