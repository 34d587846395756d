import type * as ast from "../../../grammar/ast.js";
import { freeNames } from "../../../grammar/free-names.js";
import { type AnyNode, children } from "../../../grammar/visit.js";
import type { Binding, Knowledge } from "../context.js";
import type { ModelType } from "../types/types.js";

/** Which parts and parameters of a fit an expression depends on, through the `let`s that it names. */

/** What a `let` of a fit is given. */
const namedValues = new WeakMap<Binding, ast.Expression>();

export function noteValue(binding: Binding, value: ast.Expression): void {
	namedValues.set(binding, value);
}

/** What a name of a fit was given, if a `let` told. */
export function valueNamed(binding: Binding): ast.Expression | undefined {
	return namedValues.get(binding);
}

/** What a fit computes once, before its loops, from what its steps move. */
const computedOnce = new WeakSet<Binding>();

export function noteComputedOnce(binding: Binding): void {
	computedOnce.add(binding);
}

/** Whether a name has the value of the step that reads it. */
export function followsSteps(binding: Binding): boolean {
	return !computedOnce.has(binding);
}

export interface Reads {
	/** Of parts and parameters: `net`, `net.head`, `critic.layers[0].weight`. */
	readonly paths: ReadonlySet<string>;
	/** The `let`s that are read, each with the name that leads to it in the code itself. */
	readonly lets: ReadonlyMap<Binding, ast.Name>;
}

/**
 * What checked code reads. What stands in a `stop` or a `frozen` counts only where `constants` do, what a `let` was
 * computed from only where it `follows`.
 */
export function readsOf(
	knowledge: Knowledge,
	node: AnyNode,
	constants = true,
	follows: (binding: Binding) => boolean = () => true,
): Reads {
	const reader = new Reader(knowledge, constants, follows);
	reader.visit(node);
	return reader;
}

/** Whether one place lies within the other. */
export function overlap(a: string, b: string): boolean {
	return a === b || isBelow(a, b) || isBelow(b, a);
}

function isBelow(inner: string, outer: string): boolean {
	return inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length));
}

class Reader implements Reads {
	readonly paths = new Set<string>();
	readonly lets = new Map<Binding, ast.Name>();
	private from: ast.Name | undefined;

	constructor(
		private readonly knowledge: Knowledge,
		private readonly constants: boolean,
		private readonly follows: (binding: Binding) => boolean,
	) {}

	visit(node: AnyNode): void {
		switch (node.kind) {
			case "Call": {
				const call = node as ast.Call;
				if (!this.constants && isConstant(call)) return;
				this.callee(call.callee);
				for (const argument of call.arguments) this.visit(argument.value);
				return;
			}
			case "Binary": {
				const { operator, left, right } = node as ast.Binary;
				this.visit(left);
				if (operator === "|>") this.callee(right);
				else this.visit(right);
				return;
			}
			case "Name":
				this.name(node as ast.Name);
				return;
			case "Field":
			case "Index": {
				const path = this.pathOf(node as ast.Expression);
				if (path === undefined) for (const below of children(node)) this.visit(below);
				else this.paths.add(path);
				return;
			}
			default:
				for (const below of children(node)) this.visit(below);
		}
	}

	private name(node: ast.Name): void {
		const binding = this.knowledge.definitions.get(node);
		if (!binding) return;
		if (isOwn(binding)) this.paths.add(binding.name);
		const value = namedValues.get(binding);
		if (!value || this.lets.has(binding) || !this.follows(binding)) return;
		const outer = this.from;
		this.from ??= node;
		this.lets.set(binding, this.from);
		this.visit(value);
		this.from = outer;
	}

	/** `net(x)`, `net.energy()`: what of the model its body mentions. */
	private callee(node: ast.Expression): void {
		const type = this.knowledge.types.get(node);
		if (type?.kind === "model") {
			const path = this.pathOf(node);
			if (path !== undefined) this.body(path, type, undefined);
			else this.visit(node);
			return;
		}
		const base = node.kind === "Field" ? node.base : undefined;
		const model = base && this.knowledge.types.get(base);
		const path = base && this.pathOf(base);
		if (node.kind === "Field" && model?.kind === "model" && path !== undefined) {
			if (node.name.kind === "Identifier") this.body(path, model, node.name.name);
			return;
		}
		this.visit(node);
	}

	/** The members that the call of a model, or a method, mentions. */
	private body(path: string, model: ModelType, method: string | undefined, seen = new Set<string>()): void {
		const { members } = model.declaration.node;
		const key = method ?? "";
		const body = members.find(
			(m): m is ast.FunctionDeclaration =>
				m.kind === "Function" && (m.name?.kind === "Identifier" ? m.name.name : undefined) === method,
		);
		if (!body || seen.has(key)) {
			if (!body) this.paths.add(path);
			return;
		}
		seen.add(key);
		for (const [name] of freeNames(body)) {
			const member = model.declaration.members.get(name);
			if (!member) continue;
			if (member.role === "method") this.body(path, model, name, seen);
			// A `let` of a model may be anything that its parts give.
			else this.paths.add(member.role === "let" ? path : `${path}.${name}`);
		}
	}

	/** The text of a path that begins at a part or a parameter. */
	private pathOf(node: ast.Expression): string | undefined {
		switch (node.kind) {
			case "Name": {
				const binding = this.knowledge.definitions.get(node);
				return binding && isOwn(binding) ? binding.name : undefined;
			}
			case "Field": {
				const base = this.pathOf(node.base);
				if (base === undefined || node.name.kind !== "Identifier") return base;
				const type = this.knowledge.types.get(node.base);
				const member = type?.kind === "model" ? type.declaration.members.get(node.name.name) : undefined;
				return member?.role === "param" || member?.role === "part" ? `${base}.${node.name.name}` : base;
			}
			case "Index": {
				const base = this.pathOf(node.base);
				const [only] = node.items;
				const type = this.knowledge.types.get(node.base);
				for (const item of node.items) this.visit(item);
				if (base === undefined || type?.kind !== "list" || only?.kind !== "Number") return base;
				return `${base}[${only.value}]`;
			}
			default:
				return undefined;
		}
	}
}

function isOwn(binding: Binding): boolean {
	return binding.role === "part" || binding.role === "param";
}

function isConstant({ callee }: ast.Call): boolean {
	return callee.kind === "Name" && (callee.name === "stop" || callee.name === "frozen");
}
