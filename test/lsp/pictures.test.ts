import assert from "node:assert/strict";
import { picturesIn } from "../../lsp/pictures.js";
import type { NamedPicture } from "../../lsp/results.js";

const small: NamedPicture = {
	name: "small",
	picture: { kind: "line", series: [{ name: "a", x: [0, 1], y: [1, 2] }] },
};
const numbers = Array.from({ length: 1000 }, (_, i) => Math.sin(i) * i);
const lines = Array.from({ length: 6 }, () => ({ name: "a", x: numbers, y: numbers }));
const large: NamedPicture = { name: "large", picture: { kind: "line", series: lines } };

describe("pictures in a hover", () => {
	it("are as many as there is room for, and what is left out is said", async () => {
		assert.equal(await picturesIn([]), "");
		assert.match(await picturesIn([small]), /^\n\n!\[small\]\([^\s]*\)$/);
		const several = await picturesIn([small, large, small]);
		assert.match(several, /^\n\n!\[small\]\([^\s]*\)\n\n2 pictures are not shown here\.$/);
		assert.match(await picturesIn([large]), /^\n\nOne picture is not shown here\.$/);
		assert.match(
			await picturesIn([small, small, small, small, small]),
			/\)\n\nOne picture is not shown here\.$/,
		);
	});
});
