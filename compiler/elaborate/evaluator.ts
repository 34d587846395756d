import type * as ast from "../../grammar/ast.js";
import { Builder } from "../ir/builder.js";
import type { ElementType, Func, Value as IrValue, TensorData } from "../ir/ir.js";
import { hashKey } from "../ir/philox.js";
import type { Location } from "../source/diagnostic.js";
import { improve } from "../transform/rewrites/copies.js";
import type { DataSource } from "./builtins/data.js";
import type { Element } from "./elements.js";
import type { Environment, Guard } from "./environment.js";
import type { StateWrites } from "./models/state.js";
import type { Lane, TracedValue, Value } from "./values.js";

/** Something that checking should have refused, or that only the values show. Has a place in the source. */
export class ElaborationError extends Error {
	constructor(
		readonly code: string,
		message: string,
		readonly at: Location,
		readonly hint?: string,
	) {
		super(message);
	}
}

/** What elaboration asks of the runtime: to run a fit, whose result is a value. */
export interface Services {
	readonly data: DataSource;
	/** A check or a loop of statements, in a function that the host level calls. */
	statement(evaluator: Evaluator, environment: Environment, node: ast.Statement): void;
	/** The value with its tensors computed; with a place, only at the host level. */
	computed(evaluator: Evaluator, value: Value, at?: Location): Value;
	/** Tells something that does not end the run. */
	warn(told: ElaborationError): void;
	runFit(evaluator: Evaluator, fit: Value & { kind: "fit" }, args: CallValues, at: Location): Value;
}

export interface CallValues {
	readonly positional: readonly Value[];
	readonly named: ReadonlyMap<string, Value>;
}

/** Where draws take their numbers from: a value is Philox(seed, path; counters). */
export interface DrawState {
	readonly seed: number;
	readonly path: readonly string[];
	/** Repeated draws in one binding are numbered. */
	readonly counts: Map<string, number>;
	/** The turn of the loop around, which every draw in it counts. */
	readonly turn?: IrValue;
	/** How many lanes stood where the seed was set: those do not count. */
	readonly outerLanes?: number;
}

/** That computed numbers lie in low .. below: their least and their greatest are two more results. */
export interface RunTimeCheck {
	readonly least: IrValue;
	readonly most: IrValue;
	readonly low: number;
	readonly below: number;
	readonly at: Location;
	/** What they are for: an index, a narrowing `int<k>(..)`, the `int(..)` of reals, or whether a loop came to its end. */
	readonly what: "index" | "narrowing" | "whole" | "end";
}

/** A part of a model whose value is wanted, and what its calls gave. */
export interface Capture {
	readonly part: Value;
	readonly found: {
		readonly value: Value;
		readonly builder: Builder;
		readonly lanes: number;
		readonly guards: number;
	}[];
}

const notInRegions =
	"a number that is checked while running, in a function that is called by a derivative, is not supported yet";

/** The tracing of one function of the IR: evaluates expressions and emits equations. */
export class Evaluator {
	/** Of the function or the region that is being built. */
	builder = new Builder(undefined, improve);
	private readonly whole = this.builder;
	/** Data from outside: parameters of the function. */
	readonly lifted = new Map<TensorData, IrValue>();
	lanes: readonly Lane[] = [];
	/** Of the branches that are being evaluated: what they read passes these. */
	guards: readonly Guard[] = [];
	/** The conditions of these branches: a loop in a branch that is not taken makes no turn. */
	conditions: readonly TracedValue[] = [];
	/** What is to be checked of computed numbers once they are there. */
	checks: RunTimeCheck[] = [];
	/** At the host level it is told where a loop was cut by its limit, and nothing asks whether it was. */
	tellsLimits = false;
	/** Where the program calls what is being evaluated: of the library it is the caller that is shown. */
	callPlace: Location | undefined;
	/** Inside a step: what calls of models write to their states. */
	stateWrites: StateWrites | undefined;
	/** The parts whose values are wanted of what is being evaluated. */
	readonly captures: Capture[] = [];
	draws: DrawState;
	/** What a `minimize` differentiates is evaluated for training, all else as it is used. */
	training = false;
	/** The functions of the calls so far, by their keys. */
	readonly instances = new Map<string, Func>();
	/** Functions whose bodies are evaluated where they are called. */
	readonly inPlace = new Set<ast.FunctionDeclaration>();
	/** How many calls of each function are being evaluated: one inside the other. */
	readonly active = new Map<ast.FunctionDeclaration, number>();
	private probing = 0;
	private derivatives = 0;
	private readonly probedFits = new Map<string, Value>();
	private static nextLane = 1;
	/** The format of `real` outside of all calls. */
	readonly programElement: "f32" | "f64";

	constructor(
		/** The format of `real`: that of the program, or, in a call, that of its arguments. */
		public realElement: "f32" | "f64",
		readonly services: Services,
		draws: DrawState,
	) {
		this.draws = draws;
		this.programElement = realElement;
	}

	newLane(name: string, size: number): Lane {
		return { id: Evaluator.nextLane++, name, size };
	}

	/** Runs `body` inside a binder. */
	inLanes<T>(lanes: readonly Lane[], body: () => T): T {
		const outer = this.lanes;
		this.lanes = [...outer, ...lanes];
		try {
			return body();
		} finally {
			this.lanes = outer;
		}
	}

	/** Runs `body` in the branch of a computed `if`. */
	guardedBy<T>(guard: Guard, body: () => T, condition?: TracedValue): T {
		const { guards, conditions } = this;
		this.guards = [...guards, guard];
		if (condition) this.conditions = [...conditions, condition];
		try {
			return body();
		} finally {
			this.guards = guards;
			this.conditions = conditions;
		}
	}

	/** Whether what is evaluated now is computed as a whole later: nothing of it has a value. */
	get isKernel(): boolean {
		const { lanes, guards, draws, builder, whole } = this;
		return lanes.length > 0 || guards.length > 0 || draws.turn !== undefined || builder !== whole;
	}

	/** Runs `body` while a region is built: what it emits belongs there, and so do the checks in it. */
	inRegion<T>(builder: Builder, body: () => T): T {
		const [outer, checks] = [this.builder, this.checks];
		this.builder = builder;
		this.checks = [];
		try {
			const result = body();
			const left = this.checks.find((check) => check.what !== "end");
			if (left) throw new ElaborationError("E0901", notInRegions, left.at);
			return result;
		} finally {
			this.builder = outer;
			this.checks = checks;
		}
	}

	/** Runs `body` while a function is built that is called at once: with its checks, and how many states it wrote. */
	inFunction<T>(
		builder: Builder,
		body: () => T,
	): { readonly result: T; readonly checks: readonly RunTimeCheck[]; readonly writes: number } {
		const { builder: outer, checks, stateWrites } = this;
		const own = stateWrites && { builder, values: new Map() };
		this.builder = builder;
		this.checks = [];
		this.stateWrites = own;
		try {
			const result = body();
			return { result, checks: this.checks, writes: own?.values.size ?? 0 };
		} finally {
			this.builder = outer;
			this.checks = checks;
			this.stateWrites = stateWrites;
		}
	}

	/** The checks that were noted since; who takes them, sees to their results. */
	takeChecks(): RunTimeCheck[] {
		return this.checks.splice(0);
	}

	/** Counts the draws of `body` only if it ends: what is tried again draws the same. */
	attempt<T>(body: () => T): T {
		const outer = this.draws;
		const counts = new Map(outer.counts);
		this.draws = { ...outer, counts };
		try {
			const result = body();
			for (const [key, count] of counts) outer.counts.set(key, count);
			return result;
		} finally {
			this.draws = outer;
		}
	}

	/** Runs `body` at the variable of a derivative: nothing runs there that the derivative could not see through. */
	asDerivative<T>(body: () => T): T {
		this.derivatives++;
		try {
			return body();
		} finally {
			this.derivatives--;
		}
	}

	get isInDerivative(): boolean {
		return this.derivatives > 0;
	}

	/** Runs `body` for training, or not. What is trained is differentiated, in evaluation too. */
	inMode<T>(training: boolean, body: () => T): T {
		const outer = this.training;
		this.training = training;
		try {
			return training ? this.asDerivative(body) : body();
		} finally {
			this.training = outer;
		}
	}

	/** Runs `body` where `real` has this format. */
	inPrecision<T>(element: "f32" | "f64" | undefined, body: () => T): T {
		const outer = this.realElement;
		this.realElement = element ?? outer;
		try {
			return body();
		} finally {
			this.realElement = outer;
		}
	}

	/** Notes what is to be checked of computed numbers, unless this evaluation is only for looking at it. */
	addCheck(check: RunTimeCheck): void {
		if (this.probing === 0) this.checks.push(check);
	}

	/** Evaluates only to look at the result: no draw is counted, and a fit that runs is not run again. */
	probe<T>(body: () => T): T {
		const outer = this.draws;
		this.draws = { ...outer, counts: new Map(outer.counts) };
		const { stateWrites } = this;
		this.stateWrites = undefined;
		this.probing++;
		try {
			return body();
		} finally {
			this.stateWrites = stateWrites;
			this.draws = outer;
			this.probing--;
		}
	}

	/** The result of a fit; one that ran while probing is used when its call is evaluated. */
	fitResult(at: Location, run: () => Value): Value {
		const { path, seed, counts } = this.draws;
		// One place may be called several times, from a function or a loop.
		const place = `${path.join("/")} ${seed} fit ${at.file}:${at.start}`;
		const count = counts.get(place) ?? 0;
		counts.set(place, count + 1);
		const key = `${place} #${count}`;
		const result = this.probedFits.get(key) ?? run();
		if (this.probing > 0) this.probedFits.set(key, result);
		else this.probedFits.delete(key);
		return result;
	}

	/** Runs `body` one level deeper in the path of draws. */
	at<T>(name: string, body: () => T): T {
		const outer = this.draws;
		const path = [...outer.path, name];
		const key = path.join("/");
		const count = outer.counts.get(key) ?? 0;
		outer.counts.set(key, count + 1);
		this.draws = { ...outer, path: count === 0 ? path : [...path, `#${count}`] };
		try {
			return body();
		} finally {
			this.draws = outer;
		}
	}

	/** `seed s { .. }` resets seed, path and counters. */
	seeded<T>(seed: number, body: () => T): T {
		const outer = this.draws;
		this.draws = { seed, path: [], counts: new Map(), outerLanes: this.lanes.length };
		try {
			return body();
		} finally {
			this.draws = outer;
		}
	}

	/** The key of a draw of this name: another kind of draw in the same binding does not change it. */
	drawKey(name: string): [number, number] {
		return this.at(name, () => hashKey(this.draws.seed, this.draws.path));
	}

	/** The lanes that a draw is fresh for. */
	drawLanes(): readonly Lane[] {
		return this.lanes.slice(this.draws.outerLanes ?? 0);
	}

	/** Runs `body` of a call of the program, not of the library. */
	calledFrom<T>(environment: Environment, node: { readonly span: ast.Identifier["span"] }, body: () => T): T {
		if (environment.origin.module.library) return body();
		const outer = this.callPlace;
		this.callPlace = environment.locate(node);
		try {
			return body();
		} finally {
			this.callPlace = outer;
		}
	}

	/** A computed tensor as a parameter of the function that is being built. */
	lift(data: TensorData): IrValue {
		const known = this.lifted.get(data);
		if (known) return known;
		const value = this.whole.parameter(data.type);
		this.lifted.set(data, value);
		return value;
	}

	elementOf(element: Element): ElementType {
		return element === "real" ? this.realElement : element === "int" ? "i32" : element;
	}
}

export function fail(
	environment: Environment,
	node: { readonly span: ast.Identifier["span"] },
	message: string,
	code = "E0601",
): never {
	throw new ElaborationError(code, message, environment.locate(node));
}

/** The shape without the lanes. */
export function shapeOf(value: TracedValue): readonly number[] {
	return value.value.type.shape.slice(value.lanes.length);
}
