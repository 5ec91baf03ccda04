"""Keras' outputs on the inputs to compare on:

the reference for every export of a model.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.errors import ConversionError, DataError
from pipeline.system.tensorflow import native_noise_captured
from pipeline.tfjs.keras_model import functional_of, output_names, reason_of
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.weights import Array

Inputs = Mapping[str, Array]
BATCH = 64  # samples per call in TensorFlow.js
# Bytes of inputs given to either at a time. A network that is called once keeps every
# layer's output to the end: for ResNet50 some 130 times its input, so three images at
# once would take more memory than its weights.
CHUNK_BYTES = 2**20
UNIT = 2.0**-24  # the relative error of one float32 operation
_TWO_ROWS = (slice(0, 1), slice(1, 2), slice(0, 2))
PERTURBATIONS = 2  # of the weights, to see what rounding amounts to


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One set of inputs with Keras' answers."""

    model: Any
    inputs: Inputs
    answers: Sequence[Array]  # in the order of the model's outputs
    # whether rows may be run in parts: not where they depend on one another
    separable: bool

    @property
    def rows(self) -> int:
        """Number of samples."""
        return len(next(iter(self.inputs.values())))

    @property
    def batch(self) -> int:
        """How many samples to run at a time in TensorFlow.js."""
        return min(BATCH, _rows_at_a_time(self.inputs)) if self.separable else self.rows

    @cached_property
    def rounding(self) -> list[float]:
        """By how much each output changes when the weights change by what adding in
        another order amounts to.

        A sum of n products computed in float32 is the exact sum for weights that are
        off by a factor of about 1 ± √n · 2^-24 (Higham and Mary, "A new approach to
        probabilistic rounding error analysis", 2019). So running Keras with such
        weights shows how far its layers carry that to the outputs. The model is as
        before afterwards.
        """
        largest = [0.0] * len(self.answers)
        for seed in range(PERTURBATIONS):
            with _perturbed(self.model, np.random.default_rng(seed)):
                others = _predict_in_parts(self.model, self.inputs, self.separable)
            changes = (
                compare("", *pair).max_abs_diff
                for pair in zip(self.answers, others, strict=True)
            )
            largest = [max(pair) for pair in zip(largest, changes, strict=True)]
        return largest


def reference(model: Any, inputs: Inputs) -> Reference:
    """Keras' answers.

    Inputs are only cut into parts where that changes no answer. DataError where Keras
    cannot run.
    """
    counts = {len(array) for array in inputs.values()}
    size = sum(array.nbytes for array in inputs.values())
    worth_cutting = len(counts) == 1 and (max(counts) > BATCH or size > CHUNK_BYTES)
    separable = worth_cutting and rows_are_independent(model, inputs)
    answers = _predict_in_parts(model, inputs, separable)
    return Reference(model=model, inputs=inputs, answers=answers, separable=separable)


def predict(model: Any, inputs: Inputs) -> list[Array]:
    """Keras' outputs at inference, in the order of the model's outputs. The model is as
    before afterwards.

    Raises DataError when Keras cannot compute them, as with ids that an Embedding does
    not have.
    """
    return list(reference(model, inputs).answers)


def check_answers(model: Any, references: Sequence[Reference]) -> None:
    """Refuse outputs that are complex, strings, or without a finite value:

    these agree with anything not finite.
    """
    for name, *answers in zip(
        output_names(model), *(one.answers for one in references), strict=True
    ):
        if answers[0].dtype.kind == "c":
            raise ConversionError(
                f"Output '{name}' must be real: JavaScript has no typed arrays for"
                f" complex numbers. Received: dtype={answers[0].dtype}. Next step:"
                " output its real and imaginary parts (keras.ops.real,"
                " keras.ops.imag)."
            )
        if answers[0].dtype.kind in "OSU":
            raise ConversionError(
                f"Output '{name}' must be numbers, which is all that these files give."
                " Received: strings. Next step: use format='auto' and end in"
                " StringLookup(invert=True), with which load() gives words; or output"
                " the index, and pass the words as labels=[…] (--labels), which go"
                " into the manifest."
            )
        if not any(np.isfinite(values).any() for values in answers):
            raise ConversionError(
                f"Output '{name}' must have finite values, or nothing proves that the"
                " export computes the same. Received: only NaN and infinity, on"
                f" {sum(one.rows for one in references)} samples. Next step: pass"
                " samples (--samples) on which the model has an answer."
            )


def unvaried(model: Any, references: Sequence[Reference]) -> dict[str, bool]:
    """Outputs that vary by less than the proof can see, with whether they are numbers
    that do not vary at all.
    """
    found = {}
    for name, *answers in zip(
        output_names(model), *(one.answers for one in references), strict=True
    ):
        # `check_answers` refuses strings and complex numbers
        if answers[0].dtype.kind in "OSUc":
            continue
        first, *others = (row for values in answers for row in np.atleast_1d(values))
        alike = [row for row in others if row.shape == first.shape]
        if alike and all(compare(name, first, row).passed for row in alike):
            constant = all(np.array_equal(first, row, equal_nan=True) for row in alike)
            found[name] = constant and first.dtype.kind == "f"
    return found


def weak_notes(model: Any, references: Sequence[Reference]) -> tuple[str, ...]:
    """Remarks about what a comparison on these samples cannot show."""
    count = sum(one.rows for one in references)
    return tuple(
        f"output '{name}' hardly varies over {count} samples, which prove little: pass"
        " some on which it does (--samples)"
        for name in unvaried(model, references)
    )


def rows_are_independent(model: Any, inputs: Inputs) -> bool:
    """Return whether two rows have the same answers together as one after the other,
    along a first axis.
    """
    fixed = any(one.shape[0] is not None for one in model.inputs)
    if fixed or len(next(iter(inputs.values()))) < 2:
        return False
    first, second, both = (
        {name: values[rows] for name, values in inputs.items()} for rows in _TWO_ROWS
    )
    together, apart = (
        _predict(model, both),
        _joined([_predict(model, first), _predict(model, second)]),
    )
    return all(compare("", *pair).passed for pair in zip(together, apart, strict=True))


def _predict_in_parts(model: Any, inputs: Inputs, separable: bool) -> list[Array]:
    if not separable:
        return _predict(model, inputs)
    rows, step = len(next(iter(inputs.values()))), _rows_at_a_time(inputs)
    return _joined(
        [
            _predict(
                model,
                {name: array[start : start + step] for name, array in inputs.items()},
            )
            for start in range(0, rows, step)
        ]
    )


def _rows_at_a_time(inputs: Inputs) -> int:
    rows, size = (
        len(next(iter(inputs.values()))),
        sum(array.nbytes for array in inputs.values()),
    )
    return max(1, rows * CHUNK_BYTES // size)


def _joined(parts: Sequence[Sequence[Array]]) -> list[Array]:
    return [
        np.concatenate(pieces) if pieces[0].ndim else pieces[0]
        for pieces in zip(*parts, strict=True)
    ]


def _predict(model: Any, inputs: Inputs) -> list[Array]:
    from keras import ops, tree

    values = list(inputs.values())
    structure = functional_of(model)._inputs_struct
    packed = values[0] if len(values) == 1 else values
    if isinstance(structure, dict):
        packed = tree.pack_sequence_as(structure, values)
    weights = {id(variable) for variable in model.weights}
    # states of random generators, which advance even at inference
    states = [
        (one, np.asarray(one)) for one in model.variables if id(one) not in weights
    ]
    try:
        with native_noise_captured():
            answer = model(
                tree.map_structure(ops.convert_to_tensor, packed), training=False
            )
    except (
        Exception
    ) as error:  # TensorFlow, Keras and layers of other people raise many types
        reason = reason_of(error)
        next_step = "pass or correct the samples (--samples)"
        if "NHWC" in reason:
            next_step = (
                "set TF_ENABLE_ONEDNN_OPTS=1 before Python starts; without it,"
                " TensorFlow cannot run channels_first on this processor"
            )
        raise DataError(
            "Keras must be able to run the model on the samples. Received:"
            f" {reason}. Next step: {next_step}."
        ) from error
    finally:
        for variable, value in states:
            variable.assign(value)
    return [np.asarray(ops.convert_to_numpy(one)) for one in tree.flatten(answer)]


@contextmanager
def _perturbed(model: Any, generator: np.random.Generator) -> Iterator[None]:
    """Inside, each weight is changed by what rounding amounts to in a sum over all axes
    but the last.
    """
    floats = [one for one in model.weights if str(one.dtype).startswith("float")]
    before = [np.asarray(one).copy() for one in floats]
    try:
        for variable, values in zip(floats, before, strict=True):
            terms = (
                max(1, values.size // max(1, values.shape[-1]))
                if values.ndim > 1
                else 1
            )
            variable.assign(
                values
                * (
                    1
                    + UNIT
                    * np.sqrt(terms)
                    * generator.choice((-1.0, 1.0), values.shape)
                )
            )
        yield
    finally:
        for variable, values in zip(floats, before, strict=True):
            variable.assign(values)
