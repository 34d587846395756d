import type { Plain } from "../opcodes.js";
import type { View } from "../view.js";
import type { Kernel } from "./kernel.js";
import { nest, type Pointer, pointerTo } from "./nest.js";
import { accumulatorOf, loadWide, otherAxes, part } from "./reduce.js";

/**
 * The first place of the maximum of each window, or of nan.
 *
 * @param source [window.., places..] of the padded operand
 * @param numbers the same of the row-major places in the operand, -1 in the padding
 */
export function windowPositionKernel(source: View, numbers: View, target: View, rank: number): Kernel {
	const element = source.buffer.element;
	const kind = accumulatorOf(element);
	const better = (kind === "i32" ? "i32.gt_s" : `${kind}.gt`) as Plain;
	const axes = Array.from({ length: rank }, (_, axis) => axis);
	return {
		name: "window_argmax",
		reads: [source, numbers],
		writes: [target.buffer],
		emit(code) {
			const best = code.local(kind);
			const current = code.local(kind);
			const place = code.local("i32");
			const found = code.local("i32");
			const values = pointerTo(code, part(source, axes));
			const places = pointerTo(code, part(numbers, axes));
			const window = source.shape.slice(0, rank);
			const outer = [source, numbers].map((view) => pointerTo(code, part(view, otherAxes(view, axes))));
			const to = pointerTo(code, target);
			nest(code, target.shape, [...outer, to], () => {
				[values, places].forEach(({ local }, k) => {
					code.get((outer[k] as Pointer).local).set(local);
				});
				code.i32(-1).set(found);
				nest(code, window, [values, places], () => {
					code.get(places.local).memory("i32.load").tee(place).i32(0).op("i32.ge_s");
					code.ifThen(() => {
						loadWide(code, values.local, element).tee(current).get(best).op(better);
						if (kind === "f64") {
							code
								.get(current)
								.get(current)
								.op("f64.ne")
								.get(best)
								.get(best)
								.op("f64.eq", "i32.and", "i32.or");
						}
						code.get(found).i32(0).op("i32.lt_s", "i32.or");
						code.ifThen(() => {
							code.get(current).set(best).get(place).set(found);
						});
					});
				});
				code.get(to.local).get(found).memory("i32.store");
			});
		},
	};
}
