/** What text is, rather than how it looks. */
export type Style = "error" | "warning" | "related" | "frame" | "strong" | "note" | "success" | "faint";

/** Colours a text, or leaves it as it is. */
export type Palette = (style: Style, text: string) => string;

export const plainPalette: Palette = (_, text) => text;

const codes: Readonly<Record<Style, string>> = {
	error: "1;31",
	warning: "1;33",
	related: "1;34",
	frame: "34",
	strong: "1",
	note: "36",
	success: "32",
	faint: "2",
};

export const colourPalette: Palette = (style, text) =>
	text === "" ? "" : `\u001b[${codes[style]}m${text}\u001b[0m`;

/**
 * The palette for an output: `FORCE_COLOR` decides first (`0` and `false` say no), then `NO_COLOR`, then whether the
 * output is a terminal that knows colours.
 */
export function choosePalette(
	isTerminal: boolean,
	environment: Readonly<Record<string, string | undefined>>,
): Palette {
	const { FORCE_COLOR: force, NO_COLOR: no, TERM: terminal } = environment;
	if (force !== undefined && force !== "")
		return force === "0" || force === "false" ? plainPalette : colourPalette;
	if (no !== undefined && no !== "") return plainPalette;
	return isTerminal && terminal !== "dumb" ? colourPalette : plainPalette;
}
