import type { Axis, Data, Legend, Mark, Scale, Spec } from "vega";
import { formatNumber } from "../format.js";
import { bandLabels } from "./band-labels.js";
import { inks, seriesColours } from "./colours.js";
import type {
	BarPicture,
	GridPicture,
	HistogramPicture,
	Labels,
	LinePicture,
	Picture,
	Positions,
	ScatterPicture,
} from "./picture.js";

/** A picture as a specification for Vega. */

const width = 480;
const height = 280;

interface Parts {
	readonly width?: number;
	readonly height?: number;
	readonly data: Data[];
	readonly scales: Scale[];
	readonly axes: Axis[];
	readonly legends?: Legend[];
	readonly marks: Mark[];
}

/** `cells` is the address of the pixels of a heat map or an image. */
export function specOf(picture: Picture, cells: string | undefined): Spec {
	const { title, note } = picture;
	const heading = title ?? (note === undefined ? undefined : "");
	const parts = partsOf(picture, cells);
	return {
		$schema: "https://vega.github.io/schema/vega/v6.json",
		width: parts.width ?? width,
		height: parts.height ?? height,
		padding: 14,
		background: inks.background,
		config,
		...(heading !== undefined && {
			title: {
				text: heading,
				anchor: "start",
				offset: 10,
				...(note !== undefined && { subtitle: note }),
			},
		}),
		data: parts.data,
		scales: parts.scales,
		axes: parts.axes,
		legends: parts.legends ?? [],
		marks: parts.marks,
	};
}

const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

const config: Spec["config"] = {
	title: {
		color: inks.text,
		font,
		fontSize: 14,
		fontWeight: 600,
		subtitleColor: inks.faint,
		subtitleFont: font,
		subtitleFontSize: 11,
		limit: width,
	},
	axis: {
		domainColor: inks.axis,
		tickColor: inks.axis,
		gridColor: inks.grid,
		labelColor: inks.text,
		labelFont: font,
		labelFontSize: 11,
		titleColor: inks.text,
		titleFont: font,
		titleFontSize: 12,
		titleFontWeight: "normal",
		titlePadding: 8,
	},
	legend: {
		labelColor: inks.text,
		labelFont: font,
		labelFontSize: 11,
		labelLimit: width - 60,
	},
};

function partsOf(picture: Picture, cells: string | undefined): Parts {
	switch (picture.kind) {
		case "line":
			return lines(picture);
		case "scatter":
			return scatter(picture);
		case "bar":
			return bars(picture);
		case "histogram":
			return histogram(picture);
		case "heat":
		case "image":
			return grid(picture, cells ?? "");
	}
}

/** Between whole numbers there is nothing to mark. */
function wholeTicks(values: readonly number[]): Partial<Axis> {
	return values.every(Number.isInteger) ? { tickMinStep: 1 } : {};
}

function axesOf(
	picture: Labels,
	more: { readonly x?: Partial<Axis>; readonly y?: Partial<Axis> } = {},
): Axis[] {
	const { xName, yName } = picture;
	return [
		{
			orient: "bottom",
			scale: "x",
			tickCount: 6,
			labelOverlap: true,
			...(xName !== undefined && { title: xName }),
			...more.x,
		} as Axis,
		{
			orient: "left",
			scale: "y",
			tickCount: 6,
			grid: true,
			labelOverlap: true,
			...(yName !== undefined && { title: yName }),
			...more.y,
		} as Axis,
	];
}

/** Texts and numbers along an axis of bands or places, by their index: two may be the same. */
function texts(name: string, positions: Positions): Scale {
	return {
		name,
		type: "ordinal",
		domain: positions.map((_, i) => i),
		range: positions.map((p) => (typeof p === "number" ? formatNumber(p) : p)),
	};
}

const labelled = (scale: string): Pick<Axis, "encode"> => ({
	encode: { labels: { update: { text: { scale, field: "value" } } } },
});

/** Series are told apart by colour, and by strokes or shapes as well. */
function seriesScales(names: readonly string[]): Scale[] {
	const domain = names.map((_, i) => i);
	return [
		{ name: "colour", type: "ordinal", domain, range: [...seriesColours] },
		{
			name: "dash",
			type: "ordinal",
			domain,
			range: [
				[1, 0],
				[6, 3],
				[2, 3],
				[8, 3, 2, 3],
				[4, 4],
				[1, 2],
			],
		},
		{
			name: "shape",
			type: "ordinal",
			domain,
			range: ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"],
		},
		{ name: "name", type: "ordinal", domain, range: [...names] },
	];
}

function legendOf(names: readonly string[], more: Partial<Legend>): Legend[] {
	if (names.length < 2) return [];
	const longest = Math.max(...names.map((n) => n.length));
	return [
		{
			orient: "bottom",
			direction: "horizontal",
			columns: Math.max(1, Math.min(names.length, Math.floor(width / (longest * 6.5 + 40)))),
			...labelled("name"),
			...more,
		} as Legend,
	];
}

function lines(picture: LinePicture & Labels): Parts {
	const { series } = picture;
	const names = series.map((s) => s.name);
	const [first] = series;
	const labels = first?.x.some((v) => typeof v === "string") ? first.x : undefined;
	const points = series.flatMap((s, k) =>
		s.y.map((y, i) => ({
			k,
			x: labels ? i : s.x[i],
			y,
			low: s.band?.low[i] ?? y,
			high: s.band?.high[i] ?? y,
		})),
	);
	const finite = points.filter((p) => Number.isFinite(p.x));
	const drawn = (field: string): { signal: string } => ({
		signal: `isFinite(datum.x) && isFinite(datum.${field})`,
	});
	const values = finite.flatMap((p) => [p.y, p.low, p.high]).filter(Number.isFinite);
	const logarithmic = picture.logarithmic === true && values.length > 0 && values.every((v) => v > 0);
	const place = { x: { scale: "x", field: "x" } };
	return {
		data: [{ name: "points", values: points }],
		scales: [
			labels
				? { name: "x", type: "point", domain: labels.map((_, i) => i), range: "width", padding: 0.5 }
				: { name: "x", type: "linear", domain: extent(finite.map((p) => Number(p.x))), range: "width" },
			...(labels ? [texts("labels", labels)] : []),
			logarithmic
				? { name: "y", type: "log", domain: extent(values), range: "height", nice: true }
				: { name: "y", type: "linear", domain: extent(values), range: "height", nice: true, zero: false },
			...seriesScales(names),
		],
		axes: axesOf(picture, {
			x: labels ? labelled("labels") : wholeTicks(finite.map((p) => Number(p.x))),
			y: logarithmic ? { format: "~g" } : wholeTicks(values),
		}),
		legends: legendOf(names, {
			stroke: "colour",
			strokeDash: "dash",
			symbolType: "stroke",
			symbolStrokeWidth: 2,
			symbolSize: 300,
		}),
		marks: [
			{
				type: "group",
				from: { facet: { name: "line", data: "points", groupby: "k" } },
				marks: [
					...(series.some((s) => s.band)
						? [
								{
									type: "area" as const,
									from: { data: "line" },
									encode: {
										update: {
											...place,
											y: { scale: "y", field: "low" },
											y2: { scale: "y", field: "high" },
											defined: { signal: "isFinite(datum.x) && isFinite(datum.low) && isFinite(datum.high)" },
											fill: { scale: "colour", field: "k" },
											fillOpacity: { value: 0.2 },
										},
									},
								},
							]
						: []),
					{
						type: "line",
						from: { data: "line" },
						encode: {
							update: {
								...place,
								y: { scale: "y", field: "y" },
								defined: drawn("y"),
								stroke: { scale: "colour", field: "k" },
								strokeDash: { scale: "dash", field: "k" },
								strokeWidth: { value: 2 },
								// A single point between two gaps is a dot.
								strokeCap: { value: "round" },
								strokeJoin: { value: "round" },
							},
						},
					},
				],
			},
		],
	};
}

/** With room where all values are one. */
function extent(values: readonly number[]): [number, number] {
	const finite = values.filter(Number.isFinite);
	if (finite.length === 0) return [0, 1];
	const low = finite.reduce((a, b) => Math.min(a, b));
	const high = finite.reduce((a, b) => Math.max(a, b));
	if (low < high) return [low, high];
	const room = Math.abs(low) / 2 || 1;
	return [low - room, high + room];
}

/** Beyond so many points each is a dot of a single path, which takes a tenth of the room. */
const mostShapes = 500;

function scatter(picture: ScatterPicture & Labels): Parts {
	const { series } = picture;
	const names = series.map((s) => s.name);
	const points = series.flatMap((s, k) => s.x.map((x, i) => ({ k, x, y: s.y[i] ?? 0 })));
	const place = { x: { scale: "x", field: "x" }, y: { scale: "y", field: "y" } };
	const dots: Mark = {
		type: "group",
		from: { facet: { name: "dots", data: "points", groupby: "k" } },
		marks: [
			{
				type: "line",
				from: { data: "dots" },
				encode: {
					update: {
						...place,
						defined: { field: "drawn" },
						stroke: { scale: "colour", field: "k" },
						strokeWidth: { value: 4 },
						strokeCap: { value: "round" },
						strokeOpacity: { value: 0.6 },
					},
				},
			},
		],
	};
	const shapes: Mark = {
		type: "symbol",
		from: { data: "points" },
		encode: {
			update: {
				...place,
				fill: { scale: "colour", field: "k" },
				fillOpacity: { value: 0.75 },
				shape: { scale: "shape", field: "k" },
				size: { value: 40 },
			},
		},
	};
	const many = points.length > mostShapes;
	return {
		data: [
			{
				name: "points",
				values: many
					? points.flatMap((p) => [
							{ ...p, drawn: true },
							{ ...p, drawn: false },
						])
					: points,
			},
		],
		scales: [
			{
				name: "x",
				type: "linear",
				domain: extent(points.map((p) => p.x)),
				range: "width",
				nice: true,
				zero: false,
			},
			{
				name: "y",
				type: "linear",
				domain: extent(points.map((p) => p.y)),
				range: "height",
				nice: true,
				zero: false,
			},
			...seriesScales(names),
		],
		axes: axesOf(picture, { x: { grid: true } }),
		legends: legendOf(names, many ? { fill: "colour" } : { fill: "colour", shape: "shape" }),
		marks: [many ? dots : shapes],
	};
}

function bars(picture: BarPicture & Labels): Parts {
	const { series, x } = picture;
	const names = series.map((s) => s.name);
	const values = series.flatMap((s, k) => s.y.flatMap((y, i) => (Number.isFinite(y) ? [{ k, i, y }] : [])));
	return {
		data: [{ name: "bars", values }],
		scales: [
			{ name: "x", type: "band", domain: x.map((_, i) => i), range: "width", padding: 0.2 },
			{
				name: "within",
				type: "band",
				domain: names.map((_, i) => i),
				range: { signal: "[0, bandwidth('x')]" },
			},
			texts("labels", x),
			{
				name: "y",
				type: "linear",
				domain: extent([0, ...values.map((v) => v.y)]),
				range: "height",
				nice: true,
				zero: true,
			},
			...seriesScales(names),
		],
		axes: axesOf(picture, { x: { ...labelled("labels"), ...bandLabels(x, width) } }),
		legends: legendOf(names, { fill: "colour", symbolType: "square" }),
		marks: [
			{
				type: "rect",
				from: { data: "bars" },
				encode: {
					update: {
						x: { scale: "x", field: "i", offset: { scale: "within", field: "k" } },
						width: { scale: "within", band: 1 },
						y: { scale: "y", field: "y" },
						y2: { scale: "y", value: 0 },
						fill: { scale: "colour", field: "k" },
					},
				},
			},
		],
	};
}

function histogram(picture: HistogramPicture & Labels): Parts {
	const { edges, counts } = picture;
	const values = counts.map((count, i) => ({ from: edges[i], to: edges[i + 1], count }));
	return {
		data: [{ name: "bins", values }],
		scales: [
			{ name: "x", type: "linear", domain: extent(edges), range: "width" },
			{ name: "y", type: "linear", domain: [0, Math.max(1, ...counts)], range: "height", nice: true },
		],
		axes: axesOf(picture, { y: { tickMinStep: 1 } }),
		marks: [
			{
				type: "rect",
				from: { data: "bins" },
				encode: {
					update: {
						x: { scale: "x", field: "from", offset: 0.5 },
						x2: { scale: "x", field: "to", offset: -0.5 },
						y: { scale: "y", field: "count" },
						y2: { scale: "y", value: 0 },
						fill: { value: seriesColours[0] },
					},
				},
			},
		],
	};
}

function grid(picture: GridPicture & Labels, cells: string): Parts {
	const { rows, columns, range, kind } = picture;
	const across = Math.max(1, columns);
	const down = Math.max(1, rows);
	// Pixels are square; the cells of a table fill the picture.
	const scale = Math.min(width / across, 360 / down);
	const size =
		kind === "image"
			? { width: across * scale, height: down * scale }
			: { width: 400, height: Math.min(400, Math.max(120, (400 * down) / across)) };
	const places = (count: number, given: Positions | undefined): Positions =>
		given ?? Array.from({ length: count }, (_, i) => i);
	const framed = kind === "heat" || picture.x !== undefined || picture.y !== undefined;
	return {
		...size,
		data: [],
		scales: [
			{ name: "x", type: "band", domain: Array.from({ length: columns }, (_, i) => i), range: "width" },
			{ name: "y", type: "band", domain: Array.from({ length: rows }, (_, i) => i), range: [0, size.height] },
			texts("columns", places(columns, picture.x)),
			texts("rows", places(rows, picture.y)),
			...(range
				? [
						{
							name: "value",
							type: "linear" as const,
							domain: [...range],
							range: kind === "heat" ? { scheme: "viridis" } : ["black", "white"],
						},
					]
				: []),
		],
		axes: axesOf(picture, {
			x: framed
				? { ...labelled("columns"), ...bandLabels(places(columns, picture.x), size.width) }
				: { labels: false, ticks: false, domain: false },
			y: { grid: false, ...(framed ? labelled("rows") : { labels: false, ticks: false, domain: false }) },
		}),
		legends:
			range && kind === "heat"
				? [{ fill: "value", type: "gradient", gradientLength: size.height * 0.8 }]
				: [],
		marks: [
			{
				type: "image",
				encode: {
					update: {
						url: { value: cells },
						x: { value: 0 },
						y: { value: 0 },
						width: { value: size.width },
						height: { value: size.height },
						aspect: { value: false },
						smooth: { value: false },
					},
				},
			},
		],
	};
}
