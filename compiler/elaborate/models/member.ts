import type { Environment } from "../environment.js";
import type { Evaluator } from "../evaluator.js";
import { shapeOf } from "../evaluator.js";
import { isComplex, ofBothParts } from "../expressions/complex.js";
import { arrange, traced } from "../tensors.js";
import type { Leaf, ModelValue, TracedValue, Value } from "../values.js";
import { choiceMember } from "./choice.js";
import { leafValue } from "./leaf.js";
import { fieldOfStack } from "./stack.js";
import { stateName } from "./state.js";
import { withOwn } from "./weight-axes.js";

/** A record of tensors is a table, too. */
const tableMethods: readonly string[] = ["batches", "take"];

/** `net.weight`, `x.T`, `pair.0`, `digits.train`, `net.**.weight`. */
export function fieldOf(evaluator: Evaluator, base: Value, name: string): Value | undefined {
	switch (base.kind) {
		case "tuple": {
			const element = base.elements.find((e, i) => e.name === name || String(i) === name);
			if (element) return leafValue(evaluator, element.value);
			const chosen = choiceMember(evaluator, base, name);
			if (chosen) return chosen;
			if (name === "T" && isComplex(base))
				return ofBothParts(evaluator, base, (part) => turned(evaluator, part) ?? part);
			return tableMethods.includes(name) ? { kind: "method of data", table: base, name } : undefined;
		}
		case "stack": {
			const member = modelMember(base.of, name);
			return fieldOfStack(base, member && leafValue(evaluator, member));
		}
		case "model": {
			const member = modelMember(base, name);
			return member && leafValue(evaluator, member);
		}
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
	return value && turned(evaluator, value);
}

/** The matrix with its axes exchanged. */
function turned(evaluator: Evaluator, value: TracedValue): TracedValue | undefined {
	if (shapeOf(value).length !== 2) return undefined;
	return arrange(evaluator, value.value, [...value.lanes, 1, 0], value.below);
}

export function modelMember(model: ModelValue, name: string): Value | undefined {
	const own = model.members.get(name);
	if (own) return own;
	for (const member of model.node.members) {
		if (member.kind === "Function" && member.name?.kind === "Identifier" && member.name.name === name) {
			return {
				kind: "function",
				node: member,
				environment: instanceEnvironment(model),
				model,
				...(model.evaluation && { evaluation: true }),
			};
		}
	}
	return model.configuration.findInDeclaration(name);
}

/** The names that a method sees: the configuration, and the members. */
export function instanceEnvironment(model: ModelValue): Environment {
	const environment = model.configuration.inner();
	for (const [name, value] of model.members) environment.set(name, value);
	for (const member of model.node.members) {
		const name = member.kind === "Leaf" && member.role === "state" ? member.name : undefined;
		const value = name?.kind === "Identifier" ? model.members.get(name.name) : undefined;
		if (name?.kind === "Identifier" && value) environment.set(stateName(name.name), value);
	}
	for (const member of model.node.members) {
		if (member.kind === "Function" && member.name?.kind === "Identifier") {
			environment.set(member.name.name, { kind: "function", node: member, environment, model });
		}
		// A function that was named when the instance was made reads the weights as they are now.
		if (member.kind !== "Let" || member.pattern.kind !== "NamePattern") continue;
		const { name } = member.pattern;
		const made = model.members.get(name);
		if (member.value.kind === "Lambda")
			environment.set(name, { kind: "closure", node: member.value, environment });
		else if (made?.kind === "deferred") environment.set(name, { ...made, environment });
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

/** The same tree with some leaves replaced, by path. */
export function replaceLeaves(place: Leaf, values: ReadonlyMap<string, Value>): Value {
	const { value, path } = place;
	const replaced = values.get(path);
	if (replaced) return replaced;
	switch (value.kind) {
		case "stack": {
			const of = replaceLeaves({ path, value: value.of }, values);
			return of.kind === "model" ? { ...value, of } : value;
		}
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
		case "frozen":
			return { ...value, value: replaceLeaves({ path, value: value.value }, values) };
		case "reparametrized": {
			const { base } = value;
			const replacedPart = (name: string, part: Value): Value =>
				replaceLeaves({ path: `${path}.${name}`, value: part }, values);
			return withOwn(value, {
				params: new Map([...value.params].map(([name, part]) => [name, replacedPart(name, part)])),
				...(base && { base: replacedPart("base", base) }),
			});
		}
		default:
			return value;
	}
}
