import type * as ast from "../../grammar/ast.js";
import { children, walk } from "../../grammar/visit.js";
import type { Environment } from "./environment.js";
import { evaluate, evaluateLet, patternNames } from "./evaluate.js";
import { ElaborationError, type Evaluator, fail, shapeOf } from "./evaluator.js";
import { leadingSizes } from "./stack.js";
import { traced } from "./tensors.js";
import { integer, type Lane, unit, type Value } from "./values.js";

/** What a binder's name runs over. */
export interface Range {
	readonly name: string;
	readonly size: number;
}

/**
 * The ranges of the names of a binder, rests left out: from the source, else from the axis that the name indexes by
 * itself. Shapes are found by evaluating, so that the names that are known already have trial lanes meanwhile.
 */
export function rangesOf(evaluator: Evaluator, environment: Environment, node: ast.Binder): Range[] {
	const sizes = new Map<ast.Binding, number>();
	for (const binding of node.bindings) {
		const source = binding.source && sourceSize(evaluator, environment, binding.source);
		if (source !== undefined) sizes.set(binding, source);
	}
	const plain = node.bindings.filter((b) => b.pattern.kind !== "Rest");
	if (plain.some((b) => !sizes.has(b))) {
		evaluator.probe(() => searchSizes(evaluator, environment, node, sizes));
	}
	return plain.map((binding) => {
		const size = sizes.get(binding);
		const name = nameOf(binding);
		if (size === undefined) return fail(environment, binding, `the range of \`${name}\` cannot be found`);
		return { name, size };
	});
}

export function nameOf(binding: ast.Binding): string {
	return binding.pattern.kind === "NamePattern" ? binding.pattern.name : "_";
}

function sourceSize(evaluator: Evaluator, environment: Environment, node: ast.Expression): number {
	const source = evaluate(evaluator, environment, node);
	if (source.kind === "number") return source.value;
	if (source.kind === "range") return source.to - source.from;
	return fail(environment, node, "a binder runs over a size or a range");
}

/** Finds what can be found, again with the names that were found, until nothing is new. */
function searchSizes(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Binder,
	sizes: Map<ast.Binding, number>,
): void {
	for (let progress = true; progress; ) {
		progress = false;
		const inner = environment.inner();
		const lanes: Lane[] = [];
		for (const binding of node.bindings) {
			if (binding.pattern.kind === "Rest") {
				lanes.push(...openRest(evaluator, environment, inner, binding.pattern));
				continue;
			}
			const size = sizes.get(binding);
			const lane = size === undefined ? undefined : evaluator.newLane(nameOf(binding), size);
			if (lane) lanes.push(lane);
			inner.set(nameOf(binding), lane ? { kind: "index", lane } : unit);
		}
		for (const binding of node.bindings) {
			if (binding.pattern.kind === "Rest" || sizes.has(binding)) continue;
			const size = evaluator.inLanes(lanes, () =>
				findRange(evaluator, inner, [node.where, node.body], nameOf(binding)),
			);
			if (size === undefined) continue;
			sizes.set(binding, size);
			progress = true;
		}
	}
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

/** The smallest axis that the name indexes by itself. */
function findRange(
	evaluator: Evaluator,
	environment: Environment,
	nodes: readonly (ast.Expression | undefined)[],
	name: string,
): number | undefined {
	let found: number | undefined;
	const visit = (node: ast.Expression | ast.Statement, scope: Environment): void => {
		if (node.kind === "Index") {
			const size = extentAt(evaluator, scope, node, name);
			if (size !== undefined && (found === undefined || size < found)) found = size;
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
	const visitBinder = (node: ast.Binder, scope: Environment): void => {
		for (const binding of node.bindings) if (binding.source) visit(binding.source, scope);
		if (node.bindings.some((b) => b.pattern.kind !== "Rest" && patternNames(b.pattern).includes(name)))
			return;
		const inner = scope.inner();
		const lanes = attempt(() => openLanes(evaluator, scope, inner, node)) ?? [];
		evaluator.inLanes(lanes, () => {
			if (node.where) visit(node.where, inner);
			visit(node.body, inner);
		});
	};
	for (const node of nodes) if (node) visit(node, environment);
	return found;
}

/** Trial lanes of a binder within; a name whose range is not known yet has no value. */
function openLanes(evaluator: Evaluator, scope: Environment, inner: Environment, node: ast.Binder): Lane[] {
	const lanes: Lane[] = [];
	const sizes = new Map<ast.Binding, number>();
	for (const binding of node.bindings) {
		const size =
			binding.source && attempt(() => sourceSize(evaluator, scope, binding.source as ast.Expression));
		if (size !== undefined) sizes.set(binding, size);
	}
	searchSizes(evaluator, scope, node, sizes);
	for (const binding of node.bindings) {
		if (binding.pattern.kind === "Rest") {
			lanes.push(...openRest(evaluator, scope, inner, binding.pattern));
			continue;
		}
		const size = sizes.get(binding);
		for (const name of patternNames(binding.pattern)) inner.set(name, unit);
		if (size === undefined) continue;
		const lane = evaluator.newLane(nameOf(binding), size);
		lanes.push(lane);
		inner.set(nameOf(binding), { kind: "index", lane });
	}
	return lanes;
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
	const at = node.items.findIndex((i) => i.kind === "Name" && i.name === name);
	if (at < 0) return undefined;
	const base = shapeOfExpression(evaluator, environment, node.base);
	if (!base) return undefined;
	const hasRest = node.items[0]?.kind === "Rest";
	return hasRest ? base[base.length - (node.items.length - at)] : base[at];
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
	if (value?.kind === "stack" || value?.kind === "tuple") return leadingSizes(value, 1);
	if (node.kind === "Field") return shapeAtFirst(evaluator, environment, node);
	if (node.kind !== "Index" || node.items.some((i) => i.kind === "Range")) return undefined;
	const base = shapeOfExpression(evaluator, environment, node.base);
	return base?.slice(base.length - node.items.length).filter((_, i) => node.items[i]?.kind === "FullSlice");
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
	return tensor && shapeOf(tensor);
}

function tensorOf(evaluator: Evaluator, value: Value): ReturnType<typeof traced> {
	return attempt(() => traced(evaluator, value));
}
