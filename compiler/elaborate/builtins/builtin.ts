import type * as ast from "../../../grammar/ast.js";
import type { ElementType } from "../../ir/ir.js";
import { labelledAxis } from "../../program/axes.js";
import type { Environment } from "../environment.js";
import { type Evaluator, fail, shapeOf } from "../evaluator.js";
import type { EvaluatedCall } from "../expressions/call.js";
import { evaluate } from "../expressions/evaluate.js";
import { traced } from "../tensors.js";
import type { TracedValue, Value } from "../values.js";

/** Reading the arguments of a builtin by the names of its parameters, in one call. */
export class BuiltinCall {
	private readonly found = new Map<string, EvaluatedCall["arguments"][number]>();

	constructor(
		readonly evaluator: Evaluator,
		readonly environment: Environment,
		readonly call: EvaluatedCall,
		names: readonly string[],
	) {
		const named = new Set(call.arguments.flatMap((a) => (a.name ? [a.name.name] : [])));
		const free = names.filter((name) => !named.has(name));
		for (const argument of call.arguments) {
			const name = argument.name?.name ?? free.shift();
			if (name !== undefined) this.found.set(name, argument);
		}
	}

	has(name: string): boolean {
		return this.found.has(name);
	}

	/** The expression of an argument that is read as it is written; undefined where only its value is given. */
	node(name: string): ast.Expression | undefined {
		const argument = this.found.get(name);
		return argument && !argument.given ? argument.value : undefined;
	}

	value(name: string): Value | undefined {
		const argument = this.found.get(name);
		return argument && (argument.given ?? evaluate(this.evaluator, this.environment, argument.value));
	}

	tensor(name: string, element?: ElementType): TracedValue {
		const value = this.value(name);
		const result = value && traced(this.evaluator, value, element);
		return result ?? this.fail("a tensor is wanted here");
	}

	number(name: string, otherwise?: number): number {
		const value = this.value(name);
		if (value?.kind === "number") return value.value;
		return value === undefined && otherwise !== undefined
			? otherwise
			: this.fail("a number known before running is wanted here");
	}

	flag(name: string): boolean {
		const value = this.value(name);
		return value?.kind === "bool" && value.value;
	}

	/** The option `axis`, counted from the start. */
	axis(name: string, value: TracedValue, otherwise: number, room = 0): number {
		return this.axes(name, value, room)?.[0] ?? fromStart(otherwise, shapeOf(value).length + room);
	}

	/** The axes of an option, counted from the start; undefined where it is not given. */
	axes(name: string, value: TracedValue, room = 0): number[] | undefined {
		const argument = this.found.get(name);
		if (!argument) return undefined;
		const rank = shapeOf(value).length + room;
		if (!argument.given) return this.axesAt(argument.value, rank);
		return axesIn(argument.given, rank) ?? this.fail("an axis is wanted here");
	}

	private axesAt(node: ast.Expression, rank: number): number[] {
		switch (node.kind) {
			case "Parenthesized":
				return this.axesAt(node.inner, rank);
			case "Tuple":
				return node.elements.flatMap((e) => this.axesAt(e.value, rank));
			case "List":
				return node.elements.flatMap((e) => this.axesAt(e, rank));
			case "Field": {
				const axis = node.base.kind === "Root" ? labelledAxis(node) : undefined;
				if (axis !== undefined) return [axis < 0 ? rank + axis : axis];
				break;
			}
			default:
				break;
		}
		const value = evaluate(this.evaluator, this.environment, node);
		return axesIn(value, rank) ?? fail(this.environment, node, "an axis is wanted here");
	}

	fail(message: string): never {
		return fail(this.environment, this.call.node, message);
	}
}

function fromStart(axis: number, rank: number): number {
	return axis < 0 ? rank + axis : axis;
}

function axesIn(value: Value, rank: number): number[] | undefined {
	if (value.kind === "number") return [fromStart(value.value, rank)];
	const parts =
		value.kind === "tuple"
			? value.elements.map((e) => e.value)
			: value.kind === "list"
				? value.items
				: undefined;
	const axes = parts?.map((part) => axesIn(part, rank));
	return axes?.every((a) => a !== undefined) ? axes.flat() : undefined;
}

/** The parts of a tuple or list. */
export function partsOf(value: Value): readonly Value[] | undefined {
	if (value.kind === "tuple") return value.elements.map((e) => e.value);
	return value.kind === "list" ? value.items : undefined;
}

/** Numbers of a tuple or list, or one. */
export function numbersOf(value: Value | undefined): number[] | undefined {
	if (value?.kind === "number") return [value.value];
	const parts = value && partsOf(value);
	const numbers = parts?.map((p) => (p.kind === "number" ? p.value : undefined));
	return numbers?.every((n) => n !== undefined) ? numbers : undefined;
}
