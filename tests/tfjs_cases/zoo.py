"""The big models of keras.applications with random weights: `python -m tests.tfjs_cases.zoo` writes docs/zoo.md."""

import json
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "zoo.md"
ZOO = (
    *("MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large", "EfficientNetB0", "EfficientNetV2B0"),
    *("ResNet50", "ResNet50V2", "DenseNet121", "InceptionV3", "Xception", "NASNetMobile", "VGG16", "ConvNeXtTiny"),
)

_HEAD = """# The model zoo

Written by `python -m tests.tfjs_cases.zoo` on {date} ({machine}). Each model of `keras.applications` has random
weights and random batch-norm statistics, and gives logits (a softmax would hide differences). `export_model` with
`format="auto"` exports it, runs it in stock TensorFlow.js, and compares with Keras; relative is the largest difference
over the largest output. Memory is how far the whole process grew at its peak during the export, comparison with Keras
included, over the size of the weights.

| model | route | parameters | bytes | relative difference | backend | seconds | memory |
|---|---|---|---|---|---|---|---|
"""


def build(name: str) -> Any:
    """The model with random weights."""
    import keras

    from tests.tfjs_cases.harness import randomise

    return randomise(getattr(keras.applications, name)(weights=None, classifier_activation=None))


def measure(name: str) -> dict[str, Any]:
    """Export one model in this process, which must be a fresh one on Linux: the kernel counts its memory."""
    from pipeline.tfjs import export_model

    model = build(name)
    size = sum(4 * int(weight.size) for weight in map(_values, model.weights))
    with tempfile.TemporaryDirectory() as folder:
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew (proc(5))
        report = export_model(model, Path(folder) / "out")
        memory = (_memory("VmHWM") - before) / size
    largest = report.limit / 1e-4  # the limit is that part of the largest output
    return {
        "model": name,
        "route": report.format,
        "parameters": model.count_params(),
        "bytes": report.bytes,
        "relative": report.max_abs_diff / largest,
        "backend": report.backend,
        "seconds": report.seconds,
        "memory": memory,
    }


def _memory(key: str) -> int:
    """Bytes that the kernel counts for this process: "VmRSS" now, "VmHWM" at its peak."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) * 1024


def _values(variable: Any) -> Any:
    return variable.value.numpy() if hasattr(variable.value, "numpy") else variable


def main() -> None:
    """Measure every model in a process of its own and write the page."""
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(measure(sys.argv[1])))
        return
    lines = []
    for name in ZOO:
        done = subprocess.run([sys.executable, "-m", __spec__.name, name], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{name}: {done.stderr.strip().splitlines()[-1]}")
        row = json.loads(done.stdout)
        line = (
            f"| {name} | {row['route']} | {row['parameters']:,} | {row['bytes']:,} | {row['relative']:.1e} | "
            f"{row['backend']} | {row['seconds']:.0f} | {row['memory']:.1f} × |"
        )
        sys.stderr.write(line + "\n")
        lines.append(line)
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    head = _HEAD.format(date=datetime.now(UTC).date(), machine=machine)
    PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
