/** What is said of characters that mean nothing in a program. */

const signs: Readonly<Record<string, string>> = {
	"≤": "write `<=`",
	"≥": "write `>=`",
	"≠": "write `!=`",
	"·": "write `*`",
	"×": "write `*`",
	"÷": "write `/`",
	"−": "write `-`",
	"→": "write `->`",
	"←": "write `<-`",
	"∈": "write `in`",
	"²": "write `^2`",
	"&": "of conditions, write `and`",
	"~": "negation is written `not`",
	"“": 'a text stands between two `"`',
	"”": 'a text stands between two `"`',
	"?": "write `if c then a else b`",
	"'": "the transpose is `x.T`; a text stands in double quotes",
	"\\": "a line goes on by itself where it ends in an operator",
	µ: "this is the sign for micro: write the Greek letter `μ`",
};

/** Cyrillic letters that look like Latin ones. */
const lookalikes: ReadonlyMap<string, string> = new Map(
	[...zip("асеорхуіѕјАВЕКМНОРСТХ", "aceopxyisjABEKMHOPCTX")].map(([other, latin]) => [other, latin]),
);

function* zip(a: string, b: string): Iterable<[string, string]> {
	const others = [...b];
	for (const [at, sign] of [...a].entries()) yield [sign, others[at] ?? ""];
}

const namesAreMadeOf = "names are made of Latin and Greek letters, digits and `_`";

/** How a character is shown that cannot be seen. */
export function shown(found: string): string {
	const [sign = found] = found;
	const number = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
	return /^[\p{C}\p{Z}\p{M}]/u.test(sign) ? `the character U+${number}` : `\`${found.trim()}\``;
}

/** What to write in the place of a character, if that can be told. */
export function characterHint(found: string): string | undefined {
	const [sign = found] = found;
	if (Object.hasOwn(signs, sign)) return signs[sign];
	const latin = lookalikes.get(sign);
	if (latin !== undefined) return `this is a Cyrillic letter that looks like the Latin \`${latin}\``;
	if (/^\p{Z}/u.test(sign)) return "write a space";
	if (/^\p{M}/u.test(sign)) return "a letter and its accent are one character: type it anew";
	if (/^\p{C}/u.test(sign)) return "it cannot be seen: delete it";
	return /^\p{L}/u.test(sign) ? namesAreMadeOf : undefined;
}
