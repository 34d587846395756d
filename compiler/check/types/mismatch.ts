import {
	type AtLeastVerdict,
	type Dim,
	decideAtLeast,
	decideEqual,
	exactDiv,
	type Facts,
	type Verdict,
} from "../../dims/dim.js";
import { type Hint, narrowWith } from "../hint.js";
import { showCondition } from "../signatures/conditions.js";
import { showDim, showType } from "./show.js";
import {
	type Element,
	type FunctionType,
	isRealElement,
	type Shape,
	scalar,
	type Type,
	type WhereClause,
	withoutValues,
} from "./types.js";

/** Why an actual type is not the one that a signature asks for. */
/** `part` is the field of a record where it is so. */
export type Mismatch = MismatchKind & { readonly part?: string };

type MismatchKind =
	| {
			readonly kind: "dim";
			readonly axis: number;
			readonly formal: Dim;
			readonly wanted: Dim;
			readonly got: Dim;
			readonly verdict: Verdict;
			/** The name in `wanted` that no whole number can stand for. */
			readonly unknown?: string | undefined;
	  }
	| { readonly kind: "rank"; readonly wanted: Shape; readonly got: Shape }
	| { readonly kind: "element"; readonly wanted: string; readonly got: string; readonly hint?: Hint }
	| { readonly kind: "type"; readonly wanted: string; readonly got: string; readonly hint?: Hint }
	/** A size of the signature that nothing fixes. */
	| { readonly kind: "open"; readonly names: readonly string[] }
	/** A size of the signature that is less than it may be. */
	| {
			readonly kind: "least";
			readonly name: string;
			readonly least: number;
			readonly got: Dim;
			readonly verdict: AtLeastVerdict;
	  };

/** A rate that is a function of the step. */
export const schedule: FunctionType = {
	kind: "function",
	quantified: { dims: [], rests: [], types: [] },
	parameters: [{ name: "step", type: scalar("int"), optional: false }],
	result: scalar("real"),
};

/** What a type variable stands for: its values may be computed while running. */
export function lifted(type: Type): Type {
	switch (type.kind) {
		case "Int":
			return scalar("int");
		case "Real":
			return scalar("real");
		case "Bool":
			return scalar("bool");
		case "tuple":
			return { ...type, elements: type.elements.map((e) => ({ ...e, type: lifted(e.type) })) };
		case "list":
			return type.elements ? { kind: "list", elements: type.elements.map(lifted) } : type;
		default:
			return withoutValues(type);
	}
}

/** Whether a condition of a signature can be shown. */
export function holds(clause: WhereClause, facts: Facts): "holds" | "fails" | "open" {
	switch (clause.kind) {
		case "at-least": {
			const verdict = decideAtLeast(clause.greater, clause.lesser, facts);
			return verdict.verdict === "holds"
				? "holds"
				: verdict.verdict === "fails" && verdict.everywhere
					? "fails"
					: "open";
		}
		case "equal": {
			const verdict = decideEqual(clause.left, clause.right, facts);
			return verdict.verdict === "equal"
				? "holds"
				: verdict.verdict === "unequal" && verdict.everywhere
					? "fails"
					: "open";
		}
		case "divides": {
			const division = exactDiv(clause.dividend, clause.divisor, facts);
			return "quotient" in division ? "holds" : division.undecided.impossible ? "fails" : "open";
		}
	}
}

export function widens(from: Element, to: Element): boolean {
	if (isRealElement(from)) return from === to;
	return from === "bool" || to !== "bool";
}

export function wrongKind(formal: Type, actual: Type): Mismatch {
	return { kind: "type", wanted: showType(formal), got: showType(actual) };
}

export function wrongElement(formal: Type & { kind: "tensor" }, actual: Type): Mismatch {
	const isFormat = isRealElement(formal.element) && actual.kind === "tensor" && isRealElement(actual.element);
	const hint = isFormat
		? `reals of two formats do not meet: convert it with \`${formal.element}(..)\``
		: formal.element === "int"
			? narrowWith("int")
			: formal.element === "bool"
				? "compare it with something: `x != 0`"
				: undefined;
	return { kind: "element", wanted: showType(formal), got: showType(actual), ...(hint && { hint }) };
}

type Tensor = Type & { readonly kind: "tensor" };

/** A tensor of which no bound is known, in the place of indices below `wanted`. */
export function noIndices(formal: Tensor, actual: Tensor, wanted: Dim): Mismatch {
	const narrow = narrowWith(showType({ ...formal, shape: { dims: [] } }));
	const hint = actual.index
		? `say what it runs over: \`${actual.index.name} in ${showDim(wanted)}\``
		: narrow;
	return { kind: "element", wanted: showType(formal), got: showType(actual), hint };
}

/** A variant with fields that is given without them. */
export function wrongVariant(formal: Type & { kind: "variant" }, actual: Type): Mismatch {
	const maker =
		actual.kind === "function" &&
		actual.result.kind === "variant" &&
		actual.result.variants === formal.variants;
	if (!maker) return wrongKind(formal, actual);
	const fields = actual.parameters.map((p) => `${p.name} = ..`).join(", ");
	return {
		kind: "type",
		wanted: showType(formal),
		got: showType(actual),
		hint: `give its fields: \`${actual.name ?? "it"}(${fields})\``,
	};
}

/** The result of a run whose options leave out what is wanted of it. */
export function lacksField(
	formal: Type & { kind: "tuple" },
	actual: Type & { kind: "tuple" },
): Mismatch | undefined {
	for (const { name } of formal.elements) {
		const condition = name === undefined ? undefined : actual.absent?.get(name);
		if (!condition || actual.elements.some((e) => e.name === name)) continue;
		return {
			kind: "type",
			wanted: `${showType(formal)} with \`${name}\``,
			got: "one without",
			hint: `it is there only if \`${showCondition(condition)}\` holds`,
		};
	}
	return undefined;
}
