"""The languages of the model card besides English: a file each, named after its code, that says what LANGUAGE is."""

from importlib import import_module
from pkgutil import iter_modules

from pipeline.versions.card.language import Language

OTHERS: tuple[Language, ...] = tuple(
    import_module(f"{__name__}.{name}").LANGUAGE for name in sorted(module.name for module in iter_modules(__path__))
)
