"""An exported model that answers to pictures:

what its preprocessing and labels must be, and what is said about it.
"""

import json
import os
import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, ConversionError, DataError
from pipeline.exporting.export import export_model
from pipeline.exporting.image_metadata import (
    MODES,
    check_range,
    image_size,
    preprocess_steps,
    read_labels,
    steps_for,
)
from pipeline.versions.manifest import ImageSize
from tests.fixtures.reference_pictures import TF, Steps, start

COVER = {"step": "cover", "height": 6, "width": 8}
INK: Steps = [{"step": "ink"}, {"step": "fit", "box": 6}]


@pytest.fixture(scope="module")
def colours(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 8, 3)),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )


@pytest.mark.parametrize(("shape", "drawing", "image", "channels"), [
    ((6, 8, 3), [start(), COVER], TF, 3), ((144,), [start(), COVER], [{"step": "flatten"}], 3),
    ((6, 8, 1), [start("grey"), COVER], [*TF, {"step": "channel"}], 1),
    ((6, 8), [*INK, {"step": "center", "height": 6, "width": 8}], [], 1), ((None, None, 3), [start(), COVER], [], 3),
])  # fmt: skip
def test_the_image_size_is_found_by_taking_the_steps(
    keras: Any,
    shape: tuple[int | None, ...],
    drawing: Steps,
    image: Steps,
    channels: int,
) -> None:
    x = keras.Input(shape)
    found = image_size(
        keras.Model(x, keras.layers.Identity()(x)), {"drawing": drawing, "image": image}
    )
    assert found == ImageSize(height=6, width=8, channels=channels)


@pytest.mark.parametrize(("drawing", "message"), [
    ([start()], r"one size. Received: \(64, 64, 3\) and \(48, 80, 3\).*cover, contain or stretch"), (INK, "one size"),
    ([start("grey"), COVER], r"ends in shape \(6, 8\).*Received: \(6, 8, 3\).*rgb for three channels"),
    ([start(), {**COVER, "width": 9}], r"ends in shape \(6, 9, 3\)"),
    ([{"step": ["ink"]}], r"Unknown step in drawing. Received: \['ink'\]"),
])  # fmt: skip
def test_steps_that_do_not_lead_to_the_model_are_refused(
    colours: Any, drawing: Steps, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        image_size(colours, {"drawing": drawing, "image": []})


def test_a_mode_has_the_steps_of_its_model_and_needs_one_photo_of_a_fixed_size(
    keras: Any, colours: Any
) -> None:
    stretch = {"step": "stretch", "height": 6, "width": 8}
    for mode in MODES:
        steps = steps_for(colours, preprocess_steps(Path(mode)))
        assert steps == {"drawing": [start(), stretch], "image": MODES[mode]}
        assert image_size(colours, steps) == ImageSize(height=6, width=8, channels=3)
    assert [MODES[mode] for mode in ("0-255", "0-1")] == [
        [{"step": "scale", "factor": 255}],
        [],
    ]
    for shape in ((None, 8, 3), (6, 8, 1), (6,)):
        x = keras.Input(shape)
        with pytest.raises(
            ConfigError,
            match=r"preprocessing tf .*one photo of a fixed size.*Received: \(",
        ):
            steps_for(keras.Model(x, keras.layers.Identity()(x)), {"mode": "tf"})


def test_labels_come_from_a_list_a_text_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("\ufeffa\n b, with c \r\n\n", encoding="utf-8")
    assert read_labels(path) == read_labels(str(path)) == ["a", "b, with c"]
    assert read_labels("a, b,c") == read_labels(["a", "b", "c"]) == ["a", "b", "c"]
    for strange in ([0, 1], {0: "a"}, 3):
        with pytest.raises(
            ConfigError, match=r"must be a list of texts\. Received: [03] in it"
        ):
            read_labels(strange)  # type: ignore[arg-type]
    path.write_bytes(b"\xff\xfe\x00")
    for bad in (path, tmp_path, "labls.txt", f"{tmp_path}/labels", Path("labls")):
        with pytest.raises(DataError, match="one in each line"):
            read_labels(bad)


@pytest.mark.parametrize(("text", "message"), [
    ("[" * 5000 + "]" * 5000, "must be JSON. Received: lists and tables lie more than 100 deep"),
    ('{"image": [], "drawing": [' + ", ".join(["{}"] * 33) + "]}", "at most 32 steps .* Received: 33"),
    ('{"drawing": [], "image": [{"step": "scale", "factor": 1e999}]}', "must be JSON. Received: 1e999"),
    ("null", "must hold preprocessing steps"),
], ids=lambda text: text[:20])  # fmt: skip
def test_files_of_steps_that_cannot_be_used_are_refused(
    text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "steps.json").write_text(text)
    with pytest.raises(DataError, match=message):
        preprocess_steps(tmp_path / "steps.json")
    with pytest.raises(
        DataError, match=r"or one of tf, torch, .*Received: mobilenet \("
    ):
        preprocess_steps("mobilenet")


def test_steps_are_read_from_a_file_or_a_manifest_and_a_pipe_is_refused_at_once(
    tmp_path: Path,
) -> None:
    steps = {"drawing": [start(), COVER], "image": TF}
    for document in (steps, {"name": "m", "preprocess": steps}):
        (tmp_path / "given.json").write_text(json.dumps(document))
        assert preprocess_steps(tmp_path / "given.json") == steps
    os.mkfifo(tmp_path / "steps.json")
    with pytest.raises(DataError, match="it is a pipe"):
        preprocess_steps(tmp_path / "steps.json")


@pytest.mark.parametrize("labels", [["a"], ["a", "a"], ["a", ""], ["a", "b", "c"]])
@pytest.mark.parametrize(
    "rule", ["one label for each class", "one label for each value of an output"]
)
def test_labels_must_fit_the_outputs(
    colours: Any, labels: list[str], rule: str, tmp_path: Path
) -> None:
    steps = (
        {"drawing": [start(), COVER], "image": []} if rule.endswith("class") else None
    )
    with pytest.raises(ConfigError, match=rf"{rule}.*Received: {len(labels)} labels"):
        export_model(colours, tmp_path / "out", labels=labels, preprocess=steps)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("mode", "contradicts"),
    [("tf", True), ("torch", True), ("0-255", False), ("caffe", False)],
)
def test_a_range_that_the_first_layers_contradict_is_refused(
    mode: str, contradicts: bool, keras: Any
) -> None:
    layers, start = keras.layers, keras.Input((8, 8, 3))
    augment = [layers.RandomFlip(), layers.RandomContrast(0.1), layers.Resizing(8, 8)]
    for first in ([start], [start, *augment], [start, keras.Sequential(augment)]):
        for scale in ([layers.Rescaling(1 / 127.5, -1)], []):
            model = keras.Sequential([*first, *scale, layers.Conv2D(1, 3)])
            steps = steps_for(model, preprocess_steps(mode))
            refused = (
                pytest.raises(ConfigError, match="values from 0 to 255")
                if contradicts and scale
                else nullcontext()
            )
            with refused:
                check_range(model, image_size(model, steps), steps)


def test_the_refused_range_is_exported_once_confirmed_and_0_255_at_once(
    keras: Any, tmp_path: Path
) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(1 / 127.5, -1),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    labels, out = ["cat", "dog"], tmp_path / "out"
    with pytest.raises(ConfigError, match=r"choose 0-255 .*scaled_twice=True"):
        export_model(model, out, labels=labels, preprocess="tf")
    assert list(tmp_path.iterdir()) == []
    export_model(model, out, labels=labels, preprocess="0-255", strict=True)
    export_model(model, out, labels=labels, preprocess="tf", scaled_twice=True)


def test_strict_writes_nothing_where_the_report_has_notes(
    keras: Any, tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    report = export_model(model, tmp_path / "out", labels=["cat", "dog"])
    [note] = report.notes  # there is no softmax
    with pytest.raises(ConversionError, match=re.escape(note)):
        export_model(model, tmp_path / "new", labels=["cat", "dog"], strict=True)
    assert not (tmp_path / "new").exists()
