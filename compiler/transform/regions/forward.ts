import type { Builder } from "../../ir/builder.js";
import { inline } from "../../ir/inline.js";
import type { Equation, Func, TensorType, Value } from "../../ir/ir.js";
import { isFloat, requireDerivative } from "../../ir/primitives/primitive.js";
import { loopGroups } from "../../ir/primitives/regions.js";
import { call, functionOf } from "../../ir/regions.js";
import type { Dual } from "../forward.js";
import { vjp } from "../reverse.js";
import { activeCarries, activeResults } from "./activity.js";

/** One equation with regions of the walk forwards. */
export interface RegionPush {
	readonly builder: Builder;
	readonly equation: Equation;
	/** Equal to the inputs of the equation. */
	readonly inputs: readonly Value[];
	readonly tangents: readonly (Value | undefined)[];
	readonly pushForward: (
		builder: Builder,
		outputs: readonly Value[],
		wrt: readonly Value[],
		tangents: readonly Value[],
	) => Dual;
}

export type RegionTangentRule = (push: RegionPush) => Dual;

const regionOf = (equation: Equation, index: number): Func => equation.regions[index] as Func;
const typesOf = (values: readonly Value[]): TensorType[] => values.map((value) => value.type);
const keep = <Item>(items: readonly Item[], mask: readonly boolean[]): Item[] =>
	items.filter((_, k) => mask[k]);
const isActive = (push: RegionPush): boolean[] => push.tangents.map((tangent) => tangent !== undefined);

/** The tangents where `mask` holds, in order; undefined elsewhere. */
function placed(mask: readonly boolean[], values: readonly Value[]): (Value | undefined)[] {
	let next = 0;
	return mask.map((yes) => (yes ? values[next++] : undefined));
}

/** From (parameters, tangents of those of `active`) to (results, tangents of those of `wanted`). */
function dualOf(
	region: Func,
	active: readonly boolean[],
	wanted: readonly boolean[],
	push: RegionPush,
): Func {
	const floats = active.map((yes, k) => yes && isFloat((region.parameters[k] as Value).type.element));
	const types = typesOf(region.parameters);
	return functionOf(`${region.name}_forward`, [...types, ...keep(types, floats)], (builder, given) => {
		const parameters = given.slice(0, types.length);
		const results = inline(builder, region, parameters);
		const dual = push.pushForward(builder, results, keep(parameters, floats), given.slice(types.length));
		const tangents = dual.tangents.map((tangent, k) => tangent ?? builder.zeros((results[k] as Value).type));
		return [...dual.outputs, ...keep(tangents, wanted)];
	});
}

/** Moves the parameters and results of a function of a dual loop to where the loop has them. */
function reordered(func: Func, parameters: readonly number[], results: readonly number[]): Func {
	return {
		...func,
		parameters: parameters.map((k) => func.parameters[k] as Value),
		results: results.map((k) => func.results[k] as Value),
	};
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

/** The places of a list followed by the tangents of some of it, group after group: each with its tangents behind. */
function grouped(mask: readonly boolean[], bounds: readonly number[]): number[] {
	const place = new Map<number, number>();
	let next = mask.length;
	mask.forEach((yes, k) => {
		if (yes) place.set(k, next++);
	});
	const ends = [...bounds, mask.length];
	return ends.flatMap((end, group) => {
		const own = range(group === 0 ? 0 : (ends[group - 1] as number), end);
		return [...own, ...own.flatMap((k) => place.get(k) ?? [])];
	});
}

const count = (mask: readonly boolean[]): number => mask.filter(Boolean).length;

const pushScan: RegionTangentRule = (push) => {
	const { builder, equation, inputs, tangents } = push;
	const region = regionOf(equation, 0);
	const { carries, sequences } = loopGroups(equation.attributes);
	const held = activeCarries(region, carries, isActive(push));
	const active = [...held, ...isActive(push).slice(carries)];
	const wanted = [...held, ...activeResults(region, active).slice(carries)];
	const parameters = grouped(active, [carries, carries + sequences]);
	const results = grouped(wanted, [carries]);
	const func = reordered(dualOf(region, active, wanted, push), parameters, results);
	const all = [
		...inputs,
		...inputs.flatMap((value, k) => (active[k] ? (tangents[k] ?? builder.zeros(value.type)) : [])),
	];
	const outputs = builder.emitAll(
		"scan",
		parameters.map((k) => all[k] as Value),
		{
			...equation.attributes,
			carries: carries + count(held),
			sequences: sequences + count(active.slice(carries, carries + sequences)),
		},
		[func],
	);
	const back = (k: number): Value => outputs[results.indexOf(k)] as Value;
	return {
		outputs: wanted.map((_, k) => back(k)),
		tangents: placed(wanted, range(wanted.length, results.length).map(back)),
	};
};

const pushWhile: RegionTangentRule = (push) => {
	const { builder, equation, inputs, tangents } = push;
	const [condition, body] = [regionOf(equation, 0), regionOf(equation, 1)];
	const { carries } = loopGroups(equation.attributes);
	const held = activeCarries(body, carries, isActive(push));
	const active = [...held, ...isActive(push).slice(carries)];
	const parameters = grouped(active, [carries]);
	const types = typesOf(condition.parameters);
	const test = functionOf("condition", [...types, ...keep(types, active)], (inner, given) =>
		inline(inner, condition, given.slice(0, types.length)),
	);
	const results = range(0, carries + count(held));
	const all = [
		...inputs,
		...inputs.flatMap((value, k) => (active[k] ? (tangents[k] ?? builder.zeros(value.type)) : [])),
	];
	const outputs = builder.emitAll(
		"while",
		parameters.map((k) => all[k] as Value),
		{ ...equation.attributes, carries: carries + count(held) },
		[reordered(test, parameters, [0]), reordered(dualOf(body, active, held, push), parameters, results)],
	);
	return {
		outputs: [...outputs.slice(0, carries), outputs.at(-1) as Value],
		tangents: [...placed(held, outputs.slice(carries)), undefined],
	};
};

const pushCond: RegionTangentRule = (push) => {
	const { builder, equation, inputs, tangents } = push;
	const active = isActive(push).slice(1);
	const branches = equation.regions.map((region) => activeResults(region, active));
	const wanted = equation.outputs.map((_, k) => branches.some((branch) => branch[k]));
	const given = tangents.flatMap((tangent) => tangent ?? []);
	const funcs = equation.regions.map((region) => dualOf(region, active, wanted, push));
	const outputs = builder.emitAll("cond", [...inputs, ...given], {}, funcs);
	return { outputs: outputs.slice(0, wanted.length), tangents: placed(wanted, outputs.slice(wanted.length)) };
};

const knownDuals = new WeakMap<Func, Map<string, Func>>();

const pushCall: RegionTangentRule = (push) => {
	const { builder, equation, inputs, tangents } = push;
	const region = regionOf(equation, 0);
	const active = isActive(push);
	const wanted = activeResults(region, active);
	// Calls of one function share its dual.
	const known = knownDuals.get(region) ?? new Map<string, Func>();
	knownDuals.set(region, known);
	const func = known.get(active.join()) ?? dualOf(region, active, wanted, push);
	known.set(active.join(), func);
	const outputs = call(builder, func, [...inputs, ...tangents.flatMap((tangent) => tangent ?? [])]);
	return { outputs: outputs.slice(0, wanted.length), tangents: placed(wanted, outputs.slice(wanted.length)) };
};

/**
 * The given derivative says how cotangents flow back, linearly. Its transpose says how tangents flow forwards: reverse
 * mode through it, by the cotangents, which may be anything, zero for one. So it must be differentiable in reverse by
 * its cotangents: a while in it needs a limit.
 */
const pushCustom: RegionTangentRule = ({ builder, equation, inputs, tangents }) => {
	const pullback = regionOf(equation, 1);
	const isFloatAt = (values: readonly Value[]) => values.map(({ type }) => isFloat(type.element));
	const { attributes } = equation;
	requireDerivative(
		attributes,
		tangents.map((tangent) => tangent !== undefined),
	);
	const outputs = builder.emitAll("custom_derivative", inputs, attributes, equation.regions);
	const given = keep(
		inputs.map((value, k) => tangents[k] ?? builder.zeros(value.type)),
		isFloatAt(inputs),
	);
	const values = [...inputs, ...outputs];
	const transposed = functionOf(
		"transposed",
		[...typesOf(values), ...typesOf(given)],
		(inner, parameters) => {
			const cotangents = keep(outputs, isFloatAt(outputs)).map(({ type }) => inner.fresh(inner.zeros(type)));
			const results = inline(inner, pullback, [...parameters.slice(0, values.length), ...cotangents]);
			return vjp(inner, results, parameters.slice(values.length), cotangents);
		},
	);
	const found = call(builder, transposed, [...values, ...given]);
	return { outputs, tangents: placed(isFloatAt(outputs), found) };
};

/** The row of each operation with regions in forward mode. */
export const regionTangents: ReadonlyMap<string, RegionTangentRule> = new Map(
	Object.entries({
		scan: pushScan,
		while: pushWhile,
		cond: pushCond,
		call: pushCall,
		custom_derivative: pushCustom,
	}),
);
