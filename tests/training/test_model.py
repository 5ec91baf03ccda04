"""The networks of the recipes:

what they map, and that training them gives the same weights each time.
"""

import dataclasses
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.recipes.fields import ModelRecipe
from pipeline.recipes.reading import Recipe, load_recipe
from pipeline.records import Dataset
from pipeline.training import model as network
from pipeline.training.compiled_epoch import DeviceRun, choose_compiler
from pipeline.training.epochs import TrainingData
from pipeline.training.model import build_model, forget_optimizer, require_fitting
from tests.support.judged import dataset


def images_of(height: int, width: int, classes: int = 10) -> Dataset:
    return dataset(
        labels=tuple(map(str, range(classes))), image_height=height, image_width=width
    )


def test_a_network_that_the_images_are_too_small_for_is_refused(keras: Any) -> None:
    recipe = load_recipe("cnn")
    for size in ((4, 4), (5, 28), (28, 5)):
        with pytest.raises(
            ConfigError,
            match=(
                rf"needs images of 6 × 6 pixels or more. Received: {size[1]} ×"
                rf" {size[0]}"
            ),
        ):
            require_fitting(recipe, images_of(*size))
        require_fitting(load_recipe("mlp"), images_of(*size))
    require_fitting(recipe, images_of(6, 6))
    assert build_model(recipe, shape=(6, 6, 1), classes=3, steps=5).output_shape == (
        None,
        3,
    )


@pytest.mark.parametrize("name", ["softmax", "styles", "mlp", "cnn"])
def test_parameters_are_counted_before_a_network_is_built(
    name: str, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = (31, 45, 1) if name == "cnn" else (31 * 45,)
    count = build_model(
        load_recipe(name), shape=shape, classes=7, steps=5
    ).count_params()
    monkeypatch.setattr(network, "MOST_PARAMETERS", count)
    require_fitting(load_recipe(name), images_of(31, 45, classes=7))
    monkeypatch.setattr(network, "MOST_PARAMETERS", count - 1)
    with pytest.raises(
        ConfigError, match=f"Received: {count:,} for images of 45 × 31 and 7 classes"
    ):
        require_fitting(load_recipe(name), images_of(31, 45, classes=7))


def test_a_network_that_would_fill_the_memory_is_refused() -> None:
    wide = dataclasses.replace(
        load_recipe("mlp"), model=ModelRecipe(kind="mlp", units=65_536)
    )
    with pytest.raises(
        ConfigError,
        match=r"at most 50,000,000 parameters. Received: 52,.*Lower model.units",
    ):
        require_fitting(wide, images_of(28, 28))
    deep = dataclasses.replace(
        load_recipe("cnn"), model=ModelRecipe(kind="cnn", filters=4096)
    )
    with pytest.raises(
        ConfigError, match=r"at most 67,108,864 values .* Received: 177,"
    ):
        require_fitting(deep, images_of(28, 28))


SHAPES = {"softmax": (784,), "styles": (784,), "mlp": (784,), "cnn": (28, 28, 1)}


@pytest.mark.parametrize(("recipe", "layers", "parameters"), [
    ("softmax", ["scores"], 784 * 10 + 10),
    ("styles", ["scores", "sum"], 784 * 40 + 40 + 40 * 10 + 10),
    ("mlp", ["hidden", "dropout", "scores"], 784 * 128 + 128 + 128 * 10 + 10),
    ("cnn", ["strokes", "strokes_pooled", "corners", "corners_pooled", "shapes", "features", "dropout", "scores"],
        (9 * 16 + 16) + (9 * 16 * 32 + 32) + (9 * 32 * 32 + 32) + (6 * 6 * 32 * 10 + 10)),
])  # fmt: skip
def test_a_recipe_builds_its_network(
    recipe: str, layers: list[str], parameters: int, keras: Any
) -> None:
    model = build_model(load_recipe(recipe), shape=SHAPES[recipe], classes=10, steps=5)
    assert [layer.name for layer in model.layers] == layers
    assert model.count_params() == parameters
    assert model.output_shape == (None, 10)


def test_the_probabilities_of_the_ways_to_write_a_class_add_up(keras: Any) -> None:
    model = build_model(load_recipe("styles"), shape=(784,), classes=10, steps=5)
    inputs = np.random.default_rng(0).random((6, 784), np.float32)
    ways = keras.Model(model.inputs[0], model.get_layer("scores").output)(
        inputs
    ).numpy()
    np.testing.assert_allclose(
        model(inputs).numpy(), ways.reshape(6, 10, 4).sum(axis=2), atol=1e-7
    )
    fixed = model.get_layer("sum").get_weights()
    model.train_on_batch(inputs, np.arange(6))
    np.testing.assert_equal(model.get_layer("sum").get_weights(), fixed)


def test_the_default_recipe_starts_at_zero_and_the_tutorials_at_random(
    keras: Any,
) -> None:
    for name, is_random in {"softmax": False, "plain": True, "article": True}.items():
        kernel, _ = build_model(
            load_recipe(name), shape=(784,), classes=10, steps=5
        ).get_weights()
        assert kernel.any() == is_random


@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_training_with_dropout_and_adam_gives_the_same_weights_each_time(
    kind: str, keras: Any
) -> None:
    recipe = load_recipe(kind)
    recipe = dataclasses.replace(
        recipe, model=dataclasses.replace(recipe.model, units=8, filters=2, dropout=0.3)
    )
    assert train(recipe, keras) == train(recipe, keras)


def train(recipe: Recipe, keras: Any) -> list[bytes]:
    shape = SHAPES[recipe.model.kind]
    random = np.random.default_rng(0)
    inputs = random.random((40, *shape), np.float32)
    labels = random.integers(0, 10, 40)
    keras.utils.set_random_seed(1)
    model = build_model(recipe, shape=shape, classes=10, steps=6)
    before = [value.tobytes() for value in model.get_weights()]
    data = TrainingData(
        inputs=inputs,
        labels=labels,
        validation_inputs=inputs[:4],
        validation_labels=labels[:4],
    )
    run = DeviceRun(model, data, batch_size=16, compiler=choose_compiler(model, "CPU"))
    run.train(epochs=2, seed=1, on_epoch=lambda _: None)
    after = [value.tobytes() for value in model.get_weights()]
    assert all(one != other for one, other in zip(before, after, strict=True))
    return after


def test_a_model_without_its_optimizer_measures_the_same_and_keeps_no_averages(
    keras: Any,
) -> None:
    model = build_model(load_recipe("mlp"), shape=(784,), classes=10, steps=5)
    inputs, labels = np.ones((4, 784), np.float32), np.arange(4)
    model.train_on_batch(inputs, labels)
    before = model.evaluate(inputs, labels, verbose=0, return_dict=True)
    forget_optimizer(model)
    assert isinstance(model.loss, keras.losses.SparseCategoricalCrossentropy)
    # steps, learning rate
    assert (
        sum(int(np.prod(variable.shape)) for variable in model.optimizer.variables) < 3
    )
    after = model.evaluate(inputs, labels, verbose=0, return_dict=True)
    assert after == pytest.approx(before, abs=1e-6)  # float32 sums of four terms
