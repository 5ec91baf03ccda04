"""Softmax regression in JAX: one compiled `lax.scan` over the batches of an epoch."""

import json
import sys
import time
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

# requirements/peers.txt installs the compiler for GPUs, not their libraries
jax.config.update("jax_platforms", "cpu")
data = np.load(sys.argv[1], allow_pickle=False)
inputs, labels = jnp.asarray(data["inputs"]), jnp.asarray(data["labels"])
batch, rate = int(data["batch"]), float(data["rate"])


def loss(parameters: Any, x: Any, y: Any) -> Any:
    weights, biases = parameters
    scores = jax.nn.log_softmax(x @ weights + biases)
    return -jnp.take_along_axis(scores, y[:, None], axis=1).mean()


@jax.jit  # type: ignore[untyped-decorator]
def run_epoch(parameters: Any, order: Any) -> Any:
    def step(parameters: Any, rows: Any) -> Any:
        gradients = jax.grad(loss)(parameters, inputs[rows], labels[rows])
        return jax.tree.map(lambda p, g: p - rate * g, parameters, gradients), None

    return jax.lax.scan(step, parameters, order.reshape(-1, batch))[0]


started = time.perf_counter()
parameters = (jnp.zeros((inputs.shape[1], 10)), jnp.zeros(10))
for order in data["orders"]:
    parameters = run_epoch(parameters, jnp.asarray(order))
weights, biases = map(np.asarray, parameters)
seconds = time.perf_counter() - started
accuracy = float(
    ((data["test"] @ weights + biases).argmax(axis=1) == data["test_labels"]).mean()
)
print(
    json.dumps({"seconds": seconds, "accuracy": accuracy, "version": jax.__version__})
)
