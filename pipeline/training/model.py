"""Build and compile the network of a recipe, and load it once it is trained."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError, DataError
from pipeline.recipes.fields import ModelRecipe
from pipeline.recipes.reading import Recipe
from pipeline.records import Dataset

SMALLEST_SIDE = 6  # pixels, of which a cnn's convolutions and two poolings leave one
# 200 MB for every visitor; training with Adam takes four times that
MOST_PARAMETERS = 50_000_000
# that the first convolution computes for a batch: 256 MB, which training takes some
# times
MOST_VALUES = 2**26


def require_fitting(recipe: Recipe, dataset: Dataset) -> None:
    """Refuse a network that the images are too small for, or that is too large to
    train, and colors; ConfigError.
    """
    if dataset.channels != 1:
        raise ConfigError(
            "The networks of recipes take grey images. Received: images in color."
            " Convert them to grey (for a folder leave out data.color), or train a"
            " network of your own and pass it with --model."
        )
    preprocess = recipe.preprocess
    if (preprocess.mean, preprocess.deviation) != (0, 1):
        raise ConfigError(
            "preprocess.mean and preprocess.deviation are for a model of your own."
            f" Received: {preprocess.mean:g} and {preprocess.deviation:g}, without"
            " --model. Leave them out; use scale."
        )
    model, height, width = recipe.model, dataset.image_height, dataset.image_width
    size, classes = f"{width} × {height}", len(dataset.labels)
    inputs, parameters, advice = (
        height * width,
        0,
        "Use smaller images or fewer classes",
    )
    if model.kind == "styles":
        ways = model.styles * classes
        inputs, parameters, advice = ways, (inputs + 1) * ways, "Lower model.styles"
    elif model.kind == "mlp":
        inputs, parameters, advice = (
            model.units,
            (inputs + 1) * model.units,
            "Lower model.units",
        )
    elif model.kind == "cnn":
        if min(height, width) < SMALLEST_SIDE:
            raise ConfigError(
                f'model.kind = "cnn" needs images of {SMALLEST_SIDE} × {SMALLEST_SIDE}'
                f" pixels or more. Received: {size}. Use another recipe, such as mlp,"
                " or larger images."
            )
        values = recipe.training.batch_size * model.filters * (height - 2) * (width - 2)
        if values > MOST_VALUES:
            raise ConfigError(
                f"training.batch_size × model.filters must give at most {MOST_VALUES:,}"
                f" values in the first convolution. Received: {values:,} for images of"
                f" {size}. Lower one of them."
            )
        rows, columns = ((side - 2) // 2 // 2 for side in (height, width))
        inputs, advice = rows * columns * 2 * model.filters, "Lower model.filters"
        parameters = (
            10 * model.filters + (9 * 3 * model.filters + 2) * 2 * model.filters
        )
    parameters += (inputs + 1) * classes
    if parameters > MOST_PARAMETERS:
        raise ConfigError(
            f"The model must have at most {MOST_PARAMETERS:,} parameters. Received:"
            f" {parameters:,} for images of {size} and {classes:,} classes. {advice}."
        )


def build_model(
    recipe: Recipe, *, shape: tuple[int, ...], classes: int, steps: int
) -> Any:
    """The recipe's network, compiled: a `keras.Model` from float32 (N, *shape) to
    probabilities (N, classes).

    `shape` is (pixels,), or (height, width, 1) for a cnn; the learning rate decays over
    the number of training `steps`.
    """
    import keras

    model, units = (
        recipe.model,
        classes * (recipe.model.styles if recipe.model.kind == "styles" else 1),
    )
    initial = model.kernel_initializer
    scores = keras.layers.Dense(
        units, activation="softmax", kernel_initializer=initial, name="scores"
    )
    network = keras.Sequential(
        [keras.Input(shape, name="pixels"), *_hidden(model), scores], name=model.kind
    )
    if units > classes:
        # Ways of writing one class are next to one another. Their probabilities add up,
        # by weights that stay 1.
        total = keras.layers.Dense(classes, trainable=False, name="sum")
        network.add(total)
        total.set_weights(
            [
                np.repeat(np.eye(classes, dtype=np.float32), model.styles, axis=0),
                np.zeros(classes),
            ]
        )
    training = recipe.training
    rate: Any = training.learning_rate
    if training.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    optimizer = {"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[
        training.optimizer
    ]
    _compile(network, optimizer(rate))
    return network


def forget_optimizer(model: Any) -> None:
    """Compile a trained model with plain SGD.

    Adam's averages would triple the size of the file, and after training to the end of
    a schedule nobody needs them.
    """
    import keras

    _compile(model, keras.optimizers.SGD())


def weights_digest(weights: Sequence[NDArray[Any]]) -> str:
    """SHA-256 of the weights in order, as little-endian float32."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
    return digest.hexdigest()


def load_trained(path: Path, digest: str) -> Any:
    """The `keras.Model` in a file, whose weights must have this `weights_digest`;
    DataError if they have another.
    """
    import keras

    model = keras.saving.load_model(path, safe_mode=True)
    found = weights_digest(model.get_weights())
    if found != digest:
        raise DataError(
            f"{path} must hold the weights that were trained and measured. Received:"
            f" weights with SHA-256 {found}, expected {digest}. Nothing was exported or"
            " published. Run it again with --force."
        )
    return model


def _compile(model: Any, optimizer: Any) -> None:
    import keras

    metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=metrics,
    )


def _hidden(model: ModelRecipe) -> list[Any]:
    """The layers before the scores: none for the tutorial's softmax(AX + b)."""
    from keras import layers

    if model.kind in ("softmax", "styles"):
        return []
    if model.kind == "mlp":
        hidden = [layers.Dense(model.units, activation="relu", name="hidden")]
    else:
        hidden = [
            layers.Conv2D(model.filters, 3, activation="relu", name="strokes"),
            layers.MaxPooling2D(name="strokes_pooled"),
            layers.Conv2D(
                2 * model.filters, 3, padding="same", activation="relu", name="corners"
            ),
            layers.MaxPooling2D(name="corners_pooled"),
            layers.Conv2D(
                2 * model.filters, 3, padding="same", activation="relu", name="shapes"
            ),
            layers.Flatten(name="features"),
        ]
    return [
        *hidden,
        *([layers.Dropout(model.dropout, name="dropout")] if model.dropout else []),
    ]
