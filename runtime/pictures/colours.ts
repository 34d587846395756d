/** Colours of pictures: they are read on light and on dark, and told apart without red and green. */

/** What is not data. Each is its own name: `themed` gives it another value where dark is preferred. */
export const inks = {
	background: "#fffffe",
	text: "#1f2329",
	faint: "#59636f",
	axis: "#818b99",
	grid: "#d8dee5",
} as const;

const dark: Readonly<Record<keyof typeof inks, string>> = {
	background: "#0d1117",
	text: "#e6edf3",
	faint: "#9198a1",
	axis: "#6e7681",
	grid: "#2b323b",
};

/**
 * Okabe and Ito, 2008, "Color Universal Design"; orange and sky blue are darkened until all have a contrast of 3 or
 * more both with white and with the dark background.
 */
export const seriesColours = ["#0072b2", "#d55e00", "#009e73", "#c46a9b", "#b88000", "#3a93c8"] as const;

/** Rules that go into a picture: the dark values, where the reader prefers them. */
export const themeRules = `@media (prefers-color-scheme: dark) { ${Object.entries(inks)
	.map(([name, light]) => {
		const value = dark[name as keyof typeof inks];
		return `[fill="${light}"] { fill: ${value} } [stroke="${light}"] { stroke: ${value} }`;
	})
	.join(" ")} }`;

/** For measuring contrasts. */
export const darkInks = dark;
