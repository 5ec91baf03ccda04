import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.data import default_cache_dir, prepare_data
from pipeline.datasets.arrays import load_images
from pipeline.records import Dataset
from pipeline.signing.keys import make_key
from pipeline.site import compress
from pipeline.system.tensorflow import start_tensorflow
from tests.support.versions import Place, files_of, manifest_with

# The commands set this themselves, but when a test imports TensorFlow, JAX sets another level, which the commands that
# tests start would inherit, and print TensorFlow's warnings.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# A shell starts background jobs with Ctrl-C ignored; commands that tests interrupt would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


# What `make test-fast` leaves out: folders, files and single tests, each with what takes it more than some seconds.
LONG = {
    "checking/test_check.py::test_no_digit": "changes every digit of a manifest",
    "checking/test_running.py": "runs versions in TensorFlow.js",
    "cli/test_report.py": "starts many commands, some of which do not end by themselves",
    "datasets/test_folders.py::test_records": "reads TFRecords in processes that import TensorFlow",
    "deploying/test_branch.py": "pushes to repositories, and kills that at each command",
    "deploying/test_folder.py": "kills deployments at many calls",
    "deploying/test_servers.py": "starts servers and deploys to them",
    "flow/": "builds models with the command line",
    "notebook/": "exports models, and starts JupyterLab and a browser",
    "preprocessing/test_apply.py": "hundreds of random drawings",
    "system/test_interrupts.py": "waits for commands that do not end by themselves",
    "system/test_lifeline.py": "starts processes and kills their parents",
    "system/test_tensorflow.py": "imports TensorFlow in processes of its own",
    "test_docs_notebooks.py": "runs a notebook in a kernel that imports TensorFlow",
    "test_export.py": "builds a model twice",
    "test_fuzz.py": "damages files of every kind in processes of their own",
    "test_publish_crashes.py": "disturbs publications at many calls",
    "test_reference.py": "runs recorded models on all of MNIST",
    "test_supply_chain.py::test_a_package": "runs npm",
    "test_train.py": "trains again and again",
    "test_verify.py": "builds models",
    "tfjs/cases/": "converts 600 models and runs them in TensorFlow.js",
    "tfjs/formats/": "writes files through TensorFlow and runs them in processes of their own",
    "tfjs/graph_model/": "converts by TensorFlow's graphs",
    "tfjs/parity/": "runs exports in TensorFlow.js",
    "tfjs/test_browser.py": "starts a browser",
    "tfjs/test_export": "runs exports in TensorFlow.js",
    "tfjs/test_load_keras.py": "runs exports in TensorFlow.js",
    "tfjs/test_property.py": "converts random models",
    "tfjs/test_standing.py": "runs exports in TensorFlow.js",
    "training/distributed/test_compiled_epoch.py": "trains on several replicas",
    "training/distributed/test_workers.py": "trains in several processes",
    "training/test_callbacks.py": "trains again and again",
    "training/test_compiled_epoch.py": "compiles many programs",
    "training/test_epochs.py": "compiles many programs",
    "training/test_gpu.py": "compiles many programs",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in LONG."""
    for part in LONG:
        if not list(Path(__file__).parent.glob(f"{part.partition('::')[0]}*")):
            raise pytest.UsageError(f"LONG in tests/conftest.py must name files that exist. Received: {part}.")
    for item in items:
        for part, reason in LONG.items():
            if item.nodeid.startswith(f"tests/{part}"):
                item.add_marker(pytest.mark.long(reason=reason))


@pytest.fixture(scope="session")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The real, verified MNIST from the user's cache, downloaded into it if missing."""
    work: Path = tmp_path_factory.mktemp("mnist")
    return prepare_data("mnist", cache_dir=default_cache_dir(), work_dir=work)


@pytest.fixture(scope="session")
def small_npz(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 2,000 training and 500 test images of MNIST, as a user's own file."""
    images = load_images(mnist)
    path = tmp_path_factory.mktemp("small") / "digits.npz"
    np.savez(
        path,
        x_train=images.train[:2000],
        y_train=images.train_labels[:2000],
        x_test=images.test[:500],
        y_test=images.test_labels[:500],
    )
    return path


@pytest.fixture(scope="session")
def small_mnist(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """`small_npz`, prepared."""
    work = tmp_path_factory.mktemp("small-work")
    return prepare_data(str(small_npz), cache_dir=work / "cache", work_dir=work)


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[[Path], Dataset]:
    """The data stage for a file or folder, with a cache of the test's own."""
    return lambda path: prepare_data(str(path), cache_dir=tmp_path / "cache", work_dir=tmp_path / "work")


@pytest.fixture(scope="session")
def keras() -> Any:
    """Keras, on the CPU; imported only by tests that need it."""
    start_tensorflow("cpu")
    import keras

    return keras


@pytest.fixture
def manifest() -> dict[str, Any]:
    """A complete manifest, as JSON."""
    return manifest_with(files_of(b"w1"))


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key; its public half is beside it."""
    path: Path = tmp_path_factory.mktemp("keys") / "key"
    make_key(path)
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A store, a built page and a site to publish to, without compressed copies."""
    monkeypatch.setattr(compress, "LEAST", sys.maxsize)  # test_compress.py tests the copies
    return Place(tmp_path)
