"""Keras' callbacks around the compiled epochs: called as by `fit`, and what they decide is what is recorded."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.recipes.reading import load_recipe, override
from pipeline.records import Dataset, TrainedModel
from pipeline.training.callbacks import require_usable_callbacks
from pipeline.training.compiled_epoch import DeviceProgram
from pipeline.training.epochs import TrainingData, epoch_order, train_epochs
from pipeline.training.model import load_trained, weights_digest
from tests.support.training import StopError, stopping, train

SAME = 1e-5  # float32 sums of the same terms, which XLA adds in another order than TensorFlow


def config(
    *callbacks: Any, epochs: int = 3, schedule: Literal["constant", "cosine"] = "cosine", **settings: Any
) -> Config:
    recipe = override(load_recipe("softmax"), epochs=epochs)
    recipe = dataclasses.replace(recipe, training=dataclasses.replace(recipe.training, schedule=schedule))
    return Config(name="t", recipe=recipe, device="cpu", callbacks=callbacks, **settings)


def noting(event: str) -> Callable[..., None]:
    def note(self: Any, *arguments: Any) -> None:
        *epoch, logs = arguments
        self.calls.append((" ".join([event, *map(str, epoch)]), logs))

    return note


@pytest.fixture(scope="module")
def recorder(keras: Any) -> Callable[[], Any]:
    """A callback of the shape of MLflow's: it notes every call that it gets."""
    events = [f"{part} {end}" for part in ("train", "epoch", "test") for end in ("begin", "end")]
    hooks = {f"on_{event.replace(' ', '_')}": noting(event) for event in events}

    def made() -> Any:
        callback = type("Recorder", (keras.callbacks.Callback,), hooks)()
        callback.calls = []
        return callback

    return made


class Watched(NamedTuple):
    """A training that several callbacks watch, its folder, and what two of them noted."""

    folder: Path
    trained: TrainedModel
    noted: Any
    epochs: list[int]


@pytest.fixture(scope="module")
def watched(
    recorder: Callable[[], Any], keras: Any, small_mnist: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Watched:
    folder, noted, epochs = tmp_path_factory.mktemp("watched"), recorder(), list[int]()
    callbacks = (
        noted,
        keras.callbacks.CSVLogger(str(folder / "log.csv")),
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: epochs.append(epoch)),
        keras.callbacks.ModelCheckpoint(str(folder / "best-{epoch}.keras"), "val_accuracy", save_best_only=True),
    )
    trained = train(config(*callbacks, tensorboard=folder / "logs"), small_mnist, folder)
    return Watched(folder, trained, noted, epochs)


@pytest.mark.parametrize("held_out", [20, 0])
def test_a_callback_gets_the_calls_and_logs_that_fit_gives(
    held_out: int, recorder: Callable[[], Any], keras: Any
) -> None:
    random = np.random.default_rng(0)
    inputs, labels = random.random((120, 6), np.float32), random.integers(0, 3, 120)
    cut = 120 - held_out

    def model() -> Any:
        keras.utils.set_random_seed(1)
        made = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="softmax")])
        accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
        made.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=[accuracy])
        return made

    ours, theirs, mine, fits = recorder(), recorder(), model(), model()
    data = TrainingData(
        inputs=inputs[:cut], labels=labels[:cut], validation_inputs=inputs[cut:], validation_labels=labels[cut:]
    )
    order = epoch_order(1, 1, cut)
    program = DeviceProgram(mine, data, batch_size=16, strategy="xla-epoch")
    called = keras.callbacks.CallbackList([ours], model=mine, epochs=1, steps=-(-cut // 16))
    train_epochs(program, epochs=1, seed=1, on_epoch=lambda _: None, callbacks=called)
    validation = (inputs[cut:], labels[cut:]) if held_out else None
    fits.fit(
        inputs[order], labels[order], batch_size=16, shuffle=False, verbose=0, validation_data=validation,
        callbacks=[theirs],
    )  # fmt: skip
    assert [name for name, _ in ours.calls] == [name for name, _ in theirs.calls]
    for (name, one), (_, other) in zip(ours.calls, theirs.calls, strict=True):
        assert (one is None) == (other is None), name
        if one:
            assert list(one) == list(other)
            assert one == pytest.approx(other, abs=SAME), name
            assert {type(value) for value in one.values()} == {float}
    assert ours.params["steps"] == theirs.params["steps"]


def test_epochs_are_counted_as_by_fit_and_ours_of_no_training_is_not_told(watched: Watched) -> None:
    begun = [name for name, _ in watched.noted.calls if "begin" in name]
    epochs = [each for epoch in range(3) for each in (f"epoch begin {epoch}", "test begin")]
    assert begun == ["train begin", *epochs]
    ends = [logs for name, logs in watched.noted.calls if name.startswith("epoch end")]
    assert [logs["val_accuracy"] for logs in ends] == [e.validation_accuracy for e in watched.trained.history[1:]]
    assert watched.noted.params["epochs"] == 3
    assert watched.noted.params["steps"] == -(-watched.trained.training_images // 32)
    assert watched.epochs == [0, 1, 2]


def test_callbacks_that_only_watch_change_nothing(watched: Watched, small_mnist: Dataset, tmp_path: Path) -> None:
    assert train(config(), small_mnist, tmp_path).weights_digest == watched.trained.weights_digest


@pytest.mark.parametrize("restore", [True, False])
def test_early_stopping_ends_the_training_and_the_record(
    restore: bool, keras: Any, small_mnist: Dataset, tmp_path: Path
) -> None:
    # Nothing improves by that much after the first epoch.
    stop = keras.callbacks.EarlyStopping("val_accuracy", min_delta=0.5, patience=2, restore_best_weights=restore)
    lines: list[str] = []
    trained = train(config(stop, epochs=9), small_mnist, tmp_path, progress=lines.append)
    assert stop.stopped_epoch == 2
    assert lines[3] == "a callback stopped the training after epoch 3 of 9"
    assert lines[4:] == (["a callback put back the weights of epoch 1"] if restore else [])
    last = 1 if restore else 3
    assert [epoch.epoch for epoch in trained.history] == list(range(last + 1))
    assert_consistent(trained, tmp_path)


def flat(model: Any) -> Any:
    return np.concatenate([each.ravel() for each in model.get_weights()])


def snapshots(trained: TrainedModel, folder: Path) -> Any:
    assert trained.snapshots_path
    with np.load(folder / trained.snapshots_path) as file:
        return file["snapshots"]


def assert_consistent(trained: TrainedModel, folder: Path) -> None:
    """The file, the digest and the last snapshot are of the same weights."""
    found = snapshots(trained, folder)
    assert len(found) == len(trained.history)
    np.testing.assert_array_equal(found[-1], flat(load_trained(folder / trained.model_path, trained.weights_digest)))


def test_weights_that_a_callback_leaves_of_its_own_are_measured(
    keras: Any, small_mnist: Dataset, tmp_path: Path
) -> None:
    class Zeros(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_end(self, logs: Any = None) -> None:
            self.model.set_weights([np.zeros_like(array) for array in self.model.get_weights()])

    trained = train(config(Zeros(), epochs=1), small_mnist, tmp_path)
    assert trained.weights_digest == weights_digest([np.zeros((784, 10)), np.zeros(10)])
    assert trained.history[-1].validation_loss == pytest.approx(np.log(10), abs=SAME)  # ten answers of 1/10
    assert_consistent(trained, tmp_path)


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Tag → (step, value) of each, from the event files of TensorBoard, by its own reader."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    events = EventAccumulator(str(folder))
    events.Reload()
    return {
        tag: [(event.step, float(make_ndarray(event.tensor_proto))) for event in events.Tensors(tag)]
        for tag in events.Tags()["tensors"]
        if tag != "keras"
    }


def test_tensorboard_shows_each_epoch(watched: Watched) -> None:
    epochs = watched.trained.history[1:]
    shown = scalars(watched.folder / "logs" / "train")
    assert shown.keys() == {"epoch_loss", "epoch_accuracy", "epoch_learning_rate"}
    assert shown["epoch_loss"] == [(e.epoch - 1, pytest.approx(e.loss)) for e in epochs]
    assert shown["epoch_learning_rate"] == [(e.epoch - 1, pytest.approx(e.learning_rate)) for e in epochs]
    held_out = scalars(watched.folder / "logs" / "validation")
    assert held_out["epoch_accuracy"] == [(e.epoch - 1, pytest.approx(e.validation_accuracy)) for e in epochs]
    steps = -(-watched.trained.training_images // 32)
    assert [step for step, _ in held_out["evaluation_loss_vs_iterations"]] == [steps, 2 * steps, 3 * steps]


def test_tensorboard_goes_on_where_an_interrupted_run_does_and_callbacks_start_anew(
    recorder: Callable[[], Any], small_mnist: Dataset, tmp_path: Path
) -> None:
    board, noted, checkpoint = config(tensorboard=tmp_path / "logs"), recorder(), tmp_path / "checkpoint.npz"
    with pytest.raises(StopError):
        train(board, small_mnist, tmp_path, progress=stopping("epoch 2"))
    kept = checkpoint.read_bytes()
    with pytest.raises(StopError):
        train(config(noted), small_mnist, tmp_path, progress=stopping("epoch 1/3"))
    assert noted.calls[1][0] == "epoch begin 0"
    assert checkpoint.read_bytes() == kept  # nobody keeps the state of callbacks
    lines: list[str] = []
    train(board, small_mnist, tmp_path, progress=lines.append)
    assert lines[0].startswith("resuming after epoch ")
    assert {step for step, _ in scalars(tmp_path / "logs" / "train")["epoch_loss"]} >= {0, 2}


def test_the_learning_rate_that_a_callback_sets_is_the_one_that_is_used(
    keras: Any, small_mnist: Dataset, tmp_path: Path
) -> None:
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 if epoch == 0 else 0.0)
    trained = train(config(schedule, epochs=2, schedule="constant"), small_mnist, tmp_path)
    assert [e.learning_rate for e in trained.history[1:]] == pytest.approx([0.1, 0])
    assert trained.history[1].validation_loss == trained.history[2].validation_loss  # nothing was learned
    # Nothing improves by that much, so each epoch halves the rate of the next.
    reduce = keras.callbacks.ReduceLROnPlateau("val_loss", factor=0.5, patience=1, min_delta=10.0)
    trained = train(config(reduce, schedule="constant"), small_mnist, tmp_path)
    assert [e.learning_rate for e in trained.history[1:]] == pytest.approx([0.1, 0.1, 0.05])


def test_model_checkpoint_keeps_models_that_keras_alone_opens(keras: Any, watched: Watched) -> None:
    model = keras.saving.load_model(watched.folder / "best-1.keras", safe_mode=True)
    assert type(model.layers[0]) is keras.layers.Dense
    assert isinstance(model.loss, keras.losses.SparseCategoricalCrossentropy)
    np.testing.assert_array_equal(snapshots(watched.trained, watched.folder)[1], flat(model))


def test_a_csv_logger_writes_a_line_for_each_epoch(watched: Watched) -> None:
    lines = (watched.folder / "log.csv").read_text().splitlines()
    assert lines[0] == "epoch,accuracy,loss,val_accuracy,val_loss"
    assert len(lines) == 4


def refused(keras: Any) -> dict[str, tuple[Config, str]]:
    callbacks = keras.callbacks

    class Batchwise(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None: ...

    class Board(keras.callbacks.TensorBoard):  # type: ignore[misc]
        def on_test_batch_end(self, batch: int, logs: Any = None) -> None: ...

    batch = "must not need a call for every batch.*Received: "
    lambdas = callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: None)
    slow = callbacks.ModelCheckpoint("x.weights.h5", save_freq=10, save_weights_only=True)
    return {
        "own hook": (config(Batchwise()), f"{batch}Batchwise, which has on_train_batch_end"),
        "a hook as an attribute": (config(lambdas), f"{batch}LambdaCallback, which has on_train_batch_begin"),
        "a subclass of one that is accepted": (config(Board("x")), f"{batch}Board, which has on_test_batch_end"),
        "for every batch": (config(callbacks.TensorBoard("x", update_freq="batch")), f"{batch}TensorBoard, which"),
        "profiling": (config(callbacks.TensorBoard("x", profile_batch=3)), f"{batch}TensorBoard, which"),
        "steps": (config(callbacks.TensorBoard("x", write_steps_per_second=True)), f"{batch}TensorBoard, which"),
        "every ten batches": (config(slow), f"{batch}ModelCheckpoint, which has on_train_batch_end"),
        "Keras' own backup": (config(callbacks.BackupAndRestore("x")), f"{batch}BackupAndRestore, which has"),
        "no callback": (config(print), "must be objects of keras.callbacks.Callback. Received: <built-in"),
        "a schedule": (
            config(callbacks.ReduceLROnPlateau()),
            'ReduceLROnPlateau sets the learning rate.*Received: schedule = "cosine". Set schedule = "constant"',
        ),
        "several devices": (
            config(callbacks.CSVLogger("x"), distribute="mirrored"),
            "need training on one device.*Received: --distribute mirrored",
        ),
        "TensorBoard on several machines": (
            config(tensorboard=Path("x"), distribute="multiworker"),
            "need training on one device.*Received: --distribute multiworker",
        ),
    }


def test_what_cannot_work_is_refused_with_the_reason(
    keras: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for wrong, message in refused(keras).values():
        with pytest.raises(ConfigError, match=message):
            require_usable_callbacks(wrong)


def test_tensorboard_that_is_not_installed_is_said_before_anything_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs the package tensorboard.*pip install tensorboard"):
        require_usable_callbacks(config(tensorboard=Path("logs")))


@pytest.mark.parametrize(
    ("module", "name", "idle", "busy"),
    [
        ("mlflow.keras.callback", "MlflowCallback", {"log_every_n_steps": None}, {"log_every_n_steps": 5}),
        ("wandb.integration.keras", "WandbMetricsLogger", {"logging_batch_wise": False}, {"logging_batch_wise": True}),
    ],
)
def test_loggers_whose_batch_hooks_are_off_are_accepted(
    module: str, name: str, idle: dict[str, Any], busy: dict[str, Any], keras: Any
) -> None:
    hooks = {"on_batch_end": lambda self, batch, logs=None: None, "__module__": module}
    logger = type(name, (keras.callbacks.Callback,), hooks)()
    vars(logger).update(idle)
    require_usable_callbacks(config(logger))
    vars(logger).update(busy)
    with pytest.raises(ConfigError, match=f"Received: {name}, which has on_batch_end"):
        require_usable_callbacks(config(logger))
