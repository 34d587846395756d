import type { TensorData } from "../../compiler/ir/ir.js";
import type { TensorFile } from "./tensor-file.js";

/** What is known of a loop, by name: its step, what it begins with, what it reads. Its key is the hash of all of them. */
export type LoopParts = Readonly<Record<string, string>>;

/**
 * A loop on disk: a finished one, or one that goes on. Whatever a loop leaves behind is here: a fit reads nothing else of
 * a loop that ran before.
 */
export interface LoopRecord {
	readonly key: string;
	readonly parts: LoopParts;
	/** How the program calls the fit. */
	readonly fit: string;
	/** Which of the program's runs of fits, from 1. */
	readonly run: number;
	/** Which of the fit's loops it is, from 0. */
	readonly loop: number;
	/** How many steps were made. */
	readonly done: number;
	/** Whether its `until` held. */
	readonly converged: boolean;
	/** How long it ran, where that tells when it ends. */
	readonly seconds?: number;
	readonly states: ReadonlyMap<string, TensorData>;
	readonly losses: Float64Array;
	/** What constraints tell at each step, by their places among the terms. */
	readonly measures: ReadonlyMap<string, TensorData>;
	/** All values of each track, along a leading axis. */
	readonly tracks: ReadonlyMap<string, TensorData>;
	/** The terms of the last step, in the order of the loop. */
	readonly last: Float64Array;
	/** Which of them was not finite, and the message. */
	readonly diverged?: { readonly term: number; readonly reason: string };
}

const version = "ansatz loop 2";

export const vector = (data: Float64Array): TensorData => ({
	type: { element: "f64", shape: [data.length] },
	data,
});

export function toFile(record: LoopRecord): TensorFile {
	const { key, parts, fit, run, loop, done, converged, seconds, diverged } = record;
	return {
		facts: {
			version,
			key,
			parts: JSON.stringify(parts),
			fit,
			run: String(run),
			loop: String(loop),
			done: String(done),
			converged: String(converged),
			...(seconds !== undefined && { seconds: String(seconds) }),
			...(diverged && { diverged: JSON.stringify(diverged) }),
		},
		tensors: new Map([
			["history loss", vector(record.losses)],
			["last terms", vector(record.last)],
			...[...record.measures].map(([name, value]) => [`measure ${name}`, value] as const),
			...[...record.tracks].map(([name, value]) => [`history ${name}`, value] as const),
			...[...record.states].map(([name, value]) => [`state ${name}`, value] as const),
		]),
	};
}

export function fromFile({ facts, tensors }: TensorFile): LoopRecord | { readonly problem: string } {
	const { key, parts, fit, loop, done, diverged } = facts;
	const losses = tensors.get("history loss")?.data;
	const last = tensors.get("last terms")?.data;
	const isWhole = key !== undefined && parts !== undefined && fit !== undefined && done !== undefined;
	if (facts.version !== version || !isWhole) return { problem: "it is no checkpoint of this version" };
	if (!(losses instanceof Float64Array) || !(last instanceof Float64Array))
		return { problem: "it lacks the history of the loss" };
	const below = (prefix: string): Map<string, TensorData> =>
		new Map(
			[...tensors].flatMap(([name, value]) =>
				name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
			),
		);
	const tracks = below("history ");
	tracks.delete("loss");
	return {
		key,
		parts: JSON.parse(parts) as LoopParts,
		fit,
		run: Number(facts.run),
		loop: Number(loop),
		done: Number(done),
		converged: facts.converged === "true",
		...(facts.seconds !== undefined && { seconds: Number(facts.seconds) }),
		states: below("state "),
		losses,
		measures: below("measure "),
		tracks,
		last,
		...(diverged !== undefined && { diverged: JSON.parse(diverged) as { term: number; reason: string } }),
	};
}

/** In what the parts of two loops differ, in words; the paths of leaves first. */
export function differences(there: LoopParts, here: LoopParts): string[] {
	const names = [...new Set([...Object.keys(there), ...Object.keys(here)])].sort();
	const typeOf = (part: string): string => part.split(" ")[0] ?? part;
	return names.flatMap((name) => {
		const [before, now] = [there[name], here[name]];
		if (before === now) return [];
		const what = name.startsWith("state ") ? `\`${name.slice(6)}\`` : name;
		if (before === undefined) return [`${what} is new`];
		if (now === undefined) return [`${what} is not there any more`];
		if (name.startsWith("state ") && typeOf(before) !== typeOf(now))
			return [`${what} was ${typeOf(before)} and is ${typeOf(now)}`];
		return [name.startsWith("state ") ? `${what} begins otherwise` : `${what} is another`];
	});
}
