import type * as ast from "../../../grammar/ast.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import type { Location } from "../../source/diagnostic.js";
import { type Context, locate, report } from "../context.js";

/**
 * Expressions whose derivative is zero everywhere, since every way from the variables to the value passes a step:
 * a comparison, an argmax, a rounding, a narrowing to ints. Only what is certain is told.
 */

/** How a value depends on the variables: not at all, through a step in every way, or smoothly for all that is known. */
type Flow = "free" | "smooth" | Step;

export interface Step {
	readonly what: string;
	readonly at: Location;
}

const steps = new Map<string, string>([
	["argmax", "an argmax"],
	["argmin", "an argmin"],
	["floor", "a rounding"],
	["ceil", "a rounding"],
	["round", "a rounding"],
	["sign", "a sign"],
	["count", "a count"],
	["all", "a comparison"],
	["any", "a comparison"],
	["int", "a narrowing to int"],
	["bool", "a comparison"],
]);

/** Builtins whose value is smooth in their arguments only. */
const smooth = new Set(
	"exp log log1p expm1 sqrt sin cos tanh sigmoid erf abs sum prod mean max min logsumexp relu softmax log_softmax softplus real".split(
		" ",
	),
);

const comparisons = new Set(["==", "!=", "<", "<=", ">", ">=", "and", "or"]);

class Reader {
	constructor(
		private readonly context: Context,
		private readonly variables: ReadonlyMap<string, Flow>,
		/** Whether a name of the scope is a variable: the parameters of a fit. */
		private readonly isVariable: (name: string) => boolean,
		/** Not in a signature, which is known before those of others. */
		private readonly looksIntoCalls = true,
	) {}

	flow(node: ast.Expression): Flow {
		switch (node.kind) {
			case "Number":
			case "String":
			case "Bool":
				return "free";
			case "Name":
				return this.variables.get(node.name) ?? (this.isVariable(node.name) ? "smooth" : "free");
			case "Parenthesized":
				return this.flow(node.inner);
			case "Unary":
				return node.operator === "not"
					? this.step(node, "a comparison", [node.operand])
					: this.flow(node.operand);
			case "Binary":
				if (node.operator === "|>") return this.piped(node);
				if (comparisons.has(node.operator)) return this.step(node, "a comparison", [node.left, node.right]);
				return this.all([node.left, node.right]);
			case "Call":
				// `argmin` of a function.
				if (node.arguments.some((a) => a.name?.name === "using"))
					return this.mentions(node) ? "smooth" : "free";
				return this.call(
					node,
					node.callee,
					node.arguments.map((a) => a.value),
				);
			case "Field":
				return this.flow(node.base);
			case "If": {
				const asked = this.step(node.condition, "a comparison", [node.condition]);
				return joined([asked, this.all(node.else ? [node.then, node.else] : [node.then])]);
			}
			case "Index": {
				const at = node.items.filter((i) => i.kind !== "FullSlice" && i.kind !== "Rest");
				return joined([this.flow(node.base), this.step(node, "an index", at)]);
			}
			case "Tuple":
				return this.all(node.elements.map((e) => e.value));
			case "List":
				return this.all(node.elements);
			case "Binder":
				return this.binder(node);
			case "Block":
				return this.block(node);
			default:
				return this.mentions(node) ? "smooth" : "free";
		}
	}

	private all(nodes: readonly ast.Expression[]): Flow {
		let all: Flow = "free";
		for (const node of nodes) {
			const flow = this.flow(node);
			if (flow === "smooth") return flow;
			if (all === "free") all = flow;
		}
		return all;
	}

	/** A step is flat whatever comes into it. */
	private step(node: AnyNode, what: string, inputs: readonly ast.Expression[]): Flow {
		return this.all(inputs) === "free" ? "free" : { what, at: locate(this.context, node) };
	}

	private piped(node: ast.Binary): Flow {
		const { right } = node;
		if (right.kind !== "Call") return this.call(node, right, [node.left]);
		return this.call(right, right.callee, [node.left, ...right.arguments.map((a) => a.value)]);
	}

	private call(node: ast.Expression, callee: ast.Expression, inputs: readonly ast.Expression[]): Flow {
		const name = callee.kind === "Name" && !this.variables.has(callee.name) ? callee.name : undefined;
		const binding = name === undefined ? undefined : this.context.scope.find(name);
		const own = binding && !binding.at.file.startsWith("std.");
		if (name !== undefined && !own) {
			if (name === "stop") return "free";
			const what = steps.get(name);
			if (what) return this.step(node, what, inputs);
			if (smooth.has(name)) return this.all(inputs);
		}
		const type = this.looksIntoCalls ? binding?.type : undefined;
		const flat = type?.kind === "function" ? type.flat : undefined;
		const given = this.all(inputs);
		if (given === "free" && this.flow(callee) === "free") return "free";
		return flat ? { what: flat.what, at: locate(this.context, node) } : "smooth";
	}

	private binder(node: ast.Binder): Flow {
		const inner = this.hiding(
			node.bindings.flatMap((b) => (b.pattern.kind === "Rest" ? [] : namesOf(b.pattern))),
		);
		const what = steps.get(node.word);
		const sources = node.bindings.flatMap((b) => (b.source ? [b.source] : []));
		if (this.all(sources) !== "free") return "smooth";
		const asked = node.where ? inner.step(node.where, "a comparison", [node.where]) : "free";
		return joined([what ? inner.step(node, what, [node.body]) : inner.flow(node.body), asked]);
	}

	private block(node: ast.Block): Flow {
		let known: Reader = this;
		for (const [i, statement] of node.statements.entries()) {
			if (statement.kind === "ExpressionStatement" && i === node.statements.length - 1)
				return known.flow(statement.value);
			if (statement.kind !== "Let") return known.mentions(node) ? "smooth" : "free";
			const flow = known.flow(statement.value);
			known = known.with(namesOf(statement.pattern), flow);
		}
		return "free";
	}

	private hiding(names: readonly string[]): Reader {
		return this.with(names, "free");
	}

	private with(names: readonly string[], flow: Flow): Reader {
		const variables = new Map(this.variables);
		for (const name of names) variables.set(name, flow);
		return new Reader(this.context, variables, this.isVariable, this.looksIntoCalls);
	}

	private mentions(node: AnyNode): boolean {
		let found = false;
		walk(node, (inner) => {
			if (inner.kind === "Name" && this.flow(inner as ast.Name) !== "free") found = true;
			return undefined;
		});
		return found;
	}
}

function joined(flows: readonly Flow[]): Flow {
	if (flows.includes("smooth")) return "smooth";
	return flows.find((f) => f !== "free") ?? "free";
}

function namesOf(pattern: ast.Pattern): string[] {
	if (pattern.kind === "NamePattern") return [pattern.name];
	return pattern.kind === "TuplePattern" ? pattern.elements.flatMap(namesOf) : [];
}

/** The step that every way from the variables to a value passes. */
function stepIn(flow: Flow): Step | undefined {
	return typeof flow === "string" ? undefined : flow;
}

const none = (): boolean => false;

/** Of a declared function: the step between its arguments and its value. */
export function flatFunction(context: Context, node: ast.FunctionDeclaration): Step | undefined {
	if (node.derivative) return undefined;
	const names = node.parameters.flatMap((p) => (p.name.kind === "Identifier" ? [p.name.name] : []));
	const variables = new Map(names.map((name): [string, Flow] => [name, "smooth"]));
	return stepIn(new Reader(context, variables, none, false).flow(node.body));
}

/** Warns where the derivative of a function by its arguments is zero everywhere. */
export function warnOfFlatFunction(context: Context, node: ast.Expression): void {
	if (node.kind === "Lambda") {
		const names = node.parameters.flatMap((p) => namesOf(p.pattern));
		const variables = new Map(names.map((name): [string, Flow] => [name, "smooth"]));
		const step = stepIn(new Reader(context, variables, none).flow(node.body));
		if (step) warn(context, node.body, step, "this derivative is zero everywhere");
		return;
	}
	const type = node.kind === "Name" ? context.scope.find(node.name)?.type : undefined;
	const step = type?.kind === "function" ? type.flat : undefined;
	if (step) warn(context, node, step, "this derivative is zero everywhere");
}

/** Warns where a term of `minimize` does not tell its parameters where to go. Returns whether it is so. */
export function warnOfFlatTerm(context: Context, node: ast.Expression): boolean {
	const isVariable = (name: string): boolean => {
		const role = context.scope.find(name)?.role;
		return role === "param" || role === "part" || role === "local";
	};
	const step = stepIn(new Reader(context, new Map(), isVariable).flow(node));
	if (step) warn(context, node, step, "the gradient of this term is zero everywhere");
	return step !== undefined;
}

function warn(context: Context, node: ast.Expression, step: Step, message: string): void {
	const at = locate(context, node);
	const same = at.file === step.at.file && at.start === step.at.start && at.end === step.at.end;
	report(context, {
		code: "E0388",
		severity: "warning",
		at,
		message: `${message}: every way to it passes ${step.what}`,
		related: same ? [] : [{ at: step.at, label: step.what }],
		hint: "take something smooth in its place: the scores, a loss, a sigmoid; or give a rule of your own: `with vjp`",
	});
}
