import { asConstant, constant, decideEqual, type Facts } from "../../dims/dim.js";
import type { Mismatch } from "./mismatch.js";
import { knownOption, showDim, showType } from "./show.js";
import { elementAt, lengthOf } from "./substitute.js";
import type { FunctionType, Type } from "./types.js";

interface Options {
	readonly facts: Facts;
	match(formal: Type, actual: Type): Mismatch | undefined;
}

/**
 * An option of a model that is wanted and the one that is given. What is wanted without a value (a default that is
 * computed, a model of any configuration) is any; what has one is this value, so that a type says what is true.
 */
export function matchOption(
	matcher: Options,
	name: string,
	wanted: Type,
	got: Type,
	/** A written type says it: what is not known is no such value. Of two values that are put together it may be equal. */
	isSaid = false,
): Mismatch | undefined {
	if (wanted.kind === "list" && wanted.elements && got.kind === "list") {
		const { elements } = wanted;
		const length = decideEqual(constant(elements.length), lengthOf(got), matcher.facts);
		if (length.verdict !== "equal")
			return {
				kind: "type",
				wanted: `\`${name}\` of length ${elements.length}`,
				got: `${showDim(lengthOf(got))}`,
			};
		for (const [i, element] of elements.entries()) {
			const entry = elementAt(got, constant(i));
			const mismatch = entry && matchOption(matcher, `${name}[${i}]`, element, entry, isSaid);
			if (mismatch) return mismatch;
		}
		return undefined;
	}
	if (wanted.kind === "tuple" && got.kind === "tuple" && wanted.elements.length === got.elements.length) {
		for (const [i, { name: field, type }] of wanted.elements.entries()) {
			const other = got.elements[i];
			const mismatch = other && matchOption(matcher, `${name}.${field ?? i}`, type, other.type, isSaid);
			if (mismatch) return mismatch;
		}
	}
	if (wanted.kind === "function") {
		const isOpen = isAnyFunction(wanted) || (!isSaid && got.kind === "function" && isAnyFunction(got));
		return isOpen || sameFunction(wanted, got) ? undefined : anotherFunction(name, wanted, got);
	}
	const value = knownValue(wanted);
	if (value !== undefined && wanted.kind !== "Int") {
		const other = knownValue(got);
		const isOpen = other === undefined && !isSaid && wanted.kind === "Real";
		if (isOpen || value === other) return undefined;
		return {
			kind: "type",
			wanted: `\`${name} = ${value}\``,
			got:
				other === undefined
					? `${unknown[got.kind] ?? showType(got)} that is not known`
					: `\`${name} = ${other}\``,
		};
	}
	// A number where the type has a whole one: `0.5` for `1`.
	if (wanted.kind === "Int" && got.kind !== "Int" && value !== undefined)
		return matchOption(matcher, name, { kind: "Real", value: Number(value) }, got, isSaid);
	return ["Int", "list", "model", "variant", "tensor", "tuple"].includes(wanted.kind)
		? matcher.match(wanted, got)
		: undefined;
}

const unknown: Partial<Record<Type["kind"], string>> = {
	Int: "an Int",
	Real: "a Real",
	Bool: "a Bool",
	String: "a String",
	tensor: "a number",
};

/** What is known of a value before running, as it is written. */
export function knownValue(type: Type): string | undefined {
	switch (type.kind) {
		case "Int": {
			const value = type.value && asConstant(type.value);
			return value === undefined ? undefined : `${value}`;
		}
		case "Real":
		case "Bool":
		case "String":
			return knownOption(type);
		case "variant":
			return type.value;
		default:
			return undefined;
	}
}

/** A function of which the type only is known. */
export function isAnyFunction({ name, special, lambda }: FunctionType): boolean {
	return name === undefined && special === undefined && !lambda;
}

/** Whether both are one declared function, or one builtin. */
export function sameFunction(wanted: FunctionType, got: Type): boolean {
	if (got === wanted) return true;
	if (got.kind !== "function") return false;
	if (wanted.special !== undefined || got.special !== undefined) return wanted.special === got.special;
	const [a, b] = [wanted.at, got.at];
	return (
		wanted.name !== undefined && wanted.name === got.name && a?.file === b?.file && a?.start === b?.start
	);
}

function anotherFunction(name: string, wanted: FunctionType, got: Type): Mismatch {
	const called = (type: Type): string => {
		const own = type.kind === "function" ? (type.special ?? type.name) : undefined;
		return own === undefined ? "another function" : `\`${name} = ${own}\``;
	};
	return { kind: "type", wanted: called(wanted), got: called(got) };
}
