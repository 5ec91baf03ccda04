"""Which masks Keras computes, in the same terms as `ir.carried_mask` tells those of TensorFlow.js."""

from typing import TYPE_CHECKING, Any

from pipeline.tfjs.layers_model.graph import Mask

if TYPE_CHECKING:
    from pipeline.tfjs.layers_model.rules import Site

_SEQUENCE_LAYERS = frozenset(
    {"RNN", "SimpleRNN", "LSTM", "GRU", "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"}
)
_MASK_ENDS = frozenset({"Dot", "GlobalAveragePooling1D", "Attention", "AdditiveAttention"})


def is_mask_arithmetic(node: Any) -> bool:
    """Whether a call only computes a mask (Keras puts `NotEqual` and the like into the graph of a masked model)."""
    outputs = [getattr(tensor, "dtype", "") for tensor in node.outputs]
    return type(node.operation).__module__.startswith("keras.src.ops") and all(
        str(dtype) == "bool" for dtype in outputs
    )


def after(site: "Site", outputs: int) -> list[Mask | None]:
    """The masks that Keras attaches to the outputs of a layer."""
    first = _first(site)
    return [first, *[None] * (outputs - 1)]


def _first(site: "Site") -> Mask | None:
    layer, kind = site.layer, type(site.layer).__name__
    if kind in ("Embedding", "ReversibleEmbedding"):
        return ("embedding", site.inputs[0]) if getattr(layer, "mask_zero", False) else None
    if kind == "Masking":
        return ("masking", site.inputs[0], float(layer.mask_value))
    if not getattr(layer, "supports_masking", False) or kind in _MASK_ENDS or not any(site.masks):
        return None
    if kind in _SEQUENCE_LAYERS:
        inner = layer.forward_layer if kind == "Bidirectional" else layer
        return site.masks[0] if inner.return_sequences else None
    if len(site.masks) == 1:
        return site.masks[0]
    present = set(site.masks)
    if len(present) == 1:
        return site.masks[0]
    return None if None in present and kind != "Concatenate" else ("merged", *site.masks)
