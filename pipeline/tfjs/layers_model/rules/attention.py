"""Attention, composed of Dense, Dot and Softmax: one set of layers per head, because Dot takes tensors of rank 3."""

from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Site, rule
from pipeline.tfjs.layers_model.rules.merge import dot
from pipeline.tfjs.weights import Array

# What a hidden score is lowered by. exp(−1e9) is 0 in float32, so hidden places get a weight of exactly 0.
_HIDDEN = -1e9


@rule(
    "MultiHeadAttention",
    "GroupedQueryAttention",
    reads=[
        "num_heads",
        "key_dim",
        "value_dim",
        "dropout",
        "use_bias",
        "output_shape",
        "attention_axes",
        "use_gate",
        "head_dim",
        "num_query_heads",
        "num_key_value_heads",
        "sliding_window",
    ],
    note="a Dense per head and role, Dot, Softmax, Dot, a Dense per head, and their sum",
)
def _multi_head(site: Site) -> Tensor:
    layer = site.layer
    query, value, key, causal = _roles(site)
    if max(query.rank, value.rank, key.rank) != 3 or len(layer._output_dense.kernel.shape) != 3:
        site.refuse("input rank", query.rank, "use tensors of shape (batch, steps, features)")
    if getattr(layer, "_use_gate", getattr(layer, "use_gate", False)):
        site.refuse("use_gate", True, "leave it at False")
    heads = int(layer._query_dense.kernel.shape[1])
    shared = heads // int(layer._key_dense.kernel.shape[1])
    width = int(layer._query_dense.kernel.shape[2])
    hidden = _hidden(site, query, key, causal)
    sums = []
    for head in range(heads):
        group, name = head // shared, f"head{head}"
        q = _project(site, query, layer._query_dense, head, f"query{head}")
        k = _project(site, key, layer._key_dense, group, f"key{group}")
        v = _project(site, value, layer._value_dense, group, f"value{group}")
        scores = dot(site, p.affine(site, q, 1 / np.sqrt(width), 0.0, f"{name}_scale"), k, 2, 2, f"{name}_scores")
        weights = _softmax(site, scores, hidden, name)
        mixed = dot(site, weights, v, 2, 1, f"{name}_mixed")
        kernel = weight("kernel", layer._output_dense.kernel, layer._output_dense.kernel.shape[1:], _entry(head))
        sums.append(_dense(site, mixed, [kernel], f"{name}_out", bias=False))
    y = sums[0] if len(sums) == 1 else p.add(site, sums, "heads")
    return p.per_channel(site, y, None, layer._output_dense.bias)


def _roles(site: Site) -> tuple[Tensor, Tensor, Tensor, bool]:
    """Query, value, key, and whether the mask is causal."""
    given = site.arguments
    for name in ("query_mask", "value_mask", "key_mask", "attention_mask", "return_attention_scores"):
        if given.get(name) is not None and given.get(name) is not False:
            site.refuse(name, "a value", "use use_causal_mask, or no mask")
    site.refuse_masks()
    value = given["value"]
    key = given.get("key")
    if any(tensor.mask is not None for tensor in (value, key) if tensor is not None):
        site.refuse("mask", "a mask on value or key", "take the mask away before this layer")
    return site.x, value, value if key is None else key, bool(given.get("use_causal_mask"))


def _hidden(site: Site, query: Tensor, key: Tensor, causal: bool) -> Array | None:
    """What is added to the scores of places that a causal mask or a sliding window hides."""
    reach = getattr(site.layer, "_sliding_window", getattr(site.layer, "sliding_window", None))
    if not causal and reach is None:
        return None
    rows, columns = np.ogrid[: query.size(1), : key.size(1)]
    seen = rows >= columns if causal else np.ones((query.size(1), key.size(1)), bool)
    if reach is not None:
        seen = seen & (np.abs(rows - columns) < reach)
    return np.where(seen, 0.0, _HIDDEN).astype(np.float32)


def _softmax(site: Site, scores: Tensor, hidden: Array | None, name: str) -> Tensor:
    if hidden is not None:
        scores = p.affine(site, scores, 1.0, hidden, f"{name}_hide")
    return p.activation(site, scores, "softmax", f"{name}_weights")


def _entry(head: int) -> Any:
    return lambda kernel: kernel[head]


def _project(site: Site, x: Tensor, projection: Any, head: int, part: str) -> Tensor:
    """One head of a projection with a kernel of shape (features, heads, width)."""
    features, _, width = projection.kernel.shape
    weights = [weight("kernel", projection.kernel, (features, width), lambda k: np.ascontiguousarray(k[:, head]))]
    if projection.bias is not None:
        weights.append(weight("bias", projection.bias, (width,), lambda b: b[head]))
    return _dense(site, x, weights, part, bias=projection.bias is not None)


def _dense(site: Site, x: Tensor, weights: list[Any], part: str, *, bias: bool) -> Tensor:
    units = int(weights[0].shape[1])
    config = {"units": units, "use_bias": bias, "activation": "linear"}
    return site.emit("Dense", x, config, part=part, weights=weights, shape=(*x.shape[:-1], units))


@rule(
    "Attention",
    "AdditiveAttention",
    reads=["use_scale", "dropout", "score_mode"],
    note=("Dot, Softmax, Dot; additive: tanh of all pairs of query and key, then a Dense of one unit"),
)
def _attention(site: Site) -> Tensor:
    layer = site.layer
    site.refuse_masks()
    if site.arguments.get("return_attention_scores"):
        site.refuse("return_attention_scores", True, "leave it at False")
    query, value = site.inputs[:2]
    key = site.inputs[2] if len(site.inputs) > 2 else value
    if {tensor.rank for tensor in site.inputs} != {3}:
        site.refuse("input rank", query.rank, "use tensors of shape (batch, steps, features)")
    if type(layer).__name__ == "AdditiveAttention":
        scores = _additive(site, query, key, 1.0, layer.scale if layer.use_scale else None)
    elif layer.score_mode == "concat":
        inner = 1.0 if layer.scale is None else float(p.values(layer.scale))
        total = np.full(query.channels, float(p.values(layer.concat_score_weight)), np.float32)
        scores = _additive(site, query, key, inner, total)
    else:
        factor = 1.0 if layer.scale is None else float(p.values(layer.scale))
        scores = p.affine(site, dot(site, query, key, 2, 2, "dot"), factor, 0.0, "scores")
    hidden = _hidden(site, query, key, bool(site.arguments.get("use_causal_mask")))
    return dot(site, _softmax(site, scores, hidden, "attention"), value, 2, 1)


def _additive(site: Site, query: Tensor, key: Tensor, inner: float, factor: Any) -> Tensor:
    """Σ factor · tanh(inner · (query + key)) over the features, for every pair of steps."""
    rows = p.reshape(site, query, (query.shape[1], 1, query.channels), "rows")
    columns = p.reshape(site, key, (1, key.shape[1], key.channels), "columns")
    pairs = p.affine(site, p.add(site, [rows, columns], "pairs"), inner, 0.0, "inner")
    bent = p.activation(site, pairs, "tanh", "tanh")
    ones = np.ones(query.channels, np.float32) if factor is None else factor
    kernel = weight("kernel", ones, (query.channels, 1), lambda k: k.reshape(-1, 1))
    total = _dense(site, bent, [kernel], "total", bias=False)
    return p.reshape(site, total, (query.shape[1], key.shape[1]), "scores")
