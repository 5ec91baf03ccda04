"""The form that is trained in place of the model computes the same, and XLA compiles it
as intended.
"""

from typing import Any

import numpy as np
import pytest

from pipeline.recipes.reading import load_recipe
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.compiled_epoch import (
    NARROW,
    DeviceRun,
    compiled_form,
    multiply_narrow,
    one_hot_cross_entropy,
)
from pipeline.training.model import build_model
from tests.support.programs import watch_programs
from tests.support.training import split


@pytest.fixture
def tf() -> Any:
    return start_tensorflow("cpu")


def network(keras: Any, units: int = 10, **settings: Any) -> Any:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((40,)), keras.layers.Dense(units, "softmax", **settings)]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def test_the_loss_and_its_gradient_are_keras_own(tf: Any, keras: Any) -> None:
    random = np.random.default_rng(0)
    inputs, labels = (
        random.normal(size=(64, 5)).astype(np.float32),
        random.integers(0, 10, 64),
    )
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(10, activation="softmax")]
    )
    kernel = model.trainable_variables[0]
    kernel.assign(kernel * 30)  # some answers are sure, some of those wrong
    results = []
    for loss in (keras.losses.sparse_categorical_crossentropy, one_hot_cross_entropy):
        with tf.GradientTape() as tape:
            losses = loss(labels, model(inputs))
        results.append(
            (
                losses.numpy(),
                *(g.numpy() for g in tape.gradient(losses, model.trainable_variables)),
            )
        )
    assert results[0][0].shape == (64,)
    assert results[0][0].max() > 10
    for theirs, ours in zip(*results, strict=True):
        # float32 sums of 64 terms of some 10
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("xla", [False, True])
def test_a_narrow_product_and_its_gradients_are_those_of_any_product(
    tf: Any, *, xla: bool
) -> None:
    random = np.random.default_rng(0)
    inputs, kernel, upstream = (
        tf.constant(random.normal(size=shape).astype(np.float32))
        for shape in ((32, 100), (100, 10), (32, 10))
    )

    def results(multiply: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([inputs, kernel])
            product = multiply(inputs, kernel)
        return product, *tape.gradient(product, [inputs, kernel], upstream)

    ours, theirs = (
        tf.function(lambda m=m: results(m), jit_compile=xla)()
        for m in (multiply_narrow, tf.matmul)
    )
    for one, other in zip(ours, theirs, strict=True):
        # float32 sums of up to 100 terms of some 1
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-5)


def test_a_form_has_the_variables_of_its_model_and_leaves_the_model_as_it_was(
    tf: Any, keras: Any
) -> None:
    model = network(keras)
    form = compiled_form(model, narrow=True, factors={})
    images = np.random.default_rng(0).random((8, 40), np.float32)
    form.train_on_batch(images, np.arange(8))
    assert [id(v) for v in form.trainable_variables] == [
        id(v) for v in model.trainable_variables
    ]
    assert form.optimizer is model.optimizer
    assert int(model.optimizer.iterations) == 1
    np.testing.assert_array_equal(form(images), model(images))
    # it was called once, when the model was built
    assert model.layers[0].output.shape == (
        None,
        10,
    )
    assert model.loss == "sparse_categorical_crossentropy"


@pytest.mark.parametrize(
    ("settings", "narrow"),
    [({}, True), ({"units": NARROW + 1}, False), ({"kernel_regularizer": "l2"}, True)],
)
def test_narrow_layers(
    settings: dict[str, Any], narrow: bool, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    products: list[tuple[int, ...]] = []

    def counted(inputs: Any, kernel: Any) -> Any:
        products.append(tuple(kernel.shape))
        return multiply_narrow(inputs, kernel)

    monkeypatch.setattr("pipeline.training.compiled_epoch.multiply_narrow", counted)
    model = network(keras, **settings)
    images, labels = np.random.default_rng(0).random((8, 40), np.float32), np.arange(8)
    form = compiled_form(model, narrow=True, factors={})
    np.testing.assert_array_equal(form(images), model(images))
    theirs = model.evaluate(images, labels, verbose=0)
    # also what a layer adds
    assert form.evaluate(images, labels, verbose=0)[0] == pytest.approx(
        theirs, abs=1e-5
    )
    assert bool(products) == narrow
    products.clear()
    compiled_form(model, narrow=False, factors={})(images)
    assert products == []


def test_xla_computes_a_gradient_with_the_units_first(
    tf: Any, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tf.random.set_seed(1)
    calls = watch_programs(tf, monkeypatch)
    inputs, labels = np.zeros((64, 784), np.float32), np.arange(64) % 10
    model = build_model(load_recipe("softmax"), shape=(784,), classes=10, steps=4)
    run = DeviceRun(model, split(inputs, labels, 64), batch_size=16, compiler="xla")
    run.train(epochs=1, seed=1, on_epoch=lambda _: None)
    ir = calls[0].program.experimental_get_compiler_ir(*calls[0].arguments)
    products = [
        line
        for line in ir(stage="optimized_hlo", platform_name="CPU").splitlines()
        if " dot(" in line
    ]
    assert sorted(line.split(" = ")[1].split("{")[0] for line in products) == [
        "f32[11,784]",
        "f32[16,10]",
    ]
