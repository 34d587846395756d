import type { HistogramPicture, Line, Positions, ScatterPicture } from "./picture.js";

/** From numbers to what is drawn: bands over runs, bins, and fewer points where more would not be seen. */

/** Points of a line: as many as a picture has columns, with the lowest and the highest of each. */
export const mostLinePoints = 1000;
export const mostScatterPoints = 5000;

/** The mean and the range of rows; a single row is itself. The mean has a gap where a row has none. */
export function lineOf(
	name: string,
	rows: readonly (readonly number[])[],
	positions: Positions | undefined,
): { readonly line: Line; readonly note?: string } {
	const [first = []] = rows;
	const x = positions ?? first.map((_, i) => i);
	if (rows.length <= 1) return { line: thinnedLine({ name, x, y: first }) };
	const columns = first.map((_, i) => rows.map((row) => row[i] ?? Number.NaN));
	const line: Line = {
		name,
		x,
		y: columns.map((column) => column.reduce((a, b) => a + b, 0) / column.length),
		band: {
			low: columns.map((column) => extreme(column, Math.min)),
			high: columns.map((column) => extreme(column, Math.max)),
		},
	};
	return { line: thinnedLine(line), note: `mean and range of ${rows.length}` };
}

/** Of what is finite. */
function extreme(values: readonly number[], choose: (...values: number[]) => number): number {
	const finite = values.filter(Number.isFinite);
	return finite.length === 0 ? Number.NaN : finite.reduce((a, b) => choose(a, b));
}

/** Texts stand for themselves, so that lines over them keep all points. */
export function thinnedLine(line: Line, most = mostLinePoints): Line {
	const { name, x, y, band } = line;
	if (y.length <= most || x.some((v) => typeof v === "string")) return line;
	const kept = extremesOf(y, most);
	const at = (values: readonly number[]): number[] => kept.map((i) => values[i] ?? Number.NaN);
	return {
		name,
		x: at(x as readonly number[]),
		y: at(y),
		...(band && { band: { low: parts(band.low, kept, Math.min), high: parts(band.high, kept, Math.max) } }),
	};
}

/** The places of the first, the last, and of the lowest and highest value of equal parts, in order; gaps are kept. */
function extremesOf(values: readonly number[], most: number): number[] {
	const count = Math.floor((most - 2) / 3);
	const kept = new Set([0, values.length - 1]);
	for (let part = 0; part < count; part++) {
		const from = Math.floor((part * values.length) / count);
		const to = Math.floor(((part + 1) * values.length) / count);
		let [low, high, gap] = [-1, -1, -1];
		for (let i = from; i < to; i++) {
			const value = values[i] ?? Number.NaN;
			if (!Number.isFinite(value)) {
				if (Number.isFinite(values[i - 1] ?? Number.NaN)) gap = i;
				continue;
			}
			if (low < 0 || value < (values[low] ?? value)) low = i;
			if (high < 0 || value > (values[high] ?? value)) high = i;
		}
		for (const i of [low, high, gap]) if (i >= 0) kept.add(i);
	}
	return [...kept].sort((a, b) => a - b);
}

/** The extreme of what lies from one kept place up to the next. */
function parts(
	values: readonly number[],
	kept: readonly number[],
	choose: (...values: number[]) => number,
): number[] {
	return kept.map((from, k) => extreme(values.slice(from, kept[k + 1] ?? values.length), choose));
}

type Points = ScatterPicture["series"];

/** Points that are not finite cannot be drawn; of very many, every so manieth is. Both are told. */
export function scatterOf(series: Points): { readonly points: Points; readonly note?: string } {
	const total = series.reduce((sum, s) => sum + s.x.length, 0);
	const every = Math.max(1, Math.ceil(total / mostScatterPoints));
	let drawn = 0;
	const points = series.map(({ name, x, y }) => {
		const kept = x
			.map((_, i) => i)
			.filter((i) => i % every === 0 && Number.isFinite(x[i]) && Number.isFinite(y[i]));
		drawn += kept.length;
		return { name, x: kept.map((i) => x[i] ?? 0), y: kept.map((i) => y[i] ?? 0) };
	});
	return { points, ...(drawn < total && { note: `${drawn} of ${total} points` }) };
}

/** The most bins that are chosen unasked. */
const mostBins = 100;

/**
 * Bins of one width from the least to the greatest value. Unasked: one for each whole number where there are few, else
 * the narrower of the rules of Sturges (1926) and of Freedman and Diaconis (1981).
 */
export function histogramOf(
	values: readonly number[],
	whole: boolean,
	wanted: number | undefined,
): Omit<HistogramPicture, "kind"> & { readonly note?: string } {
	const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
	const left = values.length - sorted.length;
	const note = left > 0 ? { note: `${left} not finite, left out` } : {};
	const [low, high] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
	const single = whole && wanted === undefined && high - low < mostBins;
	const count = single ? high - low + 1 : Math.max(1, wanted ?? binsFor(sorted));
	const [from, to] = single || low === high ? [low - 0.5, high + 0.5] : [low, high];
	const width = (to - from) / count;
	const counts = new Array<number>(count).fill(0);
	for (const value of sorted) {
		const bin = Math.min(count - 1, Math.floor((value - from) / width));
		counts[bin] = (counts[bin] ?? 0) + 1;
	}
	return { edges: Array.from({ length: count + 1 }, (_, i) => from + i * width), counts, ...note };
}

function binsFor(sorted: readonly number[]): number {
	const n = sorted.length;
	if (n < 2) return 1;
	const at = (share: number): number => sorted[Math.round(share * (n - 1))] ?? 0;
	const range = (sorted[n - 1] ?? 0) - (sorted[0] ?? 0);
	const width = (2 * (at(0.75) - at(0.25))) / Math.cbrt(n);
	const sturges = Math.ceil(Math.log2(n)) + 1;
	return Math.min(mostBins, Math.max(sturges, width > 0 ? Math.ceil(range / width) : 1));
}
