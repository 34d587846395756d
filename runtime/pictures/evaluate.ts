import type { Environment } from "../../compiler/elaborate/environment.js";
import { type DrawState, ElaborationError, type Evaluator } from "../../compiler/elaborate/evaluator.js";
import { evaluate, textOf } from "../../compiler/elaborate/expressions/evaluate.js";
import { traced } from "../../compiler/elaborate/tensors.js";
import type { Value } from "../../compiler/elaborate/values.js";
import type { TensorData } from "../../compiler/ir/ir.js";
import type * as ast from "../../grammar/ast.js";
import { compute, type Machine } from "../compute.js";
import { gridOf } from "./grid.js";
import type { Labels, Picture, Positions } from "./picture.js";
import { histogramOf, lineOf, scatterOf } from "./shapes.js";

/** One tensor that is drawn, named by its text. */
interface Series {
	readonly name: string;
	readonly data: TensorData;
}

type Options = ReadonlyMap<string, Value>;

/** Computes what a `plot` draws. It has no name: its draws are its own by its text. */
export function evaluatePicture(
	machine: Machine,
	outer: DrawState,
	environment: Environment,
	node: ast.Plot,
): Picture {
	const call = node.value.kind === "Call" ? node.value : undefined;
	const kind = call?.callee.kind === "Name" ? call.callee.name : "";
	const path = [...outer.path, "plot", textAt(environment, node.value)];
	const draws: DrawState = { ...outer, path, counts: new Map() };
	const named: string[] = [];
	const computed = compute(machine, draws, (e) => {
		const positional = (call?.arguments ?? []).filter((a) => !a.name);
		const series = positional.flatMap(({ value }) => seriesOf(e, environment, kind, value));
		named.push(...series.map((s) => s.name));
		const options = (call?.arguments ?? []).flatMap(({ name, value }) =>
			name ? [{ name: name.name, value: textOrTensor(e, environment, value) }] : [],
		);
		return { kind: "tuple", elements: [...series.map(({ value }) => ({ value })), ...options] };
	});
	const elements = computed.kind === "tuple" ? computed.elements : [];
	const series = named.map((name, i): Series => {
		const value = elements[i]?.value;
		if (value?.kind === "tensor") return { name, data: value.data };
		throw new ElaborationError("E0601", "this is no tensor", environment.locate(node));
	});
	const options = new Map(elements.slice(named.length).map((e) => [e.name ?? "", e.value] as const));
	const picture = pictureOf(kind, series, options);
	if (picture) return picture;
	throw new ElaborationError("E0601", "this is no picture", environment.locate(node));
}

function textAt(environment: Environment, node: ast.Expression): string {
	const { module, offset } = environment.origin;
	return module.text.slice(offset + node.span.start, offset + node.span.end).replaceAll(/\s+/g, " ");
}

/** A list in brackets holds several lines, points or bars, unless its entries are single numbers. */
function seriesOf(
	evaluator: Evaluator,
	environment: Environment,
	kind: string,
	node: ast.Expression,
): { readonly name: string; readonly value: Value }[] {
	const whole = (value: Value): Value => traced(evaluator, value) ?? value;
	if (node.kind === "List" && several(kind) && !node.elements.some((e) => e.kind === "Spread")) {
		const items = node.elements.map((e) => ({
			name: textAt(environment, e),
			value: whole(evaluate(evaluator, environment, e)),
		}));
		if (items.every(({ value }) => value.kind === "traced" && value.value.type.shape.length > 0))
			return items;
		return [
			{ name: textAt(environment, node), value: whole({ kind: "list", items: items.map((i) => i.value) }) },
		];
	}
	return [{ name: textAt(environment, node), value: whole(evaluate(evaluator, environment, node)) }];
}

function several(kind: string): boolean {
	return kind === "line" || kind === "scatter" || kind === "bar";
}

function textOrTensor(evaluator: Evaluator, environment: Environment, node: ast.Expression): Value {
	const value = evaluate(evaluator, environment, node);
	if (value.kind === "string") return value;
	if (value.kind === "list" && value.items.some((i) => i.kind === "string")) return value;
	return traced(evaluator, value) ?? value;
}

function pictureOf(kind: string, series: readonly Series[], options: Options): Picture | undefined {
	const labels = labelsOf(options);
	const [first] = series;
	if (!first) return undefined;
	switch (kind) {
		case "line": {
			const x = positionsOf(options.get("x"));
			const names = namesOf(series, options);
			const yName = series.length === 1 ? shortName(first.name) : undefined;
			const lines = series.map((s, i) => lineOf(names[i] ?? "", rowsOf(s.data), x));
			const notes = [...new Set(lines.flatMap((l) => l.note ?? []))];
			return {
				...(yName !== undefined && { yName }),
				...(notes.length > 0 && { note: notes.join("; ") }),
				...labels,
				kind,
				series: lines.map((l) => l.line),
			};
		}
		case "scatter": {
			const pairs = series.flatMap((s, i) => {
				const y = series[i + 1];
				return i % 2 === 0 && y ? [{ x: s, y }] : [];
			});
			const names = namesOf(
				pairs.map((p) => p.y),
				options,
			);
			const [pair] = pairs;
			const own = pair && pairs.length === 1 ? [shortName(pair.x.name), shortName(pair.y.name)] : [];
			const { points, note } = scatterOf(
				pairs.map(({ x, y }, i) => ({ name: names[i] ?? "", x: numbersOf(x.data), y: numbersOf(y.data) })),
			);
			return {
				...(own[0] !== undefined && { xName: own[0] }),
				...(own[1] !== undefined && { yName: own[1] }),
				...(note !== undefined && { note }),
				...labels,
				kind,
				series: points,
			};
		}
		case "bar": {
			const names = namesOf(series, options);
			const x = positionsOf(options.get("x")) ?? numbersOf(first.data).map((_, i) => i);
			const yName = series.length === 1 ? shortName(first.name) : undefined;
			return {
				...(yName !== undefined && { yName }),
				...labels,
				kind,
				x,
				series: series.map((s, i) => ({ name: names[i] ?? "", y: numbersOf(s.data) })),
			};
		}
		case "histogram": {
			const bins = options.get("bins");
			const wanted =
				bins?.kind === "tensor" ? Math.max(1, Math.min(10_000, bins.data.data[0] ?? 1)) : undefined;
			const { element } = first.data.type;
			const { note, ...counted } = histogramOf(
				numbersOf(first.data),
				element === "i32" || element === "bool",
				wanted,
			);
			const xName = shortName(first.name);
			return {
				...(xName !== undefined && { xName }),
				yName: "count",
				...(note !== undefined && { note }),
				...labels,
				kind,
				...counted,
			};
		}
		case "heat":
		case "image":
			return {
				...gridOf(kind, first.data, positionsOf(options.get("x")), positionsOf(options.get("y"))),
				...labels,
			};
		default:
			return undefined;
	}
}

function labelsOf(options: Options): Labels {
	const text = (name: string): string | undefined => {
		const value = options.get(name);
		return value?.kind === "string" ? value.value : undefined;
	};
	const [title, xName, yName] = [text("title"), text("x"), text("y")];
	return {
		...(title !== undefined && { title }),
		...(xName !== undefined && { xName }),
		...(yName !== undefined && { yName }),
	};
}

/** Names of series: `names`, or the list that `y` is; else their texts. */
function namesOf(series: readonly Series[], options: Options): string[] {
	const given = [options.get("names"), options.get("y")].find((v) => v?.kind === "list");
	if (given?.kind === "list" && given.items.every((i) => i.kind === "string")) return given.items.map(textOf);
	return series.map((s) => s.name);
}

const longestName = 40;

/** The text of an expression, where it may stand as the name of an axis: not a list of numbers, nor a loop. */
function shortName(text: string): string | undefined {
	return text.length <= longestName && /^\p{L}/u.test(text) && !/^for\b/.test(text) ? text : undefined;
}

function positionsOf(value: Value | undefined): Positions | undefined {
	if (value?.kind === "list" && value.items.every((i) => i.kind === "string")) return value.items.map(textOf);
	return value?.kind === "tensor" ? numbersOf(value.data) : undefined;
}

function numbersOf(data: TensorData): number[] {
	return Array.from(data.data, Number);
}

/** The rows of a tensor of two axes; one of one axis is a row. */
function rowsOf(data: TensorData): number[][] {
	const columns = data.type.shape.at(-1) ?? 1;
	const rows = data.type.shape.length < 2 ? 1 : (data.type.shape[0] ?? 1);
	const numbers = numbersOf(data);
	return Array.from({ length: rows }, (_, i) => numbers.slice(i * columns, (i + 1) * columns));
}
