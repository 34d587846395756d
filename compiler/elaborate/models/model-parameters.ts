import type { Evaluator } from "../evaluator.js";
import { isFloat, toReal, traced } from "../tensors.js";
import { list, type ModelValue, type TracedValue, unit, type Value } from "../values.js";

/**
 * The trainable tensors of a tree: of a model as a record with the names of its parts, of all else the same tree;
 * undefined if there are none.
 */
export function trainable(evaluator: Evaluator, value: Value): Value | undefined {
	const leaf = realLeaf(evaluator, value);
	if (leaf) return leaf;
	switch (value.kind) {
		case "list": {
			const items = value.items.map((item) => trainable(evaluator, item));
			if (items.every((item) => item === undefined)) return undefined;
			return { kind: "list", items: items.map((item) => item ?? unit) };
		}
		case "tuple": {
			const parts = value.elements.map((e) => ({ name: e.name, value: trainable(evaluator, e.value) }));
			if (parts.every((p) => p.value === undefined)) return undefined;
			return {
				kind: "tuple",
				elements: parts.flatMap(({ name, value: part }) =>
					name === undefined ? [{ value: part ?? unit }] : part ? [{ name, value: part }] : [],
				),
			};
		}
		case "model": {
			const elements = partsOf(value).flatMap(({ name, part }) => {
				const tree = trainable(evaluator, part);
				return tree ? [{ name, value: tree }] : [];
			});
			return elements.length > 0 ? { kind: "tuple", elements } : undefined;
		}
		case "stack":
			return trainable(evaluator, value.of);
		case "reparametrized": {
			const elements = ownParts(value).flatMap(([name, part]) => {
				const tree = trainable(evaluator, part);
				return tree ? [{ name, value: tree }] : [];
			});
			return elements.length > 0 ? { kind: "tuple", elements } : undefined;
		}
		default:
			return undefined;
	}
}

/** A real tensor, or what a tensor is written as: numbers, and lists of equal shapes. */
function realLeaf(evaluator: Evaluator, value: Value): TracedValue | undefined {
	if (!["tensor", "traced", "number", "list"].includes(value.kind)) return undefined;
	const tensor = traced(evaluator, value, evaluator.realElement);
	if (!tensor) return undefined;
	const isWritten = value.kind === "number" || value.kind === "list";
	return isFloat(tensor.value.type.element) ? tensor : isWritten ? toReal(evaluator, tensor) : undefined;
}

/** A tree with other trainable tensors, in the order in which `trainable` has them. */
export function withTrainable(evaluator: Evaluator, value: Value, own: readonly TracedValue[]): Value {
	let next = 0;
	const replaced = (tree: Value): Value => {
		if (realLeaf(evaluator, tree)) return own[next++] ?? tree;
		switch (tree.kind) {
			case "list":
				return list(tree.items.map(replaced));
			case "tuple":
				return { ...tree, elements: tree.elements.map((e) => ({ ...e, value: replaced(e.value) })) };
			case "model": {
				const members = new Map(tree.members);
				for (const { name, part } of partsOf(tree)) members.set(name, replaced(part));
				return { ...tree, members };
			}
			case "stack": {
				const of = replaced(tree.of);
				return of.kind === "model" ? { ...tree, of } : tree;
			}
			case "reparametrized": {
				const found = new Map(ownParts(tree).map(([name, part]) => [name, replaced(part)]));
				const base = tree.base && found.get("base");
				const params = new Map([...tree.params].map(([name, part]) => [name, found.get(name) ?? part]));
				return { ...tree, params, ...(base && { base }) };
			}
			default:
				return tree;
		}
	};
	return replaced(value);
}

/** What a reparametrized weight is computed from. */
export function ownParts({
	base,
	params,
}: Value & { kind: "reparametrized" }): readonly (readonly [string, Value])[] {
	return [...(base ? ([["base", base]] as const) : []), ...params];
}

export function partsOf(model: ModelValue): { readonly name: string; readonly part: Value }[] {
	return model.node.members.flatMap((member) => {
		if (member.kind !== "Define" && !(member.kind === "Leaf" && member.role === "param")) return [];
		const name = member.name.kind === "Identifier" ? member.name.name : "";
		const part = model.members.get(name);
		return part ? [{ name, part }] : [];
	});
}
