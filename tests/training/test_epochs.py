"""The order in which an epoch visits the images."""

import numpy as np

from pipeline.training.epochs import epoch_order


def test_each_epoch_has_its_own_order_of_all_images() -> None:
    first, second = epoch_order(1, 1, 100), epoch_order(1, 2, 100)
    assert sorted(first) == list(range(100))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, epoch_order(2, 1, 100))
    np.testing.assert_array_equal(first, epoch_order(1, 1, 100))
