import { holds } from "./declarations.js";

describe("oracle: mos-lora", () => {
	it("pools of pieces that each layer has alone are LoRA, and the rank is at most r", () => {
		holds(
			"mos-lora",
			`import std.linalg { svdvals }
let given = Pool(12, 2, 1, alone(2), alone(2))
let pool = given with { b = normal([12, Width]) }
let delta = pool()
let lora = for k in Layers, i in Width, j in Width: sum r in 2: pool.a[2 * k + r, i] * pool.b[2 * k + r, j]
check max(abs(delta - lora)) < 1e-14
check sum(abs(given())) == 0 "it begins at no change"
let shards = Pool(48, 8, 4, random(36, 2), random(36, 2)) with { b = normal([48, Width/4]) }
let values = svdvals(shards()[3, :, :])
check values[7] > 1e-3
check values[8] < 1e-12 * values[0]
`,
			{ f64: true },
		);
	});

	it("a random table gives each layer its own piece, and the common ones almost equally often", () => {
		holds(
			"mos-lora",
			`let table: Choice(24, 8, 4) = random(18)
for k in 0..6 {
  let times = for n in 24: count j in 8, s in 4: table[k, j, s] == n
  check (all n in 6: times[18 + n] == (if n == k then 1 else 0))
  check max(times[..18]) - min(times[..18]) <= 1
  check sum(times) == 32
}
let wider: Choice(48, 8, 4) = random(36, 2)
for k in 0..6 {
  let times = for n in 48: count j in 8, s in 4: wider[k, j, s] == n
  check (all n in 12: times[36 + n] == (if n == 2 * k or n == 2 * k + 1 then 1 else 0)) "two of its own"
  check max(times[..36]) <= 1 and sum(times) == 32
}
`,
		);
	});

	it("with pieces of its own for each layer it is trained as LoRA is", () => {
		holds(
			"mos-lora",
			`model Lora(r: Int) {
  param a: real[Layers, r, Width] = zeros();  param b: real[Layers, r, Width] = zeros()
  () -> real[Layers, Width, Width] = for k in Layers: a[k, :, :].T @ b[k, :, :]
}
let start = Pool(12, 2, 1, alone(2), alone(2))
let rows = for k in Layers, j in 2, w in Width: start.a[2 * k + j, w]
let base = Base()
let shift = for k in Layers: 0.1 * normal([Width, Width])
let none = zeros([Layers, Width, Width])
let x = normal([64, 8])
fit of_pool() {
  pool = start;  net = frozen(base)
  repeat 100 { minimize mse(net(x, pool()), net(x, shift))  using adam(1e-2) }
}
fit of_lora() {
  lora = Lora(2) with { a = rows };  net = frozen(base)
  repeat 100 { minimize mse(net(x, lora()), net(x, shift))  using adam(1e-2) }
}
let (ours, theirs) = (of_pool(), of_lora())
check max(abs(ours.run.history.loss / theirs.run.history.loss - 1)) < 1e-9 "the same loss at each step"
check ours.run.history.loss[99] < 0.7 * ours.run.history.loss[0]
check max(abs((for k in Layers, j in 2, w in Width: ours.pool.b[2 * k + j, w]) - theirs.lora.b)) < 1e-9
`,
			{ f64: true },
		);
	});

	it("the gradient of what is gathered is added up where it came from", () => {
		holds(
			"mos-lora",
			`let table: Choice(24, 8, 4) = random(18)
let pool = Pool(24, 8, 4, table, random(18))
let up = normal([Layers, 8, Width])
let slope = grad(|a| sum k in Layers: sum(pool.rows(a, table, k) * up[k, :, :]))(pool.a)
let added = for n in 24, w in 8: sum k in Layers, j in 8, s in 4: (if table[k, j, s] == n then up[k, j, 8 * s + w] else 0)
check max(abs(for n in 24, w in 8: slope[n, w] - added[n, w])) < 1e-12
let pieces = for k in Layers, j in 8, s in 4, w in 8: up[k, j, 8 * s + w]
check max(abs(added - scatter_add(zeros([24, 8]), table, pieces))) < 1e-12
`,
			{ f64: true },
		);
	});

	it("has as many parameters as are named, and a trained change of no larger rank", () => {
		holds(
			"mos-lora",
			`import std.linalg { svdvals }
check shape(tree.flatten(trainable(Pool(6, 1, 1, alone(1), alone(1)))))[0] == 384
check shape(tree.flatten(trainable(Pool(6, 6, 1, same(6), same(6)))))[0] == 384
check shape(tree.flatten(trainable(Pool(24, 8, 4, random(18), random(18)))))[0] == 384
check shape(tree.flatten(trainable(Pool(12, 2, 1, alone(2), alone(2)))))[0] == 768
check shape(tree.flatten(trainable(Pool(48, 8, 4, random(36, 2), random(36, 2)))))[0] == 768
fit few() {
  pool = Pool(24, 8, 4, random(18), random(18));  base = frozen(Base())
  let x = normal([64, 8]);  let y = normal([64, 4])
  repeat 20 { minimize mse(base(x, pool()), y)  using adam(1e-2) }
}
let delta = few().pool()
for k in 0..6 {
  let values = svdvals(delta[k, :, :])
  check values[7] > 1e-6 * values[0] and values[8] < 1e-12 * values[0] "rank 8"
}
`,
			{ f64: true },
		);
	});
});
