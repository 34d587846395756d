/** A size in a generated program: a polynomial over the names of sizes, as coefficients by monomial ("" is the constant). */
export type Size = Readonly<Record<string, number>>;

/** The numbers that names of sizes stand for in one call. */
export type Sizes = ReadonlyMap<string, number>;

export const sizeOfNumber = (value: number): Size => (value === 0 ? {} : { "": value });
export const sizeOfName = (name: string): Size => ({ [name]: 1 });

export function plus(left: Size, right: Size): Size {
	const sum: Record<string, number> = { ...left };
	for (const [monomial, count] of Object.entries(right)) {
		const total = (sum[monomial] ?? 0) + count;
		if (total === 0) delete sum[monomial];
		else sum[monomial] = total;
	}
	return sum;
}

export const scaled = (size: Size, by: number): Size =>
	Object.fromEntries(Object.entries(size).map(([monomial, count]) => [monomial, count * by]));

export const minus = (left: Size, right: Size): Size => plus(left, scaled(right, -1));

export function times(left: Size, right: Size): Size {
	let product: Size = {};
	for (const [a, x] of Object.entries(left)) {
		for (const [b, y] of Object.entries(right)) {
			const names = [a, b].flatMap((monomial) => (monomial === "" ? [] : monomial.split("*")));
			product = plus(product, { [names.sort().join("*")]: x * y });
		}
	}
	return product;
}

export const sameSize = (left: Size, right: Size): boolean => Object.keys(minus(left, right)).length === 0;

export const namesOf = (size: Size): string[] =>
	Object.keys(size).flatMap((monomial) => (monomial === "" ? [] : monomial.split("*")));

export function numberOf(size: Size, sizes: Sizes): number {
	return Object.entries(size).reduce((sum, [monomial, count]) => {
		const names = monomial === "" ? [] : monomial.split("*");
		return sum + names.reduce((product, name) => product * (sizes.get(name) ?? Number.NaN), count);
	}, 0);
}

/** What a size is at least, if each name is at least what is given, and no name has a negative coefficient. */
export function leastOf(size: Size, least: Sizes): number | undefined {
	if (Object.entries(size).some(([monomial, count]) => monomial !== "" && count < 0)) return undefined;
	return numberOf(size, least);
}

export function replaced(size: Size, by: ReadonlyMap<string, Size>): Size {
	let result: Size = {};
	for (const [monomial, count] of Object.entries(size)) {
		const names = monomial === "" ? [] : monomial.split("*");
		const product = names.reduce<Size>(
			(so, name) => times(so, by.get(name) ?? sizeOfName(name)),
			sizeOfNumber(count),
		);
		result = plus(result, product);
	}
	return result;
}

/** As it is written: `2 * n * m + n - 1`. */
export function showSize(size: Size, name: (name: string) => string): string {
	const parts = Object.entries(size).sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1));
	const text = parts.map(([monomial, count], at) => {
		const names = monomial === "" ? [] : monomial.split("*").map(name);
		const amount = Math.abs(count);
		const product = amount === 1 && names.length > 0 ? names : [String(amount), ...names];
		const sign = count < 0 ? (at === 0 ? "-" : " - ") : at === 0 ? "" : " + ";
		return sign + product.join(" * ");
	});
	return text.join("") || "0";
}
