import { inline } from "../../ir/inline.js";
import type { Func, Value as IrValue } from "../../ir/ir.js";
import { removeDead } from "../../transform/dead.js";
import { simplify } from "../../transform/simplify.js";
import { ElaborationError, type Evaluator, type RunTimeCheck } from "../evaluator.js";
import { reads } from "./regions.js";

/**
 * Checks while running in functions that a derivative calls. What is checked there leaves the function as further
 * results; a derivative has no place for these, so the same numbers are computed once more where its function is
 * called, by the part of the function that leads to them.
 */

/** What a function checks; taken while its region is built. */
export class RegionChecks {
	private checks: readonly RunTimeCheck[] = [];
	/** How many results are the function's own. */
	private own = 0;

	/** The results of a region with what it checks behind them. Whether a loop ended is told by no derivative. */
	taken(evaluator: Evaluator, results: readonly IrValue[]): readonly IrValue[] {
		this.checks = evaluator.takeChecks().filter(({ what }) => what !== "end");
		this.own = results.length;
		return [...results, ...this.checks.flatMap(({ least, most }) => [least, most])];
	}

	/** The function without what it checks. */
	without(func: Func): Func {
		return this.checks.length === 0
			? func
			: removeDead({ ...func, results: func.results.slice(0, this.own) });
	}

	/** Adds the checks where the results of the function with its checks are at hand. */
	add(evaluator: Evaluator, results: readonly IrValue[]): void {
		for (const [i, check] of this.checks.entries()) {
			const [least, most] = results.slice(this.own + 2 * i);
			if (least && most) evaluator.addCheck({ ...check, least, most });
		}
	}

	/**
	 * Computes what the function checks for these inputs, and adds the checks here. Where no derivative is taken,
	 * nothing of it is computed, nor checked.
	 *
	 * @param unknown the parameters that have no value here: nothing that is checked is computed of them
	 */
	addInDerivative(
		evaluator: Evaluator,
		func: Func,
		inputs: readonly IrValue[],
		unknown: { readonly what: string; readonly parameters: readonly number[] } = { what: "", parameters: [] },
	): void {
		const [first] = this.checks;
		if (!first || !evaluator.isInDerivative) return;
		const all = removeDead({ ...func, results: func.results.slice(this.own) });
		const isRead = (of: Func): boolean => unknown.parameters.some((parameter) => reads(of, parameter));
		// Of a loop only what leads to the checks may be left.
		const checking = isRead(all) ? simplify(all) : all;
		if (isRead(checking))
			throw new ElaborationError(
				"E0622",
				`this is checked while running, and computed of ${unknown.what}: a derivative ends no run`,
				first.at,
				"give a default for what is outside (`x[i else 0]`), or an index that is inside by its type (`argmax`, `e % n`, `min`, `max`)",
			);
		const results = inline(evaluator.builder, checking, inputs);
		this.add(evaluator, [...func.results.slice(0, this.own), ...results]);
	}
}
