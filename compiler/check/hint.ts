import { nearest } from "../source/near.js";

/** What may help: a text, or something that is an edit as well, so that it is told and offered as a fix. */
export type Hint = string | Suggestion;

export type Suggestion =
	/** A condition that the signature around would have to ask for. */
	| { readonly kind: "condition"; readonly condition: string; readonly text: string }
	/** The names that may have been meant, nearest first. */
	| { readonly kind: "names"; readonly names: readonly string[]; readonly text: string }
	/** The type that a value is narrowed to. */
	| { readonly kind: "narrow"; readonly type: string; readonly text: string };

/** @param where what the condition is added to; what else would do follows in `more` */
export function askFor(condition: string, where = "the signature", more = ""): Hint {
	if (!canBeWritten(condition))
		return "this is of lists that are put together: a `where` says it of each of them, by its name";
	return { kind: "condition", condition, text: `add \`where ${condition}\` to ${where}${more}` };
}

/** What lists that are put together have is shown by what they are made of (`[.., 1][i]`), which is no expression. */
function canBeWritten(condition: string): boolean {
	return !/(?<![\w)\]])\[/.test(condition);
}

export function meant(names: readonly string[]): Suggestion {
	return { kind: "names", names, text: `did you mean ${names.map((n) => `\`${n}\``).join(" or ")}?` };
}

/** The nearest of the candidates, or else what `otherwise` says. */
export function meantOr(name: string, candidates: Iterable<string>, otherwise: Hint): Hint {
	const [near] = nearest(name, candidates);
	return near === undefined ? otherwise : meant([near]);
}

export function narrowWith(
	type: string,
	text = `narrow it with \`${type}(..)\`, which checks while running`,
): Suggestion {
	return { kind: "narrow", type, text };
}

export function hintText(hint: Hint): string {
	return typeof hint === "string" ? hint : hint.text;
}

export function isCondition(hint: Hint | undefined): boolean {
	return typeof hint === "object" && hint.kind === "condition";
}
