/** A number for people: 4 significant digits, scientific where plain digits would be many. */
export function formatNumber(value: number): string {
	if (Number.isNaN(value)) return "nan";
	if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
	if (value === 0) return "0";
	const size = Math.abs(value);
	// Whole numbers are shown whole: they are counts more often than measures.
	if (Number.isInteger(value) && size < 1e6) return String(value);
	// Rounding comes first: 999999.96 is 1e6.
	const [digits, exponent] = value.toExponential(3).split("e") as [string, string];
	const power = Number(exponent);
	if (power >= 6 || power < -4) return `${withoutZeros(digits)}e${power}`;
	return withoutZeros(value.toFixed(Math.max(0, 3 - power)));
}

/** Two numbers, with as many digits as tell them apart. */
export function formatApart(a: number, b: number): readonly [string, string] {
	const [x, y] = [formatNumber(a), formatNumber(b)];
	if (x !== y || a === b || !Number.isFinite(a) || !Number.isFinite(b)) return [x, y];
	for (let digits = 5; digits < 17; digits++) {
		const [p, q] = [Number(a.toPrecision(digits)), Number(b.toPrecision(digits))];
		if (p !== q) return [String(p), String(q)];
	}
	return [String(a), String(b)];
}

function withoutZeros(digits: string): string {
	return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

/** A time span: `420 ms`, `4.2 s`, `1 min 5 s`, `2 h 3 min`. */
export function formatDuration(seconds: number): string {
	if (!Number.isFinite(seconds) || seconds < 0) return "?";
	if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
	if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	const minutes = Math.floor(whole / 60);
	if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
	const hours = Math.floor(minutes / 60);
	return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}

const levels = "▁▂▃▄▅▆▇█";

/** Positive numbers that span so many times their least are shown by their logarithms: two decades. */
const leastSpan = 100;

/** The heights of values as blocks, from the least to the greatest; undefined of what is not finite. */
export function blocksOf(values: readonly number[]): (string | undefined)[] {
	const known = values.filter(Number.isFinite);
	const least = Math.min(...known);
	const isLog = least > 0 && Math.max(...known) >= leastSpan * least;
	const shown = isLog ? values.map(Math.log) : values;
	const finite = shown.filter(Number.isFinite);
	const low = Math.min(...finite);
	const range = Math.max(...finite) - low;
	return shown.map((value) =>
		Number.isFinite(value)
			? levels[range === 0 ? 0 : Math.round(((value - low) / range) * (levels.length - 1))]
			: undefined,
	);
}

/** A history in one line of blocks; `×` where it was not finite. */
export function sparkline(history: readonly number[], width = 24): string {
	return blocksOf(binned(history, width))
		.map((block) => block ?? "×")
		.join("");
}

/** Means of at most `width` equal parts, each of at least one value. */
function binned(history: readonly number[], width: number): number[] {
	if (history.length <= width) return [...history];
	return Array.from({ length: width }, (_, i) => {
		const from = Math.floor((i * history.length) / width);
		const part = history.slice(from, Math.floor(((i + 1) * history.length) / width));
		return part.reduce((sum, value) => sum + value, 0) / part.length;
	});
}

const eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `width` cells, filled to `share` in eighths of a cell. */
export function bar(share: number, width: number): string {
	const filled = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
	const text = "█".repeat(Math.floor(filled / 8)) + eighths[filled % 8];
	return text.padEnd(width, "·");
}
