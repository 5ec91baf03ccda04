"""The data report:

the right pictures with their places, the numbers, and a page that any browser may open.
"""

import base64
import dataclasses
import hashlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from pipeline.config import Config
from pipeline.data.arrays import load_images
from pipeline.errors import DiskError
from pipeline.quality.report import write_report
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset, Mistake
from tests.support.judged import measured, trained
from tests.support.versions import files_of, manifest_with, snapshot

ODD = "<b>&\"odd'"  # a label, and with it a folder's name


class Reader:
    """Reads a page, whose elements must be closed as in XML."""

    def __init__(self, page: str) -> None:
        html = page.removeprefix("<!doctype html>")
        root = ElementTree.fromstring(html)  # noqa: S314 (our own page)
        self.found = list(root.iter())

    def texts(self, tag: str) -> list[str]:
        return [
            " ".join("".join(one.itertext()).split())
            for one in self.found
            if one.tag == tag
        ]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [one.attrib for one in self.found if one.tag == tag]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two classes of five training and two test images; one test image is a training
    image of the other class.
    """
    random = np.random.default_rng(1)
    for split, count in (("train", 5), ("test", 2)):
        for label in ("a", ODD):
            (tmp_path / "pictures" / split / label).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(0, 256, (6, 8), np.uint8)
                Image.fromarray(pixels).save(
                    tmp_path / "pictures" / split / label / f"{i}.png"
                )
    copied = (tmp_path / "pictures/train/a/3.png").read_bytes()
    (tmp_path / f"pictures/test/{ODD}/1.png").write_bytes(copied)
    return tmp_path / "pictures"


class Made:
    """A report in a folder, and what it was made from."""

    def __init__(
        self,
        root: Path,
        dataset: Dataset,
        disputed: tuple[Mistake, ...] = (),
        misread: Sequence[int] = (),
    ) -> None:
        self.dataset, self.images, self.folder = (
            dataset,
            load_images(dataset),
            root / "report",
        )
        config = Config(
            name="x",
            recipe=load_recipe("softmax"),
            data="pictures",
            site=root / "site",
            out=root / "out",
        )
        right = np.eye(len(dataset.labels), dtype=np.float32)[self.images.test_labels]
        answers = np.where(
            np.isin(np.arange(len(right)), misread)[:, np.newaxis], 1 - right, right
        )
        found = measured(answers, self.images.test_labels, dataset.labels)
        record = trained(
            training_images=dataset.train_images,
            disputed_labels=len(disputed),
            disputed=disputed,
        )
        path, self.gates = write_report(self.folder, config, dataset, record, found)
        assert path == self.folder / "index.html"
        self.page = Reader(path.read_text())

    def shown(self, number: int) -> Any:
        """The pixels of one of the pictures on the page."""
        data = str(self.page.all("img")[number]["src"]).removeprefix(
            "data:image/png;base64,"
        )
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def mistake(index: int, label: int, predicted: int) -> Mistake:
    return Mistake(
        index=index,
        label=label,
        predicted=predicted,
        probability=0.9,
        label_probability=0.05,
    )


def test_disputed_labels_are_shown_with_picture_answer_and_file(
    pictures: Path, prepare: Callable[[Path], Dataset], tmp_path: Path
) -> None:
    made = Made(tmp_path, prepare(pictures), (mistake(7, 1, 0), mistake(2, 0, 1)))
    assert made.dataset.labels.index(ODD) == 0  # sorted
    items = made.page.texts("li")
    assert f"labeled a (5.00 %)model: {ODD} (90.00 %)train/a/2.png" in items
    assert f"labeled {ODD} (5.00 %)model: a (90.00 %)train/{ODD}/2.png" in items
    alts = [attributes.get("alt") for attributes in made.page.all("img")]
    assert f"Training image labeled a, which the model takes for {ODD}" in alts
    np.testing.assert_array_equal(made.shown(0), made.images.train[7])
    np.testing.assert_array_equal(made.shown(1), made.images.train[2])


def test_misread_test_images_are_shown_with_picture_answer_and_file(
    pictures: Path, prepare: Callable[[Path], Dataset], tmp_path: Path
) -> None:
    made = Made(tmp_path, prepare(pictures), misread=[2])
    alts = [attributes.get("alt") for attributes in made.page.all("img")]
    label = made.dataset.labels[made.images.test_labels[2]]
    [answer] = {*made.dataset.labels} - {label}
    assert alts[0] == f"Test image labeled {label}, which the model takes for {answer}"
    np.testing.assert_array_equal(made.shown(0), made.images.test[2])
    assert "1 of 4 test images (25.00 %)" in " ".join(made.page.texts("p"))


def test_repeated_images_are_shown_with_both_files_and_labels_that_differ(
    pictures: Path, prepare: Callable[[Path], Dataset], tmp_path: Path
) -> None:
    made = Made(tmp_path, prepare(pictures))
    assert (
        made.page.texts("li")[-1]
        == f"test: {ODD}, training: atest/{ODD}/1.pngtrain/a/3.png"
    )
    assert "1 of 4 test images (25.00 %) equal a training image" in " ".join(
        made.page.texts("p")
    )
    row = next(row for row, _ in made.dataset.repeated)
    np.testing.assert_array_equal(made.shown(0), made.images.test[row])
    assert {gate.name: gate.value for gate in made.gates}[
        "distinct test images"
    ] == 0.75


def test_images_in_arrays_have_rows(small_mnist: Dataset, tmp_path: Path) -> None:
    rows = [3, 1197]
    made = Made(tmp_path, small_mnist, tuple(mistake(row, 0, 1) for row in rows))
    assert [code for code in made.page.texts("code") if code.startswith("x_train")] == [
        f"x_train[{n}]" for n in rows
    ]
    np.testing.assert_array_equal(made.shown(1), made.images.train[1197])


def test_float_images_are_drawn(
    tmp_path: Path, prepare: Callable[[Path], Dataset]
) -> None:
    pixels = np.random.default_rng(0).random((8, 5, 4)).astype(np.float32)
    labels = np.arange(8) % 2
    np.savez(
        tmp_path / "f.npz",
        x_train=pixels[:4],
        y_train=labels[:4],
        x_test=pixels[3:],
        y_test=labels[3:],
    )
    made = Made(tmp_path, prepare(tmp_path / "f.npz"))
    np.testing.assert_array_equal(made.shown(0), np.rint(pixels[3] * 255))


def test_the_published_data_stands_beside_the_new(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    assert small_mnist.train_statistics is not None
    before = dataclasses.asdict(small_mnist.train_statistics) | {
        "labels": [400, *[150] * 9, 250],
        "mean": 0.25,
    }
    manifest = manifest_with(files_of(b"w"), name="x", labels=[*"0123456789", "gone"])
    manifest["data"] |= {"train_statistics": before, "test_statistics": None}
    folder = tmp_path / "site/models/x"
    (folder / manifest["version"]).mkdir(parents=True)
    (folder / manifest["version"] / "manifest.json").write_text(json.dumps(manifest))
    (folder / "latest.json").write_text(json.dumps({"version": manifest["version"]}))
    made = Made(tmp_path, small_mnist)
    assert (
        f"published version {manifest['version']}, trained on other data"
        in made.page.texts("dd")
    )
    assert "No longer there: gone." in made.page.texts("p")
    rows = made.page.texts("tr")
    count = small_mnist.train_statistics.labels[0]
    assert any(row.startswith(f"0{count}{count / 20:.2f} %20.00 %") for row in rows)
    assert any(row.startswith("published training images0.2500") for row in rows)
    values = {gate.name: gate.value for gate in made.gates}
    assert values["label overlap"] is not None
    assert values["label overlap"] < 0.9


def test_the_page_asks_for_nothing_and_runs_nothing(
    pictures: Path, prepare: Callable[[Path], Dataset], tmp_path: Path
) -> None:
    made = Made(tmp_path, prepare(pictures), (mistake(1, 0, 1),))
    (policy,) = (
        each["content"] for each in made.page.all("meta") if each.get("http-equiv")
    )
    style = (
        (made.folder / "index.html")
        .read_text()
        .partition("<style>")[2]
        .partition("</style>")[0]
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert str(policy).startswith(
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
    )
    names = {one.tag for one in made.page.found}
    assert not names & {"script", "link", "b&", "iframe", "form", "a"}
    for attributes in (one.attrib for one in made.page.found):
        assert not [
            name
            for name in attributes
            if name in ("style", "href") or name.startswith("on")
        ]
        assert str(attributes.get("src", "data:image/png;base64,")).startswith(
            "data:image/png;base64,"
        )
    assert all(
        attributes.get("aria-label") or attributes.get("aria-hidden")
        for attributes in made.page.all("svg")
    )
    assert all(attributes["alt"] for attributes in made.page.all("img"))


def test_a_report_replaces_the_one_before_and_nothing_else(
    small_mnist: Dataset, tmp_path: Path
) -> None:
    folder = Made(tmp_path, small_mnist, (mistake(1, 0, 1),)).folder
    (folder / "notes.txt").write_text("mine")
    assert Made(tmp_path, small_mnist).page.all("img") == []
    assert {path.name for path in folder.iterdir()} == {"index.html", "notes.txt"}
    (folder / "index.html").write_text("<!doctype html>somebody's page")
    before = snapshot(folder)
    with pytest.raises(
        DiskError,
        match=r"must be in a folder of its own\. Received: .*which holds index.html",
    ):
        Made(tmp_path, small_mnist)
    assert snapshot(folder) == before
