import type { Equation, Func, TensorType, Value } from "./ir.js";
import { IrError, inferTypes, sameType, showType } from "./primitives/index.js";
import { counted, elements } from "./primitives/primitive.js";
import { printEquation } from "./print.js";

/**
 * Checks that a function is one: names and types are of their forms, each value is defined once and before its uses,
 * every type is the one that its operation gives; in regions too, which see nothing from outside. So what is verified
 * prints, and reads back.
 *
 * @throws IrError that says what is wrong, in which equation, and in which regions that stands
 */
export function verify(func: Func): void {
	new Verifier(new Set()).function(func, []);
}

const functionName = /^[A-Za-z_][A-Za-z0-9_.$]*$/;
const isCount = (n: unknown): boolean => typeof n === "number" && Number.isSafeInteger(n) && n >= 0;

/** Equations as printed, even where a value is none. */
function textOf(equation: Equation): string {
	try {
		return printEquation(equation);
	} catch {
		return `an equation of ${equation.operation}`;
	}
}

class Verifier {
	constructor(
		/** Functions that have been found right: calls share them. */
		private readonly verified: Set<Func>,
	) {}

	/** @param inside the functions around, the outermost first */
	function(func: Func, inside: readonly Func[]): void {
		if (this.verified.has(func)) return;
		if (inside.includes(func)) throw new IrError(`the function ${func.name} carries itself as a region`);
		const scope = new Scope(func, inside);
		if (!functionName.test(func.name))
			scope.fail(`${JSON.stringify(func.name)} is not the name of a function`);
		const where = `parameter of ${func.name}`;
		for (const value of func.parameters) scope.define(value, where);
		for (const equation of func.equations) this.equation(equation, scope, [...inside, func]);
		for (const value of func.results) {
			const problem = scope.problemOfUse(value);
			if (problem !== undefined) scope.fail(`the result %${value.id} of ${func.name} ${problem}`);
		}
		this.verified.add(func);
	}

	private equation(equation: Equation, scope: Scope, inside: readonly Func[]): void {
		const text = textOf(equation);
		for (const value of equation.inputs) {
			const problem = scope.problemOfUse(value);
			if (problem !== undefined) scope.fail(`%${value.id} ${problem}`, text);
		}
		for (const region of equation.regions) this.function(region, inside);
		let types: readonly TensorType[] = [];
		try {
			types = inferTypes(
				equation.operation,
				equation.inputs.map((value) => value.type),
				equation.attributes,
				equation.regions,
			);
		} catch (error) {
			scope.fail((error as Error).message, text);
		}
		if (types.length !== equation.outputs.length) {
			scope.fail(`there must be ${counted(types.length, "result")}, not ${equation.outputs.length}`, text);
		}
		equation.outputs.forEach((value, k) => {
			const type = types[k] as TensorType;
			scope.define(value, text);
			if (!sameType(type, value.type)) scope.fail(`the type must be ${showType(type)}`, text);
		});
	}
}

/** The values of one function that are defined so far. */
class Scope {
	private readonly defined = new Map<number, Value>();

	constructor(
		private readonly func: Func,
		private readonly inside: readonly Func[],
	) {}

	define(value: Value, where: string): void {
		const { id, type } = value;
		if (!isCount(id)) this.fail(`%${id} is not the number of a value`, where);
		if (!elements.includes(type.element))
			this.fail(`%${id} has elements ${type.element}, which are none`, where);
		if (!type.shape.every(isCount)) {
			this.fail(`the shape [${type.shape.join(",")}] of %${id} is not one of whole numbers from 0`, where);
		}
		if (!isCount(type.shape.reduce((product, n) => product * n, 1))) {
			this.fail(`%${id} has more elements than can be counted`, where);
		}
		if (this.defined.has(id)) this.fail(`%${id} is defined twice`, where);
		this.defined.set(id, value);
	}

	/** What is wrong with using the value here. */
	problemOfUse(value: Value): string | undefined {
		const known = this.defined.get(value.id);
		if (known === value) return undefined;
		const outer = this.inside.findLast((func) => valuesOf(func).has(value));
		if (outer !== undefined) {
			return `belongs to ${outer.name} around: what a region uses from outside must be an input of its equation`;
		}
		if (known !== undefined) return `is another value than the one that is defined here with this number`;
		return valuesOf(this.func).has(value) ? "is used before it is defined" : "is not defined";
	}

	fail(problem: string, where?: string): never {
		const place =
			this.inside.length === 0 ? "" : ` (in ${[...this.inside, this.func].map((f) => f.name).join(" > ")})`;
		throw new IrError(`${problem}${where === undefined ? "" : `: ${where}`}${place}`);
	}
}

function valuesOf(func: Func): ReadonlySet<Value> {
	return new Set([...func.parameters, ...func.equations.flatMap((equation) => equation.outputs)]);
}
