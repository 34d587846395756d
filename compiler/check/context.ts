import type * as ast from "../../grammar/ast.js";
import type { Span } from "../../grammar/span.js";
import type { Facts } from "../dims/dim.js";
import type { ModuleName, ProgramHost } from "../program/module.js";
import type { Diagnostic, Location, Related } from "../source/diagnostic.js";
import type { HostOnly } from "./fits/kernel.js";
import type { DeclarationFlow } from "./flow/flow.js";
import { type Hint, hintText, isCondition } from "./hint.js";
import { fixesOf, type SignaturePlace } from "./hint-fixes.js";
import { type Anchor, AnchoredPlace } from "./incremental/anchor.js";
import type { IndexRange, LeafForm, ModelType, RestVariable, Type, VariableType } from "./types/types.js";

export interface Binding {
	readonly name: string;
	readonly type: Type;
	readonly at: Location;
	readonly role: BindingRole;
	readonly documentation?: string;
	/** An option, a dimension or a parameter may not be hidden by a local name. */
	readonly fixed?: boolean;
	/** Of a parameter: how its value is made. */
	readonly form?: LeafForm;
	/** Of an optional parameter: the condition under which it is there. */
	readonly condition?: ast.Expression;
	/** Of a `let` with one name: what it is. */
	readonly source?: ast.Expression;
	/** Of an import: where it is imported; `at` is where it is declared. */
	readonly importedAt?: Location;
	/** Of a declaration: what of the host level it leads to. */
	readonly host?: () => HostOnly | undefined;
	/** Of a declaration: on what its values depend, for derivatives. */
	readonly flow?: () => DeclarationFlow | undefined;
	/** Counts its uses, so that an unused name can be told. */
	uses: number;
}

export type BindingRole =
	| "function"
	| "model"
	| "constraint"
	| "optimizer"
	| "reparam"
	| "fit"
	| "type"
	| "variant"
	| "data"
	| "dimension"
	| "parameter"
	| "local"
	| "param"
	| "state"
	| "part"
	| "import";

export interface ImportPlace {
	readonly at: Location;
	/** At the beginning of the file; else at the end of a line. */
	readonly isFirst: boolean;
}

export class Scope {
	readonly names = new Map<string, Binding>();
	/** Most scopes have none of these. */
	rests: Map<string, RestVariable> | undefined = undefined;
	/** The rests that a binder of this scope runs over. */
	private opened: readonly number[] | undefined = undefined;
	/** The type variables of a signature: `T`. */
	types: Map<string, VariableType> | undefined = undefined;

	constructor(readonly parent?: Scope) {}

	find(name: string): Binding | undefined {
		return this.names.get(name) ?? this.parent?.find(name);
	}

	/** The names of the declaration around this, without those of its file. */
	*inside(): Iterable<Binding> {
		yield* this.names.values();
		for (const binding of this.parent?.inside() ?? []) if (!this.names.has(binding.name)) yield binding;
	}

	/** What a name that is declared here would hide. */
	hidden(name: string): Binding | undefined {
		return this.parent?.find(name);
	}

	/** Where a name is declared that cannot be used yet: a file runs from top to bottom. */
	below(name: string): Location | undefined {
		return this.parent?.below(name);
	}

	/** Where an import that is added goes. */
	importPlace(): ImportPlace | undefined {
		return this.parent?.importPlace();
	}

	findType(name: string): VariableType | undefined {
		return this.types?.get(name) ?? this.parent?.findType(name);
	}

	findRest(name: string): RestVariable | undefined {
		return this.rests?.get(name) ?? this.parent?.findRest(name);
	}

	addRest(name: string, rest: RestVariable): void {
		this.rests ??= new Map();
		this.rests.set(name, rest);
	}

	/** Whether a binder around runs over these axes: `for ...b`. */
	runsOver(rest: RestVariable): boolean {
		return this.opened?.includes(rest.id) || (this.parent?.runsOver(rest) ?? false);
	}

	openRest(rest: RestVariable): void {
		this.opened = [...(this.opened ?? []), rest.id];
	}

	addType(name: string, type: VariableType): void {
		this.types ??= new Map();
		this.types.set(name, type);
	}

	/** All names that can be seen from here, inner ones first. */
	*visible(): Iterable<Binding> {
		yield* this.names.values();
		for (const binding of this.parent?.visible() ?? []) if (!this.names.has(binding.name)) yield binding;
	}
}

/** What checking found out about the nodes of a tree, for the editor. */
export interface Knowledge {
	readonly types: NodeTable<Type>;
	/** Where a name, member or argument was declared. */
	readonly definitions: NodeTable<Binding>;
	/** The names that can be seen inside a node. */
	readonly scopes: NodeTable<Scope>;
	/** The same, for what one declaration finds out about nodes of another: of the last that does, it is shown. */
	readonly foreign: Knowledge;
}

export interface NodeTable<Value> {
	get(node: object): Value | undefined;
	set(node: object, value: Value): void;
}

/** Shared by all that is checked in one program. */
export interface Session {
	readonly host: ProgramHost;
	/** What \`real\` is in models and fits of the program; of the library each program decides. */
	readonly precision: "f32" | "f64" | undefined;
	readonly diagnostics: Diagnostic[];
	/** A trial, in which the conditions of calls that cannot be shown are taken to hold. */
	readonly presuming?: true;
	readonly knowledge: Knowledge;
	/** Reported already: one body may be checked more than once. */
	readonly reported: Set<string>;
	/** The least values of the sizes that the program declares or its data give, by atom. */
	readonly values: {
		get(atom: number): number | undefined;
		set(atom: number, value: number): void;
	};
	/** What the bodies of declarations use, by their places: to find what calls itself. */
	readonly uses: Map<string, Map<string, Use>>;
}

/** Why code is compiled as a whole: "a step of this loop", with the place of its head. */
export interface Kernel {
	readonly what: string;
	readonly at?: Location;
	/** What is in it is built once for all turns: no name of it is known. */
	readonly traced?: boolean;
}

/** Where an expression stands. */
export interface Context {
	readonly session: Session;
	readonly module: ModuleName;
	/** Where the declaration that is being checked stands: spans are relative to its slice. */
	readonly anchor: Anchor;
	readonly scope: Scope;
	readonly facts: Facts;
	/** Static conditions that hold here (`if biased then ..`), as written; `not biased` for the other branch. */
	readonly assumed: ReadonlySet<string>;
	/** Where in a program: top level, the body of a fit, one of its loops, a function. */
	readonly stage: "host" | "fit" | "step" | "function";
	/** Calls in this context may be asked about in messages: "in the loop body with i = 0". */
	readonly trail: readonly string[];
	/** The declaration that is being checked: what its body uses is noted in `session.uses`. */
	readonly owner?: string;
	/** The declaration around, whose signature may ask more of its calls. */
	readonly signature?: SignaturePlace;
	/** Inside code that is compiled as a whole: what it is. Nothing that only the host level does stands there. */
	readonly kernel?: Kernel;
	/** In a first look, after which there may be a second one: what is told need not be told in full (`isCut`). */
	readonly trial?: { isCut: boolean };
	/** Names of binders that a condition around compares: a use here says nothing about their ranges. */
	readonly guarded?: ReadonlySet<IndexRange>;
	/** The type variables of the signatures around that are trees. */
	readonly trees?: ReadonlySet<number>;
	/** In the `step` of an optimizer: what it is for, and the calls that are the whole value of a line. */
	readonly optimizer?: { readonly subject: Type; readonly lineCalls: ReadonlySet<object> };
	/** In a method of a model: the lines of its body that write states. */
	readonly stateWrites?: ReadonlySet<ast.Statement>;
	/** In a method of a model: the model that it is of. */
	readonly self?: () => ModelType | undefined;
	/** Inside a place of a `with`: the type of what is changed. */
	readonly root?: Type;
	/** Of a function of a file: \`real\` is the format of each call. */
	readonly anyReal?: true;
	/** Inside `data digits = ..`: how its rows are called. */
	readonly dataName?: string;
}

export function locate(context: Context, node: { readonly span: Span }): Location {
	return context.anchor.place(node.span);
}

export interface Report {
	readonly code: string;
	readonly at: Location;
	readonly message: string;
	readonly label?: string;
	readonly related?: readonly Related[];
	readonly notes?: readonly string[];
	readonly hint?: Hint;
	readonly fixes?: Diagnostic["fixes"];
	readonly severity?: "error" | "warning";
}

/** One code at one place is told once. */
export function reportKey({ code, at }: Pick<Diagnostic, "code" | "at">): string {
	return `${code} ${at.file} ${at.start} ${at.end}`;
}

export function report(context: Context, problem: Report): void {
	const { session } = context;
	const key = reportKey(problem);
	if (session.reported.has(key)) return;
	session.reported.add(key);
	// One mistake, one error: that it cannot be read is told. Nor is a declaration complete enough for warnings then.
	const isUnreadable = problem.code.startsWith("E01");
	if (!isUnreadable && context.anchor.isBroken(problem.at)) return;
	// What has no name may be declared in what cannot be read, and the lines of a block whose beginning that is are its.
	if (problem.code.startsWith("E02") && context.anchor.isBehindBroken(problem.at)) return;
	if (problem.code === "E0401" && context.anchor.problems.length > 0) return;
	if (problem.severity === "warning" && context.anchor.problems.length > 0) return;
	// Each second place once, and none in the library: the message names what stands there.
	const related = (problem.related ?? []).filter(
		(r, i, all) =>
			(context.module.library || !r.at.file.startsWith("std.")) &&
			all.findIndex((o) => o.label === r.label && o.at.file === r.at.file && o.at.start === r.at.start) === i,
	);
	// At the top level there is no signature to add to.
	const hint = context.stage === "host" && isCondition(problem.hint) ? undefined : problem.hint;
	const { anchor } = context;
	session.diagnostics.push({
		code: problem.code,
		severity: problem.severity ?? "error",
		message: problem.message,
		at: anchor.adopt(problem.at),
		...(problem.label !== undefined && { label: problem.label }),
		related: related.map(({ at, label }) => ({ at: anchor.adopt(at), label })),
		notes: [...(problem.notes ?? []), ...context.trail],
		...(hint !== undefined && { hint: hintText(hint) }),
		fixes: [...(problem.fixes ?? []), ...fixesOf(context, { ...problem, hint })].map((fix) => ({
			...fix,
			edits: fix.edits.map((edit) => ({ ...edit, at: anchor.adopt(edit.at) })),
		})),
	});
}

export function within(context: Context, change: Partial<Context>): Context {
	return { ...context, ...change };
}

/** Inside a declaration with a signature. */
export function insideOf(
	context: Context,
	node: SignaturePlace["node"],
	scope: Scope,
	at: Location,
	stage: "function" | "fit" = "function",
): Context {
	const signature = { node, scope, anchor: context.anchor };
	return within(context, { scope, stage, owner: declarationKey(at), signature });
}

/** In a turn of a loop that runs, or a derivative: built once, and computed with all else. */
export function inTracedKernel(context: Context): Context {
	return within(context, {
		stage: "function",
		kernel: { what: "a turn of a loop that runs, or a derivative", traced: true },
	});
}

export function inner(context: Context): Context {
	return { ...context, scope: new Scope(context.scope) };
}

export function declare(
	context: Context,
	name: ast.Identifier | ast.NamePattern,
	type: Type,
	role: BindingRole,
	more: Partial<Binding> = {},
): void {
	const at = locate(context, name);
	const before = context.scope.names.get(name.name);
	if (before) {
		report(context, {
			code: "E0207",
			at,
			message: `\`${name.name}\` is declared twice`,
			related: [{ at: before.at, label: "first declared here" }],
		});
	}
	const outer = context.scope.hidden(name.name);
	// A line that gives a parameter's name to something else leaves the parameter unread from there on.
	const takesPlace = more.source && outer && ["param", "state", "part"].includes(outer.role);
	if (outer && ((outer.fixed && !more.fixed) || takesPlace)) {
		const role = outer.role === "param" ? "parameter" : outer.role;
		report(context, {
			code: "E0205",
			at,
			message: `\`${name.name}\` would hide the ${role} of that name`,
			related: [{ at: outer.at, label: `the ${role} \`${name.name}\`` }],
			hint: "choose another name: a local name may hide a local one, but not an option, a size or a parameter",
		});
	}
	const binding: Binding = { name: name.name, type, at, role, uses: 0, ...more };
	context.scope.names.set(name.name, binding);
	context.session.knowledge.types.set(name, type);
	context.session.knowledge.definitions.set(name, binding);
}

export const notYet = "it is part of the language and parses; this version cannot check or run it";

/** An error at a construct that parses, but that is not supported yet; the hint says what to write in its place. */
export function unsupported(
	context: Context,
	node: { readonly span: Span },
	what: string,
	hint?: Hint,
): void {
	report(context, {
		code: "E0901",
		at: locate(context, node),
		message: `${what} is not supported yet`,
		notes: [notYet],
		...(hint && { hint }),
	});
}

/** A warning at a construct that is checked in full, but that no program can run yet: running stops at its place. */
export function cannotRunYet(context: Context, node: { readonly span: Span }, what: string): void {
	report(context, {
		code: "E0902",
		severity: "warning",
		at: locate(context, node),
		message: `${what} is checked, but this version cannot run it yet`,
	});
}

/** Identifies a declaration: by the place of its name, wherever that moves. */
export function declarationKey(at: Location): string {
	return at instanceof AnchoredPlace ? at.key : `${at.file} ${at.start}`;
}

/** Where the body of a declaration first uses another, or itself. */
export interface Use {
	readonly name: string;
	readonly at: Location;
	readonly role: BindingRole;
	/** A function whose signature says all that a call needs. */
	readonly isSigned: boolean;
}

/** Notes that the body that is being checked uses a declaration. */
export function noteUse(context: Context, node: { readonly span: Span }, binding: Binding): void {
	const { uses } = context.session;
	if (context.owner === undefined) return;
	const own = uses.get(context.owner) ?? new Map();
	uses.set(context.owner, own);
	const key = declarationKey(binding.at);
	if (own.has(key)) return;
	// The type of what is not a function may be the one that is being found.
	const type = binding.role === "function" ? binding.type : undefined;
	const isSigned = type !== undefined && !(type.kind === "function" && type.infersResult);
	own.set(key, { name: binding.name, at: locate(context, node), role: binding.role, isSigned });
}
