import { strict as assert } from "node:assert";
import { sort, topK } from "../../compiler/ir/sorting.js";
import { tensor } from "../../compiler/ir/tensor.js";
import { slopes } from "../support/apply.js";
import { backends, compute } from "../support/run.js";

const x = tensor({ element: "f64", shape: [2, 3, 1] }, [3, 1, 2, 5, 6, 5]);

for (const backend of backends) {
	describe(`sorting on ${backend.name}`, () => {
		it("sorts along any axis", () => {
			const results = compute(backend, [x], (builder, [value]) => {
				if (value === undefined) throw new Error("one parameter");
				return [sort(builder, value, 1), sort(builder, value, 0, true)];
			});
			assert.deepEqual(results, [
				[1, 2, 3, 5, 5, 6],
				[5, 6, 5, 3, 1, 2],
			]);
		});

		it("takes the greatest elements, the first of equal ones first", () => {
			const results = compute(backend, [x], (builder, [value]) => {
				if (value === undefined) throw new Error("one parameter");
				const { values, positions } = topK(builder, value, 2, 1);
				return [values, positions];
			});
			assert.deepEqual(results, [
				[3, 2, 6, 5],
				[0, 2, 1, 0],
			]);
		});

		it("carries derivatives back to the places the elements came from", () => {
			const [slope] = slopes(backend, [x], (builder, [value]) => {
				if (value === undefined) throw new Error("one parameter");
				const weights = builder.constant([1, 10, 100, 2, 20, 200], value.type);
				return builder.emit("mul", [sort(builder, value, 1), weights]);
			});
			assert.deepEqual(slope, [100, 1, 10, 2, 200, 20]);
		});
	});
}
