import type { DataDescription, ProgramHost } from "../../compiler/program/module.js";
import { NodeHost } from "../../runtime/node-host.js";

/** A table of a number of columns, with a label of classes or of reals. */
function rows(count: number, features: readonly number[], classes?: number): DataDescription {
	return {
		arrays: [
			{ name: "x", element: "real", shape: [count, ...features] },
			classes === undefined
				? { name: "y", element: "real", shape: [count] }
				: { name: "y", element: "int", shape: [count], below: classes },
		],
	};
}

const data: Readonly<Record<string, DataDescription>> = {
	"digits.csv": rows(1797, [64], 10),
	"breast_cancer.csv": rows(569, [30], 2),
	"diabetes.csv": rows(442, [10]),
	"train-images": rows(60_000, [1, 28, 28], 10),
};

/** One program, whose data files are described without being there. */
export function describedHost(file: string, text: string): ProgramHost {
	const node = new NodeHost(file);
	return {
		readSource: () => ({ text }),
		readLibrary: (name) => node.readLibrary(name),
		libraryNames: () => node.libraryNames(),
		resolve: (_, path) => path,
		describeData: ({ path }) => {
			const known = data[path];
			return known
				? { data: known }
				: { problem: { code: "E0501", message: `there is no data file ${path}` } };
		},
	};
}
