"""Writes a small network as PyTorch exports it, with what PyTorch answers: the fixture of import-onnx.test.ts.

Run with Debian's python3-torch: /usr/bin/python3 scripts/torch-onnx-fixture.py
"""

import json
from pathlib import Path

import torch
from torch import nn

FOLDER = Path(__file__).parent.parent / "src" / "engine" / "fixtures"


class Block(nn.Module):
    """A residual block with batch normalisation, as in torchvision."""

    def __init__(self, into, out, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(into, out, 3, stride, 1, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(),
            nn.Conv2d(out, out, 3, 1, 1, groups=2),
            nn.BatchNorm2d(out, eps=1e-3),
        )
        self.around = nn.Conv2d(into, out, 1, stride)

    def forward(self, x):
        return torch.relu(self.body(x) + self.around(x))


class Small(nn.Module):
    """Every part a published image backbone is likely to have."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 5, 2, 2), nn.BatchNorm2d(8), nn.SiLU(), nn.MaxPool2d(3, 2, 1))
        self.blocks = nn.Sequential(Block(8, 8, 1), Block(8, 16, 2), nn.Hardtanh(-2, 2), nn.AvgPool2d(2))
        self.norm = nn.LayerNorm(16)
        self.head = nn.Sequential(nn.Linear(16, 12), nn.GELU(), nn.Dropout(0.3), nn.Linear(12, 4))

    def forward(self, x):
        features = self.blocks(self.stem(x)).mean((2, 3))
        return torch.softmax(self.head(self.norm(features)), 1)


def main():
    torch.manual_seed(7)
    network = Small()
    network.train()
    for _ in range(4):
        network(torch.randn(8, 3, 32, 32) * 2 + 1)
    network.eval()
    images = torch.randn(2, 3, 32, 32)
    FOLDER.mkdir(exist_ok=True)
    torch.onnx.export(
        network,
        images,
        str(FOLDER / "torch-small.onnx"),
        opset_version=15,
        input_names=["image"],
        output_names=["shares"],
        dynamic_axes={"image": {0: "batch"}},
        do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
    )
    images.requires_grad_()
    answer = network(images)
    answer[:, 0].sum().backward()
    rounded = lambda tensor: [float(f"{value:.7g}") for value in tensor.detach().flatten().tolist()]
    first = network.blocks[0].body[0].weight
    stored = {
        "source": f"PyTorch {torch.__version__}, scripts/torch-onnx-fixture.py",
        "images": rounded(images),
        "answer": rounded(answer),
        "firstShareByImage": rounded(images.grad[0, 0]),
        "firstShareByFirstConvolution": rounded(first.grad),
        "firstConvolutionShape": list(first.shape),
    }
    (FOLDER / "torch-small.json").write_text(json.dumps(stored) + "\n")


main()
