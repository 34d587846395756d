/** Names of the language that this version does not have yet: they are answered with that, not as unknown. */
export const laterNames: ReadonlySet<string> = new Set([
	...["grad", "value_and_grad", "vjp", "jvp", "hvp", "jacobian", "hessian", "frozen", "eval", "trainable", "assemble"],
	...["scan", "loop", "iterate", "fixed_point", "map", "tree", "capture", "static", "training"],
	...["concat", "cumsum", "cumprod", "sort", "argsort", "top_k", "gather", "scatter", "clip", "lerp", "dot", "outer"],
	...["permutation", "bernoulli", "integers", "categorical", "orthogonal", "truncated_normal"],
	...["qr", "svd", "polar", "eig", "solve", "cholesky", "inv", "det", "trace", "sym", "frobenius", "cg", "newton_schulz"],
	...["conv", "max_pool", "flatten", "dropout", "layer_norm", "batch_norm", "gelu", "elu", "selu", "silu", "hinge"],
	...["lbfgs", "muon", "lion", "rmsprop", "adagrad", "stalls", "take", "pca", "one_hot", "parquet", "json", "npy"],
	...["bytes", "macs", "tpe", "lagrangian", "lora", "mixed", "retrain", "line", "grid", "some", "nonzero", "f32", "f64"],
	...["Conv2d", "Embedding", "LayerNorm", "GRU", "LSTM", "Attention"],
]);
