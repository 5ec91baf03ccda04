"""Keras layers as TensorFlow.js layers: one rule per layer, registered in one table by
the modules of this package.

To add a layer, write a rule of a few lines in the module of its family and a case in
`tests/tfjs_cases`. CONTRIBUTING.md has the commands.
"""

from importlib import import_module
from pkgutil import iter_modules

from pipeline.tfjs.layers_model.rules.table import TABLE, Entry, apply_rule, find_rule

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")  # which registers its rules in TABLE

__all__ = ["TABLE", "Entry", "apply_rule", "find_rule"]
