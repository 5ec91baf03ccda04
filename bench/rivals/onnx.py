"""The recipes softmax and cnn as ONNX files, written field by field, so that no further
package is needed.

Field numbers are those of onnx.proto3 in the ONNX repository; `onnx.checker` of onnx
1.19.1 accepts the result.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

FLOAT = 1  # TensorProto.DataType
INTEGERS = 7  # AttributeProto.AttributeType
IR_VERSION, OPSET = 8, 13  # of ONNX 1.10 (2021): any runtime in use reads them


def softmax_regression(
    kernel: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> bytes:
    """An ONNX model that maps "pixels" (1, inputs) to "scores" (1, classes),
    softmax(pixels · kernel + bias).
    """
    inputs, classes = kernel.shape
    nodes = [
        _node("Gemm", ["pixels", "kernel", "bias"], "logits"),
        _node("Softmax", ["logits"], "scores"),  # over the last axis, by default
    ]
    return _model(nodes, {"kernel": kernel, "bias": bias}, (1, inputs), (1, classes))


def small_cnn(model: Any) -> bytes:
    """The Keras model of the recipe cnn as one from "pixels" (1, 1, height, width) to
    "scores" (1, classes).

    The last layer's weights are put into the order in which ONNX flattens, so that
    nothing has to be transposed.
    """
    nodes: list[bytes] = []
    weights: dict[str, npt.NDArray[np.float32]] = {}
    last = "pixels"
    channels = 1
    for layer in model.layers:
        name, kind = layer.name, type(layer).__name__
        if kind == "Conv2D":
            kernel, bias = layer.get_weights()
            weights |= {
                f"{name}_kernel": kernel.transpose(3, 2, 0, 1),
                f"{name}_bias": bias,
            }
            size = _attribute("kernel_shape", kernel.shape[:2])
            if layer.padding == "same":  # of an odd kernel
                size += _attribute(
                    "pads", [length // 2 for length in kernel.shape[:2]] * 2
                )
            nodes += [
                _node("Conv", [last, f"{name}_kernel", f"{name}_bias"], f"{name}_sums")
                + size,
                _node("Relu", [f"{name}_sums"], name),
            ]
            channels = kernel.shape[3]
        elif kind == "MaxPooling2D":
            size = _attribute("kernel_shape", layer.pool_size) + _attribute(
                "strides", layer.strides
            )
            nodes.append(_node("MaxPool", [last], name) + size)
        elif kind == "Flatten":
            nodes.append(_node("Flatten", [last], name))
        elif kind == "Dense":
            kernel, bias = layer.get_weights()
            inputs, classes = kernel.shape
            rows = kernel.reshape(inputs // channels, channels, classes).transpose(
                1, 0, 2
            )
            weights |= {"kernel": rows.reshape(inputs, classes), "bias": bias}
            nodes += [
                _node("Gemm", [last, "kernel", "bias"], "logits"),
                _node("Softmax", ["logits"], name),
            ]
        elif kind != "Dropout":
            raise ValueError(
                f"The model must be that of the recipe cnn. Received: a layer {kind}."
            )
        if kind != "Dropout":
            last = name
    _, height, width, _ = model.input_shape
    return _model(nodes, weights, (1, 1, height, width), model.output_shape)


def _model(
    nodes: list[bytes],
    weights: dict[str, npt.NDArray[np.float32]],
    taken: tuple[int, ...],
    given: tuple[int | None, ...],
) -> bytes:
    """A model from "pixels" to "scores", of these shapes."""
    graph = b"".join(
        [
            *(_message(1, node) for node in nodes),
            _string(2, "digits"),
            *(_message(5, _tensor(name, values)) for name, values in weights.items()),
            _message(11, _value("pixels", taken)),
            _message(12, _value("scores", (1, *(size for size in given[1:] if size)))),
        ]
    )
    return (
        _integer(1, IR_VERSION)
        + _message(7, graph)
        + _message(8, _string(1, "") + _integer(2, OPSET))
    )


def _node(operator: str, inputs: list[str], output: str) -> bytes:
    return (
        b"".join(_string(1, name) for name in inputs)
        + _string(2, output)
        + _string(4, operator)
    )


def _attribute(name: str, values: Sequence[int]) -> bytes:
    integers = b"".join(_integer(8, value) for value in values)
    return _message(5, _string(1, name) + integers + _integer(20, INTEGERS))


def _tensor(name: str, values: npt.NDArray[np.float32]) -> bytes:
    dims = b"".join(_integer(1, size) for size in values.shape)
    return (
        dims
        + _integer(2, FLOAT)
        + _string(8, name)
        + _message(9, values.astype("<f4").tobytes())
    )


def _value(name: str, sizes: tuple[int, ...]) -> bytes:
    shape = b"".join(_message(1, _integer(1, size)) for size in sizes)
    tensor_type = _integer(1, FLOAT) + _message(2, shape)
    return _string(1, name) + _message(2, _message(1, tensor_type))


def _integer(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _string(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _varint(value: int) -> bytes:
    """Seven bits per byte, lowest first; the eighth bit marks that more follow."""
    low = value & 0x7F
    return bytes([low]) if value < 0x80 else bytes([low | 0x80]) + _varint(value >> 7)
