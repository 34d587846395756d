import { type Atom, atomsOf, type Dim, decideEqual, type Facts, showExample, solveLinear, type Verdict } from "../dims/dim.js";
import { showDim, showShape, showType } from "./show.js";
import { type Bindings, noBindings, substituteDim, substituteType } from "./substitute.js";
import { type FunctionType, type Quantified, type Shape, type Type } from "./types.js";

/** Why an actual type is not the one that a signature asks for. */
export type Mismatch =
	| { readonly kind: "dim"; readonly axis: number; readonly formal: Dim; readonly wanted: Dim; readonly got: Dim; readonly verdict: Verdict }
	| { readonly kind: "rank"; readonly wanted: Shape; readonly got: Shape }
	| { readonly kind: "element"; readonly wanted: string; readonly got: string; readonly hint?: string }
	| { readonly kind: "type"; readonly wanted: string; readonly got: string };

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

	constructor(
		quantified: Quantified,
		private readonly facts: Facts,
		readonly bindings: Bindings = noBindings(),
	) {
		for (const atom of quantified.dims) this.unknown.add(atom.id);
	}

	private isUnknown = (atom: Atom): boolean =>
		atom.kind === "variable" && this.unknown.has(atom.id) && !this.bindings.dims.has(atom.id);

	hasUnknown(dim: Dim): boolean {
		return atomsOf(substituteDim(dim, this.bindings)).some(this.isUnknown);
	}

	match(formal: Type, actual: Type): Mismatch | undefined {
		if (formal.kind === "error" || actual.kind === "error") return undefined;
		switch (formal.kind) {
			case "variable": {
				const bound = this.bindings.types.get(formal.id);
				if (bound) return this.match(bound, actual);
				this.bindings.types.set(formal.id, actual);
				return undefined;
			}
			case "tensor":
				return this.matchTensor(formal, actual);
			case "Int":
				if (actual.kind !== "Int") return wrongKind(formal, actual);
				return formal.value && actual.value ? this.matchDim(formal.value, actual.value, 0) : undefined;
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
			default:
				return formal.kind === actual.kind ? undefined : wrongKind(formal, actual);
		}
	}

	private matchTensor(formal: Type & { kind: "tensor" }, actual: Type): Mismatch | undefined {
		if (actual.kind === "Int" || actual.kind === "Real" || actual.kind === "Bool") {
			const element = actual.kind === "Int" ? "int" : actual.kind === "Real" ? "real" : "bool";
			if (!widens(element, formal.element)) return wrongElement(formal, actual);
			return this.matchShape(formal.shape, { dims: [] });
		}
		if (actual.kind === "list" && actual.elements) {
			const first = actual.elements[0];
			if (!first || formal.shape.dims.length === 0) return wrongKind(formal, actual);
			return undefined;
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
					hint: `narrow it with \`${showType({ ...formal, shape: { dims: [] } })}(..)\`, which checks while running`,
				};
			}
			return this.matchDim(formal.below, actual.below, -1);
		}
		return undefined;
	}

	private matchRate(actual: Type): Mismatch | undefined {
		if (actual.kind === "rate" || actual.kind === "function") return undefined;
		if (actual.kind === "Int" || actual.kind === "Real") return undefined;
		if (actual.kind === "tensor" && actual.shape.dims.length === 0 && !actual.shape.rest) return undefined;
		return { kind: "type", wanted: "Rate (a number, or a function of the step)", got: showType(actual) };
	}

	matchShape(formal: Shape, actual: Shape): Mismatch | undefined {
		if (formal.rest) {
			const bound = this.bindings.rests.get(formal.rest.id);
			if (!bound) {
				const leading = actual.dims.length - formal.dims.length;
				if (leading < 0) return { kind: "rank", wanted: formal, got: actual };
				this.bindings.rests.set(formal.rest.id, {
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
			const other = element.name
				? actual.elements.find((e) => e.name === element.name)
				: actual.elements[i];
			if (!other) return wrongKind(formal, actual);
			const mismatch = this.match(element.type, other.type);
			if (mismatch) return mismatch;
		}
		return undefined;
	}

	private matchList(formal: Type & { kind: "list" }, actual: Type): Mismatch | undefined {
		if (actual.kind !== "list") return wrongKind(formal, actual);
		if (formal.symbol) {
			const wrong = actual.elements?.find((e) => e.kind !== "Int" && e.kind !== "error");
			if (wrong) return wrongKind({ kind: "Int" }, wrong);
			this.bindings.lists.set(formal.symbol.id, actual);
		}
		return undefined;
	}

	private matchModel(formal: Type & { kind: "model" }, actual: Type): Mismatch | undefined {
		if (actual.kind !== "model" || actual.declaration !== formal.declaration) return wrongKind(formal, actual);
		for (const [name, wanted] of formal.configuration) {
			const got = actual.configuration.get(name);
			const mismatch = got && this.match(wanted, got);
			if (mismatch) return mismatch;
		}
		return undefined;
	}

	/** An actual function serves where its own signature, applied to the wanted parameters, gives the wanted result. */
	private matchFunction(formal: FunctionType, actual: FunctionType): Mismatch | undefined {
		const wanted = substituteType(formal, this.bindings) as FunctionType;
		if (actual.lambda) {
			if (actual.lambda.node.parameters.length !== wanted.parameters.length) {
				return {
					kind: "type",
					wanted: `a function of ${wanted.parameters.length}`,
					got: `one of ${actual.lambda.node.parameters.length}`,
				};
			}
			const result = actual.lambda.apply(wanted.parameters.map((p) => p.type));
			return this.match(formal.result, result);
		}
		if (actual.special) return undefined;
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
		const unsettled = call.settle();
		if (unsettled) return unsettled;
		return this.match(formal.result, substituteType(actual.result, call.bindings));
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

/** The arithmetic behind a mismatch, in the user's names. */
export function explainMismatch(mismatch: Mismatch): { readonly message: string; readonly notes: readonly string[]; readonly hint?: string } {
	switch (mismatch.kind) {
		case "rank":
			return { message: `expected shape ${showShape(mismatch.wanted)}, got ${showShape(mismatch.got)}`, notes: [] };
		case "element":
		case "type":
			return {
				message: `expected ${mismatch.wanted}, got ${mismatch.got}`,
				notes: [],
				...("hint" in mismatch && mismatch.hint && { hint: mismatch.hint }),
			};
		case "dim":
			return {
				message: `expected size ${showDim(mismatch.wanted)}, got ${showDim(mismatch.got)}`,
				...explainVerdict(mismatch.wanted, mismatch.got, mismatch.verdict),
			};
	}
}

export function explainVerdict(a: Dim, b: Dim, verdict: Verdict): { readonly notes: readonly string[]; readonly hint?: string } {
	if (verdict.verdict === "undecided") {
		const notes = [`it cannot be decided whether ${showDim(a)} = ${showDim(b)}`];
		return verdict.settle ? { notes, hint: `add \`where ${verdict.settle}\` to the signature` } : { notes };
	}
	return { notes: exampleNotes(a, b, verdict) };
}

function exampleNotes(a: Dim, b: Dim, verdict: Verdict): string[] {
	if (verdict.verdict !== "unequal" || !verdict.example || verdict.example.values.size === 0) return [];
	return [`${showDim(a)} and ${showDim(b)} differ, for example where ${showExample(verdict.example)}`];
}
