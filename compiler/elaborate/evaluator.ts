import type * as ast from "../../grammar/ast.js";
import { Builder } from "../ir/builder.js";
import type { ElementType, TensorData, Value as IrValue } from "../ir/ir.js";
import { hashKey } from "../ir/philox.js";
import type { Location } from "../source/diagnostic.js";
import type { DataSource } from "./data.js";
import type { Environment } from "./environment.js";
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
	runFit(fit: Value & { kind: "fit" }, args: CallValues, at: Location): Value;
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
}

/** The tracing of one function of the IR: evaluates expressions and emits equations. */
export class Evaluator {
	readonly builder = new Builder();
	/** Data from outside: parameters of the function. */
	readonly lifted = new Map<TensorData, IrValue>();
	lanes: readonly Lane[] = [];
	draws: DrawState;
	private static nextLane = 1;

	constructor(
		/** The format of `real`. */
		readonly realElement: "f32" | "f64",
		readonly services: Services,
		draws: DrawState,
	) {
		this.draws = draws;
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
		this.draws = { seed, path: [], counts: new Map() };
		try {
			return body();
		} finally {
			this.draws = outer;
		}
	}

	drawKey(): [number, number] {
		const { seed, path, counts } = this.draws;
		const key = `${path.join("/")}!`;
		const count = counts.get(key) ?? 0;
		counts.set(key, count + 1);
		return hashKey(seed, count === 0 ? path : [...path, `draw ${count}`]);
	}

	/** A computed tensor as a parameter of the function that is being built. */
	lift(data: TensorData): IrValue {
		const known = this.lifted.get(data);
		if (known) return known;
		const value = this.builder.parameter(data.type);
		this.lifted.set(data, value);
		return value;
	}

	elementOf(element: "real" | "int" | "bool"): ElementType {
		return element === "real" ? this.realElement : element === "int" ? "i32" : "bool";
	}
}

export function fail(environment: Environment, node: { readonly span: ast.Identifier["span"] }, message: string, code = "E0601"): never {
	throw new ElaborationError(code, message, environment.locate(node));
}

/** The shape without the lanes. */
export function shapeOf(value: TracedValue): readonly number[] {
	return value.value.type.shape.slice(value.lanes.length);
}
