"""Reference numbers for windows, layers and activations, by PyTorch, all in double precision.

    pip install numpy torch
    python test/stdlib/oracle/layers.py > test/stdlib/oracle/layers.generated.json
"""

import json

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)


def draw(*shape):
    # Few digits, so that the file stays small and the numbers are exact.
    return torch.round(torch.randn(*shape) * 8) / 8


def plain(value):
    return value.detach().numpy().tolist()


def case(function, *arguments, of=None):
    """The result, and the gradients of the sum of its squares by the arguments."""
    leaves = [a.clone().requires_grad_() for a in arguments]
    result = function(*leaves)
    result.pow(2).sum().backward()
    return {
        "arguments": [plain(a) for a in arguments],
        "result": plain(result),
        "gradients": [plain(a.grad) for a in leaves],
    }


windows = {
    "conv1": ("conv(a, b, stride = 2, padding = 1)", case(lambda x, w: F.conv1d(x, w, stride=2, padding=1), draw(2, 3, 7), draw(2, 3, 3))),
    "conv2": ("conv(a, b)", case(F.conv2d, draw(2, 2, 5, 4), draw(3, 2, 3, 2))),
    "conv2_options": (
        "conv(a, b, stride = (2, 1), padding = (1, 2), dilation = (1, 2))",
        case(lambda x, w: F.conv2d(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2)), draw(1, 2, 6, 5), draw(2, 2, 3, 3)),
    ),
    "conv2_groups": ("conv(a, b, groups = 2, padding = 1)", case(lambda x, w: F.conv2d(x, w, groups=2, padding=1), draw(1, 4, 4, 4), draw(6, 2, 3, 3))),
    "conv2_same": ('conv(a, b, padding = "same")', case(lambda x, w: F.conv2d(x, w, padding="same"), draw(1, 1, 4, 5), draw(1, 1, 2, 4))),
    "conv3": ("conv(a, b, padding = 1)", case(lambda x, w: F.conv3d(x, w, padding=1), draw(1, 1, 3, 3, 4), draw(2, 1, 2, 3, 2))),
    "transpose": (
        "conv_transpose(a, b, stride = 2, padding = 1, output_padding = 1)",
        case(lambda x, w: F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1), draw(2, 2, 3, 3), draw(2, 3, 3, 3)),
    ),
    "transpose_groups": (
        "conv_transpose(a, b, stride = 2, dilation = 2, groups = 2)",
        case(lambda x, w: F.conv_transpose1d(x, w, stride=2, dilation=2, groups=2), draw(1, 4, 4), draw(4, 2, 3)),
    ),
}
one = {
    "max_pool": ("max_pool(a, 2)", case(lambda x: F.max_pool2d(x, 2), draw(2, 2, 5, 4) + 0.01 * torch.randn(2, 2, 5, 4))),
    "max_pool_options": (
        "max_pool(a, (3, 2), stride = (1, 2), padding = (1, 0))",
        case(lambda x: F.max_pool2d(x, (3, 2), stride=(1, 2), padding=(1, 0)), draw(1, 2, 5, 4) + 0.01 * torch.randn(1, 2, 5, 4)),
    ),
    "max_pool1": ("max_pool(a, (2,))", case(lambda x: F.max_pool1d(x, 2), draw(2, 2, 6) + 0.01 * torch.randn(2, 2, 6))),
    "avg_pool": ("avg_pool(a, 2, stride = 1, padding = 1)", case(lambda x: F.avg_pool2d(x, 2, stride=1, padding=1), draw(1, 2, 4, 3))),
    "global_avg_pool": ("global_avg_pool(a)", case(lambda x: x.mean((-2, -1)), draw(2, 3, 4, 5))),
    "global_max_pool": ("global_max_pool(a)", case(lambda x: F.adaptive_max_pool2d(x, 1)[..., 0, 0], draw(2, 3, 4, 5) + 0.01 * torch.randn(2, 3, 4, 5))),
    "pixel_shuffle": ("pixel_shuffle(a, 2)", case(lambda x: F.pixel_shuffle(x, 2), draw(1, 8, 2, 3))),
    "upsample": ("upsample(a, 3)", case(lambda x: F.interpolate(x, scale_factor=3, mode="nearest"), draw(1, 2, 2, 3))),
}
points = torch.tensor([-30.0, -3.0, -1.25, -0.5, -0.01, 0.01, 0.5, 1.0, 2.5, 30.0])
activations = {
    name: (f"{call}(a)", case(function, points))
    for name, call, function in [
        ("gelu", "gelu", F.gelu),
        ("silu", "silu", F.silu),
        ("elu", "elu", F.elu),
        ("selu", "selu", F.selu),
        ("leaky_relu", "leaky_relu", F.leaky_relu),
        ("softsign", "softsign", F.softsign),
        ("mish", "mish", F.mish),
        ("glu", "glu", F.glu),
    ]
}
activations["hardtanh"] = ("hardtanh(a)", case(F.hardtanh, torch.tensor([-30.0, -1.5, -0.5, 0.25, 0.99, 1.5, 30.0])))
activations["elu_alpha"] = ("elu(a, alpha = 0.3)", case(lambda x: F.elu(x, 0.3), points))
activations["leaky_relu_slope"] = ("leaky_relu(a, 0.2)", case(lambda x: F.leaky_relu(x, 0.2), points))


def block(x, heads, causal, q, k, v, o, qb, kb, vb, ob):
    b, t, d = x.shape
    split = lambda y: y.view(b, t, heads, d // heads).transpose(1, 2)
    y = F.scaled_dot_product_attention(split(x @ q + qb), split(x @ k + kb), split(x @ v + vb), is_causal=causal)
    return y.transpose(1, 2).reshape(b, t, d) @ o + ob


weights = [draw(4, 4) for _ in range(4)] + [draw(4) for _ in range(4)]
attention = "Attention(4, 2{}) " + " ".join(f"{part}.{leaf}" for leaf in ("weight", "bias") for part in ("query", "key", "value", "out"))
# A layer, and the places of its parameters in the order of the arguments after the first.
layers = {
    "LayerNorm": (
        "LayerNorm(4) scale shift",
        case(lambda x, s, t: F.layer_norm(x, (4,), s, t), draw(2, 3, 4), draw(4), draw(4)),
    ),
    "RMSNorm": (
        "RMSNorm(4) scale",
        case(lambda x, s: F.rms_norm(x, (4,), s, 1e-6), draw(2, 3, 4), draw(4)),
    ),
    "GroupNorm": (
        "GroupNorm(2, 4) scale shift",
        case(lambda x, s, t: F.group_norm(x, 2, s, t), draw(2, 4, 2, 3), draw(4), draw(4)),
    ),
    "Conv1d": (
        "Conv1d(2, 3, kernel = 3, stride = 2, padding = 1) weight bias",
        case(lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=1), draw(2, 2, 5), draw(3, 2, 3), draw(3)),
    ),
    "Conv2d": (
        "Conv2d(2, 4, kernel = 3, padding = 1, dilation = 2, groups = 2) weight bias",
        case(lambda x, w, b: F.conv2d(x, w, b, padding=1, dilation=2, groups=2), draw(1, 2, 5, 4), draw(4, 1, 3, 3), draw(4)),
    ),
    "Conv3d": (
        "Conv3d(1, 2, kernel = 2) weight bias",
        case(lambda x, w, b: F.conv3d(x, w, b), draw(1, 1, 3, 3, 3), draw(2, 1, 2, 2, 2), draw(2)),
    ),
    "ConvTranspose2d": (
        "ConvTranspose2d(2, 3, kernel = 3, stride = 2, padding = 1, output_padding = 1) weight bias",
        case(
            lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1),
            draw(1, 2, 3, 3), draw(2, 3, 3, 3), draw(3),
        ),
    ),
    "Attention": (
        attention.format(""),
        case(lambda x, *w: block(x, 2, False, *w), draw(2, 3, 4), *weights),
    ),
    "causal": (
        attention.format(", causal = true"),
        case(lambda x, *w: block(x, 2, True, *w), draw(2, 3, 4), *weights),
    ),
}



def recurrent(kind):
    def run(x, wi, wh, bi, bh):
        weights = {"weight_ih_l0": wi.T, "weight_hh_l0": wh.T, "bias_ih_l0": bi, "bias_hh_l0": bh}
        return torch.func.functional_call(kind(2, 3), weights, (x,))[0]

    return run


places = "input.weight state.weight input.bias state.bias"
layers["GRU"] = (f"GRU(2, 3) {places}", case(recurrent(torch.nn.GRU), draw(4, 2, 2), draw(2, 9), draw(3, 9), draw(9), draw(9)))
layers["LSTM"] = (f"LSTM(2, 3) {places}", case(recurrent(torch.nn.LSTM), draw(4, 2, 2), draw(2, 12), draw(3, 12), draw(12), draw(12)))

# Three batches in training, then the first one in evaluation.
def batch_norm(norm, *shape):
    batches = [draw(*shape) for _ in range(3)]
    factors = draw(*shape)
    first = batches[0].clone().requires_grad_()
    losses = [(norm(x) * factors).sum() for x in [first, *batches[1:]]]
    losses[0].backward()
    moments = {"mean": plain(norm.running_mean), "variance": plain(norm.running_var)}
    norm.eval()
    return {
        "batches": [plain(x) for x in batches],
        "factors": plain(factors),
        "losses": [loss.item() for loss in losses],
        "gradient": plain(first.grad),
        "evaluated": plain(norm(batches[0])),
        **moments,
    }


batch_norms = {
    "BatchNorm2d": batch_norm(torch.nn.BatchNorm2d(3), 2, 3, 2, 2),
    "BatchNorm": batch_norm(torch.nn.BatchNorm1d(3), 5, 3),
    "BatchNorm1d": batch_norm(torch.nn.BatchNorm1d(3), 2, 3, 4),
    "BatchNorm3d": batch_norm(torch.nn.BatchNorm3d(3), 2, 3, 2, 1, 2),
}
mean, variance = torch.tensor([0.5, -1, 2, 0]), torch.tensor([1.5, 0.25, 3, 1])
norms = {
    "layer_norm": (
        "layer_norm(a, b, c, eps = 0.1)",
        case(lambda x, w, b: F.layer_norm(x, (4,), w, b, eps=0.1), draw(2, 3, 4), draw(4), draw(4)),
    ),
    "layer_norm_plain": ("layer_norm(a)", case(lambda x: F.layer_norm(x, (4,)), draw(3, 4))),
    "batch_norm": (
        "batch_norm(a, [0.5, -1, 2, 0], [1.5, 0.25, 3, 1], shift = b, scale = c)",
        case(lambda x, b, w: F.batch_norm(x, mean, variance, w, b), draw(5, 4), draw(4), draw(4)),
    ),
    "batch_norm_plain": (
        "batch_norm(a, [0.5, -1, 2, 0], [1.5, 0.25, 3, 1], eps = 0.5)",
        case(lambda x: F.batch_norm(x, mean, variance, eps=0.5), draw(5, 4)),
    ),
}

layers["ConvTranspose1d"] = (
    "ConvTranspose1d(2, 3, kernel = 3, stride = 3, output_padding = 2) weight bias",
    case(lambda x, w, b: F.conv_transpose1d(x, w, b, stride=3, output_padding=2), draw(2, 2, 4), draw(2, 3, 3), draw(3)),
)
layers["ConvTranspose3d"] = (
    "ConvTranspose3d(2, 1, kernel = 2, stride = 2, padding = 1) weight bias",
    case(lambda x, w, b: F.conv_transpose3d(x, w, b, stride=2, padding=1), draw(1, 2, 2, 3, 2), draw(2, 1, 2, 2, 2), draw(1)),
)

groups = {"windows": windows, "pools": one, "activations": activations, "layers": layers, "norms": norms}
print(
    json.dumps(
        {
            **{
                group: {name: {"call": call, **numbers} for name, (call, numbers) in cases.items()}
                for group, cases in groups.items()
            },
            "batch_norms": batch_norms,
        }
    )
)
