"""Train on 2 to 4 replicas (logical CPU devices) and on one device; print as JSON how
much the results differ.

This is a script because TensorFlow accepts logical devices only before it starts.
"""

import functools
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from pipeline.records import EpochResult
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.compiled_epoch import DeviceRun
from pipeline.training.epochs import TrainingData
from pipeline.training.replicas import ReplicaRun
from tests.support.training import split

# 470 = 14 · 32 + 22: the last batch is smaller
SEED, IMAGES, HELD, BATCH, EPOCHS = (
    3,
    470,
    30,
    32,
    4,
)

tf = start_tensorflow("cpu")
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 4,
)

import keras  # noqa: E402


def some_data() -> TrainingData:
    random = np.random.default_rng(0)
    inputs = random.integers(0, 256, (IMAGES + HELD, 12), np.uint8)
    labels = (inputs @ random.normal(size=(12, 4))).argmax(axis=1).astype(np.int64)
    return split(
        inputs, labels, IMAGES, to_input=lambda batch: tf.cast(batch, tf.float32) / 255
    )


def make_model(optimizer: str, *, dropout: float = 0.0, decay: float = 0.0) -> Any:
    keras.utils.set_random_seed(SEED)
    regularizer = keras.regularizers.L2(decay) if decay else None
    layers = [keras.layers.Dense(8, "relu", kernel_regularizer=regularizer)]
    if dropout:
        layers.append(keras.layers.Dropout(dropout, seed=5))
    model = keras.Sequential(
        [keras.Input((12,)), *layers, keras.layers.Dense(4, activation="softmax")]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.05, 60)
    model.compile(
        optimizer={"sgd": keras.optimizers.SGD, "adam": keras.optimizers.Adam}[
            optimizer
        ](rate),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def shared(
    replicas: int, batch: int, **model: Any
) -> tuple[Any, Any, list[EpochResult]]:
    # Every strategy numbers its groups of devices from the same key, which breaks with
    # several in one process.
    tf.distribute.MirroredStrategy._collective_key_base += 100
    strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(replicas)])
    with strategy.scope():
        trained = make_model(**model)
    history: list[EpochResult] = []
    run = ReplicaRun(strategy, trained, some_data(), batch_size=batch)
    run.train(epochs=EPOCHS, seed=SEED, on_epoch=history.append)
    return strategy, trained, history


def compare(replicas: int, batch: int, **model: Any) -> dict[str, float]:
    alone, expected = make_model(**model), list[EpochResult]()
    run = DeviceRun(alone, some_data(), batch_size=batch, compiler="graph")
    run.train(epochs=EPOCHS, seed=SEED, on_epoch=expected.append)
    _, trained, history = shared(replicas, batch, **model)
    pairs = list(zip(history, expected, strict=True))
    numbers = (
        "loss",
        "accuracy",
        "validation_loss",
        "validation_accuracy",
        "learning_rate",
    )
    return {
        "weights": worst(trained.get_weights(), alone.get_weights()),
        "history": max(
            abs((getattr(a, name) or 0.0) - (getattr(b, name) or 0.0))
            for a, b in pairs
            for name in numbers
        ),
        "steps": (
            int(trained.optimizer.iterations.numpy())
            - int(alone.optimizer.iterations.numpy())
        ),
        "copies": copies_apart(trained),
    }


def worst(one: list[NDArray[Any]], other: list[NDArray[Any]]) -> float:
    return max(float(abs(a - b).max()) for a, b in zip(one, other, strict=True))


def copies_apart(model: Any) -> int:
    """How many of the weights' copies on other replicas differ from the first
    replica's.
    """
    copies = [
        [copy.numpy().tobytes() for copy in v.value.values]
        for v in model.trainable_variables
    ]
    return sum(
        a != b
        for first, *others in copies
        for other in others
        for a, b in zip(first, other, strict=True)
    )


def dropout_masks(strategy: Any, trained: Any) -> list[list[float]]:
    """The dropout mask of each of two replicas, after training."""
    dropout = trained.layers[1]
    draw = functools.partial(dropout, training=True)
    masks = tf.function(
        lambda: strategy.run(draw, args=(tf.ones((1, 64)),)), autograph=False
    )()
    return [mask.numpy()[0].tolist() for mask in masks.values]


def refusal() -> str:
    try:
        shared(4, 3, optimizer="sgd")
    except ConfigError as error:
        return str(error)
    return "none"


# the last batch has 2 images, so two replicas have none
report = {
    "sgd-4-32": compare(4, BATCH, optimizer="sgd"),
    "adam-4-4": compare(4, 4, optimizer="adam"),
    "decay": compare(3, BATCH, optimizer="sgd", decay=0.1),  # 32 = 11 + 11 + 10
}
strategy, with_dropout, _ = shared(2, BATCH, optimizer="adam", dropout=0.5)
masks = dropout_masks(strategy, with_dropout)
print(json.dumps({"apart": report, "masks": masks, "refusal": refusal()}))
