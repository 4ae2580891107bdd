"""A trainer for UNICA in PyTorch: reads FOLDER/in, trains, leaves FOLDER/out. See docs/researchers/external-trainers.md.

The network is the ResNet-8 of the engine; its layers are found by the names of the weights.
"""

import csv
import json
import struct
import sys
from pathlib import Path

import torch
from torch.nn import functional as F


def read_safetensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        numbers = torch.frombuffer(bytearray(content[8 + length + start : 8 + length + end]), dtype=torch.float32)
        tensors[name] = numbers.reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors):
    header, data, offset = {}, [], 0
    for name, tensor in tensors.items():
        size = tensor.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        data.append(struct.pack(f"<{tensor.numel()}f", *tensor.flatten().tolist()))
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def read_npy(path):
    content = path.read_bytes()
    (length,) = struct.unpack("<H", content[8:10])
    shape = eval(content[10 : 10 + length].decode(), {"__builtins__": {}}, {"True": True, "False": False})["shape"]
    return torch.frombuffer(bytearray(content[10 + length :]), dtype=torch.float32).reshape(shape)


def layer(weights, x, name, stride):
    weight = weights[f"{name}.weight"]
    mapped = F.conv2d(x, weight, None, stride, weight.shape[-1] // 2)
    groups = max(1, weight.shape[0] // 16)
    return F.group_norm(mapped, groups, weights[f"{name}.norm.scale"], weights[f"{name}.norm.bias"])


def forward(weights, x, stem_stride):
    x = F.relu(layer(weights, x, "stem", stem_stride))
    for stage in (1, 2, 3):
        name, stride = f"stage{stage}", 1 if stage == 1 else 2
        inner = layer(weights, F.relu(layer(weights, x, f"{name}.conv1", stride)), f"{name}.conv2", 1)
        around = layer(weights, x, f"{name}.shortcut", stride) if f"{name}.shortcut.weight" in weights else x
        x = F.relu(inner + around)
    return F.linear(x.mean((2, 3)), weights["dense.weight"], weights["dense.bias"])[:, 0]


def main():
    folder = Path(sys.argv[1])
    job = json.loads((folder / "in" / "job.json").read_text())
    start = read_safetensors(folder / "in" / "weights.safetensors")
    images = read_npy(folder / "in" / "images.npy")
    with open(folder / "in" / "cohort.csv", newline="") as rows:
        labels = torch.tensor([float(row["label"]) for row in csv.DictReader(rows)])
    weights = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
    optimiser = torch.optim.Adam(list(weights.values()), job["learningRate"])
    total = 0.0
    for epoch in range(job["epochs"]):
        total = 0.0
        # In the order given: a comparison with another trainer needs the same batches.
        for first in range(0, len(labels), job["batchSize"]):
            chosen = slice(first, first + job["batchSize"])
            optimiser.zero_grad()
            logits = forward(weights, images[chosen], job["stemStride"])
            loss = F.binary_cross_entropy_with_logits(logits, labels[chosen])
            loss.backward()
            optimiser.step()
            total += float(loss) * len(labels[chosen])
    out = folder / "out"
    write_safetensors(out / "update.safetensors", {name: (weights[name] - start[name]).detach() for name in start})
    (out / "metrics.json").write_text(json.dumps({"samples": len(labels), "loss": total / len(labels)}))


main()
