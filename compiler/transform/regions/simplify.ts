import type { Builder } from "../../ir/builder.js";
import { Mapping } from "../../ir/inline.js";
import { type Attributes, Equation, type Func, type Value } from "../../ir/ir.js";
import { regionPrimitives } from "../../ir/primitives/index.js";
import { integerOf } from "../../ir/primitives/primitive.js";
import { loopGroups } from "../../ir/primitives/regions.js";
import { removeDead } from "../dead.js";

/** What a region row may do: all of it emits into the function that is simplified. */
export interface RegionRewriter {
	readonly builder: Builder;
	/** Emits one equation, simplified. */
	copy(mapping: Mapping, equation: Equation): void;
	/** The simplified form of a region. */
	simplified(region: Func): Func;
	/** How many equations carry the region. */
	uses(region: Func): number;
	readonly keepGuards: boolean;
}

/** An equation with regions on inputs of the new function; outputs with `needed` false are used by nobody. */
export interface RegionCandidate {
	readonly operation: string;
	readonly attributes: Attributes;
	readonly inputs: readonly Value[];
	readonly regions: readonly Func[];
	readonly needed: readonly boolean[];
}

/** The results that are needed; undefined where not. */
export type RegionRule = (
	rewriter: RegionRewriter,
	candidate: RegionCandidate,
) => readonly (Value | undefined)[];

/** The parameters that the results depend on. */
function usedParameters(region: Func, results: readonly Value[] = region.results): ReadonlySet<Value> {
	const live = new Set<Value>(results);
	for (const equation of region.equations.toReversed()) {
		if (equation.outputs.some((value) => live.has(value)))
			for (const value of equation.inputs) live.add(value);
	}
	return live;
}

function inlined(rewriter: RegionRewriter, region: Func, inputs: readonly Value[]): readonly Value[] {
	const mapping = new Mapping();
	mapping.set(region.parameters, inputs);
	for (const equation of region.equations) rewriter.copy(mapping, equation);
	return region.results.map((value) => mapping.get(value));
}

/** The values at these places; the others undefined. */
function spread(count: number, places: readonly number[], values: readonly Value[]): (Value | undefined)[] {
	const result = new Array<Value | undefined>(count).fill(undefined);
	places.forEach((place, k) => {
		result[place] = values[k];
	});
	return result;
}

const keep = <Item>(items: readonly Item[], kept: readonly boolean[]): Item[] =>
	items.filter((_, k) => kept[k]);
const indices = (kept: readonly boolean[]): number[] => kept.flatMap((yes, k) => (yes ? [k] : []));

/**
 * Regions whose constants (all parameters from `fixed` on) that are equal, unused or plain numbers are no longer
 * parameters.
 */
function mergeConstants(
	{ builder }: RegionRewriter,
	inputs: readonly Value[],
	regions: readonly Func[],
	fixed: number,
): { inputs: readonly Value[]; regions: readonly Func[] } {
	const used = regions.map((region) => usedParameters(region));
	const places = new Map<Value, number>();
	const kept: number[] = [];
	inputs.forEach((value, k) => {
		const inUse = regions.some((region, r) => used[r]?.has(region.parameters[k] as Value));
		if (k < fixed) kept.push(k);
		else if (inUse && builder.definition(value)?.operation !== "fill" && !places.has(value)) {
			places.set(value, k);
			kept.push(k);
		}
	});
	if (kept.length === inputs.length) return { inputs, regions: regions.map(removeDead) };
	const rebuilt = regions.map((region): Func => {
		const names = new Map<Value, Value>();
		const fills: Equation[] = [];
		inputs.forEach((value, k) => {
			const parameter = region.parameters[k] as Value;
			const first = places.get(value);
			if (k < fixed || first === k) return;
			if (first !== undefined) names.set(parameter, region.parameters[first] as Value);
			else {
				const definition = builder.definition(value);
				if (definition?.operation === "fill")
					fills.push(new Equation("fill", [], definition.attributes, [parameter]));
			}
		});
		const name = (value: Value): Value => names.get(value) ?? value;
		const equations = region.equations.map(
			(item) =>
				new Equation(item.operation, item.inputs.map(name), item.attributes, item.outputs, item.regions),
		);
		return removeDead({
			name: region.name,
			parameters: kept.map((k) => region.parameters[k] as Value),
			equations: [...fills, ...equations],
			results: region.results.map(name),
		});
	});
	return { inputs: kept.map((k) => inputs[k] as Value), regions: rebuilt };
}

/** A region with fewer parameters and results. */
function narrowed(region: Func, parameters: readonly boolean[], results: readonly boolean[]): Func {
	return {
		...region,
		parameters: keep(region.parameters, parameters),
		results: keep(region.results, results),
	};
}

/** Parameters `carries` whose new value is the old one, in every turn. */
function isInvariant(region: Func, carries: number): boolean[] {
	return Array.from({ length: carries }, (_, k) => region.results[k] === region.parameters[k]);
}

/** Carries that become constants: their parameters move behind the others. */
function asConstants(region: Func, invariant: readonly boolean[], results: readonly Value[]): Func {
	const stay = region.parameters.filter((_, k) => !invariant[k]);
	const moved = region.parameters.filter((_, k) => invariant[k]);
	return { ...region, parameters: [...stay, ...moved], results };
}

const created = new Set(["fill", "constant", "iota"]);

/**
 * Takes out of a region what depends on its constants alone (parameters from `fixed` on). Every operation is pure and
 * total, so that computing it once before is safe even if there is no turn; loops inside stay, they might not end.
 */
function hoist(
	rewriter: RegionRewriter,
	region: Func,
	inputs: readonly Value[],
	fixed: number,
): { region: Func; added: readonly Value[] } {
	const mapping = new Mapping();
	mapping.set(region.parameters.slice(fixed), inputs.slice(fixed));
	const moved = new Set<Value>();
	const stay: Equation[] = [];
	const locals = new Map<Value, Equation>();
	for (const equation of region.equations) {
		const invariant = equation.inputs.every((value) => mapping.has(value) || locals.has(value));
		if (created.has(equation.operation)) {
			locals.set(equation.output, equation);
			stay.push(equation);
		} else if (invariant && !regionPrimitives.has(equation.operation)) {
			for (const value of equation.inputs) {
				const local = locals.get(value);
				if (local !== undefined && !mapping.has(value)) rewriter.copy(mapping, local);
			}
			rewriter.copy(mapping, equation);
			moved.add(equation.output);
		} else stay.push(equation);
	}
	const needed = [...new Set([...stay.flatMap((equation) => equation.inputs), ...region.results])].filter(
		(value) => moved.has(value),
	);
	return {
		region: { ...region, equations: stay, parameters: [...region.parameters, ...needed] },
		added: needed.map((value) => mapping.get(value)),
	};
}

/** Carries and stacked results that nothing needs, directly or through other carries. */
function neededCarries(region: Func, carries: number, needed: readonly boolean[]): boolean[] {
	const live = needed.slice(0, region.results.length);
	for (let changed = true; changed; ) {
		changed = false;
		const used = usedParameters(region, keep(region.results, live));
		for (let k = 0; k < carries; k++) {
			if (live[k] || !used.has(region.parameters[k] as Value)) continue;
			live[k] = true;
			changed = true;
		}
	}
	return live;
}

const scan: RegionRule = (rewriter, { attributes, inputs, regions, needed }) => {
	const { builder } = rewriter;
	const region = rewriter.simplified(regions[0] as Func);
	const { carries, sequences } = loopGroups(attributes);
	const length = integerOf(attributes, "length");
	const live = neededCarries(region, carries, needed);
	const invariant = isInvariant(region, carries).map((yes, k) => yes && (live[k] as boolean));
	// Step 1: without dead carries and results; invariant carries as constants.
	const used = usedParameters(region, keep(region.results, live));
	const stays = region.parameters.map((value, k) =>
		k < carries ? (live[k] as boolean) : k < carries + sequences ? used.has(value) : true,
	);
	const resultStays = live.map((yes, k) => yes && !invariant[k]);
	const fewer = narrowed(region, stays, live);
	const invariantHere = keep(invariant, live.slice(0, carries));
	const constant = (k: number): boolean => invariantHere[k] ?? false;
	const body = removeDead(asConstants(fewer, invariantHere, keep(region.results, resultStays)));
	const given = keep(inputs, stays);
	const ordered = [...given.filter((_, k) => !constant(k)), ...given.filter((_, k) => constant(k))];
	const carriesLeft = resultStays.slice(0, carries).filter(Boolean).length;
	const sequencesLeft = stays.slice(carries, carries + sequences).filter(Boolean).length;
	const fixed = carriesLeft + sequencesLeft;
	const places = indices(resultStays);
	const found = spread(needed.length, places, []);
	invariant.forEach((yes, k) => {
		if (yes) found[k] = inputs[k];
	});
	if (places.length > 0) {
		// Step 2: what does not change from turn to turn is computed before.
		const { region: core, added } =
			length > 0 ? hoist(rewriter, body, ordered, fixed) : { region: body, added: [] };
		const merged = mergeConstants(rewriter, [...ordered, ...added], [core], fixed);
		const outputs = builder.emitAll(
			"scan",
			merged.inputs,
			{ ...attributes, carries: carriesLeft, sequences: sequencesLeft },
			merged.regions,
		);
		places.forEach((place, k) => {
			found[place] = outputs[k];
		});
	}
	return found;
};

const whileRule: RegionRule = (rewriter, { attributes, inputs, regions, needed }) => {
	const { builder } = rewriter;
	const [condition, body] = regions.map((region) => rewriter.simplified(region)) as [Func, Func];
	const { carries } = loopGroups(attributes);
	const steering = usedParameters(condition);
	const wanted = body.parameters.map(
		(_, k) => k < carries && ((needed[k] as boolean) || steering.has(condition.parameters[k] as Value)),
	);
	const live = neededCarries(body, carries, wanted.slice(0, carries));
	const invariant = isInvariant(body, carries).map((yes, k) => yes && (live[k] as boolean));
	const stays = body.parameters.map((_, k) => k >= carries || (live[k] as boolean));
	const invariantHere = keep(invariant, live);
	const resultStays = live.map((yes, k) => yes && !invariant[k]);
	const constant = (k: number): boolean => invariantHere[k] ?? false;
	const given = keep(inputs, stays);
	const ordered = [...given.filter((_, k) => !constant(k)), ...given.filter((_, k) => constant(k))];
	const narrow = (region: Func): Func => ({ ...region, parameters: keep(region.parameters, stays) });
	const places = indices(resultStays);
	const funcs = [
		asConstants(narrow(condition), invariantHere, condition.results),
		asConstants(narrow(body), invariantHere, keep(body.results, resultStays)),
	];
	const merged = mergeConstants(rewriter, ordered, funcs, places.length);
	const outputs = builder.emitAll(
		"while",
		merged.inputs,
		{ ...attributes, carries: places.length },
		merged.regions,
	);
	const found = spread(needed.length, [...places, carries], outputs);
	invariant.forEach((yes, k) => {
		if (yes) found[k] = inputs[k];
	});
	return found;
};

const cond: RegionRule = (rewriter, { inputs, regions, needed }) => {
	const predicate = rewriter.builder.definition(inputs[0] as Value);
	if (predicate?.operation === "fill") {
		const taken = regions[predicate.attributes.value === 1 ? 0 : 1] as Func;
		return inlined(
			rewriter,
			narrowed(
				taken,
				taken.parameters.map(() => true),
				needed,
			),
			inputs.slice(1),
		).reduce(
			(found, value, k) => {
				found[indices(needed)[k] as number] = value;
				return found;
			},
			spread(needed.length, [], []),
		);
	}
	const all = inputs.slice(1).map(() => true);
	const funcs = regions.map((region) => rewriter.simplified(narrowed(region, all, needed)));
	// Results that are the same operand in both branches need no branch.
	const places = indices(needed);
	const passed = places.map((_, k) => {
		const operands = funcs.map((func) => func.parameters.indexOf(func.results[k] as Value));
		return operands[0] === operands[1] ? (operands[0] as number) : -1;
	});
	const found = spread(
		needed.length,
		places,
		passed.map((k) => inputs[k + 1] as Value),
	);
	const chosen = passed.map((k) => k < 0);
	if (!chosen.includes(true)) return found;
	const merged = mergeConstants(
		rewriter,
		inputs.slice(1),
		funcs.map((func) => narrowed(func, all, chosen)),
		0,
	);
	const outputs = rewriter.builder.emitAll(
		"cond",
		[inputs[0] as Value, ...merged.inputs],
		{},
		merged.regions,
	);
	keep(places, chosen).forEach((place, k) => {
		found[place] = outputs[k];
	});
	return found;
};

/** A call of a region this small costs more than its equations. */
const smallRegion = 3;

/** Copies that come to no more equations than this are worth what is simplified across them. */
const mostCopied = 400;

const sizes = new WeakMap<Func, number>();

/** How many equations a copy has, with those of its own regions. */
function size(region: Func): number {
	const known = sizes.get(region);
	if (known !== undefined) return known;
	const found = region.equations.reduce(
		(sum, { regions }) => sum + 1 + regions.reduce((inner, other) => inner + size(other), 0),
		0,
	);
	sizes.set(region, found);
	return found;
}

/** Whether calls of a function that so many equations carry are put in place. */
export function isPutInPlace(region: Func, uses: number): boolean {
	return region.equations.length <= smallRegion || uses === 1 || uses * size(region) <= mostCopied;
}

const call: RegionRule = (rewriter, { inputs, regions, needed }) => {
	const region = regions[0] as Func;
	if (isPutInPlace(region, rewriter.uses(region))) return inlined(rewriter, region, inputs);
	// Its results stay as they are, so that all calls keep sharing one region.
	const outputs = rewriter.builder.emitAll("call", inputs, {}, [rewriter.simplified(region)]);
	return needed.map((_, k) => outputs[k]);
};

const customDerivative: RegionRule = (rewriter, { attributes, inputs, regions }) => {
	if (!rewriter.keepGuards) return inlined(rewriter, regions[0] as Func, inputs);
	const funcs = regions.map((region) => rewriter.simplified(region));
	return rewriter.builder.emitAll("custom_derivative", inputs, attributes, funcs);
};

/** The row of each operation with regions in the simplifier. */
export const regionRules: ReadonlyMap<string, RegionRule> = new Map(
	Object.entries({ scan, while: whileRule, cond, call, custom_derivative: customDerivative }),
);
