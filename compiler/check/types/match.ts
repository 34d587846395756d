import {
	add,
	constant,
	type Dim,
	decideAtLeast,
	decideEqual,
	type Facts,
	variable,
	withAtLeast,
} from "../../dims/dim.js";
import { matchRule } from "../rules/any-rule.js";
import { callOf } from "../signatures/model-type.js";
import { unstacked } from "../signatures/stack-type.js";
import { trainable } from "../trees/model-parameters.js";
import { stackElements } from "../trees/stack.js";
import { howMade, shapeKey } from "../trees/tree-change.js";
import { asTree, refuseTree } from "../trees/trees.js";
import { bindList, withOwnLists } from "./instantiate.js";
import { knownNumber } from "./known-number.js";
import { entriesOf, isStatic, liesBelow, recordOf, refuseBeyondInt, refuseSmall } from "./match-entries.js";
import { Formats } from "./match-format.js";
import { matchOption } from "./match-option.js";
import { SizeEquations } from "./match-sizes.js";
import {
	holds,
	lacksField,
	lifted,
	type Mismatch,
	noIndices,
	schedule,
	widens,
	wrongElement,
	wrongKind,
	wrongVariant,
} from "./mismatch.js";
import { showDim, showType } from "./show.js";
import {
	type Bindings,
	elementAt,
	familyList,
	lengthOf,
	noBindings,
	substituteDim,
	substituteType,
	substituteWhere,
} from "./substitute.js";
import {
	type Element,
	errorType,
	type FunctionType,
	isRealElement,
	isSameVariable,
	type ListSymbol,
	type ListType,
	type ModelType,
	type Quantified,
	type StackType,
	type Type,
	type VariableType,
	type VariantType,
} from "./types.js";
import { unknownInt } from "./unknown-int.js";

export { holds, type Mismatch, widens } from "./mismatch.js";

/** The matching of one call: binds the signature's variables, argument by argument. */
export class Matcher extends SizeEquations {
	private readonly formats: Formats;

	constructor(
		quantified: Quantified,
		facts: Facts,
		bindings: Bindings = noBindings(),
		/** The type variables around that are trees. */
		private readonly trees: ReadonlySet<number> = new Set(),
	) {
		super(quantified, facts, bindings);
		this.formats = new Formats(quantified, bindings, trees);
	}

	/** Where the value is made anew as it is declared: the fields of a record may stand in another order. */
	matchDeclared(formal: Type, actual: Type): Mismatch | undefined {
		return this.inOrder(false, () => this.match(formal, actual));
	}

	private anyOrder = false;

	private inOrder<T>(strict: boolean, body: () => T): T {
		const outer = this.anyOrder;
		this.anyOrder = !strict;
		try {
			return body();
		} finally {
			this.anyOrder = outer;
		}
	}

	/** The element of what is given to this call; undefined where it has not told the format by now. */
	elementIn(element: Element): Element | undefined {
		return element === "real" && this.quantified.overReal ? this.bindings.precision.is : element;
	}

	match(formal: Type, actual: Type): Mismatch | undefined {
		if (formal.kind === "error" || actual.kind === "error") return undefined;
		switch (formal.kind) {
			case "variable":
				return this.inOrder(true, () => this.matchVariable(formal, actual));
			case "tensor":
				return this.matchTensor(formal, actual);
			case "Int":
				if (actual.kind !== "Int") return wrongKind(formal, actual);
				return formal.value ? this.matchDim(formal.value, actual.value ?? unknownInt(), -2) : undefined;
			case "Real":
				return actual.kind === "Real" || actual.kind === "Int" ? undefined : wrongKind(formal, actual);
			case "rate":
				return this.matchRate(actual);
			case "function": {
				const fn = actual.kind === "model" ? callOf(actual) : actual;
				return fn?.kind === "function"
					? this.inOrder(true, () => this.matchFunction(formal, fn))
					: wrongKind(formal, actual);
			}
			case "tuple":
				return this.matchTuple(formal, actual.kind === "table" ? recordOf(actual) : actual);
			case "list":
				return this.matchList(formal, actual);
			case "model":
				return this.inOrder(true, () => this.matchModel(formal, actual));
			case "variant":
				return this.matchVariant(formal, actual);
			case "stack":
				return this.matchStack(formal, actual);
			case "applied":
				return matchRule(formal, actual);
			default:
				return formal.kind === actual.kind ? undefined : wrongKind(formal, actual);
		}
	}

	private matchVariable(formal: VariableType, actual: Type): Mismatch | undefined {
		const outer = this.bindings.types.get(formal.id);
		if (formal.parametersOf || !this.quantified.types.some((t) => t.id === formal.id)) {
			if (formal.parametersOf && outer) {
				const parameters = trainable(outer);
				return parameters ? this.match(parameters, lifted(actual)) : wrongKind(formal, actual);
			}
			if (outer) return this.formats.rigidly(() => this.match(outer, lifted(actual)));
			return actual.kind === "variable" && isSameVariable(actual, formal)
				? undefined
				: wrongKind(formal, actual);
		}
		const bound = this.bindings.types.get(formal.id);
		// Told once: what the others should be is not known.
		if (bound?.kind === "error") return undefined;
		const isTree = this.quantified.trees?.has(formal.id) === true;
		const refused = isTree ? refuseTree(actual, this.trees) : undefined;
		if (refused) this.bindings.types.set(formal.id, errorType);
		if (refused)
			return {
				kind: "type",
				wanted: `a tree of real tensors for ${formal.name}`,
				got: `${showType(actual)}: ${refused}`,
			};
		const value = isTree ? asTree(actual) : lifted(actual);
		if (!bound) {
			this.bindings.types.set(formal.id, value);
			return isTree ? this.formats.ofTree(value) : undefined;
		}
		if (isTree && shapeKey(bound) !== shapeKey(value))
			return {
				kind: "type",
				wanted: `${showType(bound)}, of which ${howMade(bound)}`,
				got: `${showType(value)}, of which ${howMade(value)}`,
				hint: "what is frozen is no part of a tree: freeze the same of all of them, or `merge` first",
			};
		// The first argument may be narrower than the next: `blend(0, x)`.
		const different = this.formats.rigidly(() => {
			if (!this.match(bound, value) || this.match(value, bound)) return this.match(bound, value);
			this.bindings.types.set(formal.id, value);
			return undefined;
		});
		return different ?? (isTree ? this.formats.ofTree(value) : undefined);
	}

	private matchTensor(formal: Type & { kind: "tensor" }, actual: Type): Mismatch | undefined {
		const beyond = refuseBeyondInt(formal, actual);
		if (beyond) return beyond;
		if (actual.kind === "Int" || actual.kind === "Real" || actual.kind === "Bool") {
			const element = actual.kind === "Int" ? "int" : actual.kind === "Real" ? "real" : "bool";
			if (!isRealElement(formal.element) && !widens(element, formal.element))
				return wrongElement(formal, actual);
			if (
				formal.below &&
				!(actual.kind === "Int" && liesBelow(this.facts, this.bindings, [actual], formal.below))
			)
				return wrongKind(formal, actual);
			return this.matchShape(formal.shape, { dims: [] });
		}
		if (actual.kind === "list") {
			if (actual.elements?.some((e) => e.kind === "error")) return undefined;
			const stacked = stackElements(actual.elements);
			if (!stacked) return wrongKind(formal, actual);
			const inside =
				formal.below &&
				actual.elements &&
				liesBelow(this.facts, this.bindings, actual.elements, formal.below);
			return this.matchTensor(inside ? { ...formal, below: undefined } : formal, stacked);
		}
		if (actual.kind !== "tensor") return wrongKind(formal, actual);
		const element = this.formats.match(formal, actual);
		if (element) return element;
		const shape = this.matchShape(formal.shape, actual.shape);
		if (shape) return shape;
		if (formal.below) {
			// A bool is 0 or 1.
			const below = actual.element === "bool" ? constant(2) : actual.below;
			if (!below) return noIndices(formal, actual, substituteDim(formal.below, this.bindings));
			return this.matchBelow(formal.below, below);
		}
		return undefined;
	}

	private matchRate(actual: Type): Mismatch | undefined {
		if (actual.kind === "rate") return undefined;
		if (actual.kind === "function") return this.matchFunction(schedule, actual);
		const number = knownNumber(actual);
		if (number !== undefined && number < 0)
			return {
				kind: "type",
				wanted: "Rate (a number of at least 0, or a function of the step)",
				got: String(number),
				hint: "what is to go up is said by `maximize`",
			};
		if (actual.kind === "Int" || actual.kind === "Real") return undefined;
		if (actual.kind === "tensor" && actual.shape.dims.length === 0 && !actual.shape.rest) return undefined;
		return { kind: "type", wanted: "Rate (a number, or a function of the step)", got: showType(actual) };
	}

	private matchTuple(formal: Type & { kind: "tuple" }, actual: Type): Mismatch | undefined {
		if (actual.kind !== "tuple") return wrongKind(formal, actual);
		// What the options of a fit may leave out is there or not in a result of any.
		const own = actual.elements.filter((e) => e.name === undefined || !formal.absent?.has(e.name));
		if (own.length !== formal.elements.length) return lacksField(formal, actual) ?? wrongKind(formal, actual);
		for (const [i, element] of formal.elements.entries()) {
			const other = element.name ? own.find((e) => e.name === element.name) : own[i];
			if (!other) return wrongKind(formal, actual);
			if (!(this.anyOrder && !formal.title) && other !== own[i])
				return {
					kind: "type",
					wanted: showType(formal),
					got: showType(actual),
					hint: "the fields stand in this order where a record is taken as it is",
				};
			const mismatch = this.match(element.type, other.type);
			if (mismatch)
				return element.name ? { ...mismatch, part: `.${element.name}${mismatch.part ?? ""}` } : mismatch;
		}
		return undefined;
	}

	private matchList(formal: Type & { kind: "list" }, actual: Type): Mismatch | undefined {
		if (actual.kind !== "list") return wrongKind(formal, actual);
		const { symbol } = formal;
		if (!symbol) return this.inOrder(true, () => this.matchEntries(formal, actual));
		if (actual.symbol?.id === symbol.id && this.areAt(symbol.outer, actual.symbol.outer)) return undefined;
		// A list of the declaration around is equal to none but itself.
		const isOwn = symbol.anyList || this.quantified.lists?.some((l) => l.id === symbol.id);
		if (!isOwn) return { kind: "type", wanted: `the list \`${symbol.name}\``, got: showType(actual) };
		// `a: MLP(widths), b: MLP(widths)`: one list, whichever argument told it first.
		const bound = symbol.anyList || symbol.outer ? undefined : this.bindings.lists.get(symbol.id);
		if (bound) return this.matchEntries(bound, actual);
		const mismatch = this.matchAnyList(formal, symbol, actual);
		if (!mismatch) bindList(this.bindings, symbol, actual);
		return mismatch;
	}

	/** Whether two lists within lists stand at the same indices. */
	private areAt(formal: readonly Dim[] = [], actual: readonly Dim[] = []): boolean {
		return (
			formal.length === actual.length &&
			formal.every((index, i) => {
				const wanted = substituteDim(index, this.bindings);
				return decideEqual(wanted, actual[i] as Dim, this.facts).verdict === "equal";
			})
		);
	}

	/** The entries of a list of unknown length, one by one or all by their index. */
	private matchAnyList(formal: ListType, symbol: ListSymbol, actual: ListType): Mismatch | undefined {
		const of = symbol.entries ? showType(symbol.entries.template) : "Int";
		// Every list of which only the type is known has an entry.
		if (!actual.symbol && decideAtLeast(lengthOf(actual), constant(1), this.facts).verdict !== "holds")
			return { kind: "type", wanted: `a list of at least one ${of}`, got: showType(actual) };
		for (const [i, entry] of entriesOf(actual).entries()) {
			if (!entry) return wrongKind(formal, actual);
			const template: Type = symbol.entries?.template ?? { kind: "Int" };
			const mismatch = this.match(template, entry) ?? refuseSmall(entry, this.facts, symbol.minimum);
			if (mismatch) return actual.elements ? { ...mismatch, part: `[${i}]${mismatch.part ?? ""}` } : mismatch;
		}
		return undefined;
	}

	/** A list that is known, or a family: of one length, and entry by entry. */
	private matchEntries(formal: ListType, actual: ListType): Mismatch | undefined {
		const wanted = substituteDim(lengthOf(formal), this.bindings);
		if (decideEqual(wanted, lengthOf(actual), this.facts).verdict !== "equal") {
			return {
				kind: "type",
				wanted: `a list of length ${showDim(wanted)}`,
				got: `one of length ${showDim(lengthOf(actual))}`,
			};
		}
		if (actual.segments && !formal.elements) return this.matchSegments(formal, actual.segments);
		const { dim, atom } = variable("i", { minimum: 0 });
		const known = formal.elements ?? actual.elements;
		const indices = known ? known.map((_, i) => constant(i)) : [dim];
		const facts = known ? this.facts : withAtLeast(this.facts, wanted, add(dim, constant(1)));
		const inside = known ? this : new Matcher(this.quantified, facts, this.bindings);
		for (const [i, index] of indices.entries()) {
			const [a, b] = [elementAt(formal, index), elementAt(actual, index)];
			const mismatch = a && b ? inside.match(a, b) : wrongKind(formal, actual);
			if (mismatch) return { ...mismatch, part: `[${known ? i : atom.name}]${mismatch.part ?? ""}` };
		}
		return inside === this ? undefined : inside.settle();
	}

	/** Lists that are put together, one after the other. */
	private matchSegments(formal: ListType, segments: readonly ListType[]): Mismatch | undefined {
		let from = constant(0);
		for (const segment of segments) {
			const start = from;
			const size = lengthOf(segment);
			const part = familyList(size, (i) => elementAt(formal, add(start, i)) ?? errorType);
			const mismatch = this.matchEntries(part, segment);
			if (mismatch) return mismatch;
			from = add(from, size);
		}
		return undefined;
	}

	/** `T[k]`, axis by axis: a stack of tensors is a tensor, and one of records a record. */
	private matchStack(formal: StackType, actual: Type): Mismatch | undefined {
		let whole = actual;
		for (const dim of formal.dims) {
			const stacked = unstacked({ facts: this.facts }, whole);
			if (!stacked) return wrongKind(formal, actual);
			const mismatch = this.matchDim(dim, stacked.size, -2);
			if (mismatch) return mismatch;
			whole = stacked.one;
		}
		return this.match(formal.of, whole);
	}

	private matchVariant(formal: VariantType, actual: Type): Mismatch | undefined {
		if (actual.kind !== "variant" || actual.variants !== formal.variants) return wrongVariant(formal, actual);
		for (const [name, wanted] of formal.arguments) {
			const got = actual.arguments.get(name);
			if (!got) continue;
			// A type in it stays as it is: what the value holds is not converted.
			const mismatch =
				this.match(wanted, got) ??
				(isStatic(got)
					? undefined
					: this.formats.rigidly(() => this.match(got, substituteType(wanted, this.bindings))));
			if (mismatch) return mismatch;
		}
		return undefined;
	}

	private matchModel(formal: ModelType, actual: Type): Mismatch | undefined {
		if (actual.kind !== "model" || actual.declaration !== formal.declaration)
			return wrongKind(formal, actual);
		for (const [name, wanted] of formal.configuration) {
			const got = actual.configuration.get(name);
			const mismatch = got
				? matchOption(this, name, wanted, got, formal.said?.has(name))
				: wrongKind(formal, actual);
			if (mismatch) return mismatch;
		}
		for (const [id, wanted] of formal.implied?.dims ?? []) {
			const got = actual.implied?.dims.get(id);
			const mismatch = got && this.matchDim(wanted, got, -2);
			if (mismatch) return mismatch;
		}
		for (const { id } of formal.declaration.openLists) {
			const wanted = formal.implied?.lists.get(id);
			const got = wanted && actual.implied?.lists.get(id);
			const mismatch = wanted && got && this.match(wanted, got);
			if (mismatch) return mismatch;
		}
		// A parameter takes a model however its weights are made; two values are of one type where both are alike.
		const made = shapeKey(formal);
		if (made === "" || made === shapeKey(actual)) return undefined;
		return {
			kind: "type",
			wanted: `${showType(formal)}, of which ${howMade(formal)}`,
			got: `${showType(actual)}, of which ${howMade(actual)}`,
			hint: "`merge(..)` gives plain weights",
		};
	}

	/** An actual function serves where its own signature, applied to the wanted parameters, gives the wanted result. */
	private matchFunction(formal: FunctionType, actual: FunctionType): Mismatch | undefined {
		if ([...formal.parameters, ...actual.parameters].some((p) => p.type.kind === "error")) return undefined;
		// What a function is given and gives does not tell: where no tensor did, it is the caller's `real`.
		this.formats.settle();
		const wanted = substituteType(formal, this.bindings) as FunctionType;
		if (actual.lambda) {
			const { arity } = actual.lambda;
			if (arity !== undefined && arity !== wanted.parameters.length) {
				return {
					kind: "type",
					wanted: `a function of ${wanted.parameters.length} ${wanted.parameters.length === 1 ? "argument" : "arguments"}`,
					got: `one of ${arity}`,
				};
			}
			const result = actual.lambda.apply(wanted.parameters.map((p) => p.type));
			const open = this.openIn({ kind: "tuple", elements: wanted.parameters });
			const mismatch = this.match(formal.result, result);
			return mismatch && open.length > 0 ? { kind: "open", names: open } : mismatch;
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
		this.solveFrom(formal, wanted, actual);
		const call = new Matcher(actual.quantified, this.facts, noBindings(), this.trees);
		const known = substituteType(formal, this.bindings) as FunctionType;
		for (const [i, parameter] of known.parameters.entries()) {
			const own = actual.parameters[i];
			const mismatch = own && call.match(own.type, parameter.type);
			if (mismatch) return ofParameter(mismatch);
		}
		call.solve(actual.where ?? []);
		const unsettled = call.finish();
		if (unsettled) return unsettled;
		for (const clause of actual.where ?? []) {
			if (holds(substituteWhere(clause, call.bindings), this.facts) === "holds") continue;
			return { kind: "type", wanted: showType(formal), got: `a function that asks for \`${clause.text}\`` };
		}
		return this.match(formal.result, withOwnLists(substituteType(actual.result, call.bindings)));
	}

	/** `f: (real[n]) -> real` given one of `real[3]`: where nothing else fixes n, the function does. */
	private solveFrom(formal: FunctionType, wanted: FunctionType, actual: FunctionType): void {
		const own = new Matcher(actual.quantified, this.facts);
		for (const [i, parameter] of wanted.parameters.entries()) {
			const given = actual.parameters[i];
			const wantedNow = formal.parameters[i];
			if (!given || !wantedNow || this.openIn(parameter.type).length === 0) continue;
			if (own.openIn(given.type).length === 0) this.match(wantedNow.type, given.type);
		}
	}
}

/** What a function is given cannot be narrowed where it stands. */
function ofParameter(mismatch: Mismatch): Mismatch {
	if (mismatch.kind !== "element") return mismatch;
	const { hint: _, ...plain } = mismatch;
	return plain;
}
