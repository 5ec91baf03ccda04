"""Describe Keras' string layers as entries of strings.json, which
web/src/runtime/strings/tokens.ts computes.
"""

from typing import Any, NoReturn

import numpy as np

from pipeline.errors import ConversionError

KINDS = ("TextVectorization", "StringLookup", "Hashing")  # that take strings
LARGEST_ID = 2**31  # ids are int32 in JavaScript


def preparation(layer: Any, shape: tuple[int | None, ...]) -> dict[str, Any]:
    """The options of a layer that takes strings; `shape` is that of one example.

    Raises ConversionError for an option with which JavaScript does not compute what
    Keras does.
    """
    kind = type(layer).__name__
    if getattr(layer, "sparse", False) or getattr(
        getattr(layer, "_lookup_layer", None), "sparse", False
    ):
        _refuse(layer, "sparse", True, "omit it")
    if len(shape) > 1:
        _refuse(layer, "input shape", shape, "use an Input of shape (n,)")
    text = {
        "lower": False,
        "strip": False,
        "split": None,
        "ngrams": None,
        "length": None,
    }
    if kind == "Hashing":
        found = text | _hashing(layer)
    elif kind == "StringLookup":
        found = text | _lookup(layer, layer)
    else:
        found = _text(layer, shape) | _lookup(layer, layer._lookup_layer)
    mode = found["mode"]
    tokens = found["split"] or found["ngrams"] or kind == "TextVectorization"
    if mode != "int" and (
        mode == "one_hot" if tokens else not shape and mode != "one_hot"
    ):
        _refuse(
            layer,
            "output_mode",
            mode,
            "use output_mode='int' and encode in another layer",
        )
    return found


def words(layer: Any) -> dict[str, Any]:
    """The words of a StringLookup that gives words for numbers, at their places, and
    the word for all other numbers.
    """
    return {
        "vocabulary": [str(word) for word in layer.get_vocabulary()],
        "unknown": layer.oov_token,
    }


def _text(layer: Any, shape: tuple[int | None, ...]) -> dict[str, Any]:
    for option, value, accepted in (
        (
            "standardize",
            layer._standardize,
            (None, "lower_and_strip_punctuation", "lower", "strip_punctuation"),
        ),
        ("split", layer._split, (None, "whitespace", "character")),
        ("ragged", layer._ragged, (False,)),
    ):
        if callable(value) or value not in accepted:
            usual = ", ".join(map(repr, accepted))
            _refuse(
                layer, option, getattr(value, "__name__", value), f"use one of {usual}"
            )
    if shape not in ((), (1,)) if layer._split else len(shape) != 1:
        _refuse(layer, "input shape", shape, "use an Input of shape (1,)")
    standardize = layer._standardize or ""
    return {
        "lower": standardize.startswith("lower"),
        "strip": standardize.endswith("strip_punctuation"),
        "split": layer._split,
        "ngrams": layer._ngrams and list(layer._ngrams),
        "length": layer._output_sequence_length,
    }


def _lookup(layer: Any, lookup: Any) -> dict[str, Any]:
    keys, ids = (one.numpy() for one in lookup.lookup_table.export())
    order, first = np.argsort(ids), lookup._token_start_index()
    try:
        vocabulary = [keys[place].decode() for place in order]
    except UnicodeDecodeError as error:
        _refuse(layer, "vocabulary", error.object, "use words in UTF-8")
    mode, weights = lookup.output_mode, None
    if mode == "tf_idf":
        weights = np.asarray(lookup.idf_weights_const, np.float32).tolist()
    return {
        "vocabulary": vocabulary,
        "first": first,
        "mask": lookup.mask_token,
        "masked": 0 if mode == "int" else -1,
        "bins": lookup.num_oov_indices,
        "unknown": lookup._oov_start_index(),
        "salt": _salt(getattr(lookup, "salt", None)),
        "mode": mode,
        "weights": weights,
    }


def _hashing(layer: Any) -> dict[str, Any]:
    if layer.num_bins >= LARGEST_ID:
        _refuse(layer, "num_bins", layer.num_bins, "use fewer")
    # which takes the first bin
    masks = layer.mask_value is not None and layer.num_bins > 1
    return {
        "vocabulary": [],
        "first": 0,
        "mask": layer.mask_value if masks else None,
        "masked": 0,
        "bins": layer.num_bins - masks,
        "unknown": int(masks),
        "salt": _salt(layer.salt),
        "mode": layer.output_mode,
        "weights": None,
    }


def _salt(salt: Any) -> list[str] | None:
    """Two numbers of 64 bits, more than JSON has."""
    return None if salt is None else [str(int(one)) for one in salt]


def _refuse(layer: Any, option: str, received: Any, step: str) -> NoReturn:
    raise ConversionError(
        f"Layer '{layer.name}' ({type(layer).__name__}): JavaScript cannot compute"
        f" {option} as Keras does. Received: {option}={received!r}. Next step: {step};"
        f" or {without(layer)}."
    )


def without(layer: Any) -> str:
    """Code that exports what follows a layer, and what is left to do."""
    return (
        f"export_model(keras.Model(model.get_layer('{layer.name}').output,"
        " model.output), out), and compute what this layer does in JavaScript, before"
        " predict()"
    )
