import assert from "node:assert/strict";
import fc from "fast-check";
import { darkInks, inks, seriesColours } from "../../runtime/pictures/colours.js";
import { drawPicture } from "../../runtime/pictures/draw.js";
import { gridOf, mostCells } from "../../runtime/pictures/grid.js";
import { PictureNames } from "../../runtime/pictures/names.js";
import type { Picture } from "../../runtime/pictures/picture.js";
import {
	histogramOf,
	lineOf,
	mostLinePoints,
	mostScatterPoints,
	scatterOf,
} from "../../runtime/pictures/shapes.js";
import { onBackends } from "../support/values.js";

interface Drawn {
	readonly name: string;
	readonly turn?: string;
	readonly picture: Picture;
}

function plots(text: string): Drawn[] {
	const [first = [], ...others] = onBackends(text).map((result) =>
		result.eventsOf("plot").map(({ name, turn, picture }) => ({ name, ...(turn && { turn }), picture })),
	);
	for (const other of others) assert.deepEqual(other, first);
	return first;
}

function plot(text: string): Picture {
	const [only, ...others] = plots(text);
	assert.ok(only && others.length === 0);
	return only.picture;
}

describe("pictures: what a `plot` draws", () => {
	it("lines: rows of a tensor are runs, with their mean and range", () => {
		assert.deepEqual(plot("plot line([1.0, 4], x = [0.5, 1.5])"), {
			kind: "line",
			series: [{ name: "[1.0, 4]", x: [0.5, 1.5], y: [1, 4] }],
		});
		const runs = "let runs = for s in 3, i in 2: 1.0 * s * s + i\n";
		assert.deepEqual(plot(`${runs}plot line(runs)`), {
			kind: "line",
			yName: "runs",
			note: "mean and range of 3",
			series: [{ name: "runs", x: [0, 1], y: [5 / 3, 8 / 3], band: { low: [0, 1], high: [4, 5] } }],
		});
	});

	it("a list in brackets holds several lines; `y` or `names` names them", () => {
		const a = "let a = [1.0, 2]\n";
		const lines = (text: string): unknown => {
			const picture = plot(a + text);
			return picture.kind === "line" && picture.series.map((s) => [s.name, s.y]);
		};
		assert.deepEqual(lines("plot line(a, [a, 2 * a])"), [
			["a", [1, 2]],
			["a", [1, 2]],
			["2 * a", [2, 4]],
		]);
		assert.deepEqual(lines('plot line([a, a], y = ["p", "q"])'), [
			["p", [1, 2]],
			["q", [1, 2]],
		]);
		assert.deepEqual(lines('plot line(a, names = ["p"], y = "loss")'), [["p", [1, 2]]]);
	});

	it("points, bars and counts", () => {
		assert.deepEqual(plot("let a = [1.0, 2]\nplot scatter(a, 3 * a)"), {
			kind: "scatter",
			xName: "a",
			series: [{ name: "3 * a", x: [1, 2], y: [3, 6] }],
		});
		assert.deepEqual(plot('plot bar([1.0, 2], [3.0, 4], x = ["p", "q"], names = ["u", "v"], y = "size")'), {
			kind: "bar",
			yName: "size",
			x: ["p", "q"],
			series: [
				{ name: "u", y: [1, 2] },
				{ name: "v", y: [3, 4] },
			],
		});
		assert.deepEqual(plot("plot histogram([0.0, 1, 1, 4], bins = 2)"), {
			kind: "histogram",
			yName: "count",
			edges: [0, 2, 4],
			counts: [3, 1],
		});
	});

	it("tables and images", () => {
		assert.deepEqual(plot('plot heat(for i in 2, j in 3: i - j, x = [1, 2, 4], y = ["p", "q"])'), {
			kind: "heat",
			rows: 2,
			columns: 3,
			channels: 1,
			values: [0, -1, -2, 1, 0, -1],
			range: [-2, 1],
			x: [1, 2, 4],
			y: ["p", "q"],
		});
		const colours = plot("plot image(for i in 1, j in 2, c in 3: j * c / 2)");
		assert.ok(colours.kind === "image");
		assert.deepEqual([colours.channels, colours.values, colours.range], [3, [0, 0, 0, 0, 0.5, 1], undefined]);
	});

	it("in turns, in fits and in functions, each with a name of its own", () => {
		const text = `fit f() {
  param w: real = 1
  repeat 3 { minimize w^2  using sgd(0.1) }
  plot line([w, w], title = "Ends/of it")
}
fn drawn(x: real[n]) -> real = { plot line(x, y = "loss");  sum(x) }
let r = f()
let s = drawn([1.0, 2]) + drawn([1.0, 2])
for k in 0..2 { if k > 0 { plot line([1.0 * k], y = "loss") } }
`;
		assert.deepEqual(
			plots(text).map(({ name, turn }) => [name, turn]),
			[
				["Ends-of-it-f", "f()"],
				["loss", undefined],
				["loss-2", undefined],
				["loss-k-1", "k = 1"],
			],
		);
	});

	it("draws of its own: another plot changes no number, and is none of a fit", () => {
		const text = "plot histogram(normal([4]), bins = 2)\nlet x = normal([])\nplot line([x, x])";
		const other = text.replace("plot histogram(normal([4]), bins = 2)\n", "");
		const lineIn = (t: string): unknown => plots(t).at(-1)?.picture;
		assert.deepEqual(lineIn(text), lineIn(other));
	});
});

describe("pictures: fewer points where more would not be seen", () => {
	it("long lines keep their ends, their extremes and their gaps", () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.integer({ min: -50, max: 50 }), fc.constant(Number.NaN)), {
					minLength: 1001,
					maxLength: 3000,
				}),
				(values) => {
					const { line } = lineOf("a", [values], undefined);
					const finite = (all: readonly number[]): number[] => all.filter(Number.isFinite);
					assert.ok(line.y.length <= mostLinePoints);
					assert.deepEqual([line.x[0], line.x.at(-1)], [0, values.length - 1]);
					for (const [i, x] of line.x.entries()) assert.ok(Object.is(line.y[i], values[Number(x)]));
					assert.equal(Math.max(...finite(line.y)), Math.max(...finite(values)));
					assert.equal(Math.min(...finite(line.y)), Math.min(...finite(values)));
				},
			),
			{ numRuns: 20, endOnFailure: true },
		);
		const gap = Array.from({ length: 5000 }, (_, i) => (i > 2000 && i < 2003 ? Number.NaN : i));
		assert.ok(lineOf("a", [gap], undefined).line.y.some(Number.isNaN));
	});

	it("a band holds all runs; the mean has a gap where one has none", () => {
		const rows = [0, 1, 2].map((k) => Array.from({ length: 4000 }, (_, i) => Math.sin(i / 50) * k));
		const { line } = lineOf("a", rows, undefined);
		const { low, high } = line.band ?? { low: [], high: [] };
		for (const [i, y] of line.y.entries()) assert.ok((low[i] ?? 0) <= y && y <= (high[i] ?? 0), `at ${i}`);
		assert.ok(Math.max(...high) > 1.99 && Math.min(...low) < -1.99);
		const broken = lineOf(
			"a",
			[
				[1, 2],
				[Number.NaN, 4],
			],
			undefined,
		).line;
		assert.deepEqual(broken, {
			name: "a",
			x: [0, 1],
			y: [Number.NaN, 3],
			band: { low: [1, 2], high: [1, 4] },
		});
	});

	it("points beyond the most, and those that are not finite, are told", () => {
		const x = Array.from({ length: 3 * mostScatterPoints }, (_, i) => i);
		const many = scatterOf([{ name: "a", x, y: x }]);
		assert.equal(many.points[0]?.x.length, mostScatterPoints);
		assert.equal(many.note, "5000 of 15000 points");
		assert.equal(scatterOf([{ name: "a", x: [1, 2], y: [Number.NaN, 1] }]).note, "1 of 2 points");
	});

	it("large tables", () => {
		const data = new Float32Array(2 * mostCells * 3).map((_, i) => i);
		const grid = gridOf(
			"heat",
			{ type: { element: "f32", shape: [2 * mostCells, 3] }, data },
			undefined,
			undefined,
		);
		assert.deepEqual([grid.rows, grid.columns, grid.values.length], [mostCells, 3, 3 * mostCells]);
		assert.equal(grid.note, `${mostCells} of ${2 * mostCells} rows, 3 of 3 columns`);
		assert.deepEqual(grid.values.slice(0, 6), [0, 1, 2, 6, 7, 8]);
	});

	it("each number is in one bin", () => {
		fc.assert(
			fc.property(
				fc.array(fc.double({ noDefaultInfinity: true, min: -1e6, max: 1e6 })),
				fc.boolean(),
				fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
				(numbers, whole, wanted) => {
					const values = whole ? numbers.map((v) => Math.round(v)) : numbers;
					const finite = values.filter(Number.isFinite);
					const { edges, counts, note } = histogramOf(values, whole, wanted);
					assert.equal(edges.length, counts.length + 1);
					assert.equal(
						counts.reduce((a, b) => a + b, 0),
						finite.length,
					);
					assert.equal(note !== undefined, finite.length < values.length);
					if (wanted !== undefined) assert.equal(counts.length, wanted);
				},
			),
		);
		assert.deepEqual(histogramOf([1, 2, 2, 4], true, undefined), {
			edges: [0.5, 1.5, 2.5, 3.5, 4.5],
			counts: [1, 2, 0, 1],
		});
	});
});

describe("pictures: names", () => {
	it("are good for files, and differ also where case does not", () => {
		const names = new PictureNames();
		const nameOf = (title: string): string => names.nameOf({ kind: "line", title }, []);
		assert.deepEqual(
			["Loss", "loss", "../../etc/passwd", "..", "Verlust über Zeit", "a".repeat(200)].map(nameOf),
			["Loss", "loss-2", "etc-passwd", "line", "Verlust-über-Zeit", "a".repeat(60)],
		);
	});
});

describe("pictures: as SVG", () => {
	const line = (more: object): Picture => ({
		kind: "line",
		series: [{ name: "a", x: [0, 1, 2, 3], y: [1, 2, Number.NaN, 4], ...more }],
	});

	it("texts of the program stay texts", async () => {
		const svg = await drawPicture({ ...line({}), title: "<b> & co", yName: "<script>" }, "line");
		assert.match(svg, /<title>&lt;b&gt; &amp; co<\/title>/);
		assert.match(svg, />&lt;script&gt;</);
		assert.doesNotMatch(svg, /<script|NaN|undefined/);
	});

	it("a gap is a gap, and a lone point a dot", async () => {
		const svg = await drawPicture(line({}), "line");
		const path = /mark-line[^>]*>.*? d="([^"]*)"/.exec(svg)?.[1] ?? "";
		assert.equal(path.match(/M/g)?.length, 2);
		assert.match(path, /M[\d.]+,[\d.]+Z$/);
	});

	it("series have a legend, runs a band, tables their cells", async () => {
		const two = await drawPicture(
			{
				kind: "line",
				series: [
					{ name: "first", x: [0, 1], y: [1, 2], band: { low: [0, 1], high: [2, 3] } },
					{ name: "second", x: [0, 1], y: [2, 1] },
				],
			},
			"line",
		);
		assert.match(two, />first</);
		assert.match(two, />second</);
		assert.match(two, /mark-area/);
		for (const colour of seriesColours.slice(0, 2)) assert.ok(two.includes(`stroke="${colour}"`));
		const heat = await drawPicture(
			{ kind: "heat", rows: 2, columns: 2, channels: 1, values: [0, 1, 2, Number.NaN], range: [0, 2] },
			"heat",
		);
		assert.match(heat, /href="data:image\/png;base64,[\w+/=]+"/);
	});

	it("nothing to draw is an empty picture", async () => {
		const empty: Picture[] = [
			line({ x: [], y: [] }),
			line({ y: [Number.NaN, Number.NaN, Number.NaN, Number.NaN] }),
			{ kind: "scatter", series: [{ name: "a", x: [], y: [] }] },
			{ kind: "bar", x: [], series: [{ name: "a", y: [] }] },
			{ kind: "histogram", ...histogramOf([], false, undefined) },
			{ kind: "heat", rows: 0, columns: 0, channels: 1, values: [] },
			{ kind: "image", rows: 1, columns: 1, channels: 1, values: [3], range: [3, 3] },
		];
		for (const picture of empty) assert.doesNotMatch(await drawPicture(picture, "none"), /NaN|undefined/);
	});

	it("labels of bars are all there, slanted where they would overlap", async () => {
		const bar = (x: readonly string[]): Picture => ({
			kind: "bar",
			x: [...x],
			series: [{ name: "a", y: x.map((_, i) => i + 1) }],
		});
		const methods = [
			"plain average",
			"task arithmetic",
			"ties merging",
			"competition",
			"individual models",
			"fisher weights",
			"regression mean",
			"ours",
		];
		const crowded = await drawPicture(bar(methods), "crowded");
		for (const name of methods) assert.ok(crowded.includes(`>${name}<`), name);
		assert.equal(crowded.match(/rotate\(-40\)/g)?.length, methods.length);
		assert.doesNotMatch(await drawPicture(bar(["a", "b"]), "few"), /rotate\(-40\)/);
		// Too many to be read in any way: some are left out.
		const many = await drawPicture(bar(Array.from({ length: 200 }, (_, i) => `method ${i}`)), "many");
		assert.doesNotMatch(many, /rotate\(-40\)/);
	});

	it("is read on light and on dark", () => {
		const luminance = (colour: string): number => {
			const [r = 0, g = 0, b = 0] = [1, 3, 5]
				.map((i) => Number.parseInt(colour.slice(i, i + 2), 16) / 255)
				.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
			return 0.2126 * r + 0.7152 * g + 0.0722 * b;
		};
		// WCAG 2.2, 1.4.3 and 1.4.11: texts 4.5, graphics 3.
		const contrast = (a: string, b: string): number => {
			const [high, low] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
			return (high + 0.05) / (low + 0.05);
		};
		for (const theme of [inks, darkInks]) {
			for (const text of [theme.text, theme.faint]) assert.ok(contrast(text, theme.background) >= 4.5, text);
			for (const colour of [...seriesColours, theme.axis]) {
				const found = contrast(colour, theme.background);
				assert.ok(found >= 3, `${colour} on ${theme.background}: ${found.toFixed(2)}`);
			}
		}
	});
});
