import {
	type Atom,
	atomsOf,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	type Facts,
	showAtom,
	solve,
} from "../../dims/dim.js";
import type { Mismatch } from "./mismatch.js";
import { sameRest, shapeOf, withRest } from "./shape.js";
import { type Bindings, substituteDim, substituteType } from "./substitute.js";
import type { Quantified, Shape, Type, WhereClause } from "./types.js";
import { visitType } from "./visit-type.js";

/** Equations between a signature's sizes and a call's that could not be solved yet. */
interface Postponed {
	readonly formal: Dim;
	readonly actual: Dim;
	readonly axis: number;
}

/** What the shapes of one call say of the sizes of a signature: equations, solved as soon as they can be. */
export class SizeEquations {
	private postponed: Postponed[] = [];
	/** Bounds of ints whose names nothing has fixed yet. */
	private bounds: { readonly formal: Dim; readonly actual: Dim }[] = [];

	constructor(
		protected readonly quantified: Quantified,
		readonly facts: Facts,
		readonly bindings: Bindings,
	) {}

	protected isUnknown = (atom: Atom): boolean =>
		atom.kind === "variable" &&
		!this.bindings.dims.has(atom.id) &&
		this.quantified.dims.some((own) => own.id === atom.id);

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
		if (this.postponed.length === 0) return undefined;
		const open = this.postponed.flatMap((p) =>
			atomsOf(substituteDim(p.formal, this.bindings)).filter(this.isUnknown),
		);
		if (open.length === 0) return undefined;
		const [first] = this.postponed;
		const isPlain = first && atomsOf(first.formal).every((a) => a.kind === "variable" || a.kind === "power");
		if (new Set(open).size === 1 && first && isPlain) {
			// `2*n` cannot be 3, and `2^k` cannot be 6.
			const wanted = substituteDim(first.formal, this.bindings);
			// `|x| x` for a function of `real[n]`: it says nothing of n.
			if (atomsOf(first.actual).some(this.isUnknown))
				return { kind: "open", names: open.map((a) => showAtom(a)) };
			const verdict = decideEqual(wanted, first.actual, this.facts);
			const mismatch = { kind: "dim", axis: first.axis, formal: first.formal, wanted } as const;
			return { ...mismatch, got: first.actual, verdict, unknown: open.map((a) => showAtom(a))[0] };
		}
		return { kind: "open", names: [...new Set(open.map((a) => showAtom(a)))] };
	}

	/** The names of the signature that a type mentions, and that nothing has fixed; `settled`: what is fixed stands in it. */
	openIn(type: Type, settled = false): string[] {
		if (this.isBound()) return [];
		const names = new Set<string>();
		visitType(settled ? type : substituteType(type, this.bindings), {
			atom: (atom) => {
				if (this.isUnknown(atom)) names.add(showAtom(atom));
			},
			rest: (rest) => {
				if (this.quantified.rests.some((r) => r.id === rest.id)) names.add(`...${rest.name}`);
			},
			variable: (variable) => {
				if (this.quantified.types.some((t) => t.id === variable.id)) names.add(variable.name);
			},
		});
		return [...names];
	}

	/** Whether all names of the signature are fixed. */
	private isBound(): boolean {
		const { dims, rests, types } = this.quantified;
		const { bindings } = this;
		return (
			dims.every((own) => bindings.dims.has(own.id)) &&
			rests.every((own) => bindings.rests.has(own.id)) &&
			types.every((own) => bindings.types.has(own.id))
		);
	}

	/** The names of the signature that nothing has fixed. */
	unbound(): string[] {
		return [
			...this.quantified.dims.filter(this.isUnknown).map((a) => showAtom(a)),
			...this.quantified.rests.filter((r) => !this.bindings.rests.has(r.id)).map((r) => `...${r.name}`),
			...this.quantified.types.filter((t) => !this.bindings.types.has(t.id)).map((t) => t.name),
		];
	}

	/** `where n == 2^k`: what no shape says of a name of the signature, an equation may say. */
	solve(where: readonly WhereClause[]): void {
		if (!where.some((clause) => clause.kind === "equal") || this.isBound()) return;
		for (const clause of where) {
			if (clause.kind !== "equal") continue;
			for (const [formal, other] of [
				[clause.left, clause.right],
				[clause.right, clause.left],
			] as const) {
				const actual = substituteDim(other, this.bindings);
				const isOpen = atomsOf(substituteDim(formal, this.bindings)).some(this.isUnknown);
				if (isOpen && !atomsOf(actual).some(this.isUnknown)) this.matchDim(formal, actual, -2);
			}
		}
	}

	/** `int<a>` is an `int<b>` where a <= b; a b that the signature names is found from shapes first. */
	protected matchBelow(formal: Dim, actual: Dim): Mismatch | undefined {
		const wanted = substituteDim(formal, this.bindings);
		if (atomsOf(wanted).some(this.isUnknown)) {
			this.bounds.push({ formal, actual });
			return undefined;
		}
		if (decideAtLeast(wanted, actual, this.facts).verdict === "holds") return undefined;
		const verdict = decideEqual(wanted, actual, this.facts);
		return { kind: "dim", axis: -1, formal, wanted, got: actual, verdict };
	}

	matchShape(formal: Shape, actual: Shape): Mismatch | undefined {
		const { rest } = formal;
		if (rest && this.quantified.rests.some((r) => r.id === rest.id)) {
			const bound = this.bindings.rests.get(rest.id);
			if (bound) return this.matchFixed(withRest(formal, bound), actual);
			const end = actual.dims.length - (formal.dims.length - rest.before);
			const isInside = !actual.rest || (rest.before <= actual.rest.before && actual.rest.before <= end);
			if (end < rest.before || !isInside) return { kind: "rank", wanted: formal, got: actual };
			const dims = actual.dims.slice(rest.before, end);
			this.bindings.rests.set(
				rest.id,
				actual.rest ? shapeOf(dims, actual.rest, actual.rest.before - rest.before) : { dims },
			);
			return (
				this.matchDims(formal.dims.slice(0, rest.before), actual.dims.slice(0, rest.before), 0) ??
				this.matchDims(formal.dims.slice(rest.before), actual.dims.slice(end), end)
			);
		}
		// A rest of the declaration around: what it stands for in this instance.
		const outer = rest && this.bindings.rests.get(rest.id);
		return this.matchFixed(outer ? withRest(formal, outer) : formal, actual);
	}

	private matchFixed(formal: Shape, actual: Shape): Mismatch | undefined {
		if (formal.dims.length !== actual.dims.length || !sameRest(formal, actual)) {
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
			const solved = solve(wanted, actual, this.isUnknown, this.facts);
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
}
