import type * as ast from "../../../grammar/ast.js";
import { matchOf } from "../../../grammar/branches.js";
import { holdsPlaces, holdsSlice } from "../../../grammar/places.js";
import type { ElementType } from "../../ir/ir.js";
import { evaluateBinder } from "../binders/binder.js";
import { tellLimit } from "../binders/checks.js";
import { evaluateComprehension } from "../binders/comprehension.js";
import { guarded } from "../binders/guard.js";
import { indexValue } from "../binders/indexing.js";
import { affordable, turnsIn } from "../budget.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail } from "../evaluator.js";
import { evaluateChoice } from "../models/choice.js";
import { leafValue } from "../models/leaf.js";
import { fieldOf } from "../models/member.js";
import { select, valuesAt } from "../models/places.js";
import { writeState } from "../models/state.js";
import { traced } from "../tensors.js";
import {
	integer,
	list,
	type NumberValue,
	type TracedValue,
	type TupleValue,
	unit,
	type Value,
} from "../values.js";
import { binary, negate, not } from "./arithmetic.js";
import { callValue, evaluateCall, evaluatePipe } from "./call.js";
import { evaluateMatch } from "./cases.js";
import { choose } from "./choose.js";
import { type Expected, expectedOf, partExpected, shapeAt } from "./expected.js";
import { withNamedRoot } from "./named-root.js";
import { adapt } from "./parameters.js";
import { readOutside } from "./precision.js";
import { evaluateWith } from "./update.js";

function writtenNumber(environment: Environment, node: ast.NumberLiteral): NumberValue {
	const { value, integer } = node;
	const narrow = Math.fround(value);
	const isBeyond = !Number.isFinite(narrow) || (narrow === 0 && value !== 0);
	return { kind: "number", value, integer, ...(isBeyond && { written: environment.locate(node) }) };
}

/** Evaluates a checked expression: static parts now, tensors as equations of the function that is being built. */
export function evaluate(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
	expected?: Expected,
): Value {
	switch (node.kind) {
		case "Number":
			return writtenNumber(environment, node);
		case "String":
			return {
				kind: "string",
				value: node.parts
					.map((p) =>
						typeof p === "string" ? p : textOf(now(evaluator, evaluate(evaluator, environment, p))),
					)
					.join(""),
			};
		case "Bool":
			return { kind: "bool", value: node.value };
		case "Name":
			return readOutside(
				evaluator,
				environment,
				node,
				leafValue(
					evaluator,
					environment.find(node.name) ??
						modeAt(evaluator, node) ??
						fail(environment, node, `\`${node.name}\` has no value here`),
				),
			);
		case "Parenthesized":
			return evaluate(evaluator, environment, node.inner, expected);
		case "Unary": {
			const operand = evaluate(evaluator, environment, node.operand);
			const result = node.operator === "-" ? negate(evaluator, operand) : not(evaluator, operand);
			return result ?? fail(environment, node, `\`${node.operator}\` of this cannot be computed`);
		}
		case "Binary":
			return evaluateBinary(evaluator, environment, node);
		case "Match":
			return evaluateMatch(evaluator, environment, node, expected);
		case "With":
			return evaluateWith(evaluator, environment, node);
		case "If":
			return evaluateIf(evaluator, environment, node, expected);
		case "Call":
			return evaluateCall(evaluator, environment, node, expected);
		case "Index":
			return evaluateIndex(evaluator, environment, node);
		case "Field":
		case "Places":
			return evaluateField(evaluator, environment, node);
		case "Tuple":
			if (node.elements.length === 0) return unit;
			return {
				kind: "tuple",
				elements: node.elements.map((e, i) => ({
					...(e.name && { name: e.name.name }),
					value: evaluate(evaluator, environment, e.value, partExpected(expected, e.name?.name ?? i)),
				})),
			};
		case "List":
			return evaluateList(evaluator, environment, node, expected);
		case "Range":
			return evaluateRange(evaluator, environment, node);
		case "Lambda":
			return { kind: "closure", node, environment };
		case "Block":
			return evaluateBlock(evaluator, environment, node, expected);
		case "Binder":
			return evaluateBinder(evaluator, environment, node);
		case "Choice":
			return evaluateChoice(evaluator, environment, node);
		case "Seed": {
			const seed = evaluate(evaluator, environment, node.seed);
			if (seed.kind !== "number")
				return fail(environment, node.seed, "a seed is a whole number known before running");
			return evaluator.seeded(seed.value, () => evaluate(evaluator, environment, node.body, expected));
		}
		default:
			return fail(environment, node, `this cannot be computed yet (${node.kind})`);
	}
}

/** `training`, where no other name hides it. */
function modeAt(evaluator: Evaluator, node: ast.Name): Value | undefined {
	return node.name === "training" ? { kind: "bool", value: evaluator.training } : undefined;
}

/** With its numbers, where it is computed as a whole at once. */
function now(evaluator: Evaluator, value: Value): Value {
	return evaluator.isKernel ? value : evaluator.services.computed(evaluator, value);
}

/** A number of 32 bits has about seven digits. */
function digits(number: number, element: ElementType): string {
	return String(element === "f32" ? Number(number.toPrecision(7)) : number);
}

export function textOf(value: Value): string {
	switch (value.kind) {
		case "number":
		case "bool":
		case "string":
			return String(value.value);
		case "tensor":
			return [...value.data.data].map((n) => digits(n, value.data.type.element)).join(", ");
		case "list":
			return `[${value.items.map(textOf).join(", ")}]`;
		case "tuple":
			return `(${value.elements.map((p) => (p.name ? `${p.name} = ` : "") + textOf(p.value)).join(", ")})`;
		case "variant": {
			const fields = value.fields.map((f) => textOf(f.value)).join(", ");
			return fields === "" ? value.name : `${value.name}(${fields})`;
		}
		default:
			return `(${value.kind})`;
	}
}

function evaluateBinary(evaluator: Evaluator, environment: Environment, node: ast.Binary): Value {
	if (node.operator === "|>") return evaluatePipe(evaluator, environment, node);
	if (node.operator === "except") return { kind: "places", leaves: valuesAt(evaluator, environment, node) };
	const left = evaluate(evaluator, environment, node.left);
	if (left.kind === "bool" && node.operator === "and" && !left.value) return left;
	if (left.kind === "bool" && node.operator === "or" && left.value) return left;
	const right = evaluate(evaluator, environment, node.right);
	return (
		binary(evaluator, node.operator, left, right) ??
		fail(environment, node, `\`${node.operator}\` of these cannot be computed`)
	);
}

function evaluateIf(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.If,
	expected?: Expected,
): Value {
	const condition = evaluate(evaluator, environment, node.condition);
	const otherwise = node.else ?? fail(environment, node, "this `if` has no `else`");
	if (condition.kind === "bool")
		return evaluate(evaluator, environment, condition.value ? node.then : otherwise, expected);
	const c = traced(evaluator, condition, "bool");
	if (!c) return fail(environment, node.condition, "this is no condition");
	const negated = not(evaluator, c);
	if (negated?.kind !== "traced") return fail(environment, node.condition, "this is no condition");
	const a = evaluateGuarded(evaluator, environment, c, node.then, expected);
	const b = evaluateGuarded(evaluator, environment, negated, otherwise, expected);
	return choose(evaluator, environment, node, c, a, b);
}

/** The branch of a computed `if`: what it reads of the names around passes the guard. */
export function evaluateGuarded(
	evaluator: Evaluator,
	environment: Environment,
	condition: TracedValue,
	node: ast.Expression,
	expected?: Expected,
): Value {
	const guard = guarded(evaluator, condition);
	const branch = (): Value => evaluate(evaluator, environment.inner(guard), node, expected);
	return evaluator.guardedBy(guard, branch, condition);
}

/** Only the part that is read passes the guards of the branches around. */
function evaluateIndex(evaluator: Evaluator, environment: Environment, node: ast.Index): Value {
	if (holdsPlaces(node)) return { kind: "places", leaves: valuesAt(evaluator, environment, node) };
	const guards = environment.guards();
	const base = guards.length > 0 ? unguardedPath(evaluator, environment, node.base) : undefined;
	if (!base) return indexValue(evaluator, environment, node, evaluate(evaluator, environment, node.base));
	return guards.reduce((value, guard) => guard(value), indexValue(evaluator, environment, node, base));
}

/** A name or a field of one: reading it computes nothing, so that only the part that is indexed needs the guards. */
function unguardedPath(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Expression,
): Value | undefined {
	if (node.kind === "Name") {
		const value = environment.findUnguarded(node.name);
		return value && leafValue(evaluator, value);
	}
	if (node.kind !== "Field" || node.name.kind === "Missing") return undefined;
	const base = unguardedPath(evaluator, environment, node.base);
	return base && fieldOf(evaluator, base, node.name.name);
}

function evaluateField(evaluator: Evaluator, environment: Environment, node: ast.Field | ast.Places): Value {
	if (holdsPlaces(node)) return { kind: "places", leaves: valuesAt(evaluator, environment, node) };
	if (node.kind === "Places" || node.name.kind === "Missing")
		return fail(environment, node, "this place is not complete");
	if (node.base.kind !== "Name" && node.base.kind !== "Call") {
		const named = withNamedRoot(evaluator, environment, node);
		if (named) return evaluateField(evaluator, named.environment, named.node);
	}
	const base = evaluate(evaluator, environment, node.base);
	if (base.kind === "list" && holdsSlice(node.base))
		return { kind: "places", leaves: valuesAt(evaluator, environment, node) };
	const found = fieldOf(evaluator, base, node.name.name);
	// `loop(..).last`: nothing else of it is read.
	if (found && base.kind === "tuple" && base.ended && node.base.kind === "Call" && node.name.name !== "done")
		tellLimit(evaluator, environment, node.base, base.ended);
	if (found) return found;
	// A parameter of a reparametrized weight, whose value alone is at hand.
	const [own] = base.kind === "traced" || base.kind === "tensor" ? select(evaluator, environment, node) : [];
	return own
		? leafValue(evaluator, own.value)
		: fail(environment, node, `there is no \`${node.name.name}\` here`);
}

function evaluateList(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.List,
	expected?: Expected,
): Value {
	const only = node.elements[0];
	if (node.elements.length === 1 && only?.kind === "Binder" && only.word === "for")
		return evaluateComprehension(evaluator, environment, only);
	const items: Value[] = [];
	for (const element of node.elements) {
		if (element.kind !== "Spread") {
			items.push(evaluate(evaluator, environment, element, partExpected(expected, items.length)));
			continue;
		}
		const spread = evaluate(evaluator, environment, element.value);
		affordable(environment, node, items.length + turnsIn(spread));
		const entries = itemsOf(spread);
		if (!entries) return fail(environment, element, "this is no list");
		for (const item of entries) items.push(item);
	}
	return list(items);
}

export function itemsOf(value: Value): readonly Value[] | undefined {
	if (value.kind === "list") return value.items;
	if (value.kind === "range") {
		return Array.from(
			{ length: Math.max(0, value.to - value.from) },
			(_, i) => ({ kind: "number", value: value.from + i, integer: true }) as const,
		);
	}
	return undefined;
}

function evaluateRange(evaluator: Evaluator, environment: Environment, node: ast.Range): Value {
	const end = (e: ast.Expression | undefined): number => {
		const value = e && evaluate(evaluator, environment, e);
		if (!e) return 0;
		return value?.kind === "number" ? value.value : fail(environment, e, "a range has static ends");
	};
	return { kind: "range", from: end(node.from), to: end(node.to) };
}

export function evaluateBlock(
	evaluator: Evaluator,
	environment: Environment,
	node: ast.Block,
	expected?: Expected,
): Value {
	const inner = environment.inner();
	const last = node.statements.at(-1);
	for (const statement of node.statements) {
		if (statement === last && statement.kind === "ExpressionStatement")
			return evaluate(evaluator, inner, statement.value, expected);
		if (statement.kind === "Let") evaluateLet(evaluator, inner, statement);
		else if (statement.kind === "Assign") writeState(evaluator, inner, statement);
		else if (statement.kind !== "ExpressionStatement" || matchOf(statement))
			evaluator.services.statement(evaluator, inner, statement);
	}
	return unit;
}

export function evaluateLet(evaluator: Evaluator, environment: Environment, node: ast.Let): void {
	const born = bornSizes(node);
	const expected = born.length === 0 && node.type ? expectedOf(evaluator, environment, node.type) : undefined;
	const name = patternNames(node.pattern).join(", ");
	const value = evaluator.at(name, () => evaluate(evaluator, environment, node.value, expected));
	for (const { name: size, axis } of born) {
		const extent = value.kind === "tensor" ? value.data.type.shape[axis] : undefined;
		if (extent !== undefined) environment.set(size, integer(extent));
	}
	bindPattern(environment, node.pattern, adapt(evaluator, value, node.type, environment));
}

/** The sizes that a declared type gives a name, with their axes. */
export function bornSizes({ type }: ast.Let): { readonly name: string; readonly axis: number }[] {
	const shape = type?.kind === "NamedType" || type?.kind === "BoundedInt" ? (type.shape ?? []) : [];
	return shape.flatMap((item, axis) =>
		item.kind === "Some" && item.name.kind === "Identifier" ? [{ name: item.name.name, axis }] : [],
	);
}

export function patternNames(pattern: ast.Pattern): string[] {
	if (pattern.kind === "NamePattern") return [pattern.name];
	return pattern.kind === "TuplePattern" ? pattern.elements.flatMap(patternNames) : [];
}

export function bindPattern(environment: Environment, pattern: ast.Pattern, value: Value): void {
	if (pattern.kind === "NamePattern") environment.set(pattern.name, value);
	if (pattern.kind !== "TuplePattern") return;
	const parts = value.kind === "tuple" ? value : ({ kind: "tuple", elements: [] } satisfies TupleValue);
	for (const [i, element] of pattern.elements.entries()) {
		const part = parts.elements[i];
		if (part) bindPattern(environment, element, part.value);
	}
}

export { callValue, type Expected, expectedOf, shapeAt };
