import { showCondition } from "../signatures/conditions.js";
import { isOn } from "../signatures/option-truth.js";
import { stackOfPart } from "../signatures/stack-type.js";
import { showType } from "../types/show.js";
import { elementAt, familyList, lengthOf } from "../types/substitute.js";
import {
	errorType,
	isRealElement,
	type LeafForm,
	type ModelType,
	type Reparametrized,
	scalar,
	type Type,
	tensor,
	unitType,
	type VariableType,
} from "../types/types.js";
import { memberType } from "./place.js";
import { formOf } from "./places.js";
import { asTensor } from "./stack.js";

/** The parameters of a model that are trained, as a tree. */

export interface ModelPart {
	readonly name: string;
	readonly type: Type;
	/** What cannot be told of it: whether it is there. */
	readonly open?: string;
	/** Of one whose value is computed from others: these. */
	readonly own?: readonly { readonly name: string; readonly type: Type }[];
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
		const open =
			on === undefined && condition
				? `whether \`${showCondition(condition)}\` holds`
				: isOpenForm(form)
					? `${madeOpen}\`${name}\` is made`
					: undefined;
		const type = memberType(model, member);
		const own = form?.reparametrized && ownParameters(form.reparametrized, type);
		return [{ name, type, ...(open && { open }), ...(own && { own }) }];
	});
}

/** Whether only the run knows of what a parameter is made. */
function isOpenForm(form: LeafForm | undefined): boolean {
	if (!form || form.frozen) return false;
	const made = form.reparametrized;
	return form.open === true || isOpenForm(made?.base) || (made?.params ?? []).some((p) => isOpenForm(p.form));
}

/** A part as a tree: of a parameter that is computed from others, these. */
export function treeOfPart({ type, own }: ModelPart): Type {
	return own ? recordOf(own) : type;
}

/** What the value of a parameter is computed from: what it was before, and the parameters of the `reparam`. */
function ownParameters({ params, base }: Reparametrized, type: Type): NonNullable<ModelPart["own"]> {
	const all = base ? [{ name: "base", type, form: base }, ...params] : params;
	return all.flatMap(({ name, type, form }) => {
		if (form?.frozen) return [];
		return [{ name, type: form?.reparametrized ? recordOf(ownParameters(form.reparametrized, type)) : type }];
	});
}

function recordOf(elements: NonNullable<ModelPart["own"]>): Type {
	return elements.length > 0 ? { kind: "tuple", elements } : unitType;
}

/** What to write instead of a tree of which something is open. */
export function hintOfOpen(open: string): string {
	return open.startsWith(madeOpen)
		? "ask for it in each case, where it is told; or of plain weights: `merge(..)`"
		: "configure it in the signature, or take any tree: `fn f(net: T, ..) where T: tree`";
}

const madeOpen = "how ";

/** What of a tree's parameters cannot be told; undefined if all is. */
export function openCondition(type: Type): string | undefined {
	switch (type.kind) {
		case "list": {
			const entries = type.elements ?? [elementAt(type, lengthOf(type))];
			return firstOpen(entries.filter((e) => e !== undefined));
		}
		case "tuple":
			if (type.isOneOf) return "which branch an entry of a choice is";
			return firstOpen(type.elements.map((e) => e.type));
		case "stack":
			return openCondition(type.of);
		case "model":
			for (const part of partsOfModel(type)) {
				const open = part.open ?? openCondition(part.type);
				if (open) return open;
			}
			return undefined;
		default:
			return undefined;
	}
}

function firstOpen(types: readonly Type[]): string | undefined {
	for (const type of types) {
		const open = openCondition(type);
		if (open) return open;
	}
	return undefined;
}

/** What of a type variable that is a tree is trained: of a model the record of its parameters. */
export function parametersOfVariable(type: VariableType): VariableType {
	return type.parametersOf ? type : { ...type, name: `the parameters of ${type.name}`, parametersOf: true };
}

/**
 * The trainable tensors of a tree: of a model as a record with the names of its parts, of all else the same tree;
 * undefined if there are none.
 */
export function trainable(type: Type): Type | undefined {
	switch (type.kind) {
		case "tensor":
			return isRealElement(type.element) ? tensor(type.element, type.shape) : undefined;
		case "Int":
		case "Real":
			return scalar("real");
		case "variable":
			return parametersOfVariable(type);
		case "stack": {
			const tree = trainable(type.of);
			return tree && stackOfPart(tree, type.dims);
		}
		case "list": {
			if (!type.elements) {
				const entry = elementAt(type, lengthOf(type));
				if (!entry || !trainable(entry)) return undefined;
				return familyList(lengthOf(type), (i) => trainable(elementAt(type, i) ?? errorType) ?? errorType);
			}
			const whole = asTensor(type);
			if (whole && isRealElement(whole.element)) return tensor(whole.element, whole.shape);
			if (whole && isNumbers(type)) return tensor("real", whole.shape);
			const parts = type.elements.map(trainable);
			if (parts.every((p) => p === undefined)) return undefined;
			return { kind: "list", elements: parts.map((p): Type => p ?? unitType) };
		}
		case "tuple": {
			const parts = type.elements.map((e) => ({ ...e, type: trainable(e.type) }));
			if (parts.every((p) => p.type === undefined)) return undefined;
			return {
				kind: "tuple",
				// As in a model, what a record has no parameters in is left out; of a tuple it keeps its place.
				elements: parts.flatMap(({ name, type: part }) =>
					part
						? [{ ...(name !== undefined && { name }), type: part }]
						: name === undefined
							? [{ type: unitType }]
							: [],
				),
			};
		}
		case "model": {
			const elements = partsOfModel(type).flatMap((part) => {
				const tree = trainable(treeOfPart(part));
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

/** A list of numbers that are known before running, which a tensor is written as. */
function isNumbers(type: Type): boolean {
	if (type.kind === "list")
		return type.elements !== undefined && type.elements.length > 0 && type.elements.every(isNumbers);
	return type.kind === "Int" || type.kind === "Real";
}
