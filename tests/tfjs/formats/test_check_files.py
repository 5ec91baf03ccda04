"""`pipeline check` of ONNX and LiteRT files as Keras itself writes them, with the model that they were made from."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.checking.check import check_target
from pipeline.errors import ConfigError
from tests.support.chains import chain, forked
from tests.support.checked import problems
from tests.support.hosts import hostile

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning")
Exported = Callable[..., tuple[Path, Path]]
FORMATS = {"onnx": "model.onnx", "litert": "model.tflite"}


def fixed(keras: Any) -> Any:
    taken = keras.Input(batch_shape=(2, 4), name="two")
    return keras.Model(taken, keras.layers.Dense(3)(taken))


def wide(keras: Any) -> Any:
    return keras.Sequential([keras.Input((64,)), keras.layers.Dense(128, name="big"), keras.layers.Dense(3)])


@pytest.fixture(scope="module")
def exported(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """The Keras file of a model, and the file of a format that Keras exports, which tests only read."""
    from keras.src.export.export_utils import get_input_signature

    @functools.cache
    def export(build: Callable[[Any], Any], name: str, **options: Any) -> tuple[Path, Path]:
        folder, model = tmp_path_factory.mktemp(name), build(keras)
        model.save(folder / "model.keras")
        options = {key: list(values) for key, values in options.items()}
        signature = get_input_signature(model)
        model.export(folder / FORMATS[name], format=name, verbose=False, input_signature=signature, **options)
        return folder / "model.keras", folder / FORMATS[name]

    return export


def changed(keras: Any, keras_file: Path, layer: str, change: Callable[[Any], Any], target: Path) -> Path:
    """The Keras file with another kernel in a layer."""
    model = keras.models.load_model(keras_file)
    kernel, bias = model.get_layer(layer).get_weights()
    model.get_layer(layer).set_weights([change(kernel), bias])
    model.save(target)
    return target


@pytest.mark.parametrize("name", FORMATS)
class TestFiles:
    @pytest.mark.parametrize("build", [chain, forked])
    def test_a_right_file_passes(self, name: str, build: Callable[[Any], Any], exported: Exported) -> None:
        keras_file, file = exported(build, name)
        report = check_target(str(file), model=keras_file)
        assert report.problems == []
        assert report.kind == "plain"
        [answers] = [one.detail for one in report.findings if one.check == "answers"]
        assert "of Keras" in answers

    @pytest.mark.usefixtures("one_process")
    def test_a_fixed_batch_is_kept_to(self, name: str, exported: Exported) -> None:
        keras_file, file = exported(fixed, name)
        assert problems(file, model=keras_file) == []

    @pytest.mark.usefixtures("one_process")
    def test_the_first_layer_with_other_weights_is_named(
        self, name: str, exported: Exported, tmp_path: Path, keras: Any
    ) -> None:
        keras_file, file = exported(chain, name)
        other = changed(keras, keras_file, "hidden", lambda kernel: kernel + 0.5, tmp_path / "other.keras")
        [found] = problems(file, model=other)
        assert "computes something else in" in found
        assert "the first layer that differs is hidden (Dense)" in found

    @pytest.mark.usefixtures("one_process")
    def test_an_output_of_another_scale_is_found(
        self, name: str, exported: Exported, tmp_path: Path, keras: Any
    ) -> None:
        keras_file, file = exported(forked, name)
        other = changed(keras, keras_file, "two", lambda kernel: kernel * 1.01, tmp_path / "other.keras")
        assert "differs by" in " ".join(problems(file, model=other))

    @pytest.mark.usefixtures("one_process")
    def test_an_address_is_checked_too(self, name: str, exported: Exported) -> None:
        keras_file, file = exported(chain, name)
        with hostile(file.parent, lambda _: False) as address:
            assert check_target(f"{address}{file.name}", model=keras_file).problems == []
            missing = check_target(f"{address}no{file.name}", model=keras_file)
        assert [problem for _, problem in missing.problems] == ["is missing (the host answers 404)"]

    def test_it_says_if_nothing_can_be_compared(
        self, name: str, exported: Exported, tmp_path: Path, keras: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keras_file, file = exported(chain, name)
        with pytest.raises(ConfigError, match="--model FILE"):
            check_target(str(file))
        other, _ = exported(forked, name)
        assert "takes inputs of the shapes " in " ".join(problems(file, model=other))
        larger = tmp_path / "larger.keras"
        keras.Sequential([keras.Input((5, 7, 3)), keras.layers.Flatten()]).save(larger)
        assert "but the Keras model (any, 5, 7, 3)" in " ".join(problems(file, model=larger))
        content, damaged = file.read_bytes(), tmp_path / file.name
        for found in (content[: len(content) // 2], b"", b"\x00" * 500, content[:40] + b"\xff" * 60 + content[100:]):
            damaged.write_bytes(found)
            assert problems(damaged, model=keras_file), found[:20]
        monkeypatch.setattr("pipeline.tfjs.formats.kinds.find_spec", lambda module: None)
        with pytest.raises(ConfigError, match=r"pip install (onnx onnxruntime|ai_edge_litert)\.$"):
            check_target(str(file), model=keras_file)


def test_rounded_weights_are_said_to_be_rounded(exported: Exported, keras: Any) -> None:
    import tensorflow as tf

    keras_file, file = exported(wide, "litert", optimizations=(tf.lite.Optimize.DEFAULT,))
    report = check_target(str(file), model=keras_file)
    assert report.problems == []
    assert "rounded to uint8" in report.findings[-1].detail
