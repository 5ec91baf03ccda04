"""Trace a Keras model into a TensorFlow function, in a form that TensorFlow.js can run
once it is a frozen graph.
"""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial, partialmethod
from typing import Any, Literal

from pipeline.tfjs.graph_model.convolutions import (
    is_compiled,
    resize_images,
    uncompiled_convolution,
)
from pipeline.tfjs.graph_model.lookups import ComparedTable
from pipeline.tfjs.graph_model.rewrites import on_reversed_inputs, safe_name
from pipeline.tfjs.keras_model import input_names, output_names, replaced, scope_name

Loops = Literal["unroll", "while"]


def trace_function(model: Any) -> tuple[Any, list[str], list[str]]:
    """The model at inference as a concrete function of its flat inputs, with the names
    of its inputs and outputs.
    """
    import tensorflow as tf
    from keras import tree
    from keras.src.export.export_utils import get_input_signature

    structure = get_input_signature(model)
    names = input_names(model)
    specs = [
        tf.TensorSpec(spec.shape, spec.dtype, name=safe_name(name))
        for spec, name in zip(tree.flatten(structure), names, strict=True)
    ]

    def serve(*inputs: Any) -> list[Any]:
        packed = tree.pack_sequence_as(structure, list(inputs))
        arguments = (
            packed
            if isinstance(packed, list | tuple) and len(packed) == 1
            else [packed]
        )
        return [
            tf.identity(output)
            for output in tree.flatten(model(arguments[0], training=False))
        ]

    concrete = tf.function(
        serve, input_signature=specs, autograph=False
    ).get_concrete_function()
    return concrete, names, output_names(model)


@contextlib.contextmanager
def ready_to_trace(model: Any, loops: Loops, *, groups: bool = False) -> Iterator[None]:
    """Inside, layers are traced in a form that other runtimes can run; afterwards they
    are as before.

    `groups` says whether the runtime has grouped convolutions.
    """
    from keras.layers import RNN
    from keras.src.backend.tensorflow.core import name_scope
    from keras.src.layers.convolutional.base_conv import BaseConv
    from keras.src.random.seed_generator import SeedGenerator
    from tensorflow.python.ops.resource_variable_ops import UninitializedVariable

    with contextlib.ExitStack() as stack:
        # after layers, which Keras lets have any name
        for named in (
            name_scope,
            UninitializedVariable,
        ):
            stack.enter_context(
                replaced(named, "__init__", partialmethod(_start_named, named.__init__))
            )
        # inference uses nothing random, but a generator that advances would be a
        # variable that changes
        stack.enter_context(
            replaced(
                SeedGenerator, "next", lambda generator, *_, **__: generator.state.value
            )
        )
        for layer in model._flatten_layers():
            if isinstance(layer, RNN):
                zeros = layer.go_backwards and getattr(
                    layer, "zero_output_for_mask", False
                )
                if loops == "unroll" and zeros and not layer.unroll:
                    stack.enter_context(
                        replaced(layer, "inner_loop", on_reversed_inputs(layer))
                    )
                stack.enter_context(replaced(layer, "unroll", loops == "unroll"))
                if hasattr(layer, "use_cudnn"):
                    stack.enter_context(replaced(layer, "use_cudnn", False))
            table = getattr(layer, "lookup_table", None)
            if (
                table is not None
                and table.key_dtype.is_integer
                and table.value_dtype.is_integer
            ):
                stack.enter_context(
                    replaced(layer, "lookup_table", ComparedTable(layer))
                )
            if (
                type(layer).__name__ == "UpSampling2D"
                and layer.interpolation == "bilinear"
            ):
                stack.enter_context(replaced(layer, "_resize_images", resize_images))
            if not groups and is_compiled(layer):
                stack.enter_context(
                    replaced(layer, "convolution_op", uncompiled_convolution(layer))
                )
                # its own `call` does not ask `convolution_op`
                if type(layer).__name__ == "Conv1D":
                    stack.enter_context(
                        replaced(layer, "call", partial(BaseConv.call, layer))
                    )
        yield


def _start_named(
    one: Any, start: Callable[..., None], name: str | None, **options: Any
) -> None:
    start(one, name=name and scope_name(name), **options)
