/** What a `plot` draws, as plain data: the command line and the editor draw it, scripts read it. */
export type Picture = (LinePicture | ScatterPicture | BarPicture | HistogramPicture | GridPicture) & Labels;

export type PictureKind = Picture["kind"];

export interface Labels {
	readonly title?: string;
	/** The names of the axes. */
	readonly xName?: string;
	readonly yName?: string;
	/** What the picture leaves out, or how it sums up: `mean and range of 5`. */
	readonly note?: string;
}

/** Numbers or texts along an axis. */
export type Positions = readonly number[] | readonly string[];

export interface LinePicture {
	readonly kind: "line";
	/** On a logarithmic axis, where all that is finite is above 0. */
	readonly logarithmic?: boolean;
	readonly series: readonly Line[];
}

/** A line through points; several runs of one thing are their mean, and a band from the lowest to the highest. */
export interface Line {
	readonly name: string;
	readonly x: Positions;
	/** What is not finite is a gap. */
	readonly y: readonly number[];
	readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
}

export interface ScatterPicture {
	readonly kind: "scatter";
	readonly series: readonly {
		readonly name: string;
		readonly x: readonly number[];
		readonly y: readonly number[];
	}[];
}

export interface BarPicture {
	readonly kind: "bar";
	readonly x: Positions;
	readonly series: readonly { readonly name: string; readonly y: readonly number[] }[];
}

/** `counts[i]` values lie from `edges[i]` to `edges[i + 1]`. */
export interface HistogramPicture {
	readonly kind: "histogram";
	readonly edges: readonly number[];
	readonly counts: readonly number[];
}

/** Cells by rows, the first row on top; of `heat` the values, of `image` bytes of 1, 3 or 4 channels. */
export interface GridPicture {
	readonly kind: "heat" | "image";
	readonly rows: number;
	readonly columns: number;
	readonly channels: number;
	readonly values: readonly number[];
	/** What colours stand for: the least and the greatest value. */
	readonly range?: readonly [number, number];
	readonly x?: Positions;
	readonly y?: Positions;
}
