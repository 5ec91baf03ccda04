"""The first half of a build: data, training or the taking over of a model,
evaluation.
"""

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import take_over
from pipeline.build_result import RunningBuild, data_note
from pipeline.data import prepare
from pipeline.quality import evaluate
from pipeline.quality.drawings import DIGITS, draw_meanwhile, load_drawn
from pipeline.recipes.fields import MNIST_SIDE
from pipeline.records import Dataset, EpochResult, Evaluation, TrainedModel
from pipeline.stage_cache import Run, code_digest, digest_of
from pipeline.system.tensorflow import environment
from pipeline.training.cluster import Cluster
from pipeline.training.model import require_fitting


def train_and_evaluate(
    build: RunningBuild, until: str, cluster: Cluster | None, digest: str | None
) -> tuple[Dataset, TrainedModel, Evaluation] | None:
    """Run the stages up to `until` or the evaluation; None if the build ends before
    that.

    `digest` is the `content_digest` of a model that was trained elsewhere.
    """
    dataset = _prepare_data(build)
    if until == "data":
        return None
    recipe, config = build.config.recipe, build.config
    draws = (
        config.noun(dataset.channels) == "digit"
        and dataset.labels == DIGITS
        and dataset.channels == 1
    )
    with contextlib.ExitStack() as stack:

        def draw() -> None:
            if draws:
                stack.callback(
                    draw_meanwhile(
                        dataset, recipe.preprocess, prepare.default_cache_dir()
                    ).stop
                )

        if config.model:
            taken_over, key = _take_over(build, dataset, config.model, digest)
            trained: TrainedModel | None = taken_over
        else:
            require_fitting(recipe, dataset)
            inputs = (recipe.preprocess, recipe.model, recipe.training, config.device)
            key = digest_of(code_digest(), environment(), dataset.digest, *inputs)
            # adds in another order, so the last bits differ
            if config.distribute != "none":
                key = digest_of(key, config.distribute)
            evaluates = until != "train" and (cluster is None or cluster.is_chief)
            trained = _train(
                build, cluster, dataset, key, meanwhile=draw if evaluates else None
            )
        if trained is None or until == "train":
            return None
        key = digest_of(key, trained.weights_digest, dataset.labels)
        return dataset, trained, _evaluate(build, dataset, trained, key, draws=draws)


def _prepare_data(build: RunningBuild) -> Dataset:
    with build.stage("data") as note:
        recipe = build.config.recipe
        dataset = prepare.prepare_data(
            build.config.data,
            cache_dir=prepare.default_cache_dir(),
            work_dir=build.run.directory,
            # a model that was trained elsewhere saw none of these pens' digits
            recipe=(
                dataclasses.replace(recipe.data, pens=0)
                if build.config.model
                else recipe.data
            ),
            drawing_steps=recipe.preprocess.drawing_steps(MNIST_SIDE, MNIST_SIDE),
            progress=build.progress,  # decoding thousands of photos takes minutes
        )
        if build.config.is_split:
            share, seed = recipe.data.test_share, recipe.data.split_seed
            dataset = dataclasses.replace(dataset, test_share=share, split_seed=seed)
        recipe, dataset = prepare.settle_inversion(recipe, dataset)
        if build.config.model and dataset.test_share:
            dataset = dataclasses.replace(
                dataset, warnings=(*dataset.warnings, take_over.MAYBE_SEEN)
            )
        build.settle(recipe)
        note(data_note(dataset, inverted=recipe.preprocess.invert is True))
    for warning in dataset.warnings:
        build.progress(f"warning: {warning}")
    build.result.dataset = dataset
    return dataset


def _train(
    build: RunningBuild,
    cluster: Cluster | None,
    dataset: Dataset,
    key: str,
    *,
    meanwhile: Callable[[], Any] | None,
) -> TrainedModel | None:
    """The trained model; None on a worker that leaves the result to the chief.

    `meanwhile` starts what the evaluation will need after a training.
    """
    config, progress = build.config, build.progress

    def keep(epoch: EpochResult) -> None:
        build.result.epoch = epoch

    with build.stage("train") as note:
        is_chief = cluster is None or cluster.is_chief
        # all workers agree whether to train
        results = build.run if is_chief else Run(build.run.directory.parent)
        trained = build.recall("train", key, TrainedModel, results)
        if trained is None:
            from pipeline.train import train_model

            if meanwhile:
                meanwhile()
            trained = train_model(
                config,
                dataset,
                build.run.directory,
                key=key,
                cluster=cluster,
                progress=progress,
                on_epoch=keep,
            )
            if trained is not None and not config.by_fit:
                files = (trained.model_path, trained.snapshots_path)
                build.run.remember("train", key, trained, filter(None, files))
            if trained is not None and build.exports:
                build.start_node()
        if trained is None or not is_chief:
            note(
                f"{cluster.title(cluster.index)} is done: the chief has the result"
                if cluster
                else ""
            )
            return None
        last = trained.history[-1]
        epochs = f"{last.epoch} epoch{'s' * (last.epoch != 1)}"
        note(
            f"{trained.parameters:,} parameters, {epochs} on {trained.device}, loss"
            f" {last.loss:.4f}"
        )
    build.result.trained, build.result.epoch = trained, last
    return trained


def _take_over(
    build: RunningBuild, dataset: Dataset, model: Path, digest: str | None
) -> tuple[TrainedModel, str]:
    """The model that was trained elsewhere, and the key of its record; the recipe gets
    the layout that fits it.
    """
    config = build.config
    inputs = (
        dataset.digest,
        dataset.labels,
        config.recipe.preprocess,
        config.recipe.model.from_logits,
        digest,
    )
    key = digest_of(code_digest(), environment(), *inputs)
    with build.stage("train") as note:
        trained = build.recall("train", key, TrainedModel)
        if trained is None:
            progress, work = build.progress, build.run.directory
            trained = take_over.take_over(
                model, config, dataset, work, progress=progress
            )
            build.run.remember("train", key, trained, [trained.model_path])
        note(f"{trained.parameters:,} parameters, trained elsewhere: {model.name}")
    if trained.origin:
        preprocess = dataclasses.replace(
            config.recipe.preprocess, layout=trained.origin.layout
        )
        build.settle(dataclasses.replace(config.recipe, preprocess=preprocess))
    build.result.trained = trained
    return trained, key


def _evaluate(
    build: RunningBuild,
    dataset: Dataset,
    trained: TrainedModel,
    key: str,
    *,
    draws: bool,
) -> Evaluation:
    recipe = build.config.recipe.preprocess
    with build.stage("evaluate") as note:
        key = digest_of(key, recipe, draws)
        evaluation = build.recall("evaluate", key, Evaluation)
        if evaluation is None:
            evaluation = evaluate.evaluate_model(
                dataset,
                trained,
                recipe.image_steps(dataset.channels),
                build.run.directory,
                *(
                    load_drawn(dataset, recipe, prepare.default_cache_dir())
                    if draws
                    else ()
                ),
                progress=build.progress,
            )
            familiar = [evaluation.familiarity.path] if evaluation.familiarity else []
            build.run.remember(
                "evaluate", key, evaluation, [evaluation.probabilities_path, *familiar]
            )
        low, high = evaluation.test_accuracy_interval
        note(
            f"test accuracy {evaluation.test_accuracy:.4f} (95 % interval {low:.4f} to"
            f" {high:.4f})"
        )
    build.result.evaluation = evaluation
    return evaluation
