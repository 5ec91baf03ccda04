"""Inputs that are made up:

of sizes and ids that the model can take, or of the sizes of the user's samples.
"""

from typing import Any

import numpy as np
import pytest

from pipeline import ConversionError, export_model
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import predict
from tests.tfjs_cases.harness import randomise


def sizes(model: Any, **options: Any) -> list[tuple[int, ...]]:
    return [
        next(iter(values.values())).shape[1:]
        for values in random_inputs(model, **options)
    ]


def u_net(keras: Any) -> Any:
    x = y = keras.Input((None, None, 2))
    skipped = []
    for _ in range(4):
        y = keras.layers.Conv2D(2, 3, padding="same", activation="relu")(y)
        skipped.append(y)
        y = keras.layers.MaxPooling2D()(y)
    for before in reversed(skipped):
        y = keras.layers.Concatenate()([keras.layers.UpSampling2D()(y), before])
    return keras.Model(x, keras.layers.Conv2D(2, 1)(y))


def positions(keras: Any, length: int | None, dtype: str) -> Any:
    """Words of a vocabulary of 5 and a table of 4 positions, in a layer of the user's
    own.
    """

    class Positions(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.words, self.places = (
                keras.layers.Embedding(5, 3),
                keras.layers.Embedding(4, 3),
            )

        def build(self, shape: Any) -> None:
            self.words.build(shape)
            self.places.build(shape)

        def call(self, x: Any) -> Any:
            return self.words(x) + self.places(keras.ops.arange(keras.ops.shape(x)[-1]))

        def compute_output_shape(self, shape: Any) -> Any:
            return (*shape, 3)

    x = keras.Input((length,), dtype=dtype)
    return keras.Model(x, keras.layers.Dense(2)(Positions()(x)))


def test_sides_that_a_network_cannot_halve_are_left_out(
    keras: Any, tmp_path: Any
) -> None:
    model = randomise(u_net(keras))
    assert sizes(model) == [(48, 48, 2), (64, 96, 2)]
    report = export_model(model, tmp_path / "out", format="layers")
    assert {check.expected_shape for check in report.outputs} == {
        (3, 48, 48, 2),
        (3, 64, 96, 2),
    }


def test_lengths_that_leave_nothing_are_left_out(keras: Any, tmp_path: Any) -> None:
    layers = [
        keras.layers.Conv1D(4, 7),
        keras.layers.MaxPooling1D(3),
        keras.layers.Conv1D(4, 4),
    ]
    model = keras.Sequential(
        [keras.Input((None, 2)), *layers, keras.layers.GlobalMaxPooling1D()]
    )
    assert sizes(model) == [(32, 2), (64, 2)]
    export_model(model, tmp_path / "out", format="layers")


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_ids_are_in_the_vocabulary_of_a_layer_inside(keras: Any, dtype: str) -> None:
    model = positions(keras, 4, dtype)
    (values,) = random_inputs(model)
    (ids,) = values.values()
    assert ids.dtype == dtype
    assert ids.max() <= 4
    assert predict(model, values)[0].shape == (3, 4, 2)


def test_a_length_is_not_longer_than_the_table_of_positions(keras: Any) -> None:
    assert sizes(positions(keras, None, "int32")) == [(4,), (3,)]


def test_the_sizes_of_samples_come_first(keras: Any) -> None:
    model = keras.Sequential([keras.Input((None, 2)), keras.layers.Dense(3)])
    assert sizes(
        model,
        like=[{model.inputs[0]._keras_history.operation.name: np.zeros((9, 7, 2))}],
    ) == [(7, 2), (5, 2)]


def test_where_nothing_fits_the_refusal_has_the_reason_of_keras(
    keras: Any, tmp_path: Any
) -> None:
    class Seventeen(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            if x.shape[1] != 17:
                raise ValueError("Only sequences of 17 steps are taken.")
            return x

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    x = keras.Input((None, 2))
    model = keras.Model(x, Seventeen()(keras.layers.Dense(2)(x)))
    with pytest.raises(
        ConversionError,
        match=r"Received: Only sequences of 17 steps are taken\. Next step.*--samples",
    ):
        export_model(model, tmp_path / "out")
    assert sizes(
        model,
        like=[{model.inputs[0]._keras_history.operation.name: np.zeros((9, 17, 2))}],
    ) == [(17, 2)]


def _prepared(keras: Any, kind: str) -> Any:
    x = keras.Input((8, 8, 3), dtype="uint8" if kind == "uint8" else "float32")
    preprocess_input = keras.applications.imagenet_utils.preprocess_input
    prepare = {
        "resizing": keras.layers.Resizing(4, 4),
        "flip": keras.Sequential(
            [keras.layers.RandomFlip(), keras.layers.RandomRotation(0.1)]
        ),
        "augmented to 1": keras.layers.RandomBrightness(0.1, value_range=(0, 1)),
        "rescaling": keras.layers.Rescaling(1 / 127.5, -1.0),
        "uint8": keras.layers.Rescaling(1 / 255),
        **{
            mode: lambda x, mode=mode: preprocess_input(x, mode=mode)
            for mode in ("caffe", "tf", "torch")
        },
        "none": keras.layers.Conv2D(2, 3),
    }[kind]
    return keras.Model(x, keras.layers.Conv2D(2, 3)(prepare(x)))


@pytest.mark.parametrize(
    "kind", ["resizing", "flip", "rescaling", "uint8", "caffe", "tf", "torch"]
)
def test_photos_behind_their_preparation_have_pixels_up_to_255(
    keras: Any, kind: str
) -> None:
    (values,) = (
        next(iter(one.values())) for one in random_inputs(_prepared(keras, kind))
    )
    assert 0 <= values.min() < 10
    assert 245 < values.max() <= 255
    assert values.dtype == (np.int32 if kind == "uint8" else np.float32)


@pytest.mark.parametrize(
    ("kind", "limits"), [("augmented to 1", (0, 1)), ("none", (-9, 9))]
)
def test_other_images_have_the_range_of_their_layers(
    keras: Any, kind: str, limits: tuple[int, int]
) -> None:
    (values,) = (
        next(iter(one.values())) for one in random_inputs(_prepared(keras, kind))
    )
    assert limits[0] <= values.min() < values.max() <= limits[1]


def _outputs_of(keras: Any, function: Any) -> Any:
    x = keras.Input((4,), name="x")
    return keras.Model(x, function(x), name="m")


def test_an_output_that_hardly_changes_is_told(keras: Any, tmp_path: Any) -> None:
    report = export_model(
        _outputs_of(keras, lambda x: [x * 1e-17, x * 1e-18]), tmp_path / "out"
    )
    assert str(report).count("hardly varies over 3 samples") == 2  # for each output
    assert "argmax agreement 100.00% of 3 samples" in str(report)


def test_an_output_that_is_saturated_is_compared_where_it_is_not(
    keras: Any, tmp_path: Any
) -> None:
    model = _outputs_of(keras, lambda x: keras.ops.sigmoid(3000.0 * abs(x)))
    report = export_model(model, tmp_path / "out")
    assert report.samples > 3
