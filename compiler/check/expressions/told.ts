/** What is called, as messages tell it; some of it takes long to write. */
export type Told = string | (() => string);

export function told(what: Told): string {
	return typeof what === "string" ? what : what();
}
