"""Prove that load() turns strings into the numbers that Keras turns them into, and the
answers into Keras' answers.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConversionError
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.tfjs.parity.compare import compare
from pipeline.tfjs.parity.proof import judge
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import Inputs, predict, reference
from pipeline.tfjs.strings.cut import Strings
from pipeline.tfjs.strings.layers import without
from pipeline.tfjs.weights import Array

EXAMPLES = 64  # whose strings are compared
ANSWERED = 4  # of them whose answers are compared, too: models may take seconds for one
# Scripts, spaces, punctuation and signs in which JavaScript's own functions differ from
# TensorFlow's, which know ASCII.
ODD = (
    *(
        "İstanbul",
        "ẞ STRASSE Straße",
        "ΌΔΟΣ όδος",
        "ПРИВЕТ, мир!",
        "שלום עולם",
        "नमस्ते दुनिया",
        "日本語。テキスト",
        "ไทย",
    ),
    *(
        "a\u00a0b",
        "a\u3000b",
        "a\u2028b",
        "a\u0085b",
        "a\x1cb",
        "\ufeffa",
        "e\u0301 é",
        "👩‍👩‍👧 👍🏽",
        "don't “stop”…",
    ),
    *(
        "",
        " ",
        "\t a\r\nb\x0b\x0cc ",
        "a,b;c--d_e",
        "x" * 150,
        "[UNK]",
        "ﬁ ½ ² Ⅷ",
        "0.5% $3",
        "constructor __proto__",
    ),
)


def trial_strings(strings: Strings) -> dict[str, Array]:
    """Inputs of the whole model:

    texts of its words and of others, in several scripts, and random numbers.
    """
    generator, rows = np.random.default_rng(0), EXAMPLES if strings.layers else ANSWERED
    readers = {one.source: one.options for one in strings.layers}
    given: dict[str, Array] = {}
    for name, tensor in zip(
        input_names(strings.model), strings.model.inputs, strict=True
    ):
        shape = (rows, *(size or 3 for size in tensor.shape[1:]))
        given[name] = (
            _texts(generator, readers[name], shape)
            if name in readers
            else np.zeros(shape, tensor.dtype)
        )
    if given.keys() != readers.keys():
        drawn = random_inputs(
            strings.numbers, samples=rows, like=[strings.numbers_of(given)]
        )
        given |= {
            name: drawn[0][name][:rows]
            for name in given
            if drawn and name not in readers
        }
    return given


def _texts(
    generator: np.random.Generator, options: Mapping[str, Any], shape: tuple[int, ...]
) -> Array:
    """Texts of words, or words where a string is one token."""
    words = np.asarray(options["vocabulary"] or ["a", "b"], object)
    words = generator.choice(words, min(200, words.size), replace=False)
    if options["bins"] == 0:  # no other words are known
        return generator.choice(words, shape)
    changes = (
        str,
        str,
        str.upper,
        str.title,
        lambda word: f"“{word}”,",
        lambda word: f"{word}'s",
    )
    others = [*ODD, options["mask"] or ""]
    texts = []
    for number in range(int(np.prod(shape))):
        odd = others[number % len(others)]
        chosen = [
            changes[generator.integers(len(changes))](str(word))
            for word in generator.choice(words, 5)
        ]
        if options["split"] is None:
            texts.append(odd if number % 2 else chosen[0])
        else:
            parts = generator.permutation([*chosen[: generator.integers(6)], odd])
            texts.append(
                str(generator.choice([" ", "  ", "\t\n", "-", "\u00a0"])).join(parts)
            )
    return np.asarray(texts, object).reshape(shape)


def first(given: Inputs) -> dict[str, Array]:
    """The first examples of a set of inputs, on which the model is run."""
    return {name: values[:ANSWERED] for name, values in given.items()}


def prove_strings(
    strings: Strings,
    manifest: Path,
    given: Sequence[Inputs],
    work: Path,
    limit: float | None,
) -> str:
    """Run load() on sets of inputs of the whole model; returns a note about it.

    Raises ConversionError where numbers or answers differ from Keras'. `limit` is that
    of the answers' difference where weights are rounded.
    """
    cases: list[JsCase] = []
    for runtime, sets in (("strings", given), ("answers", map(first, given))):
        for one in sets:
            texts = {
                name: values.ravel().tolist()
                for name, values in one.items()
                if values.dtype == object
            }
            numbers = {
                name: values for name, values in one.items() if name not in texts
            }
            case: dict[str, Any] = {
                "id": str(len(cases)),
                "runtime": runtime,
                "model": manifest,
            }
            cases.append(JsCase(**case, inputs=numbers, strings=texts))
    results = run_cases(cases, work).results
    for one, made, answered in zip(given, results, results[len(given) :], strict=False):
        expected, received = strings.numbers_of(one), dict(made.outputs)
        for layer in strings.layers:
            if made.error or not np.array_equal(
                received[layer.into], expected[layer.into]
            ):
                raise ConversionError(
                    "load() must turn strings into the numbers that Keras does."
                    f" Received: {made.error or 'others'} for layer"
                    f" '{layer.layer.name}' ({type(layer.layer).__name__}). Nothing was"
                    f" written. Next step: {without(layer.layer)}; and report this"
                    " model."
                )
        if wrong := _wrong_answer(strings, first(one), answered, limit):
            raise ConversionError(
                f"load() must answer to strings as Keras does. Received: {wrong}."
                " Nothing was written. Next step: report this model."
            )
    count = sum(
        values.size
        for one in given
        for values in one.values()
        if values.dtype == object
    )
    return (
        f"load() and Keras make the same of {count} strings"
        if count
        else "load() gives the words that Keras gives"
    )


def _wrong_answer(
    strings: Strings, given: Inputs, result: JsResult, limit: float | None
) -> str:
    names, known = (
        output_names(strings.model),
        reference(strings.numbers, strings.numbers_of(given)),
    )
    wrong = judge(names, [known], [result], limit=limit).wrong
    answers = zip(
        names, predict(strings.model, given), known.answers, strings.words, strict=True
    )
    for name, whole, numbers, words in () if wrong else answers:
        if words and [word.decode() for word in whole.ravel()] != (
            result.labels or {}
        ).get(name):
            return f"output '{name}' has other words"
        if not words:
            wrong = wrong or compare(name, whole, numbers).wrong
    return wrong
