import type * as ast from "../../../grammar/ast.js";
import { type Context, locate } from "../context.js";
import {
	type DeclarationFlow,
	type Dependence,
	type Flows,
	type FunctionFlow,
	free,
	joinedFlows,
	type MemberFlow,
	type ModelFlow,
	maybe,
	refusing,
	type Summary,
} from "./flow.js";
import { callFlow, type Resolved, valueIn, type World } from "./reader.js";
import { entry, field, functionParameter, nothing, of, read, summaryOf, type Value } from "./value.js";

/** What declarations tell others of how their values depend on what they are given. */

/** A function of a file; undefined if only the compiler knows. */
export function functionFlow(context: Context, node: ast.FunctionDeclaration): DeclarationFlow | undefined {
	if (node.body.kind === "Name" && node.body.name === "intrinsic") return undefined;
	return { kind: "function", of: ofFunction(context, node, worldOf(context)) };
}

/** A `let` that names a lambda. */
export function lambdaFlow(context: Context, node: ast.Lambda): DeclarationFlow | undefined {
	const names = node.parameters.map(({ pattern }) =>
		pattern.kind === "NamePattern" ? pattern.name : undefined,
	);
	if (!names.every((name) => name !== undefined)) return undefined;
	const locals = new Map(names.map((name): [string, Value] => [name, { kind: "place", path: name }]));
	const result = summaryOf(valueIn(worldOf(context), node.body, locals));
	return { kind: "function", of: { parameters: names, defaults: new Map(), result } };
}

export function modelFlow(context: Context, node: ast.ModelDeclaration): DeclarationFlow {
	return { kind: "model", of: new Model(context, node).flow() };
}

/** The names that a file knows. */
function worldOf(context: Context, own: (name: string) => Resolved | undefined = () => undefined): World {
	return {
		locate: (node) => locate(context, node),
		resolve: (node) => own(node.name) ?? resolved(context, node.name),
		typeNamed: (name) => modelNamed(context, name),
	};
}

/** What a name of a file stands for: functions and models; values of the top level depend on nothing. */
export function resolved(context: Context, name: string): Resolved | undefined {
	const binding = context.scope.find(name);
	if (!binding) return undefined;
	const isLibrary = binding.at.file.startsWith("std.");
	const flow = binding.flow?.();
	if (flow) return { kind: "declaration", flow, ...(isLibrary && { library: name }) };
	if (isLibrary && binding.role === "function") return { kind: "builtin", name };
	if (binding.role === "function" || binding.role === "model")
		return { kind: "declaration", flow: undefined };
	return { kind: "value", value: nothing };
}

function modelNamed(context: Context, name: string): ModelFlow | undefined {
	const flow = /^[A-Z]/.test(name) ? context.scope.find(name)?.flow?.() : undefined;
	return flow?.kind === "model" ? flow.of : undefined;
}

/** Known before running: nothing flows through them. What reals lead to an int or a bool passes a step on its way. */
const statics = new Set(["Int", "Bool", "String"]);

/** A parameter, as far as its written type tells. */
function parameterValue(world: World, path: string, type: ast.TypeNode | undefined): Value {
	switch (type?.kind) {
		case "NamedType": {
			if (statics.has(type.name.name)) return nothing;
			const [inside] = type.shape ?? [];
			const element = type.name.name === "List" && inside?.kind === "TypeName" ? inside.type : undefined;
			if (element) return parameterValue(world, path, element);
			const model = world.typeNamed(type.name.name);
			return { kind: "place", path, ...(model && { model }) };
		}
		case "TupleType":
			return {
				kind: "record",
				fields: new Map(
					type.elements.map((e, i) => {
						const name = e.name?.name ?? `${i}`;
						return [name, parameterValue(world, `${path}.${name}`, e.type)];
					}),
				),
			};
		case "FunctionType":
			return functionParameter(path);
		default:
			return { kind: "place", path };
	}
}

/** Reals and tuples of them: of these `()` in a rule says that nothing flows. */
function isReal(type: ast.TypeNode | undefined): boolean {
	if (type?.kind === "NamedType") return ["real", "f32", "f64", "complex"].includes(type.name.name);
	return type?.kind === "TupleType" && type.elements.every((e) => isReal(e.type));
}

/** A function, a model, or what has one in it: of what these capture, `()` says that it is nothing. */
function holdsCode(world: World, type: ast.TypeNode | undefined): boolean {
	switch (type?.kind) {
		case "FunctionType":
			return true;
		case "NamedType": {
			const [inside] = type.shape ?? [];
			if (type.name.name === "List" && inside?.kind === "TypeName") return holdsCode(world, inside.type);
			return world.typeNamed(type.name.name) !== undefined;
		}
		case "TupleType":
			return type.elements.some((e) => holdsCode(world, e.type));
		default:
			return false;
	}
}

function ofFunction(context: Context, node: ast.FunctionDeclaration, world: World): FunctionFlow {
	const named = node.parameters.flatMap((p) =>
		p.name.kind === "Identifier" ? [{ name: p.name.name, node: p }] : [],
	);
	const locals = new Map(
		named.map(({ name, node: p }): [string, Value] => [name, parameterValue(world, name, p.type)]),
	);
	const body = valueIn(world, node.body, locals);
	const result = node.derivative ? ruled(context, world, node, node.derivative, locals, body) : body;
	return {
		parameters: named.map(({ name }) => name),
		defaults: new Map(
			named.flatMap(({ name, node: p }): [string, Summary][] =>
				p.default ? [[name, summaryOf(valueIn(world, p.default, locals))]] : [],
			),
		),
		result: summaryOf(result),
	};
}

/** With a rule of one's own: what it says that flows, flows. */
function ruled(
	context: Context,
	world: World,
	node: ast.FunctionDeclaration,
	rule: NonNullable<ast.FunctionDeclaration["derivative"]>,
	locals: ReadonlyMap<string, Value>,
	body: Value,
): Value {
	const name = node.name?.kind === "Identifier" ? node.name.name : "this function";
	const hasModel = rule.parameters.length === node.parameters.length + 3;
	const [model, ...rest] = cotangentsOf(rule.body, node.parameters.length + (hasModel ? 1 : 0)) ?? [];
	const parts = hasModel ? rest : model ? [model, ...rest] : [];
	const at = locate(context, rule);
	const inside = read(body);
	const flows = node.parameters.map((p, i): Flows => {
		const argument = p.name.kind === "Identifier" ? p.name.name : "";
		const own = read(locals.get(argument) ?? nothing);
		// What the function does not read gets no cotangent that matters.
		if (
			![...inside.keys()].some(
				(path) => path === argument || path.startsWith(`${argument}.`) || path.startsWith(`${argument}[`),
			)
		)
			return free;
		const part = parts[i];
		const isNone = isNothing(part);
		if (isNone && holdsCode(world, p.type)) return refusing(own, { rule: name, argument, at });
		if (isNone && !isReal(p.type)) return maybe(own);
		return isNone || (part?.kind === "Name" && part.name === "stop") ? free : own;
	});
	// What it reads from around itself, the rule says nothing of.
	const names = new Set([...locals.keys()]);
	const around = new Map([...inside].filter(([path]) => !names.has(/^[^.[(]*/.exec(path)?.[0] ?? "")));
	if (hasModel && model?.kind === "Name" && model.name === "stop") return of(joinedFlows(flows));
	const answersFor = hasModel && !isNothing(model);
	return of(joinedFlows([...flows, answersFor ? around : refusing(around, { rule: name, at })]));
}

function isNothing(part: ast.Expression | undefined): boolean {
	return part?.kind === "Tuple" && part.elements.length === 0;
}

/** The cotangents that a rule gives, if they are written one by one. */
function cotangentsOf(body: ast.Expression, count: number): readonly ast.Expression[] | undefined {
	if (body.kind === "Parenthesized") return count === 1 ? [body.inner] : cotangentsOf(body.inner, count);
	if (body.kind === "Block") {
		const last = body.statements.at(-1);
		return last?.kind === "ExpressionStatement" ? cotangentsOf(last.value, count) : undefined;
	}
	if (body.kind === "Tuple" && body.elements.length === count && !(count === 1 && body.elements.length === 0))
		return body.elements.map((e) => e.value);
	return count === 1 ? [body] : undefined;
}

/** A model: first its members, then what its methods make of them. */
class Model {
	private readonly members = new Map<string, MemberFlow>();
	private readonly methods = new Map<string, FunctionFlow>();
	private readonly declared: ReadonlyMap<string, ast.FunctionDeclaration>;
	private readonly open = new Set<string>();
	private readonly own: ModelFlow;
	private readonly world: World;

	constructor(
		private readonly context: Context,
		private readonly node: ast.ModelDeclaration,
	) {
		const methods = node.members.filter((m): m is ast.FunctionDeclaration => m.kind === "Function");
		this.declared = new Map(
			methods.flatMap((m) => (m.name?.kind === "Identifier" ? [[m.name.name, m]] : [])),
		);
		const name = node.name.kind === "Identifier" ? node.name.name : "";
		this.own = { name, members: this.members, methods: this.methods };
		this.world = worldOf(context, (wanted) => this.find(wanted));
	}

	flow(): ModelFlow {
		for (const member of this.node.members) this.member(member);
		for (const name of this.declared.keys()) this.method(name);
		const call = this.node.members.find(
			(m): m is ast.FunctionDeclaration => m.kind === "Function" && m.name === undefined,
		);
		return { ...this.own, ...(call && { call: ofFunction(this.context, call, this.world) }) };
	}

	private get self(): Value {
		return { kind: "place", path: "", model: this.own };
	}

	private find(name: string): Resolved | undefined {
		if (this.members.has(name)) return { kind: "value", value: field(this.self, name) };
		const option = this.node.parameters.find((p) => p.name.kind === "Identifier" && p.name.name === name);
		// What an option captures is that of the instance.
		if (option) return { kind: "value", value: optionValue(this.world, option) };
		if (!this.declared.has(name)) return undefined;
		return {
			kind: "value",
			value: {
				kind: "function",
				captured: () => new Map([["", { level: "maybe" } satisfies Dependence]]),
				apply: (args, call) => {
					const method = this.method(name);
					return method ? callFlow(method, args, call, this.self) : of(new Map([["", { level: "maybe" }]]));
				},
			},
		};
	}

	private method(name: string): FunctionFlow | undefined {
		const known = this.methods.get(name);
		const node = this.declared.get(name);
		if (known || !node || this.open.has(name)) return known;
		this.open.add(name);
		const flow = ofFunction(this.context, node, this.world);
		this.methods.set(name, flow);
		return flow;
	}

	private member(node: ast.Member): void {
		switch (node.kind) {
			case "Leaf":
				if (node.name.kind !== "Identifier") return;
				this.members.set(node.name.name, node.role === "param" ? {} : { value: summaryOf(nothing) });
				return;
			case "Define": {
				const value = valueIn(this.world, node.value);
				const made = entry(value);
				const model = made.kind === "instance" || made.kind === "place" ? made.model : undefined;
				const options = made.kind === "instance" ? made.options : free;
				this.members.set(node.name.name, { ...(model && { model }), ...(options.size > 0 && { options }) });
				return;
			}
			case "Let":
				if (node.pattern.kind === "NamePattern")
					this.members.set(node.pattern.name, {
						value: summaryOf(of(maybe(read(valueIn(this.world, node.value))))),
					});
				return;
			default:
				return;
		}
	}
}

function optionValue(world: World, option: ast.Parameter): Value {
	const value = parameterValue(world, "", option.type);
	return value.kind === "place" && value.model
		? { kind: "instance", model: value.model, options: free }
		: nothing;
}
