import { assignmentRoutines } from "./assignment.js";
import { factorRoutines } from "./factors.js";
import { fourierRoutines } from "./fourier.js";
import { linearRoutines } from "./linear.js";
import type { Routine } from "./routine.js";
import { singularRoutines } from "./singular.js";
import { sortingRoutines } from "./sorting.js";

export type { Routine } from "./routine.js";

/** The routine of each operation that is one. */
export const routines: Readonly<Record<string, Routine>> = {
	...sortingRoutines,
	...linearRoutines,
	...factorRoutines,
	...singularRoutines,
	...assignmentRoutines,
	...fourierRoutines,
};
