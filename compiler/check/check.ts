import type * as ast from "../../grammar/ast.js";
import { asConstant, noFacts, variable } from "../dims/dim.js";
import type { Program } from "../program/load.js";
import type { Module, ProgramHost } from "../program/module.js";
import type { Diagnostic } from "../source/diagnostic.js";
import { nearest } from "../source/near.js";
import { orOverflow } from "./arithmetic.js";
import {
	type Binding,
	type Context,
	declare,
	type Knowledge,
	locate,
	notYet,
	report,
	Scope,
	type Session,
	unsupported,
	within,
} from "./context.js";
import { functionType, modelSymbol, once } from "./declaration.js";
import { infer } from "./expression.js";
import { fitSymbol } from "./fit.js";
import { declareType } from "./named-type.js";
import { ruleSymbol } from "./rule.js";
import { checkStatement } from "./statement.js";
import { resolveDim } from "./type-node.js";
import { errorType, type Type } from "./types.js";

export interface CheckedProgram {
	readonly program: Program;
	readonly diagnostics: readonly Diagnostic[];
	readonly knowledge: Knowledge;
	/** The top-level names of each module. */
	readonly scopes: ReadonlyMap<Module, Scope>;
}

/** Checks a program: every module after those that it imports. Never throws on any source text. */
export function checkProgram(program: Program, host: ProgramHost): CheckedProgram {
	const session: Session = {
		host,
		diagnostics: [...program.diagnostics],
		knowledge: { types: new Map(), definitions: new Map(), scopes: new Map() },
		reported: new Set(),
		values: new Map(),
		uses: new Map(),
	};
	const scopes = new Map<Module, Scope>();
	const prelude = new Scope();
	for (const module of program.modules) {
		const scope = new Scope(module.prelude ? undefined : prelude);
		scopes.set(module.module, module.prelude ? prelude : scope);
		checkModule(session, program, module.module, module.prelude ? prelude : scope, scopes);
	}
	reportRecursion(session, program);
	session.diagnostics.sort((a, b) =>
		a.at.file < b.at.file ? -1 : a.at.file > b.at.file ? 1 : a.at.start - b.at.start,
	);
	return { program, diagnostics: session.diagnostics, knowledge: session.knowledge, scopes };
}

function checkModule(
	session: Session,
	program: Program,
	module: Module,
	scope: Scope,
	scopes: ReadonlyMap<Module, Scope>,
): void {
	const base: Context = {
		session,
		module,
		offset: 0,
		scope,
		facts: noFacts,
		assumed: new Set(),
		stage: "host",
		trail: [],
	};
	const checks: (() => void)[] = [];
	for (const slice of module.tree.slices) {
		const context = within(base, { offset: slice.offset });
		for (const problem of slice.problems) {
			report(context, {
				code: problem.code,
				at: locate(context, problem),
				message: problem.message,
				...(problem.hint !== undefined && { hint: problem.hint }),
				related: problem.related
					? [{ at: locate(context, problem.related), label: problem.related.label }]
					: [],
			});
		}
		for (const item of slice.items) {
			const guarded = (check: () => void) => orOverflow(context, item, check, undefined);
			guarded(() => {
				checks.push(...declareItem(context, item, program, scopes).map((check) => () => guarded(check)));
			});
		}
	}
	for (const check of checks) check();
	if (!module.tree.slices.some((slice) => slice.problems.length > 0)) warnUnusedImports(base);
}

/** Declares what an item names; returns what is left to check once all names stand. */
function declareItem(
	context: Context,
	item: ast.Item,
	program: Program,
	scopes: ReadonlyMap<Module, Scope>,
): (() => void)[] {
	const node = item.declaration;
	const more = { documentation: item.documentation };
	switch (node.kind) {
		case "Import":
			declareImport(context, node, program, scopes);
			return [];
		case "Edition":
			if (node.edition !== 1) {
				report(context, {
					code: "E0208",
					at: locate(context, node),
					message: `there is no edition ${node.edition}`,
					hint: "this version knows the edition 1",
				});
			}
			return [];
		case "Precision":
			if (node.format.kind === "Identifier" && !["f32", "f64"].includes(node.format.name)) {
				report(context, {
					code: "E0209",
					at: locate(context, node.format),
					message: `there is no precision ${node.format.name}`,
					hint: "there are f32 and f64",
				});
			}
			return [];
		case "Function": {
			if (node.name?.kind !== "Identifier") return [];
			const { name } = node;
			refuseTwice(context, name);
			const build = once<{ readonly type: Type; readonly check: () => Type }>(
				() => functionType(context, node),
				() => {
					unsupported(context, name, `\`${name.name}\` needs its own signature, which`);
					return { type: errorType, check: () => errorType };
				},
			);
			declareLazily(context, name, () => build().type, "function", more.documentation);
			return [() => build().check()];
		}
		case "Model": {
			if (node.name.kind === "Missing") return [];
			refuseTwice(context, node.name);
			const symbol = modelSymbol(context, node, node.name.name);
			declare(
				context,
				node.name,
				{ kind: "declaration", symbol: { role: "model", model: symbol } },
				"model",
				more,
			);
			return [symbol.complete];
		}
		case "Constraint":
		case "Reparam":
		case "Optimizer": {
			if (node.name.kind === "Missing") return [];
			refuseTwice(context, node.name);
			const symbol = ruleSymbol(context, node, node.name.name);
			declare(
				context,
				node.name,
				{ kind: "declaration", symbol: { role: symbol.role, rule: symbol } },
				symbol.role,
				more,
			);
			return [symbol.complete];
		}
		case "Fit": {
			if (node.name.kind === "Missing") return [];
			refuseTwice(context, node.name);
			const symbol = fitSymbol(context, node, node.name.name);
			declare(context, node.name, { kind: "declaration", symbol: { role: "fit", fit: symbol } }, "fit", more);
			return [symbol.complete];
		}
		case "Data": {
			const name = node.name;
			if (name.kind === "Missing") return [];
			refuseTwice(context, name);
			const type = infer(within(context, { dataName: name.name }), node.value);
			declare(context, name, isData(context, node, type), "data", more);
			return [];
		}
		case "Dimension": {
			if (node.name.kind === "Missing") return [];
			refuseTwice(context, node.name);
			declareDimension(context, node, node.name);
			return [];
		}
		case "Type": {
			if (node.name.kind === "Missing") return [];
			refuseTwice(context, node.name);
			return declareType(context, node, node.name, more.documentation);
		}
		case "Search": {
			const { name } = node;
			const at = name.kind === "Identifier" ? name : node;
			unsupported(context, at, `\`${node.kind.toLowerCase()}\``);
			// Its uses are no mistakes of their own.
			if (name.kind === "Identifier") declare(context, name, errorType, "local", more);
			return [];
		}
		default:
			return [() => checkStatement(context, node)];
	}
}

function isData(context: Context, node: ast.DataDeclaration, type: Type): Type {
	if (type.kind === "table" || type.kind === "error") return type;
	if (type.kind === "tuple" && type.elements.every((e) => e.type.kind === "table")) return type;
	report(context, {
		code: "E0515",
		at: locate(context, node.value),
		message: "a `data` declaration names a data set",
		hint: 'for example `data digits = csv("digits.csv", label = "digit")`',
	});
	return errorType;
}

/** A declared size is opaque to equality; its value is known to inequalities. */
function declareDimension(context: Context, node: ast.DimensionDeclaration, name: ast.Identifier): void {
	const value = resolveDim(context, node.value);
	const known = value && asConstant(value);
	if (value && known === undefined) {
		declare(context, name, { kind: "Int", value }, "dimension", { fixed: true });
		return;
	}
	const { dim, atom } = variable(name.name, { minimum: known ?? 1 });
	if (known !== undefined) context.session.values.set(atom.id, known);
	declare(context, name, { kind: "Int", value: dim }, "dimension", { fixed: true });
}

function refuseTwice(context: Context, name: ast.Identifier): void {
	const before = context.scope.names.get(name.name);
	if (!before) return;
	report(context, {
		code: "E0207",
		at: locate(context, name),
		message: `\`${name.name}\` is declared twice`,
		related: [{ at: before.at, label: "first declared here" }],
	});
}

/** A name whose type is found when it is first asked for: declarations may use what stands below them. */
function declareLazily(
	context: Context,
	name: ast.Identifier,
	type: () => Type,
	role: Binding["role"],
	documentation: string,
): void {
	const binding: Binding = {
		name: name.name,
		get type() {
			return type();
		},
		at: locate(context, name),
		role,
		documentation,
		uses: 0,
	};
	context.scope.names.set(name.name, binding);
	context.session.knowledge.definitions.set(name, binding);
}

function declareImport(
	context: Context,
	node: ast.Import,
	program: Program,
	scopes: ReadonlyMap<Module, Scope>,
): void {
	const imported = program.imports.get(node);
	if (!imported) {
		for (const { name, alias } of node.names) declareUnknown(context, alias ?? name);
		return;
	}
	const scope = scopes.get(imported);
	const exported = exportedNames(imported);
	for (const { name, alias } of node.names) {
		const binding = exported.has(name.name) ? scope?.names.get(name.name) : undefined;
		if (!binding) {
			const near = nearest(name.name, [...exported]);
			const hidden = scope?.names.has(name.name);
			report(context, {
				code: "E0210",
				at: locate(context, name),
				message: hidden
					? `\`${name.name}\` is not exported by ${imported.path}`
					: `${imported.path} has no \`${name.name}\``,
				...(near.length > 0
					? { hint: `did you mean \`${near[0]}\`?` }
					: hidden
						? { hint: `write \`export\` before its declaration` }
						: {
								hint:
									exported.size === 0
										? "it exports nothing"
										: `it exports ${[...exported].map((n) => `\`${n}\``).join(", ")}`,
							}),
			});
			declareUnknown(context, alias ?? name);
			continue;
		}
		const own = alias ?? name;
		refuseTwice(context, own);
		context.session.knowledge.definitions.set(name, binding);
		context.scope.names.set(own.name, {
			name: own.name,
			get type() {
				return binding.type;
			},
			at: binding.at,
			role: "import",
			...(binding.fixed && { fixed: true }),
			...(binding.documentation !== undefined && { documentation: binding.documentation }),
			importedAt: locate(context, own),
			uses: 0,
		});
	}
}

/** A name that could not be imported: the import is the mistake, its uses are none. */
function declareUnknown(context: Context, name: ast.Identifier): void {
	declare(context, name, errorType, "import", { uses: 1 });
}

function exportedNames(module: Module): Set<string> {
	const names = new Set<string>();
	for (const slice of module.tree.slices) {
		for (const item of slice.items) {
			const { declaration } = item;
			if (item.exported && "name" in declaration && declaration.name?.kind === "Identifier")
				names.add(declaration.name.name);
			if (item.exported && declaration.kind === "Type" && declaration.definition.kind === "Variants")
				for (const variant of declaration.definition.variants) names.add(variant.name.name);
			if (item.exported && declaration.kind === "Let" && declaration.pattern.kind === "NamePattern")
				names.add(declaration.pattern.name);
		}
	}
	return names;
}

/** A function whose body leads back to itself would unroll without end. */
function reportRecursion(session: Session, program: Program): void {
	const leadsTo = (from: string, goal: string, seen: Set<string>): boolean => {
		for (const key of session.uses.get(from)?.keys() ?? []) {
			if (key === goal) return true;
			if (seen.has(key)) continue;
			seen.add(key);
			if (leadsTo(key, goal, seen)) return true;
		}
		return false;
	};
	const reported = new Set<string>();
	for (const [owner, used] of session.uses) {
		for (const [key, { name, at }] of used) {
			if (reported.has(owner) || (key !== owner && !leadsTo(key, owner, new Set()))) continue;
			// Of several that call each other, the first is told.
			for (const other of session.uses.keys())
				if (leadsTo(owner, other, new Set()) && leadsTo(other, owner, new Set())) reported.add(other);
			reported.add(owner);
			const module = program.modules.find(({ module: m }) => m.path === at.file)?.module ?? program.root;
			const context: Context = {
				session,
				module,
				offset: 0,
				scope: new Scope(),
				facts: noFacts,
				assumed: new Set(),
				stage: "host",
				trail: [],
			};
			report(context, {
				code: "E0901",
				at,
				message:
					key === owner
						? `\`${name}\` uses itself: recursion is not supported yet`
						: `\`${name}\` leads back to where it is used: recursion is not supported yet`,
				notes: [notYet],
				...(/^[a-z]/.test(name) && { hint: "a repetition over a list is a `fold`" }),
			});
		}
	}
}

function warnUnusedImports(context: Context): void {
	for (const binding of context.scope.names.values()) {
		if (binding.role !== "import" || binding.uses > 0 || !binding.importedAt) continue;
		report(context, {
			code: "E0211",
			severity: "warning",
			at: binding.importedAt,
			message: `\`${binding.name}\` is imported and not used`,
		});
	}
}
