import { Builder } from "../../ir/builder.js";
import { inline } from "../../ir/inline.js";
import type { Equation, Func, TensorType, Value } from "../../ir/ir.js";
import { sameType } from "../../ir/primitives/index.js";
import {
	booleanOf,
	integerOf,
	isFloat,
	requireDerivative,
	UnboundedLoop,
} from "../../ir/primitives/primitive.js";
import { loopGroups } from "../../ir/primitives/regions.js";
import { call, cond, scan } from "../../ir/regions.js";
import { activeCarries, activeResults } from "./activity.js";
import { type Source, type Split, type SplitOptions, split, type Vjp } from "./split.js";

/** One equation with regions of the walk backwards. */
export interface RegionAdjoint {
	readonly builder: Builder;
	readonly equation: Equation;
	/** Of each output; undefined where nothing flows back. */
	readonly cotangents: readonly (Value | undefined)[];
	/** Which inputs want a cotangent. */
	readonly active: readonly boolean[];
	readonly vjp: Vjp;
}

/** What flows to each input; undefined: nothing. */
export type RegionAdjointRule = (adjoint: RegionAdjoint) => readonly (Value | undefined)[];

const indices = (mask: readonly boolean[]): number[] => mask.flatMap((yes, k) => (yes ? [k] : []));
const isFloatAt = (values: readonly Value[], k: number): boolean =>
	isFloat((values[k] as Value).type.element);
const regionOf = (equation: Equation, index: number): Func => equation.regions[index] as Func;

/** Values placed at some inputs. */
function placed(count: number, places: readonly number[], values: readonly Value[]): (Value | undefined)[] {
	const result = new Array<Value | undefined>(count).fill(undefined);
	places.forEach((place, k) => {
		result[place] = values[k];
	});
	return result;
}

/** The outputs of the equation, and those that it gives when its forward function has more results. */
function outputsOf({ builder, equation }: RegionAdjoint, regions: readonly Func[]): readonly Value[] {
	const { operation, inputs, attributes, outputs } = equation;
	const widened = regions.some((region, k) => region.results.length > regionOf(equation, k).results.length);
	if (!widened) return outputs;
	return [
		...outputs,
		...builder.rewrite(equation, () => builder.emitAll(operation, inputs, attributes, regions)),
	];
}

const reverseScan: RegionAdjointRule = (adjoint) => {
	const { builder, equation, cotangents, active, vjp } = adjoint;
	const { inputs, attributes } = equation;
	const region = regionOf(equation, 0);
	const { carries, sequences } = loopGroups(attributes);
	const constants = carries + sequences;
	const held = activeCarries(region, carries, active);
	const mask = [...held, ...active.slice(carries)];
	const wrt = indices(mask);
	const results = activeResults(region, mask);
	const stacked = indices(results).filter((k) => k >= carries && cotangents[k] !== undefined);
	const checkpoint = attributes.checkpoint === undefined ? 0 : 1;
	const { forward, sources, backward } = split(
		region,
		{
			wrt,
			outputs: [...indices(held), ...stacked],
			mustKeep: (parameter) => parameter < carries,
			isConstant: (parameter) => parameter >= constants,
			isUsable: (result) => result >= carries,
			recompute: checkpoint > 0,
		},
		vjp,
	);
	const outputs = outputsOf(adjoint, [forward]);
	const find = (source: Source): Value =>
		"parameter" in source ? (inputs[source.parameter] as Value) : (outputs[source.result] as Value);
	const isFixed = (source: Source): boolean => "parameter" in source && source.parameter >= constants;
	const rows = sources.filter((source) => !isFixed(source));
	const zero = (k: number): Value => builder.zeros((inputs[k] as Value).type);
	const wantedConstants = wrt.filter((k) => k >= constants);
	const carried = indices(held);
	const found = scan(
		builder,
		{
			init: [...carried.map((k) => cotangents[k] ?? zero(k)), ...wantedConstants.map(zero)],
			sequences: [...rows.map(find), ...stacked.map((k) => cotangents[k] as Value)],
			length: integerOf(attributes, "length"),
			reverse: !booleanOf(attributes, "reverse"),
			checkpoint,
		},
		(inner, state, elements) => {
			let next = 0;
			const args = sources.map((source) => (isFixed(source) ? find(source) : (elements[next++] as Value)));
			const gradients = inline(inner, backward, [
				...args,
				...state.slice(0, carried.length),
				...elements.slice(rows.length),
			]);
			const sums = wantedConstants.map((k, at) =>
				inner.emit("add", [state[carried.length + at] as Value, gradients[wrt.indexOf(k)] as Value]),
			);
			return {
				carries: [...gradients.slice(0, carried.length), ...sums],
				elements: gradients.slice(carried.length, wrt.length - wantedConstants.length),
			};
		},
	);
	const count = carried.length;
	const order = [
		...found.slice(0, count),
		...found.slice(count + wantedConstants.length),
		...found.slice(count, count + wantedConstants.length),
	];
	return placed(inputs.length, wrt, order);
};

/** Everything outside is at hand: for calls and branches. */
function splitCall(region: Func, wrt: readonly number[], outputs: readonly number[], vjp: Vjp): Split {
	const options: SplitOptions = {
		wrt,
		outputs,
		mustKeep: () => false,
		isConstant: () => false,
		isUsable: () => true,
		recompute: false,
	};
	return split(region, options, vjp);
}

const knownSplits = new WeakMap<Func, Map<string, Split>>();

const reverseCall: RegionAdjointRule = (adjoint) => {
	const { builder, equation, cotangents, active, vjp } = adjoint;
	const region = regionOf(equation, 0);
	const wrt = indices(active);
	const from = indices(cotangents.map((value) => value !== undefined));
	// Calls of one function share its derivative.
	const known = knownSplits.get(region) ?? new Map<string, Split>();
	knownSplits.set(region, known);
	const key = `${wrt} ${from}`;
	const parts = known.get(key) ?? splitCall(region, wrt, from, vjp);
	known.set(key, parts);
	const outputs = outputsOf(adjoint, [parts.forward]);
	const args = parts.sources.map((source) =>
		"parameter" in source ? (equation.inputs[source.parameter] as Value) : (outputs[source.result] as Value),
	);
	const gradients = call(builder, parts.backward, [...args, ...from.map((k) => cotangents[k] as Value)]);
	return placed(equation.inputs.length, wrt, gradients);
};

/** Places for the residuals of both branches: those of one type share. */
function slotsOf(branches: readonly (readonly TensorType[])[]): {
	readonly types: readonly TensorType[];
	readonly places: readonly (readonly number[])[];
} {
	const types: TensorType[] = [];
	const places = branches.map((branch) => {
		const taken = new Set<number>();
		return branch.map((type) => {
			let slot = types.findIndex((other, k) => !taken.has(k) && sameType(other, type));
			if (slot < 0) slot = types.push(type) - 1;
			taken.add(slot);
			return slot;
		});
	});
	return { types, places };
}

const reverseCond: RegionAdjointRule = (adjoint) => {
	const { builder, equation, cotangents, active, vjp } = adjoint;
	const [predicate, ...operands] = equation.inputs;
	const wrt = indices(active.slice(1));
	const from = indices(cotangents.map((value) => value !== undefined));
	const parts = equation.regions.map((region) => splitCall(region, wrt, from, vjp));
	const count = equation.outputs.length;
	const { types, places } = slotsOf(
		parts.map(({ forward }) => forward.results.slice(count).map((value) => value.type)),
	);
	const regions = parts.map(({ forward }, branch) => {
		const inner = new Builder();
		const results = inline(
			inner,
			forward,
			forward.parameters.map(({ type }) => inner.parameter(type)),
		);
		const slots = types.map((type, slot) => {
			const at = (places[branch] as readonly number[]).indexOf(slot);
			return at < 0 ? inner.zeros(type) : (results[count + at] as Value);
		});
		return inner.build(forward.name, [...results.slice(0, count), ...slots]);
	});
	const outputs = outputsOf(adjoint, regions);
	const backward = (branch: number) => (inner: Builder) => {
		const { sources, backward: func } = parts[branch] as Split;
		const args = sources.map((source) => {
			if ("parameter" in source) return operands[source.parameter] as Value;
			const slot = (places[branch] as readonly number[])[source.result - count];
			return outputs[slot === undefined ? source.result : count + slot] as Value;
		});
		return inline(inner, func, [...args, ...from.map((k) => cotangents[k] as Value)]);
	};
	const gradients = cond(builder, predicate as Value, backward(0), backward(1));
	return [undefined, ...placed(operands.length, wrt, gradients)];
};

const reverseCustom: RegionAdjointRule = ({ builder, equation, cotangents, active }) => {
	requireDerivative(equation.attributes, active);
	const { inputs, outputs } = equation;
	const floats = indices(outputs.map((_, k) => isFloatAt(outputs, k)));
	const given = floats.map((k) => cotangents[k] ?? builder.zeros((outputs[k] as Value).type));
	const gradients = call(builder, regionOf(equation, 1), [...inputs, ...outputs, ...given]);
	return placed(inputs.length, indices(inputs.map((_, k) => isFloatAt(inputs, k))), gradients);
};

/** The row of each operation with regions in reverse mode. */
export const regionDerivatives: ReadonlyMap<string, RegionAdjointRule> = new Map(
	Object.entries<RegionAdjointRule>({
		scan: reverseScan,
		while({ equation }) {
			// With a limit it has become a scan before.
			throw new UnboundedLoop(
				`reverse mode through a while needs the attribute limit, the most turns (the result is %${equation.outputs[0]?.id}); ` +
					"or give the loop a custom_derivative, or use forward mode",
				equation.regions[1],
			);
		},
		cond: reverseCond,
		call: reverseCall,
		custom_derivative: reverseCustom,
	}),
);
