import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest

from pipeline.data.arrays import load_images
from pipeline.data.prepare import default_cache_dir, prepare_data
from pipeline.records import Dataset
from pipeline.signing.keys import make_key
from pipeline.site import compress
from pipeline.system.tensorflow import start_tensorflow
from tests.support.versions import Place, files_of, manifest_with
from tests.tiers import LISTED, TIERS, listed

# The commands set this themselves, but when a test imports TensorFlow, JAX sets another
# level, which the commands that tests start would inherit, and print TensorFlow's
# warnings.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# The commands set this too. Tests that import TensorFlow on their own compute on the
# same kernels on every processor.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Threads of OpenBLAS wait actively for one another: beside other work, a small product
# takes fifty times as long. Commands that tests start inherit this; `make` sets it for
# the tests themselves, which have imported NumPy by now.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shell starts background jobs with Ctrl-C ignored, and nohup with SIGHUP; commands
# that tests interrupt would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    """Let property tests try more in *all*; on a busy machine an example may take any
    time.
    """
    examples = 200 if config.getoption("--tier") == "all" else 30
    hypothesis.settings.register_profile("tier", max_examples=examples, deadline=None)
    hypothesis.settings.load_profile("tier")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--tier`: see tests/tiers.py."""
    parser.addoption(
        "--tier",
        choices=TIERS,
        default="test",
        help="how much is run; tests/tiers.py says what (test)",
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what belongs to a slower tier.

    A parameter of a fast test can be marked `all_only`, too.
    """
    for part in LISTED:
        if not list(HERE.glob(f"{part.partition('::')[0]}*")):
            raise pytest.UsageError(
                f"tests/tiers.py must list files that exist. Received: {part}."
            )
    chosen = TIERS.index(config.getoption("--tier"))
    kept, left = list[pytest.Item](), list[pytest.Item]()
    for item in items:
        tier = (
            "all"
            if item.get_closest_marker("all_only")
            else (listed(item.nodeid) or ("fast", ""))[0]
        )
        (kept if TIERS.index(tier) <= chosen else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


_fast_test_runs = False


def _refuse_processes(event: str, arguments: object) -> None:
    if _fast_test_runs and event in (
        "subprocess.Popen",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.system",
    ):
        raise RuntimeError(
            "A fast test must start no process: list it in tests/tiers.py. Received:"
            f" {event}."
        )


@pytest.fixture(autouse=True, scope="session")
def _no_processes(request: pytest.FixtureRequest) -> None:
    """Hold *fast* to its rule."""
    if request.config.getoption("--tier") == "fast":
        sys.addaudithook(_refuse_processes)
        global _fast_test_runs
        _fast_test_runs = True


@pytest.fixture(autouse=True, scope="session")
def _no_waiting_for_disks() -> Iterator[None]:
    """Let `fsync` return at once:

    without a cut of the power no test can tell, and each takes some milliseconds.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


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
        path, x_train=images.train[:2000], y_train=images.train_labels[:2000], x_test=images.test[:500],
        y_test=images.test_labels[:500],
    )  # fmt: skip
    return path


@pytest.fixture(scope="session")
def small_mnist(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """`small_npz`, prepared."""
    work = tmp_path_factory.mktemp("small-work")
    return prepare_data(str(small_npz), cache_dir=work / "cache", work_dir=work)


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[[Path], Dataset]:
    """The data stage for a file or folder, with a cache of the test's own."""
    return lambda path: prepare_data(
        str(path), cache_dir=tmp_path / "cache", work_dir=tmp_path / "work"
    )


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
    # test_compress.py tests the copies
    monkeypatch.setattr(compress, "LEAST", sys.maxsize)
    return Place(tmp_path)
