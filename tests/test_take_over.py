"""Models that were trained elsewhere:

which fit the data, what they must answer, and what identifies their files.
"""

import dataclasses
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ConfigError, DataError
from pipeline.take_over import (
    content_digest,
    fitting_layout,
    require_an_output_per_label,
    require_kind,
    with_softmax,
)
from tests.support.judged import dataset

GREY = dataset(image_height=6, image_width=8)
COLOR = dataclasses.replace(GREY, channels=3)
LABELS = ("a", "b", "c")


def model(
    keras: Any, shape: tuple[int | None, ...], outputs: int = 3, **layer: Any
) -> Any:
    layers = keras.layers
    flat = layers.Flatten() if None not in shape else layers.GlobalAveragePooling2D()
    return keras.Sequential([keras.Input(shape), flat, layers.Dense(outputs, **layer)])


@pytest.mark.parametrize(("data", "shape", "layout"), [
    (GREY, (48,), "flatten"), (GREY, (6, 8, 1), "channel"), (GREY, (6, 8), "rows"), (COLOR, (6, 8, 3), "channel"),
    (COLOR, (144,), "flatten"),
])  # fmt: skip
def test_images_reach_the_model_in_its_shape(
    data: Any, shape: tuple[int, ...], layout: str, keras: Any
) -> None:
    assert fitting_layout(model(keras, shape), data) == layout


@pytest.mark.parametrize(("data", "shape", "message"), [
    (GREY, (8, 6, 1), r"8 × 6 in grey: as \(48,\), \(6, 8, 1\), \(6, 8\).*input \(8, 6, 1\).*takes 6 × 8 in grey"),
    (GREY, (96, 96, 3), r"takes 96 × 96 in color: .*data.size=96 --set data.color=true, or .*\(N, 96, 96, 3\)"),
    (COLOR, (6, 6, 1),
        r"in color: as \(144,\), \(6, 8, 3\)\. .*data.size=6 --set data.color=false, or .*\(N, 6, 6\)"),
    (GREY, (None, None, 1), r"Rebuild it with an Input of this size\. .*`pipeline export`"),
    (GREY, (8,), r"input \(8,\).*for tables and signals use `pipeline export`"),
    (GREY, (100, 1), r"input \(100, 1\).*for tables and signals use `pipeline export`"),
])  # fmt: skip
def test_a_model_of_other_images_is_refused(
    data: Any, shape: tuple[int | None, ...], message: str, keras: Any
) -> None:
    with pytest.raises(ConfigError, match=message):
        fitting_layout(model(keras, shape), data)


def test_a_model_of_several_inputs_or_of_bytes_is_refused(keras: Any) -> None:
    one, other = keras.Input((48,)), keras.Input((2,))
    both = keras.Model(
        [one, other], keras.layers.Dense(3)(keras.layers.Concatenate()([one, other]))
    )
    with pytest.raises(
        ConfigError,
        match=r"must take one image. Received: 2 inputs. Use `pipeline export`",
    ):
        fitting_layout(both, GREY)
    raw = keras.Input((6, 8, 1), dtype="uint8")
    of_bytes = keras.Model(
        raw,
        keras.layers.Dense(3)(
            keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(raw))
        ),
    )
    with pytest.raises(
        ConfigError, match=r"must take float32. Received: an input of uint8"
    ):
        fitting_layout(of_bytes, GREY)


def test_there_must_be_one_output_per_label(keras: Any) -> None:
    require_an_output_per_label(model(keras, (48,)), LABELS)
    with pytest.raises(
        ConfigError,
        match=(
            r"\(3,\)\. Received: a model with output \(10,\) for 3 labels \(a, b, c\)"
        ),
    ):
        require_an_output_per_label(model(keras, (48,), 10), LABELS)
    with pytest.raises(
        ConfigError, match="two outputs with a softmax, instead of one with a sigmoid"
    ):
        require_an_output_per_label(
            model(keras, (48,), 1, activation="sigmoid"), LABELS[:2]
        )
    features = keras.Sequential([keras.Input((6, 8, 1)), keras.layers.Conv2D(3, 3)])
    with pytest.raises(ConfigError, match=r"output \(4, 6, 3\).*Use `pipeline export`"):
        require_an_output_per_label(features, LABELS)


def test_answers_must_be_probabilities_unless_logits_were_promised() -> None:
    probabilities = np.array([[0.2, 0.8], [1, 0]], np.float16)
    logits, sigmoids = (
        np.array([[-3.5, 2.0], [1, 7]], np.float32),
        np.array([[0.9, 0.9], [0.1, 0.2]], np.float32),
    )
    require_kind(probabilities, logits=False)
    require_kind(logits, logits=True)
    require_kind(sigmoids, logits=True)  # as likely as other numbers
    told = (
        r"from -3.5 to 7, .* -1.5 to 8: it returns logits. Pass --set"
        r" model.from_logits=true"
    )
    with pytest.raises(ConfigError, match=told):
        require_kind(logits, logits=False)
    with pytest.raises(
        ConfigError,
        match=r"add up to 0.3 to 1.8, as sigmoids give. End it in a softmax",
    ):
        require_kind(sigmoids, logits=False)
    with pytest.raises(ConfigError, match=r"probabilities already. Leave it out"):
        require_kind(probabilities, logits=True)
    with pytest.raises(ConfigError, match="NaN or infinity"):
        require_kind(np.array([[np.nan, 1]], np.float32), logits=True)


def test_an_appended_softmax_changes_nothing_else(keras: Any) -> None:
    plain = model(keras, (6, 8, 1))
    images = np.random.default_rng(0).random((5, 6, 8, 1), np.float32)
    whole = with_softmax(plain)
    exact = np.exp(plain.predict_on_batch(images).astype(np.float64))
    np.testing.assert_allclose(
        whole.predict_on_batch(images),
        exact / exact.sum(axis=1, keepdims=True),
        rtol=1e-5,
    )
    assert whole.count_params() == plain.count_params()


def test_a_model_that_is_saved_again_has_the_same_digest(
    keras: Any, tmp_path: Path
) -> None:
    one = model(keras, (48,))
    one.save(tmp_path / "first.keras")
    # the file says when it was saved, in seconds; the zip archive in steps of two
    time.sleep(1.1)
    one.save(tmp_path / "second.keras")
    assert (tmp_path / "first.keras").read_bytes() != (
        tmp_path / "second.keras"
    ).read_bytes()
    digest = content_digest(tmp_path / "first.keras")
    assert content_digest(tmp_path / "second.keras") == digest
    one.layers[-1].set_weights(
        [weights + 1 for weights in one.layers[-1].get_weights()]
    )
    one.save(tmp_path / "third.keras")
    assert content_digest(tmp_path / "third.keras") != digest


def test_unreadable_paths_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.keras")
    for name, rule in (
        ("gone.keras", "must exist"),
        ("pipe.keras", "which is no file"),
        (".", "which is no file"),
    ):
        with pytest.raises(DataError, match=rule):
            content_digest(tmp_path / name)
