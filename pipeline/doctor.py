"""Check whether a machine has everything the pipeline needs, and say how to fix what is
missing.
"""

import platform
import subprocess
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from pipeline.data.prepare import default_cache_dir
from pipeline.errors import PipelineError
from pipeline.site.page import require_built, web_dir
from pipeline.system.javascript import require_script
from pipeline.system.node import find_node, find_npm
from pipeline.system.tensorflow import (
    INSTALL_CUDA,
    environment,
    find_unusable_gpu,
    start_tensorflow,
)
from pipeline.tfjs.graph_model.converter import (
    INSTALL,
    converter_version,
    graph_available,
)


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    subject: str
    ok: bool
    detail: str  # what was found, or how to fix it
    required: bool = True  # False: the pipeline works without it


def examine() -> list[Finding]:
    """Check for everything that a build uses."""
    versions, tf = environment(), start_tensorflow()
    gpus = tf.config.list_physical_devices("GPU")
    visible = f"{len(gpus)} visible to TensorFlow"
    if unusable := find_unusable_gpu(tf):
        no_gpu = f"TensorFlow cannot use the {unusable}; run"
    else:
        no_gpu = "none; if there is one, run"
    no_gpu += f" `{INSTALL_CUDA}` (the extra [gpu])"
    no_converter = graph_available()
    skipped = f"{no_converter} (`{INSTALL}`); without it there are no graph-models"
    cache = default_cache_dir() / "mnist"
    no_cache = f"not yet in {cache}: the first build downloads it"
    return [
        Finding("Python", True, f"{versions['python']} on {platform.platform()}"),
        find_import(),
        Finding(
            "TensorFlow", True, f"{versions['tensorflow']}, Keras {versions['keras']}"
        ),
        Finding("GPU", bool(gpus), visible if gpus else no_gpu, required=False),
        Finding(
            "official converter",
            not no_converter,
            skipped if no_converter else f"tensorflowjs {converter_version()}",
            required=False,
        ),
        _node(),
        _web_assets(),
        Finding(
            "MNIST cache",
            cache.is_dir(),
            str(cache) if cache.is_dir() else no_cache,
            required=False,
        ),
    ]


def find_import() -> Finding:
    """Look for a user's own `pipeline.py`, or package `pipeline`, which hides this one
    from code in the folder.
    """
    found = PathFinder.find_spec("pipeline", [str(Path.cwd())])
    own = found.origin if found and found.origin else __file__
    if Path(own).parent.samefile(Path(__file__).parent):
        return Finding("import pipeline", True, "gives this package")
    return Finding(
        "import pipeline",
        False,
        f"gives {own}: rename that, or import keras_web_pipeline",
        required=False,
    )


def _web_assets() -> Finding:
    try:
        require_built(web_dir())
        require_script()
        return Finding("web assets", True, str(web_dir()))
    except PipelineError as error:
        return Finding("web assets", False, str(error))


def _node() -> Finding:
    try:
        node = find_node()
        version = subprocess.check_output(
            [node, "--version"], stderr=subprocess.DEVNULL, text=True, timeout=20
        ).strip()
        return Finding("Node", True, f"{version} at {node}, npm: {find_npm()[-1]}")
    except (PipelineError, OSError, subprocess.SubprocessError) as error:
        return Finding("Node", False, str(error))
