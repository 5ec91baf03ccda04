"""Kernels of convolutions that TensorFlow.js lacks, as larger kernels with zeros that
compute the same.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.tfjs.weights import Array


def block_diagonal(kernel: Array, groups: int) -> Array:
    """The dense kernel (…, inputs, outputs) of a grouped one (…, inputs / groups,
    outputs): zero between groups.
    """
    rows, columns = kernel.shape[-2], kernel.shape[-1] // groups
    dense = np.zeros(
        (*kernel.shape[:-2], rows * groups, kernel.shape[-1]), kernel.dtype
    )
    for group in range(groups):
        part = slice(group * columns, (group + 1) * columns)
        dense[..., group * rows : (group + 1) * rows, part] = kernel[..., part]
    return dense


def dilated_size(sizes: Sequence[int], rates: Sequence[int]) -> list[int]:
    """The spatial size of `dilate_kernel`'s result."""
    return [(size - 1) * rate + 1 for size, rate in zip(sizes, rates, strict=True)]


def dilate_kernel(kernel: Array, rates: Sequence[int]) -> Array:
    """A kernel with rate − 1 zeros between its entries:

    undilated, it computes what `kernel` does with dilation.
    """
    spatial = len(rates)
    dilated = np.zeros(
        (*dilated_size(kernel.shape[:spatial], rates), *kernel.shape[spatial:]),
        kernel.dtype,
    )
    dilated[tuple(slice(None, None, rate) for rate in rates)] = kernel
    return dilated
