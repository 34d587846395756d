import { checkCatalogue } from "../compiler/check/catalogue.js";
import { Catalogue } from "../compiler/source/catalogue.js";
import { explanations } from "../grammar/problems.js";
import { runCatalogue } from "../runtime/catalogue.js";
import { dataCatalogue } from "../runtime/data/catalogue.js";

const syntaxCatalogue = Object.entries(explanations).map(([code, { title, text }]) => ({
	code,
	title,
	explanation: text,
}));

const commandCatalogue = [
	{
		code: "E0701",
		title: "a mistake in the command",
		explanation:
			"The command line has an option, a command or a value that there is not. `ansatz --help` lists the commands, `ansatz run --help` the options of one.\n\nWrong:\n\n    ansatz run --sed 3 model.ansatz\n\nRight:\n\n    ansatz run --seed 3 model.ansatz\n",
	},
];

/** Every code that Ansatz can report. */
export const catalogue = new Catalogue(
	syntaxCatalogue,
	checkCatalogue,
	dataCatalogue,
	runCatalogue,
	commandCatalogue,
);
