"""`pipeline check` of ONNX and LiteRT files as Keras itself writes them, with the model that they were made from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.checking.check import check_target
from pipeline.errors import ConfigError
from tests.support.chains import chain
from tests.support.checked import problems
from tests.support.hosts import hostile

FORMATS = {"onnx": "model.onnx", "litert": "model.tflite"}


def forked(keras: Any) -> Any:
    """Two inputs and two outputs of the same shape; the files do not tell the outputs apart by name."""
    layers = keras.layers
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    minus = layers.Subtract(name="minus")([layers.Dense(4, name="a")(left), layers.Dense(4, name="b")(right)])
    return keras.Model([left, right], [layers.Dense(2, name="one")(minus), layers.Dense(2, name="two")(minus)])


def written(model: Any, folder: Path, name: str, **options: Any) -> tuple[Path, Path]:
    """The Keras file, and the file that Keras exports."""
    from keras.src.export.export_utils import get_input_signature

    keras_file, file = folder / "model.keras", folder / FORMATS[name]
    model.save(keras_file)
    signature = get_input_signature(model)
    model.export(file, format=name, verbose=False, input_signature=signature, **options)
    return keras_file, file


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("name", FORMATS)
class TestFiles:
    @pytest.mark.parametrize("build", [chain, forked])
    def test_a_right_file_passes(self, name: str, build: Callable[[Any], Any], tmp_path: Path, keras: Any) -> None:
        keras_file, file = written(build(keras), tmp_path, name)
        report = check_target(str(file), model=keras_file)
        assert report.problems == []
        assert report.kind == "plain"
        [answers] = [one.detail for one in report.findings if one.check == "answers"]
        assert "of Keras" in answers

    def test_the_first_layer_with_other_weights_is_named(self, name: str, tmp_path: Path, keras: Any) -> None:
        model = chain(keras)
        keras_file, file = written(model, tmp_path, name)
        hidden = model.get_layer("hidden")
        hidden.set_weights([np.asarray(hidden.kernel) + 0.5, hidden.bias])
        model.save(keras_file)
        [found] = problems(file, model=keras_file)
        assert "computes something else in" in found
        assert "the first layer that differs is hidden (Dense)" in found

    def test_an_output_of_another_scale_is_found(self, name: str, tmp_path: Path, keras: Any) -> None:
        model = forked(keras)
        keras_file, file = written(model, tmp_path, name)
        two = model.get_layer("two")
        two.set_weights([np.asarray(two.kernel) * 1.01, two.bias])
        model.save(keras_file)
        assert "differs by" in " ".join(problems(file, model=keras_file))

    def test_a_fixed_batch_is_kept_to(self, name: str, tmp_path: Path, keras: Any) -> None:
        taken = keras.Input(batch_shape=(2, 4), name="two")
        model = keras.Model(taken, keras.layers.Dense(3)(taken))
        keras_file, file = written(model, tmp_path, name)
        assert problems(file, model=keras_file) == []

    def test_an_address_is_checked_too(self, name: str, tmp_path: Path, keras: Any) -> None:
        keras_file, file = written(chain(keras), tmp_path, name)
        with hostile(tmp_path, lambda _: False) as address:
            assert check_target(f"{address}{file.name}", model=keras_file).problems == []
            missing = check_target(f"{address}no{file.name}", model=keras_file)
        assert [problem for _, problem in missing.problems] == ["is missing (the host answers 404)"]

    def test_what_cannot_be_compared_is_said(self, name: str, tmp_path: Path, keras: Any) -> None:
        keras_file, file = written(chain(keras), tmp_path, name)
        with pytest.raises(ConfigError, match="--model FILE"):
            check_target(str(file))
        other = tmp_path / "other.keras"
        forked(keras).save(other)
        assert "takes inputs of the shapes " in " ".join(problems(file, model=other))
        larger = tmp_path / "larger.keras"
        keras.Sequential([keras.Input((5, 7, 3)), keras.layers.Flatten()]).save(larger)
        assert "but the Keras model (any, 5, 7, 3)" in " ".join(problems(file, model=larger))
        content = file.read_bytes()
        for damaged in (content[: len(content) // 2], b"", b"\x00" * 500, content[:40] + b"\xff" * 60 + content[100:]):
            file.write_bytes(damaged)
            assert problems(file, model=keras_file), damaged[:20]

    def test_the_extra_is_named_where_it_is_missing(
        self, name: str, tmp_path: Path, keras: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keras_file, file = written(chain(keras), tmp_path, name)
        monkeypatch.setattr("pipeline.tfjs.formats.kinds.find_spec", lambda module: None)
        with pytest.raises(ConfigError, match=r"pip install 'keras-web-pipeline\[formats\]'"):
            check_target(str(file), model=keras_file)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning", "ignore::DeprecationWarning")
def test_rounded_weights_are_said_to_be_rounded(tmp_path: Path, keras: Any) -> None:
    import tensorflow as tf

    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(128, name="big"), keras.layers.Dense(3)])
    keras_file, file = written(model, tmp_path, "litert", optimizations=[tf.lite.Optimize.DEFAULT])
    report = check_target(str(file), model=keras_file)
    assert report.problems == []
    assert "rounded to uint8" in report.findings[-1].detail
