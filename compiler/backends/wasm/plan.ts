import type { Equation, Func, TensorType, Value } from "../../ir/ir.js";
import { IrError, sameShape } from "../../ir/primitives/index.js";
import { copyKernel, elementwiseKernel, type Operand, type Step } from "./kernels/elementwise.js";
import type { Body, Kernel } from "./kernels/kernel.js";
import { lowerings } from "./lower.js";
import { makeBody } from "./memory.js";
import { type Buffer, isWhole, newBuffer, type View, wholeView } from "./view.js";

/** More operations than this in one loop cost more in registers than they save in memory traffic. */
const longestGroup = 48;

/** Elementwise operations over one shape, collected until somebody needs a result of them. */
interface Group {
	readonly shape: readonly number[];
	readonly steps: Step[];
	/** The buffer of the result of each step, used if somebody outside reads it. */
	readonly results: Buffer[];
}

/** A function that several equations call: where its parameters and results lie, and its kernels. */
export interface SharedCall {
	readonly parameters: readonly View[];
	readonly results: readonly View[];
	/** What it reads of constants. */
	readonly reads: readonly View[];
	readonly body: Body;
}

/** How often each region is called, and what was made of those called more than once. */
export interface SharedCalls {
	readonly counts: ReadonlyMap<string, number>;
	readonly made: Map<string, SharedCall>;
	/** Where the keys of draws lie. */
	readonly keys: Map<string, Buffer>;
}

/**
 * Turns equations into kernels: movements become views, elementwise operations collect in loops, the others are one
 * kernel each. A loop is placed as late as possible, so that more operations join it.
 */
export class Planner {
	private readonly views = new Map<Value, View>();
	private readonly scheduled: (Kernel | Group)[] = [];
	private readonly pending = new Map<Buffer, Group>();
	private readonly open: Group[] = [];

	private readonly owned = new Set<Buffer>();

	/**
	 * @param parameters where the arguments are
	 * @param shared functions that are called more than once, by their keys: the same for all regions of a program
	 * @param kept values whose places no other value takes afterwards
	 */
	constructor(
		program: Func,
		parameters: readonly View[],
		readonly shared: SharedCalls,
		private readonly kept: ReadonlySet<Value> = new Set(),
	) {
		program.parameters.forEach((parameter, k) => {
			this.views.set(parameter, parameters[k] as View);
		});
		for (const equation of program.equations) {
			const lowering = lowerings.get(equation.operation);
			if (lowering === undefined) throw new IrError(`${equation.operation} has no lowering to WebAssembly`);
			lowering(this, equation);
		}
	}

	/**
	 * The kernels of a region, after those of `before`, and before those that `add` makes from its results. `own` are
	 * buffers of the region beyond those of its values; `reads` are views of what is outside.
	 */
	region(
		func: Func,
		parameters: readonly View[],
		add: (inner: Planner, results: readonly View[]) => readonly Kernel[],
		before: readonly Kernel[] = [],
		own: readonly Buffer[] = [],
	): { readonly body: Body; readonly results: readonly View[]; readonly reads: readonly View[] } {
		const inner = new Planner(func, parameters, this.shared);
		const results = func.results.map((value) => inner.view(value));
		const last = add(inner, results);
		const roots = [...results, ...last.flatMap((kernel) => kernel.reads)].map((view) => view.buffer);
		const kernels = [...before, ...inner.finish(roots), ...last];
		const owned = new Set([...inner.owned, ...own]);
		for (const kernel of kernels) for (const buffer of kernel.temporaries ?? []) owned.add(buffer);
		const outside = [...kernels.flatMap((kernel) => kernel.reads), ...results].filter(
			(view) => !owned.has(view.buffer),
		);
		return { body: makeBody(kernels, owned), results, reads: [...new Set(outside)] };
	}

	/** Where the value is; what is pending stays so. For movements, which only look at places. */
	place(value: Value): View {
		const view = this.views.get(value);
		if (view === undefined) throw new IrError(`%${value.id} has no place`);
		return view;
	}

	/** Where the value is, computed by the kernels so far. For kernels, which read it. */
	view(value: Value): View {
		const view = this.place(value);
		this.flush(view.buffer);
		return view;
	}

	/** The value is this view of something that exists. */
	alias(value: Value, view: View): void {
		this.views.set(value, view);
	}

	/** A new row-major tensor of the arena for the value. */
	target(value: Value): View {
		const view = this.kept.has(value)
			? wholeView(newBuffer(value.type, "scratch"), value.type.shape)
			: this.allocate(value.type);
		this.views.set(value, view);
		return view;
	}

	allocate(type: TensorType): View {
		const buffer = newBuffer(type, "arena");
		this.owned.add(buffer);
		return wholeView(buffer, type.shape);
	}

	push(kernel: Kernel): void {
		this.scheduled.push(kernel);
	}

	/** The same elements in row-major order, in a buffer of their own. */
	pack(view: View): View {
		this.flush(view.buffer);
		const packed = this.allocate({ element: view.buffer.element, shape: view.shape });
		this.push(copyKernel(view, packed));
		return packed;
	}

	/** Adds an elementwise operation to a loop over its shape. */
	elementwise(equation: Equation): void {
		const shape = equation.output.type.shape;
		const places = equation.inputs.map((value) => this.place(value));
		let group = this.open.findLast(
			(candidate) => candidate.steps.length < longestGroup && sameShape(candidate.shape, shape),
		);
		for (const place of places) {
			const producer = this.pending.get(place.buffer);
			if (producer !== undefined && (producer !== group || !isAligned(place, shape)))
				this.flush(place.buffer);
		}
		if (group === undefined || !this.open.includes(group)) {
			group = { shape, steps: [], results: [] };
			this.open.push(group);
		}
		const inputs = group;
		const operands = places.map((place): Operand => {
			const step = inputs.results.indexOf(place.buffer);
			return step >= 0 ? { step } : { view: place };
		});
		const first = equation.inputs[equation.operation === "select" ? 1 : 0] as Value;
		group.steps.push({
			operation: equation.operation,
			operands,
			from: first.type.element,
			to: equation.output.type.element,
		});
		const result = this.target(equation.output);
		group.results.push(result.buffer);
		this.pending.set(result.buffer, group);
	}

	/** The kernels in order, without those whose results nobody reads but the `roots`. */
	finish(roots: readonly Buffer[]): Kernel[] {
		for (const group of [...this.open]) this.close(group);
		const needed = new Set<Buffer>(roots);
		const kernels: Kernel[] = [];
		for (const item of this.scheduled.toReversed()) {
			const kernel = "steps" in item ? groupKernel(item, needed) : item;
			if (kernel === undefined || !kernel.writes.some((buffer) => needed.has(buffer))) continue;
			for (const view of kernel.reads) needed.add(view.buffer);
			kernels.push(kernel);
		}
		return kernels.reverse();
	}

	private flush(buffer: Buffer): void {
		const group = this.pending.get(buffer);
		if (group !== undefined) this.close(group);
	}

	private close(group: Group): void {
		this.open.splice(this.open.indexOf(group), 1);
		for (const buffer of group.results) this.pending.delete(buffer);
		this.scheduled.push(group);
	}
}

/** Whether a loop over `shape` meets the elements of the view in the order in which they were computed. */
function isAligned(view: View, shape: readonly number[]): boolean {
	return isWhole(view) && sameShape(view.shape, shape);
}

/** The loop of a group, without the steps that no needed result depends on. */
function groupKernel(group: Group, needed: ReadonlySet<Buffer>): Kernel | undefined {
	const wanted = group.results.map((buffer) => needed.has(buffer));
	const live = [...wanted];
	for (let k = live.length - 1; k >= 0; k--) {
		if (!live[k]) continue;
		for (const operand of (group.steps[k] as Step).operands) if ("step" in operand) live[operand.step] = true;
	}
	const renumbered = new Map<number, number>();
	const steps: Step[] = [];
	group.steps.forEach((step, k) => {
		if (!live[k]) return;
		renumbered.set(k, steps.length);
		const operands = step.operands.map(
			(operand): Operand => ("step" in operand ? { step: renumbered.get(operand.step) as number } : operand),
		);
		steps.push({ ...step, operands });
	});
	const outputs = group.results.flatMap((buffer, k) =>
		wanted[k] ? [{ step: renumbered.get(k) as number, view: wholeView(buffer, group.shape) }] : [],
	);
	return outputs.length === 0 ? undefined : elementwiseKernel(steps, outputs, group.shape);
}
