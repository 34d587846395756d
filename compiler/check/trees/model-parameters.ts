import { showCondition } from "../signatures/conditions.js";
import { isOn } from "../signatures/option-truth.js";
import { showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import { errorType, type ModelType, type Type, tensor } from "../types/types.js";
import { memberType } from "./place.js";
import { formOf } from "./places.js";

/** The parameters of a model that are trained, as a tree. */

export interface ModelPart {
	readonly name: string;
	readonly type: Type;
	/** What cannot be told of it: whether it is there, or how its value is made. */
	readonly open?: string;
}

/** What holds parameters of a model that are trained: its own, and those of its parts. */
export function partsOfModel(model: ModelType): ModelPart[] {
	return [...model.declaration.members.values()].flatMap((member): ModelPart[] => {
		if (member.role !== "param" && member.role !== "part") return [];
		const { name, condition } = member;
		const on = condition ? isOn(model, condition) : true;
		if (on === false) return [];
		const form = member.role === "param" ? formOf(model, name, member.form) : undefined;
		if (form?.frozen) return [];
		const open = on === undefined && condition ? `whether \`${showCondition(condition)}\` holds` : undefined;
		const made = form?.reparametrized
			? `a derivative by \`${name}\`, which is computed from others,`
			: undefined;
		const what = open ?? made;
		return [{ name, type: memberType(model, member), ...(what && { open: what }) }];
	});
}

/** What of a model's parameters cannot be told; undefined if all is. */
export function openCondition(type: Type): string | undefined {
	if (type.kind === "list") {
		const [first] = type.elements ?? [elementAt(type, lengthOf(type))];
		return first && openCondition(first);
	}
	if (type.kind !== "model") return undefined;
	for (const part of partsOfModel(type)) {
		const open = part.open ?? openCondition(part.type);
		if (open) return open;
	}
	return undefined;
}

/** The trainable tensors of a model, as a record with the names of its parts; undefined if there are none. */
export function trainable(type: Type): Type | undefined {
	switch (type.kind) {
		case "tensor":
			return tensor(type.element, type.shape);
		case "list": {
			if (!type.elements) {
				const entry = elementAt(type, lengthOf(type));
				if (!entry || !trainable(entry)) return undefined;
				return familyList(lengthOf(type), (i) => trainable(elementAt(type, i) ?? errorType) ?? errorType);
			}
			const parts = type.elements.map(trainable);
			if (parts.every((p) => p === undefined)) return undefined;
			return { kind: "list", elements: parts.map((p): Type => p ?? { kind: "unit" }) };
		}
		case "model": {
			const elements = partsOfModel(type).flatMap((part) => {
				const tree = trainable(part.type);
				return tree ? [{ name: part.name, type: tree }] : [];
			});
			return elements.length > 0
				? { kind: "tuple", elements, title: `the parameters of ${showType(type)}` }
				: undefined;
		}
		default:
			return undefined;
	}
}
