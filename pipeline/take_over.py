"""The train stage for a model that was trained elsewhere:

it must fit the data, and becomes the model of the run.
"""

import dataclasses
import re
import time
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.config import Config
from pipeline.data.arrays import load_images
from pipeline.errors import ConfigError
from pipeline.preprocessing.apply import prepare_images
from pipeline.quality.answers import answer, batch_size
from pipeline.quality.label_review import dispute
from pipeline.records import Dataset, Origin, TrainedModel
from pipeline.stage_cache import digest_of
from pipeline.system.files import replacing, sha256_of
from pipeline.system.outside import open_regular
from pipeline.system.progress import Progress, counter, silent
from pipeline.system.tensorflow import environment, on_cpu, start_tensorflow
from pipeline.tfjs.load_keras import (
    CONFIG_BYTES,
    CONFIG_NAME,
    METADATA_NAME,
    check_container,
    load_keras_file,
)
from pipeline.training.model import weights_digest

Layout = Literal["flatten", "channel", "rows"]
_OBJECT = re.compile(rb', "shared_object_id": \d+')
# of an answer's probabilities: in half precision, ten of them add up to within half of
# it
SUM_TOLERANCE = 1e-3
MAYBE_SEEN = (  # a warning about data whose test images were chosen here
    "The model may have been trained on the test images, which were chosen from all"
    " images of the folder: then its test accuracy is too good. Put images that are new"
    " to it into `test`."
)
_EXPORT = "`pipeline export`, which converts and checks models of any kind"


def take_over(
    path: Path,
    config: Config,
    dataset: Dataset,
    work: Path,
    *,
    progress: Progress = silent,
) -> TrainedModel:
    """Load the model in a Keras file in safe mode, check that it fits the data, and
    save it as `work/model.keras`.

    Its answers to the training images tell which of their labels it contradicts.

    Raises:
        DataError: the file is missing, damaged, or no Keras model.
        ConversionError: it needs Python code or classes of its own.
        ConfigError: its input or output does not fit the data, or its answers are no
        probabilities.
    """
    started = time.perf_counter()
    start_tensorflow("cpu")
    with on_cpu():
        model = load_keras_file(path)
        layout = fitting_layout(model, dataset)
        require_an_output_per_label(model, dataset.labels)
        steps = dataclasses.replace(
            config.recipe.preprocess, layout=layout
        ).image_steps(dataset.channels)
        images, from_logits = load_images(dataset), config.recipe.model.from_logits
        some = prepare_images(images.test[: batch_size(images.test)], steps)
        require_kind(model.predict_on_batch(some), logits=from_logits)
        if from_logits:
            model = with_softmax(model)
        advance = counter(progress, "compare labels", dataset.train_images, "images")
        answers = answer(
            model, images.train, steps, watch=lambda inputs, _: advance(len(inputs))
        )
        disputed_labels, disputed = dispute([answers], images.train_labels)
        with replacing(work / "model.keras") as temporary:
            model.save(temporary)
        return TrainedModel(
            model_path="model.keras",
            snapshots_path=None,
            weights_digest=weights_digest(model.get_weights()),
            parameters=int(model.count_params()),
            history=(),
            training_images=0,
            validation_images=0,
            disputed_labels=disputed_labels,
            disputed=tuple(disputed),
            seed=None,
            device=None,
            strategy=None,
            seconds=time.perf_counter() - started,
            environment=environment(),
            origin=Origin(
                file=path.name,
                digest=content_digest(path),
                layout=layout,
                softmax_appended=from_logits,
            ),
        )


def content_digest(path: Path) -> str:
    """SHA-256 that identifies a model file; DataError if it cannot be one, or cannot be
    read.

    For a .keras file it covers the content without the time at which it was saved, and
    without the numbers by which that process knew its objects, so a model that is saved
    again is the same.
    """
    check_container(path)
    if path.suffix != ".keras":
        return sha256_of(path)
    with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
        members = {one.filename: (one.CRC, one.file_size) for one in archive.infolist()}
        config = archive.open(CONFIG_NAME).read(CONFIG_BYTES)
    members = {
        name: members[name]
        for name in members
        if name not in (METADATA_NAME, CONFIG_NAME)
    }
    return digest_of(members, _OBJECT.sub(b"", config).decode(errors="replace"))


def fitting_layout(model: Any, dataset: Dataset) -> Layout:
    """How images of the data become the model's input; ConfigError if they cannot."""
    inputs = getattr(model, "inputs", None) or []
    if len(inputs) != 1:
        raise ConfigError(
            "A model on the page must take one image. Received:"
            f" {len(inputs) or 'no known'} inputs. Use {_EXPORT}. A subclass of one"
            " image has its input known as keras.Model(x, model(x)), with x ="
            " keras.Input(shape)."
        )
    shape, dtype = tuple(inputs[0].shape[1:]), str(inputs[0].dtype)
    height, width, channels = (
        dataset.image_height,
        dataset.image_width,
        dataset.channels,
    )
    layouts: dict[tuple[int, ...], Layout] = {
        (height * width * channels,): "flatten",
        (height, width, channels): "channel",
    }
    if channels == 1:
        layouts[height, width] = "rows"
    if shape in layouts and dtype == "float32":
        return layouts[shape]
    if shape in layouts:
        raise ConfigError(
            f"A model on the page must take float32. Received: an input of {dtype}."
            " Rebuild it with such an input, followed by what converts it."
        )
    raise ConfigError(
        f"The model must take images of the data, {_size(height, width, channels)}: as"
        f" {', '.join(map(str, layouts))}. Received: a model with input {shape}."
        f" {_input_advice(shape, dataset)}"
    )


def _input_advice(shape: tuple[int | None, ...], dataset: Dataset) -> str:
    if len(shape) == 3 and shape[2] in (1, 3) and None not in shape:
        height, width, channels = (size or 0 for size in shape)
        color = (
            ""
            if channels == dataset.channels
            else f" --set data.color={'true' if channels == 3 else 'false'}"
        )
        size = f" --set data.size={height}" if height == width else ""
        return (
            f"It takes {_size(height, width, channels)}: let the images of a folder"
            f" become that with{size}{color}, or save arrays of that shape, (N,"
            f" {height}, {width}{', 3' if channels == 3 else ''})."
        )
    free = len(shape) == 3 and None in shape
    step = (
        "Rebuild it with an Input of this size."
        if free
        else "Pass images of the size that it was trained on."
    )
    return f"{step} The page is for images; for tables and signals use {_EXPORT}."


def _size(height: int, width: int, channels: int) -> str:
    return f"{width} × {height} in {'color' if channels == 3 else 'grey'}"


def require_an_output_per_label(model: Any, labels: tuple[str, ...]) -> None:
    """Refuse a model that does not give one number for each label; ConfigError."""
    shapes = [tuple(one.shape[1:]) for one in model.outputs]
    if shapes == [(len(labels),)]:
        return
    advice = "Pass the data, with the labels, that it was trained for"
    if shapes == [(1,)] and len(labels) == 2:
        advice = (
            "End it in a layer of two outputs with a softmax, instead of one with a"
            " sigmoid"
        )
    elif len(shapes) != 1 or len(shapes[0]) != 1:
        advice = f"Use {_EXPORT}"
    listed = ", ".join(labels) if len(labels) <= 10 else f"{', '.join(labels[:10])}, …"
    raise ConfigError(
        "The model must have one output of one number for each label,"
        f" ({len(labels)},). Received: a model with output"
        f" {', '.join(map(str, shapes))} for {len(labels)} labels ({listed}). {advice}."
    )


def with_softmax(model: Any) -> Any:
    """The model with a softmax behind its only output."""
    import keras

    probabilities = keras.layers.Softmax(name="probabilities")(model.outputs[0])
    return keras.Model(model.inputs, probabilities, name=model.name)


def require_kind(answers: NDArray[np.floating[Any]], *, logits: bool) -> None:
    """Refuse answers (N, classes) that are not finite, or are probabilities where
    `logits` were promised, or not.
    """
    values = answers.astype(np.float64)
    if not np.isfinite(values).all():
        raise ConfigError(
            "The model must give finite numbers. Received: NaN or infinity for some"
            " test images. Check its weights, and the scale of the images (--set"
            " preprocess.scale=…)."
        )
    low, high = float(values.min()), float(values.max())
    sums = values.sum(axis=1)
    are_probabilities = low >= 0 and np.abs(sums - 1).max() <= SUM_TOLERANCE
    if are_probabilities and logits:
        raise ConfigError(
            "model.from_logits is for a model that returns logits. Received: one whose"
            " answers are probabilities already. Leave it out."
        )
    if are_probabilities or logits:
        return
    received = (
        f"Received: numbers from {low:.3g} to {high:.3g}, which add up to"
        f" {sums.min():.3g} to {sums.max():.3g}"
    )
    if low >= 0 and high <= 1:
        raise ConfigError(
            "The model must give each image probabilities that add up to 1."
            f" {received}, as sigmoids give. End it in a softmax."
        )
    raise ConfigError(
        f"The model must give each image probabilities that add up to 1. {received}: it"
        " returns logits. Pass --set model.from_logits=true, which adds a softmax, or"
        " end the model in one."
    )
