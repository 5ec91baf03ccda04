"""The loop over the epochs, with a run that only notes what it is asked."""

from typing import Any

import numpy as np
import pytest

from pipeline.records import EpochResult
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.epochs import Order, Score, TrainingData, TrainingRun, epoch_order


def test_each_epoch_has_its_own_order_of_all_images() -> None:
    first, second = epoch_order(1, 1, 100), epoch_order(1, 2, 100)
    assert sorted(first) == list(range(100))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, epoch_order(2, 1, 100))
    np.testing.assert_array_equal(first, epoch_order(1, 1, 100))


class NotedRun(TrainingRun):
    """Notes the orders that it is given; its scores count its calls."""

    def __init__(self, model: Any, data: TrainingData) -> None:
        super().__init__(model, data, batch_size=1)
        self.following: list[Order | None] = []
        self.orders: list[list[int]] = []
        self.validations = 0

    def run_epoch(self, order: Order, following: Order | None) -> Score:
        self.following.append(following)
        self.orders.append(order.tolist())
        return float(len(self.orders)), 0.5

    def validate(self) -> Score:
        self.validations += 1
        return 10.0 * self.validations, 0.25


def noted(held_out: int) -> NotedRun:
    start_tensorflow("cpu")
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.125))
    labels = np.zeros(9, np.int64)
    held_out_labels = labels[:held_out]
    data = TrainingData(
        inputs=labels, labels=labels, validation_inputs=held_out_labels, validation_labels=held_out_labels
    )
    return NotedRun(model, data)


def test_epoch_0_only_validates_and_every_later_one_trains_in_its_own_order() -> None:
    run, history = noted(held_out=2), list[EpochResult]()
    run.train(epochs=2, seed=7, on_epoch=history.append)
    assert [(r.epoch, r.loss, r.accuracy) for r in history] == [(0, None, None), (1, 1.0, 0.5), (2, 2.0, 0.5)]
    assert [(r.validation_loss, r.validation_accuracy) for r in history] == [(10.0, 0.25), (20.0, 0.25), (30.0, 0.25)]
    assert [r.learning_rate for r in history] == [0.125] * 3
    assert run.orders == [epoch_order(7, epoch, 9).tolist() for epoch in (1, 2)]
    assert [None if order is None else order.tolist() for order in run.following] == [run.orders[1], None]


@pytest.mark.parametrize("first_epoch", [1, 2])
def test_a_resumed_run_goes_on_with_the_order_of_its_epoch(first_epoch: int) -> None:
    run, history = noted(held_out=0), list[EpochResult]()
    run.train(epochs=2, seed=7, first_epoch=first_epoch, on_epoch=history.append)
    assert [r.epoch for r in history] == list(range(first_epoch, 3))
    assert run.orders == [epoch_order(7, epoch, 9).tolist() for epoch in range(first_epoch, 3)]
    assert run.validations == 0
    assert {r.validation_loss for r in history} == {None}
