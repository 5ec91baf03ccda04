"""A model that was trained elsewhere, built, recalled, published and refused; with
random weights and open gates.
"""

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import pipeline
from pipeline import BuildResult, ConfigError, PublishError, Recipe, build, publish
from pipeline.checking.check import check_target
from pipeline.system.tensorflow import determinism_restored
from pipeline.tfjs.graph_model.converter import graph_available
from pipeline.versions.manifest import ImageSize, Manifest, read_manifest
from tests.support.workshop import call

if TYPE_CHECKING:
    from pipeline.recipes.settings import Settings

OPEN: "Settings" = {
    "gates.threshold": 0.0,
    "gates.class_recall": 0.0,
    "gates.undisputed_labels": 0.0,
    "gates.baseline_margin": 1.0,
}


def convnet(keras: Any, *, activation: str | None = "softmax", seed: int = 1) -> Any:
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)), keras.layers.Conv2D(2, 5, strides=3, activation="relu"), keras.layers.Flatten(),
            keras.layers.Dropout(0.5), keras.layers.Dense(10, activation=activation),
        ]
    )  # fmt: skip


def places(folder: Path) -> dict[str, Any]:
    return {"store": folder / "out", "site": folder / "site", "runs": folder / "runs"}


def manifest_of(result: BuildResult) -> Manifest:
    assert result.exported
    return read_manifest(result.exported.folder / "manifest.json")


@pytest.fixture(scope="module")
def tenth(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 training and 100 test images."""
    path = tmp_path_factory.mktemp("own") / "digits.npz"
    with np.load(small_npz) as all_of_them:
        np.savez(
            path,
            **{
                key: all_of_them[key][: 200 if "train" in key else 100]
                for key in all_of_them
            },
        )
    return path


@pytest.fixture(scope="module")
def own(
    keras: Any, tenth: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, BuildResult]:
    """A published model, from its file."""
    folder = tmp_path_factory.mktemp("published")
    convnet(keras).save(folder / "My Net.keras")
    return folder, build(
        data=tenth, model=folder / "My Net.keras", set=OPEN, **places(folder)
    )


def test_the_model_is_named_measured_verified_and_published(
    own: tuple[Path, BuildResult], tenth: Path
) -> None:
    folder, result = own
    assert result.evaluation
    assert result.verification
    assert (result.config.name, result.evaluation.test_images) == ("digits-my-net", 100)
    assert {check.runtime for check in result.verification.checks} == {"tfjs", "dense"}
    assert (folder / "site" / "models" / "digits-my-net" / "latest.json").is_file()
    assert len(repr(result).splitlines()) == 4
    assert tenth.stem == "digits"


def test_nothing_is_claimed_about_its_training(own: tuple[Path, BuildResult]) -> None:
    _, result = own
    manifest = manifest_of(result)
    assert (manifest.training, manifest.files.keys() & {"history", "film"}) == (
        None,
        set(),
    )
    assert manifest.origin is not None
    assert manifest.origin.file == "My Net.keras"
    assert manifest.recipe is not None
    assert manifest.recipe.keys() & {"model", "training"} == set()
    assert manifest.recipe["preprocess"]["layout"] == "channel"
    validation = next(gate for gate in manifest.gates if gate.name == "validation")
    assert validation.detail == "the model was trained elsewhere"
    document = result.as_json()
    assert (document["training"], document["origin"]["file"]) == (None, "My Net.keras")
    assert result.exported
    card = (result.exported.folder / "README.md").read_text()
    assert "trained elsewhere and taken over from the file My Net.keras" in card
    assert "## Training" not in card
    assert "epochs" not in card


def test_it_is_recalled_until_its_content_changes(
    keras: Any, own: tuple[Path, BuildResult], tenth: Path
) -> None:
    folder, first = own
    # which `build` saves at another time, under another name
    live = keras.saving.load_model(folder / "My Net.keras")
    options: dict[str, Any] = {
        "data": tenth,
        "name": "digits-my-net",
        "set": OPEN,
        **places(folder),
    }
    again = build(model=live, **options)
    assert again.unchanged == ["train", "evaluate", "export", "verify"]
    other = build(model=convnet(keras, seed=2), **options)
    assert other.exported
    assert first.exported
    assert other.exported.id != first.exported.id
    assert publish(
        "digits-my-net", first.exported.id, store=folder / "out", site=folder / "site"
    ).previous_version


def test_random_operations_work_after_a_build_as_before(
    own: tuple[Path, BuildResult],
) -> None:
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()  # another test may have
    with determinism_restored():
        pass
    from tensorflow.python.framework import config

    assert config.is_op_determinism_enabled()
    config.disable_op_determinism()
    folder, result = own
    build(
        data=result.config.data,
        model=folder / "My Net.keras",
        set=OPEN,
        **places(folder),
    )
    assert not config.is_op_determinism_enabled()
    assert list(tf.data.Dataset.range(3).shuffle(3)) is not None


def test_logits_are_told_and_get_a_softmax(
    keras: Any, tenth: Path, tmp_path: Path
) -> None:
    model = convnet(keras, activation=None)
    options: dict[str, Any] = {"data": tenth, "name": "logits", **places(tmp_path)}
    with pytest.raises(
        ConfigError,
        match=r"it returns logits. Pass set=\{\"model.from_logits\": True\}",
    ):
        build(model=model, set=OPEN, **options)
    manifest = manifest_of(
        build(model=model, set=OPEN | {"model.from_logits": True}, **options)
    )
    assert manifest.origin
    assert manifest.origin.softmax_appended
    assert manifest.output.kind == "probabilities"  # type: ignore[union-attr]
    assert (
        "so a softmax was appended"
        in (tmp_path / "out" / "logits" / manifest.version / "README.md").read_text()
    )


def test_a_format_that_rounding_spoils_is_left_out(
    keras: Any, tenth: Path, tmp_path: Path
) -> None:
    model = convnet(keras)
    kernel, bias = model.layers[-1].get_weights()
    kernel[0, 0] = (
        # of a feature that is 0: it only makes the steps between stored weights larger
        1e6
    )
    model.layers[-1].set_weights([kernel, bias])
    filters, offsets = model.layers[0].get_weights()
    model.layers[0].set_weights(
        [np.concatenate([filters[..., :1] * 0, filters[..., 1:]], axis=-1), offsets]
    )
    manifest = manifest_of(
        build(data=tenth, model=model, name="spoilt", set=OPEN, **places(tmp_path))
    )
    assert {"layers-uint8", "layers-uint16"} == manifest.skipped_formats.keys()
    assert manifest.skipped_formats["layers-uint8"].startswith(
        "too sensitive to rounding: "
    )
    assert manifest.default_format == "layers-float32"
    assert not (
        tmp_path / "out" / "spoilt" / manifest.version / "layers-uint8"
    ).exists()


def test_a_model_that_stock_layers_cannot_compute_is_a_graph_model(
    keras: Any, tenth: Path, tmp_path: Path
) -> None:
    if reason := graph_available():
        pytest.skip(reason)
    keras.utils.set_random_seed(1)
    image = keras.Input((28, 28, 1))
    largest = keras.ops.top_k(keras.layers.Flatten()(image), k=9)[0]
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(largest))
    manifest = manifest_of(
        build(data=tenth, model=model, name="graph", set=OPEN, **places(tmp_path))
    )
    assert (
        [fmt.id for fmt in manifest.formats]
        == ["graph-float32"]
        == [manifest.default_format]
    )
    assert "TopK" in manifest.skipped_formats["layers-float32"]


def test_a_model_of_colors_takes_pictures_of_a_folder_as_they_are(
    keras: Any,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    rng = np.random.default_rng(0)
    for label in ("red", "green"):
        (tmp_path / "fruit" / label).mkdir(parents=True)
        for i in range(12):
            sides = rng.integers(20, 30, 2)
            picture = rng.integers(0, 90, (*sides, 3), np.uint8)
            picture[..., int(label == "green")] += 150
            Image.fromarray(picture).save(tmp_path / "fruit" / label / f"{i}.png")
    layers = keras.layers
    pool = [
        keras.Input((16, 16, 3)),
        layers.Rescaling(1 / 127.5, -1),
        layers.GlobalAveragePooling2D(),
    ]
    model = keras.Sequential(
        [*pool, layers.Dense(2, activation="softmax", bias_initializer="zeros")]
    )
    model.layers[-1].set_weights(
        [np.array([[-5, 5], [5, -5], [0, 0]], np.float32), np.zeros(2, np.float32)]
    )
    recipe = Recipe(name="fruit", publish_images="test").replace(
        data={"size": 16, "color": True}, preprocess={"scale": 255}
    )
    result = build(
        recipe,
        tmp_path / "fruit",
        model=model,
        name="fruit",
        set={"gates.threshold": 1.0},
        **places(tmp_path),
    )
    assert (*capfd.readouterr(), caplog.text) == ("", "", "")
    manifest = manifest_of(result)
    assert manifest.image == ImageSize(height=16, width=16, channels=3)
    assert manifest.preprocess
    assert [step["step"] for step in manifest.preprocess.drawing] == ["rgb", "contain"]
    assert manifest.preprocess.image == ({"step": "scale", "factor": 255.0},)
    assert manifest.noun == "picture"
    page = (tmp_path / "site" / "index.html").read_text()
    assert (
        '<title data-words="title">Choose a picture. See what a model makes of'
        " it.</title>" in page
    )
    reference = json.loads(
        (tmp_path / "out" / "fruit" / manifest.version / "reference.json").read_text()
    )
    assert (reference["height"], reference["width"]) == (16, 16)
    checked = check_target(str(tmp_path / "site"), run=True)
    assert checked.problems == []
    assert any(
        f"{len(reference['images'])} images" in one.detail
        for one in checked.findings
        if one.check == "answers"
    )
    with pytest.raises(
        ConfigError,
        match=r"networks of recipes take grey images. Received: images in color",
    ):
        build(
            dataclasses.replace(recipe, name="x"),
            tmp_path / "fruit",
            **places(tmp_path),
        )


def test_names_are_given_to_data_that_has_numbers(
    keras: Any, tenth: Path, tmp_path: Path
) -> None:
    options: dict[str, Any] = {
        "data": tenth,
        "model": convnet(keras),
        "name": "x",
        **places(tmp_path),
    }
    names = [f"number {i}" for i in range(10)]
    assert manifest_of(
        build(set=OPEN | {"data.labels": names}, **options)
    ).labels == tuple(names)
    with pytest.raises(
        ConfigError,
        match=r"must name every class once. Received: 9 names for 10 classes",
    ):
        build(set={"data.labels": names[1:]}, **options)


@pytest.mark.parametrize(("options", "message"), [
    (["--model", "m.keras", "--set", "training.epochs=3"], "training.epochs says how to train.*Received: 3. Leave"),
    (["--model", "m.keras", "--set", "model.units=3"], "model.units says how to train"),
    (["--model", "m.keras", "--device", "gpu"], "device says how to train"),
    (["--set", "model.from_logits=true"], "from_logits is for a model of your own. Received: no --model"),
    (["--set", "data.labels=a,a", "--model", "m.keras"], "data.labels must be different printable names"),
])  # fmt: skip
def test_options_of_other_models_are_refused(
    options: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("build", *options)
    assert done.exit_code == 2
    assert re.search(message, done.stderr), done.stderr


def test_only_what_is_in_the_store_is_published(own: tuple[Path, BuildResult]) -> None:
    folder, result = own
    assert result.exported
    for version in (None, "0123456789ab"):
        with pytest.raises(
            PublishError,
            match=r"Only a version in the store can be published. Received: other",
        ):
            publish("other", version, store=folder / "out", site=folder / "site")
    elsewhere = pipeline.publish(
        "digits-my-net", result.exported.id, store=folder / "out", site=folder / "copy"
    )
    assert (elsewhere.version, Path(elsewhere.site_dir)) == (
        result.exported.id,
        folder / "copy",
    )
