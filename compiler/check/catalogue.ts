import type { CatalogueEntry } from "../source/catalogue.js";
import { caseCatalogue } from "./catalogue-cases.js";
import { declarationCatalogue } from "./catalogue-declarations.js";
import { fitCatalogue } from "./catalogue-fits.js";
import { loopCatalogue } from "./catalogue-loops.js";
import { nameCatalogue } from "./catalogue-names.js";
import { shapeCatalogue } from "./catalogue-shapes.js";

/** Codes of names, types, shapes, declarations and data, as checking reports them. */
export const checkCatalogue: readonly CatalogueEntry[] = [
	...nameCatalogue,
	...shapeCatalogue,
	...caseCatalogue,
	...loopCatalogue,
	...declarationCatalogue,
	...fitCatalogue,
];
