"""Models of strings:

load(), in Node.js, makes of them the numbers that Keras makes, and gives the answers of
Keras.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import export_model
from pipeline.errors import ConfigError, ConversionError, PipelineError
from pipeline.exporting import beside
from pipeline.system.javascript import JsCase, JsResult, run_cases
from pipeline.tfjs.strings.cut import without_strings
from tests.tfjs_cases.harness import needs_graph, randomise
from tests.tfjs_cases.table import read

TABLE: Mapping[str, list[str]] = read("strings.toml")
V, TEXTS = TABLE["words"], TABLE["texts"]


def _layer(keras: Any, written: str) -> tuple[Any, tuple[int, ...]]:
    """The layer, and the shape of its input."""
    code, _, shape = written.partition(" @ ")
    return eval(code, {**vars(keras.layers), "V": V}), eval(shape or "(1,)")  # noqa: S307 (our own text)


def _model(keras: Any, layer: Any, shape: tuple[int, ...]) -> Any:
    given = keras.Input(shape, dtype="string", name="text")
    made = layer(given)
    if getattr(layer, "_output_mode", getattr(layer, "output_mode", "int")) == "int":
        made = keras.layers.Embedding(len(V) + 20, 3)(made)
    return randomise(keras.Model(given, keras.layers.Dense(2)(made), name="m"))


def _run(
    folder: Path, work: Path, runtime: Any, inputs: Any = (), **strings: list[str]
) -> JsResult:
    case = JsCase(
        id="0",
        model=folder / "manifest.json",
        inputs=dict(inputs),
        strings=strings,
        runtime=runtime,
    )
    [result] = run_cases([case], work).results
    assert result.error is None, result.error
    return result


@pytest.fixture(scope="module")
def made(
    keras: Any, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, tuple[Any, Any]]:
    """Run Keras and load() on the texts, by layer: all layers are in one model."""
    layers = {written: _layer(keras, written) for written in TABLE["layers"]}
    inputs = {
        shape: keras.Input(shape, dtype="string", name=f"text{n}")
        for n, shape in enumerate([(), (1,), (3,)])
    }
    outputs = [
        keras.layers.Rescaling(0.5)(layer(inputs[shape]))
        for layer, shape in layers.values()
    ]
    model = keras.Model(list(inputs.values()), outputs, name="m")
    out = tmp_path_factory.mktemp("strings") / "out"
    export_model(model, out)
    # their number can be divided by 3
    given = {one.name: TEXTS for one in inputs.values()}
    received = dict(_run(out, out.parent / "run", "strings", **given).outputs)
    with without_strings(model) as (_, strings):
        assert strings is not None
        shaped = {
            one.name: np.asarray(TEXTS, object).reshape(-1, *one.shape[1:])
            for one in inputs.values()
        }
        expected = strings.numbers_of(shaped)
        names = {one.layer: one.into for one in strings.layers}
    return {
        written: (expected[names[layer]], received[names[layer]])
        for written, (layer, _) in layers.items()
    }


@pytest.mark.parametrize("written", TABLE["layers"])
def test_load_makes_of_strings_what_keras_makes(
    written: str, made: Mapping[str, tuple[Any, Any]]
) -> None:
    expected, received = made[written]
    assert (received.shape, received.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(received, expected)
    assert np.unique(expected).size > 1


@pytest.mark.parametrize("written", TABLE["refused"])
def test_an_option_that_javascript_does_not_have_is_refused(
    written: str, keras: Any, tmp_path: Path
) -> None:
    code, _, received = written.partition(" ✗ ")
    layer, shape = _layer(keras, code)
    given = keras.Input(shape, dtype="string")
    model = keras.Model(given, layer(given))
    with pytest.raises(ConversionError, match="JavaScript cannot compute") as refused:
        export_model(model, tmp_path / "out")
    assert f"Received: {received}. Next step: " in str(refused.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.filterwarnings(
    "ignore:Skipping nested container"
)  # of Keras, about such a file
@pytest.mark.parametrize("kind", ["TextVectorization", "StringLookup", "IntegerLookup"])
def test_a_layer_that_has_learned_no_words_is_told_to(
    kind: str, keras: Any, tmp_path: Path
) -> None:
    x = keras.Input((1,), dtype="int64" if kind == "IntegerLookup" else "string")
    model = keras.Model(
        x, keras.layers.Embedding(9, 2)(getattr(keras.layers, kind)(name="look")(x))
    )
    model.save(tmp_path / "m.keras")
    for given in (model, tmp_path / "m.keras"):
        with pytest.raises(
            PipelineError,
            match=r"look.*Received: none.*Next step: call its adapt\(data\), then save",
        ):
            export_model(given, tmp_path / "out")


def _classifier(keras: Any, **options: Any) -> Any:
    text = keras.Input((1,), dtype="string", name="review")
    ids = keras.layers.TextVectorization(
        vocabulary=V, output_sequence_length=5, **options
    )(text)
    mean = keras.layers.GlobalAveragePooling1D()(
        keras.layers.Embedding(len(V) + 2, 4)(ids)
    )
    return randomise(
        keras.Model(
            text,
            keras.layers.Dense(2, activation="softmax", name="mood")(mean),
            name="my m",
        )
    )


def test_a_classifier_answers_to_texts_with_labels(keras: Any, tmp_path: Path) -> None:
    model, samples = _classifier(keras), np.asarray(TEXTS[:9])
    weights = [np.asarray(one).copy() for one in model.weights]
    nodes = [len(one._inbound_nodes) for one in model.layers]
    report = export_model(
        model, tmp_path / "out", labels=["bad", "good"], samples=samples, dtype="uint8"
    )
    # load() takes no other names
    assert (report.format, report.name) == (
        "layers",
        "my-m",
    )
    assert report.notes[0] == f"load() and Keras make the same of {9 + 64} strings"
    assert report.notes[0] in (tmp_path / "out/report.txt").read_text()
    assert any('await model.predict(["a text"]);' in line for line in report.usage)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["input"] == {
        "name": "review",
        "shape": [1],
        "dtype": "string",
        "image": None,
    }
    assert "strings.json" in [file["path"] for file in manifest["formats"][0]["files"]]
    # the numbers that the words become
    assert [one["shape"] for one in manifest["probes"]["inputs"]] == [[5]]
    assert len(manifest["probes"]["outputs"][0]["answers"]) == 8
    texts = TEXTS[:4]
    answer = _run(tmp_path / "out", tmp_path / "run", "answers", review=texts)
    expected = np.asarray(model(np.asarray(texts, object)[:, np.newaxis]))
    [(name, received)] = answer.outputs
    np.testing.assert_allclose(received, expected, atol=report.max_abs_diff_limit)
    assert answer.labels == {
        name: [["bad", "good"][place] for place in received.argmax(-1)]
    }
    # the model is as before
    assert [len(one._inbound_nodes) for one in model.layers] == nodes
    for one, before in zip(model.weights, weights, strict=True):
        np.testing.assert_array_equal(np.asarray(one), before)


def _speaking(keras: Any) -> Any:
    x = keras.Input((4,), name="x")
    scores = keras.layers.Dense(3, activation="softmax", name="scores")(x)
    options = {"vocabulary": ["a", "ß", "日本"], "invert": True}
    word = keras.layers.StringLookup(**options, num_oov_indices=0, name="word")(
        keras.ops.argmax(scores, -1)
    )
    options |= {"mask_token": "–"}
    masked = keras.layers.StringLookup(**options, name="masked")(
        keras.ops.argmax(scores, -1)
    )
    return randomise(keras.Model(x, [word, scores, masked], name="m"))


@needs_graph
def test_words_as_answers_and_words_for_them_alike(keras: Any, tmp_path: Path) -> None:
    model = _speaking(keras)
    export_model(model, tmp_path / "out")
    given = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    result = _run(tmp_path / "out", tmp_path / "run", "answers", {"x": given})
    assert [name for name, _ in result.outputs] == ["word", "scores", "masked"]
    expected = [np.asarray(one) for one in model(given)]
    assert len({*expected[0]}) > 1
    assert result.labels == {
        name: [one.decode() for one in expected[place]]
        for place, name in ((0, "word"), (2, "masked"))
    }


@needs_graph
def test_a_feature_space_takes_strings_and_numbers(keras: Any, tmp_path: Path) -> None:
    import tensorflow as tf

    space = keras.utils.FeatureSpace
    numbers = {"rooms": space.integer_categorical(), "size": space.float_normalized()}
    words = {
        "kind": space.string_categorical(),
        "street": space.string_hashed(num_bins=9),
    }
    features = space(features=words | numbers, output_mode="concat")
    table = {
        "kind": ["flat", "house", "Ünit"],
        "street": ["a", "b", "c"],
        "rooms": [1, 2, 5],
        "size": [50.0, 90, 20],
    }
    features.adapt(tf.data.Dataset.from_tensor_slices(table))
    price = keras.layers.Dense(1, name="price")(features.get_encoded_features())
    model = randomise(keras.Model(features.get_inputs(), price, name="m"))
    samples = {name: np.asarray(values) for name, values in table.items()}
    assert export_model(model, tmp_path / "out", samples=samples).passed
    with pytest.raises(
        ConfigError, match=r"Samples for input 'kind' must have shape .* and be strings"
    ):
        export_model(model, tmp_path / "other", samples=samples | {"kind": np.zeros(3)})


def test_a_vocabulary_that_pages_do_not_read_is_refused(
    keras: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("pipeline.exporting.beside.LARGEST", 100)
    with pytest.raises(
        ConversionError,
        match=r"must have at most 100 bytes.*use fewer words \(max_tokens\)",
    ):
        export_model(_classifier(keras), tmp_path / "out")


@needs_graph
@pytest.mark.parametrize(
    ("make", "rule"),
    [(_classifier, "turn strings into"), (_speaking, "answer to strings")],
)
def test_what_differs_is_not_written(
    make: Any, rule: str, keras: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    write = beside.write_strings

    def miswritten(strings: Any, folder: Path, kinds: Any) -> None:
        write(strings, folder, kinds)
        content = json.loads((folder / "strings.json").read_text())
        for one in content["preparations"]:
            one["lower"] = False
        for one in filter(None, content["words"]):
            one["vocabulary"].reverse()
        (folder / "strings.json").write_text(json.dumps(content))

    monkeypatch.setattr("pipeline.exporting.export.write_strings", miswritten)
    with pytest.raises(ConversionError, match=rf"load\(\) must {rule}"):
        export_model(make(keras), tmp_path / "out")
    assert not (tmp_path / "out").exists()
