import { asConstant, variable } from "../../dims/dim.js";
import { sameType } from "../binders/host-binder.js";
import { commonModel } from "./common-model.js";
import { type Type, withoutValues } from "./types.js";

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
			return { kind: "tuple", elements };
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
			return types.every(isSame) ? whole : undefined;
		}
		case "function":
			if (types.some((t) => t.kind === "function" && (t.lambda || t.special || t.derivative || t.overloaded)))
				return others.every((t) => t === first) ? first : undefined;
			return others.every((t) => sameType(first, t)) ? first : undefined;
		default:
			return others.every((t) => sameType(first, t)) ? first : undefined;
	}
}
