"""Refusals of `pipeline export` that no layer causes:

of files, models, samples and the proof. An example of each.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import PipelineError
from pipeline.exporting.export import export_model
from pipeline.tfjs.formats import kinds, proof
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import TABLE, Entry
from tests.support.chains import write_wrong
from tests.tfjs_cases.harness import randomise

# keras, a folder -> a model, or the path of a file in the folder
Make = Callable[[Any, Path], Any]


@dataclass(frozen=True)
class Refused:
    """One refusal: what is exported, with which options."""

    what: str
    make: Make
    options: Mapping[str, Any] = field(default_factory=dict)
    # whether the rule of Dense, or what writes the file, is wrong meanwhile
    slip: bool = False
    installed: bool = True  # whether the extra [formats] is, meanwhile


def _model(keras: Any, *layers: Any, shape: tuple[int, ...] = (4,)) -> Any:
    return randomise(
        keras.Sequential([keras.Input(shape, name="x"), *layers], name="m")
    )


def _dense(keras: Any, **options: Any) -> Any:
    return _model(keras, keras.layers.Dense(3, **{"name": "scores", **options}))


def _saved(model: Any, folder: Path) -> Path:
    model.save(folder / "m.keras")
    return folder / "m.keras"


def _written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def _weights_alone(keras: Any, folder: Path) -> Path:
    _dense(keras).save_weights(folder / "m.weights.h5")
    return folder / "m.weights.h5"


def _own_class(keras: Any, folder: Path) -> Path:
    class Twice(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return 2 * x

    return _saved(_model(keras, Twice(name="twice")), folder)


def _words_elsewhere(keras: Any, folder: Path) -> Path:
    model = _words(keras)
    model.layers[
        1
    ].input_vocabulary = "/srv/words.txt"  # as some releases of Keras save it
    return _saved(model, folder)


def _saved_model(keras: Any, folder: Path) -> Path:
    _dense(keras).export(folder / "saved", verbose=False)
    return _saved(
        _model(
            keras, keras.layers.TFSMLayer(str(folder / "saved"), call_endpoint="serve")
        ),
        folder,
    )


def _with_weight(keras: Any, value: float) -> Any:
    model = _dense(keras)
    model.layers[0].kernel.assign(np.full((4, 3), value, np.float32))
    return model


def _infinite(keras: Any) -> Any:
    x = keras.Input((4,), name="x")
    return keras.Model(x, keras.ops.log(x - 100.0), name="m")


def _complex(keras: Any) -> Any:
    inputs = keras.Input((4,), name="x")
    return keras.Model(inputs, keras.ops.polar(inputs, inputs), name="m")


def _words(keras: Any) -> Any:
    x = keras.Input((1,), dtype="string", name="words")
    return keras.Model(
        x,
        keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(x),
        name="m",
    )


def changed_words(keras: Any) -> Any:
    x = keras.Input((3,), dtype="string", name="words")
    first = keras.layers.Lambda(
        lambda x: x[:, :1], output_shape=(1,), dtype="string", name="first"
    )(x)
    return keras.Model(
        x,
        keras.layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(first),
        name="m",
    )


def _own_text(keras: Any) -> Any:
    x = keras.Input((1,), dtype="string", name="words")
    layer = keras.layers.TextVectorization(
        vocabulary=["a", "b"], standardize=len, name="text"
    )
    return keras.Model(x, layer(x), name="m")


def _words_out(keras: Any) -> Any:
    x = keras.Input((4,), name="x")
    index = keras.ops.argmax(keras.layers.Dense(3)(x), -1)
    return keras.Model(
        x,
        keras.layers.StringLookup(vocabulary=["a", "b"], invert=True, name="word")(
            index
        ),
        name="m",
    )


def _two_inputs(keras: Any) -> Any:
    class Two(keras.Model):  # type: ignore[misc]
        def call(self, a: Any, b: Any) -> Any:
            return a + b

    model = Two(name="m")
    model(np.ones((1, 2)), np.ones((1, 2)))
    return model


def _ids(keras: Any) -> Any:
    x = keras.Input((3,), dtype="int64", name="x")
    return keras.Model(x, keras.layers.Hashing(8, name="look")(x), name="m")


def _recurrent(keras: Any) -> Any:
    x = keras.Input((None, 2), name="x")
    return randomise(keras.Model(x, keras.layers.LSTM(3, name="memory")(x), name="m"))


REFUSED = (
    Refused("a file that is missing", lambda keras, folder: folder / "m.keras"),
    Refused("a file of another kind", lambda keras, folder: _written(folder, "m.onnx", b"ONNX")),
    Refused("a file that is no Keras model", lambda keras, folder: _written(folder, "m.keras", b"a model, said he")),
    Refused("a file that is cut off", lambda keras, folder: _written(folder, "m.keras",
        _saved(_dense(keras), folder).read_bytes()[:5000])),
    Refused("a file of weights alone", _weights_alone),
    Refused("a file with a Lambda layer", lambda keras, folder: _saved(_model(keras,
        keras.layers.Lambda(lambda x: 2 * x)), folder)),
    Refused("a file with a class of one's own", _own_class),
    Refused("a file with the path of a vocabulary", _words_elsewhere),
    Refused("a file with a model in another folder", _saved_model),
    Refused("a model that is not built", lambda keras, folder: keras.Sequential([keras.layers.Dense(3)], name="m")),
    Refused("words that are changed before they are looked up", lambda keras, folder: changed_words(keras)),
    Refused("a text that is taken apart in a way of one's own", lambda keras, folder: _own_text(keras)),
    Refused("a model that gives complex numbers", lambda keras, folder: _complex(keras)),
    Refused("a subclassed model with inputs of unknown shape", lambda keras, folder: _two_inputs(keras)),
    Refused("a weight that is NaN", lambda keras, folder: _with_weight(keras, float("nan"))),
    Refused("a weight too large for float16", lambda keras, folder: _with_weight(keras, 1e6),
        options={"dtype": "float16"}),
    Refused("samples of another shape", lambda keras, folder: _dense(keras),
        options={"samples": np.zeros((2, 5), "float32")}),
    Refused("an output without a finite value", lambda keras, folder: _infinite(keras)),
    Refused("a layers-model that differs (a planted mistake)",
        lambda keras, folder: _model(keras, keras.layers.Dense(5, name="hidden"),
        keras.layers.Dense(3, name="scores")), options={"format": "layers"}, slip=True),
    Refused("float64", lambda keras, folder: _dense(keras, dtype="float64"), options={"format": "layers"}),
    Refused("lower precision", lambda keras, folder: _dense(keras, dtype="mixed_float16")),
    Refused("quantized weights", lambda keras, folder: _dense(keras, dtype="int8_from_float32"),
        options={"precision": "float32"}),
    Refused("a format that there is not", lambda keras, folder: _dense(keras), options={"format": "coreml"}),
    Refused("ONNX where the extra is not installed", lambda keras, folder: _dense(keras), options={"format": "onnx"},
        installed=False),
    Refused("ONNX with rounded weights", lambda keras, folder: _dense(keras),
        options={"format": "onnx", "dtype": "uint8"}),
    Refused("ONNX: a model that takes words", lambda keras, folder: _words(keras), options={"format": "onnx"}),
    Refused("ONNX: a model that gives words", lambda keras, folder: _words_out(keras), options={"format": "onnx"}),
    Refused("ONNX: an operation that it does not have", lambda keras, folder: _ids(keras), options={"format": "onnx"}),
    Refused("LiteRT: an operation that it does not have",
        lambda keras, folder: _model(keras, keras.layers.MaxPooling3D(name="squeeze"),
        shape=(4, 4, 4, 1)), options={"format": "litert"}),
    Refused("LiteRT: sequences of any length", lambda keras, folder: _recurrent(keras), options={"format": "litert"}),
    Refused("an ONNX file that differs (a planted mistake)",
        lambda keras, folder: _model(keras, keras.layers.Dense(5, name="hidden"),
        keras.layers.Dense(3, name="scores")), options={"format": "onnx"}, slip=True),
)  # fmt: skip


def said(one: Refused, folder: Path) -> tuple[str, str, str]:
    """Return what is refused, in which words, and the next step.

    AssertionError if it is not.
    """
    import keras

    keras.backend.clear_session(free_memory=False)
    folder.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        if one.slip:
            plant_slip(patch)
            patch.setattr(proof, "write_file", write_wrong)
        if not one.installed:
            patch.setattr(kinds, "find_spec", lambda module: None)
        model = one.make(keras, folder)
        before = set(folder.iterdir())
        with pytest.raises(PipelineError) as refusal:
            export_model(model, folder / "out", **one.options)
    assert set(folder.iterdir()) == before
    message = str(refusal.value).replace(f"{folder}/", "")
    words, _, step = message.partition(" Next step: ")
    # The command is that of the environment, which differs from machine to machine.
    step = re.sub(r"`\S+ -m pip", "`python -m pip", step)
    return one.what, " ".join(words.split()), step


def plant_slip(patch: pytest.MonkeyPatch) -> None:
    """Let the rule of Dense add a wrong slope to the layer `hidden`."""
    key = ("Dense", "keras.src.layers")
    right = TABLE[key]

    def wrong(call: LayerCall) -> Any:
        y = right.rule(call)
        return (
            call.emit("LeakyReLU", y, {"alpha": 0.3}, part="slip")
            if call.layer.name == "hidden"
            else y
        )

    patch.setitem(TABLE, key, Entry(right.name, right.module, wrong, right.reads, ""))
