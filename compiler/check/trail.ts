import { atomsOf, ofAtom } from "../dims/dim.js";
import { calleeName } from "./builtins/builtin.js";
import type { Context } from "./context.js";
import type { CallSite } from "./expressions/call.js";
import { sameShape } from "./trees/stack.js";
import { showDim, showShape } from "./types/show.js";
import { type Bindings, substituteDim } from "./types/substitute.js";
import type { FunctionType, ModelType, Origin, TensorType, Trail, Type } from "./types/types.js";

/**
 * How a size came about: the calls that a tensor went through on its way (`x |> conv1 |> relu |> max_pool(2)`), each with
 * the arithmetic of its sizes. It is told beside an error about one of them.
 */

/** Steps of a trail that are told; the first ones are left out. */
const mostSteps = 8;

/** A result with the arithmetic of its sizes; the call completes it. */
export function withSums(
	result: TensorType,
	sums: readonly string[],
	places: readonly Origin[] = [],
): TensorType {
	return sums.length === 0 && places.length === 0 ? result : { ...result, trail: { sums, places } };
}

/** The sizes of a result that its signature computes: `floor((28 + 2*2 - 5) / 1) + 1 = 28`. */
export function withArithmetic(result: Type, fn: FunctionType, bindings: Bindings): Type {
	if (result.kind !== "tensor" || fn.result.kind !== "tensor" || !fn.resultTexts) return result;
	const formal = fn.result.shape;
	const before = formal.rest?.before ?? 0;
	const texts = formal.rest ? fn.resultTexts.filter((_, i) => i !== before) : fn.resultTexts;
	const leading = result.shape.dims.length - formal.dims.length;
	const sums = new Set<string>();
	for (const [i, dim] of formal.dims.entries()) {
		const text = texts[i];
		const size = result.shape.dims[i < before ? i : leading + i];
		if (!text || !size || !/[-+*/^]/.test(text)) continue;
		const values = new Map(
			atomsOf(dim).flatMap((atom) =>
				atom.kind === "variable"
					? [[atom.name, showDim(substituteDim(ofAtom(atom), bindings))] as const]
					: [],
			),
		);
		const sum = text.replaceAll(/ ?\* ?/g, "*").replaceAll(/[\p{L}_][\p{L}\p{N}_]*/gu, (name) => {
			const value = values.get(name);
			return value === undefined ? name : /[-+ ]/.test(value) ? `(${value})` : value;
		});
		if (sum !== showDim(size)) sums.add(`${showDim(size)} = ${sum}`);
	}
	return withSums(result, [...sums]);
}

/** The numbers of a configuration that the arithmetic of a result mentions: the `kernel` of a layer. */
export function withPlaces(result: Type, model: ModelType, name: string): Type {
	const { call } = model.declaration;
	if (result.kind !== "tensor" || !result.trail || !call?.resultTexts) return result;
	const texts = call.resultTexts.filter((text) => text?.includes("floor"));
	const places = [...model.configuration].flatMap(([option, value]) => {
		const { origin } = value.kind === "Int" ? value : {};
		const mentioned = texts.some((text) => text && new RegExp(`\\b${option}\\b`).test(text));
		return origin && mentioned ? [{ at: origin.at, label: `the ${option} of ${name}` }] : [];
	});
	return { ...result, trail: { ...result.trail, places } };
}

/** The result of a call, with the way that its first argument came. */
export function withTrail(context: Context, site: CallSite, result: Type): Type {
	if (result.kind !== "tensor") return result;
	const [first] = site.arguments;
	const given = first && (first.type ?? context.session.knowledge.types.get(first.value));
	if (given?.kind !== "tensor") return result;
	if (!given.trail && !result.trail && sameShape(given.shape, result.shape)) return result;
	if (sameShape(given.shape, result.shape))
		return given.trail ? { ...result, trail: given.trail } : withoutTrail(result);
	const { trail } = result;
	const step = { name: calleeName(site), from: given.shape, to: result.shape };
	return {
		...result,
		trail: {
			sums: trail?.sums ?? [],
			places: trail?.places ?? [],
			step,
			...(given.trail && { before: given.trail }),
		},
	};
}

function withoutTrail({ trail: _, ...bare }: TensorType): TensorType {
	return bare;
}

function stepsOf(type: Type | undefined): Trail[] {
	const steps: Trail[] = [];
	for (let trail = type?.kind === "tensor" ? type.trail : undefined; trail; trail = trail.before)
		steps.unshift(trail);
	return steps;
}

/** The steps that led to a shape, the arithmetic of each beside it. */
export function trailNotes(type: Type | undefined): string[] {
	const steps = stepsOf(type);
	if (!steps.some((s) => s.sums.length > 0)) return [];
	return steps
		.slice(-mostSteps)
		.flatMap(({ step, sums }) =>
			step ? [[`${step.name}: ${showShape(step.from)} -> ${showShape(step.to)}`, ...sums].join(", ")] : [],
		);
}

/** Where the numbers were written that the arithmetic mentions. */
export function trailPlaces(type: Type | undefined): Origin[] {
	return stepsOf(type)
		.slice(-mostSteps)
		.flatMap((s) => s.places);
}
