"""The same training in other libraries: one script each, run as `PYTHON FILE.py
DATA.npz`; prints one JSON object.

DATA.npz holds `inputs` (60000, 784) float32, `labels` (60000,) int64, `orders` (epochs,
60000) int32 (the order of the images in each epoch), `test`, `test_labels`, `batch` and
`rate`. The object has `seconds`, `accuracy` and `version`.

`h100.py` trains nothing: it compiles programs for a GPU.
"""

from pathlib import Path

HERE = Path(__file__).parent
# script → its row in the table
PEERS = {
    "numpy_loop": "NumPy, a loop",
    "pytorch_loop": "PyTorch, a loop (eager)",
    "jax_scan": "JAX, lax.scan over an epoch",
    "sklearn_lbfgs": "scikit-learn LogisticRegression (L-BFGS by its default)",
}
