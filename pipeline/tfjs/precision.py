"""Models that compute in less than float32: the same layers in float32, and how far
their answers are from Keras' own.

TensorFlow.js computes in float32. The answers of a mixed_float16 or mixed_bfloat16
model can therefore not be reproduced; but its weights are float32, and its layers
compute in float32 as soon as their policy says so. As such the model is exported and
proved like any other, and the difference from what it computed before is measured.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.errors import ConfigError, ConversionError
from pipeline.tfjs.keras_model import is_model, output_names, replaced
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.parity.reference import Reference, check_answers, reference

_LOWER = frozenset({"float16", "bfloat16"})


@dataclass(frozen=True, kw_only=True)
class PrecisionChange:
    """How far the answers in float32 are from those in lower precision, both by
    Keras.
    """

    policies: tuple[str, ...]  # dtype policies that were float32 meanwhile
    max_abs_diff: float  # of any output, over all samples; of finite values
    largest: float  # absolute value in the outputs in lower precision, to compare with
    # share of rows with the same largest value; None where a row is one number
    argmax_agreement: float | None
    not_finite: int  # values in lower precision that are NaN or infinite

    def __str__(self) -> str:
        """One line."""
        left_out = (
            f"; {self.not_finite:,} of them are not finite and were left out"
            if self.not_finite
            else ""
        )
        agreed = (
            ""
            if self.argmax_agreement is None
            else f", argmax agreement {self.argmax_agreement:.2%}"
        )
        return (
            f"in float32 instead of {', '.join(self.policies)}: max abs diff"
            f" {self.max_abs_diff:.2g} from Keras' own answers (up to"
            f" {self.largest:.2g}){agreed}{left_out}"
        )


def check_precision(precision: str | None) -> None:
    """ConfigError for anything but "float32" and None."""
    if precision not in (None, "float32"):
        raise ConfigError(
            "The precision must be float32, or be left out. Received:"
            f" precision={precision!r}. Next step: choose float32, in which"
            " TensorFlow.js computes."
        )


def is_lower(layer: Any) -> bool:
    """Return whether a layer computes or keeps its weights in less than float32."""
    if _is_input(layer):
        return str(layer.dtype) in _LOWER
    if not hasattr(layer, "dtype_policy"):
        return False  # an operation between layers
    return bool(
        layer.quantization_mode or _LOWER & {layer.compute_dtype, layer.variable_dtype}
    )


def lower_layers(model: Any) -> list[Any]:
    """The layers of lower precision, inside nested models too; the models themselves
    are last.
    """
    return sorted(filter(is_lower, model._flatten_layers()), key=is_model)


def refusal(layer: Any, path: str | None = None) -> ConversionError:
    """The refusal of a layer of lower precision, which says how the model can be
    exported all the same.
    """
    if layer.quantization_mode:
        step = (
            "export the model from before it was quantized, with dtype='uint8' for"
            " small files"
        )
    elif _is_input(layer):
        step = "give the input the dtype float32"
    else:
        step = (
            "`pipeline export --precision float32` (in Python, precision='float32')"
            " exports the model in float32 and says how far that is from Keras' own"
            " answers"
        )
    return ConversionError(
        f"Layer '{path or layer.name}' ({type(layer).__name__}) computes in lower"
        " precision and TensorFlow.js in float32, so the results would differ."
        f" Received: dtype={_policy(layer)!r}. Next step: {step}."
    )


@contextmanager
def in_float32(model: Any) -> Iterator[None]:
    """Inside, all layers compute in float32.

    ConversionError for a quantized layer, and for an input of 16 bits.
    """
    import keras

    for layer in filter(is_lower, model._flatten_layers()):
        if layer.quantization_mode or _is_input(layer):
            raise refusal(layer)
    with ExitStack() as stack:
        for layer in model._flatten_layers():
            if layer.compute_dtype not in _LOWER:
                continue
            stack.enter_context(
                replaced(layer, "_dtype_policy", keras.DTypePolicy("float32"))
            )
            # it keeps its statistics as it computes with them
            if isinstance(layer, keras.layers.Normalization):
                for name in ("mean", "variance"):
                    stack.enter_context(
                        replaced(
                            layer, name, keras.ops.cast(getattr(layer, name), "float32")
                        )
                    )
        yield


def measure(model: Any, references: Sequence[Reference]) -> PrecisionChange:
    """Compare the answers of the model as it is with those that it gave in float32,
    `references`.

    Raises ConversionError where it gives no finite value in lower precision.
    """
    before = [reference(model, one.inputs) for one in references]
    check_answers(model, before)
    names = output_names(model)
    pairs = [
        (
            name,
            theirs.astype(np.float32) if str(theirs.dtype) in _LOWER else theirs,
            ours,
        )
        for one, now in zip(before, references, strict=True)
        for name, theirs, ours in zip(names, one.answers, now.answers, strict=True)
    ]
    finite = [np.isfinite(theirs) & np.isfinite(ours) for _, theirs, ours in pairs]
    values = [
        compare(name, np.where(kept, theirs, 0), np.where(kept, ours, 0))
        for (name, theirs, ours), kept in zip(pairs, finite, strict=True)
    ]
    rows = []  # the share with the same largest value, among those that are finite
    for (name, theirs, ours), kept, check in zip(pairs, finite, values, strict=True):
        if check.has_argmax:
            whole = kept.all(axis=-1)
            rows.append(compare(name, theirs[whole], ours[whole]).argmax_agreement)
    return PrecisionChange(
        policies=tuple(dict.fromkeys(map(_policy, lower_layers(model)))),
        max_abs_diff=max(check.max_abs_diff for check in values),
        largest=max(
            float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0))
            for _, theirs, _ in pairs
        ),
        argmax_agreement=min(rows, default=None),
        not_finite=sum(int((~np.isfinite(theirs)).sum()) for _, theirs, _ in pairs),
    )


def _is_input(layer: Any) -> bool:
    return type(layer).__name__ == "InputLayer"


def _policy(layer: Any) -> str:
    return str(layer.dtype if _is_input(layer) else layer.dtype_policy.name)
