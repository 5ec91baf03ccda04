"""Softmax regression written by hand in NumPy: only the arithmetic."""

import json
import sys
import time

import numpy as np

data = np.load(sys.argv[1], allow_pickle=False)
inputs, labels, orders, batch, rate = (
    data[key] for key in ("inputs", "labels", "orders", "batch", "rate")
)
targets = np.eye(10, dtype=np.float32)[labels]
step = np.float32(rate / batch)
started = time.perf_counter()
weights, biases = np.zeros((inputs.shape[1], 10), np.float32), np.zeros(10, np.float32)
for order in orders:
    for start in range(0, len(order), int(batch)):
        rows = order[start : start + batch]
        x = inputs[rows]
        scores = x @ weights + biases
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = scores / scores.sum(axis=1, keepdims=True) - targets[rows]
        weights -= step * (x.T @ error)
        biases -= step * error.sum(axis=0)
seconds = time.perf_counter() - started
accuracy = float(
    ((data["test"] @ weights + biases).argmax(axis=1) == data["test_labels"]).mean()
)
print(json.dumps({"seconds": seconds, "accuracy": accuracy, "version": np.__version__}))
