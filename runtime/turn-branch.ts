import type { RunTimeCheck } from "../compiler/elaborate/evaluator.js";
import { joinElement, laneless, traced } from "../compiler/elaborate/tensors.js";
import { Builder } from "../compiler/ir/builder.js";
import type { Value as IrValue } from "../compiler/ir/ir.js";
import { removeDead } from "../compiler/transform/dead.js";
import type * as ast from "../grammar/ast.js";
import {
	type Carried,
	counterOf,
	type Recorded,
	type StepBuilder,
	type StepRegion,
	setLeaves,
	type Written,
} from "./step.js";
import { holdsStep } from "./turn.js";

/**
 * An `if` of a turn whose condition is computed: a `cond` of the step function. A side that is not taken changes nothing:
 * no leaf, no state of an optimizer, no counter of a loop or a rate.
 */

export interface Side {
	/** Undefined where there is no `else`. */
	readonly node: ast.Block | ast.IfStatement | undefined;
	readonly trace: (inner: StepBuilder) => void;
}

export function computedBranch(step: StepBuilder, condition: IrValue, sides: readonly [Side, Side]): void {
	const { evaluator } = step;
	const outer = evaluator.builder;
	const [whenTrue, whenFalse] = [traceSide(step, sides[0]), traceSide(step, sides[1])];
	const results = new Results([whenTrue, whenFalse]);
	const afterwards: (() => void)[] = [];
	const leaves = new Map<string, number>();
	for (const path of new Set([...whenTrue.leaves.keys(), ...whenFalse.leaves.keys()]))
		leaves.set(
			path,
			results.add((side) => side.leaf(path)),
		);
	for (const carried of new Set([...whenTrue.carried.keys(), ...whenFalse.carried.keys()])) {
		const k = results.add((side) => side.carried.get(carried) ?? carried.result);
		afterwards.push(() => {
			carried.result = results.value(k);
		});
	}
	const written = writtenAfter(step, results, whenTrue, whenFalse);
	for (const side of [whenTrue, whenFalse]) {
		for (const recorded of side.recorded) {
			const one = (value: (own: Recorded) => IrValue): number =>
				results.add((other) =>
					other === side ? value(recorded) : other.builder.zeros(value(recorded).type),
				);
			const value = one((own) => own.value);
			const made = results.add((other) =>
				other === side && recorded.made
					? recorded.made
					: other.builder.scalar(Number(other === side), "bool"),
			);
			const turns = recorded.turns.map((turn) => one(() => turn));
			afterwards.push(() =>
				step.recorded.push({
					...recorded,
					value: results.value(value),
					made: results.value(made),
					turns: turns.map((k) => results.value(k)),
				}),
			);
		}
		for (const check of side.checks) {
			// A number that lies inside, where nothing is checked.
			const [least, most] = (["least", "most"] as const).map((name) =>
				results.add((other) =>
					other === side ? check[name] : other.builder.fill(check.low, check[name].type),
				),
			) as [number, number];
			afterwards.push(() =>
				evaluator.addCheck({ ...check, least: results.value(least), most: results.value(most) }),
			);
		}
	}
	results.emit(outer, condition);
	setLeaves(step, new Map([...leaves].map(([path, k]) => [path, laneless(results.value(k))])));
	for (const set of afterwards) set();
	step.written.clear();
	for (const [path, made] of written()) step.written.set(path, made);
	const told = new Set([...whenTrue.recorded, ...whenFalse.recorded].map(keyOf));
	for (const key of told) recordLatest(step, key);
}

/** One side: what it leaves behind, in its own builder. */
interface TracedSide {
	readonly builder: SideBuilder;
	/** Those that it changed. */
	readonly leaves: ReadonlyMap<string, IrValue>;
	readonly leaf: (path: string) => IrValue;
	/** Those that it changed. */
	readonly carried: ReadonlyMap<Carried, IrValue>;
	readonly recorded: readonly Recorded[];
	readonly checks: readonly RunTimeCheck[];
	readonly written: ReadonlyMap<string, Written>;
}

class SideRegion implements StepRegion {
	readonly before = new Map<Carried, IrValue>();

	enter(carried: Carried): void {
		this.before.set(carried, carried.result);
	}
}

function traceSide(step: StepBuilder, { node, trace }: Side): TracedSide {
	const { evaluator, fit } = step;
	const counter = node?.kind === "Block" ? counterOf(step, node) : undefined;
	const before = fit.leaves(false);
	const holds =
		node?.kind === "Block" ? node.statements.some(holdsStep) : node !== undefined && holdsStep(node);
	const trained = new Set(holds ? fit.leaves(true).map((l) => l.path) : []);
	const region = new SideRegion();
	for (const carried of step.carried) region.enter(carried);
	const variables = new Map<string, IrValue>();
	for (const { path, value } of before) {
		const own = traced(evaluator, value);
		if (own) variables.set(path, own.value);
	}
	const builder = new SideBuilder(
		evaluator.builder,
		[...variables].flatMap(([path, value]) => (trained.has(path) ? [value] : [])),
	);
	const parameters = new Map([...variables].map(([path, value]) => [path, builder.capture(value, "if")]));
	fit.replace(new Map([...parameters].map(([path, value]) => [path, laneless(value)])));
	const inner: StepBuilder = {
		...step,
		environment: step.environment.inner(),
		regions: [...step.regions, region],
		turn: counter?.result ?? step.turn,
		recorded: [],
		tracks: [],
		held: [...step.held],
		written: new Map(step.written),
	};
	const checks = evaluator.inRegion(builder, () => {
		trace(inner);
		if (counter) counter.result = builder.emit("add", [counter.result, builder.scalar(1, "i32")]);
		return evaluator.takeChecks();
	});
	const values = new Map<string, IrValue>();
	for (const path of parameters.keys()) {
		const after = traced(evaluator, fit.leaf(path));
		if (after) values.set(path, after.value);
	}
	const leaf = (path: string): IrValue => values.get(path) as IrValue;
	const carried = new Map<Carried, IrValue>();
	for (const [item, value] of region.before) {
		if (item.result !== value) carried.set(item, item.result);
		item.result = value;
	}
	fit.replace(new Map(before.map(({ path, value }) => [path, value])));
	return {
		builder,
		leaves: new Map([...values].filter(([path, value]) => value !== parameters.get(path))),
		leaf,
		carried,
		recorded: inner.recorded,
		checks,
		written: inner.written,
	};
}

/**
 * The function of one side. A step in it differentiates through the `let`s of its turn, also those above the `if`: what
 * was computed of the parameters is computed in it again, from its own.
 */
class SideBuilder extends Builder {
	private readonly again = new Map<IrValue, IrValue>();
	private readonly follows: Set<IrValue>;
	private followed = 0;

	/** @param leaves those of `around` by which steps of the side differentiate */
	constructor(
		private readonly around: Builder,
		private readonly leaves: readonly IrValue[],
	) {
		super(around);
		this.follows = new Set(leaves);
	}

	override capture(value: IrValue, where: string): IrValue {
		if (this.owns(value)) return value;
		const outside = this.around.capture(value, where);
		const known = this.again.get(outside);
		if (known) return known;
		if (!this.isComputed(outside)) return super.capture(outside, where);
		this.computeAgain(outside, where);
		return this.again.get(outside) ?? super.capture(outside, where);
	}

	/** Whether it was computed from the leaves. */
	private isComputed(outside: IrValue): boolean {
		const { equations } = this.around;
		for (; this.followed < equations.length; this.followed++) {
			const equation = equations[this.followed];
			if (equation?.inputs.some((input) => this.follows.has(input)))
				for (const output of equation.outputs) this.follows.add(output);
		}
		return this.follows.has(outside) && !this.leaves.includes(outside);
	}

	private computeAgain(outside: IrValue, where: string): void {
		const needed = new Set([outside]);
		const live = this.around.equations.toReversed().filter((equation) => {
			const isNeeded = equation.outputs.some(
				(o) => needed.has(o) && this.isComputed(o) && !this.again.has(o),
			);
			if (isNeeded) for (const input of equation.inputs) needed.add(input);
			return isNeeded;
		});
		for (const { operation, inputs, attributes, outputs, regions } of live.reverse()) {
			const own = inputs.map((input) => this.capture(input, where));
			const copies = this.emitAll(operation, own, attributes, regions);
			outputs.forEach((output, k) => {
				const copy = copies[k];
				if (copy) this.again.set(output, copy);
			});
		}
	}
}

/** What both sides give, in order. */
class Results {
	private readonly values: [IrValue[], IrValue[]] = [[], []];
	private outputs: readonly IrValue[] = [];

	constructor(private readonly sides: readonly [TracedSide, TracedSide]) {}

	/** Returns its number. */
	add(of: (side: TracedSide) => IrValue): number {
		this.sides.forEach((side, k) => {
			this.values[k]?.push(side.builder.capture(of(side), "if"));
		});
		return this.values[0].length - 1;
	}

	value(k: number): IrValue {
		return this.outputs[k] as IrValue;
	}

	emit(outer: Builder, condition: IrValue): void {
		if (this.values[0].length === 0) return;
		const captured = [...new Set(this.sides.flatMap(({ builder }) => builder.captured))];
		const funcs = this.sides.map(({ builder }, k) => {
			const parameters = captured.map((value) => {
				const at = builder.captured.indexOf(value);
				return at < 0 ? builder.parameter(value.type) : (builder.parameters[at] as IrValue);
			});
			return removeDead(builder.build(k === 0 ? "then" : "else", this.values[k] ?? [], parameters));
		});
		const used = funcs.map((f) => new Set([...f.equations.flatMap((e) => e.inputs), ...f.results]));
		const isUsed = captured.map((_, i) => funcs.some((f, k) => used[k]?.has(f.parameters[i] as IrValue)));
		this.outputs = outer.emitAll(
			"cond",
			[condition, ...captured.filter((_, i) => isUsed[i])],
			{},
			funcs.map((f) => ({ ...f, parameters: f.parameters.filter((_, i) => isUsed[i]) })),
		);
	}
}

/** What calls of models wrote that no step of a side has committed. */
function writtenAfter(
	step: StepBuilder,
	results: Results,
	...sides: readonly [TracedSide, TracedSide]
): () => [string, Written][] {
	const paths = new Set(sides.flatMap((side) => [...side.written.keys()]));
	const made = [...paths].map((path): (() => [string, Written]) => {
		const before = step.written.get(path);
		if (before && sides.every((side) => side.written.get(path) === before)) return () => [path, before];
		const value = results.add((side) => side.written.get(path)?.value.value ?? side.leaf(path));
		const pending = results.add((side) => {
			const own = side.written.get(path);
			return own?.pending ?? side.builder.scalar(Number(own !== undefined), "bool");
		});
		return () => [path, { value: laneless(results.value(value)), pending: results.value(pending) }];
	});
	return () => made.map((of) => of());
}

function keyOf({ name, constraint }: Recorded): string {
	return constraint ? `${constraint.what} of ${name}` : `term ${name}`;
}

/** Of a term that several steps of a turn may record, the last of those that are made stands for the turn. */
function recordLatest(step: StepBuilder, key: string): void {
	const { builder } = step.evaluator;
	const all = step.recorded.filter((recorded) => keyOf(recorded) === key);
	const [first, ...others] = all;
	if (!first || others.length === 0) return;
	const latest = others.reduce((before, recorded): Recorded => {
		if (!recorded.made) return recorded;
		const element = joinElement(recorded.value.type.element, before.value.type.element);
		const [own, other] = [recorded, before].map((r) => builder.cast(r.value, element)) as [IrValue, IrValue];
		const value = builder.emit("select", [recorded.made, own, other]);
		const { made: _, ...rest } = before;
		return {
			...rest,
			value,
			...(before.made && { made: builder.emit("or", [before.made, recorded.made]) }),
		};
	}, first);
	step.recorded.push({ ...latest, turns: [] });
}
