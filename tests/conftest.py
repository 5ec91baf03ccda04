import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.data import default_cache_dir, prepare_data
from pipeline.datasets.arrays import load_images
from pipeline.records import Dataset
from pipeline.site import compress
from tests.support.versions import Place

# As the commands set it for themselves. When a test imports TensorFlow, JAX would put another level there, and commands
# that tests start would print TensorFlow's warnings.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# A shell starts what runs in its background with Ctrl-C ignored, and so would the commands be that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The real, checked MNIST, from the user's cache; fetched into it when it is not there yet."""
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
    """The record of `small_npz`."""
    work = tmp_path_factory.mktemp("small-work")
    return prepare_data(str(small_npz), cache_dir=work / "cache", work_dir=work)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where the tests of publishing publish."""
    monkeypatch.setattr(compress, "LEAST", sys.maxsize)  # no compressed copies: they are test_compress.py's
    return Place(tmp_path)
