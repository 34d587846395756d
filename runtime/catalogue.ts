import type { CatalogueEntry } from "../compiler/source/catalogue.js";

/** Codes of what only shows while a program runs. */
export const runCatalogue: readonly CatalogueEntry[] = [
	{
		code: "E0601",
		title: "an expression that cannot be computed",
		explanation:
			"The program was checked, but an expression cannot be turned into tensor operations. Checking should have refused it at its place: please report the program.\n",
	},
	{
		code: "E0602",
		title: "a fit diverged",
		explanation:
			"A term of the objective was not finite. The fit stops there, its result says `.run.diverged`, and the message tells the first such term and its step. Comparisons with nan fail, so that a `check` on the result fails.\n\nWrong:\n\n    minimize mse(net(x), y)  using sgd(100)\n\nRight:\n\n    minimize mse(net(x), y)  using sgd(0.1)\n",
	},
	{
		code: "E0699",
		title: "a mistake in Ansatz",
		explanation: "The run ended by an error of the implementation, not of the program. Please report it with the program.\n",
	},
];
