import { asConstant, constant, decideAtLeast, variable } from "../dims/dim.js";
import { splitEnds } from "../program/data-rules.js";
import type { CallSite } from "./call.js";
import { type Context, locate, report } from "./context.js";
import { infer } from "./expression.js";
import { literalNumber, literalText } from "./literal.js";
import { showType } from "./show.js";
import { type SpecialRule, wrongUse } from "./special.js";
import { resolveDim } from "./type-node.js";
import { errorType, type Origin, type TableType, type TupleType, type Type, tensor } from "./types.js";

/** Data sets: typed from their files while checking. */

const csv: SpecialRule = (context, site) => {
	const path = site.arguments[0]?.value;
	const label = site.arguments.find((a) => a.name?.name === "label")?.value;
	const pathText = path && literalText(path);
	if (!path || pathText === undefined)
		return wrongUse(context, site, 'takes the path of a file: `csv("digits.csv", label = "digit")`');
	infer(context, path);
	const extra = site.arguments.find((a, i) => (a.name ? a.name.name !== "label" : i > 0));
	if (extra) {
		report(context, {
			code: "E0312",
			at: locate(context, extra.name ?? extra.value),
			message: extra.name ? `\`csv\` has no option \`${extra.name.name}\`` : "`csv` takes one path",
			hint: "it has `label`: the column that is to be predicted",
		});
		return errorType;
	}
	const labelText = label && literalText(label);
	if (label && labelText === undefined)
		return wrongUse(context, site, 'takes the name of its label as a text: `label = "digit"`');
	if (label) infer(context, label);
	const file = context.session.host.resolve(context.module.path, pathText);
	if (!file) {
		report(context, {
			code: "E0512",
			at: locate(context, path),
			message: `${pathText} is outside the project`,
			hint: "data files are read from the folder of the program and below",
		});
		return errorType;
	}
	const answer = context.session.host.describeCsv(file, labelText);
	if ("problem" in answer) {
		const { problem } = answer;
		const place =
			problem.line === undefined
				? ""
				: ` (${pathText}, line ${problem.line}${problem.column === undefined ? "" : `, column ${problem.column}`})`;
		report(context, {
			code: problem.code,
			at: locate(context, problem.code === "E0507" && label ? label : path),
			message: `${problem.message}${place}`,
			...(problem.hint && { hint: problem.hint }),
		});
		return errorType;
	}
	const { rows, features, classes, hasLabel } = answer.data;
	const origin: Origin = {
		at: locate(context, path),
		label: `${pathText} has ${features} columns${labelText ? ` besides \`${labelText}\`` : ""}`,
	};
	const labelOrigin: Origin = {
		at: locate(context, label ?? path),
		label: `\`${labelText}\` has ${classes ?? 0} classes`,
	};
	return table(
		dataName(context),
		rows,
		(n) => [
			{ name: "x", type: { ...tensor("real", { dims: [n, constant(features)] }), origin } },
			...(hasLabel
				? [
						{
							name: "y",
							type:
								classes === undefined
									? tensor("real", { dims: [n] })
									: { ...tensor("int", { dims: [n] }, constant(classes)), origin: labelOrigin },
						},
					]
				: []),
		],
		origin,
	);
};

function dataName(context: Context): string {
	return context.dataName ?? "rows";
}

function table(
	name: string,
	count: number,
	columns: (rows: TableType["rows"]) => TableType["columns"],
	origin?: Origin,
): TableType {
	const rows = variable(name, { minimum: count }).dim;
	return { kind: "table", name, rows, count, columns: columns(rows), ...(origin && { origin }) };
}

/** The same columns with another number of rows. */
function part(whole: TableType, name: string, count: number): TableType {
	return table(
		name,
		count,
		(rows) =>
			whole.columns.map((c) => ({
				name: c.name,
				type: { ...c.type, shape: { dims: [rows, ...c.type.shape.dims.slice(1)] } },
			})),
		whole.origin,
	);
}

const split: SpecialRule = (context, site) => {
	const [source, ...parts] = site.arguments;
	const whole = source && (source.type ?? infer(context, source.value));
	if (whole?.kind === "error") return errorType;
	if (whole?.kind !== "table" || whole.count === undefined) {
		return wrongUse(context, site, `takes a data set, and this is ${whole ? showType(whole) : "nothing"}`);
	}
	const unnamed = parts.find((p) => !p.name);
	if (unnamed) {
		report(context, {
			code: "E0313",
			at: locate(context, unnamed.value),
			message: "a part of a split has a name",
			hint: "for example `split(train = 0.8, test = 0.2)`",
		});
		return errorType;
	}
	const seed = parts.find((p) => p.name?.name === "seed");
	const seedType = seed && infer(context, seed.value);
	if (seed && seedType?.kind !== "Int" && seedType?.kind !== "error") {
		report(context, {
			code: "E0302",
			at: locate(context, seed.value),
			message: `a seed is a whole number known before running, and this is ${showType(seedType ?? errorType)}`,
		});
		return errorType;
	}
	const named = parts.filter((p) => p.name && p.name.name !== "seed");
	const twice = named.find((p, i) => named.findIndex((o) => o.name?.name === p.name?.name) < i)?.name;
	if (twice) {
		report(context, {
			code: "E0207",
			at: locate(context, twice),
			message: `\`${twice.name}\` is declared twice`,
		});
		return errorType;
	}
	const sizes: number[] = [];
	for (const argument of parts) infer(context, argument.value);
	for (const argument of named) {
		const size = literalNumber(argument.value);
		if (size === undefined || size <= 0) {
			report(context, {
				code: "E0513",
				at: locate(context, argument.value),
				message: "a part is a share of the rows (0.8) or a number of rows (1200)",
			});
			return errorType;
		}
		sizes.push(size);
	}
	if (sizes.length === 0)
		return wrongUse(context, site, "needs parts: `split(train = 0.8, test = 0.2, seed = 0)`");
	const { count } = whole;
	const total = sizes.reduce((sum, s) => sum + (s <= 1 ? s * count : s), 0);
	if (total > count * (1 + 1e-9)) {
		report(context, {
			code: "E0513",
			at: locate(context, site.node),
			message: `the parts ask for ${Math.round(total)} rows, and there are ${whole.count}`,
			related: whole.origin ? [whole.origin] : [],
		});
		return errorType;
	}
	const ends = splitEnds(whole.count, sizes);
	const empty = named.find((_, i) => ends[i] === (i > 0 ? ends[i - 1] : 0));
	if (empty) {
		report(context, {
			code: "E0513",
			at: locate(context, empty.value),
			message: `the part \`${empty.name?.name}\` would have no rows: there are ${whole.count} in all`,
			related: whole.origin ? [whole.origin] : [],
		});
		return errorType;
	}
	const elements = named.map((argument, i) => {
		const name = argument.name?.name ?? "";
		return {
			name,
			type: part(whole, `${whole.name}.${name}`, (ends[i] ?? 0) - (i > 0 ? (ends[i - 1] ?? 0) : 0)),
		};
	});
	return { kind: "tuple", elements };
};

/** What applies to a table, or to each part of a split one. */
function eachPart(context: Context, site: CallSite, learns: boolean): Type {
	const [source, ...rest] = site.arguments;
	const options = learns ? 0 : 1;
	if (rest.length !== options || rest.some((a) => a.name && a.name.name !== "factor")) {
		return wrongUse(
			context,
			site,
			learns ? "takes a data set, and nothing else" : "takes a data set and a factor: `scale(1/16)`",
		);
	}
	for (const { value } of rest) {
		const factor = infer(context, value);
		if (factor.kind === "Int" || factor.kind === "Real" || factor.kind === "error") continue;
		report(context, {
			code: "E0302",
			at: locate(context, value),
			message: `a factor is a number known before running, and this is ${showType(factor)}`,
		});
		return errorType;
	}
	const data = source && (source.type ?? infer(context, source.value));
	if (data?.kind === "error") return errorType;
	if (data?.kind === "table") {
		if (!learns) return data;
		report(context, {
			code: "E0514",
			at: locate(context, site.node),
			message: "this learns from the data, so it comes after `split`, and learns from the part `train`",
		});
		return errorType;
	}
	if (data?.kind === "tuple" && data.elements.every((e) => e.type.kind === "table")) {
		if (!learns || hasTrain(data)) return data;
		return wrongUse(context, site, "learns from a part named `train`, and there is none");
	}
	return wrongUse(context, site, `takes a data set, and this is ${data ? showType(data) : "nothing"}`);
}

function hasTrain(data: TupleType): boolean {
	return data.elements.some((e) => e.name === "train");
}

/** `digits.train.batches(64)`: an endless stream of permutations of the rows, remainders dropped. */
const batches: SpecialRule = (context, site) => {
	const receiver =
		site.callee.kind === "Field" ? context.session.knowledge.types.get(site.callee.base) : undefined;
	const argument = site.arguments[0]?.value;
	if (receiver?.kind !== "table" || !argument || site.arguments.length > 1 || site.arguments[0]?.name)
		return wrongUse(context, site, "takes a number of rows: `digits.train.batches(64)`");
	const size = resolveDim(context, argument);
	if (!size) return errorType;
	const known = asConstant(size);
	if (decideAtLeast(size, constant(1), context.facts).verdict !== "holds") {
		report(context, {
			code: "E0511",
			at: locate(context, argument),
			message: "a batch has at least one row",
		});
		return errorType;
	}
	if (known !== undefined && receiver.count !== undefined && known > receiver.count) {
		report(context, {
			code: "E0511",
			at: locate(context, argument),
			message: `a batch of ${known} rows is larger than \`${receiver.name}\`, which has ${receiver.count}`,
			related: receiver.origin ? [receiver.origin] : [],
		});
		return errorType;
	}
	const elements = receiver.columns.map((c) => ({
		name: c.name,
		type: { ...c.type, shape: { dims: [size, ...c.type.shape.dims.slice(1)] } },
	}));
	return { kind: "stream", item: { kind: "tuple", elements }, rowsPerTurn: known, rows: receiver.count };
};

export const dataRules: Record<string, SpecialRule> = {
	csv,
	split,
	scale: (context, site) => eachPart(context, site, false),
	standardize: (context, site) => eachPart(context, site, true),
	batches,
};
