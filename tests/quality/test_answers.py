"""How many images are answered at a time."""

import numpy as np
import pytest

from pipeline.quality.answers import batch_size


@pytest.mark.parametrize(
    ("shape", "size"), [((28, 28), 1000), ((8, 8), 1000), ((784,), 1000), ((96, 96, 3), 28), ((256, 256, 3), 3)]
)
def test_larger_images_are_answered_in_smaller_batches(shape: tuple[int, ...], size: int) -> None:
    assert batch_size(np.empty((2, *shape), np.uint8)) == size
