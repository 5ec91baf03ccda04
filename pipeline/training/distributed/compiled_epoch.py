"""The compiled epoch on several replicas: every batch is shared among devices or machines.

Keras 3's `fit` cannot train on several machines, and its `train_step` takes the mean over each replica's own images,
which is wrong where shares differ. So the step is spelt out: each replica takes its share of the batch and divides its
losses by the images of the whole batch; Keras' optimizer sums the gradients over all replicas before it applies them.
Every replica thus makes the same update, and the result depends on their number by rounding alone.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError, PipelineError
from pipeline.records import EpochResult
from pipeline.system.tensorflow import native_noise_captured
from pipeline.training.compiled_epoch import VALIDATION_CHUNK, TrainingData, epoch_order, pack, unpack
from pipeline.training.distributed.cluster import translating_errors


def shared_rows(order: NDArray[np.int64], batch_size: int, replicas: int) -> NDArray[np.int64]:
    """Which image each replica takes at each step: (replicas, steps, share), -1 where a share is not full.

    Of every batch, replica r takes the images r, r + replicas, r + 2 replicas, …, so that shares differ by one image at
    most, also in a smaller last batch.
    """
    steps, share = -(-len(order) // batch_size), -(-batch_size // replicas)
    batches = np.full((steps, share * replicas), -1, np.int64)
    for step in range(steps):
        batch = order[step * batch_size : (step + 1) * batch_size]
        batches[step, : len(batch)] = batch
    return batches.reshape(steps, share, replicas).transpose(2, 0, 1)


def train_epochs_shared(
    tf: Any,
    strategy: Any,
    model: Any,
    data: TrainingData,
    *,
    batch_size: int,
    epochs: int,
    seed: int,
    first_epoch: int = 0,
    on_epoch: Callable[[EpochResult], None],
) -> None:
    """Train a model that was built and compiled in `strategy.scope()`, as `train_epochs` does on one device.

    Args:
        tf: the module.
        strategy: a `tf.distribute.MirroredStrategy` or `MultiWorkerMirroredStrategy`.
        model: with a loss and a metric named "accuracy", its optimizer built.
        data: all images, the same on every machine.
        batch_size: images per step on all replicas together; it need not be a multiple of their number.
        epochs: the last epoch's number.
        seed: gives every epoch its order, see `epoch_order`.
        first_epoch: 0 measures the held out images before any training; a run that resumes goes on with a later one.
        on_epoch: called after each epoch.

    Raises:
        ConfigError: there are more replicas than images in a batch.
        WorkerLost: another machine is gone.
        PipelineError: the machines do not have the same weights after an epoch.
    """
    import keras

    replicas, images, held = strategy.num_replicas_in_sync, len(data.inputs), len(data.validation_inputs)
    chunk = max(VALIDATION_CHUNK, replicas)
    if batch_size < replicas:
        raise ConfigError(
            f"A batch must have an image for each of the {replicas} replicas. Received: batch_size {batch_size}. "
            "Use fewer devices, or a recipe with larger batches."
        )
    loss = keras.losses.get(model.loss)
    loss_of = getattr(loss, "call", loss)  # per image: Keras' mean over a share would weigh unequal shares alike
    _spread_seeds(tf, strategy, model)
    with strategy.scope():

        def sum_over_replicas() -> Any:
            return tf.Variable(
                0.0,
                synchronization=tf.VariableSynchronization.ON_READ,
                aggregation=tf.VariableAggregation.SUM,
                trainable=False,
            )

        loss_sum, correct_sum = sum_over_replicas(), sum_over_replicas()

    def share_of_loss(inputs: Any, labels: Any, rows: Any, batch_images: Any, *, training: bool) -> Any:
        """This replica's part of the mean loss of a batch; counts the loss and the right answers."""
        batch_images = tf.cast(batch_images, tf.float32)
        real = tf.cast(rows >= 0, tf.float32)  # what fills a share up counts nothing
        rows = tf.maximum(rows, 0)
        share_labels = tf.gather(labels, rows)
        share_images = unpack(tf.gather(inputs, rows), data.inputs)
        scores = model(data.to_input(share_images), training=training)
        loss = tf.reduce_sum(loss_of(share_labels, scores) * real) / batch_images
        if model.losses:  # of the weights, the same on every replica: the sum must count them once
            loss += tf.add_n(model.losses) / replicas
        correct = tf.equal(tf.argmax(scores, axis=-1, output_type=labels.dtype), share_labels)
        loss_sum.assign_add(loss * batch_images)
        correct_sum.assign_add(tf.reduce_sum(tf.cast(correct, tf.float32) * real))
        return loss

    def train_share(inputs: Any, labels: Any, rows: Any, step: Any) -> None:
        batch_images = tf.minimum(batch_size, images - step * batch_size)
        with tf.GradientTape() as tape:
            loss = share_of_loss(inputs, labels, rows[step], batch_images, training=True)
            loss = model.optimizer.scale_loss(loss)
        weights = model.trainable_variables
        model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    def validate_share(inputs: Any, labels: Any, rows: Any, step: Any) -> None:
        batch_images = tf.minimum(chunk, held - step * chunk)
        share_of_loss(inputs, labels, rows[step], batch_images, training=False)

    # Without AutoGraph, and the loop outside of the replicas: inside it their sums could not be taken.
    def compiled(share: Callable[..., None]) -> Any:
        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def run(steps: Any, inputs: Any, labels: Any, rows: Any) -> None:
            def one(step: Any) -> Any:
                strategy.run(share, args=(inputs, labels, rows, step))
                return step + 1

            tf.while_loop(lambda step: step < steps, one, [tf.constant(0)])

        return run

    run_epoch, run_validation = compiled(train_share), compiled(validate_share)

    def on_devices(per_replica: Callable[[int], NDArray[Any]]) -> Any:
        values = strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(per_replica(context.replica_id_in_sync_group))
        )
        return tf.function(lambda: strategy.run(tf.identity, (values,)), autograph=False)()

    def count(run: Any, inputs: Any, labels: Any, rows: NDArray[np.int64]) -> tuple[float, int]:
        """Run all steps; the sum of the losses and the number of right answers on all replicas."""
        loss_sum.assign(0.0)
        correct_sum.assign(0.0)
        run(tf.constant(rows.shape[1]), inputs, labels, on_devices(lambda replica: rows[replica]))
        return float(loss_sum.read_value()), int(correct_sum.read_value())

    inputs, labels = on_devices(lambda _: pack(data.inputs)), on_devices(lambda _: data.labels)
    held_inputs, held_labels = (
        on_devices(lambda _: pack(data.validation_inputs)),
        on_devices(lambda _: data.validation_labels),
    )
    held_rows = shared_rows(np.arange(held), chunk, replicas)

    for epoch in range(first_epoch, epochs + 1):
        started = time.perf_counter()
        mean_loss = accuracy = held_loss = held_accuracy = None
        with native_noise_captured(), translating_errors(tf, f"epoch {epoch}"):
            if epoch:
                total, correct = count(
                    run_epoch, inputs, labels, shared_rows(epoch_order(seed, epoch, images), batch_size, replicas)
                )
                mean_loss, accuracy = total / images, correct / images
            if held:
                total, correct = count(run_validation, held_inputs, held_labels, held_rows)
                held_loss, held_accuracy = total / held, correct / held
            _require_same_weights(tf, strategy, model, epoch)
        on_epoch(
            EpochResult(
                epoch=epoch,
                loss=mean_loss,
                accuracy=accuracy,
                validation_loss=held_loss,
                validation_accuracy=held_accuracy,
                learning_rate=float(model.optimizer.learning_rate),
                seconds=time.perf_counter() - started,
            )
        )


def _spread_seeds(tf: Any, strategy: Any, model: Any) -> None:
    """Give each replica random numbers of its own: with the same ones, dropout would leave out alike everywhere.

    The first replica, whose state the checkpoint holds, keeps its seeds, so that a run that resumes draws the same.
    """
    states = [v.value for v in model.non_trainable_variables if v.path.endswith("seed_generator_state")]

    def spread() -> None:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        for state in states:
            state.assign_add(tf.cast(tf.stack([replica, 0]), state.dtype))

    if states:
        strategy.run(tf.function(spread, autograph=False))


def _require_same_weights(tf: Any, strategy: Any, model: Any, epoch: int) -> None:
    """Every machine's digest must be the mean of all."""
    digest = hashlib.sha256(b"".join(array.tobytes() for array in model.get_weights())).digest()
    numbers = np.frombuffer(digest, np.uint8).astype(np.float32)  # which float32 adds exactly
    own = strategy.experimental_distribute_values_from_function(lambda _: tf.constant(numbers))
    total = strategy.reduce(tf.distribute.ReduceOp.SUM, own, axis=None).numpy()
    if not np.array_equal(total, numbers * strategy.num_replicas_in_sync):
        raise PipelineError(
            f"The workers' weights differ after epoch {epoch}, which must not be: this one's digest is {digest.hex()}. "
            "Compare the workers' memory, drivers and processors, then start the same command on every worker again."
        )
