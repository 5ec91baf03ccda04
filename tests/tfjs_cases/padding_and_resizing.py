"""Padding, cropping, upsampling, resizing."""

from typing import Any

from tests.tfjs_cases.core import seq
from tests.tfjs_cases.harness import Case

Shape = tuple[int | None, ...]
_1D: Shape = (6, 3)
_2D: Shape = (6, 5, 3)
_3D: Shape = (4, 5, 3, 2)
_FIRST = {"data_format": "channels_first"}

_TRIES: list[tuple[str, Shape, tuple[Any, ...], dict[str, Any], str]] = [
    ("ZeroPadding1D", _1D, (), {"padding": (1, 2)}, "exact"),
    ("ZeroPadding1D", (None, 3), (), {"padding": 2}, "exact"),
    ("ZeroPadding2D", _2D, (), {"padding": ((1, 0), (2, 3))}, "exact"),
    ("ZeroPadding2D", (3, 6, 5), (), {"padding": 1, **_FIRST}, "exact"),
    ("ZeroPadding2D", (None, None, 3), (), {"padding": (1, 2)}, "exact"),
    ("ZeroPadding3D", _3D, (), {"padding": ((1, 0), (2, 1), (0, 2))}, "exact"),
    ("ZeroPadding3D", (2, 4, 5, 3), (), {"padding": 1, **_FIRST}, "exact"),
    ("Cropping1D", _1D, (), {"cropping": (1, 2)}, "exact"),
    ("Cropping2D", _2D, (), {"cropping": ((1, 0), (2, 1))}, "exact"),
    ("Cropping2D", (3, 6, 5), (), {"cropping": 1, **_FIRST}, "exact"),
    ("Cropping2D", (None, None, 3), (), {"cropping": 1}, "size"),
    ("Cropping3D", _3D, (), {"cropping": ((1, 0), (2, 1), (0, 1))}, "exact"),
    ("UpSampling1D", _1D, (), {"size": 3}, "exact"),
    ("UpSampling2D", _2D, (), {"size": (2, 3)}, "exact"),
    ("UpSampling2D", (3, 6, 5), (), {"size": 2, **_FIRST}, "exact"),
    ("UpSampling2D", (None, None, 3), (), {"size": 2}, "exact"),
    ("UpSampling2D", _2D, (), {"interpolation": "bilinear"}, "exact"),
    ("UpSampling2D", _2D, (), {"size": (3, 2), "interpolation": "bicubic"}, "exact"),
    ("UpSampling2D", (3, 6, 5), (), {"interpolation": "bilinear", **_FIRST}, "exact"),
    ("UpSampling2D", (None, None, 3), (), {"interpolation": "bilinear"}, "exact"),
    ("UpSampling2D", (None, None, 3), (), {"size": (3, 4), "interpolation": "bilinear"}, "exact"),
    ("UpSampling2D", (None, 6, 3), (), {"size": (5, 2), "interpolation": "bilinear"}, "exact"),
    ("UpSampling2D", (3, None, None), (), {"interpolation": "bilinear", **_FIRST}, "size"),
    ("UpSampling2D", (None, None, 3), (), {"interpolation": "bicubic"}, "size"),
    ("UpSampling3D", _3D, (), {"size": (2, 1, 3)}, "exact"),
    ("UpSampling3D", (2, 4, 5, 3), (), {"size": 2, **_FIRST}, "exact"),
    ("Resizing", _2D, (4, 9), {}, "exact"),
    ("Resizing", _2D, (9, 4), {"interpolation": "nearest"}, "exact"),
    ("Resizing", _2D, (9, 4), {"interpolation": "bicubic", "antialias": True}, "exact"),
    ("Resizing", _2D, (4, 4), {"crop_to_aspect_ratio": True}, "exact"),
    ("Resizing", _2D, (4, 4), {"pad_to_aspect_ratio": True}, "pad_to_aspect_ratio"),
    ("Resizing", (None, None, 3), (4, 4), {}, "size"),
    ("CenterCrop", _2D, (4, 3), {}, "exact"),
    ("CenterCrop", _2D, (3, 3), {}, "exact"),
    ("CenterCrop", _2D, (8, 8), {}, "exact"),
    ("CenterCrop", (3, 6, 5), (4, 3), _FIRST, "exact"),
]


def cases() -> list[Case]:
    return [
        Case(name, _text(shape, first, options), seq(shape, _maker(name, first, options)), expect)
        for name, shape, first, options, expect in _TRIES
    ] + [Case(name, "one image", _one_image(name), "rank") for name in ("CenterCrop", "Resizing", "RandomCrop")]


def _one_image(name: str) -> Any:
    """A model whose first axis is that of the rows."""

    def build(k: Any) -> Any:
        x = k.Input(batch_shape=(6, 6, 3))
        return k.Model(x, getattr(k.layers, name)(4, 5)(x))

    return build


def _maker(name: str, first: tuple[Any, ...], options: dict[str, Any]) -> Any:
    return lambda kl: getattr(kl, name)(*first, **options)


def _text(shape: Shape, first: tuple[Any, ...], options: dict[str, Any]) -> str:
    parts = [str(first)] if first else []
    parts += [f"{key}={value}" for key, value in options.items()]
    return ", ".join([*parts, *(["free size"] if None in shape else [])])
