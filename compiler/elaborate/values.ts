import type * as ast from "../../grammar/ast.js";
import type { Value as IrValue, TensorData } from "../ir/ir.js";
import type { Location } from "../source/diagnostic.js";
import type { Environment } from "./environment.js";
import type { DrawState } from "./evaluator.js";
import type { EvaluatedCall } from "./expressions/call.js";

/** What an expression evaluates to while a program is elaborated: static values, and tensors that are computed later. */
export type Value =
	| NumberValue
	| { readonly kind: "bool"; readonly value: boolean }
	| { readonly kind: "string"; readonly value: string }
	| TensorValue
	| TracedValue
	| IndexValue
	| ListValue
	| TupleValue
	| { readonly kind: "closure"; readonly node: ast.Lambda; readonly environment: Environment }
	| FunctionValue
	| DerivativeValue
	/** A function that the runtime gives to a program: the gradient at another point. */
	| { readonly kind: "native"; readonly call: (args: readonly Value[]) => Value }
	| { readonly kind: "model class"; readonly node: ast.ModelDeclaration; readonly environment: Environment }
	| ModelValue
	| DeferredValue
	| RuleValue
	| FrozenValue
	| ReparametrizedValue
	| { readonly kind: "fit"; readonly node: ast.FitDeclaration; readonly environment: Environment }
	| VariantValue
	| StackValue
	| { readonly kind: "type"; readonly node: ast.TypeDeclaration; readonly environment: Environment }
	| { readonly kind: "type argument"; readonly type: ast.TypeNode; readonly environment: Environment }
	| {
			readonly kind: "variant class";
			readonly node: ast.Variant;
			readonly type: ast.TypeDeclaration;
			readonly environment: Environment;
	  }
	| TableValue
	| { readonly kind: "stream"; readonly table: TableValue; readonly rows: number }
	| { readonly kind: "range"; readonly from: number; readonly to: number }
	| { readonly kind: "places"; readonly leaves: readonly Leaf[] }
	| { readonly kind: "method of data"; readonly table: TableValue | TupleValue; readonly name: string }
	| { readonly kind: "unit" };

/** A static number; `integer` if it is an Int. */
export interface NumberValue {
	readonly kind: "number";
	readonly value: number;
	readonly integer: boolean;
	/** Of one that some format does not have: where it is written. */
	readonly written?: Location;
}

/** A tensor that is computed already. */
export interface TensorValue {
	readonly kind: "tensor";
	readonly data: TensorData;
	/** Of an int: all its elements lie below this. */
	readonly below?: number;
	readonly interval?: readonly [number, number];
}

/** The name of a binder: the places of its lane, counted from `from`. */
export interface IndexValue {
	readonly kind: "index";
	readonly lane: Lane;
	readonly from?: number;
}

/** One name of a binder around an expression: an axis that every value inside may depend on. */
export interface Lane {
	readonly id: number;
	readonly name: string;
	readonly size: number;
}

/** A tensor of the function that is being built. Its axes are its lanes, in the order of nesting, then its shape. */
export interface TracedValue {
	readonly kind: "traced";
	readonly value: IrValue;
	readonly lanes: readonly Lane[];
	/** Of an int: all its elements lie below this, and none below 0. */
	readonly below?: number;
	/** Of an int that may be negative: where its elements lie, both ends included. */
	readonly interval?: readonly [number, number];
	/** Made of names of binders and static numbers. */
	readonly places?: Places;
}

/** A number, or a condition as 0 or 1, as a function of the places of lanes. */
export interface Places {
	readonly lanes: readonly Lane[];
	readonly at: (place: (lane: Lane) => number) => number;
}

export interface ListValue {
	readonly kind: "list";
	readonly items: readonly Value[];
	/** Of a list without entries that is a part of another one: that one, which tells what a tensor of it is like. */
	readonly partOf?: ListValue;
}

export interface TupleValue {
	readonly kind: "tuple";
	/** Made by `choice`. */
	readonly choice?: boolean;
	/** The result of a `loop` with a limit: whether it came to its end. */
	readonly ended?: TracedValue;
	readonly elements: readonly { readonly name?: string; readonly value: Value }[];
}

/** A declared function or a method; `environment` is where it was declared. */
export interface FunctionValue {
	readonly kind: "function";
	readonly node: ast.FunctionDeclaration;
	readonly environment: Environment;
	/** Of `eval(net)`: not for training wherever it is called. */
	readonly evaluation?: boolean;
	/** Of a method: the model. */
	readonly model?: ModelValue;
}

/** `grad(f)`, `grad(f, .x)`, and the pullback that `vjp` gives. */
export interface DerivativeValue {
	readonly kind: "derivative";
	readonly rule: "grad" | "value_and_grad" | "jacobian" | "hessian" | "pullback";
	/** The function, looked up at each call: in a fit, its parameters are those of the step. */
	readonly node: ast.Expression;
	readonly environment: Environment;
	/** Or the function itself. */
	readonly given?: Value;
	/** The argument to differentiate by; else the first. */
	readonly by?: string;
	/** Of a pullback: where it was taken, with the draws and binders there. */
	readonly at?: Value;
	readonly draws?: DrawState;
	readonly lanes?: readonly Lane[];
}

/** An instance: its members' values by name; methods are evaluated in `environment`. */
export interface ModelValue {
	readonly kind: "model";
	readonly node: ast.ModelDeclaration;
	readonly configuration: Environment;
	readonly members: ReadonlyMap<string, Value>;
	/** `eval(net)`: not for training wherever it is called. */
	readonly evaluation?: boolean;
}

/** A constraint or an optimizer, with its options once they are given. */
export interface RuleValue {
	readonly kind: "rule";
	readonly node: ast.ConstraintDeclaration | ast.OptimizerDeclaration | ast.ReparamDeclaration;
	readonly environment: Environment;
	readonly options?: ReadonlyMap<string, Value>;
	/** Of an optimizer in a step: the options before rates became numbers. */
	readonly given?: ReadonlyMap<string, Value>;
	/** Of a parameter of models side by side: so many leading axes of the subject, and of the options, are theirs. */
	readonly stacked?: number;
	/** Of `unit_rows.violation`: a method, which takes the subject first. */
	readonly member?: string;
}

/** A function of a choice: its arguments are read where it is called. */
export interface DeferredValue {
	readonly kind: "deferred";
	readonly how: "mixed" | "sampled" | "fixed";
	readonly call: EvaluatedCall;
	readonly environment: Environment;
}

/** A parameter that is not trained. */
export interface FrozenValue {
	readonly kind: "frozen";
	readonly value: Value;
}

/** A parameter whose value is computed from others. */
export interface ReparametrizedValue {
	readonly kind: "reparametrized";
	/** With its options. */
	readonly rule: RuleValue;
	/** Its own parameters. */
	readonly params: ReadonlyMap<string, Value>;
	/** The parameter that it was before, where its value is computed from it. */
	readonly base?: Value;
	/** The shape of the weight, where there is no base. */
	readonly shape: readonly number[];
	/** The format of the weight. */
	readonly element: "f32" | "f64";
	/** How many axes its first tensor has; what it has more are the axes of a stack. */
	readonly axes: number;
}

/** A value of a variant type: which variant, and its fields in their order. */
export interface VariantValue {
	readonly kind: "variant";
	readonly name: string;
	readonly fields: readonly { readonly name: string; readonly value: Value }[];
	/** What its fields say of the sizes of the type. */
	readonly sizes?: ReadonlyMap<string, number>;
}

/** Models side by side: one of them, whose tensors have more leading axes. */
export interface StackValue {
	readonly kind: "stack";
	readonly of: ModelValue;
	/** How many leading axes. */
	readonly rank: number;
}

export interface TableValue {
	readonly kind: "table";
	readonly name: string;
	readonly rows: number;
	readonly columns: readonly { readonly name: string; readonly value: TensorValue }[];
}

/** A trainable tensor, by its path from the fit. */
export interface Leaf {
	readonly path: string;
	readonly value: Value;
}

export const unit: Value = { kind: "unit" };

export function integer(value: number): NumberValue {
	return { kind: "number", value, integer: true };
}

export function real(value: number): NumberValue {
	return { kind: "number", value, integer: false };
}

export function list(items: readonly Value[]): ListValue {
	return { kind: "list", items };
}

/** Replaces every tensor of a tree of values; the rest is shared. */
export function mapTensors(
	value: Value,
	map: (tensor: TensorValue | TracedValue, path: string) => Value,
	path = "",
): Value {
	switch (value.kind) {
		case "tensor":
		case "traced":
			return map(value, path);
		case "list":
			return list(value.items.map((v, i) => mapTensors(v, map, `${path}[${i}]`)));
		case "tuple":
			return {
				...value,
				elements: value.elements.map((e, i) => ({
					...e,
					value: mapTensors(e.value, map, `${path}.${e.name ?? i}`),
				})),
			};
		case "model":
			return mapMembers(value, map, path);
		case "stack":
			return { ...value, of: mapMembers(value.of, map, path) };
		case "frozen":
			return { ...value, value: mapTensors(value.value, map, path) };
		case "reparametrized": {
			const params = new Map([...value.params].map(([k, v]) => [k, mapTensors(v, map, `${path}.${k}`)]));
			const { base } = value;
			const rule = mapTensors(value.rule, map, `${path}.by`);
			return {
				...value,
				params,
				...(rule.kind === "rule" && { rule }),
				...(base && { base: mapTensors(base, map, `${path}.base`) }),
			};
		}
		case "variant":
			return {
				...value,
				fields: value.fields.map((f) => ({ ...f, value: mapTensors(f.value, map, `${path}.${f.name}`) })),
			};
		case "derivative":
			return {
				...value,
				...(value.given && { given: mapTensors(value.given, map, path) }),
				...(value.at && { at: mapTensors(value.at, map, path) }),
			};
		case "rule": {
			if (!value.options) return value;
			return {
				...value,
				options: new Map([...value.options].map(([k, v]) => [k, mapTensors(v, map, `${path}.${k}`)])),
			};
		}
		default:
			return value;
	}
}

function mapMembers(
	value: ModelValue,
	map: (tensor: TensorValue | TracedValue, path: string) => Value,
	path: string,
): ModelValue {
	const members = new Map([...value.members].map(([k, v]) => [k, mapTensors(v, map, `${path}.${k}`)]));
	return { ...value, members };
}
