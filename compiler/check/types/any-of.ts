import { asConstant, asVariable, variable } from "../../dims/dim.js";
import { sameType } from "../binders/host-binder.js";
import { commonModel } from "./common-model.js";
import { configured, ownInstance } from "./instantiate.js";
import { noBindings } from "./substitute.js";
import { type ModelType, type Type, withoutValues } from "./types.js";

/**
 * Any of some instances that find out sizes for themselves: of any configuration. Undefined where they are made
 * otherwise than declared, or are of several declarations.
 */
function anyInstance(types: readonly Type[]): ModelType | undefined {
	const [first] = types;
	if (first?.kind !== "model" || !types.every((t) => isAsDeclared(first, t))) return undefined;
	const { declaration } = first;
	const any = ownInstance(declaration, (name) => name).type;
	const implied = { ...(any.implied ?? noBindings()), dims: new Map(any.implied?.dims) };
	const known = new Map<string, Type>();
	for (const { name, type } of declaration.parameters) {
		const column = types.map((t) => (t.kind === "model" ? t.configuration.get(name) : undefined));
		const common = column.every((t) => t !== undefined) ? anyOf(column) : undefined;
		if (!common || common.kind === "list") continue;
		known.set(name, common);
		const atom = type.kind === "Int" && type.value ? asVariable(type.value) : undefined;
		if (atom?.kind === "variable" && common.kind === "Int" && common.value)
			implied.dims.set(atom.id, common.value);
	}
	const { configuration } = configured(declaration, implied);
	return { kind: "model", declaration, configuration: new Map([...configuration, ...known]), implied };
}

function isAsDeclared(first: ModelType, type: Type): boolean {
	return type.kind === "model" && type.declaration === first.declaration && !type.changes && !type.frozen;
}

/**
 * The type of any one of some values, if there is one: an element that only the run, or a call, selects. What is known of
 * one alone, as its numbers, is not known of it.
 */
export function anyOf(types: readonly Type[]): Type | undefined {
	const [first, ...others] = types;
	if (!first || others.some((t) => t.kind !== first.kind)) return undefined;
	switch (first.kind) {
		case "Int": {
			const values = types.map((t) => (t.kind === "Int" ? t.value : undefined));
			if (values.every((v) => v && v.key === values[0]?.key)) return first;
			const numbers = values.map((v) => v && asConstant(v)).filter((n) => n !== undefined);
			if (numbers.length < types.length) return { kind: "Int" };
			return { kind: "Int", value: variable("selected", { minimum: Math.min(...numbers) }).dim };
		}
		case "Real":
		case "Bool":
		case "String":
			return types.every((t) => t.kind === first.kind && t.value === first.value)
				? first
				: { kind: first.kind };
		case "tuple": {
			const elements = first.elements.map((element, i) => {
				const column = types.map((t) => {
					const own = t.kind === "tuple" && t.elements.length === first.elements.length && t.elements[i];
					return own && own.name === element.name ? own.type : undefined;
				});
				const type = column.every((t) => t !== undefined) ? anyOf(column) : undefined;
				return { ...element, type };
			});
			if (!elements.every((e): e is typeof e & { type: Type } => e.type !== undefined)) return undefined;
			const isTitled = types.every((t) => t.kind === "tuple" && t.title === first.title && !t.absent);
			return {
				kind: "tuple",
				elements,
				...(isTitled && first.title !== undefined && { title: first.title }),
			};
		}
		case "list": {
			const elements = first.elements?.map((_, i) => {
				const column = types.map((t) =>
					t.kind === "list" && t.elements?.length === first.elements?.length ? t.elements?.[i] : undefined,
				);
				return column.every((t) => t !== undefined) ? anyOf(column) : undefined;
			});
			return elements?.every((e) => e !== undefined) ? { kind: "list", elements } : undefined;
		}
		case "variant": {
			if (!others.every((t) => sameType(first, t))) return undefined;
			const { value, ...whole } = first;
			const known = types.every((t) => t.kind === "variant" && t.value === value);
			return known ? first : whole;
		}
		case "tensor": {
			if (!others.every((t) => sameType(first, t))) return undefined;
			const { literal: _, origin: __, probabilities: ___, trail: ____, ...whole } = first;
			return withoutValues(whole);
		}
		case "model": {
			const whole = types.reduce((t, other) =>
				t.kind === "model" && other.kind === "model" ? commonModel(t, other) : t,
			);
			const isSame = (t: Type): boolean =>
				t.kind === "model" && whole.kind === "model" && sameType(whole, commonModel(t, whole));
			if (types.every(isSame)) return whole;
			return first.declaration.openSizes.length + first.declaration.openLists.length > 0
				? anyInstance(types)
				: undefined;
		}
		case "function":
			if (types.some((t) => t.kind === "function" && (t.lambda || t.special || t.derivative || t.overloaded)))
				return others.every((t) => t === first) ? first : undefined;
			return others.every((t) => sameType(first, t)) ? first : undefined;
		default:
			return others.every((t) => sameType(first, t)) ? first : undefined;
	}
}
