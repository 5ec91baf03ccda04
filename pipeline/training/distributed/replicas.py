"""Training on several replicas, devices or machines: each takes a share of every batch.

Keras 3.15's `fit` fails on several machines (it reduces per-replica values that it cannot reduce), and takes twice as
long on two CPU devices as on one. So the step is written out: each replica divides its losses by the number of images
in the whole batch, and Keras' optimizer sums the gradients over all replicas. Every replica thus makes the same update,
and the number of replicas affects the result by rounding only.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from pipeline.training.compiled_epoch import VALIDATION_CHUNK
from pipeline.training.distributed.cluster import require_same, translating_lost_workers
from pipeline.training.epochs import Array, Order, Score, TrainingData, TrainingRun
from pipeline.training.forms import loss_of
from pipeline.training.model import weights_digest


def shared_rows(order: Order, batch_size: int, replicas: int) -> NDArray[np.int64]:
    """Which image each replica takes at each step: (replicas, steps, share), -1 where a share is not full.

    Of every batch, replica r takes the images r, r + replicas, r + 2 replicas, …, so that shares differ by at most one
    image, also in a smaller last batch.
    """
    steps, share = -(-len(order) // batch_size), -(-batch_size // replicas)
    batches = np.full((steps, share * replicas), -1, np.int64)
    for step in range(steps):
        batch = order[step * batch_size : (step + 1) * batch_size]
        batches[step, : len(batch)] = batch
    return batches.reshape(steps, share, replicas).transpose(2, 0, 1)


class ReplicaRun(TrainingRun):
    """A training run on all replicas of a `tf.distribute` strategy."""

    def __init__(self, strategy: Any, model: Any, data: TrainingData, *, batch_size: int) -> None:
        """Prepare the compiled functions and put the data, the same on every machine, on every device.

        The model is built and compiled in the scope of the `tf.distribute` strategy, its optimizer built as well.
        `batch_size` is the images per step on all replicas together; it need not be a multiple of their number.
        """
        super().__init__(model, data, batch_size=batch_size)
        self._strategy, self._replicas = strategy, strategy.num_replicas_in_sync
        self._chunk = max(VALIDATION_CHUNK, self._replicas)
        if batch_size < self._replicas:
            raise ConfigError(
                f"Every batch must have at least one image for each of the {self._replicas} replicas. "
                f"Received: batch_size {batch_size}. Use fewer devices, or a recipe with a larger batch_size."
            )
        loss = loss_of(model)
        # Per image: Keras' mean over a share would give the images of smaller shares more weight.
        self._loss_of = getattr(loss, "call", loss)
        _spread_seeds(self.tf, strategy, model)
        with strategy.scope():
            self._loss_sum, self._correct_sum = self._sum_over_replicas(), self._sum_over_replicas()
        self._train, self._evaluate = self._compile(self._train_share), self._compile(self._evaluate_share)
        self._training = self._on_devices(data.inputs), self._on_devices(data.labels)
        self._held_out = self._on_devices(data.validation_inputs), self._on_devices(data.validation_labels)
        self._held_out_rows = shared_rows(np.arange(len(data.validation_inputs)), self._chunk, self._replicas)

    @contextlib.contextmanager
    def guard(self, epoch: int) -> Iterator[None]:
        """Turn the loss of a worker into WorkerLost, and compare the weights of all machines afterwards."""
        with translating_lost_workers(self.tf, f"epoch {epoch}"):
            yield
            weights = {f"weights after epoch {epoch}": weights_digest(self.model.get_weights())}
            require_same(self.tf, self._strategy, weights, "Compare the workers' memory, drivers and processors.")

    def run_epoch(self, order: Order, following: Order | None) -> Score:  # noqa: ARG002 (all images are on the devices)
        """Train on all images in this order; the score during training."""
        rows = shared_rows(order, self.batch_size, self._replicas)
        return self._score(self._train, self._training, rows, len(order))

    def validate(self) -> Score:
        """The score on the held-out images."""
        return self._score(self._evaluate, self._held_out, self._held_out_rows, len(self.data.validation_inputs))

    def _score(self, run: Any, arrays: tuple[Any, Any], rows: NDArray[np.int64], images: int) -> Score:
        """Run all steps, and add up the losses and the correct answers of all replicas."""
        self._loss_sum.assign(0.0)
        self._correct_sum.assign(0.0)
        run(self.tf.constant(rows.shape[1]), *arrays, self._on_devices(rows, one_each=True))
        return float(self._loss_sum.read_value()) / images, int(self._correct_sum.read_value()) / images

    def _compile(self, share: Callable[..., None]) -> Any:
        """A program that computes a share of each batch on every replica."""
        tf = self.tf

        # Without AutoGraph, and with the loop outside of the replicas: inside it, their sums could not be taken.
        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def run(steps: Any, inputs: Any, labels: Any, rows: Any) -> None:
            def one(step: Any) -> Any:
                self._strategy.run(share, args=(inputs, labels, rows, step))
                return step + 1

            tf.while_loop(lambda step: step < steps, one, [tf.constant(0)])

        return run

    def _train_share(self, inputs: Any, labels: Any, rows: Any, step: Any) -> None:
        batch_images = self.tf.minimum(self.batch_size, len(self.data.inputs) - step * self.batch_size)
        with self.tf.GradientTape() as tape:
            loss = self._share_of_loss(inputs, labels, rows[step], batch_images, training=True)
            loss = self.model.optimizer.scale_loss(loss)
        weights = self.model.trainable_variables
        self.model.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))

    def _evaluate_share(self, inputs: Any, labels: Any, rows: Any, step: Any) -> None:
        batch_images = self.tf.minimum(self._chunk, len(self.data.validation_inputs) - step * self._chunk)
        self._share_of_loss(inputs, labels, rows[step], batch_images, training=False)

    def _share_of_loss(self, inputs: Any, labels: Any, rows: Any, batch_images: Any, *, training: bool) -> Any:
        """This replica's part of the mean loss of a batch; adds its losses and correct answers to the sums."""
        tf = self.tf
        batch_images = tf.cast(batch_images, tf.float32)
        real = tf.cast(rows >= 0, tf.float32)  # the padding of a share counts nothing
        rows = tf.maximum(rows, 0)
        share_labels = tf.gather(labels, rows)
        share_images = tf.cast(tf.gather(inputs, rows), self.data.inputs.dtype)
        scores = self.model(self.data.to_input(share_images), training=training)
        loss = tf.reduce_sum(self._loss_of(share_labels, scores) * real) / batch_images
        if self.model.losses:  # of the weights, the same on every replica: the sum must count them once
            loss += tf.add_n(self.model.losses) / self._replicas
        correct = tf.equal(tf.argmax(scores, axis=-1, output_type=labels.dtype), share_labels)
        self._loss_sum.assign_add(loss * batch_images)
        self._correct_sum.assign_add(tf.reduce_sum(tf.cast(correct, tf.float32) * real))
        return loss

    def _sum_over_replicas(self) -> Any:
        on_read, add = self.tf.VariableSynchronization.ON_READ, self.tf.VariableAggregation.SUM
        return self.tf.Variable(0.0, synchronization=on_read, aggregation=add, trainable=False)

    def _on_devices(self, array: Array, *, one_each: bool = False) -> Any:
        """An array on every device, or with `one_each` its r-th part on the device of replica r.

        TensorFlow cannot gather bytes on a GPU; half precision holds them exactly.
        """
        array = array.astype(np.float16) if array.dtype == np.uint8 else array

        def value(context: Any) -> Any:
            return self.tf.constant(array[context.replica_id_in_sync_group] if one_each else array)

        values = self._strategy.experimental_distribute_values_from_function(value)
        return self.tf.function(lambda: self._strategy.run(self.tf.identity, (values,)), autograph=False)()


def _spread_seeds(tf: Any, strategy: Any, model: Any) -> None:
    """Give each replica its own random numbers: with the same ones, dropout would leave out the same units everywhere.

    The first replica, whose state the checkpoint holds, keeps its seeds, so that a resumed run draws the same numbers.
    """
    states = [v.value for v in model.non_trainable_variables if v.path.endswith("seed_generator_state")]

    def spread() -> None:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        for state in states:
            state.assign_add(tf.cast(tf.stack([replica, 0]), state.dtype))

    if states:
        strategy.run(tf.function(spread, autograph=False))
