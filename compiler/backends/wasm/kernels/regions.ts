import { sizeOf } from "../../../ir/ir.js";
import type { Code } from "../assembler.js";
import { type Buffer, bytesOf, type View, wholeView } from "../view.js";
import { emitCopy } from "./elementwise.js";
import type { Body, Functions, Kernel } from "./kernel.js";
import { addressOf } from "./nest.js";

/** Bytes from one row of a stack to the next. */
const rowBytes = (stack: View): number => (stack.strides[0] as number) * bytesOf(stack.buffer.element);

/** A row of a stack; which one is known while running only, so that the view is of row 0. */
const firstRow = (stack: View): View => ({
	...stack,
	shape: stack.shape.slice(1),
	strides: stack.strides.slice(1),
});

/** The row as a shift, from the parameter of the functions of kernels. */
function emitShift(code: Code, bytes: number): number {
	const local = code.local("i32");
	code.get(0).i32(bytes).op("i32.mul").set(local);
	return local;
}

/** Copies the row of this turn out of a stack. */
export function takeRowKernel(stack: View, target: View): Kernel {
	const row = firstRow(stack);
	return {
		name: "take_row",
		reads: [stack],
		writes: [target.buffer],
		emit(code, functions) {
			const local = emitShift(code, rowBytes(stack));
			emitCopy(code, functions, row, target, [{ view: row, local }]);
		},
	};
}

/** Copies into the row of this turn of a stack. */
export function putRowKernel(source: View, stack: View): Kernel {
	const row = firstRow(stack);
	return {
		name: "put_row",
		reads: [source],
		writes: [stack.buffer],
		emit(code, functions) {
			const local = emitShift(code, rowBytes(stack));
			emitCopy(code, functions, source, row, [{ view: row, local }]);
		},
	};
}

interface Loop {
	readonly init: readonly View[];
	readonly carries: readonly View[];
	readonly reads: readonly View[];
	readonly writes: readonly Buffer[];
}

function emitInit(code: Code, functions: Functions, { init, carries }: Loop): void {
	init.forEach((view, k) => {
		emitCopy(code, functions, view, carries[k] as View);
	});
}

/** Turns over the rows 0 to length - 1, or back. */
export function scanKernel(loop: Loop, body: Body, length: number, reverse: boolean): Kernel {
	return {
		name: "scan",
		reads: [...loop.init, ...loop.reads],
		writes: loop.writes,
		temporaries: [body.frame],
		bodies: [body],
		emit(code, functions) {
			emitInit(code, functions, loop);
			if (length === 0) return;
			const row = code.local("i32");
			code.i32(reverse ? length - 1 : 0).set(row);
			code.times(length, () => {
				code
					.get(row)
					.call(functions.body(body))
					.advance(row, reverse ? -1 : 1);
			});
		},
	};
}

/** Turns as long as the condition, a scalar that its body computes, holds. */
export function whileKernel(
	loop: Loop,
	condition: { readonly body: Body; readonly result: View },
	body: Body,
	turns: View,
	limit: number | undefined,
): Kernel {
	return {
		name: "while",
		// The result of the condition lies in its frame: placing it is not up to the arena around.
		reads: [...loop.init, ...loop.reads],
		writes: loop.writes,
		temporaries: [condition.body.frame, body.frame],
		bodies: [condition.body, body],
		emit(code, functions) {
			emitInit(code, functions, loop);
			const count = code.local("i32");
			const go = code.local("i32");
			const turn = (): void => {
				code.i32(0).call(functions.body(condition.body));
				code.i32(addressOf(condition.result)).memory("i32.load");
				code.ifThen(() => {
					code.i32(0).call(functions.body(body));
					code.advance(count, 1).i32(1).set(go);
				});
			};
			code.repeatWhile(() => {
				code.i32(0).set(go);
				if (limit === undefined) turn();
				else code.get(count).i32(limit).op("i32.lt_s").ifThen(turn);
				code.get(go);
			});
			code.i32(addressOf(turns)).get(count).memory("i32.store");
		},
	};
}

/** One of two bodies, each of which stores the results. */
export function condKernel(
	predicate: View,
	bodies: readonly [Body, Body],
	reads: readonly View[],
	writes: readonly Buffer[],
): Kernel {
	return {
		name: "cond",
		reads: [predicate, ...reads],
		writes,
		temporaries: bodies.map((body) => body.frame),
		bodies,
		emit(code, functions) {
			const run = (body: Body) => () => {
				code.i32(0).call(functions.body(body));
			};
			code.i32(addressOf(predicate)).memory("i32.load").ifThen(run(bodies[0]), run(bodies[1]));
		},
	};
}

/** A body that stores the results itself, once. */
export function inlineKernel(body: Body, reads: readonly View[], writes: readonly Buffer[]): Kernel {
	return {
		name: "call",
		reads,
		writes,
		temporaries: [body.frame],
		bodies: [body],
		emit(code, functions) {
			code.i32(0).call(functions.body(body));
		},
	};
}

/** A call of a body that others call too: arguments to its parameters, its results to the targets. */
export function sharedCallKernel(
	body: Body,
	args: readonly (readonly [source: View, parameter: View])[],
	results: readonly (readonly [result: View, target: View])[],
	reads: readonly View[],
): Kernel {
	return {
		name: "call",
		reads: [...args.map(([source]) => source), ...reads],
		writes: results.map(([, target]) => target.buffer),
		bodies: [body],
		emit(code, functions) {
			for (const [source, parameter] of args) emitCopy(code, functions, source, parameter);
			code.i32(0).call(functions.body(body));
			for (const [result, target] of results) emitCopy(code, functions, result, target);
		},
	};
}

/** A tensor of its own for one row of a stack. */
export function rowBuffer(stack: View): View {
	const shape = stack.shape.slice(1);
	const { element } = stack.buffer;
	return wholeView({ element, size: sizeOf(shape), role: "arena", address: 0 }, shape);
}
