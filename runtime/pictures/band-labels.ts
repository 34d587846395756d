import type { Axis } from "vega";
import { formatNumber } from "../format.js";
import type { Positions } from "./picture.js";

/** How wide a letter of a label is at most on the average, and how much room a slanted line of them takes, in pixels. */
const letterWidth = 6.5;
const slantedRoom = 13;

/** Labels of bands side by side stand slanted where they would overlap, and are left out only where that is too narrow. */
export function bandLabels(positions: Positions, width: number): Partial<Axis> {
	const band = width / Math.max(1, positions.length);
	const longest = Math.max(0, ...positions.map((p) => (typeof p === "number" ? formatNumber(p) : p).length));
	if (longest * letterWidth <= band || band < slantedRoom) return {};
	return {
		labelAngle: -40,
		labelAlign: "right",
		labelBaseline: "middle",
		labelLimit: 150,
		labelOverlap: false,
	};
}
