import { checkCatalogue } from "../compiler/check/catalogue/catalogue.js";
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
	{
		code: "E0702",
		title: "a file that cannot be written",
		explanation:
			"A picture, a log or another file that the command writes could not be written: the folder is not there or is a file, the disk is full, or writing there is not allowed. The run itself went on to its end.\n\nWrong, where `notes.txt` is a file:\n\n    ansatz run --plots notes.txt model.ansatz\n\nRight:\n\n    ansatz run --plots pictures model.ansatz\n",
	},
	{
		code: "E0703",
		title: "a value that cannot be set",
		explanation:
			"`--set name=value` gives a top-level `let` of the program another value, or an option of a fit (of a model, a function) another default: `rate=0.01`, `classifier.hidden=32`; `hidden=32` where one declaration has such an option. The value is written as in the program; the quotes of a text may be left out. It is of the kind that it was before, and the program is checked with it. A default that each call overrides would change nothing.\n\nWrong:\n\n    ansatz run --set rat=0.01 model.ansatz\n\nRight:\n\n    ansatz run --set rate=0.01 model.ansatz\n",
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
