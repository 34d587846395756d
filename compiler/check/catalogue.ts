import type { CatalogueEntry } from "../source/catalogue.js";

/** Codes of names, types, shapes, declarations and data, as checking reports them. */
export const checkCatalogue: readonly CatalogueEntry[] = [];
