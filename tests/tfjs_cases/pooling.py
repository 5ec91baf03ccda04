"""Pooling."""

from typing import Any

from tests.tfjs_cases.core import seq
from tests.tfjs_cases.harness import Case

_SHAPES: dict[int, tuple[int | None, ...]] = {1: (9, 3), 2: (8, 7, 3), 3: (5, 6, 4, 2)}
_FIRST: dict[int, tuple[int | None, ...]] = {1: (3, 9), 2: (3, 8, 7), 3: (2, 5, 6, 4)}


def cases() -> list[Case]:
    found = []
    for n in (1, 2, 3):
        for kind in ("Max", "Average"):
            found += [*_windows(kind, n), *_global(kind, n), *_adaptive(kind, n)]
    free: tuple[int | None, ...] = (None, 3)
    return [
        *found,
        Case("MaxPooling1D", "free length", seq(free, lambda kl: kl.MaxPooling1D(2))),
        Case("GlobalAveragePooling1D", "free length", seq(free, lambda kl: kl.GlobalAveragePooling1D())),
        Case("GlobalMaxPooling2D", "free size", seq((None, None, 3), lambda kl: kl.GlobalMaxPooling2D())),
        Case("GlobalAveragePooling1D", "mask", seq((5,),
            lambda kl: [kl.Embedding(9, 4, mask_zero=True), kl.GlobalAveragePooling1D()], "int32"), "mask"),
    ]  # fmt: skip


def _windows(kind: str, n: int) -> list[Case]:
    name = f"{kind}Pooling{n}D"
    tries: list[dict[str, Any]] = [
        {},
        {"padding": "same"},
        {"pool_size": 3, "strides": 2},
        {"pool_size": 3, "strides": 1},
    ]
    tries.append({"pool_size": 3, "strides": 2, "padding": "same"})
    found = [
        Case(name, _text(o), seq(_SHAPES[n], lambda kl, o=o: getattr(kl, name)(**{"pool_size": 2} | o))) for o in tries
    ]
    options = {"data_format": "channels_first"}
    return [*found, Case(name, _text(options), seq(_FIRST[n], lambda kl: getattr(kl, name)(2, **options)))]


def _global(kind: str, n: int) -> list[Case]:
    name = f"Global{kind}Pooling{n}D"
    tries: list[dict[str, Any]] = [{}, {"keepdims": True}, {"data_format": "channels_first"}]
    tries.append({"keepdims": True, "data_format": "channels_first"})
    return [
        Case(
            name, _text(o), seq((_FIRST if "data_format" in o else _SHAPES)[n], lambda kl, o=o: getattr(kl, name)(**o))
        )
        for o in tries
    ]


def _adaptive(kind: str, n: int) -> list[Case]:
    name = f"Adaptive{kind}Pooling{n}D"
    even: dict[int, tuple[int | None, ...]] = {1: (8, 3), 2: (8, 6, 3), 3: (4, 6, 2, 2)}
    make: Any = lambda kl, size: getattr(kl, name)(size)  # noqa: E731
    found = [Case(name, "divides evenly", seq(even[n], lambda kl: make(kl, 2)))]
    expect = "exact" if kind == "Average" else "output_size"
    return [*found, Case(name, "does not divide", seq(_SHAPES[n], lambda kl: make(kl, 2)), expect)]


def _text(options: dict[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in options.items()) or "default"
