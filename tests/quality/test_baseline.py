"""A new model compared with what is published, image by image:

by stored answers, or by those to new images.
"""

import dataclasses
import hashlib
import json
from fractions import Fraction
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.data.arrays import load_images
from pipeline.errors import PublishError
from pipeline.preprocessing.apply import prepare_images
from pipeline.quality import baseline
from pipeline.quality.baseline import (
    accepted_versions,
    coin_tails,
    compare_answers,
    judge_baseline,
)
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset, Evaluation, Gate, PublishedAnswers
from pipeline.stage_cache import Run
from pipeline.system.json_records import to_json
from pipeline.training.model import weights_digest
from tests.support.judged import measured, trained
from tests.support.versions import Place, files_of, manifest_with

STEPS: list[dict[str, Any]] = [{"step": "scale", "factor": 1.0}, {"step": "flatten"}]
TRAINED = trained(weights_digest="of the new model")


def evaluation(right: int, count: int, wrong: range | None = None) -> Evaluation:
    """Answers of a model that recognizes the first `right` of `count` images, or all
    but those in `wrong`.
    """
    labels = np.tile([0, 1], count // 2)
    answers = labels.copy()
    rows = list(range(right, count) if wrong is None else wrong)
    answers[rows] = 1 - answers[rows]
    return measured(np.eye(2, dtype=np.float32)[answers], labels)


def listed(path: str, content: bytes) -> dict[str, Any]:
    """An entry of a manifest."""
    return {
        "path": path,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


class Published:
    """A site with versions of the model "digits", of which only the manifests matter."""

    def __init__(self, root: Path, dataset: Dataset) -> None:
        self.dataset, self.run = dataset, Run(root / "run")
        self.config = Config(
            name="digits",
            recipe=load_recipe("softmax"),
            out=root / "out",
            site=root / "site",
        )
        self.folder = root / "site" / "models" / "digits"
        self.history: list[dict[str, str]] = []

    def add(
        self,
        accuracy: float,
        *,
        data: str | None = None,
        back_from: str | None = None,
        **changes: Any,
    ) -> str:
        """Make a version live; the data set is that of the new model unless said
        otherwise.
        """
        manifest = manifest_with(files_of(b"w"), labels=list(self.dataset.labels))
        manifest["metrics"]["test_accuracy"] = accuracy
        manifest["data"]["digest"] = data or self.dataset.digest
        manifest["version"] = f"{len(self.history):012x}"
        self._point_at(manifest["version"], back_from)
        (self.folder / manifest["version"]).mkdir()
        (self.folder / manifest["version"] / "manifest.json").write_text(
            json.dumps(manifest | changes)
        )
        return str(manifest["version"])

    def add_measured(self, new: Evaluation, **changes: Any) -> str:
        """Make a version live that has stored the answers of this evaluation."""
        content = json.dumps(to_json(new)).encode()
        files = {"evaluation": listed("evaluation.json", content)}
        version = self.add(new.test_accuracy, files=files, **changes)
        (self.folder / version / "evaluation.json").write_bytes(content)
        return version

    def roll_back(self, version: str) -> None:
        self._point_at(version, self.history[-1]["version"])

    def _point_at(self, version: str, back_from: str | None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        entry = {"version": version, "published_at": "2026-11-26T03:00:00Z"}
        self.history.append(
            entry | ({"rolled_back_from": back_from} if back_from else {})
        )
        (self.folder / "history.json").write_text(json.dumps(self.history))
        (self.folder / "latest.json").write_text(json.dumps({"version": version}))

    def judge(self, new: Evaluation, **limits: Any) -> Gate:
        gates = dataclasses.replace(self.config.recipe.gates, **limits)
        config = dataclasses.replace(
            self.config, recipe=dataclasses.replace(self.config.recipe, gates=gates)
        )
        versions = accepted_versions(config.site, config.name, config.out)
        return judge_baseline(versions, config, self.dataset, TRAINED, new, self.run)


def assert_consistent(gate: Gate) -> None:
    assert gate.value is not None
    assert gate.limit is not None
    assert gate.passed == (gate.value >= gate.limit)


@pytest.fixture
def published(tmp_path: Path, small_mnist: Dataset) -> Published:
    return Published(tmp_path, small_mnist)


@pytest.mark.parametrize(("lost", "won", "p"), [
    (0, 0, 1.0), (4, 0, 1 / 16), (5, 0, 1 / 32),
    (7, 2, 46 / 512),  # of nine tosses at least seven heads: 36 + 9 + 1 of 512 ways
    (8, 1, 10 / 512),  # 9 + 1
    (2, 7, 502 / 512),
])  # fmt: skip
def test_on_the_same_data_stored_answers_are_compared(
    published: Published, lost: int, won: int, p: float
) -> None:
    version = published.add_measured(evaluation(0, 1000, wrong=range(20, 40 + won)))
    new = evaluation(0, 1000, wrong=range(20 - lost, 40))
    for margin in (0.0, 1.0):
        gate = published.judge(new, baseline_margin=margin)
        assert gate.passed is (p >= 0.05)
        assert_consistent(gate)
        assert gate.detail.startswith(
            f"published version {version}, on the same 1,000 test images, recognizes"
            f" {(980 - won) / 1000:.4f}; the new model alone misreads {lost} of them,"
            f" the other alone {won}: p = {p:.2g} by McNemar's exact test, refused"
            " below 0.05"
        )
    assert published.judge(new, baseline_significance=0.01).passed is (p >= 0.01)
    assert published.judge(new, baseline_significance=0.0).passed
    assert published.judge(new, baseline_significance=p).passed  # refused below it only


def test_a_sinking_series_on_the_same_data_is_stopped(published: Published) -> None:
    gates = []
    # the last loses no more to the one before than the second to the first
    for wrong in (
        45,
        49,
        53,
    ):
        new = evaluation(0, 2000, wrong=range(wrong))
        gates.append(published.judge(new))
        if gates[-1].passed is not False:
            published.add_measured(new)
    assert [gate.passed for gate in gates] == [None, True, False]
    assert (gates[0].value, gates[0].limit, gates[0].detail) == (
        None,
        None,
        "no earlier version is published",
    )
    assert (
        "version 000000000000, the best of the last 2 on this data, on the same 2,000"
        " test images" in gates[-1].detail
    )
    assert "misreads 8 of them, the other alone 0: p = 0.0039" in gates[-1].detail


@pytest.mark.parametrize("changes", [
    {"mistakes": []}, {"test_images": 999}, {"mistakes": [{"index": "0"}]},
])  # fmt: skip
def test_answers_that_are_damaged_or_incomplete_are_not_compared_with(
    published: Published, changes: dict[str, Any]
) -> None:
    new = evaluation(972, 1000)
    version = published.add_measured(evaluation(980, 1000))
    path = published.folder / version / "evaluation.json"
    content = path.read_bytes()
    unknown = (
        f"published version {version} cannot be tried on these images: its model.keras"
        " is missing or damaged"
    )
    # not what the manifest lists
    path.write_bytes(content.replace(b'"index": 999', b'"index": 998'))
    assert published.judge(new).detail == unknown
    kept = published.config.out / "digits" / version / "evaluation.json"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)  # but the store has it
    assert "McNemar" in published.judge(new).detail
    manifest = json.loads((path.parent / "manifest.json").read_text())
    spoiled = json.dumps(
        json.loads(content) | changes
    ).encode()  # as its manifest says, but not of all images
    path.write_bytes(spoiled)
    manifest["files"]["evaluation"] = listed("evaluation.json", spoiled)
    (path.parent / "manifest.json").write_text(json.dumps(manifest))
    assert published.judge(new).detail == unknown


def test_only_the_last_versions_of_the_same_data_count_and_none_that_was_rolled_back(
    published: Published,
) -> None:
    for wrong in (5, *[50] * 5):
        good = published.add_measured(evaluation(0, 1000, wrong=range(wrong)))
    published.add(0.9999, data="another")
    published.roll_back(good)
    published.add_measured(evaluation(0, 1000, wrong=range(40)))
    published.add(0.9999)
    published.roll_back("000000000008")  # to the last that was measured
    gate = published.judge(evaluation(960, 1000, wrong=range(40)))
    assert gate.detail.startswith(
        "version 000000000008, the best of the last 5 on this data, on the same"
    )
    assert gate.passed


def test_a_loss_that_was_accepted_does_not_fail_the_next_build_of_the_same_model(
    published: Published,
) -> None:
    new = evaluation(960, 1000)
    published.add_measured(evaluation(990, 1000))
    facts = manifest_with(files_of(b"w"))["training"]
    version = published.add_measured(
        new, training=facts | {"weights_digest": TRAINED.weights_digest}
    )
    gate = published.judge(new)
    assert gate.passed is None
    assert gate.detail == f"this is the model of the published version {version}"
    # but once another is live, it is a loss like any other
    published.add_measured(evaluation(950, 1000))
    assert not published.judge(new).passed


def test_older_versions_that_are_gone_are_left_out_and_the_live_one_is_never_silently_missing(
    place: Place,
) -> None:
    def versions(out: Path = place.out / "none") -> list[str]:
        return [
            manifest.version
            for manifest in accepted_versions(place.site, "digits", out)
        ]

    assert versions() == []
    first, second, third = (place.publish(b"w%d" % n).version for n in (1, 2, 3))
    assert versions() == [third, second, first]
    (place.site / "models/digits" / second / "manifest.json").write_text("{")
    assert versions() == [third, first]
    # the store has the version, and mends it
    assert versions(place.out) == [
        third,
        second,
        first,
    ]
    (place.site / "models/digits" / third / "manifest.json").write_text("{")
    with pytest.raises(PublishError, match="Cannot read the manifest"):
        versions()
    assert versions(place.out) == [third, second, first]
    (place.site / "models/digits/latest.json").write_text("")
    with pytest.raises(PublishError, match=r"latest\.json must hold"):
        versions()


def test_a_published_version_without_an_accuracy_is_an_error(
    published: Published,
) -> None:
    published.add(0.9, metrics=None)
    with pytest.raises(
        PublishError,
        match=r"has no test accuracy to compare with\. Roll back to one that has",
    ):
        published.judge(evaluation(9, 10))


@pytest.mark.parametrize("tosses", [0, 1, 4, 5, 63, 1200])
def test_the_chances_of_a_coin_are_exact(tosses: int) -> None:
    exact, tail = [], Fraction(0)
    for heads in range(tosses, -1, -1):
        tail += Fraction(comb(tosses, heads), 2**tosses)
        exact.append(float(tail))
    np.testing.assert_allclose(coin_tails(tosses), exact[::-1], rtol=1e-9)


def compared(new: Evaluation, wrong: range, margin: float) -> Gate:
    """With a published model that misreads the images in `wrong`."""
    return compare_answers(
        new,
        PublishedAnswers(version="v", wrong=tuple(wrong)),
        0.05,
        "version v",
        margin=margin,
    )


def test_a_model_that_is_worse_on_new_data_fails_with_the_numbers() -> None:
    gate = compared(evaluation(0, 1000, wrong=range(90)), range(60, 120), 0.005)
    assert not gate.passed
    # 53 losses of 90 are not rare, 54 are
    assert (gate.value, gate.limit) == (
        0.91,
        pytest.approx(0.924),
    )
    assert (
        gate.detail
        == "version v, recognizes 0.9400; the new model alone misreads 60 of them, the"
        " other alone 30: p = 0.001 by McNemar's exact test, refused below 0.05"
        " beyond a margin of 0.005; chance explains a difference of 0.0160"
    )


@pytest.mark.parametrize(
    ("lost", "won"),
    [(0, 0), (4, 0), (5, 0), (9, 3), (10, 3), (40, 40), (60, 44), (61, 44)],
)
def test_it_fails_exactly_if_it_misses_the_margin_and_the_test_is_significant(
    lost: int, won: int
) -> None:
    new = evaluation(0, 400, wrong=range(lost + 7))
    p = sum(comb(lost + won, k) for k in range(lost, lost + won + 1)) / 2 ** (
        lost + won
    )
    for margin in (0.0, 0.02):
        worse = (lost - won) / 400 > margin + 1e-9 and p < 0.05
        gate = compared(new, range(lost, lost + 7 + won), margin)
        assert gate.passed is not worse
        assert_consistent(gate)


def linear_model(keras: Any, dataset: Dataset, path: Path) -> str:
    """Save a model that compares an image with each class's mean, and return its
    digest.
    """
    images = load_images(dataset)
    inputs = prepare_images(images.train, STEPS)
    means = np.stack(
        [
            inputs[images.train_labels == k].mean(axis=0)
            for k in range(len(dataset.labels))
        ]
    )
    model = keras.Sequential(
        [
            keras.Input((inputs.shape[1],)),
            keras.layers.Dense(len(means), activation="softmax"),
        ]
    )
    model.set_weights([means.T, -(means**2).sum(axis=1) / 2])
    model.save(path)
    return weights_digest(model.get_weights())


def _publish_model(
    published: Published, keras: Any, path: Path, **changes: Any
) -> Published:
    """A published model of other data, whole, with its file."""
    digest = linear_model(keras, published.dataset, path)
    whole = manifest_with(files_of(b"w"))
    content = path.read_bytes()
    facts = {
        "training": whole["training"] | {"weights_digest": digest},
        "files": {"keras": listed("model.keras", content)},
        "preprocess": {"drawing": [{"step": "ink"}], "image": STEPS},
    }
    version = published.add(0.9, data="another", **(facts | changes))
    (published.folder / version / "model.keras").write_bytes(content)
    return published


def test_the_published_model_is_run_on_new_data_once(
    published: Published, keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = _publish_model(published, keras, tmp_path / "model.keras")
    count = tried.dataset.test_images
    gate = tried.judge(evaluation(count, count))
    assert gate.passed
    assert (
        "tried on these 500 test images, recognizes 0.7500; the new model alone"
        " misreads 0" in gate.detail
    )
    monkeypatch.setattr(baseline, "answer", None)  # the answers are known
    assert tried.judge(evaluation(count, count)) == gate
    assert tried.judge(evaluation(count // 2, count)).passed is False
    tried.dataset = dataclasses.replace(tried.dataset, digest="of yet other data")
    with pytest.raises(Exception, match="must still be the data that was checked"):
        tried.judge(evaluation(count, count))


@pytest.mark.parametrize(("changes", "reason"), [
    ({"labels": ["1", "0"]}, "it has other labels, or has them in another order"),
    (
        {"input": manifest_with(files_of(b"w"))["input"] | {"image": {"height": 8, "width": 9, "channels": 1}}},
        "it takes images of 9 × 8, these have 28 × 28",
    ),
    ({"training": None}, "its model.keras is missing or damaged"),
    ({"files": {}}, "its model.keras is missing or damaged"),
    ({"files": {"keras": listed("model.keras", b"another")}}, "its model.keras is missing or damaged"),
])  # fmt: skip
def test_a_version_that_cannot_be_tried_on_new_data_passes_and_says_why(
    published: Published,
    keras: Any,
    tmp_path: Path,
    changes: dict[str, Any],
    reason: str,
) -> None:
    gate = _publish_model(published, keras, tmp_path / "model.keras", **changes).judge(
        evaluation(1, 4)
    )
    assert (gate.passed, gate.value, gate.limit) == (None, None, None)
    assert (
        gate.detail
        == f"published version 000000000000 cannot be tried on these images: {reason}"
    )
