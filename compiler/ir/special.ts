/**
 * The special functions of `scalar.ts` that JavaScript lacks, on numbers of 64 bits. Equation numbers are those of
 * Abramowitz and Stegun, "Handbook of mathematical functions" (1964), and of the NIST DLMF where it says so.
 */

/** B(2), B(4), .. B(20): the Bernoulli numbers of the asymptotic series below. */
const bernoulli = [
	1 / 6,
	-1 / 30,
	1 / 42,
	-1 / 30,
	5 / 66,
	-691 / 2730,
	7 / 6,
	-3617 / 510,
	43867 / 798,
	-174611 / 330,
];

/** From here on the asymptotic series reach 1e-16. */
const asymptotic = 12;

const isPole = (x: number): boolean => x <= 0 && Number.isInteger(x);

/**
 * The sum over k >= 0 of (x + k)^-s, for integers s >= 2: terms up to 12, then the Euler-Maclaurin formula
 * (DLMF 25.11.5). Below 0 the sum over all integers is split at 0, so that no loop is long:
 * with x = f - m, 0 < f < 1, zeta(s, x) = zeta(s, f) + (-1)^s (zeta(s, 1 - f) - zeta(s, m + 1 - f)).
 */
export function hurwitzZeta(s: number, x: number): number {
	if (isPole(x)) return Number.POSITIVE_INFINITY;
	if (x < 0) {
		const shift = -Math.floor(x);
		const fraction = x + shift;
		const sign = s % 2 === 0 ? 1 : -1;
		return (
			hurwitzZeta(s, fraction) + sign * (hurwitzZeta(s, 1 - fraction) - hurwitzZeta(s, shift + 1 - fraction))
		);
	}
	if (x === Number.POSITIVE_INFINITY) return 0;
	let sum = 0;
	let a = x;
	for (; a < asymptotic + s; a++) sum += a ** -s;
	let power = a ** (1 - s);
	sum += power / (s - 1) + power / a / 2;
	let factor = s / 2;
	power /= a * a;
	bernoulli.forEach((b, k) => {
		sum += b * factor * power;
		const j = 2 * k + 1;
		factor *= ((s + j) * (s + j + 1)) / ((j + 2) * (j + 3));
		power /= a * a;
	});
	return sum;
}

/** zeta(k) - 1 for k = 2, 3, .. */
const zetaLessOne = Array.from({ length: 34 }, (_, k) => hurwitzZeta(k + 2, 2));
const eulerGamma = 0.5772156649015329;
const halfLogTwoPi = 0.9189385332046728;

/** log gamma(2 + z) for |z| <= 1/2, exact in z where it is 0 (6.1.33, without its first term). */
function logGammaNearTwo(z: number): number {
	let sum = 0;
	for (let k = zetaLessOne.length + 1; k >= 2; k--) {
		sum = sum * -z + (zetaLessOne[k - 2] as number) / k;
	}
	return z * (1 - eulerGamma) + z * z * sum;
}

/** sin(pi x), exact in the reduction of x. */
function sinPi(x: number): number {
	const rest = x - 2 * Math.round(x / 2);
	return Math.sin(Math.PI * (Math.abs(rest) > 0.5 ? Math.sign(rest) - rest : rest));
}

/**
 * log |gamma(x)|: the series around 1 and 2, the recurrence between, Stirling's series from 12 on (6.1.41), and
 * reflection below 0 (6.1.17). Infinite at the poles 0, -1, ..
 */
export function logGamma(x: number): number {
	if (Number.isNaN(x)) return x;
	if (!Number.isFinite(x) || isPole(x)) return Number.POSITIVE_INFINITY;
	if (x < 0) return Math.log(Math.PI / Math.abs(sinPi(x))) - logGamma(1 - x);
	if (x < 0.5) return logGammaNearTwo(x) - Math.log1p(x) - Math.log(x);
	if (x < 1.5) return logGammaNearTwo(x - 1) - Math.log1p(x - 1);
	if (x < asymptotic) {
		let product = 1;
		let a = x;
		for (; a > 2.5; a--) product *= a - 1;
		return logGammaNearTwo(a - 2) + Math.log(product);
	}
	let series = 0;
	for (let k = bernoulli.length; k >= 1; k--) {
		series = series / (x * x) + (bernoulli[k - 1] as number) / (2 * k * (2 * k - 1));
	}
	return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + series / x;
}

/**
 * The derivative of `logGamma`: the recurrence (6.3.5) up to 12, then the asymptotic series (6.3.18); reflection
 * below 0 (6.3.7). nan at the poles, where both signs meet.
 */
export function digamma(x: number): number {
	if (isPole(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
	if (x < 0) {
		// tan has period 1 in x, so that the reduced argument is enough.
		return digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - Math.round(x)));
	}
	let sum = 0;
	let a = x;
	for (; a < asymptotic; a++) sum -= 1 / a;
	let series = 0;
	for (let k = bernoulli.length; k >= 1; k--) {
		series = (series + (bernoulli[k - 1] as number) / (2 * k)) / (a * a);
	}
	return sum + Math.log(a) - 0.5 / a - series;
}

function factorial(n: number): number {
	let product = 1;
	for (let k = 2; k <= n; k++) product *= k;
	return product;
}

/**
 * Derivative number n of `digamma` at x (6.4.10): (-1)^(n+1) n! zeta(n + 1, x). nan where n is not an integer of at
 * least 0, and at poles of even order, where both signs meet.
 */
export function polygamma(n: number, x: number): number {
	if (n === 0) return digamma(x);
	if (!Number.isInteger(n) || n < 0 || Number.isNaN(x) || x === Number.NEGATIVE_INFINITY) return Number.NaN;
	if (n % 2 === 0 && isPole(x)) return Number.NaN;
	return (n % 2 === 0 ? -1 : 1) * factorial(n) * hurwitzZeta(n + 1, x);
}

/**
 * 1 - erf(x) without the cancellation: the continued fraction (7.1.14) from the back where x is large, with as many
 * terms as its convergence there asks for.
 */
export function erfc(x: number, erf: (x: number) => number): number {
	if (!(x >= 1)) return 1 - erf(x);
	if (x > 28) return 0;
	let fraction = x;
	for (let k = Math.ceil(30 + 220 / (x * x)); k >= 1; k--) fraction = x + k / 2 / fraction;
	return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}
