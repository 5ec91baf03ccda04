"""Softmax regression in PyTorch, as its tutorials write it:

a module, cross_entropy, SGD, one step per batch.
"""

import json
import sys
import time

import numpy as np
import torch

data = np.load(sys.argv[1], allow_pickle=False)
inputs, labels = torch.from_numpy(data["inputs"]), torch.from_numpy(data["labels"])
batch = int(data["batch"])
started = time.perf_counter()
torch.manual_seed(1)
model = torch.nn.Linear(inputs.shape[1], 10)
optimizer = torch.optim.SGD(model.parameters(), lr=float(data["rate"]))
for order in torch.from_numpy(data["orders"].astype(np.int64)):
    for rows in order.split(batch):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs[rows]), labels[rows]).backward()
        optimizer.step()
seconds = time.perf_counter() - started
with torch.no_grad():
    answers = model(torch.from_numpy(data["test"])).argmax(dim=1).numpy()
accuracy = float((answers == data["test_labels"]).mean())
print(
    json.dumps(
        {
            "seconds": seconds,
            "accuracy": accuracy,
            "version": torch.__version__.split("+")[0],
        }
    )
)
