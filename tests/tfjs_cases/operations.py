"""Operations written between layers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.tfjs_cases.harness import Case

_ROW = np.array([1.0, -2.0, 0.5, 3.0], np.float32)


def cases() -> list[Case]:
    return [
        *(_case(name, [(5, 4)], make) for name, make in _ONE.items()),
        *(_case(name, [(5, 4), (5, 4)], make) for name, make in _TWO.items()),
        *(_case(name, [(5, 4)], make, "") for name, make in _REFUSED.items()),
        *(_case(name, [(5, 4)], make, "constant") for name, make in _INFINITE.items()),
        *(_case(name, shapes, make) for name, (shapes, make) in _IMAGES.items()),
        _case("clip to rows", [(5, 4)], lambda k, x: k.ops.clip(x, _ROW - 1, _ROW), "options"),
    ]


def _case(name: str, shapes: list[tuple[int, ...]], make: Callable[..., Any], expect: str = "exact") -> Case:
    def build(k: Any) -> Any:
        inputs = [k.Input(shape) for shape in shapes]
        return k.Model(inputs, make(k, *inputs))

    return Case("operation", name, build, expect or "Layer")


_ONE: dict[str, Callable[..., Any]] = {
    "x + 2": lambda k, x: x + 2.0, "2 + x": lambda k, x: 2.0 + x, "x - 2": lambda k, x: x - 2.0,
    "2 - x": lambda k, x: 2.0 - x, "x * 3": lambda k, x: x * 3.0, "x / 4": lambda k, x: x / 4.0, "-x": lambda k, x: -x,
    "abs(x)": lambda k, x: abs(x), "x ** 2": lambda k, x: x**2, "x ** 3": lambda k, x: x**3,
    "x * row": lambda k, x: x * _ROW, "x * 2 + row": lambda k, x: x * 2.0 + _ROW,
    "square": lambda k, x: k.ops.square(x), "maximum with constant": lambda k, x: k.ops.maximum(x, 0.3),
    "minimum with constant": lambda k, x: k.ops.minimum(x, -0.3), "clip": lambda k, x: k.ops.clip(x, -0.5, 0.7),
    "reshape": lambda k, x: k.ops.reshape(x, (-1, 2, 10)), "expand_dims": lambda k, x: k.ops.expand_dims(x, 2),
    "squeeze": lambda k, x: k.ops.squeeze(k.ops.expand_dims(x, 1), 1),
    "transpose": lambda k, x: k.ops.transpose(x, (0, 2, 1)),
    "concatenate": lambda k, x: k.ops.concatenate([x, x * 2.0], axis=1),
    "stack": lambda k, x: k.ops.stack([x, x * 2.0], axis=2), "split": lambda k, x: k.ops.split(x, 2, axis=2),
    "x[:, 1:3]": lambda k, x: x[:, 1:3], "x[:, -1]": lambda k, x: x[:, -1], "x[:, :, 0]": lambda k, x: x[:, :, 0],
    "x[..., 1:]": lambda k, x: x[..., 1:], "mean": lambda k, x: k.ops.mean(x, axis=1),
    "mean keepdims": lambda k, x: k.ops.mean(x, axis=2, keepdims=True),
    "mean over all": lambda k, x: k.ops.mean(x, axis=(1, 2)), "sum": lambda k, x: k.ops.sum(x, axis=-1),
    "max": lambda k, x: k.ops.max(x, axis=1), "relu": lambda k, x: k.ops.relu(x),
    "leaky_relu": lambda k, x: k.ops.leaky_relu(x, 0.3), "gelu approximate": lambda k, x: k.ops.gelu(x),
    "gelu": lambda k, x: k.activations.gelu(x), "silu": lambda k, x: k.ops.silu(x), "tanh": lambda k, x: k.ops.tanh(x),
    "softmax": lambda k, x: k.ops.softmax(x), "softmax axis=1": lambda k, x: k.ops.softmax(x, axis=1),
    "log_softmax": lambda k, x: k.ops.log_softmax(x), "hard_sigmoid": lambda k, x: k.ops.hard_sigmoid(x),
    "hard_silu": lambda k, x: k.ops.hard_silu(x), "sigmoid": lambda k, x: k.ops.sigmoid(x),
    "softplus": lambda k, x: k.ops.softplus(x), "stop_gradient": lambda k, x: k.ops.stop_gradient(x) + x,
}  # fmt: skip
_TWO: dict[str, Callable[..., Any]] = {
    "x + y": lambda k, x, y: x + y,
    "x - y": lambda k, x, y: x - y,
    "x * y": lambda k, x, y: x * y,
    "maximum": lambda k, x, y: k.ops.maximum(x, y),
    "matmul": lambda k, x, y: k.ops.matmul(x, k.ops.transpose(y, (0, 2, 1))),
}
_PATCHES: list[tuple[str, tuple[int | None, ...], tuple[Any, ...], dict[str, Any]]] = [
    ("", (9, 8, 3), ((3, 2),), {}),
    (" strides=2, padding=same", (9, 8, 3), (3,), {"strides": 2, "padding": "same"}),
    (" dilation_rate=2", (9, 8, 3), (2,), {"strides": 1, "dilation_rate": 2}),
    (" channels_first", (3, 9, 8), (2,), {"data_format": "channels_first"}),
    (" of any size", (None, None, 3), (4,), {}),
    ("_3d", (6, 5, 4, 2), (2,), {}),
]
_IMAGES: dict[str, Any] = {
    f"extract_patches{name}": (
        [shape],
        lambda k, x, n=name, a=first, o=options: getattr(
            k.ops.image, "extract_patches_3d" if n == "_3d" else "extract_patches"
        )(x, *a, **o),
    )
    for name, shape, first, options in _PATCHES
}
_REFUSED: dict[str, Callable[..., Any]] = {
    "exp": lambda k, x: k.ops.exp(x), "2 / x": lambda k, x: 2.0 / (x * x + 1.0),
    "x ** 0.5": lambda k, x: (x * x) ** 0.5, "sqrt": lambda k, x: k.ops.sqrt(x * x),
    "cumsum": lambda k, x: k.ops.cumsum(x, axis=1), "cumsum axis=-1": lambda k, x: k.ops.cumsum(x, axis=-1),
    "argmax": lambda k, x: k.ops.argmax(x, axis=-1), "x > 0 as numbers": lambda k, x: k.ops.cast(x > 0, "float32"),
    "x[:, ::2]": lambda k, x: x[:, ::2],
    "matmul with a constant": lambda k, x: k.ops.matmul(x, np.ones((4, 2), np.float32)),
}  # fmt: skip


_INFINITE: dict[str, Callable[..., Any]] = {  # JSON has no word for it
    "clip at the bottom": lambda k, x: k.ops.clip(x, 0.0, float("inf")),
    "maximum with -inf": lambda k, x: k.ops.maximum(x, -np.inf),
    "x / 0": lambda k, x: x / 0.0,
}
