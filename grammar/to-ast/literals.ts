import type { IToken } from "chevrotain";
import type { Expression, NumberLiteral, StringLiteral } from "../ast.js";
import { resolveEscapes, splitString } from "../strings.js";
import { type Context, missing, report, spanOf } from "./context.js";

export function numberLiteral(found: IToken): NumberLiteral {
	const image = found.image.replaceAll("_", "");
	return { kind: "Number", value: Number(image), integer: /^\d+$/.test(image), span: spanOf(found) };
}

export function textLiteral(context: Context, found: IToken): StringLiteral {
	const span = spanOf(found);
	if (found.image.startsWith("'")) {
		report(
			context,
			"E0110",
			"a text stands in double quotes",
			span,
			`write \`"${found.image.slice(1, -1)}"\``,
		);
		return { kind: "String", parts: [found.image.slice(1, -1)], span };
	}
	const { parts, closed } = splitString(found.image);
	const read = parts.map((part): string | Expression => {
		const offset = found.startOffset + part.start;
		if (!part.expression) {
			const { value, wrong } = resolveEscapes(part.text);
			for (const at of wrong) {
				const place = { start: offset + at, end: offset + at + 2 };
				report(
					context,
					"E0103",
					"no such escape in a text",
					place,
					'the escapes are \\n \\t \\r \\" \\\\ \\{ \\}',
				);
			}
			return value;
		}
		if (part.text.trim() === "") {
			if (closed) {
				const place = { start: offset - 1, end: offset + part.text.length + 1 };
				report(
					context,
					"E0103",
					"the braces in the text are empty",
					place,
					"a brace itself is written `\\{`",
				);
			}
			return missing(offset);
		}
		const inner = context.embedded(part.text, offset);
		context.problems.push(...inner.problems);
		return inner.expression;
	});
	return { kind: "String", parts: read, span };
}
