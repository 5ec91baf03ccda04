"""Convolutions."""

from typing import Any

from tests.tfjs_cases.core import seq
from tests.tfjs_cases.harness import Case

# What each class is tried with: options → shape.
_1D: tuple[int | None, ...] = (9, 4)
_2D: tuple[int | None, ...] = (8, 7, 4)
_3D: tuple[int | None, ...] = (5, 6, 4, 2)


def cases() -> list[Case]:
    return [_case(layer, shape, options) for layer, shape, tries in _TRIES for options in tries]


def _case(layer: str, shape: tuple[int | None, ...], options: dict[str, Any]) -> Case:
    kept = dict(options)
    expect = kept.pop("refused", "exact")
    shape = kept.pop("shape", shape)
    first = () if "Depthwise" in layer else (kept.pop("filters", 6),)
    name = ", ".join(f"{key}={value}" for key, value in options.items() if key != "refused") or "default"
    return Case(layer, name, seq(shape, lambda kl: getattr(kl, layer)(*first, **{"kernel_size": 3} | kept)), expect)


_FIRST = {"data_format": "channels_first"}
_TRIES: list[tuple[str, tuple[int | None, ...], list[dict[str, Any]]]] = [
    ("Conv1D", _1D, [
        {}, {"padding": "same", "strides": 2}, {"dilation_rate": 2}, {"padding": "causal"}, {"groups": 2},
        {"padding": "causal", "dilation_rate": 3}, {"padding": "causal", "strides": 2}, {"activation": "hard_silu"},
        {"use_bias": False}, {"shape": (4, 9), **_FIRST}, {"shape": (None, 4), "padding": "causal"},
        {"shape": (None, 4), "padding": "same"},
    ]),
    ("Conv2D", _2D, [
        {}, {"padding": "same", "strides": 2}, {"strides": (1, 2)}, {"dilation_rate": 2, "padding": "same"},
        {"kernel_size": (2, 3), "activation": "relu"}, {"groups": 2}, {"filters": 8, "groups": 4},
        {"groups": 2, "padding": "same", "strides": 2, "use_bias": False}, {"shape": (4, 8, 7), **_FIRST},
        {"activation": "hard_sigmoid"}, {"activation": "softmax"}, {"shape": (None, None, 4), "padding": "same"},
        {"shape": (4, 8, 7), **_FIRST, "activation": "softmax", "refused": "data_format"}, {"activation": "gelu"},
    ]),
    ("Conv3D", _3D, [
        {}, {"padding": "same", "strides": 2}, {"dilation_rate": 2, "kernel_size": 2},
        {"groups": 2, "activation": "elu"}, {"shape": (2, 5, 6, 4), **_FIRST},
    ]),
    ("DepthwiseConv1D", _1D, [
        {}, {"padding": "same", "strides": 2, "depth_multiplier": 2}, {"dilation_rate": 2},
        {"shape": (4, 9), **_FIRST}, {"activation": "silu"},
    ]),
    ("DepthwiseConv2D", _2D, [
        {}, {"padding": "same", "strides": 2, "depth_multiplier": 2}, {"dilation_rate": 2}, {"use_bias": False},
        {"dilation_rate": (2, 2), "padding": "same"}, {"activation": "relu6"}, {"shape": (4, 8, 7), **_FIRST},
    ]),
    ("SeparableConv1D", _1D, [
        {}, {"padding": "same", "strides": 2, "depth_multiplier": 2}, {"dilation_rate": 2},
        {"shape": (4, 9), **_FIRST},
    ]),
    ("SeparableConv2D", _2D, [
        {}, {"padding": "same", "strides": 2, "depth_multiplier": 2}, {"dilation_rate": 2}, {"activation": "relu"},
        {"shape": (4, 8, 7), **_FIRST}, {"use_bias": False},
    ]),
    ("Conv1DTranspose", _1D, [
        {}, {"padding": "same", "strides": 2}, {"strides": 4}, {"strides": 2, "output_padding": 1},
        {"padding": "same", "strides": 2, "output_padding": 1}, {"dilation_rate": 2}, {"shape": (4, 9), **_FIRST},
        {"dilation_rate": 2, "padding": "same"}, {"shape": (None, 4), "strides": 2},
    ]),
    ("Conv2DTranspose", _2D, [
        {}, {"padding": "same", "strides": 2}, {"strides": (2, 3), "activation": "relu"},
        {"strides": 2, "output_padding": 1}, {"padding": "same", "strides": 2, "output_padding": 0},
        {"padding": "same", "strides": 3, "output_padding": 1}, {"dilation_rate": 2}, {"use_bias": False},
        {"dilation_rate": 2, "padding": "same", "activation": "tanh"}, {"shape": (4, 8, 7), **_FIRST},
        {"shape": (None, None, 4), "strides": 2, "padding": "same"}, {"activation": "hard_sigmoid"},
    ]),
    ("Conv3DTranspose", (3, 4, 3, 2), [
        {}, {"padding": "same", "strides": 2}, {"strides": 2, "output_padding": 1}, {"shape": (2, 3, 4, 3), **_FIRST},
    ]),
]  # fmt: skip
