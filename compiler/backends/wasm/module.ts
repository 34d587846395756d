import { type Func, sizeOf, type TensorType, type Value } from "../../ir/ir.js";
import { functionKey } from "../../ir/print.js";
import { binaryScalars, unaryScalars } from "../../ir/scalar.js";
import { TooLarge } from "../backend.js";
import { Code, ModuleWriter } from "./assembler.js";
import { keyedText, nameOfKey } from "./code-cache.js";
import { type Split, splitInvariant } from "./invariant.js";
import { tileFunction } from "./kernels/dot.js";
import { copyKernel, emitCopy } from "./kernels/elementwise.js";
import { vectorFunction } from "./kernels/functions.js";
import type { Body, Functions, HostCall, Kernel } from "./kernels/kernel.js";
import { philoxFunction } from "./kernels/random.js";
import { forEachKernel, moveBodies, placeArena, placeInOrder, spaceOf } from "./memory.js";
import { Planner, type SharedCall, type SharedCalls } from "./plan.js";
import { type Buffer, bytesOf, isWhole, newBuffer, type View, wholeView } from "./view.js";

/** Records of a run are collected in pieces of about this many bytes. */
const recordBytes = 1 << 20;
const mostRecordedSteps = 4096;
const pageBytes = 65536;
const mostPages = 65536;

type Scalar = (...values: number[]) => number;

export interface Assembled {
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** What an instance imports, which has this memory by its first run. */
	readonly importsOf: (instance: { readonly memory?: ArrayBuffer }) => Readonly<Record<string, Scalar>>;
	readonly parameters: readonly Buffer[];
	readonly constants: readonly Buffer[];
	/** One buffer for each result that is not carried: `capacity` rows. */
	readonly records: readonly Buffer[];
	/** How many steps may run in one call. */
	readonly capacity: number;
	/** The bytes of the memory in use. */
	readonly size: number;
	/** Where the keys of draws lie, in the order of `keyedText`: of an equal program with other keys these constants differ. */
	readonly keys: readonly (Buffer | undefined)[];
}

/** Imports and shared functions of the module, which exist once somebody asks for them. */
class SharedFunctions implements Functions {
	private readonly scalars: Record<string, Scalar> = {};
	private readonly hosts = new Map<HostCall, number>();
	private readonly indices = new Map<string, number>();
	private readonly bodies = new Map<Body, number>();

	private readonly numbers = new Map<string, Buffer>();

	/** @param end from where on the module's own numbers lie */
	constructor(
		private readonly writer: ModuleWriter,
		private readonly end: number,
	) {}

	number(element: "f32" | "f64", value: number): number {
		const key = `${element} ${Object.is(value, -0) ? "-0" : value}`;
		const known = this.numbers.get(key);
		if (known !== undefined) return known.address;
		const address = this.end + 8 * this.numbers.size;
		const data = Float64Array.of(value);
		this.numbers.set(key, { ...newBuffer({ element, shape: [1] }, "constant", data), address });
		return address;
	}

	/** The numbers that code loads, each in 8 bytes. */
	get ownNumbers(): readonly Buffer[] {
		return [...this.numbers.values()];
	}

	scalar(operation: string, element: "f64" | "i32"): number {
		const importName = `${operation}_${element}`;
		return this.once(importName, () => {
			const kind = element === "f64" ? "float" : "integer";
			const unary = unaryScalars[operation]?.[kind];
			const scalar = unary ?? binaryScalars[operation]?.[kind];
			if (scalar === undefined) throw new Error(`${importName} has no definition`);
			this.scalars[importName] = scalar as Scalar;
			const inputs = unary === undefined ? [element, element] : [element];
			return this.writer.importFunction(importName, inputs, [element]);
		});
	}

	host(call: HostCall): number {
		const known = this.hosts.get(call);
		if (known !== undefined) return known;
		const index = this.writer.importFunction(`host_${this.hosts.size}`, [], []);
		this.hosts.set(call, index);
		return index;
	}

	importsOf(instance: { readonly memory?: ArrayBuffer }): Record<string, Scalar> {
		const hosts = [...this.hosts.keys()].map((call, k): [string, Scalar] => [
			`host_${k}`,
			() => {
				if (instance.memory === undefined) throw new Error("the module has no memory yet");
				call(instance.memory);
				// The import is declared without results, so that the number goes nowhere.
				return 0;
			},
		]);
		return { ...this.scalars, ...Object.fromEntries(hosts) };
	}

	vector(operation: string, element: "f32" | "f64"): number {
		return this.once(`${operation}_${element}_lanes`, () =>
			this.writer.addFunction(vectorFunction(operation, element, this), ["v128"]),
		);
	}

	philox(): number {
		return this.once("philox", () => this.writer.addFunction(philoxFunction()));
	}

	tile(element: "f32" | "f64"): number {
		return this.once(`tile ${element}`, () => this.writer.addFunction(tileFunction(element)));
	}

	kernel(kernel: Kernel): number {
		const code = new Code(["i32"]);
		kernel.emit(code, this);
		return this.writer.addFunction(code);
	}

	body(body: Body): number {
		const known = this.bodies.get(body);
		if (known !== undefined) return known;
		const indices = body.kernels.map((kernel) => this.kernel(kernel));
		const code = new Code(["i32"]);
		for (const index of indices) code.get(0).call(index);
		const made = this.writer.addFunction(code);
		this.bodies.set(body, made);
		return made;
	}

	private once(name: string, make: () => number): number {
		const index = this.indices.get(name) ?? make();
		this.indices.set(name, index);
		return index;
	}
}

/** Appends the result to its record, in the row of the step, which is the parameter of every kernel function. */
function recordKernel(source: View, record: Buffer): Kernel {
	const row = wholeView(record, source.shape);
	const rowBytes = (record.size / Math.max(1, record.rows ?? 1)) * bytesOf(record.element);
	return {
		name: "record",
		reads: [source],
		writes: [record],
		emit(code, functions) {
			const shift = code.local("i32");
			code.get(0).i32(rowBytes).op("i32.mul").set(shift);
			emitCopy(code, functions, source, row, [{ view: row, local: shift }]);
		},
	};
}

/** Copies the carried results over their parameters; those that lie in other carried parameters by a detour. */
function carryKernels(
	planner: Planner,
	program: Func,
	carried: number,
): { kernels: Kernel[]; sources: View[] } {
	const parameters = program.parameters.slice(0, carried).map((value) => planner.view(value));
	const overwritten = new Set(parameters.map((view) => view.buffer));
	const detours: Kernel[] = [];
	const copies: Kernel[] = [];
	const sources: View[] = [];
	program.results.slice(0, carried).forEach((result, k) => {
		const source = planner.view(result);
		const target = parameters[k] as View;
		sources.push(source);
		if (source.buffer === target.buffer && isWhole(source)) return;
		if (!overwritten.has(source.buffer)) {
			copies.push(copyKernel(source, target));
			return;
		}
		const detour = planner.allocate({ element: source.buffer.element, shape: source.shape });
		detours.push(copyKernel(source, detour));
		copies.push(copyKernel(detour, target));
	});
	return { kernels: [...detours, ...copies], sources };
}

/** How many equations call each region, by its key, in the program and in its regions. */
function countCalls(func: Func, counts = new Map<string, number>()): Map<string, number> {
	for (const { operation, regions } of func.equations) {
		regions.forEach((region, k) => {
			const called = k === 0 && (operation === "call" || operation === "custom_derivative");
			const key = functionKey(region);
			const before = counts.get(key) ?? 0;
			if (called) counts.set(key, before + 1);
			// What a region calls is compiled once for all of its calls.
			if (!called || before === 0) countCalls(region, counts);
		});
	}
	return counts;
}

/**
 * The module of a program: `run(count)` does `count` steps, at most `capacity`, and fills the records from row 0 on.
 * `prepare()` computes what all steps share; it has to be called whenever a parameter was written that stays as it is.
 */
export function assemble(program: Func, carried: number, keys = keyedText(program).keys): Assembled {
	const inputs = program.parameters.map(({ type }) => wholeView(newBuffer(type, "parameter"), type.shape));
	const shared = {
		counts: countCalls(program),
		made: new Map<string, SharedCall>(),
		keys: new Map<string, Buffer>(),
	};
	const split = splitInvariant(program, carried);
	const constantly = planBefore(split, inputs, shared);
	const planner = new Planner(split?.step ?? program, [...inputs, ...constantly.results], shared);
	const recorded: readonly Value[] = program.results.slice(carried);
	const rowSpace = recorded.reduce((sum, { type }) => sum + spaceOf(newBuffer(type, "scratch")), 0);
	const capacity = Math.max(1, Math.min(mostRecordedSteps, Math.floor(recordBytes / Math.max(1, rowSpace))));
	const records = recorded.map(({ type }) => ({
		...newBuffer({ element: type.element, shape: [capacity, ...type.shape] }, "scratch"),
		rows: capacity,
	}));
	const recordViews = recorded.map((value) => planner.view(value));
	const carry = carryKernels(planner, program, carried);
	const roots = [...recordViews, ...carry.sources].map((view) => view.buffer);
	const before = constantly.kernels;
	const kernels = [
		...planner.finish(roots),
		...recordViews.map((view, k) => recordKernel(view, records[k] as Buffer)),
		...carry.kernels,
	];

	const parameters = program.parameters.map((value) => planner.place(value).buffer);
	const constants = new Set<Buffer>();
	forEachKernel([...before, ...kernels], (kernel) => {
		for (const { buffer } of kernel.reads) if (buffer.role === "constant") constants.add(buffer);
	});
	const still = [...shared.made.values()].flatMap((made) => [
		...made.parameters.map((view) => view.buffer),
		...made.results.map((view) => view.buffer),
		made.body.frame,
	]);
	const kept = constantly.results.map((view) => view.buffer);
	const stateEnd = placeInOrder([...parameters, ...constants, ...still, ...kept], 0);
	// What comes before the steps is done before they begin, so that both use the same place.
	const arenaEnd = Math.max(placeArena(before, stateEnd), placeArena(kernels, stateEnd));
	moveBodies([...before, ...kernels]);
	const end = placeInOrder(records, arenaEnd);
	const writer = new ModuleWriter();
	const functions = new SharedFunctions(writer, end);
	// Imports have the lowest indices, so that all of them are asked for before any function is added.
	forEachKernel([...before, ...kernels], (kernel) => {
		for (const [operation, element] of kernel.imports ?? []) functions.scalar(operation, element);
		if (kernel.host !== undefined) functions.host(kernel.host);
	});
	writeKernels(writer, functions, before, kernels);
	const numbers = functions.ownNumbers;
	const size = end + 8 * numbers.length;
	const pages = Math.max(1, Math.ceil(size / pageBytes));
	if (pages > mostPages) throw new TooLarge(size, mostPages * pageBytes, largestIn(program));
	const bytes = writer.assemble(pages);
	return {
		bytes,
		importsOf: (instance) => functions.importsOf(instance),
		parameters,
		constants: [...constants, ...numbers],
		records,
		capacity,
		size,
		keys: keys.map((key) => {
			const buffer = shared.keys.get(nameOfKey(key));
			return buffer && constants.has(buffer) ? buffer : undefined;
		}),
	};
}

/** The kernels of what all steps share, and where its results lie. */
function planBefore(
	split: Split | undefined,
	inputs: readonly View[],
	shared: SharedCalls,
): { readonly kernels: readonly Kernel[]; readonly results: readonly View[] } {
	if (split === undefined) return { kernels: [], results: [] };
	const { before } = split;
	const planner = new Planner(before, inputs, shared, new Set(before.results));
	const copies: Kernel[] = [];
	const found = before.results.map((value) => planner.view(value));
	const results = found.map((view, k) => {
		if (view.buffer.role !== "arena") return view;
		// A look at a place that others take afterwards.
		const { type } = before.results[k] as Value;
		const own = wholeView(newBuffer(type, "scratch"), type.shape);
		copies.push(copyKernel(view, own));
		return own;
	});
	return { kernels: [...planner.finish(found.map((view) => view.buffer)), ...copies], results };
}

function writeKernels(
	writer: ModuleWriter,
	functions: SharedFunctions,
	before: readonly Kernel[],
	kernels: readonly Kernel[],
): void {
	const first = before.map((kernel) => functions.kernel(kernel));
	const prepare = new Code([]);
	for (const index of first) prepare.i32(0).call(index);
	writer.exportFunction("prepare", writer.addFunction(prepare));
	const indices = kernels.map((kernel) => functions.kernel(kernel));
	const run = new Code(["i32"]);
	const step = run.local("i32");
	run.get(0).ifThen(() => {
		run.repeatWhile(() => {
			for (const index of indices) run.get(step).call(index);
			run.advance(step, 1).get(step).get(0).op("i32.lt_s");
		});
	});
	writer.exportFunction("run", writer.addFunction(run));
}

/** The type with the most elements, in regions too. */
function largestIn(func: Func): TensorType {
	const types = func.equations.flatMap(({ outputs, regions }) => [
		...outputs.map((value) => value.type),
		...regions.map(largestIn),
	]);
	const first: TensorType = func.parameters[0]?.type ?? { element: "f32", shape: [] };
	return types.reduce((most, type) => (sizeOf(type.shape) > sizeOf(most.shape) ? type : most), first);
}
