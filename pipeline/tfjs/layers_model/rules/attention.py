"""Attention, composed of Dense, Dot and Softmax:

one set of layers per head, because Dot takes tensors of rank 3.
"""

from operator import itemgetter
from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, to_numpy, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.merge import dot
from pipeline.tfjs.layers_model.rules.table import rule
from pipeline.tfjs.weights import Array

# Added to masked scores. exp(−1e9) is 0 in float32, so masked positions get a weight of
# exactly 0.
_MASKED = -1e9
_HEADS = [
    "num_heads",
    "num_query_heads",
    "num_key_value_heads",
    "head_dim",
    "key_dim",
    "value_dim",
]


@rule(
    "MultiHeadAttention",
    "GroupedQueryAttention",
    reads=[
        *_HEADS,
        "dropout",
        "use_bias",
        "output_shape",
        "attention_axes",
        "use_gate",
        "sliding_window",
    ],
    note=(
        "a Dense per head and role, Dot, Softmax, Dot, a Dense per head, and their sum"
    ),
)
def _multi_head(call: LayerCall) -> Tensor:
    layer = call.layer
    query, value, key, causal = _roles(call)
    if (
        max(query.rank, value.rank, key.rank) != 3
        or len(layer._output_dense.kernel.shape) != 3
    ):
        call.refuse(
            "input rank", query.rank, "use tensors of shape (batch, steps, features)"
        )
    if getattr(layer, "_use_gate", getattr(layer, "use_gate", False)):
        call.refuse("use_gate", True, "leave it at False")
    heads = int(layer._query_dense.kernel.shape[1])
    shared = heads // int(layer._key_dense.kernel.shape[1])
    width = int(layer._query_dense.kernel.shape[2])
    hidden = _score_offsets(call, query, key, causal)
    sums = []
    for head in range(heads):
        group, name = head // shared, f"head{head}"
        q = _project(call, query, layer._query_dense, head, f"query{head}")
        k = _project(call, key, layer._key_dense, group, f"key{group}")
        v = _project(call, value, layer._value_dense, group, f"value{group}")
        scores = dot(
            call,
            blocks.affine(call, q, 1 / np.sqrt(width), 0.0, f"{name}_scale"),
            k,
            2,
            2,
            f"{name}_scores",
        )
        mixed = dot(
            call, _softmax(call, scores, hidden, name), v, 2, 1, f"{name}_mixed"
        )
        kernel = weight(
            "kernel",
            layer._output_dense.kernel,
            layer._output_dense.kernel.shape[1:],
            itemgetter(head),
        )
        sums.append(blocks.dense(call, mixed, [kernel], f"{name}_out"))
    y = sums[0] if len(sums) == 1 else blocks.add(call, sums, "heads")
    return blocks.per_channel(call, y, None, layer._output_dense.bias)


def _roles(call: LayerCall) -> tuple[Tensor, Tensor, Tensor, bool]:
    """Query, value, key, and whether the mask is causal."""
    given = call.arguments
    for name in (
        "query_mask",
        "value_mask",
        "key_mask",
        "attention_mask",
        "return_attention_scores",
    ):
        if given.get(name) is not None and given.get(name) is not False:
            call.refuse(name, "a value", "use use_causal_mask, or no mask")
    call.refuse_masks()
    value = given["value"]
    key = given.get("key")
    if any(tensor.mask is not None for tensor in (value, key) if tensor is not None):
        call.refuse(
            "mask", "a mask on value or key", "remove the mask before this layer"
        )
    return (
        call.x,
        value,
        value if key is None else key,
        bool(given.get("use_causal_mask")),
    )


def _score_offsets(
    call: LayerCall, query: Tensor, key: Tensor, causal: bool
) -> Array | None:
    """Return the addend of each score:

    `_MASKED` where a causal mask or a sliding window hides it, else 0.
    """
    reach = getattr(
        call.layer, "_sliding_window", getattr(call.layer, "sliding_window", None)
    )
    if not causal and reach is None:
        return None
    rows, columns = np.ogrid[: query.size(1), : key.size(1)]
    seen = rows >= columns if causal else np.ones((query.size(1), key.size(1)), bool)
    if reach is not None:
        seen = seen & (np.abs(rows - columns) < reach)
    return np.where(seen, 0.0, _MASKED).astype(np.float32)


def _softmax(
    call: LayerCall, scores: Tensor, hidden: Array | None, name: str
) -> Tensor:
    if hidden is not None:
        scores = blocks.affine(call, scores, 1.0, hidden, f"{name}_hide")
    return blocks.activation(call, scores, "softmax", f"{name}_weights")


def _project(
    call: LayerCall, x: Tensor, projection: Any, head: int, part: str
) -> Tensor:
    """One head of a projection with a kernel of shape (features, heads, width)."""
    features, _, width = projection.kernel.shape
    weights = [
        weight(
            "kernel",
            projection.kernel,
            (features, width),
            lambda k: np.ascontiguousarray(k[:, head]),
        )
    ]
    if projection.bias is not None:
        weights.append(weight("bias", projection.bias, (width,), itemgetter(head)))
    return blocks.dense(call, x, weights, part)


@rule("Attention", reads=["use_scale", "dropout"], note="Dot, Softmax, Dot")
def _attention(call: LayerCall) -> Tensor:
    layer = call.layer
    call.refuse_masks()
    if call.arguments.get("return_attention_scores"):
        call.refuse("return_attention_scores", True, "leave it at False")
    query, value = call.inputs[:2]
    key = call.inputs[2] if len(call.inputs) > 2 else value
    if {tensor.rank for tensor in call.inputs} != {3}:
        call.refuse(
            "input rank", query.rank, "use tensors of shape (batch, steps, features)"
        )
    factor = 1.0 if layer.scale is None else float(to_numpy(layer.scale))
    scores = blocks.affine(
        call, dot(call, query, key, 2, 2, "dot"), factor, 0.0, "scores"
    )
    hidden = _score_offsets(
        call, query, key, bool(call.arguments.get("use_causal_mask"))
    )
    return dot(call, _softmax(call, scores, hidden, "attention"), value, 2, 1)
