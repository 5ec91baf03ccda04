"""Preprocessing of numbers. Text and look-ups by string have no counterpart in TensorFlow.js."""

import numpy as np

from pipeline.tfjs.layers_model.graph import Tensor, weight
from pipeline.tfjs.layers_model.rules import building_blocks as p
from pipeline.tfjs.layers_model.rules.base import Site, rule


@rule(
    "CategoryEncoding",
    reads=["num_tokens", "output_mode", "sparse"],
    note=(
        "an Embedding whose table is the identity, then the largest (multi_hot) or the sum (count) over "
        "the last axis; exact "
        "for ids from 0 to num_tokens − 1 (TensorFlow.js's own CategoryEncoding corrupts the input's shape)"
    ),
)
def _category_encoding(site: Site) -> Tensor:
    layer, x = site.layer, site.x
    if layer.sparse or site.arguments.get("count_weights") is not None:
        site.refuse("sparse or count_weights", True, "leave them out")
    tokens = int(layer.num_tokens)
    config = {"input_dim": tokens, "output_dim": tokens, "mask_zero": False}
    table = weight("embeddings", np.eye(tokens, dtype=np.float32))
    y = site.emit("Embedding", x, config, part="table", weights=[table], shape=(*x.shape, tokens))
    if layer.output_mode == "one_hot" or x.rank == 1:
        return p.reshape(site, y, site.shape[1:])
    if y.rank != 3:
        site.refuse("input rank", x.rank, "use inputs of shape (batch, ids)")
    if layer.output_mode == "multi_hot":
        return site.emit("GlobalMaxPooling1D", y, {}, shape=site.shape)
    ones = p.linear_along(site, y, 1, np.ones((x.size(1), 1), np.float32), "sum")
    return p.reshape(site, ones, site.shape[1:])
