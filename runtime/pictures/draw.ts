import { themeRules } from "./colours.js";
import type { GridPicture, Picture } from "./picture.js";
import { specOf } from "./spec.js";

/** Draws a picture as SVG. The library is loaded when the first one is drawn. */
export async function drawPicture(picture: Picture, name: string): Promise<string> {
	const vega = await import("vega");
	const cells = "channels" in picture ? await pixels(picture, colourScale(vega)) : undefined;
	const view = new vega.View(vega.parse(specOf(picture, cells)), { renderer: "none", logLevel: vega.Error });
	const svg = await view.toSVG();
	view.finalize();
	const title = escaped(picture.title ?? name);
	return `${svg.replace(/^<svg[^>]*>/, (head) => `${head.replace(/>$/, ' role="img">')}<title>${title}</title><style>${themeRules}</style>`)}\n`;
}

function escaped(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

type Colour = readonly [number, number, number];

/** Viridis, of shares of 0 to 1. */
function colourScale(vega: typeof import("vega")): (share: number) => Colour {
	const scheme: unknown = vega.scheme("viridis");
	return (share) => {
		const text = typeof scheme === "function" ? String(scheme(share)) : "";
		const [r = 0, g = 0, b = 0] = text.startsWith("#")
			? [1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16))
			: (text.match(/[\d.]+/g) ?? []).map(Number);
		return [r, g, b];
	};
}

/** The cells as the address of a PNG; what is not finite is clear. */
async function pixels(picture: GridPicture, heat: (share: number) => Colour): Promise<string> {
	const { encode } = await import("fast-png");
	const { rows, columns, channels, values, kind } = picture;
	const [low, high] = picture.range ?? [0, 1];
	const share = (value: number): number => (high > low ? (value - low) / (high - low) : 0.5);
	const data = new Uint8Array(rows * columns * 4);
	for (let i = 0; i < rows * columns; i++) {
		const own = values.slice(i * channels, (i + 1) * channels);
		const known = own.every(Number.isFinite);
		const colour = !known
			? []
			: channels > 1
				? own.map((v) => 255 * v)
				: kind === "heat"
					? heat(share(own[0] ?? 0))
					: new Array<number>(3).fill(255 * share(own[0] ?? 0));
		for (let c = 0; c < 3; c++) data[4 * i + c] = byte(colour[c] ?? 0);
		data[4 * i + 3] = known ? byte(channels === 4 ? (colour[3] ?? 255) : 255) : 0;
	}
	if (rows === 0 || columns === 0) return "";
	const png = encode(enlarged(data, rows, columns));
	return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

/** Not every viewer leaves the edges of enlarged pixels sharp: each becomes a block of them. */
function enlarged(
	data: Uint8Array,
	rows: number,
	columns: number,
): { width: number; height: number; channels: 4; data: Uint8Array } {
	const [down, across] = [rows, columns].map((size) => Math.max(1, Math.ceil(480 / size))) as [
		number,
		number,
	];
	const [height, width] = [rows * down, columns * across];
	const large = new Uint8Array(height * width * 4);
	for (let i = 0; i < height; i++) {
		for (let j = 0; j < width; j++) {
			const from = 4 * (Math.floor(i / down) * columns + Math.floor(j / across));
			large.set(data.subarray(from, from + 4), 4 * (i * width + j));
		}
	}
	return { width, height, channels: 4, data: large };
}

function byte(value: number): number {
	return Math.max(0, Math.min(255, Math.round(value)));
}
