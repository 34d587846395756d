/** What the functions that the compiler computes do with derivatives. */

/** The derivative by every argument is zero. */
export const steps = new Map<string, string>([
	["argmax", "an argmax"],
	["argmin", "an argmin"],
	["floor", "a rounding"],
	["ceil", "a rounding"],
	["round", "a rounding"],
	["sign", "a sign"],
	["count", "a count"],
	["all", "a comparison"],
	["any", "a comparison"],
	["int", "a narrowing to int"],
	["bool", "a comparison"],
	["isfinite", "a comparison"],
	["argsort", "a sorting order"],
	["searchsorted", "a search"],
	["nonzero", "a comparison"],
	["linear_assignment", "an assignment"],
	["one_hot", "an index"],
	["permutation", "a draw of ints"],
	["integers", "a draw of ints"],
	["bernoulli", "a draw of bools"],
	["categorical", "a draw of ints"],
]);

/** What they give does not depend on the values of the arguments. */
export const constant = new Set(
	"stop frozen shape len count_of bytes macs zeros ones full_like eye identity tree_zeros_like indices".split(
		" ",
	),
);

/** Smooth in their arguments, as far as these are numbers. */
export const smooth = new Set(
	(
		"exp log log1p expm1 sqrt sin cos tanh sigmoid erf abs tan asin acos atan atan2 sinh cosh erfc lgamma digamma polygamma " +
		"sum prod mean var std max min logsumexp relu softmax log_softmax softplus real f32 f64 sort full " +
		"reshape transpose expand squeeze flip roll tile pad concat stack rearrange reduce repeat einsum gather flatten " +
		"cumsum cumprod cummax cummin cumlogsumexp conv conv_transpose max_pool avg_pool norm mse " +
		"cholesky solve solve_triangular eigh svd qr eigvalsh svdvals pinv lstsq polar tree_sum tree_dot tree_norm tree_flatten complex"
	).split(" "),
);

/** They give their argument, or what is made of it, with all its parts. */
export const passing = new Set("eval merge static first last".split(" "));
