import { drawTurn } from "../compiler/elaborate/builtins/regions.js";
import type { Evaluator } from "../compiler/elaborate/evaluator.js";
import { Builder } from "../compiler/ir/builder.js";
import type { Value as IrValue, TensorType } from "../compiler/ir/ir.js";
import { removeDead } from "../compiler/transform/dead.js";
import type { Carried, StepRegion } from "./step.js";

/** What goes from turn to turn of an inner loop. */
export interface Slot {
	/** Before the loop. */
	readonly before: IrValue;
	/** As the turn begins. */
	readonly parameter: IrValue;
	/** As the turn ends. */
	result: IrValue;
}

/** The turn of an inner loop while it is traced: it becomes the body of a `while`. */
export class TurnRegion implements StepRegion {
	readonly builder: Builder;
	/** The number of the turn, from 0 each time that the loop is entered. */
	readonly turn: Slot;
	private readonly outer: Builder;
	private readonly slots: Slot[] = [];
	private readonly entered: { readonly carried: Carried; readonly slot: Slot }[] = [];

	constructor(
		private readonly evaluator: Evaluator,
		private readonly mostTurns: number,
	) {
		this.outer = evaluator.builder;
		this.builder = new Builder(this.outer);
		this.turn = this.slot(this.outer.scalar(0, "i32"));
	}

	slot(before: IrValue): Slot {
		const parameter = this.builder.parameter(before.type);
		const slot: Slot = { before, parameter, result: parameter };
		this.slots.push(slot);
		return slot;
	}

	/** A value of this type that each turn sets: what it is before the first one is never seen. */
	recorded(type: TensorType): Slot {
		return this.slot(this.outer.zeros(type));
	}

	/** A value with this start, each time that the loop is entered. */
	counted(value: number, element: "f64" | "i32" | "bool"): Slot {
		return this.slot(this.outer.scalar(value, element));
	}

	/** What goes from step to step goes from turn to turn here. */
	enter(carried: Carried): void {
		const slot = this.slot(carried.result);
		carried.result = slot.parameter;
		this.entered.push({ carried, slot });
	}

	/** Traces the turn. */
	trace(body: () => void): void {
		const { evaluator, builder } = this;
		const outer = evaluator.draws;
		evaluator.inRegion(builder, () => {
			evaluator.draws = {
				...outer,
				turn: drawTurn(builder, outer.turn, this.mostTurns, this.turn.parameter),
			};
			try {
				body();
			} finally {
				evaluator.draws = outer;
			}
			this.turn.result = builder.emit("add", [this.turn.parameter, builder.scalar(1, "i32")]);
		});
	}

	/**
	 * Emits the loop.
	 *
	 * @param ended of type bool: after a turn that sets it there is no other
	 * @returns the value of a slot after the loop
	 */
	close(ended: Slot | undefined): (slot: Slot) => IrValue {
		const { builder } = this;
		for (const { carried, slot } of this.entered) slot.result = carried.result;
		const own = new Map(this.slots.map((slot) => [slot, builder.capture(slot.result, "turn")]));
		const carried = this.slots.filter((slot) => own.get(slot) !== slot.parameter);
		const constant = this.slots.filter((slot) => own.get(slot) === slot.parameter);
		const slots = new Set(this.slots.map((slot) => slot.parameter));
		const captured = builder.parameters
			.filter((parameter) => !slots.has(parameter))
			.map((parameter, k) => ({ before: builder.captured[k] as IrValue, parameter }));
		const results = carried.map((slot) => own.get(slot) as IrValue);
		const parameters = [...carried, ...constant, ...captured].map((s) => s.parameter);
		const body = removeDead(builder.build("turn", results, parameters));
		const used = new Set([...body.equations.flatMap((e) => e.inputs), ...body.results]);
		const constants = [...constant, ...captured].filter((s) => used.has(s.parameter));
		const inputs = [...carried, ...constants];
		const condition = new Builder();
		const asked = inputs.map((s) => condition.parameter(s.parameter.type));
		const flag = ended && asked[carried.indexOf(ended)];
		const goesOn = flag ? condition.emit("not", [flag]) : condition.scalar(1, "bool");
		const outputs = this.outer.emitAll(
			"while",
			inputs.map((s) => s.before),
			{ carries: carried.length, limit: this.mostTurns },
			[
				condition.build("condition", [goesOn], asked),
				{ ...body, parameters: inputs.map((s) => s.parameter) },
			],
		);
		const after = new Map(carried.map((slot, k) => [slot, outputs[k] as IrValue]));
		const valueAfterLoop = (slot: Slot): IrValue => after.get(slot) ?? slot.before;
		for (const { carried: state, slot } of this.entered) state.result = valueAfterLoop(slot);
		return valueAfterLoop;
	}
}
