"""Start TensorFlow quietly, on the requested device, with deterministic operations."""

import contextlib
import gc
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from types import ModuleType
from typing import Any

from pipeline.errors import ConfigError, PipelineError
from pipeline.system.interrupts import held_back
from pipeline.system.pip import pip_install

PACKAGES = ("keras", "tensorflow", "numpy")
# Optional packages that TensorFlow Lite (JAX) and Keras (pandas) import if they are
# installed, to accept their objects, and to show things (IPython). We pass none, and a
# notebook has its IPython already. Without JAX and pandas importing takes 1.5 s instead
# of 1.9 s, and 532 MB instead of 673 MB; without IPython 0.03 s less.
UNUSED: dict[str, ModuleType | None] = dict.fromkeys(("jax", "pandas", "IPython"))

INSTALL_CUDA = pip_install("tensorflow[and-cuda]")
DRIVER_SECONDS = 10.0  # a driver that is broken may never answer


def environment() -> dict[str, str]:
    """Versions of Python and of the packages that compute, read without importing
    them.
    """
    versions = {"python": ".".join(str(part) for part in sys.version_info[:3])}
    return versions | {package: metadata.version(package) for package in PACKAGES}


def start_tensorflow(device: str = "auto") -> Any:
    """Import TensorFlow, set up the device ("auto", "cpu" or "gpu"), and return the
    module.

    GPU memory grows as needed, so that other programs can use the device; operations
    are deterministic, so that the same seed gives the same weights. If this call is the
    first to import Keras, Keras does not accept pandas objects.
    Raises ConfigError if `device` is "gpu" and TensorFlow finds none, or if Keras runs
    on another backend.
    """
    # at lower levels TensorFlow prints a greeting on stderr
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # oneDNN runs convolutions with channels_first on a CPU. TensorFlow turns it on by
    # itself only on processors with AVX-512 VNNI or newer.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    first = "tensorflow" not in sys.modules
    if device == "cpu" and first:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    with (
        held_back(),
        native_noise_captured(),
        _without_collecting(),
        importing_instead(UNUSED),
    ):
        import keras
        import tensorflow as tf

        tf.config.list_physical_devices()
        if first:
            # what was imported stays: later collections skip it, which saves 0.4 s of
            # an export
            gc.freeze()

    if keras.backend.backend() != "tensorflow":
        raise ConfigError(
            "Keras must run on TensorFlow. Received: backend"
            f" {keras.backend.backend()!r}. Start Python with KERAS_BACKEND=tensorflow."
        )
    gpus = [] if device == "cpu" else tf.config.list_physical_devices("GPU")
    if device == "gpu" and not gpus:
        raise ConfigError(
            "--device gpu needs a GPU. Received: TensorFlow lists no GPU. Install its"
            f" CUDA libraries with `{INSTALL_CUDA}` (the extra [gpu]) and check the"
            " driver with `nvidia-smi`, or use --device auto."
        )
    for gpu in gpus:
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_op_determinism()
    return tf


def find_unusable_gpu(tf: Any) -> str | None:
    """Return the name of a GPU that the driver lists and TensorFlow cannot use.

    None if TensorFlow uses one, if there is none, or if CUDA_VISIBLE_DEVICES hides them
    on purpose.
    """
    if tf.config.list_physical_devices("GPU") or "CUDA_VISIBLE_DEVICES" in os.environ:
        return None
    driver = shutil.which("nvidia-smi")
    if driver is None:
        return None
    try:
        listed = subprocess.run(
            [driver, "--list-gpus"],
            capture_output=True,
            text=True,
            timeout=DRIVER_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # a line is "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-…)"
    found = re.match(r"GPU 0: (.+?) \(UUID: ", listed)
    return found[1] if found else None


@contextlib.contextmanager
def on_cpu() -> Iterator[None]:
    """Compute on the CPU inside, even with a model whose weights are on a GPU.

    JavaScript is compared with Keras on the CPU: newer GPUs keep only ten bits of the
    factors they multiply (TF32). TensorFlow's warnings stay out: it takes several
    models, and batches of several sizes, for a mistake.
    """
    import tensorflow as tf

    logger = tf.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with tf.device("/CPU:0"):
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def determinism_restored() -> Iterator[None]:
    """After this, operations are deterministic only if they were before, for sessions
    that go on.

    While they are, random operations without a seed are refused, such as the shuffling
    of somebody's own data.
    """
    was_on = "tensorflow" in sys.modules and _determinism().is_op_determinism_enabled()
    try:
        yield
    finally:
        if not was_on and "tensorflow" in sys.modules:
            _determinism().disable_op_determinism()


def _determinism() -> Any:
    # the public module can only turn it on
    from tensorflow.python.framework import (
        config,
    )

    return config


@contextlib.contextmanager
def importing_instead(modules: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """Inside, importing one of these modules gives the one in `modules`, or fails if
    that is None.

    Modules that are already imported stay as they are. Afterwards each can be imported
    as usual.
    """
    instead = {
        name: module for name, module in modules.items() if name not in sys.modules
    }
    sys.modules.update(instead)  # type: ignore[arg-type]  # None is how Python marks a module that cannot be imported
    try:
        yield
    finally:
        for name in instead:
            del sys.modules[name]


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """Imports create millions of objects that stay:

    looking for garbage among them takes a quarter of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def device_name(tf: Any) -> str:
    """The device that TensorFlow computes on: "CPU", or the name of the GPU."""
    gpus = tf.config.list_logical_devices("GPU")
    if not gpus:
        return "CPU"
    physical = tf.config.list_physical_devices("GPU")[0]
    details = tf.config.experimental.get_device_details(physical)
    return f"GPU: {details.get('device_name', 'unknown')}"


@contextlib.contextmanager
def native_noise_captured() -> Iterator[None]:
    """Suppress what TensorFlow's C++ code prints on stderr whatever its log level.

    After an unexpected exception it is printed; our own exceptions and Ctrl-C say what
    is wrong by themselves.
    """
    sys.stderr.flush()
    real = os.dup(2)
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            yield
        except (PipelineError, KeyboardInterrupt):
            raise
        except BaseException:
            sys.stderr.flush()
            captured.seek(0)
            # a full disk hides no error
            with (
                contextlib.suppress(OSError),
                os.fdopen(os.dup(real), "wb") as stderr,
            ):
                shutil.copyfileobj(captured, stderr)
            raise
        finally:
            sys.stderr.flush()
            os.dup2(real, 2)
            os.close(real)
