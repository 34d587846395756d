import type { CatalogueEntry } from "../../compiler/source/catalogue.js";

const example = (data: string, wrong: string, right: string, why: string): string =>
	`${why}

    ${data}

Wrong:

${block(wrong)}

Right:

${block(right)}
`;

function block(text: string): string {
	return text
		.split("\n")
		.map((line) => `    ${line}`)
		.join("\n");
}

const flowers = 'data flowers = csv("flowers.csv", label = "species")';

/** The codes of data files. */
export const dataCatalogue: readonly CatalogueEntry[] = [
	{
		code: "E0501",
		title: "a data file is missing",
		explanation: `A \`data\` declaration names a file that is not there. Paths are relative to the file of the
declaration, and stay within the project.

Wrong, with the file in the folder \`tables\`:

    data flowers = csv("flowers.csv")

Right:

    data flowers = csv("tables/flowers.csv")
`,
	},
	{
		code: "E0502",
		title: "a data file is not UTF-8",
		explanation: example(
			flowers,
			"a header that a spreadsheet wrote in Latin-1 or UTF-16: `länge` with the byte E4 for `ä`",
			"the same table saved as UTF-8: `länge` with the bytes C3 A4",
			"Data files are read as UTF-8. The message names the first byte that does not belong there.",
		),
	},
	{
		code: "E0503",
		title: "a data file has no rows",
		explanation: example(
			flowers,
			"length,width,species",
			"length,width,species\n5.1,3.5,0",
			"A data set has at least one row: its first axis is a dimension, and sizes are at least 1.",
		),
	},
	{
		code: "E0504",
		title: "a line of a data file has another number of columns than the header",
		explanation: example(
			flowers,
			"length,width,species\n5,1,3.5,0",
			"length,width,species\n5.1,3.5,0",
			"Every line has as many fields as the header. A decimal comma is the usual cause of one too many.",
		),
	},
	{
		code: "E0505",
		title: "text in a data file where a number belongs",
		explanation: example(
			flowers,
			"length,width,species\n5.1,3.5,setosa",
			"length,width,species\n5.1,3.5,0",
			"All columns are read as numbers. Classes are numbered from 0; a missing value is no number either.",
		),
	},
	{
		code: "E0506",
		title: "a value in a data file is not finite",
		explanation: example(
			flowers,
			"length,width,species\nnan,3.5,0",
			"length,width,known,species\n0,3.5,0,0",
			`One NaN makes every loss that it enters NaN, so it is refused where it comes in. Leave such rows out, or fill in a
number and say in a column of its own where.`,
		),
	},
	{
		code: "E0507",
		title: "the label column is not in the data file",
		explanation: `The \`label\` of a \`csv\` is a name of the header row.

Wrong, for a file that begins with \`length,width,species\`:

    data flowers = csv("flowers.csv", label = "specie")

Right:

    data flowers = csv("flowers.csv", label = "species")
`,
	},
	{
		code: "E0508",
		title: "a label is not a class",
		explanation: example(
			flowers,
			"length,width,species\n5.1,3.5,1.5",
			"length,width,species\n5.1,3.5,1",
			"Where the label has the type `int<k>`, as for `cross_entropy`, every label is one of 0, 1, 2, .. up to k - 1.",
		),
	},
	{
		code: "E0509",
		title: "two columns of a data file have one name",
		explanation: example(
			flowers,
			"length,length,species\n5.1,3.5,0",
			"length,width,species\n5.1,3.5,0",
			"Columns are told apart by their names.",
		),
	},
	{
		code: "E0524",
		title: "columns of a data file without names",
		explanation: example(
			flowers,
			"5.1,3.5,0\n4.9,3.0,0",
			"length,width,species\n5.1,3.5,0\n4.9,3.0,0",
			"The first row names the columns. A first row of numbers would be lost, and a column without a name is most often a count of the rows that another program wrote.",
		),
	},
	{
		code: "E0510",
		title: "a data file is not well-formed CSV",
		explanation: example(
			flowers,
			'"length,width,species\n5.1,3.5,0',
			'"length","width","species"\n5.1,3.5,0',
			`A field with a comma, a quote or a line break stands between double quotes, and a quote in it is doubled. Elsewhere
there are no quotes.`,
		),
	},
	{
		code: "E0516",
		title: "a data file is not of its format",
		explanation: `The file is cut short, or was written in another format than the one that its reader expects.

Wrong, for a table in CSV:

    data flowers = parquet("flowers.csv")

Right:

    data flowers = csv("flowers.csv")
`,
	},
	{
		code: "E0517",
		title: "the elements of a data file are no numbers",
		explanation: `Arrays and columns hold real numbers, whole numbers or bools. Texts, dates, decimals, complex numbers and records
are refused.

Wrong, in Python:

    numpy.save("names.npy", numpy.array(["setosa", "versicolor"]))

Right:

    numpy.save("names.npy", numpy.array([0, 1]))
`,
	},
	{
		code: "E0518",
		title: "a whole number of a data file needs more than 32 bits",
		explanation: `An \`int\` has 32 bits. Larger numbers (times, identifiers) are stored as reals, or counted from somewhere else.

Wrong, in Python:

    numpy.save("times.npy", numpy.array([1700000000000]))

Right:

    numpy.save("times.npy", numpy.array([1700000000.0]))
`,
	},
	{
		code: "E0520",
		title: "two data files differ in their rows",
		explanation: `Images and labels belong together row by row, so both files have as many.

Wrong, with 60000 images and 10000 labels:

    data digits = idx("train-images", "test-labels")

Right:

    data digits = idx("train-images", "train-labels")
`,
	},
	{
		code: "E0521",
		title: "a data file is not the one that was locked",
		explanation: `\`ansatz.lock\` keeps the digest of each data file, and the file differs from it: results need not be those that
others got. If the new file is meant, it is locked anew. The same is told where \`ansatz.lock\` cannot be read, so that
nothing is compared.

Wrong, after the file was changed:

    ansatz check program.ansatz

Right:

    ansatz lock program.ansatz
`,
	},
	{
		code: "E0522",
		title: "the lock file cannot be written",
		explanation: `\`ansatz lock\` writes \`ansatz.lock\` into the folder of the program. The message says what the system answered.

Wrong, where the folder cannot be written:

    ansatz lock /usr/share/program.ansatz

Right, for a copy:

    ansatz lock program.ansatz
`,
	},
	{
		code: "E0523",
		title: "a data file that changes while the program runs",
		explanation: `A program is checked against its data files, and reads them when it runs. A file that another program writes meanwhile
is not read: its sizes, or half of its rows, would not be what was checked.

Wrong, while a file is being written:

    ansatz run program.ansatz

Right, once it is whole:

    ansatz run program.ansatz
`,
	},
];
