import { Builder } from "../../ir/builder.js";
import { inline, Mapping } from "../../ir/inline.js";
import { type Equation, type Func, sizeOf, type Value } from "../../ir/ir.js";
import { removeDead } from "../dead.js";

/** Reverse mode as the regions use it; see `vjp` in `reverse.ts`. */
export type Vjp = (
	builder: Builder,
	outputs: readonly Value[],
	cotangents: readonly Value[],
	wrt: readonly Value[],
) => Value[];

/** Where the backward function finds a value: at a parameter or at a result of the forward function. */
export type Source = { readonly parameter: number } | { readonly result: number };

/** A function and its derivative, which shares what the function has computed. */
export interface Split {
	/** The function with more results: those that the derivative needs. */
	readonly forward: Func;
	readonly sources: readonly Source[];
	/** From (sources, cotangents of some results) to the cotangents of some parameters. */
	readonly backward: Func;
}

export interface SplitOptions {
	/** Parameters whose cotangents are wanted, and results that have cotangents. */
	readonly wrt: readonly number[];
	readonly outputs: readonly number[];
	/** Parameters that the backward function can only have as further results: the carries of a loop. */
	readonly mustKeep: (parameter: number) => boolean;
	/** Parameters that are the same in all turns: what depends on them alone is computed again, outside of the loop. */
	readonly isConstant: (parameter: number) => boolean;
	/** Results that the backward function can have as they are. */
	readonly isUsable: (result: number) => boolean;
	/** Keeps nothing but parameters. */
	readonly recompute: boolean;
}

/** Operations that are cheaper to compute again than to keep: arithmetic and movements, no functions or sums. */
const cheap = new Set(
	(
		"neg abs sign floor ceil round not add sub mul div max min eq ne lt le gt ge and or select cast guard " +
		"stop_gradient reshape transpose broadcast slice pad concatenate reverse constant fill iota"
	).split(" "),
);

const created = (equation: Equation): boolean =>
	equation.inputs.length === 0 && cheap.has(equation.operation);

/** Decides what to keep of the values that the derivative needs. */
class Keeper {
	readonly kept = new Set<Value>();
	private readonly leaves = new Map<Value, ReadonlySet<Value>>();

	constructor(
		private readonly builder: Builder,
		private readonly parameters: readonly Value[],
		private readonly options: SplitOptions,
	) {}

	/** What must be kept so that the value can be computed again; itself where that is dear. */
	leavesOf(value: Value): ReadonlySet<Value> {
		const known = this.leaves.get(value);
		if (known !== undefined) return known;
		const found = this.find(value);
		this.leaves.set(value, found);
		return found;
	}

	keep(needed: readonly Value[]): void {
		const costly = (value: Value): boolean => this.leavesOf(value).has(value);
		for (const value of needed) if (costly(value)) this.kept.add(value);
		for (const value of needed) {
			const missing = [...this.leavesOf(value)].filter((leaf) => !this.kept.has(leaf));
			const space = (values: readonly Value[]) =>
				values.reduce((sum, { type }) => sum + sizeOf(type.shape), 0);
			const itself = !this.options.recompute && missing.length > 0 && space([value]) <= space(missing);
			for (const leaf of itself ? [value] : missing) this.kept.add(leaf);
		}
	}

	private find(value: Value): ReadonlySet<Value> {
		const parameter = this.parameters.indexOf(value);
		if (parameter >= 0) return new Set(this.options.mustKeep(parameter) ? [value] : []);
		const equation = this.builder.definition(value) as Equation;
		const inputs = new Set(equation.inputs.flatMap((input) => [...this.leavesOf(input)]));
		const again = this.options.recompute || cheap.has(equation.operation) || this.isInvariant(value);
		return again ? inputs : new Set([value]);
	}

	private readonly invariant = new Map<Value, boolean>();

	private isInvariant(value: Value): boolean {
		const known = this.invariant.get(value);
		if (known !== undefined) return known;
		const parameter = this.parameters.indexOf(value);
		const equation = this.builder.definition(value);
		const found =
			parameter >= 0
				? this.options.isConstant(parameter)
				: equation !== undefined &&
					(created(equation) ||
						(equation.inputs.length > 0 && equation.inputs.every((input) => this.isInvariant(input))));
		this.invariant.set(value, found);
		return found;
	}
}

/** The function and its derivative, as two functions and what goes between them. */
export function split(func: Func, options: SplitOptions, vjp: Vjp): Split {
	const builder = new Builder();
	const parameters = func.parameters.map(({ type }) => builder.parameter(type));
	const results = inline(builder, func, parameters);
	const cotangents = options.outputs.map((k) => builder.parameter((results[k] as Value).type));
	const gradients = vjp(
		builder,
		options.outputs.map((k) => results[k] as Value),
		cotangents,
		options.wrt.map((k) => parameters[k] as Value),
	);
	const later = new Set<Value>(cotangents);
	const needed = new Set<Value>();
	for (const equation of builder.equations) {
		if (!equation.inputs.some((value) => later.has(value))) continue;
		for (const output of equation.outputs) later.add(output);
	}
	const need = (value: Value): void => {
		if (!later.has(value)) needed.add(value);
	};
	const wanted = removeDead({
		name: "backward",
		parameters: [],
		equations: builder.equations,
		results: gradients,
	});
	for (const { inputs, outputs } of wanted.equations)
		if (outputs.some((value) => later.has(value))) inputs.forEach(need);
	gradients.forEach(need);

	const keeper = new Keeper(builder, parameters, options);
	keeper.keep([...needed]);
	const extra: Value[] = [];
	const sources: Source[] = [];
	const inner = new Builder();
	const mapping = new Mapping();
	const take = (value: Value, source: Source): void => {
		sources.push(source);
		mapping.set([value], [inner.parameter(value.type)]);
	};
	for (const value of keeper.kept) {
		const known = results.findIndex((result, k) => result === value && options.isUsable(k));
		if (known < 0) extra.push(value);
		take(value, { result: known >= 0 ? known : results.length + extra.length - 1 });
	}
	const steps = new Set<Equation>();
	const visit = (value: Value): void => {
		if (mapping.has(value) || cotangents.includes(value)) return;
		const parameter = parameters.indexOf(value);
		if (parameter >= 0) {
			take(value, { parameter });
			return;
		}
		const equation = builder.definition(value) as Equation;
		if (steps.has(equation)) return;
		steps.add(equation);
		equation.inputs.forEach(visit);
	};
	gradients.forEach(visit);
	mapping.set(
		cotangents,
		cotangents.map(({ type }) => inner.parameter(type)),
	);
	for (const equation of builder.equations) if (steps.has(equation)) mapping.copy(inner, equation);
	const forward = removeDead({
		name: func.name,
		parameters,
		equations: [...builder.equations],
		results: [...results, ...extra],
	});
	const backward = inner.build(
		`${func.name}_backward`,
		gradients.map((value) => mapping.get(value)),
	);
	return { forward, sources, backward };
}
