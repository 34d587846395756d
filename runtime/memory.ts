import { TooLarge } from "../compiler/backends/backend.js";
import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import type { TensorType } from "../compiler/ir/ir.js";
import type { Location } from "../compiler/source/diagnostic.js";

const size = (bytes: number): string => `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;

/** As a program writes it. */
function written({ element, shape }: TensorType): string {
	const name = element === "i32" ? "int" : element === "bool" ? "bool" : "real";
	return shape.length === 0 ? name : `${name}[${shape.join(", ")}]`;
}

/** Runs `body`; what needs more memory than there is, is told at the place that asks for it. */
export function withinMemory<T>(at: Location, body: () => T): T {
	try {
		return body();
	} catch (error) {
		if (!(error instanceof TooLarge)) throw error;
		const { bytes, most, largest } = error;
		throw new ElaborationError(
			"E0614",
			`this needs ${size(bytes)} of memory, and there are at most ${size(most)}; the largest tensor is ${written(largest)}`,
			at,
			"sums over all pairs are smaller by parts: a `where` with an equality (`sum i where slot[i] == k: ..`), or a `fold` or `scan` over one of the axes",
		);
	}
}
