"""Write the data report, `report.html.j2`, from what the stages found, with the images
that deserve a look.
"""

import base64
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.config import Config
from pipeline.data.array_files import Array
from pipeline.data.arrays import load_images
from pipeline.data.pictures import FILES_NAME
from pipeline.errors import DiskError, translating_errors
from pipeline.quality.baseline import accepted_versions
from pipeline.quality.judging import judge_data
from pipeline.records import Dataset, Evaluation, Gate, TrainedModel
from pipeline.system.files import write_files_atomically
from pipeline.system.json_records import load, utc_now
from pipeline.system.templates import render
from pipeline.versions.manifest import Manifest
from pipeline.versions.ownership import require_writable

PAGE_NAME = "index.html"
MOST_MISREAD = 200  # pictures: as many as of disputed labels
MARK = (  # in each of these pages
    '<meta name="generator" content="keras-web-pipeline: pipeline data report" />'
)


def write_report(
    folder: Path,
    config: Config,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
) -> tuple[Path, tuple[Gate, ...]]:
    """Write the report of a data set, and of the model that was trained on it, to a
    folder.

    Returns the path of the page and the gates on the data, which are judged without
    consequences.

    Raises:
        DiskError: the folder holds something else, or cannot be written.
        PublishError: a version is published but cannot be read.
        DataError: the images changed since they were checked.
    """
    require_own(folder)
    versions = accepted_versions(config.site, config.name, config.out)
    published = versions[0] if versions else None
    gates = judge_data(dataset, trained, evaluation, config.recipe.gates, published)
    images, names = load_images(dataset), dataset.labels
    style = Path(__file__).with_name("report.css").read_text()
    page = render(
        "quality/report.html.j2",
        mark=MARK,
        style=style,
        style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        name=config.name,
        data=config.data,
        written=utc_now(),
        dataset=dataset,
        trained=trained,
        published=published,
        before=_published_counts(published),
        gates=gates,
        misread=sorted(evaluation.mistakes, key=lambda one: -one.probability),
        most=MOST_MISREAD,
        repeated=[
            (
                row,
                names[images.test_labels[row]],
                other,
                names[images.train_labels[other]],
            )
            for row, other in dataset.repeated
        ],
        png=lambda split, row: _png(
            images.train[row] if split == "train" else images.test[row]
        ),
        place=_places(dataset),
    )
    with translating_errors(folder):
        write_files_atomically([(folder / PAGE_NAME, f"{page}\n".encode())])
    return folder / PAGE_NAME, gates


def require_own(folder: Path) -> None:
    """Raise DiskError unless a report can be written to the folder:

    it is missing, empty, or holds an earlier one.
    """
    require_writable(folder)
    with translating_errors(folder, doing="read"):
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        page = folder / PAGE_NAME
        # a site has an index.html too
        if not names or (page.is_file() and MARK.encode() in page.read_bytes()):
            return
    raise DiskError(
        f"A report must be in a folder of its own. Received: {folder}, which holds"
        f" {min(names)} and no report. Nothing was changed. Pass --folder a new folder,"
        " which may be inside that one."
    )


def _published_counts(published: Manifest | None) -> dict[str, int]:
    """Training images of each label of the published version, where it has such
    statistics.
    """
    statistics = (
        published.data.train_statistics if published and published.data else None
    )
    return (
        dict(zip(published.labels, statistics.labels, strict=False))
        if published and statistics
        else {}
    )


def _places(dataset: Dataset) -> Callable[[str, int], str]:
    """Name an image, given its split and row, by the file that it was decoded from, or
    by its row in the arrays.
    """
    counts = {"train": dataset.train_images, "test": dataset.test_images}
    try:
        found = load(dict[str, tuple[str, ...]], Path(dataset.path) / FILES_NAME)
    except (OSError, ValueError):  # the images are in arrays, or are too many to list
        found = {}
    files = {
        split: names
        for split, names in found.items()
        if len(names) == counts.get(split)
    }
    return lambda split, row: (
        files[split][row] if split in files else f"x_{split}[{row}]"
    )


def _png(image: Array) -> str:
    """An image, uint8 or float in 0..1, as the Base64 of a PNG file."""
    pixels = image if image.dtype == np.uint8 else np.rint(image * 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()
