import type * as ast from "../../../grammar/ast.js";
import { comparedNames } from "../../../grammar/guards.js";
import { children, walk } from "../../../grammar/visit.js";
import type { Environment } from "../environment.js";
import { ElaborationError, type Evaluator, fail, shapeOf } from "../evaluator.js";
import { isComplex, wholeComplex } from "../expressions/complex.js";
import { bindPattern, evaluate, evaluateLet, patternNames } from "../expressions/evaluate.js";
import { leadingSizes } from "../models/stack.js";
import { traced } from "../tensors.js";
import { integer, type Lane, unit, type Value } from "../values.js";
import { rowAt, type Source, sourcesOf } from "./binder-source.js";

/** The sizes of the names without `in`: that of the smallest axis that a name indexes by itself, unguarded. */
export function sizesOf(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	sources: readonly Source[],
): ReadonlyMap<ast.Binding, number> {
	const sizes = new Map<ast.Binding, number>();
	const open = sources.filter((s) => s.kind === "open");
	if (open.length === 0) return sizes;
	evaluator.probe(() => searchSizes(evaluator, environment, node, sources, sizes));
	for (const { binding, name } of open)
		if (!sizes.has(binding)) fail(environment, binding, `the range of \`${name}\` cannot be found`);
	return sizes;
}

/**
 * Finds what can be found, again with the names that were found, until nothing is new. Shapes are found by evaluating,
 * so that the names that are known already have trial lanes meanwhile.
 */
function searchSizes(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	sources: readonly Source[],
	sizes: Map<ast.Binding, number>,
): void {
	for (let progress = true; progress; ) {
		progress = false;
		const inner = environment.inner();
		const lanes = openTrial(evaluator, environment, inner, sources, sizes);
		for (const source of sources) {
			if (source.kind !== "open" || sizes.has(source.binding)) continue;
			const size = evaluator.inLanes(lanes, () => findRange(evaluator, inner, node, source.name));
			if (size === undefined) continue;
			sizes.set(source.binding, size);
			progress = true;
		}
	}
}

/** Trial lanes; a name whose range is not known yet has no value. */
function openTrial(
	evaluator: Evaluator,
	environment: Environment,
	inner: Environment,
	sources: readonly Source[],
	sizes: ReadonlyMap<ast.Binding, number>,
): Lane[] {
	const lanes: Lane[] = [];
	const open = (name: string, size: number): Lane => {
		const lane = evaluator.newLane(name, size);
		lanes.push(lane);
		return lane;
	};
	for (const source of sources) {
		switch (source.kind) {
			case "rest":
				lanes.push(...openRest(evaluator, environment, inner, source.rest));
				break;
			case "items": {
				const [first] = source.items;
				if (first) bindPattern(inner, source.pattern, first.value);
				break;
			}
			case "rows":
				bindPattern(inner, source.pattern, rowAt(evaluator, source.value, open("_", source.size)));
				break;
			case "range":
				inner.set(source.name, {
					kind: "index",
					lane: open(source.name, source.size),
					...(source.from !== 0 && { from: source.from }),
				});
				break;
			case "open": {
				const size = sizes.get(source.binding);
				inner.set(source.name, size === undefined ? unit : { kind: "index", lane: open(source.name, size) });
			}
		}
	}
	return lanes;
}

/** The lanes of `for ...b`. */
export function openRest(
	evaluator: Evaluator,
	environment: Environment,
	inner: Environment,
	rest: ast.Rest,
): Lane[] {
	const name = rest.name.kind === "Identifier" ? rest.name.name : "";
	const lanes = (environment.findRest(name) ?? []).map((size) => evaluator.newLane(`...${name}`, size));
	inner.setRestLanes(name, lanes);
	return lanes;
}

/** The smallest axis that the name indexes by itself where no condition around compares it; else the one under conditions. */
function findRange(
	evaluator: Evaluator,
	environment: Environment,
	whole: ast.Binder,
	name: string,
): number | undefined {
	let found: number | undefined;
	const underConditions = new Set<number>();
	let conditions = 0;
	const visitGuarded = (node: ast.Expression, scope: Environment, isGuarded: boolean): void => {
		if (isGuarded) conditions++;
		visit(node, scope);
		if (isGuarded) conditions--;
	};
	const visit = (node: ast.Expression | ast.Statement, scope: Environment): void => {
		if (node.kind === "Index" && !node.fallback) {
			const size = extentAt(evaluator, scope, node, name);
			if (size !== undefined && conditions > 0) underConditions.add(size);
			else if (size !== undefined && (found === undefined || size < found)) found = size;
		}
		if (node.kind === "If") {
			const isGuarded = comparedNames(node.condition).has(name);
			visit(node.condition, scope);
			visitGuarded(node.then, scope, isGuarded);
			if (node.else) visitGuarded(node.else, scope, isGuarded);
			return;
		}
		if (node.kind === "Binder") {
			visitBinder(node, scope);
			return;
		}
		if (node.kind === "Block") {
			visitBlock(node, scope);
			return;
		}
		let inner = scope;
		if (node.kind === "Lambda") {
			const names = node.parameters.flatMap((p) => patternNames(p.pattern));
			if (names.includes(name)) return;
			inner = withUnknown(scope, names);
		}
		for (const child of children(node)) visit(child as ast.Expression, inner);
	};
	const visitBlock = (node: ast.Block, scope: Environment): void => {
		const inner = scope.inner();
		for (const statement of node.statements) {
			visit(statement, inner);
			if (statement.kind !== "Let") continue;
			const names = patternNames(statement.pattern);
			if (names.includes(name)) return;
			const known = attempt(() => {
				evaluateLet(evaluator, inner, statement);
				return true;
			});
			if (!known) for (const unknown of names) inner.set(unknown, unit);
		}
	};
	const visitInside = (node: ast.Binder, inner: Environment): void => {
		if (node.where) visit(node.where, inner);
		visitGuarded(node.body, inner, node.where !== undefined && comparedNames(node.where).has(name));
	};
	const visitBinder = (node: ast.Binder, scope: Environment): void => {
		for (const binding of node.bindings) if (binding.source) visit(binding.source, scope);
		if (node.bindings.some((b) => b.pattern.kind !== "Rest" && patternNames(b.pattern).includes(name)))
			return;
		const inner = scope.inner();
		const lanes = attempt(() => openLanes(evaluator, scope, inner, node)) ?? [];
		evaluator.inLanes(lanes, () => visitInside(node, inner));
	};
	visitInside(whole, environment);
	const [only, ...others] = underConditions;
	return found ?? (others.length === 0 ? only : undefined);
}

/** Trial lanes of a binder within; a name whose range is not known yet has no value. */
function openLanes(evaluator: Evaluator, scope: Environment, inner: Environment, node: ast.Binder): Lane[] {
	for (const binding of node.bindings)
		for (const name of binding.pattern.kind === "Rest" ? [] : patternNames(binding.pattern))
			inner.set(name, unit);
	const sources = sourcesOf(evaluator, scope, node);
	const sizes = new Map<ast.Binding, number>();
	searchSizes(evaluator, scope, node, sources, sizes);
	return openTrial(evaluator, scope, inner, sources, sizes);
}

function withUnknown(scope: Environment, names: readonly string[]): Environment {
	const inner = scope.inner();
	for (const name of names) inner.set(name, unit);
	return inner;
}

/** Undefined where a name has no value yet. */
function attempt<T>(compute: () => T): T | undefined {
	try {
		return compute();
	} catch (error) {
		if (error instanceof ElaborationError) return undefined;
		throw error;
	}
}

function extentAt(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Index,
	name: string,
): number | undefined {
	const places = [...node.items.keys()].filter((k) => isName(node.items[k], name));
	if (places.length === 0) return undefined;
	const base = shapeOfExpression(evaluator, environment, node.base);
	if (!base) return undefined;
	const extents = places.map((at) => base[axisOf(node, base.length, at)]);
	return extents.reduce((a, b) => (a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)));
}

/** The axis that an item of an index stands for: behind a rest it is counted from the end. */
function axisOf(node: ast.Index, rank: number, at: number): number {
	const rest = node.items.findIndex((i) => i.kind === "Rest");
	return rest >= 0 && at > rest ? rank - (node.items.length - at) : at;
}

function isName(node: ast.Expression | undefined, name: string): boolean {
	if (node?.kind === "Parenthesized") return isName(node.inner, name);
	return node?.kind === "Name" && node.name === name;
}

/** The shape of an expression that may be indexed by names without a value: only the axes that stay matter. */
function shapeOfExpression(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
): readonly number[] | undefined {
	const value = attempt(() => evaluate(evaluator, environment, node));
	const tensor = value && tensorOf(evaluator, value);
	if (tensor) return shapeOf(tensor);
	const complex = value && complexSizes(evaluator, value);
	if (complex) return complex;
	if (value?.kind === "stack" || value?.kind === "tuple") return leadingSizes(value, 1);
	if (node.kind === "Field") return shapeAtFirst(evaluator, environment, node);
	if (node.kind !== "Index" || node.items.some((i) => i.kind === "Range")) return undefined;
	const base = shapeOfExpression(evaluator, environment, node.base);
	return (
		base &&
		node.items.flatMap((item, at) =>
			item.kind === "FullSlice" ? (base[axisOf(node, base.length, at)] ?? []) : [],
		)
	);
}

/** `members[k].weight`: every k has the same, so that of the first tells. */
function shapeAtFirst(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Field,
): readonly number[] | undefined {
	const inner = environment.inner();
	walk(node, (part) => {
		if (part.kind !== "Name") return undefined;
		const { name } = part as ast.Name;
		if (environment.findUnguarded(name)?.kind === "unit") inner.set(name, integer(0));
		return undefined;
	});
	const value = attempt(() => evaluate(evaluator, inner, node));
	const tensor = value && tensorOf(evaluator, value);
	return tensor ? shapeOf(tensor) : value && complexSizes(evaluator, value);
}

/** The shape of a tensor of complex numbers. */
function complexSizes(evaluator: Evaluator, value: Value): readonly number[] | undefined {
	const whole = isComplex(value) ? attempt(() => wholeComplex(evaluator, value)) : undefined;
	return whole && shapeOf(whole.re);
}

function tensorOf(evaluator: Evaluator, value: Value): ReturnType<typeof traced> {
	return attempt(() => traced(evaluator, value));
}
