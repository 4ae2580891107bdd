"""Linear regression by plain gradient descent in float64: the same numbers wherever it runs."""

import numpy as np
from flwr.app import ArrayRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

EXAMPLES, FEATURES, STEPS = 20, 4, 5

app = ClientApp()


def examples(site: int):
    rows = np.arange(EXAMPLES + site)[:, None]
    columns = np.arange(FEATURES)[None, :]
    inputs = np.sin(7.3 * rows + 1.7 * columns + site)
    return inputs, inputs @ np.array([1.0, -2.0, 0.5, 3.0]) + 0.1 * site


def answer(message: Message, arrays, metrics) -> Message:
    records = {"metrics": MetricRecord(metrics)}
    if arrays is not None:
        records["arrays"] = arrays
    return Message(content=RecordDict(records), reply_to=message)


@app.train()
def train(message: Message, context: Context) -> Message:
    weights, bias = message.content["arrays"].to_numpy_ndarrays()
    if weights.shape != (FEATURES,):
        # A benchmark of the transport: the model itself is the update.
        return answer(message, ArrayRecord([weights, bias]), {"num-examples": 1, "loss": 0.0})
    rate = float(message.content["config"]["lr"])
    inputs, targets = examples(int(context.node_config["site"]))
    for _ in range(STEPS):
        error = inputs @ weights + bias[0] - targets
        weights = weights - rate * (inputs.T @ error) / len(targets)
        bias = bias - rate * np.array([error.mean()])
    loss = float(np.mean((inputs @ weights + bias[0] - targets) ** 2))
    return answer(message, ArrayRecord([weights, bias]), {"num-examples": len(targets), "loss": loss})


@app.evaluate()
def evaluate(message: Message, context: Context) -> Message:
    weights, bias = message.content["arrays"].to_numpy_ndarrays()
    if weights.shape != (FEATURES,):
        return answer(message, None, {"num-examples": 1, "loss": 0.0})
    inputs, targets = examples(int(context.node_config["site"]))
    loss = float(np.mean((inputs @ weights + bias[0] - targets) ** 2))
    return answer(message, None, {"num-examples": len(targets), "loss": loss})
