"""The same training by other libraries: one file each, run as `PYTHON FILE.py DATA.npz`, which prints one JSON object.

DATA.npz holds `inputs` (60000, 784) float32, `labels` (60000,) int64, `orders` (epochs, 60000) int32, the order of the
images in each epoch, `test`, `test_labels`, `batch` and `rate`. The object has `seconds`, `accuracy` and `version`.

`h100.py` trains nothing: it compiles their programs for a GPU.
"""

from pathlib import Path

HERE = Path(__file__).parent
# file → what the table calls it
PEERS = {
    "numpy_loop": "NumPy, a loop",
    "pytorch_loop": "PyTorch, a loop (eager)",
    "jax_scan": "JAX, lax.scan over an epoch",
    "sklearn_lbfgs": "scikit-learn LogisticRegression (L-BFGS by its default)",
}
