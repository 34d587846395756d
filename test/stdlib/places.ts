import { expectValues } from "../support/values.js";
import { covers } from "./fixture.js";

describe("standard library: places of a mask", () => {
	covers("nonzero", "by hand: none, some and all", () => {
		expectValues(
			`let x: real[4] = [3, -1, 0, 2]
let some_of: int[some Some] = nonzero(x > 0)
let none_of: int[some None] = nonzero(x > 5)
let all_of: int[some All] = nonzero(x < 5)
let sizes = [Some, None, All]
`,
			{ some_of: [0, 3], none_of: [], all_of: [0, 1, 2, 3], sizes: [2, 0, 4] },
		);
	});
});
