"""Build the site of the scenarios in the folder that is given: two models of few epochs, by one process."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pipeline

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folders: dict[str, Any] = {"store": folder / "exported_models", "site": folder / "site", "runs": folder / "runs"}
    for name in ("site", "exported_models"):  # of other code: nothing is published before; runs are kept
        shutil.rmtree(folder / name, ignore_errors=True)
    for recipe, epochs in {"plain": 6, "softmax": 3}.items():
        pipeline.build(recipe, set={"training.epochs": epochs}, progress=print, **folders)
