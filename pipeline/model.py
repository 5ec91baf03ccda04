"""Build and compile the network of a recipe."""

from typing import Any

from pipeline.config import Recipe


def build_model(recipe: Recipe, *, inputs: int, classes: int, steps: int) -> Any:
    """The tutorial's network, compiled: g(AX + b) with g = softmax.

    Args:
        recipe: which network, and its optimizer.
        inputs: pixels of an image, flattened.
        classes: number of labels.
        steps: all training steps, over which the learning rate falls.

    Returns:
        A `keras.Model` from float32 (N, inputs) to probabilities (N, classes).
    """
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((inputs,), name="pixels"), layers.Dense(classes, activation="softmax", name="scores")],
        name="softmax",
    )
    rate: Any = recipe.training.learning_rate
    if recipe.training.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model
