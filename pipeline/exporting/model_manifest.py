"""The one builder of manifests:

what a live Keras model says of itself, and what its makers know.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pipeline.records import ExportedFormat
from pipeline.system.json_records import utc_now
from pipeline.tfjs.keras_model import functional_of, input_names, is_model, output_names
from pipeline.tfjs.parity.reference import Reference
from pipeline.tfjs.weights import Array
from pipeline.version import __version__
from pipeline.versions.manifest import (
    ImageSize,
    InputSpec,
    Manifest,
    OutputSpec,
    identified,
)

Kind = Literal["probabilities", "values"]


def build_manifest(
    model: Any,
    *,
    name: str,
    formats: Iterable[ExportedFormat],
    image: ImageSize | None,
    environment: dict[str, str],
    kinds: Sequence[Kind] | None = None,
    computed: Mapping[str, Sequence[int]] | None = None,
    **known: Any,
) -> Manifest:
    """The manifest of an export of a built `keras.Model`, with its version id.

    `image` is what it takes if it takes images, and `kinds` what its outputs are, by
    default what their layers tell; `computed` has shapes that outputs really had, the
    batch first, by name: for a few layers Keras promises another; `environment` maps
    package to version, this package's is added; `known` has other fields of `Manifest`,
    from who trained the model or asked for the export.
    """
    inputs = tuple(
        InputSpec(
            name=input_name, shape=_sizes(tensor), dtype=str(tensor.dtype), image=image
        )
        for input_name, tensor in zip(input_names(model), model.inputs, strict=True)
    )
    outputs = tuple(
        OutputSpec(
            name=output_name,
            shape=_as_computed(_sizes(tensor), (computed or {}).get(output_name)),
            kind=kinds[at] if kinds else output_kind(tensor),
        )
        for at, (output_name, tensor) in enumerate(
            zip(output_names(model), model.outputs, strict=True)
        )
    )
    return identified(
        Manifest(
            schema=1,
            name=name,
            version="",
            created=utc_now(),
            input=inputs[0] if len(inputs) == 1 else inputs,
            output=outputs[0] if len(outputs) == 1 else outputs,
            linear=is_linear(model),
            formats=tuple(formats),
            environment={**environment, "pipeline": __version__},
            **known,
        )
    )


def is_linear(model: Any) -> bool:
    """Return whether the model is input → Dense → softmax:

    its sums can be explained, and its weights are pictures.
    """
    computing = [
        layer for layer in model.layers if type(layer).__name__ != "InputLayer"
    ]
    return [type(layer).__name__ for layer in computing] == ["Dense"] and _activation(
        computing[0]
    ) == "softmax"


def output_kind(tensor: Any) -> Kind:
    """ "probabilities" where a softmax or sigmoid made the tensor, in a nested model,
    too; else "values".
    """
    operation, _, index = tensor._keras_history
    if is_model(operation):
        return output_kind(functional_of(operation).outputs[index])
    ends = _activation(operation) in ("softmax", "sigmoid") or type(
        operation
    ).__name__ in ("Softmax", "Sigmoid")
    return "probabilities" if ends else "values"


def measured_kinds(
    model: Any, labels: Sequence[str], references: Sequence[Reference]
) -> list[Kind]:
    """Return what each output is, by its layers or, where these do not tell and labels
    name it, by its answers.
    """

    def are_shares(rows: Array) -> bool:
        # Proven for the samples alone. So it counts only where there is a label for
        # each of several numbers. In float32 the sum of a thousand shares is off by
        # some 1e-6.
        named = rows.shape[1:] == (len(labels),) and len(labels) > 1
        return named and bool(
            (rows >= 0).all() and (abs(rows.sum(axis=1) - 1) <= 1e-5).all()
        )

    answers = zip(*(one.answers for one in references), strict=True)
    return [
        "probabilities" if all(map(are_shares, rows)) else output_kind(tensor)
        for tensor, rows in zip(model.outputs, answers, strict=True)
    ]


def _activation(layer: Any) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "")


def _sizes(tensor: Any) -> tuple[int | None, ...]:
    return tuple(None if size is None else int(size) for size in tensor.shape[1:])


def _as_computed(
    promised: tuple[int | None, ...], found: Sequence[int] | None
) -> tuple[int | None, ...]:
    if found is None or len(found) != 1 + len(promised):
        return promised if found is None else tuple(found[1:])
    return tuple(
        None if size is None else real
        for size, real in zip(promised, found[1:], strict=True)
    )
