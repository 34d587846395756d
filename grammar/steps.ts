/**
 * Work in small steps, so that whoever does it may look at something else between them, or leave it (`return()`).
 * What it comes to does not depend on that.
 */
export type Steps<Result> = Generator<undefined, Result>;

/** All steps without a pause. */
export function atOnce<Result>(steps: Steps<Result>): Result {
	for (;;) {
		const { done, value } = steps.next();
		if (done) return value;
	}
}

/** What is left is not wanted. */
export function leave(steps: Generator<undefined, unknown>): void {
	steps.return(undefined);
}
