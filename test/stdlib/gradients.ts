import { assertClose, onBackends } from "../support/values.js";

/**
 * Compares the gradients of terms of `w: real[n]` at a point with central differences. The differences are taken in one
 * binder over all shifted points, so that the terms are also evaluated lane by lane.
 */
export function expectGradients(
	terms: Readonly<Record<string, string>>,
	point: readonly number[],
	setup = "",
	tolerance = 1e-7,
): void {
	const n = point.length;
	const h = 1e-5;
	const names = Object.keys(terms);
	const text = `precision f64
${setup}
let point: real[${n}] = ${JSON.stringify(point)}
let shift = ${h}
${names
	.map(
		(name) => `fn f_${name}(w: real[${n}]) -> real = ${terms[name]}
fit g_${name}() {
  param w: real[${n}] = point
  repeat 1 { minimize f_${name}(w)  using sgd(1) }
}
let exact_${name} = point - g_${name}().w
let up_${name} = for i in ${n}: f_${name}(for j in ${n}: if j == i then point[j] + shift else point[j])
let down_${name} = for i in ${n}: f_${name}(for j in ${n}: if j == i then point[j] - shift else point[j])
let near_${name} = (up_${name} - down_${name}) / (2 * shift)`,
	)
	.join("\n")}
`;
	for (const result of onBackends(text))
		for (const name of names)
			assertClose(result.numbers(`exact_${name}`), result.numbers(`near_${name}`), tolerance, name);
}
