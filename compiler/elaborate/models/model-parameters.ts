import type { Evaluator } from "../evaluator.js";
import { traced } from "../tensors.js";
import { type ModelValue, unit, type Value } from "../values.js";

/** The trainable tensors of a model, as a record with the names of its parts. */
export function trainable(evaluator: Evaluator, value: Value): Value | undefined {
	switch (value.kind) {
		case "tensor":
		case "traced":
			return traced(evaluator, value);
		case "list": {
			const items = value.items.map((item) => trainable(evaluator, item));
			if (items.every((item) => item === undefined)) return undefined;
			return { kind: "list", items: items.map((item) => item ?? unit) };
		}
		case "model": {
			const elements = partsOf(value).flatMap(({ name, part }) => {
				const tree = trainable(evaluator, part);
				return tree ? [{ name, value: tree }] : [];
			});
			return elements.length > 0 ? { kind: "tuple", elements } : undefined;
		}
		default:
			return undefined;
	}
}

export function partsOf(model: ModelValue): { readonly name: string; readonly part: Value }[] {
	return model.node.members.flatMap((member) => {
		if (member.kind !== "Define" && !(member.kind === "Leaf" && member.role === "param")) return [];
		const name = member.name.kind === "Identifier" ? member.name.name : "";
		const part = model.members.get(name);
		return part ? [{ name, part }] : [];
	});
}
