import { binaryScalars, truncateToInteger, unaryScalars } from "../scalar.js";
import { arithmetic, at, type Evaluator, tabulate } from "./evaluator.js";

function unary(name: string): Evaluator {
	return (inputs, _attributes, result) => {
		const x = at(inputs, 0);
		const scalar = unaryScalars[name]?.[arithmetic(x.type)];
		if (scalar === undefined) throw new Error(`${name} is not defined on ${x.type.element}`);
		return tabulate(result, (_, flat) => scalar(x.data[flat] as number));
	};
}

function binary(name: string): Evaluator {
	return (inputs, _attributes, result) => {
		const a = at(inputs, 0);
		const b = at(inputs, 1);
		const scalar = binaryScalars[name]?.[arithmetic(a.type)];
		if (scalar === undefined) throw new Error(`${name} is not defined on ${a.type.element}`);
		return tabulate(result, (_, flat) => scalar(a.data[flat] as number, b.data[flat] as number));
	};
}

const copy: Evaluator = (inputs) => at(inputs, 0).data.slice();

const rows = (names: readonly string[], row: (name: string) => Evaluator): Record<string, Evaluator> =>
	Object.fromEntries(names.map((name) => [name, row(name)]));

export const elementwiseEvaluators: Readonly<Record<string, Evaluator>> = {
	...rows(Object.keys(unaryScalars), unary),
	...rows(Object.keys(binaryScalars), binary),
	select(inputs, _attributes, result) {
		const [condition, a, b] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
		return tabulate(result, (_, flat) => (condition.data[flat] ? a : b).data[flat] as number);
	},
	cast(inputs, _attributes, result) {
		const x = at(inputs, 0);
		const convert =
			result.element === "bool"
				? (value: number) => (value !== 0 ? 1 : 0)
				: result.element === "i32"
					? truncateToInteger
					: (value: number) => value;
		return tabulate(result, (_, flat) => convert(x.data[flat] as number));
	},
	stop_gradient: copy,
	guard: copy,
};
