import {
	type AtLeastVerdict,
	type Atom,
	add,
	atomsOf,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	exactDiv,
	type Facts,
	showAtom,
	solveLinear,
	type Verdict,
	variable,
} from "../dims/dim.js";
import { showDim, showType } from "./show.js";
import { stackElements } from "./stack.js";
import {
	type Bindings,
	elementAt,
	lengthOf,
	noBindings,
	substituteDim,
	substituteType,
	substituteWhere,
} from "./substitute.js";
import {
	type FunctionType,
	type Quantified,
	type Shape,
	scalar,
	type Type,
	unitType,
	unknownInt,
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
	  }
	| { readonly kind: "rank"; readonly wanted: Shape; readonly got: Shape }
	| { readonly kind: "element"; readonly wanted: string; readonly got: string; readonly hint?: string }
	| { readonly kind: "type"; readonly wanted: string; readonly got: string; readonly hint?: string }
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

/** Equations between a signature's sizes and a call's that could not be solved yet. */
interface Postponed {
	readonly formal: Dim;
	readonly actual: Dim;
	readonly axis: number;
}

/** The matching of one call: binds the signature's variables, argument by argument. */
export class Matcher {
	private readonly unknown = new Set<number>();
	private postponed: Postponed[] = [];
	/** Bounds of ints whose names nothing has fixed yet. */
	private bounds: { readonly formal: Dim; readonly actual: Dim }[] = [];

	constructor(
		private readonly quantified: Quantified,
		private readonly facts: Facts,
		readonly bindings: Bindings = noBindings(),
	) {
		for (const atom of quantified.dims) this.unknown.add(atom.id);
	}

	private isUnknown = (atom: Atom): boolean =>
		atom.kind === "variable" && this.unknown.has(atom.id) && !this.bindings.dims.has(atom.id);

	/** Settles the rest once all arguments are matched: sizes that are too small, equations that stay open. */
	finish(): Mismatch | undefined {
		const mismatch = this.settle();
		if (mismatch) return mismatch;
		for (const atom of this.quantified.dims) {
			const value = this.bindings.dims.get(atom.id);
			if (!value) continue;
			const verdict = decideAtLeast(value, constant(atom.minimum), this.facts);
			if (verdict.verdict !== "holds")
				return { kind: "least", name: atom.name, least: atom.minimum, got: value, verdict };
		}
		const open = this.postponed.flatMap((p) =>
			atomsOf(substituteDim(p.formal, this.bindings)).filter(this.isUnknown),
		);
		if (open.length === 0) return undefined;
		const [first] = this.postponed;
		if (open.length === 1 && first && atomsOf(first.formal).every((a) => a.kind === "variable")) {
			// `2*n` cannot be 3.
			const wanted = substituteDim(first.formal, this.bindings);
			const verdict = decideEqual(wanted, first.actual, this.facts);
			return { kind: "dim", axis: first.axis, formal: first.formal, wanted, got: first.actual, verdict };
		}
		return { kind: "open", names: [...new Set(open.map((a) => showAtom(a)))] };
	}

	/** The names of the signature that a type mentions, and that nothing has fixed. */
	openIn(type: Type): string[] {
		const names = new Set<string>();
		const note = (dims: readonly Dim[]): void => {
			for (const dim of dims)
				for (const atom of atomsOf(dim)) if (this.isUnknown(atom)) names.add(showAtom(atom));
		};
		forEachShape(substituteType(type, this.bindings), (shape) => {
			note(shape.dims);
			const { rest } = shape;
			if (rest && this.quantified.rests.some((r) => r.id === rest.id)) names.add(`...${rest.name}`);
		});
		return [...names];
	}

	match(formal: Type, actual: Type): Mismatch | undefined {
		if (formal.kind === "error" || actual.kind === "error") return undefined;
		switch (formal.kind) {
			case "variable": {
				if (!this.quantified.types.some((t) => t.id === formal.id)) {
					return actual.kind === "variable" && actual.id === formal.id
						? undefined
						: wrongKind(formal, actual);
				}
				const bound = this.bindings.types.get(formal.id);
				const value = lifted(actual);
				if (!bound) {
					this.bindings.types.set(formal.id, value);
					return undefined;
				}
				// The first argument may be narrower than the next: `blend(0, x)`.
				if (this.match(bound, value) && !this.match(value, bound)) {
					this.bindings.types.set(formal.id, value);
					return undefined;
				}
				return this.match(bound, value);
			}
			case "tensor":
				return this.matchTensor(formal, actual);
			case "Int":
				if (actual.kind !== "Int") return wrongKind(formal, actual);
				return formal.value ? this.matchDim(formal.value, actual.value ?? unknownInt("?"), -2) : undefined;
			case "Real":
				return actual.kind === "Real" || actual.kind === "Int" ? undefined : wrongKind(formal, actual);
			case "rate":
				return this.matchRate(actual);
			case "function":
				return actual.kind === "function" ? this.matchFunction(formal, actual) : wrongKind(formal, actual);
			case "tuple":
				return this.matchTuple(formal, actual);
			case "list":
				return this.matchList(formal, actual);
			case "model":
				return this.matchModel(formal, actual);
			case "variant":
				return matchVariant(formal, actual);
			default:
				return formal.kind === actual.kind ? undefined : wrongKind(formal, actual);
		}
	}

	private matchTensor(formal: Type & { kind: "tensor" }, actual: Type): Mismatch | undefined {
		if (actual.kind === "Int" || actual.kind === "Real" || actual.kind === "Bool") {
			const element = actual.kind === "Int" ? "int" : actual.kind === "Real" ? "real" : "bool";
			if (!widens(element, formal.element)) return wrongElement(formal, actual);
			if (formal.below && !(actual.kind === "Int" && this.liesBelow([actual], formal.below)))
				return wrongKind(formal, actual);
			return this.matchShape(formal.shape, { dims: [] });
		}
		if (actual.kind === "list") {
			if (actual.elements?.some((e) => e.kind === "error")) return undefined;
			const stacked = stackElements(actual.elements);
			if (!stacked) return wrongKind(formal, actual);
			const inside = formal.below && actual.elements && this.liesBelow(actual.elements, formal.below);
			return this.matchTensor(inside ? { ...formal, below: undefined } : formal, stacked);
		}
		if (actual.kind !== "tensor") return wrongKind(formal, actual);
		if (!widens(actual.element, formal.element)) return wrongElement(formal, actual);
		const shape = this.matchShape(formal.shape, actual.shape);
		if (shape) return shape;
		if (formal.below) {
			if (!actual.below) {
				return {
					kind: "element",
					wanted: showType(formal),
					got: showType(actual),
					hint: actual.index
						? `say what it runs over: \`${actual.index.name} in ${showDim(substituteDim(formal.below, this.bindings))}\``
						: `narrow it with \`${showType({ ...formal, shape: { dims: [] } })}(..)\`, which checks while running`,
				};
			}
			return this.matchBelow(formal.below, actual.below);
		}
		return undefined;
	}

	/** `int<a>` is an `int<b>` where a <= b; a b that the signature names is found from shapes first. */
	private matchBelow(formal: Dim, actual: Dim): Mismatch | undefined {
		const wanted = substituteDim(formal, this.bindings);
		if (atomsOf(wanted).some(this.isUnknown)) {
			this.bounds.push({ formal, actual });
			return undefined;
		}
		if (decideAtLeast(wanted, actual, this.facts).verdict === "holds") return undefined;
		const verdict = decideEqual(wanted, actual, this.facts);
		return { kind: "dim", axis: -1, formal, wanted, got: actual, verdict };
	}

	/** Static Ints that can be shown to lie in 0 .. below. */
	private liesBelow(values: readonly Type[], below: Dim): boolean {
		const limit = substituteDim(below, this.bindings);
		return values.every((v) =>
			v.kind === "list" && v.elements
				? this.liesBelow(v.elements, below)
				: v.kind === "Int" &&
					v.value !== undefined &&
					decideAtLeast(v.value, constant(0), this.facts).verdict === "holds" &&
					decideAtLeast(limit, add(v.value, constant(1)), this.facts).verdict === "holds",
		);
	}

	private matchRate(actual: Type): Mismatch | undefined {
		if (actual.kind === "rate") return undefined;
		if (actual.kind === "function") return this.matchFunction(schedule, actual);
		if (actual.kind === "Int" || actual.kind === "Real") return undefined;
		if (actual.kind === "tensor" && actual.shape.dims.length === 0 && !actual.shape.rest) return undefined;
		return { kind: "type", wanted: "Rate (a number, or a function of the step)", got: showType(actual) };
	}

	matchShape(formal: Shape, actual: Shape): Mismatch | undefined {
		const { rest } = formal;
		if (rest && this.quantified.rests.some((r) => r.id === rest.id)) {
			const bound = this.bindings.rests.get(rest.id);
			if (!bound) {
				const leading = actual.dims.length - formal.dims.length;
				if (leading < 0) return { kind: "rank", wanted: formal, got: actual };
				this.bindings.rests.set(rest.id, {
					...(actual.rest && { rest: actual.rest }),
					dims: actual.dims.slice(0, leading),
				});
				return this.matchDims(formal.dims, actual.dims.slice(leading), leading);
			}
			const whole: Shape = { ...(bound.rest && { rest: bound.rest }), dims: [...bound.dims, ...formal.dims] };
			return this.matchFixed(whole, actual);
		}
		return this.matchFixed(formal, actual);
	}

	private matchFixed(formal: Shape, actual: Shape): Mismatch | undefined {
		if (formal.dims.length !== actual.dims.length || formal.rest?.id !== actual.rest?.id) {
			return { kind: "rank", wanted: this.shapeNow(formal), got: actual };
		}
		return this.matchDims(formal.dims, actual.dims, 0);
	}

	private shapeNow(shape: Shape): Shape {
		return { ...shape, dims: shape.dims.map((d) => substituteDim(d, this.bindings)) };
	}

	private matchDims(formal: readonly Dim[], actual: readonly Dim[], from: number): Mismatch | undefined {
		for (const [i, dim] of formal.entries()) {
			const mismatch = this.matchDim(dim, actual[i] as Dim, from + i);
			if (mismatch) return mismatch;
		}
		return undefined;
	}

	matchDim(formal: Dim, actual: Dim, axis: number): Mismatch | undefined {
		const wanted = substituteDim(formal, this.bindings);
		if (atomsOf(wanted).some(this.isUnknown)) {
			const solved = solveLinear(wanted, actual, this.isUnknown);
			if (solved && solved.atom.kind === "variable") this.bindings.dims.set(solved.atom.id, solved.value);
			else this.postponed.push({ formal, actual, axis });
			return undefined;
		}
		const verdict = decideEqual(wanted, actual, this.facts);
		if (verdict.verdict === "equal") return undefined;
		return { kind: "dim", axis, formal, wanted, got: actual, verdict };
	}

	/** Tries what had to wait for other arguments; returns the first equation that does not hold. */
	settle(): Mismatch | undefined {
		const early = this.settleEquations();
		if (early) return early;
		const { bounds } = this;
		this.bounds = [];
		for (const { formal, actual } of bounds) {
			const open = atomsOf(substituteDim(formal, this.bindings)).some(this.isUnknown);
			// Where no shape says it, the bound of the first argument is the size.
			const mismatch = open ? this.matchDim(formal, actual, -1) : this.matchBelow(formal, actual);
			if (mismatch) return mismatch;
		}
		return bounds.length > 0 ? this.settleEquations() : undefined;
	}

	private settleEquations(): Mismatch | undefined {
		for (let progress = true; progress && this.postponed.length > 0; ) {
			const waiting = this.postponed;
			this.postponed = [];
			for (const { formal, actual, axis } of waiting) {
				const mismatch = this.matchDim(formal, actual, axis);
				if (mismatch) return mismatch;
			}
			progress = this.postponed.length < waiting.length;
		}
		return undefined;
	}

	private matchTuple(formal: Type & { kind: "tuple" }, actual: Type): Mismatch | undefined {
		if (actual.kind !== "tuple" || actual.elements.length !== formal.elements.length) {
			return wrongKind(formal, actual);
		}
		for (const [i, element] of formal.elements.entries()) {
			const other = element.name ? actual.elements.find((e) => e.name === element.name) : actual.elements[i];
			if (!other) return wrongKind(formal, actual);
			const mismatch = this.match(element.type, other.type);
			if (mismatch)
				return element.name ? { ...mismatch, part: `.${element.name}${mismatch.part ?? ""}` } : mismatch;
		}
		return undefined;
	}

	private matchList(formal: Type & { kind: "list" }, actual: Type): Mismatch | undefined {
		if (actual.kind !== "list") return wrongKind(formal, actual);
		if (!formal.symbol) return undefined;
		if (actual.symbol?.id === formal.symbol.id) return undefined;
		if (decideAtLeast(lengthOf(actual), constant(1), this.facts).verdict !== "holds") {
			return { kind: "type", wanted: "a list of at least one Int", got: showType(actual) };
		}
		const { dim } = variable("i", { minimum: 0 });
		for (const entry of actual.elements ?? [elementAt(actual, dim)]) {
			if (entry?.kind === "error") continue;
			if (entry?.kind !== "Int") return wrongKind({ kind: "Int" }, entry ?? unitType);
			const verdict = entry.value && decideAtLeast(entry.value, constant(1), this.facts);
			if (verdict?.verdict === "holds") continue;
			return {
				kind: "type",
				wanted: "a list of Ints that are at least 1",
				got: entry.value ? `one with ${showDim(entry.value)}` : showType(actual),
			};
		}
		this.bindings.lists.set(formal.symbol.id, actual);
		return undefined;
	}

	private matchModel(formal: Type & { kind: "model" }, actual: Type): Mismatch | undefined {
		if (actual.kind !== "model" || actual.declaration !== formal.declaration)
			return wrongKind(formal, actual);
		for (const [name, wanted] of formal.configuration) {
			const got = actual.configuration.get(name);
			const mismatch = got && this.matchOption(name, wanted, got);
			if (mismatch) return mismatch;
		}
		return undefined;
	}

	/** What the members of a model depend on: its sizes, lists of them, and what is there only under a condition. */
	private matchOption(name: string, wanted: Type, got: Type): Mismatch | undefined {
		if (wanted.kind === "list" && wanted.elements && got.kind === "list") {
			const { elements } = wanted;
			const length = decideEqual(constant(elements.length), lengthOf(got), this.facts);
			if (length.verdict !== "equal")
				return {
					kind: "type",
					wanted: `\`${name}\` of length ${elements.length}`,
					got: `${showDim(lengthOf(got))}`,
				};
			for (const [i, element] of elements.entries()) {
				const entry = elementAt(got, constant(i));
				const mismatch = entry && this.match(element, entry);
				if (mismatch) return mismatch;
			}
			return undefined;
		}
		if (wanted.kind === "Bool" && got.kind === "Bool") {
			if (wanted.value === undefined || wanted.value === got.value) return undefined;
			return {
				kind: "type",
				wanted: `\`${name} = ${wanted.value}\``,
				got: got.value === undefined ? "a Bool that is not known" : `\`${name} = ${got.value}\``,
			};
		}
		return wanted.kind === "Int" || wanted.kind === "list" || wanted.kind === "model"
			? this.match(wanted, got)
			: undefined;
	}

	/** An actual function serves where its own signature, applied to the wanted parameters, gives the wanted result. */
	private matchFunction(formal: FunctionType, actual: FunctionType): Mismatch | undefined {
		if ([...formal.parameters, ...actual.parameters].some((p) => p.type.kind === "error")) return undefined;
		const wanted = substituteType(formal, this.bindings) as FunctionType;
		if (actual.lambda) {
			if (actual.lambda.node.parameters.length !== wanted.parameters.length) {
				return {
					kind: "type",
					wanted: `a function of ${wanted.parameters.length} ${wanted.parameters.length === 1 ? "argument" : "arguments"}`,
					got: `one of ${actual.lambda.node.parameters.length}`,
				};
			}
			const result = actual.lambda.apply(wanted.parameters.map((p) => p.type));
			return this.match(formal.result, result);
		}
		if (actual.special) {
			const value = actual.asValue?.();
			if (value) return this.matchFunction(formal, value);
			return {
				kind: "type",
				wanted: showType(formal),
				got: `the builtin \`${actual.special}\``,
				hint: `write a lambda: \`|x| ${actual.special}(x)\``,
			};
		}
		const required = actual.parameters.filter((p) => !p.optional).length;
		if (wanted.parameters.length < required || wanted.parameters.length > actual.parameters.length) {
			return wrongKind(formal, actual);
		}
		const call = new Matcher(actual.quantified, this.facts);
		for (const [i, parameter] of wanted.parameters.entries()) {
			const own = actual.parameters[i];
			const mismatch = own && call.match(own.type, parameter.type);
			if (mismatch) return mismatch;
		}
		const unsettled = call.finish();
		if (unsettled) return unsettled;
		for (const clause of actual.where ?? []) {
			if (holds(substituteWhere(clause, call.bindings), this.facts) === "holds") continue;
			return { kind: "type", wanted: showType(formal), got: `a function that asks for \`${clause.text}\`` };
		}
		return this.match(formal.result, substituteType(actual.result, call.bindings));
	}
}

/** A rate that is a function of the step. */
const schedule: FunctionType = {
	kind: "function",
	quantified: { dims: [], rests: [], types: [] },
	parameters: [{ name: "step", type: scalar("int"), optional: false }],
	result: scalar("real"),
};

/** What a type variable stands for: its values may be computed while running. */
function lifted(type: Type): Type {
	if (type.kind === "Int") return scalar("int");
	if (type.kind === "Real") return scalar("real");
	return type.kind === "Bool" ? scalar("bool") : withoutValues(type);
}

/** Calls `visit` with every shape in a type. */
function forEachShape(type: Type, visit: (shape: Shape) => void): void {
	switch (type.kind) {
		case "tensor":
			visit({ ...type.shape, dims: [...type.shape.dims, ...(type.below ? [type.below] : [])] });
			return;
		case "Int":
			if (type.value) visit({ dims: [type.value] });
			return;
		case "tuple":
			for (const element of type.elements) forEachShape(element.type, visit);
			return;
		case "list":
			for (const element of type.elements ?? []) forEachShape(element, visit);
			return;
		case "model":
			for (const option of type.configuration.values()) forEachShape(option, visit);
			return;
		default:
			return;
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

export function widens(from: string, to: string): boolean {
	const order = ["bool", "int", "real"];
	return order.indexOf(from) <= order.indexOf(to);
}

function wrongKind(formal: Type, actual: Type): Mismatch {
	return { kind: "type", wanted: showType(formal), got: showType(actual) };
}

function wrongElement(formal: Type & { kind: "tensor" }, actual: Type): Mismatch {
	const hint =
		formal.element === "int"
			? "narrow it with `int(..)`, which checks while running"
			: formal.element === "bool"
				? "compare it with something: `x != 0`"
				: undefined;
	return { kind: "element", wanted: showType(formal), got: showType(actual), ...(hint && { hint }) };
}

function matchVariant(formal: Type & { kind: "variant" }, actual: Type): Mismatch | undefined {
	if (actual.kind === "variant" && actual.variants === formal.variants) return undefined;
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
