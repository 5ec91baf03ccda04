"""Where an image of a data set is: the file that it was decoded from, or its row in the arrays."""

from pathlib import Path
from typing import Literal

from pipeline.data.cache import FILES_NAME
from pipeline.records import Dataset
from pipeline.system.json_records import from_json
from pipeline.system.outside import read_json


class Places:
    """The places of a data set's images."""

    def __init__(self, dataset: Dataset) -> None:
        """Read which files the images were decoded from, if they were."""
        counts = {"train": dataset.train_images, "test": dataset.test_images}
        try:
            found = from_json(dict[str, tuple[str, ...]], read_json(Path(dataset.path) / FILES_NAME))
        except (OSError, ValueError):  # the images are in arrays, or are too many to list
            found = {}
        self._files = {split: files for split, files in found.items() if len(files) == counts.get(split)}

    def of(self, split: Literal["train", "test"], row: int) -> str:
        """For people: the path in the data set's folder, or the row, counted from 0."""
        files = self._files.get(split)
        return files[row] if files else f"x_{split}[{row}]"
