"""Next steps of refusals, followed:

each refusal, the step as code, and the export that then works.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import export_model
from pipeline.errors import ConversionError
from tests.tfjs_cases.harness import needs_graph, randomise
from tests.tfjs_cases.refused import changed_words


def _cleaned_text(k: Any) -> Any:
    import tensorflow as tf

    text = k.Input((1,), dtype="string")
    ids = k.layers.TextVectorization(
        vocabulary=["a", "b"], standardize=tf.strings.strip, name="text"
    )(text)
    return k.Model(
        text, k.layers.GlobalAveragePooling1D()(k.layers.Embedding(4, 2)(ids))
    )


def _large_ids(k: Any) -> Any:
    number = k.Input((3,), dtype="int64")
    index = k.layers.IntegerLookup(vocabulary=[7, 2**24], name="lookup")(number)
    return k.Model(number, k.layers.Embedding(4, 2)(index))


def _hashed(k: Any) -> Any:
    number = k.Input((3,), dtype="int32")
    return k.Model(
        number, k.layers.Embedding(8, 2)(k.layers.Hashing(8, name="hashing")(number))
    )


def _sampling(k: Any, given: bool) -> Any:
    class Noise(k.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any, noise: Any = None) -> Any:
            return x + (k.random.normal(k.ops.shape(x)) if noise is None else noise)

        def compute_output_shape(self, shape: Any) -> Any:
            return shape

    x, noise = k.Input((4,), name="x"), k.Input((4,), name="noise")
    return k.Model([x, noise], Noise()(x, noise)) if given else k.Model(x, Noise()(x))


def _rolled(k: Any, function: Callable[[Any], Any]) -> Any:
    x = k.Input((5, 4))
    return k.Model(x, function(x))


def _counted(k: Any, size: int | None) -> Any:
    class Summed(k.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return sum(x[:, step] for step in range(k.ops.shape(x)[1]))

        def compute_output_shape(self, shape: Any) -> Any:
            return shape[0], shape[2]

    x = k.Input((size, 4))
    return k.Model(x, Summed()(x))


def _dead(k: Any) -> Any:
    x = k.Input((4,))
    return k.Model(x, k.ops.relu(x - 1000.0))


def _behind(layer: str) -> Callable[[Any, Any], Any]:
    """The part of a model that is behind a layer."""
    return lambda k, model: k.Model(model.get_layer(layer).output, model.output)


def _logarithm(k: Any) -> Any:
    x = k.Input((4,))
    return k.Model(x, [k.layers.Dense(2)(x), k.ops.log(x - 100.0)])


IDS = np.array([0, 1, 1, 0, 1])
SAMPLES = np.array([[2000.0, 101, 102, 103], [101, 3000.0, 104, 105]], np.float32)


@needs_graph
@pytest.mark.parametrize(("make", "step", "follow"), [
    (changed_words, "export_model(keras.Model(model.get_layer('first').output, model.output), out), and compute what",
        _behind("first")),
    (_cleaned_text, "export_model(keras.Model(model.get_layer('text').output, model.output), out), and compute what",
        _behind("text")),
    (_large_ids, "lookup = model.get_layer('lookup'); export_model(keras.Model(lookup.output, model.output), out)",
        _behind("lookup")),
    (_hashed, "export_model(keras.Model(model.get_layer('hashing').output, model.output), out), and compute what",
        _behind("hashing")),
    (lambda k: _sampling(k, False), "noise = keras.Input(shape)", lambda k, _: _sampling(k, True)),
    (lambda k: _counted(k, None), "give the model's inputs fixed sizes", lambda k, _: _counted(k, 5)),
    (lambda k: _rolled(k, lambda x: k.ops.roll(x, 2, axis=1)), "keras.ops.concatenate([x[:, -n:], x[:, :-n]], axis=1)",
        lambda k, _: _rolled(k, lambda x: k.ops.concatenate([x[:, -2:], x[:, :-2]], axis=1))),
    (lambda k: _rolled(k, lambda x: k.ops.segment_sum(k.ops.reshape(x, (5, -1)), IDS, 2)),
        "keras.ops.matmul(keras.ops.transpose(keras.ops.one_hot(ids, n)), x)",
        lambda k, _: _rolled(k, lambda x: k.ops.matmul(
            k.ops.transpose(k.ops.one_hot(IDS, 2)), k.ops.reshape(x, (5, -1))))),
    *((make, "pass samples (--samples)", lambda _, model: model) for make in (_dead, _logarithm)),
], ids=["words that are changed first", "a text in a way of one's own", "large ids", "numbers that are hashed",
    "random numbers", "a loop in Python", "roll", "segment_sum", "an answer that never changes", "no answer at all",
])  # fmt: skip
def test_the_next_step_leads_to_an_export(
    make: Callable[[Any], Any],
    step: str,
    follow: Callable[[Any, Any], Any],
    keras: Any,
    tmp_path: Path,
) -> None:
    model = randomise(make(keras))
    with pytest.raises(ConversionError) as said:
        export_model(model, tmp_path / "refused")
    next_step = str(said.value).partition("Next step: ")[2]
    assert step in next_step
    assert "format=" not in next_step
    samples = SAMPLES if "--samples" in step else None
    assert export_model(follow(keras, model), tmp_path / "out", samples=samples).passed
