/** The element types as they are written; `real` is one of two formats. */
export type Element = "real" | "f32" | "f64" | "int" | "bool";

const elements: ReadonlySet<string> = new Set<Element>(["real", "f32", "f64", "int", "bool"]);

export function isElement(name: string): name is Element {
	return elements.has(name);
}

/** Of real numbers, in any format. */
export function isRealElement(element: Element): boolean {
	return element === "real" || element === "f32" || element === "f64";
}

/** The format that an element names by itself. */
export function formatNamed(element: Element): "f32" | "f64" | undefined {
	return element === "f32" || element === "f64" ? element : undefined;
}
