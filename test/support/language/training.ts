import {
	Decisions,
	Environment,
	type Expression,
	real,
	type Speller,
	showType,
	type TensorType,
	type Value,
	type Variable,
	variable,
} from "./description.js";
import { type FitDeclaration, type FitResult, FitRun, Untold } from "./fits.js";
import {
	bound,
	filled,
	inside,
	type Making,
	type ModelDeclaration,
	made,
	type Spec,
	type Visible,
	visible,
	visibleInside,
} from "./instances.js";
import { lively, someModel, someParts, withVisible, writeMaking, writeModel, writePart } from "./models.js";
import { rules } from "./optimizers.js";
import {
	callableOf,
	constant,
	type Declared,
	type Expected,
	someFunction,
	writeFunction,
} from "./program.js";
import { someFit } from "./random-fits.js";
import { named, type Scope } from "./scope.js";
import { replaced, type Size, type Sizes } from "./sizes.js";
import { Source } from "./source.js";
import { instantiated } from "./values.js";
import { writeFit } from "./write-fits.js";

/** A `let` at the top: a value, or a fit that is run. */
type Top =
	| { readonly kind: "model"; readonly self: Variable; readonly making: Making }
	| { readonly kind: "value"; readonly self: Variable; readonly of: Expression; readonly typed?: boolean }
	| { readonly kind: "run"; readonly name: string; readonly call: FitCall };

interface FitCall {
	readonly fit: FitDeclaration;
	readonly sizes: readonly number[];
	readonly args: readonly Variable[];
	/** The models that it goes on from, by its options. */
	readonly models: ReadonlyMap<Variable, Variable>;
	readonly numbers: readonly Expression[];
	readonly seen: Visible;
	readonly given: readonly Given[];
}

/** What a fit gives beside its parts, by path. */
interface Given {
	readonly self: Variable;
	readonly of: (result: FitResult) => Value | undefined;
}

/** A program of models, values of them at the top, and fits that train them. */
export interface Training {
	readonly functions: readonly Declared[];
	readonly models: readonly ModelDeclaration[];
	readonly fits: readonly FitDeclaration[];
	/** The top level as the owner of parts, which are its `let`s. */
	readonly host: ModelDeclaration;
	readonly tops: readonly Top[];
}

export function describeTraining(numbers: readonly number[]): Training {
	const source = new Source(numbers);
	let scope: Scope = { source, variables: [], least: new Map(), callees: [], plain: true };
	const functions: Declared[] = [];
	for (let count = source.below(2); count > 0; count--) functions.push(someFunction(scope, false));
	scope = { ...scope, callees: functions };
	const models: ModelDeclaration[] = [];
	for (let count = 1 + source.below(2); count > 0; count--) models.push(someModel(scope, models));
	const fits: FitDeclaration[] = [];
	for (let count = 1 + source.below(2); count > 0; count--) fits.push(someFit(scope, models));
	const tops: Top[] = [];
	const host: ModelDeclaration = {
		name: "",
		sizes: [],
		numbers: [],
		members: [],
		parts: source.chance(50) ? someParts(scope, models, 2).map((p) => ({ ...p, frozen: false })) : [],
		methods: [],
	};
	scope = withVisible(scope, visibleInside(host));
	const define = (of: Expression, typed = false): Variable => {
		const self = named(scope, "r", of.type);
		tops.push({ kind: "value", self, of, typed });
		return self;
	};
	if (host.parts.length > 0) for (let k = 0; k < 3; k++) define(lively(scope, 3));
	for (const fit of fits) {
		for (let calls = 1 + source.below(2); calls > 0; calls--) {
			const sizes = fit.of.sizes.map(() => 1 + source.below(3));
			const chosen = new Map(
				fit.of.sizes.map((name, k): [string, Size] => [name, { "": sizes[k] as number }]),
			);
			const args = fit.parameters.map((p) => define(constant(scope, instantiated(p.type, chosen)), true));
			const given = fit.of.numbers.map(() => lively(scope, 1));
			const models = new Map<Variable, Variable>();
			for (const part of fit.of.parts) {
				if (!part.given) continue;
				const self: Variable = { name: source.fresh("m"), type: real, path: true };
				const numbers = part.making.of.numbers.map(() => lively(scope, 1));
				const sizes = part.making.sizes.map((size) => replaced(size, chosen));
				tops.push({ kind: "model", self, making: { ...part.making, sizes, numbers } });
				models.set(part.given, self);
			}
			const name = source.fresh("r");
			const spec: Spec = { of: fit.of, sizes: chosen, flag: undefined };
			const whole = visible(name, spec);
			const options = new Set(fit.of.numbers.map((n) => `${name}.${n.name}`));
			const seen: Visible = {
				values: whole.values.filter((v) => !options.has(v.variable.name)),
				models: whole.models,
				writing: [],
			};
			const more = givenBy(fit, name, chosen);
			tops.push({ kind: "run", name, call: { fit, sizes, args, models, numbers: given, seen, given: more } });
			for (const { self } of more) define(variable(self));
			for (const { variable: v } of seen.values) if (v.type.kind === "tensor") define(variable(v));
			const within = withVisible(scope, seen);
			for (let k = source.below(3); k > 0; k--) define(lively(within, 3));
			if (source.chance(50)) scope = within;
		}
	}
	return { functions, models, fits, host, tops };
}

function givenBy(fit: FitDeclaration, name: string, sizes: ReadonlyMap<string, Size>): Given[] {
	const at = (path: string, type: TensorType = real): Variable => ({
		name: `${name}.${path}`,
		type,
		path: true,
	});
	const inLines = (lines: FitDeclaration["lines"], looped: boolean): Given[] =>
		lines.flatMap((line): Given[] => {
			if (line.kind === "loop") return inLines(line.lines, true);
			if (line.kind === "minimize" && !looped)
				return line.terms.flatMap((t) =>
					t.name ? [{ self: at(`run.terms.${t.name}`), of: (r) => r.terms.get(t.name as string) }] : [],
				);
			if (line.kind !== "track") return [];
			const type = instantiated(line.self.type, sizes) as TensorType;
			return [
				{ self: at(line.self.name, type), of: (r) => r.tracks.get(line.self) },
				...(looped
					? [
							{
								self: at(`run.history.${line.self.name}`, type),
								of: (r: FitResult) => r.histories.get(line.self),
							},
						]
					: []),
			];
		});
	return [
		...inLines(fit.lines, false),
		{ self: at("run.loss"), of: (r) => r.loss },
		{ self: at("run.steps"), of: (r) => r.steps },
		{ self: at("run.history.loss"), of: (r) => r.losses },
	];
}

export function writeTraining(of: Training, spellerOf: (sink: string[], least: Sizes) => Speller): string {
	const lines = ["precision f64"];
	const speller = (sizes: readonly string[]): Speller =>
		spellerOf(lines, new Map(sizes.map((name) => [name, 1])));
	for (const { declared } of rules) if (declared) lines.push(declared);
	for (const f of of.functions) lines.push(writeFunction(f, spellerOf(lines, f.least)));
	for (const model of of.models) lines.push(writeModel(model, speller(model.sizes)));
	for (const fit of of.fits) lines.push(writeFit(fit, speller(fit.of.sizes)));
	const top = speller([]);
	for (const part of of.host.parts) lines.push(`let ${writePart(part, top)}`);
	for (const one of of.tops) {
		if (one.kind === "run") {
			const { fit, args, numbers, models } = one.call;
			const given = [
				...args.map((a) => top.name(a)),
				...[...models.values()].map((m) => m.name),
				...numbers.map((n) => top.spell(n)),
			];
			lines.push(`let ${one.name} = ${fit.name}(${given.join(", ")})`);
			continue;
		}
		if (one.kind === "model") {
			lines.push(`let ${one.self.name} = ${writeMaking(one.making, top)}`);
			continue;
		}
		const type = one.typed ? `: ${showType(one.self.type, top)}` : "";
		lines.push(`let ${one.self.name}${type} = ${one.of.write(top)}`);
	}
	return `${lines.join("\n")}\n`;
}

/** What the values at the top are by plain loops; those of which nothing certain is known are left out. */
export function expectationsOf(of: Training): { readonly expected: Expected[]; readonly untold: number } {
	const decisions = new Decisions();
	let current = decisions;
	let global = new Environment(new Map(), new Map(), decisions);
	for (const f of of.functions)
		global = global.with(
			f.self,
			callableOf(f, global, () => current),
		);
	const host = filled(of.host, new Map(), new Map(), global);
	global = inside(host, global);
	const expected: Expected[] = [];
	let untold = 0;
	const rough = new Set<Variable>();
	for (const one of of.tops) {
		decisions.reset();
		current = decisions;
		const e = global;
		if (one.kind === "run") {
			const { fit, sizes, args, numbers, seen, given, models } = one.call;
			if ([...models.values()].some((m) => !e.values.has(m))) {
				untold++;
				continue;
			}
			if (args.some((a) => !e.values.has(a)) || numbers.some((n) => !isKnown(n, e))) {
				untold++;
				continue;
			}
			const options = new Map<Variable, Value>([
				...fit.parameters.map((p, k): [Variable, Value] => [p, e.get(args[k] as Variable)]),
				...fit.of.numbers.map((n, k): [Variable, Value] => [n, (numbers[k] as Expression).value(e)]),
				...[...models].map(([option, model]): [Variable, Value] => [option, e.get(model)]),
			]);
			try {
				const numbers = new Map(fit.of.sizes.map((name, k) => [name, sizes[k] as number]));
				const result = new FitRun(fit, numbers, options, e, (of) => (current = of)).run();
				if (decisions.close || decisions.rough || !(decisions.largest < 1e4)) throw new Untold();
				global = bound(global, seen, result.instance);
				for (const { self, of: found } of given) {
					const value = found(result);
					if (value !== undefined) global = global.with(self, value);
				}
				for (const v of [...seen.values, ...seen.models]) rough.add(v.variable);
				for (const { self } of given) rough.add(self);
			} catch (error) {
				if (!(error instanceof Untold)) throw error;
				untold++;
			}
			continue;
		}
		if (one.kind === "model") {
			if (!one.making.numbers.every((n) => isKnown(n, e))) continue;
			const model = made(one.making, e);
			if (!decisions.close && !decisions.rough && decisions.largest < 1e4)
				global = global.with(one.self, { held: model });
			continue;
		}
		if (!isKnown(one.of, e)) {
			untold++;
			continue;
		}
		decisions.rough = [...one.of.free].some((v) => rough.has(v));
		const value = one.of.value(e);
		if (decisions.rough) rough.add(one.self);
		if (decisions.close) {
			untold++;
			continue;
		}
		global = global.with(one.self, value);
		const tolerance = (decisions.rough ? 1e-6 : 1e-10) * Math.max(1, decisions.largest);
		expected.push({ name: one.self.name, value, tolerance });
	}
	return { expected, untold };
}

const isKnown = (of: Expression, e: Environment): boolean => [...of.free].every((v) => e.values.has(v));
