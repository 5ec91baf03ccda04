"""A whole version from somebody's own data: floats, few classes, labels that mean harm."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.data.arrays import load_images
from pipeline.export import KERAS_PARTS
from pipeline.records import Dataset
from pipeline.stages.run import run_stages
from pipeline.versions.manifest import version_id
from tests.support.training import small_build
from tests.support.versions import problems_of, typed
from tests.support.workshop import python

Built = tuple[Path, dict[str, Any]]
Arrays = dict[str, np.ndarray[Any, Any]]

LABELS = ("</noscript><script>alert(1)</script>", "\"&'|")
NEW_FILES = {
    "reference": "reference.json", "reference_images": "reference.bin", "mistake_images": "mistakes.bin",
    "training_images": "training.bin", "held_out_images": "held-out.bin",
}  # fmt: skip


@pytest.fixture(scope="module")
def data(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Arrays:
    """Threes and eights of MNIST as blurred floats, so that no pixel is a multiple of
    1/255 by construction.
    """
    images = load_images(mnist)

    def pick(
        pixels: np.ndarray[Any, Any], labels: np.ndarray[Any, Any], most: int
    ) -> tuple[Any, Any]:
        chosen = np.flatnonzero(np.isin(labels, (3, 8)))[:most]
        floats = pixels[chosen].astype(np.float32) / 255
        return ((floats + np.roll(floats, 1, axis=2)) / 2.003), (
            labels[chosen] == 8
        ).astype(np.int64)

    x_train, y_train = pick(images.train, images.train_labels, 600)
    x_test, y_test = pick(images.test, images.test_labels, 300)
    return {
        "x_train": x_train,
        "y_train": y_train,
        "x_test": x_test,
        "y_test": y_test,
        "labels": np.array(LABELS),
    }


@pytest.fixture(scope="module")
def built(data: Arrays, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The folder of a version, and its manifest."""
    root = tmp_path_factory.mktemp("own")
    np.savez(root / "own.npz", allow_pickle=False, **data)
    recipe = {
        "title": "Own digits",
        "license": "CC-BY-4.0",
        "publish_images": "some",
        "formats": ("graph",),
    }
    config = small_build(root, root / "own.npz", "own", **recipe)
    exported = run_stages(config, until="verify").exported
    assert exported is not None
    return exported.folder, json.loads((exported.folder / "manifest.json").read_text())


def test_the_files_are_listed_with_their_digests(built: Built) -> None:
    folder, manifest = built
    assert {key: manifest["files"][key]["path"] for key in NEW_FILES} == NEW_FILES
    assert problems_of(folder) == []
    listed = [file.path for file in typed(manifest).listed_files]
    assert sorted([*listed, "manifest.json"]) == sorted(
        str(file.relative_to(folder)) for file in folder.rglob("*.*")
    )
    assert manifest["version"] == folder.name == version_id(typed(manifest))


HUB = """
import keras, numpy as np, sys
folder = sys.argv[1]
x = np.random.default_rng(0).random((5, *keras.saving.load_model(folder + "/model.keras").input_shape[1:]), "float32")
answers = [keras.saving.load_model(path).predict(x, verbose=0)
    for path in (folder + "/model.keras", folder, "hf://somebody/digits")]
assert all(np.array_equal(answers[0], other) for other in answers[1:])
"""


def test_keras_loads_the_folder_also_from_hugging_face(
    built: Built, tmp_path: Path
) -> None:
    """From the Hub's cache, as its own client lays it out after a download:

    tests use no network.
    """
    folder, manifest = built
    assert KERAS_PARTS.keys() < manifest["files"].keys()
    repository = tmp_path / "models--somebody--digits"
    shutil.copytree(folder, repository / "snapshots" / ("0" * 40))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    hub = {"HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    python("-c", HUB, str(folder), env=os.environ | hub)


def test_a_graph_model_is_written_because_the_recipe_lists_it(built: Built) -> None:
    _, manifest = built
    assert "graph-float32/model.json" in [fmt["path"] for fmt in manifest["formats"]]
    assert "graph-float32" in {
        check["format"] for check in manifest["verification"]["checks"]
    }


def test_license_and_title_of_the_recipe_are_in_the_manifest_and_the_card(
    built: Built,
) -> None:
    folder, manifest = built
    assert (manifest["license"], manifest["data"]["license"]) == ("CC-BY-4.0", None)
    # what the data shows, nobody said
    assert (manifest["title"], manifest["noun"]) == (
        "Own digits",
        "drawing",
    )
    card = (folder / "README.md").read_text()
    assert '\nlicense: "cc-by-4.0"\n' in card
    assert "\n# Own digits\n" in card


def test_pictures_of_ones_own_are_published_only_on_demand(
    built: Built, tmp_path: Path
) -> None:
    data = built[0].parents[2] / "own.npz"
    test, training = (
        {"reference_images", "mistake_images"},
        {"training_images", "held_out_images"},
    )
    for asked, published in (
        ("auto", set()),
        ("none", set()),
        ("test", test),
        ("some", test | training),
    ):
        config = small_build(tmp_path, data, f"own-{asked}", publish_images=asked)
        result = run_stages(config, until="verify")
        assert result.exported
        images = result.as_json()["published_images"]
        assert images.keys() == published
        assert all(count > 0 for count in images.values())
        folder = result.exported.folder
        assert (test | training) & json.loads((folder / "manifest.json").read_text())[
            "files"
        ].keys() == published
        stored = {path.name for path in folder.iterdir()}
        assert ("reference.bin" in stored, "mistakes.bin" in stored) == (
            asked in ("test", "some"),
        ) * 2
        assert ("training.bin" in stored, "held-out.bin" in stored) == (
            asked == "some",
        ) * 2
