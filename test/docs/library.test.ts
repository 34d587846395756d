import assert from "node:assert/strict";
import { libraryPage, undocumented } from "../support/library-page.js";
import { matchSnapshot } from "../support/snapshot.js";

describe("the page of the standard library", () => {
	it("is current (UPDATE=1 writes it anew)", () => {
		matchSnapshot("docs/library.md", libraryPage());
	});

	it("says something of every name", () => {
		assert.deepEqual(undocumented(), []);
	});
});
