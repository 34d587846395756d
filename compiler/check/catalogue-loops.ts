import type { CatalogueEntry } from "../source/catalogue.js";
import { entry } from "./catalogue-entry.js";

/** Codes of loops as expressions. */
export const loopCatalogue: readonly CatalogueEntry[] = [
	entry(
		"E0380",
		"a loop over something without turns",
		`A loop runs over a static list, a range, a size, or the first axis of a tensor, a data set or a tuple or record of tensors.`,
		`fn total(x: real) -> real = fold(x, 0, |s, v| s + v)`,
		`fn total(x: real[n]) -> real = fold(x, 0, |s, v| s + v)`,
	),
	entry(
		"E0381",
		"a state that changes from turn to turn",
		`A loop that runs has one state, whose structure and shapes every turn keeps; only elements widen, so that a state may start as 0 and go on as a real. Over a static list a fold unrolls, and its state may change its shape.`,
		`fn grow(x: real[n]) -> real[n] = fold(0..3, x, |s, k| for i, j in 2: s[i] / 2)`,
		`fn grow(x: real[n]) -> real[n] = fold(0..3, x, |s, k| for i: s[i] / 2)`,
	),
	entry(
		"E0382",
		"a state that is known before running",
		`A turn is built once for all turns. So the state of a loop is computed while running: numbers, tensors, and tuples, records and models of these. Texts, functions, types and lists of different shapes are known before.`,
		`let last = iterate(3, (1.0, "start"), |(x, name)| (x / 2, name))`,
		`let last = iterate(3, 1.0, |x| x / 2)`,
	),
	entry(
		"E0383",
		"a turn of a scan without an output",
		`A turn of a scan gives a tuple of two: the next state, and what is stacked over the turns.`,
		`fn sums(x: real[n]) -> real[n] = scan(x, 0, |s, v| s + v)`,
		`fn sums(x: real[n]) -> real[n] = scan(x, 0, |s, v| (s + v, s + v)).1`,
	),
];
