"""Type checkers on calls of the package:

they refuse a wrong keyword, and accept the documentation.
"""

import subprocess
import sys
from pathlib import Path

from tests.support.pages import ROOT, code_blocks

# An ignored error that is none is an error of mypy's strict mode.
WRONG = """
from pathlib import Path
import pipeline
pipeline.build(epoch=3)  # type: ignore[call-arg]
pipeline.build(epochs="five")  # type: ignore[call-arg]
pipeline.build(set={"training.epoch": 3})  # type: ignore[arg-type]
pipeline.build(set={"training.epochs": "five"})  # type: ignore[arg-type]
pipeline.build(device="tpu")  # type: ignore[arg-type]
pipeline.build(until="export")  # type: ignore[arg-type]
pipeline.build(data=3)  # type: ignore[arg-type]
pipeline.Recipe.load("mlp").replace(training={"epoch": 3})  # type: ignore[arg-type]
pipeline.Recipe.load("mlp").replace(titel="x")  # type: ignore[call-arg]
pipeline.export_model("m.keras", "web", dtype="fp16")  # type: ignore[arg-type]
pipeline.export_model("m.keras", "web", format="tflite")  # type: ignore[arg-type]
pipeline.publish("mine", expires="30")  # type: ignore[arg-type]
pipeline.check("site", keys="a.pub")  # type: ignore[call-arg]
pipeline.rollback("mine", 3)  # type: ignore[arg-type]
pipeline.deploy("/srv/site", dry_run="yes")  # type: ignore[arg-type]
"""
RIGHT = """
from keras_web_pipeline import build, check
build(data=("x", "y"), set={"training.epochs": 3, "data.labels": ["a", "b"]}, site=Path("there"))
assert check(Path("site"), run=True).passed
"""


def test_mypy_refuses_wrong_arguments_and_accepts_the_documentation(
    tmp_path: Path,
) -> None:
    for page in ("python-api", "own-model", "notebooks"):
        blocks = "".join(code_blocks((ROOT / f"docs/{page}.md").read_text(), "python"))
        (tmp_path / f"{page.replace('-', '_')}.py").write_text(blocks)
    (tmp_path / "calls.py").write_text(WRONG + RIGHT)
    files = map(str, tmp_path.glob("*.py"))
    # Keras' layers, and methods of a reader's own
    untyped = [
        "--allow-subclassing-any",
        "--allow-untyped-defs",
    ]
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        *untyped,
        *files,
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
