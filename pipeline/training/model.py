"""Build and compile the network of a recipe, and load it once it is trained."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import ModelRecipe, Recipe
from pipeline.errors import DataError


def build_model(recipe: Recipe, *, shape: tuple[int, ...], classes: int, steps: int) -> Any:
    """The recipe's network, compiled: a `keras.Model` from float32 (N, *shape) to probabilities (N, classes).

    `shape` is (pixels,), or (height, width, 1) for a cnn; the learning rate decays over the number of training `steps`.
    """
    import keras

    network = keras.Sequential(
        [
            keras.Input(shape, name="pixels"),
            *_hidden(recipe.model),
            keras.layers.Dense(
                classes, activation="softmax", kernel_initializer=recipe.model.kernel_initializer, name="scores"
            ),
        ],
        name=recipe.model.kind,
    )
    training = recipe.training
    rate: Any = training.learning_rate
    if training.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[training.optimizer]
    _compile(network, optimizer(rate), cross_entropy)
    return network


def cross_entropy(labels: Any, probabilities: Any) -> Any:
    """Keras' sparse categorical cross-entropy, (N,), of labels (N,) and probabilities (N, classes).

    Keras gathers each label's probability by its index. The gradient of that is a scatter, which XLA computes one image
    after the other while runs must be reproducible. A product with one-hot labels gives the same numbers.
    """
    from keras import losses, ops

    labels = ops.reshape(ops.cast(labels, "int32"), (-1,))
    return losses.categorical_crossentropy(ops.one_hot(labels, probabilities.shape[-1]), probabilities)


def use_keras_loss(model: Any) -> None:
    """Compile a trained model with Keras' own loss, so that its file does not need our code; the optimizer stays."""
    import keras

    _compile(model, model.optimizer, keras.losses.SparseCategoricalCrossentropy())


def weights_digest(weights: Sequence[NDArray[Any]]) -> str:
    """SHA-256 of the weights in order, as little-endian float32."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
    return digest.hexdigest()


def load_trained(path: Path, digest: str) -> Any:
    """The `keras.Model` in a file, whose weights must have this `weights_digest`; DataError if they have another."""
    import keras

    model = keras.saving.load_model(path, safe_mode=True)
    found = weights_digest(model.get_weights())
    if found != digest:
        raise DataError(
            f"{path} must hold the weights that were trained and measured. Received: weights with SHA-256 {found}, "
            f"expected {digest}. Nothing was exported or published. Run it again with --force."
        )
    return model


def _compile(model: Any, optimizer: Any, loss: Any) -> None:
    import keras

    metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    model.compile(optimizer=optimizer, loss=loss, metrics=metrics)


def _hidden(model: ModelRecipe) -> list[Any]:
    """The layers before the last one: none for the tutorial's softmax(AX + b)."""
    from keras import layers

    if model.kind == "softmax":
        return []
    if model.kind == "mlp":
        hidden = [layers.Dense(model.units, activation="relu", name="hidden")]
    else:
        hidden = [
            layers.Conv2D(model.filters, 3, activation="relu", name="strokes"),
            layers.MaxPooling2D(name="strokes_pooled"),
            layers.Conv2D(2 * model.filters, 3, activation="relu", name="shapes"),
            layers.MaxPooling2D(name="shapes_pooled"),
            layers.Flatten(name="features"),
        ]
    return [*hidden, *([layers.Dropout(model.dropout, name="dropout")] if model.dropout else [])]
