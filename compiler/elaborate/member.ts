import type * as ast from "../../grammar/ast.js";
import type { Environment } from "./environment.js";
import { evaluate } from "./evaluate.js";
import type { Evaluator } from "./evaluator.js";
import { shapeOf } from "./evaluator.js";
import { fieldOfStack } from "./stack.js";
import { arrange, traced } from "./tensors.js";
import type { Leaf, ModelValue, Value } from "./values.js";

/** `net.weight`, `x.T`, `pair.0`, `digits.train`, `net.**.weight`. */
export function fieldOf(evaluator: Evaluator, base: Value, name: string): Value | undefined {
	switch (base.kind) {
		case "tuple":
			return base.elements.find((e, i) => e.name === name || String(i) === name)?.value;
		case "model":
			return modelMember(base, name);
		case "stack":
			return fieldOfStack(base, modelMember(base.of, name));
		case "table": {
			const column = base.columns.find((c) => c.name === name);
			return column?.value ?? { kind: "method of data", table: base, name };
		}
		case "rule":
			return ruleMember(base, name);
		default:
			break;
	}
	const value = name === "T" ? traced(evaluator, base) : undefined;
	if (!value || shapeOf(value).length !== 2) return undefined;
	return arrange(evaluator, value.value, [...value.lanes, 1, 0], value.below);
}

export function modelMember(model: ModelValue, name: string): Value | undefined {
	const own = model.members.get(name);
	if (own) return own;
	for (const member of model.node.members) {
		if (member.kind === "Function" && member.name?.kind === "Identifier" && member.name.name === name) {
			return { kind: "function", node: member, environment: instanceEnvironment(model) };
		}
	}
	return model.configuration.findInDeclaration(name);
}

/** The names that a method sees: the configuration, and the members. */
export function instanceEnvironment(model: ModelValue): Environment {
	const environment = model.configuration.inner();
	for (const [name, value] of model.members) environment.set(name, value);
	for (const member of model.node.members) {
		if (member.kind === "Function" && member.name?.kind === "Identifier") {
			environment.set(member.name.name, { kind: "function", node: member, environment });
		}
	}
	return environment;
}

/** `unit_rows.violation`: a function of the subject. */
function ruleMember(rule: Value & { kind: "rule" }, name: string): Value | undefined {
	const exists = rule.node.members.some((m) =>
		m.kind === "Define"
			? m.name.name === name
			: m.kind === "Function" && m.name?.kind === "Identifier" && m.name.name === name,
	);
	return exists ? { ...rule, member: name } : undefined;
}

// ---------------------------------------------------------------- places

export function placesAt(evaluator: Evaluator, environment: Environment, node: ast.Expression): Leaf[] {
	return selected(evaluator, environment, node).flatMap(leavesBelow);
}

function selected(evaluator: Evaluator, environment: Environment, node: ast.Expression): Leaf[] {
	if (node.kind === "Places") {
		const bases = selected(evaluator, environment, node.base);
		return node.select === "*" ? bases.flatMap(partsOf) : bases.flatMap(descendants);
	}
	if (node.kind === "Field" && node.name.kind === "Identifier") {
		const name = node.name.name;
		return selected(evaluator, environment, node.base).flatMap((b) =>
			partsOf(b).filter((p) => p.path === `${b.path}.${name}`),
		);
	}
	if (node.kind === "Parenthesized") return selected(evaluator, environment, node.inner);
	if (node.kind === "Tuple") return node.elements.flatMap((e) => selected(evaluator, environment, e.value));
	return [{ path: pathOf(evaluator, environment, node), value: evaluate(evaluator, environment, node) }];
}

/** The path of a place that is spelled out: `last(net.layers)` is `net.layers[1]`. */
function pathOf(evaluator: Evaluator, environment: Environment, node: ast.Expression): string {
	switch (node.kind) {
		case "Name":
			return node.name;
		case "Call": {
			const argument = node.arguments[0]?.value;
			if (node.callee.kind !== "Name" || !argument) return "?";
			const source = evaluate(evaluator, environment, argument);
			const size = source.kind === "list" ? source.items.length : 0;
			if (node.callee.name === "first") return `${pathOf(evaluator, environment, argument)}[0]`;
			if (node.callee.name === "last") return `${pathOf(evaluator, environment, argument)}[${size - 1}]`;
			return "?";
		}
		case "Field":
			return `${pathOf(evaluator, environment, node.base)}.${node.name.kind === "Identifier" ? node.name.name : "?"}`;
		case "Index": {
			const index = node.items[0] && evaluate(evaluator, environment, node.items[0]);
			return `${pathOf(evaluator, environment, node.base)}[${index?.kind === "number" ? index.value : "?"}]`;
		}
		default:
			return "?";
	}
}

function partsOf(place: Leaf): Leaf[] {
	const { value, path } = place;
	switch (value.kind) {
		case "model":
			return value.node.members.flatMap((m) => {
				if (m.kind !== "Define" && !(m.kind === "Leaf" && m.role === "param")) return [];
				const name = m.name.kind === "Identifier" ? m.name.name : "";
				const part = value.members.get(name);
				return part ? [{ path: `${path}.${name}`, value: part }] : [];
			});
		case "stack":
			return partsOf({ path, value: value.of });
		case "list":
			return value.items.map((v, i) => ({ path: `${path}[${i}]`, value: v }));
		case "tuple":
			return value.elements.map((e, i) => ({ path: `${path}.${e.name ?? i}`, value: e.value }));
		default:
			return [];
	}
}

function descendants(place: Leaf): Leaf[] {
	return [place, ...partsOf(place).flatMap(descendants)];
}

export function leavesBelow(place: Leaf): Leaf[] {
	if (place.value.kind === "tensor" || place.value.kind === "traced") return [place];
	return partsOf(place).flatMap(leavesBelow);
}

/** The same tree with some leaves replaced, by path. */
export function replaceLeaves(place: Leaf, values: ReadonlyMap<string, Value>): Value {
	const { value, path } = place;
	const replaced = values.get(path);
	if (replaced) return replaced;
	switch (value.kind) {
		case "model":
			return {
				...value,
				members: new Map(
					[...value.members].map(([name, member]) => [
						name,
						replaceLeaves({ path: `${path}.${name}`, value: member }, values),
					]),
				),
			};
		case "list":
			return {
				...value,
				items: value.items.map((v, i) => replaceLeaves({ path: `${path}[${i}]`, value: v }, values)),
			};
		case "tuple":
			return {
				...value,
				elements: value.elements.map((e, i) => ({
					...e,
					value: replaceLeaves({ path: `${path}.${e.name ?? i}`, value: e.value }, values),
				})),
			};
		default:
			return value;
	}
}
