"""Models that compute in less than float32: the same model in float32, and how far its answers are from Keras' own.

TensorFlow.js computes in float32. What Keras computes in mixed_float16, mixed_bfloat16 or with int8, int4 or float8
weights can therefore not be reproduced; but the model can be rebuilt in float32, with the weights that Keras' layers
compute with. That model is exported and proved like any other, and the difference from the original is measured.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.errors import ConfigError, ConversionError
from pipeline.system import html
from pipeline.tfjs.dequantize import DEQUANTIZED, dequantized
from pipeline.tfjs.keras_model import as_functional, is_model, output_names, reason_of
from pipeline.tfjs.parity.compare import OutputCheck, compare
from pipeline.tfjs.parity.reference import Reference, check_answers, predict
from pipeline.tfjs.weights import Array

_LOWER = frozenset({"float16", "bfloat16"})
_LOWER_POLICIES = _LOWER | {"mixed_float16", "mixed_bfloat16"}
# What lower precision may change in an output, as a share of its size (root of the sum of squares). Weights of 4 bits
# and activations of 8 change small networks of random weights by some hundredths; another network's outputs, which have
# nothing to do with these, differ by more than 1.
EXPLAINED = 0.5
_FLOAT32 = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}


@dataclass(frozen=True, kw_only=True)
class PrecisionChange(html.Shown):
    """How far the answers of the exported float32 model are from those of the model as it was, both by Keras."""

    policies: tuple[str, ...]  # dtype policies that became float32
    max_abs_diff: float  # of any output, over all samples; of finite values
    largest: float  # absolute value in the outputs of the model as it was, to compare with
    argmax_agreement: float  # share of rows with the same largest value
    not_finite: int  # values of the model as it was that are NaN or infinite

    def __str__(self) -> str:
        """One line."""
        left_out = f"; {self.not_finite:,} of them are not finite and were left out" if self.not_finite else ""
        return (
            f"in float32 instead of {', '.join(self.policies)}: max abs diff {self.max_abs_diff:.2g} from Keras' own "
            f"answers (up to {self.largest:.2g}), argmax agreement {self.argmax_agreement:.2%}{left_out}"
        )


def check_precision(precision: str | None) -> None:
    """ConfigError for anything but "float32" and None."""
    if precision not in (None, "float32"):
        raise ConfigError(
            f"The precision must be float32, or be left out. Received: precision={precision!r}. "
            "Next step: choose float32, in which TensorFlow.js computes."
        )


def is_lower(layer: Any) -> bool:
    """Whether a layer computes or keeps its weights in less than float32."""
    if type(layer).__name__ == "InputLayer":
        return str(layer.dtype) in _LOWER
    policy = getattr(layer, "dtype_policy", None)
    if policy is None:
        return False
    return bool(policy.quantization_mode or _LOWER & {policy.compute_dtype, policy.variable_dtype})


def lower_layers(model: Any) -> list[Any]:
    """The layers of lower precision, inside nested models too; the models themselves are last."""
    return sorted(filter(is_lower, model._flatten_layers()), key=is_model)


def refusal(layer: Any, path: str | None = None) -> ConversionError:
    """The refusal of a layer of lower precision, which says how the model can be exported all the same."""
    policy = _policy(layer)
    return ConversionError(
        f"Layer '{path or layer.name}' ({type(layer).__name__}) computes in lower precision and TensorFlow.js in "
        f"float32, so the results would differ. Received: dtype={policy!r}. Next step: `pipeline export --precision "
        "float32` (in Python, precision='float32') exports the model in float32 and says how far that is from Keras' "
        "own answers."
    )


def in_float32(model: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A new model like `model` that computes in float32, with the weights that the layers of `model` compute with.

    `model` is only read. Raises ConversionError for a model that Keras cannot rebuild from its own description, or
    with weights that are quantized in another way than int8, int4 and float8.
    """
    for layer in lower_layers(model):
        mode = layer.dtype_policy.quantization_mode
        if mode not in (None, *DEQUANTIZED):
            raise ConversionError(
                f"The weights of layer '{layer.name}' ({type(layer).__name__}) must be quantized as one of "
                f"{', '.join(DEQUANTIZED)} to be exported. Received: {_policy(layer)!r}. Next step: export the model "
                "from before it was quantized."
            )
    with _global_policy("float32"):
        exact = _rebuilt(model, _in_float32(_description(model)), custom_objects)
    left = lower_layers(exact)
    if left:
        raise ConversionError(
            f"Layer '{left[0].name}' ({type(left[0]).__name__}) must take its dtype from its config to be exported in "
            f"float32. Received: {_policy(left[0])!r} again. Next step: pass **kwargs on to Layer.__init__, or rebuild "
            "the model in float32 and load its weights."
        )
    _copy_weights(model, exact)
    return exact


def measure(model: Any, references: Sequence[Reference], custom_objects: Mapping[str, Any] | None) -> PrecisionChange:
    """Compare the answers of the float32 model, `references`, with those of `model`, of which it was made.

    Raises ConversionError for a difference that is not one of precision: a large one, and that of own classes which do
    not come back from their config as they were. DataError where Keras cannot run `model`.
    """
    with as_functional(model) as runnable:
        before = [replace(one, model=runnable, answers=predict(runnable, one.inputs)) for one in references]
        check_answers(runnable, before)
    if any(not type(layer).__module__.startswith("keras.src.") for layer in model._flatten_layers()):
        _check_rebuilding(model, before[0], custom_objects)
    pairs = [
        (name, _plain(theirs), ours)
        for one, now in zip(before, references, strict=True)
        for name, theirs, ours in zip(output_names(now.model), one.answers, now.answers, strict=True)
    ]
    checks = [_compare_finite(*pair) for pair in pairs]
    for check, (_, theirs, ours) in zip(checks, pairs, strict=True):
        _check_explained(model, check, theirs, ours)
    return PrecisionChange(
        policies=tuple(dict.fromkeys(map(_policy, lower_layers(model)))),
        max_abs_diff=max(check.max_abs_diff for check in checks),
        largest=max(_largest(theirs) for _, theirs, _ in pairs),
        argmax_agreement=min(check.argmax_agreement for check in checks),
        not_finite=sum(int((~np.isfinite(theirs)).sum()) for _, theirs, _ in pairs),
    )


def _compare_finite(name: str, theirs: Array, ours: Array) -> OutputCheck:
    """Compare the values that are finite, and the largest of each row that has no other."""
    finite = np.isfinite(theirs) & np.isfinite(ours)
    whole = finite.all(axis=-1) if finite.ndim > 1 else finite
    check = compare(name, np.where(finite, theirs, 0), np.where(finite, ours, 0))
    return replace(check, argmax_agreement=compare(name, theirs[whole], ours[whole]).argmax_agreement)


def _largest(values: Array) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0))


def _check_explained(model: Any, check: OutputCheck, theirs: Array, ours: Array) -> None:
    finite = np.isfinite(theirs) & np.isfinite(ours)
    was, now = (one[finite].astype(np.float64) for one in (theirs, ours))
    difference, size = float(np.linalg.norm(now - was)), float(np.linalg.norm(was))
    if check.max_abs_diff > check.limit and difference > EXPLAINED * size:
        raise ConversionError(
            f"In float32 '{model.name}' must answer nearly as Keras does in lower precision. Received: a difference of "
            f"{check.max_abs_diff:.2g} in output '{check.name}', where Keras' largest value is "
            f"{_largest(theirs):.2g}. Next step: look whether Keras' own answers are right (TimeDistributed, for "
            "one, leaves out the scale of a quantized layer), and else export the model from before it was quantized."
        )


def _check_rebuilding(model: Any, before: Reference, custom_objects: Mapping[str, Any] | None) -> None:
    """Refuse a model that, rebuilt without any change of precision, answers in another way."""
    same = _rebuilt(model, _description(model), custom_objects)
    _copy_weights(model, same)
    with as_functional(same) as runnable:
        again = predict(runnable, before.inputs)
    checks = [compare("", _plain(one), _plain(other)) for one, other in zip(before.answers, again, strict=True)]
    if not all(check.passed for check in checks):
        worst = f"{max(check.max_abs_diff for check in checks):.2g}"
        raise ConversionError(
            f"Model '{model.name}' must answer as before when Keras rebuilds it from its config. Received: a "
            f"difference of {worst} without any change of precision. Next step: let get_config() of your own layers "
            "return all that their __init__ takes."
        )


def _policy(layer: Any) -> str:
    return str(layer.dtype if type(layer).__name__ == "InputLayer" else layer.dtype_policy.name)


def _plain(values: Array) -> Array:
    """Float16 and bfloat16, which NumPy computes with poorly or not at all, as float32."""
    return values.astype(np.float32) if str(values.dtype) in _LOWER else values


def _description(model: Any) -> Any:
    import keras

    try:
        described = keras.saving.serialize_keras_object(model)
    except Exception as error:  # layers of other people raise many types
        raise _not_rebuilt(model, error) from error
    return {key: value for key, value in described.items() if key != "compile_config"}


def _rebuilt(model: Any, description: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """A model with new weights from a description. Its own classes are those that `model` has."""
    import keras

    own = {type(one).__name__: type(one) for one in model._flatten_layers()}
    own = {name: kind for name, kind in own.items() if not kind.__module__.startswith("keras.src.")}
    try:  # code of Lambda layers is that of the model in memory: a file with such is not even read
        rebuilt = keras.saving.deserialize_keras_object(
            description, custom_objects=own | dict(custom_objects or {}), safe_mode=False
        )
        list(_pairs(model, rebuilt))
    except Exception as error:  # layers of other people raise many types
        raise _not_rebuilt(model, error) from error
    return rebuilt


def _not_rebuilt(model: Any, error: Exception) -> ConversionError:
    return ConversionError(
        f"Keras must be able to rebuild model '{model.name}' from its config, to export it in float32. Received: "
        f"{reason_of(error)}. Next step: give your own classes get_config() and build(), or rebuild the model in "
        "float32 and load its weights."
    )


def _pairs(model: Any, rebuilt: Any) -> Iterator[tuple[Any, Any]]:
    """The layers of both models. ValueError where they are not the same."""
    for old, new in zip(model._flatten_layers(), rebuilt._flatten_layers(), strict=True):
        quantized = bool(old.quantization_mode)
        counts = len(_own_variables(old)), len(_own_variables(new))
        if type(old) is not type(new) or (counts[0] != counts[1] and not quantized):
            raise ValueError(
                f"layer '{old.name}' ({type(old).__name__}) with {counts[0]} weights came back as '{new.name}' "
                f"({type(new).__name__}) with {counts[1]}"
            )
        yield old, new


def _copy_weights(model: Any, rebuilt: Any) -> None:
    for old, new in _pairs(model, rebuilt):
        if old.quantization_mode and not new.quantization_mode:
            before = {one.name: one for one in _own_variables(old)}
            for variable in _own_variables(new):
                value = dequantized(old, variable.name)
                variable.assign(before[variable.name] if value is None else value)
            continue
        store: dict[str, Any] = {}
        old.save_own_variables(store)
        new.load_own_variables({key: np.asarray(value) for key, value in store.items()})
        if hasattr(old, "save_assets"):  # vocabularies
            with tempfile.TemporaryDirectory() as folder:
                old.save_assets(folder)
                new.load_assets(folder)


def _own_variables(layer: Any) -> list[Any]:
    return [*layer._trainable_variables, *layer._non_trainable_variables]


def _in_float32(value: Any, key: str = "") -> Any:
    """A description of Keras objects with each dtype of lower precision replaced, and nothing quantized."""
    if isinstance(value, dict):
        kind = str(value.get("class_name"))
        if kind == "DTypePolicyMap" or kind.endswith("DTypePolicy"):
            kept = kind == "DTypePolicy" and value["config"]["name"] not in _LOWER_POLICIES
            return value if kept else _FLOAT32
        return {name: None if name == "quantization_config" else _in_float32(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_in_float32(one, key) for one in value)
    named = key == "args" or key.endswith("dtype")
    return "float32" if named and isinstance(value, str) and value in _LOWER_POLICIES else value


@contextmanager
def _global_policy(name: str) -> Iterator[None]:
    """Inside, layers that are made without a dtype have this policy."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
