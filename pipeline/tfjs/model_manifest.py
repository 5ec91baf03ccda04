"""The one builder of manifests: what a live Keras model says of itself, and what its makers know."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pipeline.records import ExportedFormat
from pipeline.system.json_records import utc_now
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.version import __version__
from pipeline.versions.manifest import ImageSize, InputSpec, Manifest, OutputSpec, identified


def build_manifest(
    model: Any,
    *,
    name: str,
    formats: Iterable[ExportedFormat],
    image: ImageSize | None,
    environment: dict[str, str],
    kind: Literal["probabilities", "values"] | None = None,
    computed: Mapping[str, Sequence[int]] | None = None,
    **known: Any,
) -> Manifest:
    """The manifest of an export of a built `keras.Model`, with its version id.

    `image` is what it takes if it takes images, and `kind` what it answers, by default what its last layer tells;
    `computed` has shapes that outputs really had, the batch first, by name: for a few layers Keras promises another;
    `environment` maps package to version, this package's is added; `known` has other fields of `Manifest`, from who
    trained the model or asked for the export.
    """
    inputs, outputs = input_specs(model, image), output_specs(model, kind, computed)
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


def input_specs(model: Any, image: ImageSize | None = None) -> tuple[InputSpec, ...]:
    """The inputs of a built model."""
    return tuple(
        InputSpec(name=name, shape=_sizes(tensor), dtype=str(tensor.dtype), image=image)
        for name, tensor in zip(input_names(model), model.inputs, strict=True)
    )


def output_specs(
    model: Any,
    kind: Literal["probabilities", "values"] | None = None,
    computed: Mapping[str, Sequence[int]] | None = None,
) -> tuple[OutputSpec, ...]:
    """The outputs of a built model; see `build_manifest`."""
    return tuple(
        OutputSpec(
            name=name,
            shape=_as_computed(_sizes(tensor), (computed or {}).get(name)),
            kind=kind or output_kind(model),
        )
        for name, tensor in zip(output_names(model), model.outputs, strict=True)
    )


def is_linear(model: Any) -> bool:
    """Return whether the model is input → Dense → softmax: its sums can be explained, and its weights are pictures."""
    computing = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    return [type(layer).__name__ for layer in computing] == ["Dense"] and _activation(computing[0]) == "softmax"


def output_kind(model: Any) -> Literal["probabilities", "values"]:
    """ "probabilities" where the model ends in softmax or sigmoid, else "values"."""
    last = model.layers[-1] if getattr(model, "layers", None) else None
    ends = _activation(last) in ("softmax", "sigmoid") or type(last).__name__ == "Softmax"
    return "probabilities" if ends else "values"


def _activation(layer: Any) -> str:
    return getattr(getattr(layer, "activation", None), "__name__", "")


def _sizes(tensor: Any) -> tuple[int | None, ...]:
    return tuple(None if size is None else int(size) for size in tensor.shape[1:])


def _as_computed(promised: tuple[int | None, ...], found: Sequence[int] | None) -> tuple[int | None, ...]:
    if found is None or len(found) != 1 + len(promised):
        return promised if found is None else tuple(found[1:])
    return tuple(None if size is None else real for size, real in zip(promised, found[1:], strict=True))
