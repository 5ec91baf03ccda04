"""Write the data report: gather what the stages found, draw the images that deserve a look, and write the files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.config import Config
from pipeline.data.array_files import Array
from pipeline.data.arrays import load_images
from pipeline.errors import DiskError, translating_errors
from pipeline.quality.baseline import accepted_versions
from pipeline.quality.data_gates import judge_distinct, judge_drift
from pipeline.quality.report_page import MARK, STYLE_NAME, Disputed, Repeated, Report, render
from pipeline.quality.report_places import Places
from pipeline.quality.report_sheets import Sheet, make_sheet
from pipeline.quality.training_gates import judge_labels, judge_validation
from pipeline.records import Dataset, Evaluation, Gate, TrainedModel
from pipeline.system.files import write_files_atomically
from pipeline.system.json_records import utc_now
from pipeline.versions.manifest import Manifest

PAGE_NAME = "index.html"
DISPUTED_NAME, REPEATED_NAME = "disputed.png", "repeated.png"


def write_report(
    folder: Path, config: Config, dataset: Dataset, trained: TrainedModel, evaluation: Evaluation
) -> tuple[Path, tuple[Gate, ...]]:
    """Write the report of a data set, and of the model that was trained on it, to a folder.

    Returns the path of the page and the gates on the data, which are judged without consequences.

    Raises:
        DiskError: the folder holds something else, or cannot be written.
        PublishError: a version is published but cannot be read.
        DataError: the images changed since they were checked.
    """
    require_own(folder)
    versions = accepted_versions(config.site, config.name, config.out)
    published = versions[0] if versions else None
    gates = _judge(config, dataset, trained, evaluation, published)
    images, places, names = load_images(dataset), Places(dataset), dataset.labels
    disputed = [
        Disputed(
            place=places.of("train", each.index),
            label=names[each.label],
            answer=names[each.predicted],
            probability=each.probability,
            label_probability=each.label_probability,
        )
        for each in trained.disputed
    ]
    repeated = [
        Repeated(
            test_place=places.of("test", row),
            test_label=names[images.test_labels[row]],
            train_place=places.of("train", other),
            train_label=names[images.train_labels[other]],
        )
        for row, other in dataset.repeated
    ]
    disputed_sheet = _sheet(DISPUTED_NAME, images.train, [each.index for each in trained.disputed])
    repeated_sheet = _sheet(REPEATED_NAME, images.test, [row for row, _ in dataset.repeated])
    page = render(
        Report(
            name=config.name,
            data=config.data,
            written=utc_now(),
            dataset=dataset,
            published=published,
            gates=gates,
            disputed_labels=trained.disputed_labels,
            disputed=disputed,
            disputed_sheet=disputed_sheet,
            repeated=repeated,
            repeated_sheet=repeated_sheet,
        )
    )
    sheets = {sheet.name: sheet.png for sheet in (disputed_sheet, repeated_sheet) if sheet}
    style = Path(__file__).with_name(STYLE_NAME).read_bytes()
    contents = [(folder / name, content) for name, content in (*sheets.items(), (STYLE_NAME, style))]
    with translating_errors(folder):
        write_files_atomically([*contents, (folder / PAGE_NAME, page.encode())])
        for name in {DISPUTED_NAME, REPEATED_NAME} - sheets.keys():
            (folder / name).unlink(missing_ok=True)  # of an earlier report
    return folder / PAGE_NAME, gates


def require_own(folder: Path) -> None:
    """Raise DiskError unless the folder is missing, empty, or holds an earlier report: a site has an index.html too."""
    with translating_errors(folder, doing="read"):
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        page = folder / PAGE_NAME
        if not names or (page.is_file() and MARK.encode() in page.read_bytes()):
            return
    raise DiskError(
        f"A report must be in a folder of its own. Received: {folder}, which holds {min(names)} and no report. Nothing "
        "was changed. Pass --report a new folder, which may be inside that one."
    )


def _judge(
    config: Config, dataset: Dataset, trained: TrainedModel, evaluation: Evaluation, published: Manifest | None
) -> tuple[Gate, ...]:
    limits = config.recipe.gates
    return (
        judge_validation(trained, evaluation, published, limits.validation_margin),
        judge_labels(dataset, trained, limits.undisputed_labels),
        judge_distinct(dataset, limits.distinct_test_images),
        *judge_drift(dataset, published, label_overlap=limits.label_overlap, pixel_overlap=limits.pixel_overlap),
    )


def _sheet(name: str, images: Array, rows: Sequence[int]) -> Sheet | None:
    """The images of these rows; None if there are none."""
    return make_sheet(name, images[np.asarray(rows)]) if rows else None
