"""Write a Keras model as an ONNX or LiteRT file, by Keras' own exporter."""

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import partial, partialmethod
from pathlib import Path
from typing import Any

from pipeline.errors import ConversionError
from pipeline.system.tensorflow import native_noise_captured
from pipeline.tfjs.formats.kinds import Kind
from pipeline.tfjs.graph_model.converter import quiet
from pipeline.tfjs.graph_model.rewrites import safe_name
from pipeline.tfjs.graph_model.tracer import ready_to_trace
from pipeline.tfjs.keras_model import input_names, layer_in, reason_of, replaced

# How exporters and runtimes say that there is no such operation.
_NO_OPERATION = re.compile(
    r"No Op registered for (\w+)|In Node, \(\"[^\"]*\", (\w+), \"\"|'tf\.(\w+)' op is"
    r" neither|Flex(\w+)"
)
INSTEAD = (  # the way out of every refusal of `pipeline export`
    "use format='auto' for TensorFlow.js"
)
_UNROLLED = "unroll"  # in what Keras says of a sequence of free length


def write_file(kind: Kind, model: Any, path: Path, *, single: bool = False) -> None:
    """Write the model, whose inputs get the names of Keras' inputs in the file.
    ConversionError where that fails.

    `single`: the file takes one example at a time, and not any number.
    """
    import tensorflow as tf

    # Without this LiteRT files may use operations of TensorFlow, which LiteRT by itself
    # and in browsers does not have.
    builtin: dict[str, Any] = {
        "target_spec": {"supported_ops": [tf.lite.OpsSet.TFLITE_BUILTINS]}
    }
    options = builtin if kind.name == "litert" else {}
    with native_noise_captured(), quiet(), _ready(model, kind):
        try:
            model.export(
                path,
                format=kind.name,
                verbose=False,
                input_signature=_signature(model, single),
                **options,
            )
        except Exception as error:  # Keras, TensorFlow and tf2onnx raise many types
            raise refusal(kind, model, error) from error


def refusal(kind: Kind, model: Any, error: Exception) -> ConversionError:
    """The error for a model that cannot be written, or whose file cannot be run, from
    the reason given.
    """
    text = str(error)
    operation = next(
        (
            name
            for found in _NO_OPERATION.finditer(text)
            for name in found.groups()
            if name
        ),
        None,
    )
    layer = _layer_in(text, model)
    where = (
        f"layer '{layer.name}' ({type(layer).__name__})"
        if layer is not None
        else f"'{model.name}'"
    )
    step = "replace the layer" if layer is not None else "replace what causes it"
    if _UNROLLED in text:
        reason, step = (
            f"{where} takes sequences of any length",
            "give the input a fixed length",
        )
    elif operation:
        reason = (
            f"{where} needs the operation {operation}, which {kind.title} does not have"
        )
    else:
        reason = f"{where}: {reason_of(error)}"
    return ConversionError(
        f"Keras must be able to write '{model.name}' as a file that {kind.runtime} can"
        f" run. Received: {reason}. Nothing was written. Next step: {step}, or"
        f" {INSTEAD}."
    )


@contextlib.contextmanager
def _ready(model: Any, kind: Kind) -> Iterator[None]:
    """Inside, layers are traced in a form that can be written; afterwards they are as
    before.
    """
    import tensorflow as tf
    from tensorflow.core.function.capture.capture_container import FunctionCaptures

    exact = tf.nn.gelu

    def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Any:
        """The same by erf:

        newer TensorFlows write it by erfc, which ONNX does not have.
        """
        if approximate:
            return exact(features, approximate, name)
        half = tf.constant(0.5, features.dtype)
        return half * features * (1 + tf.math.erf(features * tf.sqrt(half)))

    capture = FunctionCaptures.capture_by_value

    def captured(
        captures: Any, graph: Any, tensor: Any, name: str | None = None
    ) -> Any:
        """A tensor that is no weight as a constant:

        tf2onnx takes it for an input of the file otherwise.
        """
        is_value = hasattr(tensor, "numpy") and tensor.dtype not in (
            tf.resource,
            tf.variant,
        )
        return (
            tf.constant(tensor.numpy())
            if is_value
            else capture(captures, graph, tensor, name)
        )

    # LiteRT has grouped convolutions, but no lists of tensors, which loops need
    onnx = kind.name == "onnx"
    with (
        ready_to_trace(model, "while" if onnx else "unroll", groups=not onnx),
        contextlib.ExitStack() as stack,
    ):
        if onnx:
            stack.enter_context(replaced(tf.nn, "gelu", gelu))
            # ONNX has no Expm1
            stack.enter_context(replaced(tf.math, "expm1", lambda x: tf.exp(x) - 1))
            stack.enter_context(
                replaced(FunctionCaptures, "capture_by_value", captured)
            )
        else:
            get_item = partialmethod(_without_new_axes, tf.Tensor.__getitem__)
            stack.enter_context(replaced(tf.Tensor, "__getitem__", get_item))
        for layer in filter(_knows_training, model._flatten_layers()):
            stack.enter_context(
                replaced(layer, "call", partial(_at_inference, layer.call))
            )
        yield


def _without_new_axes(
    tensor: Any, get_item: Callable[[Any, Any], Any], key: Any
) -> Any:
    """`tensor[key]`, with the new axes made afterwards: LiteRT cannot slice free
    lengths and make axes at once.

    Language models with rotary embeddings, such as KerasHub's Llama, do that.
    """
    import tensorflow as tf

    parts = key if isinstance(key, tuple) else (key,)
    if not any(part is None for part in parts) or tensor.shape.rank is None:
        return get_item(tensor, key)
    found = get_item(tensor, tuple(part for part in parts if part is not None))
    kept = [
        part
        for part in parts
        if part is None or part is Ellipsis or isinstance(part, slice)
    ]
    middle = kept.index(Ellipsis) if Ellipsis in kept else len(kept)
    for axis, part in enumerate(kept[:middle]):
        found = found if part is not None else tf.expand_dims(found, axis)
    for axis, part in enumerate(reversed(kept[middle + 1 :]), 1):
        found = found if part is not None else tf.expand_dims(found, -axis)
    return found


def _knows_training(layer: Any) -> bool:
    """Return whether a layer computes something else in training.

    Keras' exporter for ONNX calls the model without `training`. Then a layer that
    augments is in training, by its default, and so are all that come after it.
    """
    return "training" in inspect.signature(layer.call).parameters


def _at_inference(call: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """`call` of a layer with `training=False`."""
    return call(*arguments, **options | {"training": False})


def _signature(model: Any, single: bool) -> Any:
    """Return the model's input signature for Keras' exporters, with the names of its
    inputs.
    """
    import keras
    from keras import tree
    from keras.src.export.export_utils import get_input_signature

    structure = get_input_signature(model)
    named = [
        keras.InputSpec(
            shape=(1, *spec.shape[1:]) if single else spec.shape,
            dtype=spec.dtype,
            name=safe_name(name),
        )
        for spec, name in zip(tree.flatten(structure), input_names(model), strict=True)
    ]
    return tree.pack_sequence_as(structure, named)


def _layer_in(text: str, model: Any) -> Any:
    """The innermost layer whose name, or class, is in an error's text; None if there is
    none.
    """
    from keras.layers import RNN

    layers = list(model._flatten_layers(include_self=False, recursive=True))
    if _UNROLLED in text:
        return next((layer for layer in layers if isinstance(layer, RNN)), None)
    for path in re.findall(r"[\w.-]+(?:/[\w.-]+)+", text):
        if (layer := layer_in(model, path)) is not None:
            return layer
    kinds = re.findall(r"when calling (\w+)\.call", text)
    return next(
        (layer for layer in layers if kinds and type(layer).__name__ == kinds[-1]), None
    )
