"""A bound on the weights that Keras creates for a model from outside: a few bytes can declare a layer of any size."""

import functools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_left: ContextVar[list[int] | None] = ContextVar("bytes that may still be created", default=None)


@contextmanager
def variable_budget(limit: int) -> Iterator[None]:
    """Inside, in this thread, Keras creates variables of at most `limit` bytes; ValueError before more."""
    _watch()
    token = _left.set([limit])
    try:
        yield
    finally:
        _left.reset(token)


@functools.cache
def _watch() -> None:
    """Count each variable before it gets its initial value. Keras offers no place for this, so a method is wrapped."""
    import tensorflow as tf
    from keras.src.backend import Variable

    create = Variable._initialize_with_initializer

    def counted(self: Any, initializer: Any) -> None:
        left = _left.get()
        if left is not None:
            left[0] -= math.prod(self._shape) * tf.as_dtype(self._dtype).size
            if left[0] < 0:
                raise ValueError(f"weights of shape {tuple(self._shape)}, which the file does not hold")
        create(self, initializer)

    Variable._initialize_with_initializer = counted
