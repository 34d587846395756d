import type { SyntaxTree } from "./ast.js";

/**
 * The tree as a readable S-expression without spans, for snapshots and for comparing trees. It knows nothing of the
 * kinds of nodes: `(Kind property: value ..)`, where plain words stand bare and texts in quotes.
 */
export function dump(value: unknown, width = 100): string {
	return layout(toForm(value), 0, width);
}

/** All items of a file. */
export function dumpTree(tree: SyntaxTree): string {
	return tree.slices.flatMap((slice) => slice.items.map((item) => dump(item))).join("\n");
}

type Form =
	| string
	| {
			readonly open: string;
			readonly close: string;
			readonly parts: readonly { readonly label: string; readonly form: Form }[];
	  };

const silent: ReadonlySet<string> = new Set(["kind", "span", "operatorSpan", "wordSpan"]);

function toForm(value: unknown): Form {
	if (Array.isArray(value)) {
		return { open: "[", close: "]", parts: value.map((one) => ({ label: "", form: toForm(one) })) };
	}
	if (typeof value !== "object" || value === null)
		return typeof value === "string" ? JSON.stringify(value) : String(value);
	const kind = "kind" in value && typeof value.kind === "string" ? value.kind : "";
	const short = abbreviation(value as Record<string, unknown>, kind);
	if (short !== undefined) return short;
	const pair = namedValue(value as Record<string, unknown>, kind);
	if (pair !== undefined) return pair;
	const parts = Object.entries(value)
		.filter(
			([name, one]) =>
				!silent.has(name) &&
				one !== undefined &&
				!(Array.isArray(one) && one.length === 0) &&
				one !== "" &&
				one !== false,
		)
		.map(([label, one]) => ({ label, form: toForm(one) }));
	return { open: `(${kind}`, close: ")", parts };
}

/** An argument, and what else is a value with perhaps a name. */
function namedValue(value: Record<string, unknown>, kind: string): Form | undefined {
	const names = Object.keys(value).filter((name) => name !== "span" && value[name] !== undefined);
	if (kind !== "" || names.some((name) => name !== "name" && name !== "value") || value.value === undefined)
		return undefined;
	const inner = toForm(value.value);
	if (value.name === undefined) return inner;
	return { open: "{", close: "}", parts: [{ label: flat(toForm(value.name)), form: inner }] };
}

function abbreviation(value: Record<string, unknown>, kind: string): string | undefined {
	switch (kind) {
		case "Missing":
			return "MISSING";
		case "Identifier":
		case "Name":
			return String(value.name);
		case "NamePattern":
			return `'${value.name}`;
		case "WildcardPattern":
			return "_";
		case "Root":
			return "ROOT";
		case "FullSlice":
			return ":";
		case "Number":
			return value.integer === true ? String(value.value) : `${value.value}r`;
		case "Bool":
			return String(value.value);
		case "Field": {
			const base = flat(toForm(value.base));
			return /[ ([{]/.test(base) ? undefined : `${base}.${flat(toForm(value.name))}`;
		}
	}
	return undefined;
}

function flat(form: Form): string {
	if (typeof form === "string") return form;
	const parts = form.parts.map(({ label, form: inner }) =>
		label === "" ? flat(inner) : `${label}: ${flat(inner)}`,
	);
	const gap = form.open.length > 1 && form.open !== "{" && parts.length > 0 ? " " : "";
	return `${form.open}${gap}${parts.join(" ")}${form.close}`;
}

function layout(form: Form, indent: number, width: number, used = 0): string {
	const line = flat(form);
	if (typeof form === "string" || indent + used + line.length <= width) return line;
	const pad = " ".repeat(indent + 2);
	const parts = form.parts.map(({ label, form: inner }) => {
		const head = label === "" ? "" : `${label}: `;
		return `\n${pad}${head}${layout(inner, indent + 2, width, head.length)}`;
	});
	return `${form.open}${parts.join("")}${form.close}`;
}
