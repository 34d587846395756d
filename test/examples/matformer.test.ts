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
let none = layer(x, 0)
let first = none + gelu(normalized(none) @ layer.up[:, ..8]) @ layer.down[..8, :]
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
let entropy = mean i in 64, t in Length - 1: -log(next[text[i, t], text[i, t + 1], text[i, t + 2]])
check nats(net, text, (64, 64)) > entropy
`,
			options,
		);
	});
});
