"""The compiled epoch computes what `model.fit` computes."""

import functools
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.data.arrays import drop_cached_pages
from pipeline.records import EpochResult
from pipeline.system.tensorflow import start_tensorflow
from pipeline.training.compiled_epoch import DeviceRun, choose_compiler, images_in_part
from pipeline.training.epochs import TrainingData, epoch_order
from tests.support.training import split

SEED = 3
# Both sum the same float32 terms; XLA and TensorFlow order the additions differently,
# and some 60 steps multiply that.
SAME = 1e-5


def some_data(
    images: int = 500, pixels: int = 12, classes: int = 4
) -> tuple[NDArray[Any], NDArray[Any]]:
    random = np.random.default_rng(0)
    inputs = random.random((images, pixels), np.float32)
    return inputs, (inputs @ random.normal(size=(pixels, classes))).argmax(
        axis=1
    ).astype(np.int64)


def make_model(optimizer: str, *, dropout: bool = False) -> Any:
    start_tensorflow("cpu")
    import keras

    keras.utils.set_random_seed(SEED)
    layers = [
        keras.layers.Dense(8, "relu"),
        *([keras.layers.Dropout(0.3, seed=5)] if dropout else []),
    ]
    model = keras.Sequential(
        [keras.Input((12,)), *layers, keras.layers.Dense(4, activation="softmax")]
    )
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=[accuracy])
    return model


def assert_same(one: Any, other: Any) -> None:
    for mine, theirs in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=SAME)


def train(
    model: Any,
    data: TrainingData,
    compiler: str,
    *,
    batch_size: int = 32,
    epochs: int = 1,
    on_epoch: Callable[[EpochResult], None] = lambda _: None,
) -> None:
    run = DeviceRun(model, data, batch_size=batch_size, compiler=compiler)
    run.train(epochs=epochs, seed=SEED, on_epoch=on_epoch)


@functools.cache
def fitted(optimizer: str) -> tuple[Any, list[dict[str, list[float]]]]:
    """A model that `fit` has trained for three epochs in our orders, and what it
    measured after each.
    """
    model, (inputs, labels), held_out = (
        make_model(optimizer),
        some_data(),
        slice(470, None),
    )
    measured = []
    for epoch in (1, 2, 3):
        order = epoch_order(SEED, epoch, 470)
        validation = inputs[held_out], labels[held_out]
        options = {
            "batch_size": 32,
            "shuffle": False,
            "verbose": 0,
            "validation_data": validation,
        }
        measured.append(model.fit(inputs[order], labels[order], **options).history)
    return model, measured


@pytest.mark.parametrize("compiler", ["xla", "graph"])
@pytest.mark.parametrize(
    "optimizer", ["adam", pytest.param("sgd", marks=pytest.mark.all_only)]
)
def test_the_same_batches_give_the_same_weights_and_history_as_fit(
    compiler: str, optimizer: str
) -> None:
    ours, (theirs, measured) = make_model(optimizer), fitted(optimizer)
    history: list[EpochResult] = []
    train(ours, split(*some_data(), 470), compiler, epochs=3, on_epoch=history.append)
    for result, found in zip(history[1:], measured, strict=True):
        assert result.loss == pytest.approx(found["loss"][0], abs=SAME)
        assert result.accuracy == pytest.approx(found["accuracy"][0], abs=SAME)
        assert result.validation_loss == pytest.approx(found["val_loss"][0], abs=SAME)
        assert result.validation_accuracy == pytest.approx(
            found["val_accuracy"][0], abs=SAME
        )
    assert_same(ours, theirs)
    assert [result.epoch for result in history] == [0, 1, 2, 3]


@pytest.mark.parametrize("compiler", ["xla", "graph"])
def test_a_stop_sees_the_weights_then_and_changes_none(
    compiler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inputs, labels), ours, theirs = some_data(), make_model("adam"), make_model("adam")
    # parts of 5 steps
    monkeypatch.setattr(
        "pipeline.training.compiled_epoch.PART_BYTES", 5 * 32 * inputs[0].nbytes
    )
    seen: dict[int, Any] = {}

    def look(step: int) -> None:
        seen[step] = ours.get_weights()
        run.validate()

    run = DeviceRun(
        ours,
        split(inputs, labels, 460),
        batch_size=32,
        compiler=compiler,
        stops=[1, 5, 8],
        on_stop=look,
    )
    # whose batch is smaller
    run.train(epochs=1, seed=SEED, on_epoch=lambda _: look(15))
    order = epoch_order(SEED, 1, 460)
    assert [*seen] == [15, 1, 5, 8]  # also after the untrained weights
    for first, last in itertools.pairwise([0, 1, 5, 8, 15]):
        rows = order[32 * first : 32 * last]
        theirs.fit(inputs[rows], labels[rows], batch_size=32, shuffle=False, verbose=0)
        for one, other in zip(seen[last], theirs.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=SAME)


def test_dropout_draws_the_same_numbers_as_in_fit() -> None:
    inputs, labels = some_data(256)
    ours, theirs = make_model("sgd", dropout=True), make_model("sgd", dropout=True)
    train(ours, split(inputs, labels, 256), "graph")
    order = epoch_order(SEED, 1, 256)
    theirs.fit(inputs[order], labels[order], batch_size=32, shuffle=False, verbose=0)
    assert_same(ours, theirs)


def test_dropout_drawn_before_the_steps_is_the_dropout_of_the_steps(
    keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # several parts, the last one shorter
    monkeypatch.setattr("pipeline.training.compiled_epoch.PART_BYTES", 12_000)
    random = np.random.default_rng(1)
    inputs, labels = random.random((230, 12), np.float32), random.integers(0, 3, 230)
    data = TrainingData(
        inputs=inputs,
        labels=labels,
        validation_inputs=inputs[:50],
        validation_labels=labels[:50],
    )
    models = []
    for compiler in ("xla", "graph"):
        keras.utils.set_random_seed(SEED)
        dropouts = [keras.layers.Dropout(share) for share in (0.3, 0.5)]
        hidden = [
            keras.layers.Dense(8, "relu"),
            dropouts[0],
            keras.layers.Dense(6),
            dropouts[1],
        ]
        models.append(
            keras.Sequential(
                [keras.Input((12,)), *hidden, keras.layers.Dense(3, "softmax")]
            )
        )
        models[-1].compile(optimizer="adam", loss="sparse_categorical_crossentropy")
        train(models[-1], data, compiler, batch_size=32, epochs=2)
    assert_same(*models)


def test_xla_is_left_out_only_for_what_is_slow_on_a_cpu_and_for_the_largest_of_a_pool(
    keras: Any,
) -> None:
    dense = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(2)]
    )
    assert choose_compiler(dense, "CPU") == choose_compiler(dense, "GPU: any") == "xla"
    inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)])
    convolving = keras.Sequential([keras.Input((8, 8, 1)), inner])
    assert choose_compiler(convolving, "CPU") == "graph"
    assert choose_compiler(convolving, "GPU: any") == "xla"
    pooling = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.MaxPooling2D()])
    assert choose_compiler(pooling, "GPU: any") == "graph"


def pooling_model() -> tuple[Any, TrainingData]:
    import keras

    keras.utils.set_random_seed(SEED)
    pixels, conv = keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3)
    layers = [
        conv,
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential([pixels, *layers])
    model.compile(
        "sgd",
        "sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")],
    )
    images, labels = (
        np.random.default_rng(0).random((40, 6, 6, 1), np.float32),
        np.arange(40) % 3,
    )
    return model, split(images, labels, 40)


def test_xla_still_refuses_the_gradient_of_the_largest_of_a_pool() -> None:
    tf = start_tensorflow("cpu")
    model, data = pooling_model()
    with pytest.raises(tf.errors.UnimplementedError, match="MaxPool gradient"):
        train(model, data, "xla", batch_size=16)
    train(model, data, choose_compiler(model, "GPU: any"), batch_size=16)


@pytest.mark.parametrize("compiler", ["xla", "graph"])
def test_batches_from_a_file_give_the_same_weights(
    compiler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, labels = some_data()
    np.save(tmp_path / "inputs.npy", np.rint(inputs * 255).astype(np.uint8))
    mapped = np.load(tmp_path / "inputs.npy", mmap_mode="r")

    def to_input(batch: Any) -> Any:
        import tensorflow as tf

        return tf.cast(batch, tf.float32) / 255

    part_bytes = 12 * 32 * 3 + 5  # three batches, of fifteen and a smaller last
    monkeypatch.setattr("pipeline.training.compiled_epoch.PART_BYTES", part_bytes)
    models = []
    for resident_bytes in (2**20, 0):
        monkeypatch.setattr(
            "pipeline.training.compiled_epoch.RESIDENT_BYTES", resident_bytes
        )
        models.append(make_model("adam", dropout=True))
        train(
            models[-1],
            split(mapped, labels, 490, to_input=to_input),
            compiler,
            epochs=2,
        )
    assert_same(*models)


@pytest.mark.skipif(
    not Path("/proc/self/smaps").exists(),
    reason="only Linux tells what of a file is in memory",
)
def test_little_of_a_streamed_file_is_in_memory_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_model("sgd")
    path = tmp_path / "inputs.npy"
    np.save(path, np.zeros((40_000, 392), np.float32))
    pixels, labels = np.load(path, mmap_mode="r"), np.zeros(40_000, np.int64)
    data = split(pixels, labels, 40_000, to_input=lambda batch: batch[:, :12])
    calls, resident = itertools.count(), []

    def measure(images: Any) -> None:
        if images is data.inputs and next(calls) % 20 == 0:
            resident.append(resident_bytes(path))
        drop_cached_pages(images)

    monkeypatch.setattr("pipeline.data.arrays.drop_cached_pages", measure)
    monkeypatch.setattr("pipeline.training.compiled_epoch.RESIDENT_BYTES", 0)
    # seven in the file
    monkeypatch.setattr("pipeline.training.compiled_epoch.PART_BYTES", 2**23)
    train(model, data, "graph", batch_size=1000)
    assert len(resident) > 20
    # A quarter of it, and on some systems all of it, where parts are not read as they
    # lie in the file.
    assert 0 < max(resident) < path.stat().st_size / 8


def resident_bytes(path: Path) -> int:
    """How much of a mapped file this process has in memory, by Linux' own count."""
    maps = Path("/proc/self/smaps").read_text().split(str(path))[1:]
    return 1024 * sum(
        int(re.findall(r"^Rss: +(\d+) kB", entry, re.MULTILINE)[0]) for entry in maps
    )


def test_each_epoch_has_its_own_order_of_all_images() -> None:
    first, second = epoch_order(1, 1, 100), epoch_order(1, 2, 100)
    assert sorted(first) == list(range(100))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, epoch_order(2, 1, 100))
    np.testing.assert_array_equal(first, epoch_order(1, 1, 100))


def test_parts_are_whole_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.training.compiled_epoch.PART_BYTES", 100)
    assert images_in_part(image_bytes=10, batch_size=4) == 8
    assert images_in_part(image_bytes=10, batch_size=40) == 40  # a batch is never cut
