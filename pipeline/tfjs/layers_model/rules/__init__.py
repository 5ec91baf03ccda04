"""Keras layers as TensorFlow.js layers: one rule per layer, registered in one table by the modules of this package.

To add a layer, write a rule of a few lines in the module of its family and a case in `tests/tfjs_cases`.
"""

from pipeline.tfjs.layers_model.rules import (  # noqa: F401 - each import registers its rules in TABLE
    activations,
    attention,
    conv,
    core,
    merge,
    norm,
    ops,
    ops_nn,
    padding_and_resizing,
    pool,
    preprocessing,
    rnn,
    wrappers,
)
from pipeline.tfjs.layers_model.rules.table import TABLE, Entry, apply_rule, find_rule

__all__ = ["TABLE", "Entry", "apply_rule", "find_rule"]
