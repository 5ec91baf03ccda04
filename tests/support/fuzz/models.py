"""Damaged input of `pipeline export`: model files, steps and samples."""

import functools
import json
import random
import shutil
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from pipeline.exporting.image_metadata import image_size, preprocess_steps
from pipeline.tfjs.parity.user_samples import read_samples
from tests.support.fuzz.mutations import (
    as_json,
    changed,
    damage_file,
    damage_json,
    damaged,
    write_zip,
)


@functools.cache
def _models() -> list[Path]:
    """Some models that Keras saved:

    dense, convolution with normalization, recurrent, and one inside another.
    """
    import keras

    keras.utils.set_random_seed(1)
    layers, folder = keras.layers, Path(tempfile.mkdtemp(prefix="fuzz-models-"))
    convolution = [
        layers.Conv2D(2, 3),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.Flatten(),
    ]
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    models = [
        keras.Sequential(
            [keras.Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)]
        ),
        keras.Sequential(
            [
                keras.Input((8, 8, 1)),
                *convolution,
                layers.Dense(2, activation="softmax"),
            ]
        ),
        keras.Sequential(
            [keras.Input((5,)), layers.Embedding(9, 4), layers.LSTM(3), layers.Dense(2)]
        ),
        keras.Sequential(
            [keras.Input((4,)), inner, layers.Dropout(0.5), layers.Dense(2)]
        ),
    ]
    for number, model in enumerate(models):
        model.save(folder / f"{number}.keras")
        model.save(folder / f"{number}.h5")
    return sorted(folder.iterdir())


def _saved(rng: random.Random) -> tuple[Path, dict[str, bytes]]:
    """One of the .keras files, and its members."""
    source = rng.choice([path for path in _models() if path.suffix == ".keras"])
    with zipfile.ZipFile(source) as archive:
        return source, {name: archive.read(name) for name in archive.namelist()}


def make_keras(rng: random.Random, folder: Path) -> None:
    (source, members), path = _saved(rng), folder / "m.keras"
    part = rng.choice(
        (
            "config.json",
            "config.json",
            "config.json",
            "metadata.json",
            "model.weights.h5",
            "",
        )
    )
    if not part:
        shutil.copy(source, path)
        damage_file(rng, path)
        return
    if part.endswith(".json") and rng.random() < 0.8:
        members[part] = as_json(changed(rng, json.loads(members[part])))
    else:
        members[part] = damaged(rng, members[part])
    write_zip(path, members, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def make_export(rng: random.Random, folder: Path) -> None:
    """A model whose config differs in values alone, which Keras often takes."""
    _, members = _saved(rng)
    config = as_json(changed(rng, json.loads(members["config.json"])))
    write_zip(folder / "m.keras", members | {"config.json": config})


def use_export(folder: Path) -> None:
    from pipeline.exporting.export import export_model

    export_model(folder / "m.keras", folder / "out")


def make_h5(rng: random.Random, folder: Path) -> None:
    import h5py

    path = folder / "m.h5"
    shutil.copy(rng.choice([path for path in _models() if path.suffix == ".h5"]), path)
    if rng.random() < 0.4:
        with h5py.File(path, "a") as archive:
            config = json.loads(archive.attrs["model_config"])
            archive.attrs["model_config"] = as_json(changed(rng, config)).replace(
                b"\0", b""
            )
    else:
        damage_file(rng, path)


def use_model(folder: Path) -> None:
    from pipeline.tfjs.keras_model import check_built
    from pipeline.tfjs.load_keras import load_keras_file
    from pipeline.tfjs.subclassed import as_functional

    model = load_keras_file(next(folder.glob("m.*")))
    check_built(model)
    with as_functional(model):
        pass


_STEPS = {
    "drawing": [{"step": "ink"}, {"step": "fit", "box": 60}, {"step": "stroke", "width": 0.1, "thinning": 0.7},
        {"step": "fit", "box": 20}, {"step": "center", "height": 28, "width": 28}],
    "image": [{"step": "align", "height": 0.2, "width": 0.15, "limit": 1.6}, {"step": "normalize", "mean": [0.5],
        "deviation": 0.5}, {"step": "flatten"}],
}  # fmt: skip


def make_preprocess(rng: random.Random, folder: Path) -> None:
    path = folder / "steps.json"
    path.write_text(json.dumps(rng.choice((_STEPS, {"preprocess": _STEPS}))))
    damage_json(rng, path)


def use_preprocess(folder: Path) -> None:
    image_size(_stub((None, 784)), preprocess_steps(folder / "steps.json"))


def _stub(*shapes: tuple[int | None, ...]) -> Any:
    """The part of a model that reading steps and samples needs."""
    inputs = [
        SimpleNamespace(
            shape=shape,
            dtype="float32",
            _keras_history=SimpleNamespace(
                operation=SimpleNamespace(name=f"input_{i}")
            ),
        )
        for i, shape in enumerate(shapes)
    ]
    return SimpleNamespace(inputs=inputs)


def make_samples(rng: random.Random, folder: Path) -> None:
    values = (
        np.random.default_rng(0)
        .normal(size=(9, 6))
        .astype(rng.choice(("float32", "float64", ">f4", "int16")))
    )
    path = folder / rng.choice(("s.npy", "s.npz"))
    if path.suffix == ".npy":
        np.save(path, values)
    else:
        np.savez_compressed(path, input_0=values, other=np.array(["a"]))
    damage_file(rng, path)


def use_samples(folder: Path) -> None:
    read_samples(_stub((None, 6)), next(folder.iterdir()))
