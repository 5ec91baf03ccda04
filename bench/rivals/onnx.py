"""Softmax regression as an ONNX file, written field by field, so that no further package is needed.

Field numbers are those of onnx.proto3 in the ONNX repository; `onnx.checker` of onnx 1.19.1 accepts the result.
"""

import numpy as np
import numpy.typing as npt

FLOAT = 1  # TensorProto.DataType
IR_VERSION, OPSET = 8, 13  # of ONNX 1.10 (2021): any runtime in use reads them


def softmax_regression(kernel: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]) -> bytes:
    """An ONNX model that maps "pixels" (1, inputs) to "scores" (1, classes), softmax(pixels · kernel + bias)."""
    inputs, classes = kernel.shape
    nodes = [
        _string(1, "pixels") + _string(1, "kernel") + _string(1, "bias") + _string(2, "logits") + _string(4, "Gemm"),
        _string(1, "logits") + _string(2, "scores") + _string(4, "Softmax"),  # over the last axis, by default
    ]
    graph = b"".join(
        [
            *(_message(1, node) for node in nodes),
            _string(2, "softmax regression"),
            _message(5, _tensor("kernel", kernel)),
            _message(5, _tensor("bias", bias)),
            _message(11, _value("pixels", inputs)),
            _message(12, _value("scores", classes)),
        ]
    )
    return _integer(1, IR_VERSION) + _message(7, graph) + _message(8, _string(1, "") + _integer(2, OPSET))


def _tensor(name: str, values: npt.NDArray[np.float32]) -> bytes:
    dims = b"".join(_integer(1, size) for size in values.shape)
    return dims + _integer(2, FLOAT) + _string(8, name) + _message(9, values.astype("<f4").tobytes())


def _value(name: str, size: int) -> bytes:
    shape = b"".join(_message(1, _integer(1, dim)) for dim in (1, size))
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
