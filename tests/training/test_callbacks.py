"""With callbacks Keras' `fit` trains, and what it leaves is what is recorded."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.recipes.reading import load_recipe, override
from pipeline.records import Dataset, TrainedModel
from pipeline.stages.run import run_stages
from pipeline.training.keras_fit import require_usable_callbacks
from pipeline.training.model import load_trained, weights_digest
from tests.support.training import train

# float32 sums of the same terms, which XLA adds in another order than TensorFlow
SAME = 1e-5


def config(*callbacks: Any, epochs: int = 2, **settings: Any) -> Config:
    recipe = override(load_recipe("softmax"), {"training.epochs": epochs})
    return Config(
        name="t", recipe=recipe, device="cpu", callbacks=callbacks, **settings
    )


class Watched(NamedTuple):
    """A training that callbacks watch, its folder, and what one of them noted."""

    folder: Path
    trained: TrainedModel
    logs: list[tuple[int, dict[str, float]]]


@pytest.fixture(scope="module")
def watched(
    keras: Any, small_mnist: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Watched:
    folder, logs = (
        tmp_path_factory.mktemp("watched"),
        list[tuple[int, dict[str, float]]](),
    )
    callbacks = (
        keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, found: logs.append((epoch, found))
        ),
        keras.callbacks.ModelCheckpoint(str(folder / "after-{epoch}.keras")),
        keras.callbacks.TensorBoard(str(folder / "logs")),
    )
    return Watched(folder, train(config(*callbacks), small_mnist, folder), logs)


def flat(model: Any) -> Any:
    return np.concatenate([each.ravel() for each in model.get_weights()])


def snapshots(trained: TrainedModel, folder: Path) -> dict[float, Any]:
    """The weights after so many steps."""
    assert trained.snapshots_path
    with np.load(folder / trained.snapshots_path) as file:
        return dict(zip(file["moments"][:, 0].tolist(), file["snapshots"], strict=True))


def assert_consistent(trained: TrainedModel, folder: Path) -> None:
    """The file, the digest and the last snapshot are of the same weights."""
    found = [*snapshots(trained, folder).values()]
    assert len(found) == len(trained.history)
    np.testing.assert_array_equal(
        found[-1],
        flat(load_trained(folder / trained.model_path, trained.weights_digest)),
    )


def test_a_callback_sees_the_epochs_and_logs_that_are_recorded(
    watched: Watched,
) -> None:
    assert [epoch for epoch, _ in watched.logs] == [0, 1]
    for (_, logs), result in zip(
        watched.logs, watched.trained.history[1:], strict=True
    ):
        assert (logs["loss"], logs["accuracy"]) == (result.loss, result.accuracy)
        assert (logs["val_loss"], logs["val_accuracy"]) == (
            result.validation_loss,
            result.validation_accuracy,
        )


def test_fit_trains_as_the_compiled_epoch_does(
    watched: Watched, small_mnist: Dataset, tmp_path: Path
) -> None:
    compiled = train(config(), small_mnist, tmp_path)
    assert (watched.trained.strategy, compiled.strategy) == ("fit", "xla")
    theirs, ours = (
        snapshots(watched.trained, watched.folder),
        snapshots(compiled, tmp_path),
    )
    for step in (0, max(theirs)):
        np.testing.assert_allclose(theirs[step], ours[step], rtol=0, atol=SAME)
    for one, two in zip(watched.trained.history, compiled.history, strict=True):
        assert one.learning_rate == pytest.approx(two.learning_rate)
        assert one.validation_loss == pytest.approx(two.validation_loss, abs=SAME)


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_ends_the_training(
    restore: bool, keras: Any, small_mnist: Dataset, tmp_path: Path
) -> None:
    # Nothing improves by that much after the first epoch.
    stop = keras.callbacks.EarlyStopping(
        "val_accuracy", min_delta=0.5, patience=2, restore_best_weights=restore
    )
    lines: list[str] = []
    trained = train(
        config(stop, epochs=9), small_mnist, tmp_path, progress=lines.append
    )
    assert lines[3] == "a callback stopped the training after epoch 3 of 9"
    assert lines[4:] == (
        ["a callback put back the weights of epoch 1"] if restore else []
    )
    assert [epoch.epoch for epoch in trained.history] == list(
        range(2 if restore else 4)
    )
    assert_consistent(trained, tmp_path)


def test_other_weights_that_a_callback_leaves_are_measured(
    keras: Any, small_mnist: Dataset, tmp_path: Path
) -> None:
    class Uniform(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_end(self, logs: Any = None) -> None:
            self.model.set_weights(
                [np.ones_like(array) for array in self.model.get_weights()]
            )

    trained = train(config(Uniform(), epochs=1), small_mnist, tmp_path)
    assert trained.weights_digest == weights_digest([np.ones((784, 10)), np.ones(10)])
    # ten answers of 1/10
    assert trained.history[-1].validation_loss == pytest.approx(np.log(10), abs=SAME)
    assert_consistent(trained, tmp_path)


def test_model_checkpoint_and_tensorboard_write(keras: Any, watched: Watched) -> None:
    model = keras.saving.load_model(watched.folder / "after-1.keras", safe_mode=True)
    np.testing.assert_array_equal(
        [*snapshots(watched.trained, watched.folder).values()][1], flat(model)
    )
    assert {each.name for each in (watched.folder / "logs").iterdir()} == {
        "train",
        "validation",
    }


def test_a_training_by_fit_is_never_recalled(
    keras: Any, small_npz: Path, tmp_path: Path
) -> None:
    def recalled(*callbacks: Any) -> list[str]:
        options = config(*callbacks, epochs=1, data=str(small_npz), runs=tmp_path)
        return list(run_stages(options, until="train").unchanged)

    assert [recalled(), recalled()] == [[], ["train"]]
    assert [recalled(keras.callbacks.Callback()) for _ in range(2)] == [[], []]
    assert recalled() == []  # the model in the folder is of the run by fit


def test_impossible_callbacks_are_refused(keras: Any) -> None:
    with pytest.raises(
        ConfigError,
        match=r"need training on one device.*Received: --distribute mirrored",
    ):
        require_usable_callbacks(
            config(keras.callbacks.Callback(), distribute="mirrored")
        )
    with pytest.raises(
        ConfigError,
        match=r"must be objects of keras.callbacks.Callback. Received: <built-in",
    ):
        require_usable_callbacks(config(print))
