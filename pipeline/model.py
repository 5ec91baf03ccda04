"""Build and compile the network of a recipe."""

from typing import Any

from pipeline.config import ModelRecipe, Recipe


def build_model(recipe: Recipe, *, shape: tuple[int, ...], classes: int, steps: int) -> Any:
    """The recipe's network, compiled.

    Args:
        recipe: which network, and its optimizer.
        shape: of one input: (pixels,), or (height, width, 1) for a cnn.
        classes: number of labels.
        steps: all training steps, over which the learning rate falls.

    Returns:
        A `keras.Model` from float32 (N, *shape) to probabilities (N, classes).
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
    network.compile(
        optimizer=optimizer(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return network


def _hidden(model: ModelRecipe) -> list[Any]:
    """What comes before the last layer: nothing for the tutorial's softmax(AX + b)."""
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
