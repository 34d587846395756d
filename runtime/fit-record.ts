import type { Value } from "../compiler/elaborate/values.js";
import type { Location } from "../compiler/source/diagnostic.js";
import type { NamedConstraints } from "./constraints/fit-constraints.js";
import type { RunEvent } from "./events.js";

/** What a fit tells of its run. */
export interface RunFacts {
	readonly loss: number;
	readonly steps: number;
	readonly diverged: boolean;
	/** Whether all its loops with an `until` ended by it; undefined where there is none. */
	readonly converged?: boolean | undefined;
	readonly terms: ReadonlyMap<string, number>;
	readonly constraints: NamedConstraints;
	/** The loss of each step that it made, of `planned` ones. */
	readonly losses: readonly number[];
	readonly planned: number;
	readonly histories: readonly { readonly name: string; readonly value: Value }[];
}

/** `.run` of a result. A fit that diverged has a loss of nan for the steps that it did not make. */
export function runRecord(element: "f32" | "f64", facts: RunFacts): Value {
	const reals = (shape: readonly number[], values: readonly number[]): Value => ({
		kind: "tensor",
		data: {
			type: { element, shape },
			data: element === "f32" ? Float32Array.from(values) : Float64Array.from(values),
		},
	});
	const named = (values: ReadonlyMap<string, number>): Value => ({
		kind: "tuple",
		elements: [...values].map(([name, value]) => ({ name, value: reals([], [value]) })),
	});
	const missing = Math.max(0, facts.planned - facts.losses.length);
	const losses = [...facts.losses, ...new Array<number>(missing).fill(Number.NaN)];
	const { violations, multipliers, violationHistories, multiplierHistories } = facts.constraints;
	/** As long as that of the loss: nan where the constraint did not stand. */
	const histories = (values: ReadonlyMap<string, readonly number[]>): Value => ({
		kind: "tuple",
		elements: [...values].map(([name, known]) => ({
			name,
			value: reals(
				[losses.length],
				losses.map((_, i) => known[i] ?? Number.NaN),
			),
		})),
	});
	const steps: Value = {
		kind: "tensor",
		data: { type: { element: "i32", shape: [] }, data: Int32Array.of(facts.steps) },
	};
	const truth = (value: boolean): Value => ({
		kind: "tensor",
		data: { type: { element: "bool", shape: [] }, data: Uint8Array.of(value ? 1 : 0) },
	});
	const history: Value = {
		kind: "tuple",
		elements: [
			{ name: "loss", value: reals([losses.length], losses) },
			...facts.histories,
			{ name: "violations", value: histories(violationHistories) },
			{ name: "multipliers", value: histories(multiplierHistories) },
		],
	};
	return {
		kind: "tuple",
		elements: [
			{ name: "loss", value: reals([], [facts.loss]) },
			{ name: "steps", value: steps },
			{ name: "diverged", value: truth(facts.diverged) },
			...(facts.converged === undefined ? [] : [{ name: "converged", value: truth(facts.converged) }]),
			{ name: "terms", value: named(facts.terms) },
			{ name: "violations", value: named(violations) },
			{ name: "multipliers", value: named(multipliers) },
			{ name: "history", value: history },
		],
	};
}

interface HistoryFacts {
	readonly losses: readonly number[];
	readonly tracks: RunFacts["histories"];
	readonly constraints: NamedConstraints;
}

/** All of `.run.history`, as far as the fit came. */
export function historyEvent(
	fit: number,
	label: string,
	at: Location,
	{ losses, tracks, constraints }: HistoryFacts,
): RunEvent {
	const measured = (what: string, of: ReadonlyMap<string, readonly number[]>) =>
		[...of].map(([name, known]) => ({
			name: `${what}.${name}`,
			shape: [losses.length],
			values: losses.map((_, i) => known[i] ?? Number.NaN),
		}));
	const histories = tracks.flatMap(({ name, value }) =>
		value.kind === "tensor"
			? [{ name, shape: value.data.type.shape, values: Array.from(value.data.data, Number) }]
			: [],
	);
	return {
		kind: "history",
		fit,
		label,
		at,
		histories: [
			{ name: "loss", shape: [losses.length], values: losses },
			...histories,
			...measured("violations", constraints.violationHistories),
			...measured("multipliers", constraints.multiplierHistories),
		],
	};
}
