import { sizeOf, type Value } from "../../ir/ir.js";
import { axesOf, definedBy, inputOf, type Rewrite, type Rewriter, range } from "./rewrite.js";

/**
 * A sum of products of three tensors or more (`sum j, k: a[i, j] * b[j, k] * c[k, l]`) is contracted two by two, in the
 * order that costs least: the product of all of them is never made. Each step is a sum of a product of two, which
 * `recogniseContraction` makes a dot of.
 */
export const contractChain: Rewrite = (rewriter, { operation, inputs, attributes, type }) => {
	if (operation !== "reduce_sum" || !definedBy(rewriter, inputs[0], "mul")) return undefined;
	const product = inputs[0] as Value;
	const { shape } = product.type;
	const factors = factorsOf(rewriter, product, range(shape.length));
	if (factors.length < 3 || factors.length > mostFactors) return undefined;
	const summed = new Set(axesOf({ attributes }, "axes"));
	const plan = cheapest(
		factors.map((f) => new Set(f.places)),
		shape,
		summed,
	);
	// A first step that sums nothing would make the product that is there already.
	if (!plan || plan.sums === 0) return undefined;
	const [first, second] = plan.pair;
	const [p, q] = [factors[first], factors[second]];
	if (!p || !q) return undefined;
	let others = factors.filter((_, k) => k !== first && k !== second);
	let left = combined(rewriter, p, q, others, shape, summed);
	while (others.length > 0) {
		const [next, ...more] = others as [Factor, ...Factor[]];
		left = combined(rewriter, left, next, more, shape, summed);
		others = more;
	}
	const kept = range(shape.length).filter((axis) => !summed.has(axis));
	const placed = rewriter.emit("broadcast", [left.root], {
		shape: type.shape,
		axes: left.places.map((axis) => kept.indexOf(axis)),
	});
	// What no factor has is repeated as often as it is long.
	const idle = [...summed].filter((axis) => !factors.some((f) => f.places.includes(axis)));
	const copies = sizeOf(idle.map((axis) => shape[axis] as number));
	return copies === 1 ? placed : rewriter.emit("mul", [placed, rewriter.builder.fill(copies, type)]);
};

const mostFactors = 5;

/** A tensor whose axis k is axis places[k] of the product; it repeats along the others. */
interface Factor {
	readonly root: Value;
	readonly places: readonly number[];
}

/** What is multiplied, without the repetitions and transpositions on the way. */
function factorsOf(rewriter: Rewriter, value: Value, places: readonly number[]): Factor[] {
	const product = definedBy(rewriter, value, "mul");
	if (product) return product.inputs.flatMap((input) => factorsOf(rewriter, input, places));
	const spread = definedBy(rewriter, value, "broadcast");
	if (spread) {
		const axes = axesOf(spread, "axes");
		const root = inputOf(spread);
		const exact = root.type.shape.every((n, k) => n === value.type.shape[axes[k] as number]);
		if (exact)
			return factorsOf(
				rewriter,
				root,
				axes.map((a) => places[a] as number),
			);
	}
	const turned = definedBy(rewriter, value, "transpose");
	if (turned) {
		const permutation = axesOf(turned, "permutation");
		const inner = permutation.map((_, axis) => places[permutation.indexOf(axis)] as number);
		return factorsOf(rewriter, inputOf(turned), inner);
	}
	return [{ root: value, places }];
}

interface Plan {
	readonly cost: number;
	/** The two that are contracted first. */
	readonly pair: readonly [number, number];
	/** How many axes that sums. */
	readonly sums: number;
}

/** By trying all orders: the products that are made, in elements. */
function cheapest(
	factors: readonly ReadonlySet<number>[],
	shape: readonly number[],
	summed: ReadonlySet<number>,
): Plan | undefined {
	let best: Plan | undefined;
	for (const first of factors.keys()) {
		for (let second = first + 1; second < factors.length; second++) {
			const others = factors.filter((_, k) => k !== first && k !== second);
			const union = new Set([...(factors[first] ?? []), ...(factors[second] ?? [])]);
			const kept = [...union].filter((a) => !summed.has(a) || others.some((o) => o.has(a)));
			const own = sizeOf([...union].map((a) => shape[a] as number));
			const rest = others.length === 0 ? undefined : cheapest([new Set(kept), ...others], shape, summed);
			const cost = own + (rest?.cost ?? 0);
			if (!best || cost < best.cost) best = { cost, pair: [first, second], sums: union.size - kept.length };
		}
	}
	return best;
}

/** The product of two, summed over what nothing else has. */
function combined(
	rewriter: Rewriter,
	p: Factor,
	q: Factor,
	others: readonly Factor[],
	shape: readonly number[],
	summed: ReadonlySet<number>,
): Factor {
	const union = [...new Set([...p.places, ...q.places])].sort((a, b) => a - b);
	const product = rewriter.emit("mul", [
		spread(rewriter, p, union, shape),
		spread(rewriter, q, union, shape),
	]);
	const gone = union.filter((a) => summed.has(a) && !others.some((o) => o.places.includes(a)));
	if (gone.length === 0) return { root: product, places: union };
	return {
		root: rewriter.emit("reduce_sum", [product], { axes: gone.map((a) => union.indexOf(a)) }),
		places: union.filter((a) => !gone.includes(a)),
	};
}

/** A factor along these axes of the product. */
function spread(
	rewriter: Rewriter,
	{ root, places }: Factor,
	axes: readonly number[],
	shape: readonly number[],
): Value {
	return rewriter.emit("broadcast", [root], {
		shape: axes.map((a) => shape[a] as number),
		axes: places.map((p) => axes.indexOf(p)),
	});
}
