import type * as ast from "../../../grammar/ast.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import { type Context, locate, report } from "../context.js";

/** What a declaration names and never uses, and code that never runs: warnings, where there is no mistake. */
export function warnUnused(context: Context, node: ast.Declaration): void {
	if (context.module.library || context.session.diagnostics.some((d) => d.severity === "error")) return;
	if (node.kind === "Fit") warnOptions(context, node, `the fit ${nameOf(node)}`);
	if (node.kind === "Model") warnOptions(context, node, `the model ${nameOf(node)}`);
	visit(context, node as AnyNode);
}

function visit(context: Context, node: AnyNode): void {
	walk(node, (inner) => {
		if (inner.kind === "IfStatement") warnCondition(context, inner as ast.IfStatement);
		if (inner.kind === "Block") warnLets(context, (inner as ast.Block).statements, []);
		if (inner.kind !== "Loop") return undefined;
		// The clauses of a loop may read what its body names.
		const { body, clauses } = inner as ast.Loop;
		const values = clauses.map((c) => c.value);
		warnLets(context, body.statements, values);
		for (const statement of body.statements) visit(context, statement as AnyNode);
		return false;
	});
}

function nameOf(node: ast.FitDeclaration | ast.ModelDeclaration): string {
	return node.name.kind === "Identifier" ? node.name.name : "";
}

function warnOptions(context: Context, node: ast.FitDeclaration | ast.ModelDeclaration, owner: string): void {
	const inside: AnyNode[] = [
		...(node.kind === "Fit" ? [node.body] : node.members),
		...node.where,
		...node.parameters.flatMap((p) => [...(p.type ? [p.type] : []), ...(p.default ? [p.default] : [])]),
	];
	const mentioned: Mentioned = new Map();
	for (const { name } of node.parameters) {
		if (name.kind !== "Identifier" || name.name.startsWith("_")) continue;
		if (!inside.some((part) => mentions(mentioned, part, name.name)))
			tell(context, name, `the option \`${name.name}\` of ${owner}`);
	}
}

/** A `let` is known to the lines after it. */
function warnLets(context: Context, statements: readonly ast.Statement[], after: readonly AnyNode[]): void {
	const mentioned: Mentioned = new Map();
	for (const [i, statement] of statements.entries()) {
		if (statement.kind !== "Let") continue;
		const later = [...statements.slice(i + 1), ...after];
		const names = namesIn(statement.pattern);
		// Of what is taken apart, one part may be all that is wanted.
		if (names.some((n) => later.some((part) => mentions(mentioned, part as AnyNode, n.name)))) continue;
		for (const pattern of names) {
			if (!pattern.name.startsWith("_")) tell(context, pattern, `\`${pattern.name}\``);
		}
	}
}

/** The names in a piece of code, anywhere, in types too: what is in doubt is used. */
type Mentioned = Map<AnyNode, ReadonlySet<string>>;

/** Statements are asked for one name after the other. */
function mentions(mentioned: Mentioned, node: AnyNode, name: string): boolean {
	const known = mentioned.get(node) ?? namesWithin(node);
	mentioned.set(node, known);
	return known.has(name);
}

function namesWithin(node: AnyNode): ReadonlySet<string> {
	const found = new Set<string>();
	walk(node, (inner) => {
		if (inner.kind === "Name") found.add((inner as ast.Name).name);
		return undefined;
	});
	return found;
}

function tell(context: Context, name: ast.Identifier | ast.NamePattern, what: string): void {
	const at = locate(context, name);
	report(context, {
		code: "E0459",
		severity: "warning",
		at,
		message: `${what} is never used`,
		hint: `a name that begins with \`_\` says that this is meant: \`_${name.name}\``,
		// An option has its name at every call, too.
		fixes: what.startsWith("the option")
			? []
			: [{ title: `Call it \`_${name.name}\``, edits: [{ at, replacement: `_${name.name}` }] }],
	});
}

/** A case that never runs, of a statement or a value. */
export function warnCondition(
	context: Context,
	node: Pick<ast.IfStatement | ast.If, "condition" | "then" | "else">,
): void {
	if (node.condition.kind !== "Bool") return;
	const dead = node.condition.value ? node.else : node.then;
	if (!dead) return;
	report(context, {
		code: "E0460",
		severity: "warning",
		at: locate(context, dead),
		message: "this never runs",
		related: [{ at: locate(context, node.condition), label: `always ${node.condition.value}` }],
	});
}

function namesIn(pattern: ast.Pattern): ast.NamePattern[] {
	if (pattern.kind === "NamePattern") return [pattern];
	return pattern.kind === "TuplePattern" ? pattern.elements.flatMap(namesIn) : [];
}
