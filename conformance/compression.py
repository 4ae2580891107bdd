"""Compression of changes with error feedback, by numpy: conformance/compression.json. Needs numpy.

Run: python3 conformance/compression.py > conformance/compression.json

Four changes of 77,169 numbers, each made smaller with what was left out before added to it. Of every step: the SHA-256 of what is
sent (float32, little endian) and of what is left out (float64, little endian), and of the file's bytes after its head.
"""

import hashlib
import json
import struct

import numpy as np

TOTAL = 77169
ROUNDS = 4


def change(step):
    """Numbers that any language makes alike: a multiplicative hash, spread over some orders of magnitude, with zeros and ties."""
    index = np.arange(TOTAL, dtype=np.uint64)
    mixed = (index * 2654435761 + step * 40503) % 2**32
    scale = 2.0 ** -((index % 13).astype(np.float64))
    values = (mixed / 2.0**32 - 0.5) * scale
    values[index % 5 == 0] = 0.25 * (step + 1)
    values[(index >= 512) & (index < 768)] = 0
    return values.astype(np.float32)


def int8(values):
    body = b""
    sent = np.zeros_like(values)
    for begin in range(0, TOTAL, 256):
        group = values[begin : begin + 256]
        scale = np.float32(np.float64(np.abs(group).max()) / 127)
        levels = np.zeros(len(group), dtype=np.int64)
        if scale != 0:
            levels = np.clip(np.floor(group.astype(np.float64) / np.float64(scale) + 0.5), -127, 127).astype(np.int64)
        body += struct.pack("<f", scale) + levels.astype(np.int8).tobytes()
        sent[begin : begin + 256] = (np.float64(scale) * levels).astype(np.float32)
    return sent, body


def top_k(share):
    def compress(values):
        count = max(1, int(np.ceil(share * TOTAL)))
        places = np.sort(np.argsort(-np.abs(values), kind="stable")[:count])
        places = places[values[places] != 0]
        sent = np.zeros_like(values)
        sent[places] = values[places]
        body = b""
        for begin in range(0, TOTAL, 65536):
            inside = places[(places >= begin) & (places < begin + 65536)]
            body += struct.pack("<I", len(inside))
            body += (inside - begin).astype("<u2").tobytes() + values[inside].astype("<f4").tobytes()
        return sent, body

    return compress


def digest(data):
    return hashlib.sha256(data).hexdigest()


def chain(compression, compress):
    residual = np.zeros(TOTAL, dtype=np.float64)
    steps = []
    for step in range(ROUNDS):
        carried = (change(step).astype(np.float64) + residual).astype(np.float32)
        sent, body = compress(carried)
        residual = carried.astype(np.float64) - sent.astype(np.float64)
        steps.append(
            {
                "sentSha256": digest(sent.astype("<f4").tobytes()),
                "residualSha256": digest(residual.astype("<f8").tobytes()),
                "bodySha256": digest(body),
                "bodyBytes": len(body),
                "leftBehind": float(np.linalg.norm(residual) / np.linalg.norm(carried.astype(np.float64))),
            }
        )
    return {"compression": compression, "steps": steps}


print(
    json.dumps(
        {
            "source": f"numpy {np.__version__}, conformance/compression.py",
            "rows": [
                chain({"kind": "int8"}, int8),
                chain({"kind": "top-k", "share": 0.02}, top_k(0.02)),
                chain({"kind": "top-k", "share": 0.25}, top_k(0.25)),
            ],
        },
        indent=2,
    )
)
