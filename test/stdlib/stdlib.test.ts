import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { covered } from "./fixture.js";
import "./chains.js";
import "./constraints.js";
import "./einops.js";
import "./derivatives.js";
import "./functions.js";
import "./layers.js";
import "./line-searches.js";
import "./loops.js";
import "./mathematics.js";
import "./movement.js";
import "./places.js";
import "./rules.js";
import "./schedules.js";
import "./training.js";
import "./trees.js";
import "./solvers.js";
import "./structured-optimizers.js";
import "./whole-optimizers.js";

describe("standard library", () => {
	it("every exported name has an oracle", () => {
		const folder = new URL("../../../stdlib/", import.meta.url);
		const names = readdirSync(folder).flatMap((name) => {
			const text = readFileSync(new URL(name, folder), "utf8");
			return [...text.matchAll(/^export \w+ (\w+)/gm)].map((match) => match[1] as string);
		});
		assert.ok(names.length > 60);
		assert.deepEqual(
			names.filter((name) => !covered.has(name)),
			[],
		);
	});
});
