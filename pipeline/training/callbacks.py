"""Keras' callbacks around the compiled epochs: which can be used, and the list that `train_epochs` calls.

A callback is called as by `fit`, except for its batch hooks: an epoch is one program, which does not return to Python
after a batch. A callback that needs them is refused. TensorBoard, ModelCheckpoint and the loggers of MLflow and
Weights & Biases have such hooks, which do nothing unless they are told to: IDLE says when.
"""

import dataclasses
import importlib.util
from collections.abc import Callable
from typing import Any

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.system.progress import Progress
from pipeline.training.checkpoint import TrainingState
from pipeline.training.epochs import EpochProgram
from pipeline.training.model import weights_digest

BATCH_HOOKS = (
    "on_batch_begin",
    "on_batch_end",
    *(f"on_{kind}_batch_{edge}" for kind in ("train", "test", "predict") for edge in ("begin", "end")),
)
# Package and class that define batch hooks → whether those of an instance do nothing.
IDLE: dict[tuple[str, str], Callable[[Any], bool]] = {
    ("keras", "TensorBoard"): lambda callback: (
        callback.update_freq == "epoch" and not callback._should_trace and not callback.write_steps_per_second
    ),
    ("keras", "ModelCheckpoint"): lambda callback: callback.save_freq == "epoch",
    ("mlflow", "MlflowCallback"): lambda callback: callback.log_every_n_steps is None,
    ("wandb", "WandbMetricsLogger"): lambda callback: not callback.logging_batch_wise,
}


def require_usable_callbacks(config: Config) -> None:
    """Refuse callbacks that cannot work, before anything is computed; ConfigError."""
    if not config.callbacks and config.tensorboard is None:
        return
    if config.distribute != "none":
        raise ConfigError(
            "Callbacks and TensorBoard need training on one device: they act on one copy of the model, and several "
            f"must stay alike. Received: --distribute {config.distribute}. Leave one of them out."
        )
    if config.tensorboard is not None and importlib.util.find_spec("tensorboard") is None:
        raise ConfigError(
            "--tensorboard needs the package tensorboard. Received: it is not installed. Run `pip install tensorboard`."
        )
    for callback in config.callbacks:
        _require_usable(callback, config.recipe.training.schedule)


def callback_list(config: Config, model: Any, *, steps: int) -> Any:
    """The `keras.callbacks.CallbackList` of a training run, of `steps` batches an epoch; often it is empty."""
    import keras
    import tensorflow as tf

    callbacks = list(config.callbacks)
    if config.tensorboard is not None:
        callbacks.append(keras.callbacks.TensorBoard(str(config.tensorboard)))
    if callbacks:  # what is monitored must be known to the model, which has not measured anything itself yet
        model.compute_metrics(None, tf.zeros(1, tf.int64), model(tf.zeros((1, *model.input_shape[1:]))))
        model.reset_metrics()
    return keras.callbacks.CallbackList(
        callbacks, add_history=True, model=model, epochs=config.recipe.training.epochs, steps=steps, verbose=0
    )


def follow_callbacks(state: TrainingState, program: EpochProgram, digests: list[str], progress: Progress) -> None:
    """Let the history end with the weights that callbacks left; `digests` are those after each epoch.

    EarlyStopping puts back the weights of its best epoch: the history ends with that. Any others are measured.
    """
    digest = weights_digest(program.model.get_weights())
    if digest == digests[-1]:
        return
    if digest in digests:
        kept = digests.index(digest) + 1
        del state.history[kept:], state.snapshots[kept:]
        progress(f"a callback put back the weights of epoch {state.history[-1].epoch}")
        return
    loss, accuracy = program.validate() if len(program.data.validation_inputs) else (None, None)
    state.replace_last(dataclasses.replace(state.history[-1], validation_loss=loss, validation_accuracy=accuracy))
    progress("a callback left weights of its own")


def _require_usable(callback: Any, schedule: str) -> None:
    import keras

    name = type(callback).__name__
    if not isinstance(callback, keras.callbacks.Callback):
        raise ConfigError(
            f"callbacks must be objects of keras.callbacks.Callback. Received: {callback!r}. Derive its class from it."
        )
    if hooks := [hook for hook in BATCH_HOOKS if _needs(callback, hook)]:
        raise ConfigError(
            "A callback must not need a call for every batch: an epoch is one compiled program, which does not return "
            f"to Python in between. Received: {name}, which has {' and '.join(hooks)}. Use its settings for once an "
            "epoch, if it has any, or move its work to on_epoch_end."
        )
    rates = (keras.callbacks.LearningRateScheduler, keras.callbacks.ReduceLROnPlateau)
    if isinstance(callback, rates) and schedule != "constant":
        raise ConfigError(
            f"{name} sets the learning rate, which the recipe's schedule must leave to it. Received: "
            f'schedule = "{schedule}". Set schedule = "constant" under [training].'
        )


def _needs(callback: Any, hook: str) -> bool:
    """Whether a callback has its own hook, other than one of IDLE, which does nothing."""
    import keras

    if hook in vars(callback):  # as LambdaCallback sets them
        return True
    owner = next(each for each in type(callback).__mro__ if hook in vars(each))
    idle = IDLE.get((owner.__module__.partition(".")[0], owner.__name__))
    return owner is not keras.callbacks.Callback and not (idle and idle(callback))
