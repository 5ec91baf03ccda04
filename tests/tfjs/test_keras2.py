"""Model files of Keras 2: read as Keras 2 computed them, or refused with what helps."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import export_model
from pipeline.errors import ConfigError, ConversionError, DataError
from pipeline.tfjs.load_keras import load_keras_file

# its README says how they were made
KERAS2 = Path(__file__).parents[1] / "fixtures/keras2"
ANSWERS = json.loads((KERAS2 / "answers.json").read_text())
# float32: two ways of adding a few products up
TOLERANCE = 1e-6


def answers_differ_by(model: Any, name: str) -> float:
    shape = (2, *model.inputs[0].shape[1:])
    inputs = np.sin(np.arange(np.prod(shape), dtype=np.float32)).reshape(shape)
    differences = model.predict(inputs, verbose=0) - np.array(ANSWERS[name])
    return float(np.abs(differences).max())


@pytest.mark.parametrize(
    "name", ["lstm.h5", "lstm.keras", "nested.h5", "random.h5", "attention.h5"]
)
def test_a_file_of_keras_2_computes_what_keras_2_did(name: str) -> None:
    before = (KERAS2 / name).read_bytes()
    assert answers_differ_by(load_keras_file(KERAS2 / name), name) < TOLERANCE
    assert (KERAS2 / name).read_bytes() == before


def test_it_is_exported(tmp_path: Path) -> None:
    assert export_model(KERAS2 / "lstm.h5", tmp_path / "out").argmax_agreement == 1


def test_weights_of_a_model_that_keras_3_cannot_read_are_loaded_as_the_step_says(
    keras: Any,
) -> None:
    with pytest.raises(
        DataError, match=r"Keras 2.*call model\.load_weights"
    ) as refusal:
        load_keras_file(KERAS2 / "heads.h5")
    assert str(KERAS2 / "heads.h5") in str(refusal.value)
    x = keras.Input((5, 4))
    model = keras.Model(x, keras.layers.MultiHeadAttention(2, 2)(x, x))
    model.load_weights(KERAS2 / "heads.h5")
    assert answers_differ_by(model, "heads.h5") < TOLERANCE


def test_another_function_of_the_same_name_is_refused(keras: Any) -> None:
    with pytest.raises(
        ConversionError, match=r"Received: activation='hard_sigmoid' of the layer dense"
    ):
        load_keras_file(KERAS2 / "hard.h5")
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, activation="hard_sigmoid")]
    )
    model.load_weights(KERAS2 / "hard.h5")
    assert answers_differ_by(model, "hard.h5") > 0.01


def test_a_model_of_tf_keras_is_told_how_to_become_a_file(tmp_path: Path) -> None:
    class Sequential:  # tf_keras is none of our packages
        __module__ = "tf_keras.src.engine.sequential"

    with pytest.raises(
        ConfigError,
        match=r"tf_keras, which is Keras 2\. Next step: model\.save\('model\.h5'\)",
    ):
        export_model(Sequential(), tmp_path / "out")
