"""What PyTorch computes for the engine's layers, losses, optimisers and a whole training: src/engine/fixtures/torch-layers.json.

Run with Debian's python3-torch: /usr/bin/python3 scripts/torch-reference.py
Outputs and gradients are in 64 bits; every gradient is that of sum(output * seed).
"""

import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def stored(tensor):
    return {"shape": list(tensor.shape), "data": numbers(tensor)}


def draw(*shape):
    """Numbers that 32 bits hold exactly, so that both sides start from the same."""
    return torch.randn(*shape).to(torch.float32).to(torch.float64)


def layer(operation, settings, inputs, compute):
    leaves = [value.clone().requires_grad_(value.is_floating_point()) for value in inputs]
    output = compute(*leaves)
    seed = draw(*output.shape)
    (output * seed).sum().backward()
    return {
        "operation": operation,
        "settings": settings,
        "inputs": [stored(value) for value in inputs],
        "seed": numbers(seed),
        "output": stored(output),
        "gradients": [None if leaf.grad is None else numbers(leaf.grad) for leaf in leaves],
    }


def convolution(kernel, stride, padding, dilation, groups, bias):
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    inputs = [draw(2, 4, 9, 8), draw(8, 4 // groups, kernel, kernel)] + ([draw(8)] if bias else [])
    compute = lambda x, weight, *rest: F.conv2d(x, weight, rest[0] if rest else None, stride, padding, dilation, groups)
    return layer("convolution", settings, inputs, compute)


def batch_norm():
    x, scale, bias, mean, variance = draw(5, 3, 4, 2), draw(3), draw(3), draw(3), draw(3).abs() + 0.5
    new_mean, new_variance = mean.clone(), variance.clone()
    case = layer("batchNorm", {}, [x, scale, bias], lambda a, s, b: F.batch_norm(a, new_mean, new_variance, s, b, True, 0.1))
    return {**case, "running": [numbers(mean), numbers(variance)], "after": [numbers(new_mean), numbers(new_variance)]}


def layers():
    pooled = {"kernel": 3, "stride": 2, "padding": 1}
    picture = draw(2, 3, 7, 6)
    return [
        convolution(3, 1, 1, 1, 1, True),
        convolution(3, 2, 1, 1, 1, False),
        convolution(1, 2, 0, 1, 1, False),
        convolution(7, 2, 3, 1, 1, False),
        convolution(3, 1, 2, 2, 1, False),
        convolution(3, 1, 1, 1, 2, False),
        convolution(3, 2, 1, 1, 4, True),
        layer("groupNorm", {"groups": 2}, [draw(2, 6, 4, 3), draw(6), draw(6)], lambda x, s, b: F.group_norm(x, 2, s, b)),
        layer("layerNorm", {}, [draw(2, 3, 7), draw(7), draw(7)], lambda x, s, b: F.layer_norm(x, (7,), s, b)),
        batch_norm(),
        layer("dense", {}, [draw(3, 5), draw(4, 5), draw(4)], F.linear),
        layer("matMul", {}, [draw(2, 3, 4), draw(2, 4, 5)], torch.matmul),
        layer("relu", {}, [picture], F.relu),
        layer("gelu", {}, [picture], F.gelu),
        layer("geluTanh", {}, [picture], lambda x: F.gelu(x, approximate="tanh")),
        layer("silu", {}, [picture], F.silu),
        layer("sigmoid", {}, [picture], torch.sigmoid),
        layer("softplus", {}, [picture], F.softplus),
        layer("softmax", {"axis": 1}, [draw(3, 5)], lambda x: F.softmax(x, 1)),
        layer("logSoftmax", {"axis": 1}, [draw(3, 5)], lambda x: F.log_softmax(x, 1)),
        layer("logSumExp", {"axes": [1], "keep": False}, [draw(3, 5)], lambda x: torch.logsumexp(x, 1)),
        layer("maxPool", pooled, [picture], lambda x: F.max_pool2d(x, 3, 2, 1)),
        layer("averagePool", pooled, [picture], lambda x: F.avg_pool2d(x, 3, 2, 1)),
        layer("globalAveragePool", {}, [picture], lambda x: x.mean((2, 3))),
        layer(
            "binaryCrossEntropy",
            {},
            [draw(6, 2) * 4, (draw(6, 2) > 0).double()],
            lambda logits, labels: F.binary_cross_entropy_with_logits(logits, labels.detach(), reduction="none"),
        ),
    ]


def attention():
    queries, keys, values = draw(2, 3, 4), draw(2, 5, 4), draw(2, 5, 4)
    mask = torch.tensor([[[1.0, 1, 0, 1, 0]], [[0, 1, 1, 1, 1]]])

    def compute(q, k, v):
        scores = q @ k.transpose(1, 2) / math.sqrt(4)
        return torch.softmax(scores.masked_fill(mask == 0, -math.inf), 2) @ v

    return {**layer("attention", {}, [queries, keys, values], compute), "mask": stored(mask)}


def optimisers():
    start = draw(7)
    slopes = [draw(7) for _ in range(4)]
    kinds = {
        "sgd": ({"kind": "sgd"}, lambda p: torch.optim.SGD(p, 0.05)),
        "momentum": ({"kind": "sgd", "momentum": 0.9, "weightDecay": 0.01}, lambda p: torch.optim.SGD(p, 0.05, 0.9, weight_decay=0.01)),
        "adam": ({"kind": "adam"}, lambda p: torch.optim.Adam(p, 0.05)),
        "adam decay": ({"kind": "adam", "weightDecay": 0.02}, lambda p: torch.optim.Adam(p, 0.05, weight_decay=0.02)),
        "adamw": ({"kind": "adamw", "weightDecay": 0.02}, lambda p: torch.optim.AdamW(p, 0.05, weight_decay=0.02)),
    }
    cases = []
    for spec, make in kinds.values():
        parameter = nn.Parameter(start.clone())
        optimiser = make([parameter])
        for slope in slopes:
            parameter.grad = slope.clone()
            optimiser.step()
        cases.append({"spec": spec, "after": numbers(parameter)})
    return {"learningRate": 0.05, "start": numbers(start), "slopes": [numbers(slope) for slope in slopes], "cases": cases}


class Residual(nn.Module):
    """ResNet-8 of the engine, its parameters by the engine's names."""

    def __init__(self, widths):
        super().__init__()
        self.tensors = nn.ParameterDict()
        self.widths = widths
        into = 1
        self.add("stem", into, widths[0], 3)
        into = widths[0]
        for stage, out in enumerate(widths):
            self.add(f"stage{stage + 1}.conv1", into, out, 3)
            self.add(f"stage{stage + 1}.conv2", out, out, 3)
            if stage > 0 or into != out:
                self.add(f"stage{stage + 1}.shortcut", into, out, 1)
            into = out
        self.put("dense.weight", torch.empty(1, into))
        self.put("dense.bias", torch.empty(1))

    def put(self, name, tensor):
        """Values from a formula of the position, so that nothing large is stored."""
        count = tensor.numel()
        wave = torch.sin(torch.arange(count, dtype=torch.float64) * 1.7 + len(self.tensors))
        fan = count / tensor.shape[0]
        value = wave * math.sqrt(2 / fan) if tensor.dim() > 1 else 0.1 * wave + (1 if name.endswith("scale") else 0)
        self.tensors[name.replace(".", "/")] = nn.Parameter(value.to(torch.float32).double().reshape(tensor.shape))

    def add(self, name, into, out, kernel):
        self.put(f"{name}.weight", torch.empty(out, into, kernel, kernel))
        self.put(f"{name}.norm.scale", torch.empty(out))
        self.put(f"{name}.norm.bias", torch.empty(out))

    def layer(self, x, name, stride):
        of = lambda part: self.tensors[f"{name}.{part}".replace(".", "/")]
        weight = of("weight")
        mapped = F.conv2d(x, weight, None, stride, weight.shape[-1] // 2)
        return F.group_norm(mapped, max(1, weight.shape[0] // 16), of("norm.scale"), of("norm.bias"))

    def forward(self, x):
        x = F.relu(self.layer(x, "stem", 1))
        for stage in range(len(self.widths)):
            name, stride = f"stage{stage + 1}", 2 if stage > 0 else 1
            inner = self.layer(F.relu(self.layer(x, f"{name}.conv1", stride)), f"{name}.conv2", 1)
            around = self.layer(x, f"{name}.shortcut", stride) if f"{name}/shortcut/weight".replace(".", "/") in self.tensors else x
            x = F.relu(inner + around)
        return F.linear(x.mean((2, 3)), self.tensors["dense/weight"], self.tensors["dense/bias"])


def training():
    network = Residual([16, 32, 64])
    count = 8
    index = torch.arange(count * 28 * 28, dtype=torch.float64)
    images = torch.sin(index * 0.37).add(torch.cos(index * 0.011)).to(torch.float32).double().reshape(count, 1, 28, 28)
    labels = (torch.arange(count) % 3 == 0).double()[:, None]
    names = [name.replace("/", ".") for name in network.tensors]
    start = [parameter.detach().clone() for parameter in network.tensors.values()]
    optimiser = torch.optim.Adam(network.parameters(), 1e-3)
    losses, norms, samples = [], [], []
    for step in range(20):
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(network(images), labels)
        loss.backward()
        losses.append(float(loss))
        if step == 0:
            slopes = [parameter.grad for parameter in network.tensors.values()]
            norms = [float(f"{slope.norm():.9g}") for slope in slopes]
            samples = [[float(f"{slope.flatten()[place]:.9g}") for place in (0, slope.numel() // 2, slope.numel() - 1)] for slope in slopes]
        optimiser.step()
    return {
        "names": names,
        "parameters": sum(tensor.numel() for tensor in start),
        "losses": losses,
        "gradientNorms": norms,
        "gradientSamples": samples,
    }


def main():
    folder = Path(__file__).parent.parent / "src" / "engine" / "fixtures"
    content = {
        "source": f"PyTorch {torch.__version__}, scripts/torch-reference.py",
        "layers": layers(),
        "attention": attention(),
        "optimisers": optimisers(),
        "training": training(),
    }
    (folder / "torch-layers.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


main()
