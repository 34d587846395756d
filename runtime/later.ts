import { ElaborationError } from "../compiler/elaborate/evaluator.js";
import type { Location } from "../compiler/source/diagnostic.js";

/** Stops the run at a construct that is only checked so far. */
export function cannotRunYet(what: string, at: Location): never {
	throw new ElaborationError("E0902", `this version cannot run ${what} yet`, at);
}
