import fc from "fast-check";

/** One change of a text: by tokens, by lines, or by declarations. Numbers are taken modulo what there is. */
export interface Edit {
	readonly kind: (typeof editKinds)[number];
	readonly at: number;
	readonly other: number;
}

const editKinds = [
	"delete token",
	"replace token",
	"insert sign",
	"double token",
	"change number",
	"rename",
	"delete line",
	"double line",
	"swap lines",
	"delete declaration",
	"double declaration",
	"swap declarations",
	"move declaration",
	"comment",
	"undo",
] as const;

const signs = [
	...["0", "1", "7", "-1", "99999999999999999999", "()", "[", "]", "{", "}", ":", ",", "..", "...b", "|x|"],
	...["Int", "real[n]", "real", "if", "@", "^", "/", "+", "\n", '"', "// c", "let a = 1\n", "export ", "= x"],
];

export const editScripts: fc.Arbitrary<Edit[]> = fc.array(
	fc.record({ kind: fc.constantFrom(...editKinds), at: fc.nat(), other: fc.nat() }),
	{ minLength: 1, maxLength: 8 },
);

/** The texts that a script makes one after another. */
export function* textsOf(start: string, script: readonly Edit[]): Iterable<string> {
	const before = [start];
	let text = start;
	for (const edit of script) {
		text = edit.kind === "undo" ? (before[edit.at % before.length] ?? start) : change(text, edit);
		before.push(text);
		yield text;
	}
}

function change(text: string, edit: Edit): string {
	const parts = partsOf(text, edit);
	if (parts.length === 0) return text;
	const at = edit.at % parts.length;
	const other = edit.other % parts.length;
	const part = parts[at] ?? "";
	switch (edit.kind) {
		case "delete token":
		case "delete line":
		case "delete declaration":
			parts.splice(at, 1);
			break;
		case "replace token":
			parts[at] = parts[other] ?? "";
			break;
		case "insert sign":
			parts.splice(at, 0, signs[edit.other % signs.length] ?? "");
			break;
		case "double token":
		case "double line":
		case "double declaration":
			parts.splice(at, 0, part);
			break;
		case "change number":
			parts[at] = `${edit.other % 70}`;
			break;
		case "rename": {
			const to = parts[other] ?? part;
			return parts.map((p) => (p === part ? to : p)).join("");
		}
		case "swap lines":
		case "swap declarations":
			parts[at] = parts[other] ?? "";
			parts[other] = part;
			break;
		case "move declaration":
			parts.splice(at, 1);
			parts.splice(other, 0, part);
			break;
		case "comment":
			parts.splice(at, 0, "/// a comment\n");
			break;
		case "undo":
			break;
	}
	return parts.join("");
}

/** What the change picks from: everything else stays between the parts. */
function partsOf(text: string, { kind }: Edit): string[] {
	if (kind.includes("line") || kind === "comment") return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
	if (kind.includes("declaration")) return text.split(/(?<=\n)(?=[a-z])/);
	return text.match(/\w+|\s+|[^\w\s]/g) ?? [];
}
