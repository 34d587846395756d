import type { Context } from "../context.js";
import { type Hint, meant } from "../hint.js";

/** Names of NumPy, PyTorch and JAX, with what says the same here. */
const foreignNames: ReadonlyMap<string, string> = new Map([
	...["np", "jnp", "numpy", "torch", "tf", "jax"].map(
		(name) => [name, "functions stand by themselves: `exp(x)`, `mean(x)`"] as const,
	),
	["eig", "eigenvalues are those of symmetric matrices: `import std.linalg { eigh }`"],
	[
		"json",
		'data is read by `csv("rows.csv", label = "y")`, `parquet`, `arrow`, `npz`, `npy`, `idx`, `safetensors`',
	],
	["matmul", "the matrix product is `a @ b`"],
	["concatenate", "tensors are put side by side by `concat([a, b], axis = 0)`"],
	["cat", "tensors are put side by side by `concat([a, b], axis = 0)`"],
	["arange", "a range is `0..n`; as a tensor it is `for i in n: i`"],
	["range", "a range is `0..n`: `for i in 0..n`"],
	["enumerate", "a loop over an index has the entry by it: `for i in 0..n: x[i]`"],
	["randn", "normal draws are `normal([n, m])`"],
	["rand", "uniform draws are `uniform([n, m])`"],
	["randint", "draws of ints are `integers([n], k)`"],
	["randperm", "an order is drawn by `permutation(n)`"],
	["manual_seed", "a seed holds for what stands in its block: `seed 1 { normal([3]) }`"],
	["clamp", "it is `clip(x, low, high)`"],
	["maximum", "of two values it is `max(a, b)`, of all elements `max(x)`"],
	["minimum", "of two values it is `min(a, b)`, of all elements `min(x)`"],
	["tensor", "a list in brackets is a tensor where one is wanted: `[1, 2]`"],
	["array", "a list in brackets is a tensor where one is wanted: `[1, 2]`"],
	["float", "it is `real(x)`"],
	["print", "a `check` shows both sides where it fails; hovering over a name shows its type and result"],
	["None", "what may be absent is a variant: `type Start = Nothing | From(x: real)`"],
	["self", "parts and parameters are called by their names: `weight`"],
	["lambda", "a function is written `|x| x + 1`"],
	["vmap", "a binder maps: `for i: f(x[i, :])`"],
	["jit", "everything is compiled: leave it out"],
	["stop_gradient", "it is `stop(x)`"],
	["detach", "it is `stop(x)`"],
	["view", "it is `reshape(x, [n, _])`"],
	["unsqueeze", "it is `expand(x, axis = 0)`"],
	["permute", 'it is `rearrange(x, "a b c -> c a b")`'],
	["swapaxes", 'it is `rearrange(x, "a b c -> a c b")`'],
	["Sequential", "layers follow each other by `|>`: `x |> first |> relu |> last`"],
	["Dense", "it is `Linear` of std.nn: `import std.nn { Linear }`"],
	["MultiheadAttention", "it is `Attention` of std.nn: `import std.nn { Attention }`"],
	["MultiHeadAttention", "it is `Attention` of std.nn: `import std.nn { Attention }`"],
	["LayerNormalization", "it is `LayerNorm` of std.nn: `import std.nn { LayerNorm }`"],
	["BatchNormalization", "it is `BatchNorm` of std.nn: `import std.nn { BatchNorm }`"],
	["Flatten", "it is `flatten(x)`: `import std.nn { flatten }`"],
	...["ReLU", "GELU", "SiLU", "Sigmoid", "Tanh", "Softmax"].map(
		(name) => [name, `it is a function: \`${name.toLowerCase()}(x)\``] as const,
	),
	[
		"retrain",
		"a fit is called again with other options; what is trained goes on from a start that is given: `net = start`",
	],
	["Parameter", "a parameter of a model or a fit is declared: `param w: real[n] = zeros()`"],
	["Module", "a model is declared: `model Name(options) { .. }`"],
	["backward", "`minimize` takes derivatives itself; of a function they are `grad(f)`"],
	["zero_grad", "each step takes its derivatives anew: leave it out"],
	["item", "a number is one: leave it out"],
	["mse_loss", "it is `mse(x, y)`"],
	["CrossEntropyLoss", "it is `cross_entropy(logits, label)`"],
	["MSELoss", "it is `mse(x, y)`"],
	["BCELoss", "it is `bce(p, y)`, of logits `bce_with_logits(z, y)`"],
]);

/** What to write for a name that is not there, if another language has it, or if it is the name of a library. */
export function foreignHint(context: Context, name: string): string | undefined {
	if (foreignNames.has(name)) return foreignNames.get(name);
	const { host } = context.session;
	return host.libraryNames().includes(`std.${name}`) || host.libraryNames().includes(name)
		? `names of std.${name} are imported one by one: \`import std.${name} { .. }\``
		: undefined;
}

/** `x.mean()`: what is a function here. */
export function methodHint(context: Context, name: string): string | undefined {
	const isFunction = context.scope.find(name)?.type.kind === "function";
	if (isFunction) return `it is a function: \`${name}(x)\`, or \`x |> ${name}\``;
	return foreignNames.get(name);
}

/** Types of Python, NumPy and PyTorch, with what says the same here. */
const foreignTypes: ReadonlyMap<string, string> = new Map([
	...["float", "float32", "number", "scalar"].map((name) => [name, "real"] as const),
	...["double", "float64"].map((name) => [name, "f64"] as const),
	...["int32", "int64", "long", "integer"].map((name) => [name, "int"] as const),
	...["str", "string"].map((name) => [name, "String"] as const),
	["boolean", "bool"],
]);

const foreignTensors: ReadonlySet<string> = new Set([
	...["Tensor", "tensor", "Array", "array", "ndarray", "Matrix", "Vector", "FloatTensor"],
]);

/** The type that a name of another language stands for, and how it is written. */
export function foreignType(name: string): { readonly instead?: string; readonly hint: string } | undefined {
	const instead = foreignTypes.get(name);
	if (instead) return { instead, hint: `it is \`${instead}\`` };
	return foreignTensors.has(name)
		? { hint: "the type of a tensor is that of its elements, with its shape: `real[n, d]`, `int[n]`" }
		: undefined;
}

/** What NumPy and PyTorch call the options of an axis, for a function that has these. */
export function foreignOption(name: string, options: readonly string[]): Hint | undefined {
	if (/^keep_?dims?$/.test(name))
		return options.includes("keep")
			? meant(["keep"])
			: "an axis that is reduced is gone: `expand(.., axis = 1)` gives one of size 1 back";
	if (!/^(dims?|ax[ei]s)$/.test(name)) return undefined;
	if (options.includes("axis")) return meant(["axis"]);
	return "along one axis of several it stands under a binder: `for i: norm(x[i, :])`";
}
