"""Stock FedAvg over however many nodes there are; every phase is timed; the result goes to a file."""

import json
import os
import time

import numpy as np
from flwr.app import ArrayRecord, ConfigRecord, Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

app = ServerApp()


class Timed:
    """A grid that notes how long each exchange took and what came back."""

    def __init__(self, grid, phases):
        self._grid, self._phases = grid, phases

    def __getattr__(self, name):
        return getattr(self._grid, name)

    def send_and_receive(self, messages, *, timeout=None):
        messages = list(messages)
        began = time.perf_counter()
        replies = list(self._grid.send_and_receive(messages, timeout=timeout))
        self._phases.append({
            "type": messages[0].metadata.message_type if messages else "",
            "seconds": time.perf_counter() - began,
            "asked": len(messages),
            "errors": [reply.error.reason for reply in replies if reply.has_error()],
            "losses": sorted(
                float(record["loss"]) for reply in replies if not reply.has_error()
                for record in reply.content.metric_records.values() if "loss" in record),
        })
        return replies


@app.main()
def main(grid: Grid, context: Context) -> None:
    nodes = int(os.environ["UNICA_FLOWER_NODES"])
    rounds = int(os.environ["UNICA_FLOWER_ROUNDS"])
    size = int(os.environ.get("UNICA_FLOWER_BYTES", "0"))
    settings = json.loads(os.environ.get("UNICA_FLOWER_CONFIG", "{}"))
    weights = np.zeros(4) if size == 0 else np.zeros(size // 4, dtype=np.float32)
    given = os.environ.get("UNICA_FLOWER_ARRAYS")
    initial = ArrayRecord([weights, np.zeros(1)])
    if given:
        loaded = np.load(given)
        from flwr.app import Array
        initial = ArrayRecord({name: Array(loaded[name]) for name in loaded.files})
    strategy = FedAvg(min_available_nodes=nodes, min_train_nodes=1, min_evaluate_nodes=1)
    phases = []
    result = strategy.start(
        grid=Timed(grid, phases),
        initial_arrays=initial,
        train_config=ConfigRecord({"lr": 0.1, **settings}),
        evaluate_config=ConfigRecord(dict(settings)),
        num_rounds=rounds,
        timeout=float(os.environ.get("UNICA_FLOWER_TIMEOUT", "120")),
    )
    small = size == 0 and result.arrays is not None and not given
    finished = {
        "weights": [array.tolist() for array in result.arrays.to_numpy_ndarrays()] if small else None,
        "names": list(result.arrays.keys()) if result.arrays is not None else [],
        "sums": [float(np.sum(array)) for array in result.arrays.to_numpy_ndarrays()] if given else None,
        "phases": phases,
    }
    path = os.environ["UNICA_FLOWER_OUT"]
    with open(path + ".part", "w") as file:
        json.dump(finished, file)
    os.replace(path + ".part", path)
