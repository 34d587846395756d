import fc from "fast-check";

/**
 * Property tests draw the same cases in every run, so that a change is judged by what it changes. `SEED=random npm test`
 * looks further; `SEED=42 npm test` repeats what that found.
 */
const { SEED: seed = "1" } = process.env;
if (seed !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
