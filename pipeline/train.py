"""The train stage: a recipe and a data set in, a trained Keras model on disk out."""

import contextlib
import functools
import hashlib
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Config
from pipeline.errors import GateFailed
from pipeline.records import Dataset, EpochResult, TrainedModel
from pipeline.system.files import scratch_folder
from pipeline.system.progress import Progress, silent
from pipeline.system.tensorflow import device_name, environment, start_tensorflow
from pipeline.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from pipeline.training.compiled_epoch import TrainingData, choose_strategy, train_epochs
from pipeline.training.distributed.cluster import Cluster, mirrored_strategy, model_scope, multiworker_strategy
from pipeline.training.distributed.compiled_epoch import train_epochs_shared
from pipeline.training.input_pipeline import BackgroundPreprocessing, PreparedData, split_steps, to_model_input
from pipeline.training.model import build_model, use_keras_loss

HELD_OUT_AT_MOST = 12  # one image in twelve: 5,000 of MNIST's 60,000


def train_model(
    config: Config,
    dataset: Dataset,
    work: Path,
    *,
    key: str,
    cluster: Cluster | None = None,
    progress: Progress = silent,
) -> TrainedModel | None:
    """Train the recipe's network, or go on where an interrupted run of the same `key` stopped.

    Args:
        config: recipe, seed and device.
        dataset: checked images.
        work: folder for `model.keras`, `snapshots.npz` (of a linear model) and the checkpoint.
        key: digest of everything that the result depends on.
        cluster: the machines that train together, when there are several.
        progress: receives one line per epoch.

    Returns:
        The record of the model; None on a worker that leaves the result to the chief.

    Raises:
        ConfigError: the device is not there, or there are more devices than images in a batch.
        DataError: the images changed since they were checked.
        GateFailed: the loss is not finite any more.
        WorkerLost: another machine is gone.
    """
    started = time.perf_counter()
    recipe, steps = config.recipe.training, config.recipe.preprocess.image_steps()
    held_out = min(recipe.validation_images, dataset.train_images // HELD_OUT_AT_MOST)
    with contextlib.closing(BackgroundPreprocessing(dataset, steps, held_out, recipe.seed, work)) as preparation:
        tf = start_tensorflow(config.device)  # while the images are prepared
        distribution = _distribution(tf, config, cluster, progress)  # nothing may be computed before the workers join
        _, in_graph = split_steps(steps)
        model = _new_model(tf, distribution, config, dataset, preparation.training, in_graph)
        data = _training_data(preparation.result(), in_graph)
        device = device_name(tf)
        strategy = choose_strategy(model, device, data)
        if distribution:
            strategy = f"{config.distribute}-{distribution.num_replicas_in_sync}"

        keeps = cluster is None or cluster.is_chief
        saved = _Saved(work / "checkpoint.npz", key, model, keeps=keeps, linear=config.recipe.model.kind == "softmax")
        history = saved.history
        if history:
            progress(f"resuming after epoch {history[-1].epoch} of {recipe.epochs}")

        def on_epoch(result: EpochResult) -> None:
            if result.loss is not None and not math.isfinite(result.loss):
                raise GateFailed(
                    f"Training diverged: the loss of epoch {result.epoch} is {result.loss}. Nothing was exported or "
                    f"published. Lower learning_rate in the recipe. Received: {recipe.learning_rate:g}."
                )
            saved.add(result)
            if result.epoch:
                progress(epoch_line(result, epochs=recipe.epochs, images=len(data.inputs)))

        train: Callable[..., None] = functools.partial(train_epochs, model, data, strategy=strategy)
        if distribution:
            train = functools.partial(train_epochs_shared, tf, distribution, model, data)
        train(
            batch_size=recipe.batch_size,
            epochs=recipe.epochs,
            seed=recipe.seed,
            first_epoch=history[-1].epoch + 1 if history else 0,
            on_epoch=on_epoch,
        )
        digest = weights_digest(model.get_weights())
        if not keeps:
            progress(f"weights {digest}")
            saved.forget()
            return None

        use_keras_loss(model)
        model_path, snapshots_path = work / "model.keras", work / "snapshots.npz"
        _replace(model_path, lambda path: model.save(path))
        if saved.linear:
            _replace(snapshots_path, lambda path: np.savez(path, snapshots=np.stack(saved.snapshots)))
        saved.forget()
        return TrainedModel(
            model_path=str(model_path.resolve()),
            snapshots_path=str(snapshots_path.resolve()) if saved.linear else None,
            weights_digest=digest,
            parameters=int(model.count_params()),
            history=tuple(history),
            training_images=len(data.inputs),
            validation_images=len(data.validation_inputs),
            seed=recipe.seed,
            device=device,
            strategy=strategy,
            seconds=time.perf_counter() - started,
            environment=environment(),
        )


class _Saved:
    """What training has made so far, kept after every epoch: an interrupted run of the same key goes on there."""

    def __init__(self, path: Path, key: str, model: Any, *, keeps: bool, linear: bool) -> None:
        """Read the checkpoint, where there is one, into the model.

        Args:
            path: of the checkpoint.
            key: digest of everything that the result depends on.
            model: compiled, its optimizer built.
            keeps: whether this worker writes the checkpoint.
            linear: whether the weights are pictures, which the page shows as they form.
        """
        self._path, self._key, self._model, self._keeps = path, key, model, keeps
        self.linear = linear
        resumed = load_checkpoint(path, key)
        self.history: list[EpochResult] = list(resumed.history) if resumed else []
        self.snapshots: list[NDArray[np.float32]] = list(resumed.snapshots) if resumed else []
        if resumed:
            for variable, value in zip(self._variables(), resumed.variables, strict=True):
                variable.assign(value)

    def add(self, result: EpochResult) -> None:
        self.history.append(result)
        if self.linear:
            weights = [array.ravel() for array in self._model.get_weights()]
            self.snapshots.append(np.concatenate(weights).astype(np.float32))
        if self._keeps:
            checkpoint = Checkpoint(
                key=self._key,
                variables=tuple(variable.value.numpy() for variable in self._variables()),
                history=tuple(self.history),
                snapshots=tuple(self.snapshots),
            )
            save_checkpoint(self._path, checkpoint)

    def forget(self) -> None:
        """Training is done."""
        self._path.unlink(missing_ok=True)

    def _variables(self) -> list[Any]:
        return [*self._model.variables, *self._model.optimizer.variables]


def _new_model(
    tf: Any, distribution: Any | None, config: Config, dataset: Dataset, images: int, in_graph: list[dict[str, Any]]
) -> Any:
    """The recipe's network, with the weights of its seed. `images`: to train on."""
    import keras

    recipe = config.recipe.training
    keras.utils.set_random_seed(recipe.seed)
    image = tf.zeros((1, dataset.image_height, dataset.image_width))
    shape = tuple(to_model_input(image, in_graph).shape[1:])
    steps = -(-images // recipe.batch_size) * recipe.epochs
    with model_scope(tf, distribution):
        model = build_model(config.recipe, shape=shape, classes=len(dataset.labels), steps=steps)
        model.optimizer.build(model.trainable_variables)
    return model


def epoch_line(result: EpochResult, *, epochs: int, images: int) -> str:
    """One line of progress, for people."""
    validation = "" if result.validation_accuracy is None else f"  validation {result.validation_accuracy:.4f}"
    left = result.seconds * (epochs - result.epoch)
    return (
        f"epoch {result.epoch:>{len(str(epochs))}}/{epochs}  loss {result.loss:.4f}  accuracy {result.accuracy:.4f}"
        f"{validation}  {images / result.seconds:,.0f} images/s  {left:.0f} s left"
    )


def weights_digest(weights: Sequence[NDArray[Any]]) -> str:
    """SHA-256 over the weights in order, as little-endian float32."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
    return digest.hexdigest()


def _training_data(prepared: PreparedData, in_graph: list[dict[str, Any]]) -> TrainingData:
    cut = prepared.training
    return TrainingData(
        inputs=prepared.images[:cut],
        labels=prepared.labels[:cut],
        validation_inputs=prepared.images[cut:],
        validation_labels=prepared.labels[cut:],
        to_input=lambda batch: to_model_input(batch, in_graph),
    )


def _distribution(tf: Any, config: Config, cluster: Cluster | None, progress: Progress) -> Any | None:
    """TensorFlow's strategy for several devices or machines; None on one device."""
    if cluster is not None:
        return multiworker_strategy(tf, cluster, timeout=config.worker_timeout)
    if config.distribute != "mirrored":
        return None
    strategy = mirrored_strategy(tf)
    if strategy is None:
        progress("--distribute mirrored: there is one device, with which it is the same as none")
    return strategy


def _replace(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` make the file elsewhere, under its own name, by which Keras and NumPy choose the format."""
    with scratch_folder(path.parent) as folder:
        write(folder / path.name)
        os.replace(folder / path.name, path)
