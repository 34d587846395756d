import type { Diagnostic, Location } from "../compiler/source/diagnostic.js";
import type { Picture } from "./pictures/picture.js";

/**
 * What a run reports, in order. Plain data: the command line prints it, `--json` writes one object a line, the
 * language server passes it on to the editor.
 */
export type RunEvent =
	/** A fit begins. `fit` is unique in the run; `label` is how the program calls it: `classifier(hidden = 64)`. */
	| {
			readonly kind: "fit-started";
			readonly fit: number;
			readonly label: string;
			readonly at: Location;
			readonly steps: number;
	  }
	| {
			readonly kind: "progress";
			readonly fit: number;
			/** Steps done, of all loops together. */
			readonly step: number;
			readonly steps: number;
			readonly loss: number;
			/** The named terms of the objective at that step; empty where there is just one. */
			readonly terms: Readonly<Record<string, number>>;
			/** By how much constraints were violated at that step, and their multipliers, by name. */
			readonly violations: Readonly<Record<string, number>>;
			readonly multipliers: Readonly<Record<string, number>>;
			readonly stepsPerSecond: number;
			readonly secondsLeft: number;
	  }
	/**
	 * `status` is `diverged` when a term was not finite: `reason` says which and at which step; and `unconverged` when
	 * a loop made all its turns, and its `until` did not hold.
	 */
	| {
			readonly kind: "fit-finished";
			readonly fit: number;
			readonly label: string;
			readonly at: Location;
			readonly status: "finished" | "diverged" | "unconverged" | "stopped";
			readonly reason?: string;
			/** Nothing ran: an equal run is kept. */
			readonly kept?: boolean;
			/** Where it went on from, where it was saved. */
			readonly notes?: readonly string[];
			readonly steps: number;
			readonly seconds: number;
			readonly loss: number;
			/** The loss over the run, thinned to at most 200 points. */
			readonly history: readonly number[];
			readonly tracks: readonly { readonly name: string; readonly value: string; readonly at: Location }[];
			readonly violations: readonly {
				readonly name: string;
				/** By how much it is violated at the end. */
				readonly value: number;
				/** It is called met if it is violated by no more than this. */
				readonly tolerance: number;
				readonly met: boolean;
				/** A projection holds exactly (up to rounding), a penalty only in the limit. */
				readonly guarantee: "exact" | "asymptotic";
				/** How it is held: `projection`, `lagrangian`, .. */
				readonly method: string;
				/** Of the method, where it keeps one. */
				readonly multiplier?: number;
				readonly at: Location;
			}[];
	  }
	/** All of a fit's `.run.history`, after it ended; told where it is asked for. The first axis of a shape is time. */
	| {
			readonly kind: "history";
			readonly fit: number;
			readonly label: string;
			readonly at: Location;
			readonly histories: readonly {
				readonly name: string;
				readonly shape: readonly number[];
				readonly values: readonly number[];
			}[];
	  }
	/** A `check` or `test`. `compared` shows both sides and the margin of a comparison: `0.962 > 0.95 (by 0.012)`; of each where `and` joins several. `turn` is that of the loops around: `s = 2`. */
	| {
			readonly kind: "check";
			readonly role: "check" | "test";
			readonly at: Location;
			readonly source: string;
			readonly message?: string;
			readonly passed: boolean;
			readonly compared?: string;
			readonly turn?: string;
	  }
	/** A `plot`. `name` is unique in the run, and good for a file; `turn` as that of a check. */
	| {
			readonly kind: "plot";
			readonly name: string;
			readonly at: Location;
			readonly turn?: string;
			readonly picture: Picture;
	  }
	/** The run could not go on. */
	| { readonly kind: "problem"; readonly diagnostic: Diagnostic }
	/** Always the last. Exit code: 0 all checks hold, 1 a check failed, 2 the program or its data is wrong, 130 stopped. */
	| {
			readonly kind: "finished";
			readonly exitCode: 0 | 1 | 2 | 130;
			readonly passed: number;
			readonly failed: number;
			readonly seconds: number;
	  };
