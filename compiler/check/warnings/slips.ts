import type * as ast from "../../../grammar/ast.js";
import { type AnyNode, walk } from "../../../grammar/visit.js";
import { affineOf } from "../binders/whole.js";
import { type Context, locate, report } from "../context.js";
import { sourceText } from "../signatures/type-node.js";
import type { TupleType } from "../types/types.js";

/** Slips of index notation that would compute something else than what was meant. */

/**
 * `sum i: a[i] + b[i]`: the sum ends before the `+`, so that `i` means nothing behind it. What was meant is the sum
 * of both.
 */
export function endsBefore(context: Context, node: ast.Binary): boolean {
	if (node.operator !== "+" && node.operator !== "-") return false;
	const reduction = leadingReduction(node.left);
	if (!reduction) return false;
	const names = new Set(
		reduction.bindings.flatMap((b) => (b.pattern.kind === "NamePattern" ? [b.pattern.name] : [])),
	);
	const used = freeName(node.right, names);
	if (!used || context.scope.find(used.name)) return false;
	const { start } = reduction.body.span;
	const { end } = node.right.span;
	report(context, {
		code: "E0337",
		at: locate(context, used),
		message: `the \`${reduction.word}\` over \`${used.name}\` ends before \`${node.operator}\`: there is no \`${used.name}\` here`,
		related: [{ at: locate(context, reduction), label: `\`${reduction.word}\` takes this term` }],
		hint: `for a \`${reduction.word}\` of both, bracket them: \`${reduction.word} ${[...names].join(", ")}: (.. ${node.operator} ..)\``,
		fixes: [
			{
				title: "Bracket what it takes",
				edits: [
					{ at: locate(context, { span: { start, end: start } }), replacement: "(" },
					{ at: locate(context, { span: { start: end, end } }), replacement: ")" },
				],
			},
		],
	});
	return true;
}

/** The reduction that a sum ends with on its left: `sum i: a[i]` of `1 + sum i: a[i] + b[i]`. */
function leadingReduction(node: ast.Expression): ast.Binder | undefined {
	if (node.kind === "Binder") return node.word === "for" ? undefined : node;
	if (node.kind !== "Binary" || !arithmetic.has(node.operator)) return undefined;
	return leadingReduction(node.right) ?? leadingReduction(node.left);
}

const arithmetic: ReadonlySet<string> = new Set(["+", "-", "*", "/"]);

function freeName(node: ast.Expression, names: ReadonlySet<string>): ast.Name | undefined {
	let found: ast.Name | undefined;
	walk(node, (inner: AnyNode) => {
		if (inner.kind === "Binder" || inner.kind === "Lambda") return false;
		if (inner.kind === "Name" && names.has((inner as ast.Name).name)) found ??= inner as ast.Name;
		return found === undefined;
	});
	return found;
}

const draws: ReadonlySet<string> = new Set([
	"normal",
	"uniform",
	"bernoulli",
	"truncated_normal",
	"integers",
	"permutation",
	"categorical",
	"exponential",
	"laplace",
	"gumbel",
	"cauchy",
	"gamma",
	"beta",
]);

/** `sum i: normal([n])[i]` draws n numbers for each i, and takes one of them; so where a `let` under the binder draws. */
export function warnOfDraw(context: Context, node: ast.Index): void {
	const { base } = node;
	const named = base.kind === "Name" ? context.scope.find(base.name) : undefined;
	const draw = named?.source ?? base;
	if (draw.kind !== "Call" || draw.callee.kind !== "Name" || !draws.has(draw.callee.name)) return;
	if (!context.scope.find(draw.callee.name)?.at.file.startsWith("std.")) return;
	const { types } = context.session.knowledge;
	const name = node.items
		.flatMap((item) => {
			const type = types.get(item);
			return type ? (affineOf(context, item, type)?.over ?? []) : [];
		})
		.find((o) => o.range)?.range?.name;
	if (name === undefined) return;
	// Both are known here: what is declared further down is declared inside.
	const binder = named && context.scope.find(name);
	if (named && (!binder || binder.at.file !== named.at.file || named.at.start < binder.at.start)) return;
	const drawn = sourceText(context, draw);
	const [shape] = draw.arguments;
	const positions = node.items.every((i) => i.kind !== "FullSlice" && i.kind !== "Range");
	const one = !named && shape?.value.kind === "List" && !shape.name && positions ? shape.value : undefined;
	report(context, {
		code: "E0338",
		severity: "warning",
		at: locate(context, base),
		message: `this draws anew for each \`${name}\`, and takes one number of each draw`,
		related: named ? [{ at: named.at, label: `drawn for each \`${name}\`` }] : [],
		hint: named
			? `to share one draw, put \`let ${named.name} = ${drawn}\` before the binder`
			: `to share one draw, name it before: \`let noise = ${drawn}\`, and index that`,
		...(one && {
			fixes: [
				{
					title: `Draw one number for each \`${name}\``,
					edits: [
						{
							at: locate(context, node),
							replacement:
								sourceText(context, { span: { start: draw.span.start, end: one.span.start } }) +
								"[]" +
								sourceText(context, { span: { start: one.span.end, end: draw.span.end } }),
						},
					],
				},
			],
		}),
	});
}

/** `let (y, x) = r` of `r: (x: .., y: ..)`: by position, so that `y` would be the field `x`. */
export function warnOfSwapped(context: Context, pattern: ast.TuplePattern, type: TupleType): void {
	const fields = type.elements.map((e) => e.name);
	for (const [i, element] of pattern.elements.entries()) {
		const field = fields[i];
		if (element.kind !== "NamePattern" || field === undefined || field === element.name) continue;
		if (!fields.includes(element.name)) continue;
		report(context, {
			code: "E0359",
			severity: "warning",
			at: locate(context, pattern),
			message: `\`${element.name}\` is the field \`${field}\` here: a record is taken apart by position`,
			hint: `its fields are ${fields.map((name) => `\`${name}\``).join(", ")}: name them in this order, or take one by its name, \`.${element.name}\``,
		});
		return;
	}
}
