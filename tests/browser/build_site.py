"""Build the site of the scenarios in the folder that is given: two models of few epochs, by one process."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pipeline


def main(folder: Path) -> None:
    """Build what `pipeline build` and `pipeline build --recipe plain` publish; the scenarios need no better models."""
    folders: dict[str, Any] = {"out": folder / "exported_models", "site": folder / "site", "runs": folder / "runs"}
    for name in ("site", "exported_models"):  # of other code: nothing is published before; runs are kept
        shutil.rmtree(folder / name, ignore_errors=True)
    pipeline.build("softmax", set={"training.epochs": 3}, progress=print, **folders)
    pipeline.build("plain", set={"training.epochs": 6}, progress=print, **folders)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
