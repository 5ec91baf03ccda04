"""String the stages together: data → train → evaluate → gate → export → verify → publish.

This module and `cli` are the only ones that know more than one stage. Stages that import TensorFlow are imported where
they run, so that a build with nothing to do ends without it.
"""

import contextlib
import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline import data, evaluate, publish
from pipeline.config import Config
from pipeline.records import (
    Dataset,
    Evaluation,
    ExportedModel,
    Gate,
    PublishedSite,
    TrainedModel,
    Verification,
    to_json,
)
from pipeline.stage_cache import Run, code_digest, digest_of
from pipeline.system import locks
from pipeline.system.tensorflow import environment
from pipeline.tfjs.graph_model.converter import graph_available
from pipeline.training.distributed.cluster import Cluster, cluster_of
from pipeline.training.distributed.rendezvous import agree
from pipeline.versions import store

STAGES = ("data", "train", "evaluate", "export", "verify", "publish")
Report = Callable[[str], None]


@dataclasses.dataclass
class BuildResult:
    """What a build did; what belongs to stages that were not asked for stays None."""

    config: Config
    dataset: Dataset | None = None
    trained: TrainedModel | None = None
    evaluation: Evaluation | None = None
    gates: tuple[Gate, ...] = ()
    exported: ExportedModel | None = None
    verification: Verification | None = None
    published: PublishedSite | None = None
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    unchanged: list[str] = dataclasses.field(default_factory=list)  # stages whose earlier result was used

    def as_json(self) -> dict[str, Any]:
        """The document that `--json` prints."""
        return {
            "name": self.config.name,
            "version": self.exported.version if self.exported else None,
            "export_dir": self.exported.directory if self.exported else None,
            "site_dir": self.published.site_dir if self.published else None,
            "test_accuracy": self.evaluation.test_accuracy if self.evaluation else None,
            "threshold": self.config.recipe.gates.threshold,
            "gates": to_json(self.gates),
            "verification": to_json(self.verification.checks) if self.verification else [],
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "unchanged": self.unchanged,
            "warnings": list(self.dataset.warnings) if self.dataset else [],
        }


def build(config: Config, *, until: str = "publish", report: Report = lambda _: None) -> BuildResult:
    """Run the stages up to `until`; a stage whose inputs are unchanged is not run again.

    Args:
        config: what to build and where.
        until: the last stage, one of STAGES.
        report: receives progress, a line at a time.

    Raises:
        ConfigError: the site and the store overlap.
        PipelineError: the kind that belongs to the stage. What was published before stays as it was.
    """
    started = time.perf_counter()
    if until == STAGES[-1]:
        publish.require_apart(config.site, config.out)  # now, not after minutes of training
    result = BuildResult(config=config)
    cluster = cluster_of(config, report)
    # Other workers have a folder of their own, also on a disk that all share: only the chief keeps results.
    run = Run(config.runs / config.name / ("" if cluster is None or cluster.is_chief else f"worker-{cluster.index}"))
    with locks.exclusive(run.directory, report=report):
        evaluated = _train_and_evaluate(result, run, until, report, cluster)
        if evaluated is not None:
            # From the gate on the published version must not change under us: it is the baseline.
            with locks.exclusive(config.out, report=report), locks.exclusive(config.site, report=report):
                _gate_and_publish(result, run, until, report, *evaluated)
    result.seconds["total"] = time.perf_counter() - started
    return result


def _train_and_evaluate(
    result: BuildResult, run: Run, until: str, report: Report, cluster: Cluster | None
) -> tuple[Dataset, TrainedModel, Evaluation] | None:
    config, recipe = result.config, result.config.recipe
    with _stage(result, "data", report) as note:
        dataset = data.prepare_data(config.data, cache_dir=data.default_cache_dir(), work_dir=run.directory)
        result.dataset = dataset
        note(f"{dataset.name}: {dataset.train_images:,} + {dataset.test_images:,} images, from {dataset.source}")
    for warning in dataset.warnings:
        report(f"          warning: {warning}")
    if until == "data":
        return None

    key = digest_of(
        code_digest(), environment(), dataset.digest, recipe.preprocess, recipe.model, recipe.training, config.device
    )
    if config.distribute != "none":  # sums in another order: other last bits
        key = digest_of(key, config.distribute)
    with _stage(result, "train", report) as note:
        trained = _recall(result, run, "train", key, TrainedModel)
        wanted = trained is None
        if cluster is not None:  # the chief says whether there is something to train
            say = _indented(report)
            wanted = agree(cluster, config, dataset, run.directory, key=key, train=wanted, report=say)
        if wanted:
            from pipeline.train import train_model

            trained = train_model(config, dataset, run.directory, key=key, cluster=cluster, report=_indented(report))
            if trained is not None:
                run.remember("train", key, trained, _names(trained.model_path, trained.snapshots_path))
        if trained is None:
            note(f"{cluster.title(cluster.index)} is done: the chief has the result" if cluster else "")
            return None
        result.trained = trained
        last = trained.history[-1]
        note(f"{trained.parameters:,} parameters, {last.epoch} epochs on {trained.device}, loss {last.loss:.4f}")
    if until == "train":
        return None

    key = digest_of(key, trained.weights_digest, dataset.labels)
    with _stage(result, "evaluate", report) as note:
        evaluation = _recall(result, run, "evaluate", key, Evaluation)
        if evaluation is None:
            steps = recipe.preprocess.image_steps()
            evaluation = evaluate.evaluate_model(dataset, trained, steps, run.directory)
            run.remember("evaluate", key, evaluation, _names(evaluation.probabilities_path))
        result.evaluation = evaluation
        low, high = evaluation.test_accuracy_interval
        note(f"test accuracy {evaluation.test_accuracy:.4f} (95 % interval {low:.4f} to {high:.4f})")
    return dataset, trained, evaluation


def _gate_and_publish(
    result: BuildResult,
    run: Run,
    until: str,
    report: Report,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
) -> None:
    config = result.config

    baseline = publish.published_accuracy(config.site, config.name, config.out)
    result.gates = evaluate.judge(evaluation, config.recipe.gates, baseline, dataset.digest)
    evaluate.require_passed(result.gates)
    for line in evaluate.gate_table(result.gates).splitlines()[1:]:
        report(f"          {line}")
    if until == "evaluate":
        return

    key = digest_of(
        code_digest(),
        environment(),
        graph_available(),
        evaluation,
        dataset,
        trained.weights_digest,
        config.recipe,
        config.name,
        str(config.out.resolve()),
    )
    exported = _recall(result, run, "export", key, ExportedModel)
    verification = _recall(result, run, "verify", key, Verification)
    if exported is None or verification is None:  # one is of no use without the other
        result.unchanged = [stage for stage in result.unchanged if stage not in ("export", "verify")]
        exported, verification = _export_and_verify(result, run, key, report, dataset, trained, evaluation)
    else:
        with _stage(result, "export", report) as note:
            note(_export_note(exported))
        with _stage(result, "verify", report) as note:
            note(_verify_note(verification))
    result.exported, result.verification = exported, verification
    if until == "verify":
        return

    with _stage(result, "publish", report) as note:
        published = publish.publish_site(
            Path(exported.directory),
            config.site.resolve(),
            publish.web_dir(),
            config.out,
            embed_only=config.embed_only,
            report=_indented(report),
        )
        result.published = published
        note(f"{published.name} {published.version} in {published.site_dir}")


def _export_and_verify(
    result: BuildResult,
    run: Run,
    key: str,
    report: Report,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
) -> tuple[ExportedModel, Verification]:
    from pipeline.export import export_version
    from pipeline.verify import seal_version, verify_export

    config, say = result.config, _indented(report)
    steps = config.recipe.preprocess.image_steps()
    store.clean_stale_staging(config.out, config.name)  # what a killed build left
    staging = store.new_staging(config.out, config.name)
    try:
        with _stage(result, "export", report) as note:
            exported = export_version(config, dataset, trained, evaluation, result.gates, steps, staging, report=say)
            note(_export_note(exported))
        with _stage(result, "verify", report) as note:
            verification = verify_export(exported, dataset, evaluation, steps, run.directory, report=say)
            seal_version(exported, verification)
            directory = store.commit(staging, config.out, config.name, exported.version, report=say)
            note(_verify_note(verification))
    finally:
        shutil.rmtree(staging, ignore_errors=True)  # gone already when all went well
    exported = dataclasses.replace(exported, directory=str(directory.resolve()))
    run.remember("export", key, exported)
    run.remember("verify", key, verification)
    return exported, verification


def _export_note(exported: ExportedModel) -> str:
    sizes = ", ".join(f"{fmt.id} {fmt.bytes / 1000:.1f} kB" for fmt in exported.formats)
    return f"version {exported.version}: {sizes}"


def _verify_note(verification: Verification) -> str:
    worst = max(check.max_abs_diff for check in verification.checks if check.format.endswith("float32"))
    return f"{len(verification.checks)} checks, float32 within {worst:.1e} of Keras"


@contextlib.contextmanager
def _stage(result: BuildResult, stage: str, report: Report) -> Iterator[Report]:
    """Time a stage and report its one line: name, seconds or "unchanged", and what it says of itself."""
    started = time.perf_counter()
    notes: list[str] = []
    yield notes.append
    seconds = time.perf_counter() - started
    result.seconds[stage] = seconds
    took = "unchanged" if stage in result.unchanged else f"{seconds:.1f} s"
    report(f"{stage:<9} {took:<10} {' '.join(notes)}")


def _recall(result: BuildResult, run: Run, stage: str, key: str, kind: type[Any]) -> Any:
    """The stage's earlier record when nothing that it depends on has changed and its files are still whole."""
    if result.config.force:
        return None
    record = run.recall(stage, key, kind)
    if isinstance(record, ExportedModel) and store.verify_files(Path(record.directory)):
        return None
    if record is not None:
        result.unchanged.append(stage)
    return record


def _names(*paths: str | None) -> list[str]:
    """Of a stage's files, which all lie in the run's folder."""
    return [Path(path).name for path in paths if path is not None]


def _indented(report: Report) -> Report:
    return lambda line: report(f"          {line}")
