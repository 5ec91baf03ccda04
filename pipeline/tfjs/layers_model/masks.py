"""Which masks Keras computes, in the same terms as `graph.carried_mask` gives those of TensorFlow.js."""

from typing import Any

from pipeline.tfjs.layers_model.graph import Mask
from pipeline.tfjs.layers_model.layer_call import LayerCall

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


def output_mask(call: LayerCall) -> Mask | None:
    """The mask that Keras attaches to the first output of a layer; the others have none."""
    layer, kind = call.layer, type(call.layer).__name__
    if kind in ("Embedding", "ReversibleEmbedding"):
        return ("embedding", call.inputs[0]) if getattr(layer, "mask_zero", False) else None
    if kind == "Masking":
        return ("masking", call.inputs[0], float(layer.mask_value))
    if not getattr(layer, "supports_masking", False) or kind in _MASK_ENDS or not any(call.masks):
        return None
    if kind in _SEQUENCE_LAYERS:
        inner = layer.forward_layer if kind == "Bidirectional" else layer
        return call.masks[0] if inner.return_sequences else None
    if len(call.masks) == 1:
        return call.masks[0]
    present = set(call.masks)
    if len(present) == 1:
        return call.masks[0]
    return None if None in present and kind != "Concatenate" else ("merged", *call.masks)
