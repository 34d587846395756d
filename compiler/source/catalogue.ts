/** What `ansatz explain E0312` says. Each layer exports a table of its own codes. */
export interface CatalogueEntry {
	/** `E` or `W` and four digits; the first two are those of the layer. */
	readonly code: string;
	/** One line, without the names of a program. */
	readonly title: string;
	/** Markdown, with an example that is wrong and one that is right. */
	readonly explanation: string;
}

/** All codes of the language, by code. */
export class Catalogue {
	private readonly byCode = new Map<string, CatalogueEntry>();

	/** Throws when a code is malformed or stands in two tables: that is a mistake in the tables. */
	constructor(...tables: readonly (readonly CatalogueEntry[])[]) {
		for (const entry of tables.flat()) {
			if (!/^[EW]\d{4}$/.test(entry.code)) throw new Error(`'${entry.code}' is not a code like E0312`);
			if (this.byCode.has(entry.code)) throw new Error(`${entry.code} is in the catalogue twice`);
			this.byCode.set(entry.code, entry);
		}
	}

	/** The entry of a code, in any case of letters. */
	lookup(code: string): CatalogueEntry | undefined {
		return this.byCode.get(code.trim().toUpperCase());
	}

	/** All entries, by code. */
	get entries(): readonly CatalogueEntry[] {
		return [...this.byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
	}
}
