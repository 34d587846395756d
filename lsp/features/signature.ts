import * as t from "../../grammar/tokens.js";
import { detailOf, parameterLine, parametersOf } from "../describe.js";
import type { Snapshot } from "../snapshot.js";
import { callAround } from "./completion.js";
import { cursorAt, placeOf } from "./cursor.js";

export interface SignatureHelp {
	readonly label: string;
	/** Parts of the label. */
	readonly parameters: readonly string[];
	/** Undefined when there is no such parameter. */
	readonly active: number | undefined;
	readonly documentation?: string;
}

/** The parameters of the call that the cursor is in. */
export function signature(snapshot: Snapshot, offset: number): SignatureHelp | undefined {
	const cursor = cursorAt(snapshot, offset);
	const place = placeOf(snapshot, offset, cursor);
	const call = callAround(cursor, place);
	if (!call) return undefined;
	const type = snapshot.typeOf(call.callee);
	const binding = snapshot.bindingOf(call.callee);
	const parameters = parametersOf(type);
	const name = snapshot.text.slice(
		(place?.slice.offset ?? 0) + call.callee.span.start,
		(place?.slice.offset ?? 0) + call.callee.span.end,
	);
	const documentation = binding?.documentation ? { documentation: binding.documentation } : {};
	if (parameters.length === 0) {
		// rules of the compiler: their signature is what is written in the library
		if (!binding || type?.kind !== "function" || !type.special) return undefined;
		return {
			label: `${name}${detailOf(snapshot, binding)}`,
			parameters: [],
			active: undefined,
			...documentation,
		};
	}
	const shown = parameters.map((one) => parameterLine(snapshot, one));
	const opening = cursor.open.at(-1)?.startOffset ?? 0;
	const inside = cursor.before.filter((token) => token.startOffset > opening);
	const given = inside.findLast(
		(token, index) => token.tokenType === t.Equals && inside[index - 1] !== undefined,
	);
	const commas = countCommas(inside);
	const lastComma = inside.findLastIndex((token) => token.tokenType === t.Comma);
	const option =
		given && inside.indexOf(given) > lastComma ? inside[inside.indexOf(given) - 1]?.image : undefined;
	const named = option === undefined ? -1 : parameters.findIndex((one) => one.name === option);
	const index = named >= 0 ? named : commas;
	return {
		label: `${name}(${shown.join(", ")})`,
		parameters: shown,
		active: index < parameters.length ? index : undefined,
		...documentation,
	};
}

function countCommas(tokens: readonly { readonly tokenType: unknown }[]): number {
	let depth = 0;
	let commas = 0;
	for (const { tokenType } of tokens) {
		if (tokenType === t.GroupOpen || tokenType === t.ListOpen || tokenType === t.LeftBrace) depth++;
		else if (tokenType === t.RightParen || tokenType === t.RightBracket || tokenType === t.RightBrace)
			depth--;
		else if (tokenType === t.Comma && depth === 0) commas++;
	}
	return commas;
}
