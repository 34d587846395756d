import assert from "node:assert/strict";
import { interpreterBackend } from "../../../compiler/backends/interpreter.js";
import { wasmBackend } from "../../../compiler/backends/wasm/index.js";
import { evaluateProgram } from "../evaluate.js";
import { elementsOf, PlainSpeller } from "./description.js";
import { type Description, describe, type Expected, expectations, write } from "./program.js";
import type { Sizes } from "./sizes.js";
import { Source } from "./source.js";
import { DetourSpeller } from "./spelling.js";
import { describeTraining, expectationsOf, writeTraining } from "./training.js";

/** Longer programs say nothing that shorter ones do not. */
const longest = 20_000;

/** As it is described; or with other names, functions taken out, values sent through records, loops and binders. */
export function spelled(of: Description, detours?: readonly number[]): ReturnType<typeof write> {
	if (!detours) return write(of, () => new PlainSpeller());
	const source = new Source(detours);
	const declared = new Set([...of.functions.map((f) => f.self), ...of.results.map((r) => r.name)]);
	return write(of, (sink, least) => new DetourSpeller(source, sink, least, 12, (v) => declared.has(v)));
}

/** Checks that a program that these choices describe has the values that plain arithmetic gives. */
export function compareProgram(choices: readonly number[], detours: readonly number[]): void {
	const description = describe(choices);
	const texts = [spelled(description), spelled(description, detours)];
	if (texts.some(({ text, library = "" }) => text.length + library.length > longest)) return;
	const expected = expectations(description);
	const [plain, other] = texts as [ReturnType<typeof write>, ReturnType<typeof write>];
	for (const [{ text, library }, backend] of [
		[plain, wasmBackend],
		[plain, interpreterBackend],
		[other, wasmBackend],
	] as const) {
		const files: Readonly<Record<string, string>> =
			library === undefined ? {} : { "library.ansatz": library };
		const whole = `${text}${library === undefined ? "" : `\n// library.ansatz\n${library}`}`;
		const result = evaluateProgram(text, { backend, files });
		for (const one of expected)
			compareNumbers(result.numbers(one.name), one, `on ${backend.name}, in\n${whole}`);
	}
}

/** The same of a program of models and fits. */
export function compareTraining(choices: readonly number[], detours: readonly number[]): void {
	const description = describeTraining(choices);
	const source = new Source(detours);
	const declared = new Set([
		...description.functions.map((f) => f.self),
		...description.tops.flatMap((top) => (top.kind === "value" ? [top.self] : [])),
	]);
	const others = (sink: string[], least: Sizes): DetourSpeller =>
		new DetourSpeller(source, sink, least, 8, (v) => declared.has(v));
	const texts = [
		writeTraining(description, () => new PlainSpeller()),
		writeTraining(description, others),
	] as const;
	if (texts.some((text) => text.length > longest)) return;
	const { expected } = expectationsOf(description);
	for (const [text, backend] of [
		[texts[0], wasmBackend],
		[texts[0], interpreterBackend],
		[texts[1], wasmBackend],
	] as const) {
		const result = evaluateProgram(text, { backend });
		for (const one of expected)
			compareNumbers(result.numbers(one.name), one, `on ${backend.name}, in\n${text}`);
	}
}

function compareNumbers(
	actual: readonly number[],
	{ name, value, tolerance }: Expected,
	where: string,
): void {
	const wanted = elementsOf(value);
	assert.equal(
		actual.length,
		wanted.length,
		`${name} has ${actual.length} numbers, not ${wanted.length}, ${where}`,
	);
	wanted.forEach((b, k) => {
		const a = actual[k] as number;
		// Huge numbers differ by cancellation, not by meaning.
		const huge = Number.isFinite(b) && Math.abs(b) > 1e6;
		const close = Number.isFinite(b)
			? Math.abs(a - b) <= Math.max(tolerance, 1e-9) * Math.max(1, Math.abs(b))
			: Object.is(a, b);
		assert.ok(huge || close, `${name}: element ${k} is ${a}, not ${b}, ${where}`);
	});
}
