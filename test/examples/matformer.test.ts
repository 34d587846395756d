import { holds } from "./declarations.js";

describe("oracle: matformer", () => {
	const options = { f64: true, kept: ["widths", "next"] };
	it("the mask is the slice, and what is outside of it has no influence", () => {
		holds(
			"matformer",
			`let layer = Layer()
let x = normal([2, Length, D])
let all_of_it = layer(x, F)
for m in widths {
  let outside = for i in D, j in F: if j >= m then 5.0 else 0
  let other = layer with { up = layer.up + outside;  down = layer.down - outside.T }
  check layer(x, m) == other(x, m) "prefix"
}
let slope = grad(|up| sum((layer with { up = up })(x, 16)^2))(layer.up)
check sum(abs(slope[:, 16..])) == 0 and sum(abs(slope[:, ..16])) > 1e-3
let back = grad(|down| sum((layer with { down = down })(x, 16)^2))(layer.down)
check sum(abs(back[16.., :])) == 0 and sum(abs(back[..16, :])) > 1e-3
let none = layer(x, 0)
let first = none + gelu(layer_norm(none) @ layer.up[:, ..8]) @ layer.down[..8, :]
check norm(layer(x, 8) - first) < 1e-12 "slice"
check norm(all_of_it - none) > 1e-3
`,
			options,
		);
	});

	it("a token sees none behind it, and no predictor beats the entropy of the chain", () => {
		holds(
			"matformer",
			`let net = Transformer()
let text = texts(64)
let other = for i in 64, t in Length: if t < 10 then text[i, t] else text[63 - i, t]
let a = net(text[:, ..Length], (64, 8))
let b = net(other, (64, 8))
check max(abs(a[:, ..10, :] - b[:, ..10, :])) == 0
check max(abs(a[:, 10.., :] - b[:, 10.., :])) > 1e-3
check nats(net, text, (64, 64)) > exact(text)
`,
			options,
		);
	});

	it("the exact predictor is that of all pairs that may have come before", () => {
		holds(
			"matformer",
			`let text = texts(3)
let pairs = for i in 3, a in Vocab, b in Vocab: 1/64 * next[a, b, text[i, 0]] * next[b, text[i, 0], text[i, 1]]
let firsts = for i in 3, a in Vocab, b in Vocab: 1/64 * next[a, b, text[i, 0]]
// The probability of a whole text, given its first token.
let whole = for i in 3: {
  let rest = prod t in Length - 1: next[text[i, t], text[i, t + 1], text[i, t + 2]]
  -log(rest * sum(pairs[i, :, :]) / sum(firsts[i, :, :]))
}
check abs(exact(text) - mean(whole) / Length) < 1e-12
// In the long run it is the entropy of the chain; 4 standard errors.
let many = for k in 20: exact(texts(128))
let entropy = mean k in 20: {
  let t = texts(128)
  mean i, j in Length - 1: -sum(for c in Vocab: if next[t[i, j], t[i, j + 1], c] > 0 then next[t[i, j], t[i, j + 1], c] * log(next[t[i, j], t[i, j + 1], c]) else 0)
}
check mean(many) > entropy and mean(many) < entropy + 0.1 "only the first token is harder"
`,
			options,
		);
	});

	it("a trained net comes nearer to the entropy, and not below", () => {
		holds(
			"matformer",
			`let test = seed 123 { texts(256) }
let begun = nats(Transformer(), test, (F, F))
let net = trained(120, seed = 0).net
for m in widths { check nats(net, test, (m, m)) >= exact(test) "no better than exact" }
check nats(net, test, (F, F)) < begun - 0.2
`,
			{ kept: ["widths", "next"] },
		);
	});
});
