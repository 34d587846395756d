import assert from "node:assert/strict";
import fc from "fast-check";
import { wasmBackend } from "../../compiler/backends/wasm/index.js";
import { evaluateProgram } from "../support/evaluate.js";
import { placesProgram } from "../support/places-program.js";
import { randomPlace } from "../support/random-places.js";
import { assertClose } from "../support/values.js";

describe("elaborate: random places in lists of unknown length", () => {
	it("mean what the same places of known lists do", function () {
		this.timeout(300_000);
		const counts = { open: 0, closed: 0 };
		const pair = fc.record({ place: randomPlace, other: randomPlace });
		fc.assert(
			fc.property(fc.array(pair, { minLength: 2, maxLength: 2 }), (places) => {
				const { text, expected, lineOf, accepted } = placesProgram(places);
				counts.open += accepted.open;
				counts.closed += accepted.closed;
				const result = evaluateProgram(text, { backend: wasmBackend });
				for (const [name, numbers] of expected)
					assertClose(result.numbers(name), numbers, 1e-9, `${name} of\n${lineOf(name)}\n`);
			}),
			{ numRuns: 4, endOnFailure: true },
		);
		assert.ok(counts.open > 0.8 * counts.closed, `of ${counts.closed} only ${counts.open} are accepted`);
	});
});
