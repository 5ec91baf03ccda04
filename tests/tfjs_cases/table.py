"""The cases of cases.toml: models of one layer or operation."""

import re
import tomllib
from ast import literal_eval
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.tfjs_cases.harness import EXACT, Case

# between arguments, and not within one
_COMMA = re.compile(r",\s*(?=[\w.]+(?:=|$|,))(?![^\[(]*[\])])")
ROW = np.array([1.0, -2.0, 0.5, 3.0], np.float32)


def read(name: str) -> dict[str, Any]:
    """A file of tries that lies here."""
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def cases(table: dict[str, list[str]] | None = None) -> list[Case]:
    """The cases of a table: that of cases.toml, or another."""
    table = read("cases.toml") if table is None else table
    return [_case(key, one) for key, tries in table.items() for one in tries]


def _case(key: str, one: str) -> Case:
    called, _, usual_inputs = key.partition(" ")
    layer, _, usual = called.rstrip(")").partition("(")
    text, _, refused = one.partition(" ✗ ")
    text, _, written = text.partition(" → ")
    options, _, inputs = text.partition(" @ ")
    make = (
        partial(_read, written)
        if written
        else partial(_made, layer, arguments(usual) | arguments(options))
    )
    return Case(
        layer, options, partial(build, inputs or usual_inputs, make), refused or EXACT
    )


def build(inputs: str, make: Any, k: Any) -> Any:
    """A model of what is made:

    a layer or a list of them, called on the inputs, or what is computed from them.
    """
    given = inputs_of(inputs, k)
    made = make(k, given)
    if isinstance(made, k.Layer) and len(given) > 1:
        return k.Model(given, made(given))
    layers = made if isinstance(made, list) else [made]
    return (
        k.Sequential([*given, *layers])
        if isinstance(layers[0], k.Layer)
        else k.Model(given, made)
    )


def _made(layer: str, options: dict[str, Any], k: Any, given: list[Any]) -> Any:
    arguments = dict(options)
    if shape := arguments.pop("shape", None):  # of the input, in place of the line's
        given[:] = [k.Input(shape)]
    first = [arguments.pop(key) for key in list(arguments) if not key.isidentifier()]
    return getattr(k.layers, layer)(*first, **arguments)


def _read(text: str, k: Any, given: list[Any]) -> Any:
    names = {
        **vars(k.layers),
        "k": k,
        "ops": k.ops,
        "np": np,
        "ROW": ROW,
        "adapted": _adapted,
    }
    names |= {
        "Input": k.Input,
        "Model": k.Model,
        "Sequential": k.Sequential,
        **dict(zip("xyz", given, strict=False)),
    }
    return eval(text, names)  # noqa: S307 (our own text)


def arguments(text: str) -> dict[str, Any]:
    """The arguments by name, or by number if they have none. A word is a text."""
    found = {}
    for number, part in enumerate(
        _COMMA.split(text) if text not in ("", "default") else []
    ):
        name, _, value = part.rpartition("=")
        try:
            found[name or str(number)] = literal_eval(value)
        except (ValueError, SyntaxError):
            found[name or str(number)] = value
    return found


def inputs_of(text: str, k: Any) -> list[Any]:
    return [_input(one, k) for one in text.split(" + ")]


def _input(text: str, k: Any) -> Any:
    """An input of "5,4", of "int32 5" if its type is another, of "batch 3,4" if the
    number of rows is fixed.
    """
    kind, _, sizes = text.rpartition(" ")
    shape = literal_eval(f"({sizes},)")
    return (
        k.Input(batch_shape=shape)
        if kind == "batch"
        else k.Input(shape, dtype=kind or "float32")
    )


def _adapted(layer: Any) -> Any:
    layer.adapt(
        np.random.default_rng(0).normal(3.0, 2.0, (50, 4, 4, 3)).astype(np.float32)
    )
    return layer
