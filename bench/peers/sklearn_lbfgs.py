"""scikit-learn's softmax regression.

It has no mini-batches; its default solver is L-BFGS, at most 100 iterations.
"""

import json
import sys
import time
import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

data = np.load(sys.argv[1], allow_pickle=False)
inputs, labels = data["inputs"], data["labels"]
# it stops after its default of 100 iterations
warnings.simplefilter("ignore", ConvergenceWarning)
started = time.perf_counter()
model = LogisticRegression().fit(inputs, labels)
seconds = time.perf_counter() - started
accuracy = float((model.predict(data["test"]) == data["test_labels"]).mean())
print(
    json.dumps(
        {"seconds": seconds, "accuracy": accuracy, "version": sklearn.__version__}
    )
)
