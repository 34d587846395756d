import type * as ast from "../../../grammar/ast.js";
import { type Context, locate, report } from "../context.js";

/** `7 // 2`: what other languages write for a division that rounds down is a comment here, and the value is 7. */

interface Division {
	readonly start: number;
	readonly end: number;
	/** What stands before it, where that is certain. */
	readonly left?: { readonly start: number; readonly text: string };
	readonly right: string;
}

/** Most slices stay from text to text. */
const known = new WeakMap<ast.Slice, readonly Division[]>();

export function warnOfComments(context: Context, slice: ast.Slice): void {
	for (const { start, end, left, right } of divisionsIn(slice)) {
		const at = locate(context, { span: { start, end } });
		report(context, {
			code: "E0358",
			severity: "warning",
			at,
			message: `\`//\` begins a comment: nothing is divided by \`${right}\``,
			hint: `what rounds down is \`floor(${left?.text ?? "a"} / ${right})\`; a comment says so by a word more`,
			fixes: left
				? [
						{
							title: `Divide and round down: \`floor(${left.text} / ${right})\``,
							edits: [
								{
									at: locate(context, { span: { start: left.start, end } }),
									replacement: `floor(${left.text} / ${right})`,
								},
							],
						},
					]
				: [],
		});
	}
}

const suspect = /^(.*[\p{L}\p{N}_)\]])([ \t]*)\/\/ ?([\p{L}\p{N}_.]+)[ \t\r]*$/u;
const operand = /(?:^|[=(,+\-[{;:])\s*((?:[\p{L}_][\p{L}\p{N}_.]*|\d[\d_.]*)(?:[([][^()[\]]*[)\]])?)$/u;
const keywords = /(?:^|[^\p{L}\p{N}_])(?:then|else|in|where|and|or|not|if|match|for|with)$/u;

export function divisionsIn(slice: ast.Slice): readonly Division[] {
	const found = known.get(slice) ?? read(slice.text);
	known.set(slice, found);
	return found;
}

function read(text: string): Division[] {
	if (!text.includes("//")) return [];
	const found: Division[] = [];
	let offset = 0;
	for (const line of text.split("\n")) {
		const [, before = "", gap = "", right = ""] = suspect.exec(line) ?? [];
		if (right !== "" && isCode(before) && (isNumber(right) || (gap.length <= 1 && isUsed(text, right)))) {
			const left = operand.exec(before)?.[1];
			found.push({
				start: offset + before.length + gap.length,
				end: offset + line.trimEnd().length,
				right,
				...(left && { left: { start: offset + before.length - left.length, text: left } }),
			});
		}
		offset += line.length + 1;
	}
	return found;
}

/** No comment and no text begins in it, and it ends in an operand. */
function isCode(before: string): boolean {
	const isText = (before.replace(/\\./g, "").split('"').length - 1) % 2 === 1;
	return !isText && !before.includes("//") && !keywords.test(before);
}

function isNumber(text: string): boolean {
	return /^\d[\d_]*(?:\.\d+)?(?:e\d+)?$/.test(text);
}

/** A name that stands elsewhere in the declaration, too. */
function isUsed(text: string, name: string): boolean {
	return (
		/^[\p{L}_]/u.test(name) && text.split(/[^\p{L}\p{N}_.]+/u).filter((word) => word === name).length > 1
	);
}
