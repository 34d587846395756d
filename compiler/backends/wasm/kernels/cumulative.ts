import type { Code, Local } from "../assembler.js";
import type { View } from "../view.js";
import type { Functions, Kernel } from "./kernel.js";
import { nest, pointerTo } from "./nest.js";
import { accumulatorOf, loadWide, otherAxes, part, pickAxes, storeNarrow } from "./reduce.js";

/** The code of a running operation: what it does at the start of a line, and the next value from the next elements. */
interface Running {
	begin(): void;
	/** Reads the elements in `args`; the result is in the local that it gives. */
	next(args: readonly Local[]): Local;
}

type MakeRunning = (code: Code, functions: Functions, kind: "f64" | "i32") => Running;

function product(code: Code, kind: "f64" | "i32"): Running {
	const state = code.local(kind);
	return {
		begin: () => {
			(kind === "f64" ? code.f64(1) : code.i32(1)).set(state);
		},
		next([x = 0]) {
			code.get(state).get(x).op(`${kind}.mul`).set(state);
			return state;
		},
	};
}

const maximum: MakeRunning = (code, _functions, kind) => {
	const state = code.local(kind);
	return {
		begin: () => {
			if (kind === "f64") code.f64(Number.NEGATIVE_INFINITY).set(state);
			else code.i32(-(2 ** 31)).set(state);
		},
		next([x = 0]) {
			code.get(state).get(x);
			if (kind === "f64") code.op("f64.max");
			else code.get(state).get(x).op("i32.gt_s", "select");
			code.set(state);
			return state;
		},
	};
};

/** As in the interpreter: the greatest element so far, and the sum of exponentials relative to it. */
const logSumExp: MakeRunning = (code, functions) => {
	const greatest = code.local("f64");
	const sum = code.local("f64");
	const result = code.local("f64");
	const exponential = (): Code => code.call(functions.scalar("exp", "f64"));
	return {
		begin: () => {
			code.f64(Number.NEGATIVE_INFINITY).set(greatest).f64(0).set(sum);
		},
		next([x = 0]) {
			code
				.get(x)
				.get(greatest)
				.op("f64.gt")
				.ifThen(
					() => {
						code.get(greatest).get(x).op("f64.sub");
						exponential().get(sum).op("f64.mul").f64(1).op("f64.add").set(sum).get(x).set(greatest);
					},
					() => {
						code.get(sum).f64(1).get(x).get(greatest).op("f64.sub");
						exponential().get(x).get(greatest).op("f64.eq", "select", "f64.add").set(sum);
					},
				);
			code.get(greatest).get(sum).call(functions.scalar("log", "f64")).op("f64.add").set(result);
			return result;
		},
	};
};

const linear: MakeRunning = (code) => {
	const state = code.local("f64");
	return {
		begin: () => {
			code.f64(0).set(state);
		},
		next([a = 0, b = 0]) {
			code.get(a).get(state).op("f64.mul").get(b).op("f64.add").set(state);
			return state;
		},
	};
};

const rows: Readonly<Record<string, MakeRunning>> = {
	cumprod: (code, _functions, kind) => product(code, kind),
	cummax: maximum,
	cumlogsumexp: logSumExp,
	linear_recurrence: linear,
};

/** A running operation along an axis; its state has 64 bits for both float types. */
export function cumulativeKernel(
	operation: string,
	sources: readonly View[],
	target: View,
	axis: number,
): Kernel {
	const element = target.buffer.element;
	const kind = accumulatorOf(element) as "f64" | "i32";
	return {
		name: operation,
		reads: sources,
		writes: [target.buffer],
		imports:
			operation === "cumlogsumexp"
				? [
						["exp", "f64"],
						["log", "f64"],
					]
				: [],
		emit(code, functions) {
			const make = rows[operation];
			if (make === undefined) throw new Error(`${operation} is not a running operation`);
			const running = make(code, functions, kind);
			const views = [...sources, target];
			const others = otherAxes(target, [axis]);
			const inner = views.map((view) => pointerTo(code, part(view, [axis])));
			const outer = views.map((view) => pointerTo(code, part(view, others)));
			const loaded = sources.map(() => code.local(kind));
			nest(code, pickAxes(target.shape, others), outer, () => {
				running.begin();
				inner.forEach(({ local }, k) => {
					code.get((outer[k] as { local: Local }).local).set(local);
				});
				nest(code, [target.shape[axis] as number], inner, () => {
					sources.forEach((_, k) => {
						loadWide(code, (inner[k] as { local: Local }).local, element).set(loaded[k] as Local);
					});
					const result = running.next(loaded);
					storeNarrow(code, (inner.at(-1) as { local: Local }).local, result, element);
				});
			});
		},
	};
}
