"""`pipeline check` of a model.json that any converter wrote, with the Keras model that it was made from."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.checking.check import check_target
from pipeline.errors import ConfigError
from pipeline.tfjs.export import export_model
from pipeline.tfjs.graph_model.converter import import_converter
from tests.support.chains import chain, forked
from tests.support.checked import problems
from tests.support.hosts import hostile


def saved(model: Any, folder: Path, format: str, dtype: str = "float32") -> tuple[Path, Path]:  # noqa: A002
    """The Keras file, and the folder of its export without a manifest."""
    model.save(folder / "model.keras")
    export_model(model, folder / "web", format=format, dtype=dtype)  # type: ignore[arg-type]
    (folder / "web" / "manifest.json").unlink()
    return folder / "model.keras", folder / "web"


def official(model: Any, folder: Path) -> tuple[Path, Path]:
    """The same, by TensorFlow.js' own converter."""
    import_converter()
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as converter

    model.save(folder / "model.keras")
    model.export(folder / "saved", verbose=False)
    converter.convert_tf_saved_model(str(folder / "saved"), str(folder / "web"))
    return folder / "model.keras", folder / "web"


WRITERS: dict[str, Callable[[Any, Path], tuple[Path, Path]]] = {
    "layers": lambda model, folder: saved(model, folder, "layers"),
    "graph": lambda model, folder: saved(model, folder, "graph"),
    "official": official,
}


@pytest.mark.parametrize("build", [chain, forked])
@pytest.mark.parametrize("writer", WRITERS)
def test_a_right_export_passes(writer: str, build: Callable[[Any], Any], tmp_path: Path, keras: Any) -> None:
    file, folder = WRITERS[writer](build(keras), tmp_path)
    report = check_target(str(folder), model=file)
    assert report.problems == []
    assert report.kind == "plain"
    [answers] = [one.detail for one in report.findings if one.check == "answers"]
    assert "of Keras" in answers


def test_rounded_weights_are_said_to_be_rounded(tmp_path: Path, keras: Any) -> None:
    file, folder = saved(chain(keras), tmp_path, "layers", "uint8")
    report = check_target(str(folder), model=file)
    assert report.problems == []
    assert "rounded to uint8" in report.findings[-1].detail


def test_a_fixed_batch_is_kept_to(tmp_path: Path, keras: Any) -> None:
    taken = keras.Input(batch_shape=(2, 4), name="two")
    file, folder = saved(keras.Model(taken, keras.layers.Dense(3)(taken)), tmp_path, "layers")
    assert problems(folder, model=file) == []


def test_an_address_is_checked_too(tmp_path: Path, keras: Any) -> None:
    file, _ = saved(chain(keras), tmp_path, "layers")
    with hostile(tmp_path, lambda _: False) as address:
        for target in (f"{address}web/model.json", f"{address}web/"):
            assert check_target(target, model=file).problems == []


def test_it_says_if_nothing_can_be_compared(tmp_path: Path, keras: Any) -> None:
    file, folder = saved(chain(keras), tmp_path, "layers")
    with pytest.raises(ConfigError, match="--model FILE"):
        check_target(str(folder))
    other = tmp_path / "other.keras"
    forked(keras).save(other)
    [found] = problems(folder, model=other)
    assert "takes inputs of the shapes (any, 8, 8, 1), but the Keras model (any, 4), (any, 4)" in found
    shard = next(folder.glob("*.bin"))
    shard.write_bytes(shard.read_bytes()[:-4])
    assert "its files have" in " ".join(problems(folder, model=file))
    shard.unlink()
    assert "is missing" in " ".join(problems(folder, model=file))
    document = json.loads((folder / "model.json").read_bytes())
    for wrong in ({}, {"modelTopology": 3}, {**document, "weightsManifest": [{"paths": ["../x"], "weights": []}]}):
        (folder / "model.json").write_text(json.dumps(wrong))
        assert " ".join(problems(folder, model=file))


def test_an_output_that_only_differs_by_its_scale_is_found(tmp_path: Path, keras: Any) -> None:
    model = forked(keras)
    file, folder = saved(model, tmp_path, "graph")
    two = model.get_layer("two")
    two.set_weights([np.asarray(two.kernel) * 1.01, two.bias])
    model.save(file)
    assert "output 'two' differs by" in " ".join(problems(folder, model=file))
