"""The loop over the epochs, with a program that only notes what it is asked."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.records import EpochResult
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.epochs import EpochProgram, Score, TrainingData, epoch_order, train_epochs


def test_each_epoch_has_its_own_order_of_all_images() -> None:
    first, second = epoch_order(1, 1, 100), epoch_order(1, 2, 100)
    assert sorted(first) == list(range(100))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, epoch_order(2, 1, 100))
    np.testing.assert_array_equal(first, epoch_order(1, 1, 100))


class Program(EpochProgram):
    """Notes the orders that it is given; its scores count its calls."""

    def __init__(self, model: Any, data: TrainingData) -> None:
        super().__init__(model, data)
        self.orders: list[list[int]] = []
        self.validations = 0

    def run_epoch(self, order: NDArray[np.int64]) -> Score:
        self.orders.append(order.tolist())
        return float(len(self.orders)), 0.5

    def validate(self) -> Score:
        self.validations += 1
        return 10.0 * self.validations, 0.25


def program(held_out: int) -> Program:
    start_tensorflow("cpu")
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.125))
    labels = np.zeros(9, np.int64)
    held_out_labels = labels[:held_out]
    data = TrainingData(
        inputs=labels, labels=labels, validation_inputs=held_out_labels, validation_labels=held_out_labels
    )
    return Program(model, data)


def test_epoch_0_only_validates_and_every_later_one_trains_in_its_own_order() -> None:
    made, history = program(held_out=2), list[EpochResult]()
    train_epochs(made, epochs=2, seed=7, on_epoch=history.append)
    assert [(r.epoch, r.loss, r.accuracy) for r in history] == [(0, None, None), (1, 1.0, 0.5), (2, 2.0, 0.5)]
    assert [(r.validation_loss, r.validation_accuracy) for r in history] == [(10.0, 0.25), (20.0, 0.25), (30.0, 0.25)]
    assert [r.learning_rate for r in history] == [0.125] * 3
    assert made.orders == [epoch_order(7, epoch, 9).tolist() for epoch in (1, 2)]


@pytest.mark.parametrize("first_epoch", [1, 2])
def test_a_resumed_run_goes_on_with_the_order_of_its_epoch(first_epoch: int) -> None:
    made, history = program(held_out=0), list[EpochResult]()
    train_epochs(made, epochs=2, seed=7, first_epoch=first_epoch, on_epoch=history.append)
    assert [r.epoch for r in history] == list(range(first_epoch, 3))
    assert made.orders == [epoch_order(7, epoch, 9).tolist() for epoch in range(first_epoch, 3)]
    assert made.validations == 0
    assert {r.validation_loss for r in history} == {None}
