import { dirname, relative } from "node:path";
import type { Backend } from "../compiler/backends/backend.js";
import type { CheckedProgram } from "../compiler/check/check.js";
import { asTable, type DataSource, type NamedTensor } from "../compiler/elaborate/builtins/data.js";
import { type CodeOrigin, Environment } from "../compiler/elaborate/environment.js";
import {
	type CallValues,
	type DrawState,
	ElaborationError,
	type Evaluator,
	type Services,
} from "../compiler/elaborate/evaluator.js";
import { declareType } from "../compiler/elaborate/expressions/cases.js";
import { bornSizes, evaluate, evaluateLet } from "../compiler/elaborate/expressions/evaluate.js";
import { NumberBeyond } from "../compiler/elaborate/tensors.js";
import { integer, type TupleValue, type Value } from "../compiler/elaborate/values.js";
import type { DataRequest, Module } from "../compiler/program/module.js";
import { isDataDeclaration, nameOrder } from "../compiler/program/order.js";
import type { Diagnostic, Location } from "../compiler/source/diagnostic.js";
import type * as ast from "../grammar/ast.js";
import { runCheck } from "./checks.js";
import { compute, computeNow, type Machine } from "./compute.js";
import { attempt } from "./data/attempt.js";
import { permutation } from "./data/permutation.js";
import { tensorOf } from "./data/table.js";
import type { RunEvent } from "./events.js";
import { type FinishedFit, runFit } from "./fit.js";
import { type Host, type HostPlace, runHostStatement } from "./host.js";
import { cannotRunYet } from "./later.js";
import { withinMemory } from "./memory.js";
import type { NodeHost } from "./node-host.js";
import { evaluatePicture } from "./pictures/evaluate.js";
import { PictureNames } from "./pictures/names.js";
import { StopRun } from "./stop.js";
import type { RunStore } from "./store/run-store.js";

/** What a run is given. */
export interface RunSettings {
	readonly program: CheckedProgram;
	readonly host: NodeHost;
	readonly backend: Backend;
	readonly seed: number;
	readonly emit: (event: RunEvent) => void;
	readonly stopRequested: () => boolean;
	/** Where finished runs and checkpoints are kept; without it nothing is. */
	readonly store?: RunStore;
	/** Whether the histories of fits are told in full. */
	readonly histories?: boolean;
}

/** Runs a checked program from top to bottom. Returns the exit code that its last event carries. */
export function runProgram(settings: RunSettings): 0 | 1 | 2 | 130 {
	const started = performance.now();
	const run = new ProgramRun(settings);
	const exitCode = run.guarded();
	settings.emit({
		kind: "finished",
		exitCode,
		passed: run.passed,
		failed: run.failed,
		seconds: (performance.now() - started) / 1000,
	});
	return exitCode;
}

export class ProgramRun implements Services, Host {
	passed = 0;
	failed = 0;
	fits = 0;
	readonly finishedFits: FinishedFit[] = [];
	private toldStore = false;
	private readonly told = new Set<string>();
	readonly machine: Machine;
	readonly draws: DrawState;
	readonly data: DataSource;
	private readonly environments = new Map<Module, Environment>();
	private readonly pictureNames = new PictureNames();

	constructor(readonly settings: RunSettings) {
		this.machine = { backend: settings.backend, realElement: precisionOf(settings.program), services: this };
		this.draws = { seed: settings.seed, path: [], counts: new Map() };
		this.data = {
			read: (environment, node, request, realElement) =>
				this.readData(environment, node, request, realElement),
			permutation,
		};
	}

	emit(event: RunEvent): void {
		this.settings.emit(event);
	}

	/** The value of a top-level name of the root file, once it has run. */
	topLevel(name: string): Value | undefined {
		return this.environments.get(this.settings.program.program.root)?.find(name);
	}

	guarded(): 0 | 1 | 2 | 130 {
		try {
			this.openStore();
			this.runModules();
			this.closeStore();
			return this.failed > 0 ? 1 : 0;
		} catch (error) {
			if (error instanceof StopRun) return 130;
			if (!(error instanceof ElaborationError)) throw error;
			this.emit({ kind: "problem", diagnostic: diagnosticOf(error) });
			return 2;
		}
	}

	/** What could not be written is told once, and the run goes on. */
	tellStore(): void {
		const message = this.settings.store?.problem;
		if (message === undefined || this.toldStore) return;
		this.toldStore = true;
		this.warnOfStore("E0612", message, "the run goes on; what is on disk is as it was");
	}

	private openStore(): void {
		const { store, program } = this.settings;
		if (!store?.resume) return;
		const problem = store.open();
		if (problem === undefined) return;
		const at = { file: program.program.root.path, start: 0, end: 0 };
		if (store.hasCheckpoint)
			throw new ElaborationError("E0611", problem, at, "run without `--resume` to begin anew");
		this.warnOfStore("E0613", problem, "the run begins anew");
	}

	/** A checkpoint that no fit went on from. */
	private closeStore(): void {
		const { store } = this.settings;
		if (!store?.stopped) return;
		const { fit, done } = store.stopped;
		this.warnOfStore("E0613", `no fit went on from the checkpoint of \`${fit}\` at step ${done}`, undefined);
	}

	/** Each place once. */
	warn(told: ElaborationError): void {
		const key = `${told.code} ${told.at.file} ${told.at.start}`;
		if (this.told.has(key)) return;
		this.told.add(key);
		this.emit({ kind: "problem", diagnostic: { ...diagnosticOf(told), severity: "warning" } });
	}

	private warnOfStore(code: string, message: string, hint: string | undefined): void {
		const at = { file: this.settings.program.program.root.path, start: 0, end: 0 };
		const more = { related: [], notes: [], fixes: [], ...(hint !== undefined && { hint }) };
		this.emit({ kind: "problem", diagnostic: { code, severity: "warning", message, at, ...more } });
	}

	private runModules(): void {
		const { program } = this.settings.program;
		let prelude: Environment | undefined;
		for (const { module, prelude: isPrelude } of program.modules) {
			const origin: CodeOrigin = { module, offset: 0 };
			const environment = new Environment(origin, prelude, "module");
			this.environments.set(module, environment);
			if (isPrelude) prelude = environment;
			const statements = this.declareItems(module, environment);
			if (module === program.root) for (const run of statements) run();
		}
	}

	/** Names first, so that a declaration may use what stands below it; returns what is to be run, in order. */
	private declareItems(module: Module, environment: Environment): (() => void)[] {
		const statements: (() => void)[] = [];
		let index = 0;
		for (const slice of module.tree.slices) {
			for (const { declaration } of slice.items) {
				const standing = { index: index++, isData: isDataDeclaration(declaration) };
				const origin: CodeOrigin = { module, offset: slice.offset };
				const own = new Environment(origin, environment, "module", undefined, standing);
				for (const name of valuesNamed(declaration))
					environment.declareAt(name, standing.index, nameOrder(declaration));
				const run = this.declareItem(own, environment, declaration);
				if (run) statements.push(() => placed(own.locate(declaration), run));
			}
		}
		return statements;
	}

	private declareItem(
		own: Environment,
		module: Environment,
		node: ast.Declaration,
	): (() => void) | undefined {
		const name = "name" in node && node.name?.kind === "Identifier" ? node.name.name : undefined;
		switch (node.kind) {
			case "Import":
				this.importNames(module, node);
				return undefined;
			case "Function":
				if (name) module.set(name, { kind: "function", node, environment: own });
				return undefined;
			case "Model":
				if (name) module.set(name, { kind: "model class", node, environment: own });
				return undefined;
			case "Type":
				declareType(own, module, node);
				return undefined;
			case "Constraint":
			case "Optimizer":
			case "Reparam":
				if (name) module.set(name, { kind: "rule", node, environment: own });
				return undefined;
			case "Fit":
				if (name) module.set(name, { kind: "fit", node, environment: own });
				return undefined;
			case "Dimension":
			case "Data":
				if (name)
					module.setInOrder(name, () =>
						this.computeAt(own, node.value, (e) => {
							const value = e.at(name, () => evaluate(e, own, node.value));
							return named(asTable(e, value, name) ?? value, name);
						}),
					);
				return undefined;
			case "Let":
				return this.declareLet(own, module, node);
			case "Search":
				return () => cannotRunYet("a search", own.locate(node));
			case "Check":
			case "Plot":
			case "Loop":
			case "IfStatement":
			case "ExpressionStatement":
				return () =>
					withinMemory(own.locate(node), () =>
						runHostStatement(this, { environment: own, draws: this.draws, turns: [] }, node),
					);
			default:
				return undefined;
		}
	}

	/** In the root file a `let` is computed where it stands; in an imported one when it is first used. */
	private declareLet(own: Environment, module: Environment, node: ast.Let): (() => void) | undefined {
		const value = (): Value =>
			this.computeAt(own, node.value, (evaluator) => {
				const inner = own.inner();
				evaluateLet(evaluator, inner, node);
				if (node.pattern.kind !== "NamePattern")
					return {
						kind: "tuple",
						elements: namesOf(node.pattern).map((n) => ({
							name: n,
							value: inner.find(n) ?? { kind: "unit" },
						})),
					};
				return inner.find(node.pattern.name) ?? { kind: "unit" };
			});
		if (node.pattern.kind === "NamePattern") {
			const { name } = node.pattern;
			module.setInOrder(name, value);
			for (const size of bornSizes(node)) {
				module.setInOrder(size.name, () => {
					const value = module.find(name);
					const extent = value?.kind === "tensor" ? value.data.type.shape[size.axis] : undefined;
					return extent === undefined ? { kind: "unit" } : integer(extent);
				});
			}
			return () => void module.find(name);
		}
		const names = namesOf(node.pattern);
		let computed: Value | undefined;
		const part = (n: string): Value => {
			computed ??= value();
			const found =
				computed.kind === "tuple" ? computed.elements.find((e) => e.name === n)?.value : undefined;
			return found ?? { kind: "unit" };
		};
		for (const n of names) module.setInOrder(n, () => part(n));
		return () => names.forEach((n) => void module.find(n));
	}

	private computeAt(own: Environment, node: ast.Expression, body: (evaluator: Evaluator) => Value): Value {
		return withinMemory(own.locate(node), () => compute(this.machine, this.drawsOf(own), body));
	}

	/** Names of another file draw apart from those of the root file, whenever they are computed. */
	private drawsOf(environment: Environment): DrawState {
		const { module } = environment.origin;
		const { root } = this.settings.program.program;
		if (module === root) return this.draws;
		const path = module.library
			? module.path
			: relative(dirname(root.path), module.path).replaceAll("\\", "/");
		return { ...this.draws, path: [...this.draws.path, path] };
	}

	private importNames(module: Environment, node: ast.Import): void {
		const source = this.settings.program.program.imports.get(node);
		const from = source && this.environments.get(source);
		for (const { name, alias } of node.names) {
			if (from) module.setLazy((alias ?? name).name, () => from.find(name.name) ?? { kind: "unit" });
		}
	}

	check({ environment, draws, turns }: HostPlace, node: ast.Check): void {
		const outcome = runCheck(this.machine, draws, environment, node);
		if (outcome.passed) this.passed++;
		else this.failed++;
		this.emit({
			kind: "check",
			role: node.role,
			at: environment.locate(node),
			...outcome,
			...(turns.length > 0 && { turn: turns.join(", ") }),
		});
	}

	plot({ environment, draws, turns }: HostPlace, node: ast.Plot): void {
		const picture = evaluatePicture(this.machine, draws, environment, node);
		this.emit({
			kind: "plot",
			name: this.pictureNames.nameOf(picture, turns),
			at: environment.locate(node),
			...(turns.length > 0 && { turn: turns.join(", ") }),
			picture,
		});
	}

	/** A check or a loop of statements in a function: what it sees is computed first. */
	statement(evaluator: Evaluator, environment: Environment, node: ast.Statement): void {
		atHostLevel(evaluator, "this is", environment.locate(node));
		const seen: Value = { kind: "function", node: emptyFunction, environment };
		computeNow(this.machine, evaluator, seen);
		runHostStatement(this, { environment, draws: evaluator.draws, turns: [] }, node);
	}

	/** What is computed at once has its values by now: it does not stand in code that is compiled as a whole. */
	computed(evaluator: Evaluator, value: Value, at?: Location): Value {
		if (at) atHostLevel(evaluator, "`static` is", at);
		return computeNow(this.machine, evaluator, value);
	}

	/** A fit runs when it is called: what its arguments hold is computed first. */
	runFit(evaluator: Evaluator, fit: Value & { kind: "fit" }, args: CallValues, at: Location): Value {
		atHostLevel(evaluator, "a fit is", at);
		const values: TupleValue = {
			kind: "tuple",
			elements: [
				...args.positional.map((value) => ({ value })),
				...[...args.named].map(([name, value]) => ({ name, value })),
			],
		};
		const computed = computeNow(this.machine, evaluator, values);
		const elements = computed.kind === "tuple" ? computed.elements : [];
		const positional = elements.slice(0, args.positional.length).map((e) => e.value);
		const named = new Map(elements.slice(args.positional.length).map((e) => [e.name ?? "", e.value]));
		return runFit(this, fit, { positional, named }, evaluator.draws.seed, at);
	}

	private readData(
		environment: Environment,
		node: { readonly span: { readonly start: number; readonly end: number } },
		request: DataRequest,
		realElement: "f32" | "f64",
	): NamedTensor[] {
		const resolved = (path: string): string => {
			const file = this.settings.host.resolve(environment.origin.module.path, path);
			if (file !== undefined) return file;
			throw new ElaborationError("E0512", `${path} is outside the project`, environment.locate(node));
		};
		const { labels } = request;
		const answer = this.settings.host.readData({
			...request,
			path: resolved(request.path),
			...(labels !== undefined && { labels: resolved(labels) }),
		});
		const tensors =
			"ok" in answer ? attempt(() => answer.ok.map((array) => tensorOf(array, realElement))) : answer;
		if ("ok" in tensors) return tensors.ok;
		const { code, message, hint } = tensors.problem;
		throw new ElaborationError(code, message, environment.locate(node), hint);
	}
}

/** Stands for a piece of code that sees an environment. */
const emptyFunction: ast.FunctionDeclaration = {
	kind: "Function",
	role: "fn",
	parameters: [],
	where: [],
	body: { kind: "Missing", span: { start: 0, end: 0 } },
	span: { start: 0, end: 0 },
};

function atHostLevel(evaluator: Evaluator, what: string, at: Location): void {
	if (!evaluator.isKernel && !evaluator.isInDerivative) return;
	throw new ElaborationError(
		"E0603",
		`${what} of the host level, and does not stand within a binder, a step, a derivative or a computed \`if\``,
		at,
	);
}

function named(value: Value, name: string): Value {
	if (value.kind === "table") return { ...value, name };
	if (value.kind !== "tuple") return value;
	return {
		...value,
		elements: value.elements.map((e) => ({
			...e,
			value: e.value.kind === "table" ? { ...e.value, name: `${name}.${e.name}` } : e.value,
		})),
	};
}

/** The names of values that a declaration gives, which a file has from its line on. */
function valuesNamed(node: ast.Declaration): string[] {
	if (node.kind === "Let") return [...namesOf(node.pattern), ...bornSizes(node).map((size) => size.name)];
	return isDataDeclaration(node) && "name" in node && node.name?.kind === "Identifier"
		? [node.name.name]
		: [];
}

function namesOf(pattern: ast.Pattern): string[] {
	if (pattern.kind === "NamePattern") return [pattern.name];
	return pattern.kind === "TuplePattern" ? pattern.elements.flatMap(namesOf) : [];
}

/** `precision f64` in the root file; f32 else. */
function precisionOf(program: CheckedProgram): "f32" | "f64" {
	for (const slice of program.program.root.tree.slices) {
		for (const { declaration } of slice.items) {
			if (
				declaration.kind === "Precision" &&
				declaration.format.kind === "Identifier" &&
				declaration.format.name === "f64"
			)
				return "f64";
		}
	}
	return "f32";
}

/** A number that turns out to be beyond its element has no place of its own: that of the statement. */
function placed(at: Location, run: () => void): void {
	try {
		run();
	} catch (error) {
		throw error instanceof NumberBeyond
			? new ElaborationError(error.code, error.message, at, error.hint)
			: error;
	}
}

export function diagnosticOf(error: ElaborationError): Diagnostic {
	return {
		code: error.code,
		severity: "error",
		message: error.message,
		at: error.at,
		related: [],
		notes: [],
		...(error.hint !== undefined && { hint: error.hint }),
		fixes: [],
	};
}
