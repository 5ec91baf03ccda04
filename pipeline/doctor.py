"""Check whether a machine has everything the pipeline needs, and say how to fix what is missing."""

import importlib.util
import platform
import subprocess
from dataclasses import dataclass

from pipeline.data import default_cache_dir
from pipeline.errors import PipelineError
from pipeline.site.built_page import require_built, web_dir
from pipeline.system.javascript import require_script
from pipeline.system.node import find_node, find_npm
from pipeline.system.tensorflow import environment, start_tensorflow


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The result of one check."""

    subject: str
    ok: bool
    detail: str  # what was found, or how to fix it
    required: bool = True  # False: the pipeline works without it


def examine() -> list[Finding]:
    """Check for everything that a build uses."""
    versions = environment()
    findings = [Finding(subject="Python", ok=True, detail=f"{versions['python']} on {platform.platform()}")]
    tf = start_tensorflow()
    findings.append(
        Finding(subject="TensorFlow", ok=True, detail=f"{versions['tensorflow']}, Keras {versions['keras']}")
    )
    gpus = tf.config.list_physical_devices("GPU")
    findings.append(
        Finding(
            subject="GPU",
            ok=bool(gpus),
            detail=f"{len(gpus)} visible to TensorFlow"
            if gpus
            else "none; if there is one, pip install 'keras-web-pipeline[gpu]'",
            required=False,
        )
    )
    converter = importlib.util.find_spec("tensorflowjs") is not None
    findings.append(
        Finding(
            subject="official converter",
            ok=converter,
            detail="tensorflowjs is installed"
            if converter
            else "tensorflowjs is not installed: the graph-model format is skipped",
            required=False,
        )
    )
    findings.append(_node())
    try:
        require_built(web_dir())
        require_script()
        findings.append(Finding(subject="web assets", ok=True, detail=str(web_dir())))
    except PipelineError as error:
        findings.append(Finding(subject="web assets", ok=False, detail=str(error)))
    cache = default_cache_dir() / "mnist"
    cached = cache.is_dir()
    detail = str(cache) if cached else f"not yet in {cache}: the first build downloads it"
    findings.append(Finding(subject="MNIST cache", ok=cached, detail=detail, required=False))
    return findings


def _node() -> Finding:
    try:
        node = find_node()
        version = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout.strip()
        return Finding(subject="Node", ok=True, detail=f"{version} at {node}, npm: {find_npm()[-1]}")
    except (PipelineError, OSError, subprocess.SubprocessError) as error:
        return Finding(subject="Node", ok=False, detail=str(error))
