"""The reference of `unica bench engine`: the same networks in PyTorch, driven by JSON lines on standard input.

{"prepare": "resnet8", "batch": 128, "threads": 2}  ->  {"parameters": 77169}
{"run": "train", "steps": 3}                        ->  {"seconds": 0.21}
{"run": "infer", "steps": 3}                        ->  {"seconds": 0.06}

Without PyTorch it says {"absent": "..."} and ends.
"""

import json
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn.functional import binary_cross_entropy_with_logits
except ImportError as problem:
    print(json.dumps({"absent": str(problem)}), flush=True)
    sys.exit(0)


def normalised(into, out, kernel, stride):
    return nn.Sequential(
        nn.Conv2d(into, out, kernel, stride, kernel // 2, bias=False),
        nn.GroupNorm(max(1, out // 16), out),
    )


class Block(nn.Module):
    def __init__(self, into, out, stride):
        super().__init__()
        self.first = normalised(into, out, 3, stride)
        self.second = normalised(out, out, 3, 1)
        self.around = normalised(into, out, 1, stride) if stride != 1 or into != out else nn.Identity()

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.first(x))) + self.around(x))


def residual(widths, blocks, imagenet_stem):
    if imagenet_stem:
        layers = [normalised(1, widths[0], 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    else:
        layers = [normalised(1, widths[0], 3, 1), nn.ReLU()]
    into = widths[0]
    for stage, out in enumerate(widths):
        for block in range(blocks):
            layers.append(Block(into, out, 2 if stage > 0 and block == 0 else 1))
            into = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(into, 1))


NETWORKS = {
    "resnet8": (lambda: residual([16, 32, 64], 1, False), 28),
    "resnet14": (lambda: residual([16, 32, 64], 2, False), 64),
    "resnet18": (lambda: residual([64, 128, 256, 512], 2, True), 128),
}


class Bench:
    def __init__(self, name, batch, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(1)
        make, size = NETWORKS[name]
        self.network = make()
        self.optimiser = torch.optim.Adam(self.network.parameters(), 1e-3)
        self.images = torch.randn(batch, 1, size, size)
        self.labels = (torch.arange(batch) % 2).float()[:, None]
        for _ in range(2):
            self.train()
            self.infer()

    def train(self):
        self.optimiser.zero_grad()
        binary_cross_entropy_with_logits(self.network(self.images), self.labels).backward()
        self.optimiser.step()

    def infer(self):
        with torch.inference_mode():
            torch.sigmoid(self.network(self.images))


def main():
    print(json.dumps({"torch": torch.__version__}), flush=True)
    bench = None
    for line in sys.stdin:
        asked = json.loads(line)
        if "prepare" in asked:
            bench = Bench(asked["prepare"], asked["batch"], asked["threads"])
            answer = {"parameters": sum(parameter.numel() for parameter in bench.network.parameters())}
        else:
            work = bench.train if asked["run"] == "train" else bench.infer
            started = time.perf_counter()
            for _ in range(asked["steps"]):
                work()
            answer = {"seconds": time.perf_counter() - started}
        print(json.dumps(answer), flush=True)


main()
