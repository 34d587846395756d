/**
 * Work in small steps, so that whoever does it may look at something else between them, or leave it (`return()`).
 * What it comes to does not depend on that. A step may give what the next one had better wait for.
 */
export type Steps<Result> = Generator<Promise<unknown> | undefined, Result>;

/** All steps without a pause. */
export function atOnce<Result>(steps: Steps<Result>): Result {
	for (;;) {
		const { done, value } = steps.next();
		if (done) return value;
	}
}

/** What is left is not wanted. */
export function leave(steps: Steps<unknown>): void {
	steps.return(undefined);
}
