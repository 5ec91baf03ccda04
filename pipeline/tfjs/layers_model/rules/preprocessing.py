"""Preprocessing of numbers.

Lookups and bins go into graph-models; TensorFlow.js has no counterpart for strings.
"""

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.layer_call import LayerCall
from pipeline.tfjs.layers_model.rules import building_blocks as blocks
from pipeline.tfjs.layers_model.rules.table import rule


@rule(
    "CategoryEncoding",
    reads=["num_tokens", "output_mode", "sparse"],
    note=(
        "an Embedding whose table is the identity, then the maximum (multi_hot) or the"
        " sum (count) over the last axis; exact for ids from 0 to num_tokens − 1"
        " (TensorFlow.js's own CategoryEncoding corrupts the input's shape)"
    ),
)
def _category_encoding(call: LayerCall) -> Tensor:
    x, mode, tokens = call.x, call.layer.output_mode, int(call.layer.num_tokens)
    if call.arguments.get("count_weights") is not None or call.layer.sparse:
        call.refuse("count_weights or sparse", "one of them", "omit them")
    config = {"input_dim": tokens, "output_dim": tokens, "mask_zero": False}
    table = weight("embeddings", np.eye(tokens, dtype=np.float32))
    y = call.emit(
        "Embedding", x, config, part="table", weights=[table], shape=(*x.shape, tokens)
    )
    if mode == "one_hot" or x.rank == 1:
        return blocks.reshape(call, y, call.shape[1:])
    if y.rank != 3:
        call.refuse("input rank", x.rank, "use inputs of shape (batch, ids)")
    if mode == "multi_hot":
        return call.emit("GlobalMaxPooling1D", y, {}, shape=call.shape)
    ones = blocks.linear_along(call, y, 1, np.ones((x.size(1), 1), np.float32), "sum")
    return blocks.reshape(call, ones, call.shape[1:])
