"""Keras layers as TensorFlow.js layers: one rule per layer, entered in one table by the modules of this package.

To add a layer, write a rule of a few lines in the module of its family and a case in `tests/tfjs_cases`.
"""

# Each import enters its rules into TABLE.
from pipeline.tfjs.layers import (
    activations,
    attention,
    conv,
    core,
    merge,
    norm,
    ops,
    ops_nn,
    pool,
    preprocessing,
    rnn,
    space,
    wrappers,
)
from pipeline.tfjs.layers.base import TABLE, Entry, Site, apply, find

FAMILIES = (
    activations,
    attention,
    conv,
    core,
    merge,
    norm,
    ops,
    ops_nn,
    pool,
    preprocessing,
    rnn,
    space,
    wrappers,
)

__all__ = ["FAMILIES", "TABLE", "Entry", "Site", "apply", "find"]
