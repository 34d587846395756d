/** A place in a file: absolute UTF-16 offsets. `file` is the path under which the file was given. */
export interface Location {
	readonly file: string;
	readonly start: number;
	readonly end: number;
}

export type Severity = "error" | "warning";

/** Another place that matters: what the wrong one disagrees with. */
export interface Related {
	readonly at: Location;
	readonly label: string;
}

/** An edit that would mend it, for the editor to apply. */
export interface Fix {
	readonly title: string;
	readonly edits: readonly { readonly at: Location; readonly replacement: string }[];
}

/**
 * What is wrong, as data. One place renders it for the terminal (`cli/render.ts`), one for the protocol
 * (`lsp/to-protocol.ts`). Codes stand in the catalogue (`compiler/source/catalogue.ts`).
 */
export interface Diagnostic {
	readonly code: string;
	readonly severity: Severity;
	readonly message: string;
	readonly at: Location;
	/** What to say under the primary span. */
	readonly label?: string;
	readonly related: readonly Related[];
	readonly notes: readonly string[];
	readonly hint?: string;
	readonly fixes: readonly Fix[];
}
