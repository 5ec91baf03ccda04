"""The train stage: from a recipe and a data set to a trained Keras model on disk."""

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Config
from pipeline.errors import GateFailed
from pipeline.preprocessing.apply import prepare_images
from pipeline.quality.label_review import review_labels
from pipeline.records import Dataset, EpochResult, Mistake, TrainedModel
from pipeline.stage_cache import CHECKPOINT
from pipeline.system.files import replacing
from pipeline.system.progress import Progress, silent
from pipeline.system.tensorflow import (
    INSTALL_CUDA,
    device_name,
    environment,
    find_unusable_gpu,
    start_tensorflow,
)
from pipeline.training.checkpoint import TrainingState, even_steps, load_checkpoint
from pipeline.training.cluster import (
    Cluster,
    mirrored_strategy,
    multiworker_strategy,
    require_same,
    start_facts,
    translating_lost_workers,
)
from pipeline.training.compiled_epoch import DeviceRun, choose_compiler
from pipeline.training.epochs import TrainingData, TrainingRun
from pipeline.training.input_pipeline import preparing, row_order
from pipeline.training.keras_fit import fit_epochs
from pipeline.training.model import build_model, forget_optimizer, weights_digest
from pipeline.training.replicas import ReplicaRun

START_ADVICE = (
    "Start the same command, of the same version and with the same data, on every"
    " worker, with --runs in a folder that they share."
)
HELD_OUT_AT_MOST = 12  # one image in twelve: 5,000 of MNIST's 60,000
# seconds of a first epoch: of a shorter one, compiling its steps may be most
COMPILING = 30.0


def train_model(
    config: Config,
    dataset: Dataset,
    work: Path,
    *,
    key: str,
    cluster: Cluster | None = None,
    progress: Progress = silent,
    on_epoch: Callable[[EpochResult], None] = lambda _result: None,
) -> TrainedModel | None:
    """Train the recipe's network, or resume an interrupted run with the same `key`.

    `key` is a digest of everything that the result depends on. `model.keras`,
    `snapshots.npz` (of a linear model) and the checkpoint are in the folder `work`.
    `on_epoch` gets the numbers of each epoch, also of one that diverged.
    Returns None on a worker of the `cluster` that leaves the result to the chief.

    Raises:
        ConfigError: the device does not exist, or there are more devices than images in
        a batch.
        GateFailed: the loss is no longer finite.
        WorkerLost: another machine was lost.
    """
    started = time.perf_counter()
    recipe, steps = config.recipe.training, config.recipe.preprocess.image_steps()
    held_out = min(recipe.validation_images, dataset.train_images // HELD_OUT_AT_MOST)
    is_chief = cluster is None or cluster.is_chief
    with preparing(dataset, steps, held_out, recipe.seed, work) as prepared:
        tf = start_tensorflow(config.device)  # meanwhile the images are prepared
        if config.device == "auto" and (unusable := find_unusable_gpu(tf)):
            progress(
                f"warning: training on the CPU, because TensorFlow cannot use the GPU"
                f" ({unusable}). Next step: {INSTALL_CUDA}"
            )
        # The chief writes the checkpoint in its own folder; all read it there. Nobody
        # keeps the state of callbacks.
        path = (work if is_chief else work.parent) / CHECKPOINT
        checkpoint = None if config.by_fit else load_checkpoint(path, key)
        # A chief that was lost behind the last epoch goes on alone: the others are
        # done.
        is_trained = checkpoint is not None and len(checkpoint.history) > recipe.epochs
        distribution = None
        if not is_trained and cluster is not None:
            # before anything is computed
            distribution = multiworker_strategy(tf, cluster, progress)
        elif not is_trained and config.distribute == "mirrored":
            distribution = mirrored_strategy(tf, progress)
        if cluster is not None and distribution:
            facts = start_facts(config, dataset, checkpoint)
            with translating_lost_workers(tf, "the start"):
                require_same(tf, distribution, facts, START_ADVICE)
        model = _new_model(
            tf, distribution, config, dataset, dataset.train_images - held_out
        )
        data = prepared()
        state = TrainingState(
            model,
            checkpoint,
            path if is_chief and not config.by_fit else None,
            key=key,
            strategy=(
                checkpoint.strategy
                if checkpoint
                else _strategy(config, distribution, model, device_name(tf))
            ),
            steps=(
                -(-len(data.inputs) // recipe.batch_size)
                if config.recipe.model.kind == "softmax"
                else 0
            ),
        )
        if not is_trained:
            _run_epochs(config, distribution, model, data, state, progress, on_epoch)
        digest = weights_digest(model.get_weights())
        if not is_chief:
            progress(f"weights {digest}")
            return None
        disputed_labels, disputed = _review(
            model, data, row_order(dataset, held_out, recipe.seed)
        )
        model_path, snapshots_path = _save(model, state, work)
        path.unlink(missing_ok=True)
        return TrainedModel(
            model_path=model_path,
            snapshots_path=snapshots_path,
            weights_digest=digest,
            parameters=int(model.count_params()),
            history=tuple(state.history),
            training_images=len(data.inputs),
            validation_images=len(data.validation_inputs),
            disputed_labels=disputed_labels,
            disputed=disputed,
            seed=recipe.seed,
            device=device_name(tf),
            strategy=state.strategy,
            seconds=time.perf_counter() - started,
            environment=environment(),
        )


def epoch_line(result: EpochResult, *, epochs: int, images: int, compiled: bool) -> str:
    """One line of progress, for people; its speed only where the time was not spent on
    compiling.
    """
    line = (
        f"epoch {result.epoch:>{len(str(epochs))}}/{epochs}  loss {result.loss:.4f} "
        f" accuracy {result.accuracy:.4f}"
    )
    if result.validation_accuracy is not None:
        line += f"  validation {result.validation_accuracy:.4f}"
    if compiled and result.seconds < COMPILING:
        return line
    left = result.seconds * (epochs - result.epoch)
    return f"{line}  {images / result.seconds:,.0f} images/s  {left:.0f} s left"


def _new_model(
    tf: Any,
    distribution: Any | None,
    config: Config,
    dataset: Dataset,
    training_images: int,
) -> Any:
    """The recipe's network, with the weights of its seed."""
    import keras

    recipe = config.recipe.training
    keras.utils.set_random_seed(recipe.seed)
    nothing = np.empty((0, dataset.image_height, dataset.image_width), np.uint8)
    shape = prepare_images(nothing, config.recipe.preprocess.image_steps()).shape[1:]
    steps = -(-training_images // recipe.batch_size) * recipe.epochs
    # In its scope, every replica has a copy with the chief's initial weights.
    scope = distribution.scope() if distribution else contextlib.nullcontext()
    with scope, translating_lost_workers(tf, "the creation of the model"):
        model = build_model(
            config.recipe, shape=shape, classes=len(dataset.labels), steps=steps
        )
        model.optimizer.build(model.trainable_variables)
    return model


def _strategy(config: Config, distribution: Any | None, model: Any, device: str) -> str:
    """How the record says that epochs are run, see TrainedModel."""
    if distribution:
        return f"{config.distribute}-{distribution.num_replicas_in_sync}"
    return "fit" if config.by_fit else choose_compiler(model, device)


def _run_epochs(
    config: Config,
    distribution: Any | None,
    model: Any,
    data: TrainingData,
    state: TrainingState,
    progress: Progress,
    on_epoch: Callable[[EpochResult], None],
) -> None:
    """Train, from where `state` ends, to the last epoch or to where a callback stops
    it.
    """
    recipe, images, first = config.recipe.training, len(data.inputs), len(state.history)
    if first:
        progress(f"resuming after epoch {first - 1} of {recipe.epochs}")

    def keep(result: EpochResult) -> None:
        on_epoch(result)
        _require_finite(result, recipe.learning_rate)
        state.add(result)
        if result.epoch:
            compiled = result.epoch == max(first, 1)
            progress(
                epoch_line(
                    result, epochs=recipe.epochs, images=images, compiled=compiled
                )
            )

    if config.by_fit:
        fit_epochs(config, model, data, state, on_epoch=keep, progress=progress)
        return
    size = recipe.batch_size
    run: TrainingRun
    if distribution:
        run = ReplicaRun(distribution, model, data, batch_size=size)
    else:
        stops = even_steps(recipe.epochs * state.steps)[1:-1] if state.steps else []

        def keep_weights(step: int) -> None:
            state.keep_weights(
                step, run.validate()[1] if len(data.validation_inputs) else None
            )

        run = DeviceRun(
            model,
            data,
            batch_size=size,
            compiler=state.strategy,
            stops=stops,
            on_stop=keep_weights,
        )
    run.train(epochs=recipe.epochs, seed=recipe.seed, first_epoch=first, on_epoch=keep)


def _require_finite(result: EpochResult, learning_rate: float) -> None:
    if result.loss is not None and not math.isfinite(result.loss):
        raise GateFailed(
            f"Training diverged: the loss of epoch {result.epoch} is {result.loss}."
            " Nothing was exported or published. Lower learning_rate in the recipe."
            f" Received: {learning_rate:g}."
        )


def _review(
    model: Any, data: TrainingData, order: NDArray[np.int64] | None
) -> tuple[int, tuple[Mistake, ...]]:
    """The training labels that the model disputes:

    their number, and the first with their rows in the data set.
    """
    count, listed = review_labels(model, data)
    if order is not None:
        listed = [
            dataclasses.replace(each, index=int(order[each.index])) for each in listed
        ]
    return count, tuple(listed)


def _save(model: Any, state: TrainingState, work: Path) -> tuple[str, str | None]:
    """Write the model and, of a linear one, its weights as they formed; their names in
    the folder `work`.
    """
    forget_optimizer(model)
    with replacing(work / "model.keras") as path:
        model.save(path)
    if not state.steps:
        return "model.keras", None
    with replacing(work / "snapshots.npz") as path:
        np.savez(path, allow_pickle=False, **state.film())
    return "model.keras", "snapshots.npz"
