import assert from "node:assert/strict";
import { matchSnapshot } from "../support/snapshot.js";
import { libraryPage, undocumented } from "../support/library-page.js";

describe("the page of the standard library", () => {
	it("is current", () => {
		matchSnapshot("docs/library.md", libraryPage());
	});

	it("says something of every name", () => {
		assert.deepEqual(undocumented(), []);
	});
});
