"""Preprocessing of numbers. TensorFlow.js has no counterpart for strings."""

from typing import Any

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import rule
from pipeline.tfjs.weights import EXACT_INTEGERS

_TINY = 2.0**-100  # numbers next to smaller ones differ from them by less than `_is_positive` can see


@rule(
    "CategoryEncoding",
    reads=["num_tokens", "output_mode", "sparse"],
    note=(
        "an Embedding whose table is the identity, then the maximum (multi_hot) or the sum (count) over the last axis; "
        "exact for ids from 0 to num_tokens − 1 (TensorFlow.js's own CategoryEncoding corrupts the input's shape)"
    ),
)
def _category_encoding(call: LayerCall) -> Tensor:
    if call.arguments.get("count_weights") is not None:
        call.refuse("count_weights", "weights", "omit them")
    return _encoded(call, call.x, int(call.layer.num_tokens))


def _encoded(call: LayerCall, x: Tensor, tokens: int) -> Tensor:
    """Ids in the form that `output_mode` asks for."""
    mode = call.layer.output_mode
    if call.layer.sparse:
        call.refuse("sparse", True, "omit it")
    config = {"input_dim": tokens, "output_dim": tokens, "mask_zero": False}
    table = weight("embeddings", np.eye(tokens, dtype=np.float32))
    y = call.emit("Embedding", x, config, part="table", weights=[table], shape=(*x.shape, tokens))
    if mode == "one_hot" or x.rank == 1:
        return blocks.reshape(call, y, call.shape[1:])
    if y.rank != 3:
        call.refuse("input rank", x.rank, "use inputs of shape (batch, ids)")
    if mode == "multi_hot":
        return call.emit("GlobalMaxPooling1D", y, {}, shape=call.shape)
    ones = blocks.linear_along(call, y, 1, np.ones((x.size(1), 1), np.float32), "sum")
    return blocks.reshape(call, ones, call.shape[1:])


@rule(
    "Discretization",
    reads=["bin_boundaries", "num_bins", "epsilon", "output_mode", "sparse"],
    note="how many boundaries are not above x: each is 1 or 0, and the ones are added",
)
def _discretization(call: LayerCall) -> Tensor:
    boundaries = np.asarray(call.layer.bin_boundaries, np.float32).reshape(-1)
    if any(0 < abs(one) < _TINY for one in boundaries):
        call.refuse("bin_boundaries", call.layer.bin_boundaries, "scale the input up")
    below = _is_positive(call, _differences(call, [-1.0] * boundaries.size, boundaries), "below")
    bins = _weighed(call, below, np.full(boundaries.size, -1.0), boundaries.size)
    return bins if call.layer.output_mode == "int" else _encoded(call, bins, boundaries.size + 1)


@rule(
    "IntegerLookup",
    reads=["*"],
    note="compared with each word of the vocabulary: one that is equal adds its index; exact below 2^24",
)
def _integer_lookup(call: LayerCall) -> Tensor:
    layer, source = call.layer, call.x.layer
    refused: dict[str, Any] = {"invert": False, "num_oov_indices": 1, "pad_to_max_tokens": False}
    for option, value in refused.items():
        if getattr(layer, option) != value:
            call.refuse(option, getattr(layer, option), f"use {value}")
    if layer.output_mode == "tf_idf" or (layer.mask_token is not None and layer.output_mode != "int"):
        call.refuse("output_mode or mask_token", layer.output_mode, "use output_mode='int' and encode in another layer")
    if source.class_name != "InputLayer" or source.config["dtype"] != "int32":
        call.refuse("input", "computed numbers", "look up an integer input")
    words = np.asarray(layer.get_vocabulary(include_special_tokens=False), np.int64)
    unknown = 0 if layer.mask_token is None else 1
    indices = np.arange(words.size) + unknown + 1
    if layer.mask_token is not None:
        words, indices = np.append(words, layer.mask_token), np.append(indices, 0)
    steps = (indices - unknown).astype(np.float64)
    if max(np.abs(words).max(initial=0), np.abs(steps).sum()) >= EXACT_INTEGERS:
        call.refuse("vocabulary", f"{words.size} words up to {words.max(initial=0)}", "use fewer or smaller words")
    signs = np.repeat([1.0, -1.0], words.size)
    differs = _is_positive(call, _differences(call, signs, -signs * np.tile(words, 2)), "differs")
    found = _weighed(call, differs, -np.tile(steps, 2), float(steps.sum()) + unknown)
    return found if layer.output_mode == "int" else _encoded(call, found, int(layer.vocabulary_size()))


def _differences(call: LayerCall, signs: Any, offsets: Any) -> Tensor:
    """sign · x + offset for each of the signs, along a new last axis: one rounding, which never makes it 0."""
    x = blocks.affine(call, call.x, 1.0, 0.0, "float")
    column = blocks.reshape(call, x, (*x.shape[1:], 1), "column")
    row = [weight("kernel", np.asarray([signs], np.float32)), weight("bias", np.asarray(offsets, np.float32))]
    return blocks.dense(call, column, row, "differences")


def _is_positive(call: LayerCall, x: Tensor, part: str) -> Tensor:
    """1 where x > 0, else 0: min(max(x · 2^127, 0), 1). Numbers below 2^-127 are 0 for TensorFlow, too."""
    return blocks.relu(call, blocks.affine(call, x, 2.0**127, 0.0, f"{part}_lifted"), part, 1.0)


def _weighed(call: LayerCall, x: Tensor, weights: Any, start: float) -> Tensor:
    """start + Σ weight · x over the last axis, which is dropped: whole numbers, so the sum is exact."""
    column = np.asarray(weights, np.float32).reshape(-1, 1)
    summed = blocks.dense(call, x, [weight("kernel", column), weight("bias", np.asarray([start], np.float32))], "sum")
    part = "" if call.layer.output_mode == "int" else "index"
    return blocks.reshape(call, summed, x.shape[1:-1], part)
