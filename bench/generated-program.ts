/** Long programs that look like real ones: functions with symbolic shapes, losses, models, fits, checks, nested calls. */

/** A program of at least so many lines, for a file beside `examples/digits/digits.csv`. */
export function generatedProgram(lines: number): string {
	const parts = [
		"// A generated program.\nimport std.nn { causal_mask, layer_norm, Linear }\nimport std.schedules { cosine_decay }\nimport std.stats { dirichlet }\n",
		'data digits = csv("digits.csv", label = "digit") |> split(train = 0.8, test = 0.2, seed = 0) |> scale(1/16)\n',
	];
	let count = 6;
	for (let i = 0; count < lines; i++) {
		for (const make of templates) {
			const part = make(i);
			parts.push(part);
			count += part.split("\n").length;
		}
	}
	return parts.join("\n");
}

/** An earlier number, so that declarations use what stands far above as well as what stands near. */
function earlier(i: number, step: number): number {
	return Math.max(0, i - 1 - ((i * step) % 7));
}

const templates: readonly ((i: number) => string)[] = [
	(i) => `/// Scores of pairs, scaled as in attention: $q k^T / \\sqrt{d}$.
fn scores${i}(q: real[n, d], k: real[m, d]) -> real[n, m] = (q @ k.T) / sqrt(d)

/// Each row of $v$ by its scores.
fn attend${i}(q: real[n, d], k: real[m, d], v: real[m, e]) -> real[n, e] = softmax(scores${i}(q, k)) @ v
`,
	(i) => `/// Quadratic near 0, linear beyond delta (Huber 1964).
loss robust${i}(x: real[n], y: real[n], delta: real = 1) -> real = {
  let r = x - y
  mean i: (if abs(r[i]) <= delta then 0.5 * r[i]^2 else delta * (abs(r[i]) - 0.5 * delta))
}

regularizer smooth${i}(w: real[n, m], strength: real = ${(i % 9) + 1}e-3) -> real where n >= 2 = {
  let rows = sum i in n - 1, j: (w[i + 1, j] - w[i, j])^2
  let size = sum i, j: w[i, j]^2
  strength * (rows + 0.1 * size)
}
`,
	(i) => `// A residual block of two layers.
model Block${i}(n: Int, hidden: Int = ${16 + (i % 5) * 8}) {
  up = Linear(n, hidden);  down = Linear(hidden, n)
  param scale: real[n] = ones()
  (x: real[...b, n]) -> real[...b, n] = x + scale * down(relu(up(x)))
  energy() -> real = sum i: scale[i]^2
  narrow(x: real[...b, n], factor: real) -> real[...b, n] = {
    let inner = up(x)
    let bent = tanh(factor * inner)
    x + scale * down(bent)
  }
}
`,
	(
		i,
	) => `model Net${i}(n: Int, k: Int, widths: List[Int] = [${32 + (i % 4) * 16}, 16]) where len(widths) >= 2 {
  wide = Block${i}(n);  second = Block${earlier(i, 3)}(n, hidden = ${8 + (i % 3) * 4})
  layers = [for (a, b) in pairs(widths): Linear(a, b)]
  enter = Linear(n, first(widths));  leave = Linear(last(widths), k)
  features(x: real[b, n]) -> real[b, last(widths)] =
    fold(layers, x |> wide |> second |> enter, |h, layer| relu(layer(h)))
  (x: real[b, n]) -> real[b, k] = leave(features(x))
}
`,
	(i) => `/// Rows and columns that sum to one, after Sinkhorn and Knopp (1967).
fn balanced${i}(cost: real[n, m], eps: real, turns: Int = 3) -> real[n, m] = {
  let kernel = for i, j: exp(-cost[i, j] / eps)
  let rows = for i: 1 / sum j: kernel[i, j]
  let columns = for j: 1 / sum i: rows[i] * kernel[i, j]
  for i, j: rows[i] * kernel[i, j] * columns[j]
}

fn windows${i}(x: real[n], w: real[k]) -> real[n - k + 1] where n >= k =
  for i in n - k + 1: sum j: x[i + j] * w[j]

fn energy${i}(x: real[n, d], w: real[k]) -> real where d >= k, n >= 2 = {
  let filtered = for a: windows${earlier(i, 2)}(x[a, :], w)
  let mixed = balanced${i}(attend${earlier(i, 5)}(x, x, filtered), 0.5)
  mean a, b: mixed[a, b]^2
}
`,
	(i) => `fit train${i}(rate: real = 1e-3, penalty: real = 1e-4, turns: Int = 5) {
  net = Net${i}(64, 10)
  for (x, y) in digits.train.batches(64) epochs turns {
    let logits = net(x)
    minimize
      data:   cross_entropy(logits, y)
      energy: penalty * net.wide.energy()
      smooth: sum w in net.**.weight: smooth${earlier(i, 4)}(w)
    using adam(rate)
  }
  track accuracy = accuracy(net(digits.test.x), digits.test.y)
}
`,
	(i) => `let grid${i} = for a in ${6 + (i % 4)}, b in 12: sin(0.1 * a) + cos(0.2 * b)
let other${i} = attend${earlier(i, 3)}(grid${i}, grid${earlier(i, 2)}, balanced${earlier(i, 1)}(grid${earlier(i, 2)}, 0.3))
let level${i} = energy${i}(other${i}, [0.25, 0.5, 0.25]) + robust${i}(grid${i}[:, 0], grid${i}[:, 1], delta = 0.5)

let result${i} = train${i}(rate = 0.01, penalty = ${(i % 3) + 1}e-4)
check result${i}.accuracy > 0.5 "accuracy of the fit ${i}"
check level${i} < 1e3 and level${i} > -1e3
`,
	(i) => `/// A layer of a transformer, with two heads, normalised before (Xiong et al. 2020).
model Layer${i}(d: Int, hidden: Int = ${16 + (i % 4) * 8}) where 2 divides d {
  param query: real[d, d] = normal(scale = 1 / sqrt(d));  param key: real[d, d] = normal(scale = 1 / sqrt(d))
  param value: real[d, d] = normal(scale = 1 / sqrt(d));  param out: real[d, d] = normal(scale = 1 / sqrt(d))
  up = Linear(d, hidden);  down = Linear(hidden, d)
  (input: real[b, t, d]) -> real[b, t, d] = {
    let x = layer_norm(input)
    let (q, k, v) = (heads${i}(x @ query), heads${i}(x @ key), heads${i}(x @ value))
    let score = einsum("b h i e, b h j e -> b h i j", q, k) / sqrt(d / 2)
    let seen = softmax(causal_mask(score))
    let read = input + rearrange(einsum("b h i j, b h j e -> b h i e", seen, v), "b h t e -> b t (h e)") @ out
    read + down(gelu(up(layer_norm(read))))
  }
}
fn heads${i}(x: real[b, t, d]) -> real[b, 2, t, d / 2] where 2 divides d = rearrange(x, "b t (h e) -> b h t e", h = 2)

model Reader${i}(vocabulary: Int, d: Int = 16) where 2 divides d {
  param embedding: real[vocabulary, d] = normal(scale = 0.5);  param out: real[d, vocabulary] = normal(scale = 0.1)
  first = Layer${i}(d);  second = Layer${earlier(i, 3)}(d, hidden = ${8 + (i % 3) * 4})
  (tokens: int<vocabulary>[b, t]) -> real[b, t, vocabulary] = layer_norm(second(first(embedding[tokens, :]))) @ out
}
`,
	(i) => `loss nats${i}(net: Reader${i}(8), text: int<8>[b, 17]) -> real = {
  let score = log_softmax(net(text[:, ..16]))
  mean i, t in 16: -score[i, t, text[i, t + 1]]
}

/// Texts of a Markov chain.
let next${i} = seed ${i} { dirichlet(full([8, 8], 0.15)) }
fn texts${i}(n: Int) -> int<8>[n, 17] = for i in n: {
  scan(0..17, integers([], 8), |a, t| { let c = categorical(next${i}[a, :]);  (c, c) }).1
}

fit reads${i}(steps: Int, rate: real = 3e-3, batch: Int = 32) {
  net = Reader${i}(8)
  repeat steps {
    let text = texts${i}(batch)
    minimize nats${i}(net, text)  using adam(cosine_decay(rate, steps))
  }
}
for s in 0..2 {
  let shown = reads${i}(200, seed = s).net
  let rates = [1e-3, 3e-3, 1e-2]
  let ours = for rate in rates: nats${i}(reads${i}(100, rate, seed = s).net, texts${i}(64))
  if s == 0 { plot line([ours], x = rates, y = ["nats"], title = "Nats of a token, by rate") }
  check all m: ours[m] <= nats${i}(shown, texts${i}(64)) + [0.4, 0.4, 0.5][m] "each rate against the longest run"
}
`,
	(i) => `/// How far a value bends.
type Bend${i} = Straight${i} | Leaky${i}(slope: real) | Soft${i}(width: real)
fn bent${i}(x: real[n], by: Bend${i}) -> real[n] = match by {
  Straight${i} => x
  Leaky${i}(slope) => max(x, slope * x)
  Soft${i}(width) => for i: { let y = x[i] / width;  width * log1p(exp(-abs(y))) + max(x[i], 0) }
}

/// A map of a data set by a matrix of bounded length.
fit turned${i}(x: real[n, d], target: real[n, k], limit: real = 1) where n >= 1 {
  net = Linear(d, k)
  subject to size: norm(net.weight) <= limit by lagrangian(rate = 0.05)
  repeat 50 {
    let (i, noise) = (integers([16], n), normal([16, d], scale = 0.01))
    let moved = net(x[i, :] + noise)
    minimize mean a, b: (moved[a, b] - target[i[a], b])^2  using sgd(0.1)
  }
  track size = norm(net.weight)
}
let moved${i} = turned${i}(digits.train.x, for a, b in 4: digits.train.x[a, b] * ${1 + (i % 4)}, limit = 2)
let share${i} = mean i, j: bent${i}(moved${i}.net(digits.test.x)[i, :], Leaky${i}(0.${1 + (i % 8)}))[j]
check share${i} > -1 and moved${i}.size <= 2.1 "the length of the matrix ${i}"
`,
];
