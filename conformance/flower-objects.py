"""Records messages as the real Flower takes them apart: conformance/flower-objects.json. Needs flwr and numpy.

Run: python conformance/flower-objects.py > conformance/flower-objects.json
"""

import base64
import json
from importlib.metadata import version

import numpy as np
from flwr.common import Array, ArrayRecord, ConfigRecord, Error, Message, MetricRecord, RecordDict
from flwr.common.inflatable import get_all_nested_objects, get_object_tree
from flwr.common.message import make_message
from flwr.common.record.arraychunk import ArrayChunk  # noqa: F401
from flwr.common import Metadata


def metadata(**changed):
    fields = dict(
        run_id=17446744073709551615,
        message_id="",
        src_node_id=1,
        dst_node_id=9007199254740993,
        reply_to_message_id="",
        group_id="3",
        created_at=1764422845.123456,
        ttl=43200.0,
        message_type="train",
    )
    return Metadata(**{**fields, **changed})


def record(name, message):
    objects = [
        {"id": key, "base64": base64.b64encode(value.deflate()).decode()}
        for key, value in get_all_nested_objects(message).items()
    ]
    tree = get_object_tree(message)
    return {
        "name": name,
        "messageId": message.object_id,
        "tree": base64.b64encode(tree.SerializeToString(deterministic=True)).decode(),
        "objects": objects,
    }


arrays = ArrayRecord({
    "layer.weight": Array(np.arange(6, dtype=np.float32).reshape(2, 3) / 8),
    "layer.bias": Array(np.array([0.5, -1.25, 1e-9])),
    "größe 漢": Array(np.array(2.5)),
})
config = ConfigRecord({
    "server-round": 3, "lr": 0.1, "negative": -7, "flag": True, "off": False, "text": "prüfen", "raw": b"\x00\xff",
    "rates": [0.5, 0.25], "steps": [1, -2, 300], "flags": [True, False], "names": ["a", "b"], "blobs": [b"x", b""],
    "zero": 0, "none": 0.0,
})
metrics = MetricRecord({"num-examples": 12, "loss": 0.125, "curve": [1.0, 0.5], "counts": [3, 4]})

print(json.dumps({
    "source": f"flwr {version('flwr')}, numpy {np.__version__}, recorded by conformance/flower-objects.py",
    "messages": [
        record("arrays and settings", make_message(
            metadata=metadata(), content=RecordDict({"arrays": arrays, "config": config}))),
        record("arrays and metrics, a reply", make_message(
            metadata=metadata(reply_to_message_id="ab" * 32, src_node_id=9007199254740993, dst_node_id=1, ttl=3600.5),
            content=RecordDict({"arrays": arrays, "metrics": metrics}))),
        record("nothing said", make_message(metadata=metadata(message_type="query.status"), content=RecordDict())),
        record("an error", make_message(metadata=metadata(), error=Error(code=2, reason="no permit"))),
        record("the same piece twice", make_message(metadata=metadata(), content=RecordDict({
            "arrays": ArrayRecord({"a": Array(np.zeros(3)), "b": Array(np.zeros(3))})}))),
    ],
}, indent=1))
