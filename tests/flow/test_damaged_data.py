"""Data that is not what it was:

damaged labels, repeated images, drift. A gate stops it, says why, and what to do.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.workshop import Workshop

Arrays = dict[str, np.ndarray[Any, Any]]


def half(arrays: Arrays) -> None:
    for split in ("train", "test"):
        rows = np.random.default_rng(1).permutation(len(arrays[f"y_{split}"]))[::2]
        arrays.update({key: arrays[key][rows] for key in (f"x_{split}", f"y_{split}")})


def labels_shuffled(arrays: Arrays, *splits: str) -> None:
    """A fifth of the labels, as in the case that once was published."""
    for split in splits or ("train",):
        random, labels = np.random.default_rng(1), arrays[f"y_{split}"]
        rows = random.permutation(len(labels))[::5]
        labels[rows] = labels[random.permutation(rows)]


def repeated(arrays: Arrays) -> None:
    arrays["x_test"], arrays["y_test"] = (
        arrays["x_train"][:300].copy(),
        arrays["y_train"][:300],
    )
    arrays["x_test"][:, 0, 0] ^= 1  # one level in one pixel


def inverted(arrays: Arrays) -> None:
    arrays["x_train"], arrays["x_test"] = (
        255 - arrays["x_train"],
        255 - arrays["x_test"],
    )


def many_ones(arrays: Arrays) -> None:
    """Five times as many as there were."""
    times = np.where(arrays["y_train"] == 1, 5, 1)
    arrays.update(
        {key: np.repeat(arrays[key], times, axis=0) for key in ("x_train", "y_train")}
    )


@pytest.mark.parametrize(("change", "failed", "advice"), [
    (lambda arrays: None, [], ""), pytest.param(half, [], "", marks=pytest.mark.all_only),
    (labels_shuffled, ["validation", "undisputed labels"], "Correct the labels of the training images"),
    pytest.param(*(lambda arrays: labels_shuffled(arrays, "train", "test"), ["validation", "undisputed labels"],
        "Correct the labels of the training images"), marks=pytest.mark.all_only),
    (repeated, ["distinct test images"], "Remove images from the training or the test set that are in both"),
    (inverted, ["pixel overlap"], "Compare the data with that of the published version"),
    (many_ones, ["label overlap"], "Compare the data with that of the published version"),
])  # fmt: skip
def test_each_kind_of_damage_is_stopped_by_its_gates(
    copy: Workshop, change: Callable[[Arrays], None], failed: list[str], advice: str
) -> None:
    with np.load(copy.data) as file:
        arrays = dict(file)
    change(arrays)
    path = Path(copy.folder / "tonight.npz")
    np.savez(path, **arrays)
    site, name = (
        copy.published(),
        json.loads((copy.folder / "first.json").read_text())["name"],
    )
    arguments = [
        "--recipe",
        copy.recipe(threshold=0.6, margin=0.2),
        "--data",
        str(path),
        "--name",
        name,
    ]
    done = copy.run(
        "build", "--until", "evaluate", *arguments, "--device", "cpu", "--json"
    )
    assert done.returncode == (3 if failed else 0), done.stderr
    gates = {gate["name"]: gate for gate in json.loads(done.stdout)["gates"]}
    data_gates = [
        "validation",
        "undisputed labels",
        "distinct test images",
        "same labels",
        "label overlap",
        "pixel overlap",
    ]
    assert [gate for gate in data_gates if gates[gate]["passed"] is False] == failed, (
        gates
    )
    assert advice in done.stderr
    assert copy.published() == site


def test_a_model_of_far_fewer_images_fails_with_their_number(copy: Workshop) -> None:
    with np.load(copy.data) as file:
        np.savez(
            copy.folder / "tonight.npz",
            **{key: array[::4] for key, array in file.items()},
        )
    name = json.loads((copy.folder / "first.json").read_text())["name"]
    arguments = [
        "--recipe",
        copy.recipe(threshold=0.99),
        "--data",
        str(copy.folder / "tonight.npz"),
        "--name",
        name,
    ]
    done = copy.run("build", "--until", "evaluate", *arguments, "--device", "cpu")
    assert done.returncode == 3
    assert (
        "About the data: There are 4 times fewer training images than in the published"
        " version" in done.stderr
    )


def test_a_new_class_is_refused_until_the_version_that_it_replaces_is_named_and_then_warned_of(
    copy: Workshop,
) -> None:
    with np.load(copy.data) as file:
        arrays = dict(file)
    for split in ("train", "test"):
        images = 255 - arrays[f"x_{split}"][:150]
        arrays[f"x_{split}"] = np.concatenate([arrays[f"x_{split}"], images])
        arrays[f"y_{split}"] = np.append(
            arrays[f"y_{split}"], np.full(len(images), 10, np.uint8)
        )
    path = Path(copy.folder / "tonight.npz")
    np.savez(path, **arrays)
    first = json.loads((copy.folder / "first.json").read_text())
    recipe = copy.recipe(threshold=0.5, margin=0.3)
    arguments = [
        "build",
        "--until",
        "evaluate",
        "--recipe",
        recipe,
        "--data",
        str(path),
        "--name",
        first["name"],
    ]
    arguments += ["--device", "cpu", "--json", "--set", "gates.pixel_overlap=0"]
    done = copy.run(*arguments)
    accepts = f"gates.replaces={first['version']}"
    assert done.returncode == 3
    assert f"(1 new: 10); accepted once by --set {accepts}" in done.stderr
    done = copy.run(*arguments, "--set", accepts)
    assert done.returncode == 0, done.stderr
    [warning] = [
        one for one in json.loads(done.stdout)["warnings"] if "not compared" in one
    ]
    assert "other labels" in warning
    assert f"warning: {warning}" in done.stderr
