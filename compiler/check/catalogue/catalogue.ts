import type { CatalogueEntry } from "../../source/catalogue.js";
import { caseCatalogue } from "./cases.js";
import { declarationCatalogue } from "./declarations.js";
import { fitCatalogue } from "./fits.js";
import { loopCatalogue } from "./loops.js";
import { nameCatalogue } from "./names.js";
import { shapeCatalogue } from "./shapes.js";

/** Codes of names, types, shapes, declarations and data, as checking reports them. */
export const checkCatalogue: readonly CatalogueEntry[] = [
	...nameCatalogue,
	...shapeCatalogue,
	...caseCatalogue,
	...loopCatalogue,
	...declarationCatalogue,
	...fitCatalogue,
];
