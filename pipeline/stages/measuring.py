"""The first half of a build: data, training or the taking over of a model, evaluation."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline import data, evaluate, take_over
from pipeline.build_result import data_note
from pipeline.judging.drawn import DIGITS, BackgroundDrawing
from pipeline.judging.familiar import BackgroundFamiliar
from pipeline.recipes.fields import MNIST_SIDE
from pipeline.records import Dataset, EpochResult, Evaluation, TrainedModel
from pipeline.stage_cache import Run, code_digest, digest_of
from pipeline.stages.course import Course
from pipeline.system.tensorflow import environment
from pipeline.training.cluster import Cluster
from pipeline.training.model import require_fitting


def train_and_evaluate(
    course: Course, until: str, cluster: Cluster | None, digest: str | None
) -> tuple[Dataset, TrainedModel, Evaluation] | None:
    """Run the stages up to `until` or the evaluation; None if the build ends before that.

    `digest` is the `content_digest` of a model that was trained elsewhere.
    """
    dataset = _prepare_data(course)
    if until == "data":
        return None
    recipe, config = course.config.recipe, course.config
    with _helpers(course, dataset) as (draw, learn):

        def prepare_evaluation() -> None:
            learn()
            if draw:
                draw()

        if config.model:
            taken_over, key = _take_over(course, dataset, config.model, digest)
            trained: TrainedModel | None = taken_over
        else:
            require_fitting(recipe, dataset)
            inputs = (recipe.preprocess, recipe.model, recipe.training, config.device)
            key = digest_of(code_digest(), environment(), dataset.digest, *inputs)
            if config.distribute != "none":  # adds in another order, so the last bits differ
                key = digest_of(key, config.distribute)
            evaluates = until != "train" and (cluster is None or cluster.is_chief)
            trained = _train(course, cluster, dataset, key, meanwhile=prepare_evaluation if evaluates else None)
        if trained is None or until == "train":
            return None
        key = digest_of(key, trained.weights_digest, dataset.labels)
        return dataset, trained, _evaluate(course, dataset, trained, key, draw, learn)


Draw = Callable[[], BackgroundDrawing]
Learn = Callable[[], BackgroundFamiliar]


@contextlib.contextmanager
def _helpers(course: Course, dataset: Dataset) -> Iterator[tuple[Draw | None, Learn]]:
    """Functions that start the processes beside a build when they are first called.

    One draws, and is None if the classes are no digits; the other learns which images are like those of a class.
    """
    config, work = course.config, course.run.directory
    preprocess, size = config.recipe.preprocess, (dataset.image_height, dataset.image_width)
    draws = config.noun(dataset.channels) == "digit" and dataset.labels == DIGITS and dataset.channels == 1
    with contextlib.ExitStack() as stack:

        @functools.cache
        def draw() -> BackgroundDrawing:
            steps = preprocess.drawing_steps(*size)
            return stack.enter_context(contextlib.closing(BackgroundDrawing(steps, work, data.default_cache_dir())))

        @functools.cache
        def learn() -> BackgroundFamiliar:
            steps = course.config.recipe.preprocess.image_steps(dataset.channels)
            return stack.enter_context(contextlib.closing(BackgroundFamiliar(dataset, steps, work)))

        yield draw if draws else None, learn


def _prepare_data(course: Course) -> Dataset:
    with course.stage("data") as note:
        recipe = course.config.recipe
        dataset = data.prepare_data(
            course.config.data,
            cache_dir=data.default_cache_dir(),
            work_dir=course.run.directory,
            # a model that was trained elsewhere saw none of our drawings
            recipe=dataclasses.replace(recipe.data, drawn=0) if course.config.model else recipe.data,
            drawing_steps=recipe.preprocess.drawing_steps(MNIST_SIDE, MNIST_SIDE),
            progress=course.progress,  # decoding thousands of photos takes minutes
        )
        recipe, dataset = data.settle_inversion(recipe, dataset)
        if course.config.model and dataset.test_share:
            dataset = dataclasses.replace(dataset, warnings=(*dataset.warnings, take_over.MAYBE_SEEN))
        course.settle(recipe)
        note(data_note(dataset, inverted=recipe.preprocess.invert is True))
    for warning in dataset.warnings:
        course.progress(f"warning: {warning}")
    course.result.dataset = dataset
    return dataset


def _train(
    course: Course, cluster: Cluster | None, dataset: Dataset, key: str, *, meanwhile: Callable[[], Any] | None
) -> TrainedModel | None:
    """The trained model; None on a worker that leaves the result to the chief.

    `meanwhile` starts what the evaluation will need after a training.
    """
    config, progress = course.config, course.progress

    def keep(epoch: EpochResult) -> None:
        course.result.epoch = epoch

    with course.stage("train") as note:
        is_chief = cluster is None or cluster.is_chief
        results = course.run if is_chief else Run(course.run.directory.parent)  # all workers agree whether to train
        trained = None if config.by_fit else course.recall("train", key, TrainedModel, results)
        if trained is None:
            from pipeline.train import train_model

            if meanwhile:
                meanwhile()
            trained = train_model(
                config,
                dataset,
                course.run.directory,
                key=key,
                cluster=cluster,
                progress=progress,
                on_epoch=keep,
            )
            if trained is not None and not config.by_fit:
                files = (trained.model_path, trained.snapshots_path)
                course.run.remember("train", key, trained, filter(None, files))
        if trained is None or not is_chief:
            note(f"{cluster.title(cluster.index)} is done: the chief has the result" if cluster else "")
            return None
        last = trained.history[-1]
        note(f"{trained.parameters:,} parameters, {last.epoch} epochs on {trained.device}, loss {last.loss:.4f}")
    course.result.trained, course.result.epoch = trained, last
    return trained


def _take_over(course: Course, dataset: Dataset, model: Path, digest: str | None) -> tuple[TrainedModel, str]:
    """The model that was trained elsewhere, and the key of its record; the recipe gets the layout that fits it."""
    config = course.config
    inputs = (dataset.digest, dataset.labels, config.recipe.preprocess, config.recipe.model.from_logits, digest)
    key = digest_of(code_digest(), environment(), *inputs)
    with course.stage("train") as note:
        trained = course.recall("train", key, TrainedModel)
        if trained is None:
            progress, work = course.progress, course.run.directory
            trained = take_over.take_over(model, config, dataset, work, progress=progress)
            course.run.remember("train", key, trained, [trained.model_path])
        note(f"{trained.parameters:,} parameters, trained elsewhere: {model.name}")
    if trained.origin:
        preprocess = config.recipe.preprocess.with_layout(trained.origin.layout)
        course.settle(dataclasses.replace(config.recipe, preprocess=preprocess))
    course.result.trained = trained
    return trained, key


def _evaluate(
    course: Course, dataset: Dataset, trained: TrainedModel, key: str, draw: Draw | None, learn: Learn
) -> Evaluation:
    with course.stage("evaluate") as note:
        key = digest_of(key, draw is not None)
        evaluation = course.recall("evaluate", key, Evaluation)
        if evaluation is None:
            evaluation = evaluate.evaluate_model(
                dataset,
                trained,
                course.config.recipe.preprocess.image_steps(dataset.channels),
                course.run.directory,
                learning=learn(),
                drawing=draw() if draw else None,
            )
            familiar = [evaluation.familiarity.path] if evaluation.familiarity else []
            course.run.remember("evaluate", key, evaluation, [evaluation.probabilities_path, *familiar])
        low, high = evaluation.test_accuracy_interval
        note(f"test accuracy {evaluation.test_accuracy:.4f} (95 % interval {low:.4f} to {high:.4f})")
    course.result.evaluation = evaluation
    return evaluation
