"""Training on several replicas, devices or machines: each takes a share of every batch.

Keras 3.15's `fit` fails on several machines (it reduces per-replica values that it
cannot reduce), and takes twice as long on two CPU devices as on one. So the step is
written out: each replica weighs its losses by one over the images of the whole batch,
and Keras' optimizer sums the gradients over all replicas. Every replica thus makes the
same update, and the number of replicas affects the result by rounding only.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ConfigError
from pipeline.training.cluster import require_same, translating_lost_workers
from pipeline.training.compiled_epoch import VALIDATION_CHUNK, one_hot_cross_entropy
from pipeline.training.epochs import Array, Order, Score, TrainingData, TrainingRun
from pipeline.training.model import weights_digest


def shared_rows(
    order: Order, batch_size: int, replicas: int
) -> tuple[Order, NDArray[np.float32]]:
    """Each replica's images at each step, and their weights, both (replicas, steps,
    share).

    In every batch, replica r takes the images r, r + replicas, r + 2 replicas, …, so
    that shares differ by at most one image, also in a smaller last batch. The weights
    of a batch add up to 1; a place that stays empty has the weight 0.
    """
    steps, share = -(-len(order) // batch_size), -(-batch_size // replicas)
    rows = np.zeros((steps, share * replicas), np.int64)
    weights = np.zeros(rows.shape, np.float32)
    for step in range(steps):
        batch = order[step * batch_size : (step + 1) * batch_size]
        rows[step, : len(batch)], weights[step, : len(batch)] = batch, 1 / len(batch)
    shares = steps, share, replicas
    return rows.reshape(shares).transpose(2, 0, 1), weights.reshape(shares).transpose(
        2, 0, 1
    )


class ReplicaRun(TrainingRun):
    """A training run on all replicas of a `tf.distribute` strategy."""

    def __init__(
        self, strategy: Any, model: Any, data: TrainingData, *, batch_size: int
    ) -> None:
        """Prepare the compiled functions and put the data, the same on every machine,
        on every device.

        The model is built and compiled in the scope of the `tf.distribute` strategy,
        its optimizer built as well. `batch_size` is the images per step on all replicas
        together; it need not be a multiple of their number.
        """
        super().__init__(model, data, batch_size=batch_size)
        self._strategy, self._replicas = strategy, strategy.num_replicas_in_sync
        if batch_size < self._replicas:
            raise ConfigError(
                "Every batch must have at least one image for each of the"
                f" {self._replicas} replicas. Received: batch_size {batch_size}. Use"
                " fewer devices, or a recipe with a larger batch_size."
            )
        _spread_seeds(self.tf, strategy, model)
        with strategy.scope():
            self._loss_sum, self._correct_sum = (
                self._sum_over_replicas(),
                self._sum_over_replicas(),
            )
        self._train, self._evaluate = (
            self._compile(training=True),
            self._compile(training=False),
        )
        self._training = self._on_devices(data.inputs), self._on_devices(data.labels)
        self._held_out = (
            self._on_devices(data.validation_inputs),
            self._on_devices(data.validation_labels),
        )

    @contextlib.contextmanager
    def guard(self, epoch: int) -> Iterator[None]:
        """Turn the loss of a worker into WorkerLost, and compare the weights of all
        machines afterwards.
        """
        with translating_lost_workers(self.tf, f"epoch {epoch}"):
            yield
            weights = {
                f"weights after epoch {epoch}": weights_digest(self.model.get_weights())
            }
            require_same(
                self.tf,
                self._strategy,
                weights,
                "Compare the workers' memory, drivers and processors.",
            )

    def run_epoch(self, order: Order, following: Order | None) -> Score:  # noqa: ARG002 (all images are on the devices)
        """Train on all images in this order; the score during training."""
        return self._score(self._train, self._training, order, self.batch_size)

    def validate(self) -> Score:
        """The score on the held-out images."""
        images = np.arange(len(self.data.validation_inputs))
        return self._score(
            self._evaluate,
            self._held_out,
            images,
            max(VALIDATION_CHUNK, self._replicas),
        )

    def _score(
        self, run: Any, arrays: tuple[Any, Any], order: Order, batch_size: int
    ) -> Score:
        """Run all steps, and add up the losses and the correct answers of all
        replicas.
        """
        self._loss_sum.assign(0.0)
        self._correct_sum.assign(0.0)
        rows, weights = shared_rows(order, batch_size, self._replicas)
        shares = (self._on_devices(each, one_each=True) for each in (rows, weights))
        run(self.tf.constant(rows.shape[1]), *arrays, *shares)
        return float(self._loss_sum.read_value()) / len(order), int(
            self._correct_sum.read_value()
        ) / len(order)

    def _compile(self, *, training: bool) -> Any:
        """A program that computes a share of each batch on every replica, and trains if
        `training`.
        """
        tf = self.tf

        def share(inputs: Any, labels: Any, rows: Any, weights: Any, step: Any) -> None:
            with tf.GradientTape() as tape:
                loss = self._share_of_loss(
                    inputs, labels, rows[step], weights[step], training=training
                )
                loss = self.model.optimizer.scale_loss(loss)
            if training:
                variables = self.model.trainable_variables
                self.model.optimizer.apply_gradients(
                    zip(tape.gradient(loss, variables), variables, strict=True)
                )

        # Without AutoGraph, and with the loop outside of the replicas: inside it, their
        # sums could not be taken.
        @tf.function(autograph=False)  # type: ignore[untyped-decorator]
        def run(steps: Any, *arrays: Any) -> None:
            def one(step: Any) -> Any:
                self._strategy.run(share, args=(*arrays, step))
                return step + 1

            tf.while_loop(lambda step: step < steps, one, [tf.constant(0)])

        return run

    def _share_of_loss(
        self, inputs: Any, labels: Any, rows: Any, weights: Any, *, training: bool
    ) -> Any:
        """This replica's part of the mean loss of a batch; adds its losses and correct
        answers to the sums.
        """
        tf = self.tf
        labels, images = (
            tf.gather(labels, rows),
            tf.cast(tf.gather(inputs, rows), self.data.inputs.dtype),
        )
        scores = self.model(self.data.to_input(images), training=training)
        losses, real = (
            one_hot_cross_entropy(labels, scores),
            tf.cast(weights > 0, tf.float32),
        )
        # of the weights, so each replica has all of it
        penalty = tf.add_n(self.model.losses or [0.0])
        correct = tf.equal(tf.argmax(scores, axis=-1, output_type=labels.dtype), labels)
        self._loss_sum.assign_add(tf.reduce_sum((losses + penalty) * real))
        self._correct_sum.assign_add(tf.reduce_sum(tf.cast(correct, tf.float32) * real))
        return tf.reduce_sum(losses * weights) + penalty / self._replicas

    def _sum_over_replicas(self) -> Any:
        on_read, add = (
            self.tf.VariableSynchronization.ON_READ,
            self.tf.VariableAggregation.SUM,
        )
        return self.tf.Variable(
            0.0, synchronization=on_read, aggregation=add, trainable=False
        )

    def _on_devices(self, array: Array, *, one_each: bool = False) -> Any:
        """An array on every device, or with `one_each` its r-th part on the device of
        replica r.

        TensorFlow cannot gather bytes on a GPU; half precision holds them exactly.
        """
        array = array.astype(np.float16) if array.dtype == np.uint8 else array

        def value(context: Any) -> Any:
            return self.tf.constant(
                array[context.replica_id_in_sync_group] if one_each else array
            )

        values = self._strategy.experimental_distribute_values_from_function(value)
        return self.tf.function(
            lambda: self._strategy.run(self.tf.identity, (values,)), autograph=False
        )()


def _spread_seeds(tf: Any, strategy: Any, model: Any) -> None:
    """Give each replica its own random numbers: with the same ones, dropout would leave
    out the same units everywhere.

    The first replica, whose state the checkpoint holds, keeps its seeds, so that a
    resumed run draws the same numbers.
    """
    states = [
        v.value
        for v in model.non_trainable_variables
        if v.path.endswith("seed_generator_state")
    ]

    def spread() -> None:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        for state in states:
            state.assign_add(tf.cast(tf.stack([replica, 0]), state.dtype))

    if states:
        strategy.run(tf.function(spread, autograph=False))
