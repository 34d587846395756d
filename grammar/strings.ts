/**
 * The extent of a string: `"rate {f("x")}"` has strings within its braces. A string ends with its line; one without
 * a closing quote is still a string, and the parser reports it.
 */
export function matchString(text: string, start: number): [string] | null {
	if (text[start] !== '"') return null;
	return [text.slice(start, stringEnd(text, start))];
}

export function matchQuoted(text: string, start: number): [string] | null {
	if (text[start] !== "'") return null;
	for (let at = start + 1; at < text.length && text[at] !== "\n" && text[at] !== "\r"; at++) {
		if (text[at] === "'") return [text.slice(start, at + 1)];
	}
	return null;
}

/** The offset after the string that starts here. */
export function stringEnd(text: string, start: number): number {
	let depth = 0;
	let at = start + 1;
	while (at < text.length) {
		const character = text[at];
		if (character === "\n" || character === "\r") return at;
		if (character === "\\") at++;
		else if (character === "{") depth++;
		else if (character === "}") depth = Math.max(0, depth - 1);
		else if (character === '"') {
			if (depth === 0) return at + 1;
			const end = stringEnd(text, at);
			if (text[end - 1] !== '"' || end <= at + 1) return at + 1;
			at = end;
			continue;
		}
		at++;
	}
	return text.length;
}

export interface StringPart {
	readonly text: string;
	/** Offset in the whole string token; of an expression, of its first character. */
	readonly start: number;
	readonly expression: boolean;
}

/** The raw parts of a string token: literal text and the insides of braces, in turn. */
export function splitString(image: string): { parts: StringPart[]; closed: boolean } {
	const parts: StringPart[] = [];
	const closed = image.length > 1 && image.endsWith('"') && !escaped(image, image.length - 1);
	const end = closed ? image.length - 1 : image.length;
	let from = 1;
	let at = 1;
	while (at < end) {
		if (image[at] === "\\") at += 2;
		else if (image[at] === "{") {
			if (at > from) parts.push({ text: image.slice(from, at), start: from, expression: false });
			const close = braceEnd(image, at, end);
			parts.push({ text: image.slice(at + 1, close), start: at + 1, expression: true });
			at = Math.min(close + 1, end);
			from = at;
		} else at++;
	}
	if (end > from) parts.push({ text: image.slice(from, end), start: from, expression: false });
	return { parts, closed };
}

function escaped(image: string, at: number): boolean {
	let count = 0;
	while (image[at - 1 - count] === "\\") count++;
	return count % 2 === 1;
}

function braceEnd(image: string, open: number, end: number): number {
	let depth = 0;
	for (let at = open; at < end; at++) {
		if (image[at] === '"') at = stringEnd(image, at) - 1;
		else if (image[at] === "{") depth++;
		else if (image[at] === "}" && --depth === 0) return at;
	}
	return end;
}

const escapes: Readonly<Record<string, string>> = {
	n: "\n",
	t: "\t",
	r: "\r",
	"\\": "\\",
	'"': '"',
	"{": "{",
	"}": "}",
};

/** Literal text with its escapes resolved, and the offsets of those that do not exist. */
export function resolveEscapes(text: string): { value: string; wrong: number[] } {
	let value = "";
	const wrong: number[] = [];
	for (let at = 0; at < text.length; at++) {
		if (text[at] !== "\\") value += text[at];
		else {
			at++;
			const known = escapes[text[at] ?? ""];
			if (known === undefined) wrong.push(at - 1);
			value += known ?? text[at] ?? "";
		}
	}
	return { value, wrong };
}
