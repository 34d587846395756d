import { LineIndex } from "../../compiler/source/text.js";

/** The line of an offset, from 1. */
export function lineIndexOf(text: string): (offset: number) => number {
	const index = new LineIndex(text);
	return (offset) => index.position(offset).line + 1;
}
