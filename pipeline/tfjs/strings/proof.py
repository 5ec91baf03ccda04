"""Prove that load() turns strings into the numbers that Keras turns them into, and the answers into Keras' answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConversionError
from pipeline.system.javascript import JsCase, run_cases
from pipeline.system.json_records import to_json
from pipeline.tfjs.keras_model import input_names, output_names
from pipeline.tfjs.model_manifest import input_specs, output_specs
from pipeline.tfjs.parity.compare import allow_rounding, compare
from pipeline.tfjs.parity.random_inputs import random_inputs
from pipeline.tfjs.parity.reference import predict, reference
from pipeline.tfjs.strings.cut import Strings
from pipeline.tfjs.strings.layers import without
from pipeline.tfjs.weights import Array

STRINGS_NAME = "strings.json"
LARGEST = 2**22  # bytes that load() reads as JSON
EXAMPLES = 64  # whose strings are compared
ANSWERED = 4  # of them whose answers are compared, too: models may take seconds for one
# Scripts, spaces, punctuation and signs in which JavaScript's own functions differ from TensorFlow's, which know ASCII.
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
    *("a\u00a0b", "a\u3000b", "a\u2028b", "a\u0085b", "a\x1cb", "\ufeffa", "e\u0301 é", "👩‍👩‍👧 👍🏽", "don't “stop”…"),
    *("", " ", "\t a\r\nb\x0b\x0cc ", "a,b;c--d_e", "x" * 150, "[UNK]", "ﬁ ½ ² Ⅷ", "0.5% $3", "constructor __proto__"),
)


def write_strings(strings: Strings, folder: Path) -> None:
    """Write strings.json, from which load() knows what becomes of strings; ConversionError where it is too long."""
    content = {
        "input": input_specs(strings.numbers),
        "output": output_specs(strings.numbers),
        "preparations": [{"from": one.source, "into": one.into, **one.options} for one in strings.layers],
        "words": strings.words,
    }
    written = json.dumps(to_json(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if len(written) > LARGEST:
        raise ConversionError(
            f"The vocabularies of '{strings.model.name}' must have at most {LARGEST:,} bytes, which pages read. "
            f"Received: {len(written):,}. Next step: use fewer words (max_tokens)."
        )
    (folder / STRINGS_NAME).write_bytes(written)


def trial_strings(strings: Strings) -> dict[str, Array]:
    """Inputs of the whole model: texts of its words and of others, in several scripts, and random numbers."""
    generator, rows = np.random.default_rng(0), EXAMPLES if strings.layers else ANSWERED
    given: dict[str, Array] = {}
    for name, tensor in zip(input_names(strings.model), strings.model.inputs, strict=True):
        readers = [one for one in strings.layers if one.source == name]
        if readers:
            size = tuple(size or 3 for size in tensor.shape[1:])
            given[name] = _texts(generator, readers[0].options, (rows, *size))
    if len(given) == len(strings.model.inputs):
        return given
    zeros = {
        name: np.zeros((rows, *(size or 5 for size in one.shape[1:])), one.dtype)
        for name, one in zip(input_names(strings.model), strings.model.inputs, strict=True)
        if name not in given
    }
    like = strings.numbers_of(given | zeros)
    [drawn, *_] = random_inputs(strings.numbers, samples=rows, like=[like]) or [like]
    given |= {name: drawn[name][:rows] for name in zeros}
    return {name: given[name] for name in input_names(strings.model)}  # in Keras' order


def _texts(generator: np.random.Generator, options: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    """Texts of words, or words where a string is one token."""
    words = np.asarray(options["vocabulary"] or ["a", "b"], object)
    words = generator.choice(words, min(200, words.size), replace=False)
    if options["bins"] == 0:  # no other words are known
        return generator.choice(words, shape)
    changes = (str, str.upper, str.title, lambda word: f"“{word}”,", lambda word: f"{word}'s")
    others = np.asarray([*ODD, *filter(None, [options["mask"]])], object)
    texts = []
    for number in range(int(np.prod(shape))):
        odd = str(others[number % others.size])
        chosen = [changes[generator.integers(len(changes))](str(word)) for word in generator.choice(words, 6)]
        place = int(generator.integers(6))
        if options["split"] is None:
            texts.append(odd if number % 2 else chosen[0] if number % 4 else str(generator.choice(words)))
        else:
            spaces = generator.choice([" ", " ", "  ", "\t", "\n", "-", "\u00a0"], 6)
            texts.append("".join(part for pair in zip([*chosen[:place], odd], spaces, strict=False) for part in pair))
    return np.asarray(texts, object).reshape(shape)


def first(given: Mapping[str, Array]) -> dict[str, Array]:
    """The first examples of a set of inputs, on which the model is run."""
    return {name: values[:ANSWERED] for name, values in given.items()}


def prove_strings(
    strings: Strings, manifest: Path, given: Sequence[Mapping[str, Array]], work: Path, limit: float | None
) -> str:
    """Run load() on sets of inputs of the whole model; returns a note that says so.

    Raises ConversionError where numbers or answers differ from Keras'. `limit` is that of the answers' difference where
    weights are rounded.
    """
    cases, few = [], [first(one) for one in given]
    for number, one in enumerate([*given, *few]):
        texts = {name: values.ravel().tolist() for name, values in one.items() if values.dtype == object}
        numbers = {name: values for name, values in one.items() if name not in texts}
        runtime: Any = "strings" if number < len(given) else "answers"
        cases.append(JsCase(id=str(number), inputs=numbers, strings=texts, model=manifest, runtime=runtime))
    results = run_cases(cases, work).results
    for one, result in zip(given, results, strict=False):
        expected = strings.numbers_of(one)
        for layer in strings.layers:
            received = dict(result.outputs).get(layer.into)
            if received is None or not np.array_equal(received, expected[layer.into]):
                raise ConversionError(
                    f"load() must turn strings into the numbers that Keras does. Received: {result.error or 'others'} "
                    f"for layer '{layer.layer.name}' ({type(layer.layer).__name__}). Nothing was written. Next step: "
                    f"{without(layer.layer)}; and report this model."
                )
    for one, result in zip(few, results[len(given) :], strict=True):
        wrong = result.error or _wrong_answer(strings, one, dict(result.outputs), result.labels or {}, limit)
        if wrong:
            raise ConversionError(
                f"load() must answer to strings as Keras does. Received: {wrong}. Nothing was written. Next step: "
                "report this model."
            )
    count = sum(values.size for one in given for values in one.values() if values.dtype == object)
    return f"load() gives to strings what Keras gives to them: compared on {count}" if count else "load() gives words"


def _wrong_answer(
    strings: Strings,
    given: Mapping[str, Array],
    received: Mapping[str, Array],
    labels: Mapping[str, Sequence[str]],
    limit: float | None,
) -> str:
    known = reference(strings.numbers, strings.numbers_of(given))
    answers = zip(output_names(strings.model), predict(strings.model, given), strings.words, strict=True)
    for place, (name, expected, words) in enumerate(answers):
        if words:
            if [word.decode() for word in expected.ravel()] != list(labels.get(name, ())):
                return f"output '{name}' has other words"
            continue
        check = compare(name, expected, received[name], limit=limit)
        if not check.passed and limit is None:
            check = allow_rounding(check, expected, known.rounding[place])
        if not check.passed:
            return check.wrong
    return ""
