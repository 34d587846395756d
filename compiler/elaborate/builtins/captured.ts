import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import type { Environment } from "../environment.js";
import { isFloat } from "../tensors.js";
import { mapTensors, type TracedValue, type Value } from "../values.js";

/** A real tensor that a value holds: as data, or as what a function in it captures. */
export interface Captured {
	/** As the program calls it: `w`, `net.weight`. */
	readonly name: string;
	readonly leaf: TracedValue;
}

/** A function is its code and the tensors that it captures; these, in an order that `withCaptured` keeps. */
export function capturedBy(value: Value, name: string): Captured[] {
	const found: Captured[] = [];
	mapCaptured(value, name, (leaf, path) => {
		found.push({ name: path, leaf });
		return leaf;
	});
	return found;
}

/** The same value with other tensors in the place of those that it holds. */
export function withCaptured(value: Value, name: string, leaves: readonly TracedValue[]): Value {
	let next = 0;
	return mapCaptured(value, name, (leaf) => leaves[next++] ?? leaf);
}

/** Code and where it was made. */
interface Code {
	readonly node: ast.Expression | ast.FunctionDeclaration;
	readonly environment: Environment;
}

type Mapping = (leaf: TracedValue, name: string) => TracedValue;

function mapCaptured(value: Value, name: string, map: Mapping, around: readonly Code[] = []): Value {
	const within = (inner: Value, path: string): Value => mapCaptured(inner, path, map, around);
	const code = (node: Code["node"], environment: Environment): Environment =>
		around.some((outer) => outer.node === node && outer.environment === environment)
			? environment
			: mapNames({ node, environment }, map, around);
	switch (value.kind) {
		case "closure":
			return { ...value, environment: code(value.node, value.environment) };
		case "function":
			if (value.environment.kind === "module") return value;
			return { ...value, environment: code(value.node, value.environment) };
		case "derivative":
			return {
				...value,
				environment: code(value.node, value.environment),
				...(value.given && { given: within(value.given, name) }),
				...(value.at && { at: within(value.at, name) }),
			};
		case "list":
			return { ...value, items: value.items.map((item, i) => within(item, `${name}[${i}]`)) };
		case "tuple":
			return {
				...value,
				elements: value.elements.map((e, i) => ({ ...e, value: within(e.value, `${name}.${e.name ?? i}`) })),
			};
		case "variant":
			return {
				...value,
				fields: value.fields.map((f) => ({ ...f, value: within(f.value, `${name}.${f.name}`) })),
			};
		default:
			return mapTensors(
				value,
				(tensor, path) =>
					tensor.kind === "traced" && isFloat(tensor.value.type.element) ? map(tensor, path) : tensor,
				name,
			);
	}
}

/** Names of the declaration that the code stands in: those of the file are no tensors of this computation. */
function mapNames(code: Code, map: Mapping, around: readonly Code[]): Environment {
	const inner = code.environment.inner();
	for (const [name] of freeNames(code.node)) {
		if (!code.environment.findInDeclaration(name)) continue;
		const value = code.environment.find(name);
		if (value) inner.set(name, mapCaptured(value, name, map, [...around, code]));
	}
	return inner;
}
