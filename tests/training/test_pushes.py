"""The weights of a softmax as a sum over its training images, on the real MNIST."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.datasets.arrays import Images, load_images
from pipeline.preprocessing.apply import prepare_images
from pipeline.recipes.reading import load_recipe, override
from pipeline.records import Dataset, TrainedModel
from pipeline.training.compiled_epoch import DeviceProgram
from pipeline.training.epochs import TrainingData, epoch_order, train_epochs
from pipeline.training.input_pipeline import to_model_input
from pipeline.training.model import build_model
from pipeline.training.pushes import MOST_PUSHES, STRONGEST, first_steps, new_sums
from pipeline.versions.influences import EXACT, MOST_BYTES, write_influences
from tests.support.training import train

Array = np.ndarray[Any, Any]

RECIPE = load_recipe("softmax")
STEPS = RECIPE.preprocess.image_steps()
# At most 32 steps in float32, computed by two programs that add the same numbers in another order.
SAME = 1e-6


def config(**changes: Any) -> Config:
    return Config(name="t", recipe=override(RECIPE, **changes), device="cpu")


def arrays_of(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope="module", params=[2, pytest.param(None, marks=pytest.mark.all_only)], ids=["short", "whole"])
def whole(
    request: pytest.FixtureRequest, mnist: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, TrainedModel]:
    """The default recipe, trained on all of MNIST, for two epochs or for its own."""
    work = tmp_path_factory.mktemp("whole")
    return work, train(config(epochs=request.param), mnist, work)


@pytest.fixture(scope="module")
def images(mnist: Dataset) -> Images:
    return load_images(mnist)


@pytest.fixture(scope="module")
def model(whole: tuple[Path, TrainedModel], keras: Any) -> Any:
    return keras.saving.load_model(whole[0] / "model.keras")


def test_the_sum_over_all_training_images_gives_every_score_of_the_test_images(
    whole: tuple[Path, TrainedModel], images: Images, model: Any, keras: Any
) -> None:
    work, trained = whole
    assert trained.influences_path
    found = arrays_of(work / trained.influences_path)
    assert len(found["pushes"]) == trained.training_images == 55_000
    bytes_ = np.rint(prepare_images(images.train[:55_000], STEPS) * 255)  # as training keeps them
    inputs = np.concatenate([bytes_.astype(np.float64) / 255, np.ones((55_000, 1))], axis=1)
    sums = inputs.T @ found["pushes"]
    np.testing.assert_allclose(sums.ravel(), found["weights"], rtol=0, atol=1e-6)
    scores = keras.models.clone_model(model)
    scores.set_weights(model.get_weights())
    scores.layers[-1].activation = keras.activations.linear
    tests = prepare_images(images.test, STEPS)
    own = scores.predict(tests, batch_size=1000, verbose=0)
    assert np.abs(own).max() > 5  # not probabilities
    np.testing.assert_allclose(tests @ sums[:-1] + sums[-1], own, rtol=0, atol=EXACT)


def test_what_is_published_are_the_images_that_moved_the_weights_most(
    whole: tuple[Path, TrainedModel], images: Images, model: Any, tmp_path: Path
) -> None:
    lines: list[str] = []
    path, weights = whole[0] / "influences.npz", model.get_weights()
    files = write_influences(tmp_path, path, *weights, images=images.test, steps=STEPS, progress=lines.append)
    assert files == {"influences": "influences.json", "influence_images": "influences.bin"}
    assert lines == []
    assert sum((tmp_path / name).stat().st_size for name in files.values()) <= MOST_BYTES
    told = json.loads((tmp_path / "influences.json").read_text())
    assert (told["training_images"], told["test_images"]) == (55_000, 10_000)
    assert 0 < told["largest_difference"] <= EXACT
    rows = [image["index"] for image in told["images"]]
    assert len(rows) == len(set(rows)) == STRONGEST
    assert [image["label"] for image in told["images"]] == images.train_labels[rows].tolist()
    pixels = np.frombuffer(gzip.decompress((tmp_path / "influences.bin").read_bytes()), np.uint8).reshape(-1, 28, 28)
    moved = prepare_images(images.train[rows], STEPS).reshape(-1, 28, 28)
    np.testing.assert_array_equal(pixels, np.rint(moved * 255))
    pushes = np.array([image["pushes"] for image in told["images"]])
    own = np.eye(10, dtype=bool)[images.train_labels[rows]]
    assert (pushes[own] > 0).all()  # towards its own class
    assert (pushes[~own] <= 0).all()
    # of each class some that push towards it, and of the others some that push away from it
    assert (own.sum(axis=0) >= 10).all()
    assert ((pushes < -0.001).sum(axis=0) >= 10).all()


def test_a_sum_that_is_not_the_model_is_not_published(
    whole: tuple[Path, TrainedModel], images: Images, model: Any, tmp_path: Path
) -> None:
    lines: list[str] = []
    kernel, bias = model.get_weights()
    kernel[400, 3] += 1e-3
    path = whole[0] / "influences.npz"
    assert write_influences(tmp_path, path, kernel, bias, images=images.test, steps=STEPS, progress=lines.append) == {}
    assert list(tmp_path.iterdir()) == []
    assert len(lines) == 1
    assert lines[0].startswith(
        "no influences: the sum over the training images must give the model's own scores to 1e-05"
    )
    assert "Received: a difference of 0.001" in lines[0]


def test_many_and_large_images_are_fewer_so_that_the_files_stay_small(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    found = {
        "places": np.arange(300),
        "weights": np.zeros(64 * 64 * 10 + 10),
        "images": random.integers(0, 256, (300, 64, 64), np.uint8),  # noise: gzip finds nothing to save
        "rows": np.arange(300),
        "labels": np.zeros(300, np.int64),
        "pushes": random.normal(size=(300, 10)).astype(np.float32),
    }
    np.savez(tmp_path / "influences.npz", allow_pickle=False, **found)
    kernel, bias = np.zeros((64 * 64, 10), np.float32), np.zeros(10, np.float32)
    steps = [{"step": "flatten"}]
    files = write_influences(
        *(tmp_path, tmp_path / "influences.npz", kernel, bias),
        images=found["images"][:5],
        steps=steps,
        progress=lambda _: None,
    )
    size = sum((tmp_path / name).stat().st_size for name in files.values())
    assert MOST_BYTES * 0.8 < size <= MOST_BYTES
    kept = json.loads((tmp_path / "influences.json").read_text())["images"]
    assert [image["index"] for image in kept] == list(range(len(kept)))  # the strongest


@pytest.fixture(scope="module")
def data(images: Images) -> TrainingData:
    """A few images as they are, the last of them held out."""
    return TrainingData(
        inputs=images.train[:1850],
        labels=images.train_labels[:1850],
        validation_inputs=images.train[1850:2000],
        validation_labels=images.train_labels[1850:2000],
        to_input=lambda batch: to_model_input(batch, [{"step": "scale", "factor": 1.0}, {"step": "flatten"}]),
    )


def new_model(keras: Any) -> Any:
    keras.utils.set_random_seed(1)
    return build_model(RECIPE, shape=(784,), classes=10, steps=2 * 58)


@pytest.mark.parametrize("strategy", ["xla-epoch", "xla-resident", "xla-streamed"])  # what a softmax is trained by
def test_noting_the_pushes_changes_no_bit_of_the_weights(strategy: str, data: TrainingData, keras: Any) -> None:
    trained = []
    for pushes in (None, np.zeros((1850, 10), np.float32)):
        model = new_model(keras)
        program = DeviceProgram(model, data, batch_size=32, strategy=strategy, pushes=pushes)
        train_epochs(program, epochs=2, seed=1, on_epoch=lambda _: None)
        trained.append(model.get_weights())
    for without, noted in zip(*trained, strict=True):
        np.testing.assert_array_equal(noted, without)
    assert pushes is not None
    inputs = np.concatenate([data.to_input(data.inputs), np.ones((1850, 1))], axis=1)
    np.testing.assert_allclose(inputs.T @ pushes, np.concatenate([trained[1][0], trained[1][1][None]]), atol=SAME)


def test_the_first_steps_are_those_that_keras_takes_one_by_one(data: TrainingData, keras: Any) -> None:
    pushes, order = np.zeros((1850, 10), np.float32), epoch_order(1, 1, 1850)
    program = DeviceProgram(new_model(keras), data, batch_size=32, strategy="xla-epoch", pushes=pushes)
    program.run_epoch(order)
    results, snapshots = first_steps(data, order, pushes, np.zeros(7850, np.float32), batch_size=32)
    assert [result.step for result in results] == [1, 2, 4, 8, 16, 32]  # an epoch has 58
    model, inputs = new_model(keras), data.to_input(data.inputs).numpy()
    held_out = data.to_input(data.validation_inputs)
    taken = 0
    for result, snapshot in zip(results, snapshots, strict=True):
        while taken < result.step:
            batch = order[32 * taken : 32 * (taken + 1)]
            model.train_on_batch(inputs[batch], data.labels[batch])
            taken += 1
        flat = np.concatenate([array.ravel() for array in model.get_weights()])
        np.testing.assert_allclose(snapshot, flat, rtol=0, atol=SAME)
        loss, accuracy = model.evaluate(held_out, data.validation_labels, verbose=0)
        assert result.validation_loss == pytest.approx(loss, abs=1e-5)
        assert result.validation_accuracy == pytest.approx(accuracy, abs=1e-6)


def test_the_default_recipe_learns_most_in_its_first_steps(whole: tuple[Path, TrainedModel]) -> None:
    _, trained = whole
    assert [result.step for result in trained.first_steps] == [2**n for n in range(11)]
    shares = [result.validation_accuracy or 0 for result in trained.first_steps]
    assert shares[0] < 0.5
    assert shares[6] > 0.85
    assert shares[-1] < (trained.history[-1].validation_accuracy or 0)
    snapshots = arrays_of(whole[0] / "snapshots.npz")
    assert snapshots["first_steps"].shape == (11, 7850)


def test_only_the_pushes_of_a_softmax_that_sgd_trains_are_noted_and_not_of_too_many_images() -> None:
    assert new_sums(RECIPE, 5, 10) is not None
    assert new_sums(RECIPE, MOST_PUSHES // 10 + 1, 10) is None
    assert new_sums(load_recipe("mlp"), 5, 10) is None
    assert new_sums(RECIPE.replace(training={"optimizer": "adam"}), 5, 10) is None


def test_what_rounding_loses_is_spread_so_thinly_that_no_push_shows_it(
    whole: tuple[Path, TrainedModel], model: Any
) -> None:
    found = arrays_of(whole[0] / "influences.npz")
    kernel, bias = model.get_weights()
    assert np.abs(found["weights"] - np.concatenate([kernel.ravel(), bias])).max() < 1e-5
    # what 34,380 roundings left of the sum was up to 2e-5 of a weight, and the pushes that make up for it are smaller
    assert np.abs(found["pushes"].sum(axis=1)).max() < 1e-4  # as probabilities, they add up to 0 over the classes
    assert np.abs(found["pushes"][found["places"]]).max(axis=1).min() > 1e-3


def test_from_random_weights_the_first_steps_are_told_but_no_images(small_mnist: Dataset, tmp_path: Path) -> None:
    plain = Config(name="t", recipe=override(load_recipe("plain"), epochs=1), device="cpu")
    trained = train(plain, small_mnist, tmp_path)
    assert trained.influences_path is None
    assert not (tmp_path / "influences.npz").exists()
    assert len(trained.first_steps) == 6
    start, first = arrays_of(tmp_path / "snapshots.npz")["snapshots"][0], arrays_of(tmp_path / "snapshots.npz")
    assert 0 < np.abs(first["first_steps"][0] - start).max() < np.abs(start).max()
