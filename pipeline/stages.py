"""Run the stages in order: data → train → evaluate → gate → export → verify → publish.

Only this module knows more than one stage. Stages that import TensorFlow are imported where they run, so that
a build with nothing to do never loads it.
"""

import contextlib
import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pipeline import data, evaluate, gates, publication, take_over
from pipeline.build_result import BuildResult, data_note, export_note, exported_record, held_note, verify_note
from pipeline.config import Config
from pipeline.errors import PipelineError, translating_errors
from pipeline.judging.baseline import accepted_versions, judge_baseline
from pipeline.recipes.reading import decisive
from pipeline.records import Dataset, EpochResult, Evaluation, StoredVersion, TrainedModel
from pipeline.signing.signer import Signer
from pipeline.site.base_url import normalized_base_url
from pipeline.site.built_page import web_dir
from pipeline.site.holds import held_back
from pipeline.stage_cache import Run, code_digest, digest_of
from pipeline.system.files import sha256_of
from pipeline.system.locks import exclusive
from pipeline.system.progress import Progress, indented, silent
from pipeline.system.tensorflow import environment
from pipeline.tfjs.graph_model.converter import converter_version
from pipeline.training.callbacks import require_usable_callbacks
from pipeline.training.distributed.cluster import Cluster, cluster_of
from pipeline.training.distributed.rendezvous import sync_start
from pipeline.training.model import require_fitting
from pipeline.versions import store
from pipeline.versions.manifest import MANIFEST_NAME
from pipeline.versions.ownership import claimed, require_usable
from pipeline.versions.store import DamagedVersion, Version

STAGES = ("data", "train", "evaluate", "export", "verify", "publish")
T = TypeVar("T")


def run_stages(
    config: Config,
    *,
    until: str = "publish",
    judge: bool = True,
    progress: Progress = silent,
    watch: Callable[[BuildResult], None] = lambda _result: None,
) -> BuildResult:
    """Run the stages up to `until`, one of STAGES, skipping those whose inputs are unchanged.

    Without `judge` it ends after the evaluation, before the gates, and touches neither the store nor the site.
    `watch` gets the result before anything begins: it fills while the stages run.

    Raises PipelineError if a stage failed; its subclass says in which way, and its `document` what was known. The
    published site is unchanged then.
    """
    started = time.perf_counter()
    result = BuildResult(config=config, run_dir=(config.runs / config.name).resolve())
    watch(result)
    try:
        _run_stages(result, until, progress, judge=judge)
    except PipelineError as error:
        error.document = result.as_json()
        raise
    result.stage = None
    result.seconds["total"] = time.perf_counter() - started
    return result


def _run_stages(result: BuildResult, until: str, progress: Progress, *, judge: bool) -> None:
    config = result.config
    require_usable_callbacks(config)
    model_digest = take_over.content_digest(config.model) if config.model else None
    if judge and until not in ("data", "train"):
        # Fail now, not after minutes of training.
        require_usable(config.site, config.out)
        if config.base_url is not None:
            normalized_base_url(config.base_url)
    signer = Signer.read(config.key, config.site, config.out) if config.key else None
    cluster = cluster_of(config, progress)
    # Other workers use separate folders, because they may share a disk with the chief, which keeps the results.
    run = Run(config.runs / config.name / ("" if cluster is None or cluster.is_chief else f"worker-{cluster.index}"))
    result.run_dir = run.directory.resolve()
    stages = _Stages(result, until, run, cluster, signer, progress, model_digest)
    with translating_errors(run.directory), exclusive(run.directory, progress=progress):
        evaluated = stages.train_and_evaluate()
        if judge and evaluated is not None:
            # From the gate on, the published version must not change: it is the baseline.
            with claimed(config.out, "store", progress=progress), claimed(config.site, "site", progress=progress):
                store.clean_stale_staging(config.out)  # left by a killed build
                stages.gate_and_publish(*evaluated)


class _Stages:
    """The state that the stages of a build share."""

    def __init__(
        self,
        result: BuildResult,
        until: str,
        run: Run,
        cluster: Cluster | None,
        signer: Signer | None,
        progress: Progress,
        model_digest: str | None,
    ) -> None:
        self.model_digest = model_digest  # of a model that was trained elsewhere
        self.config, self.until, self.run, self.cluster = result.config, until, run, cluster
        self.signer, self.progress, self.result = signer, progress, result

    def train_and_evaluate(self) -> tuple[Dataset, TrainedModel, Evaluation] | None:
        """Run the stages up to the evaluation; None if the build ends there."""
        dataset = self._prepare_data()
        if self.until == "data":
            return None
        recipe, config = self.config.recipe, self.config
        if config.model:
            taken_over, key = self._take_over(dataset, config.model)
            trained: TrainedModel | None = taken_over
        else:
            require_fitting(recipe, dataset)
            inputs = (recipe.preprocess, recipe.model, recipe.training, config.device)
            key = digest_of(code_digest(), environment(), dataset.digest, *inputs)
            if config.distribute != "none":  # adds in another order, so the last bits differ
                key = digest_of(key, config.distribute)
            trained = self._train(dataset, key)
        if trained is None or self.until == "train":
            return None
        key = digest_of(key, trained.weights_digest, dataset.labels)
        return dataset, trained, self._evaluate(dataset, trained, key)

    def gate_and_publish(self, dataset: Dataset, trained: TrainedModel, evaluation: Evaluation) -> None:
        """Check the gates and run the remaining stages. The caller holds the locks of the store and the site."""
        config, result = self.config, self.result
        versions = accepted_versions(config.site, config.name, config.out)
        baseline = judge_baseline(versions, config, dataset, trained, evaluation, self.run)
        published = versions[0] if versions else None
        limits = config.recipe.gates
        result.gates = gates.judge(dataset, trained, evaluation, limits, baseline=baseline, published=published)
        gates.require_passed(result.gates, dataset.warnings, trained_here=trained.origin is None)
        for line in gates.gate_table(result.gates).splitlines()[1:]:
            indented(self.progress)(line)
        if self.until == "evaluate":
            return
        facts = dataclasses.replace(dataset, path="")  # the same data may lie elsewhere
        inputs = (evaluation, facts, trained.weights_digest, config.recipe, config.name)
        key = digest_of(code_digest(), environment(), converter_version(), *inputs)
        if config.callbacks:  # the same weights may come of another history
            key = digest_of(key, trained.history)
        version = self._recall_version(key) or self._export_version(dataset, trained, evaluation, key)
        gates.require_judged(version, trained, evaluation)
        for warning in self.result.warnings[len(dataset.warnings) :]:  # those on the data were told
            indented(self.progress)(f"warning: {warning}")
        if self.until == "verify":
            return
        with self._stage("publish") as note:
            progress = indented(self.progress)
            if not config.publish_held:
                result.held = held_back(version, config.site, config.out, decisive, progress=progress)
            if result.held:
                note(held_note(result.held, version.name, version.id))
                return
            result.published = publication.publish_site(
                version,
                config.site.resolve(),
                web_dir(),
                config.out,
                embed_only=config.embed_only,
                signer=self.signer,
                base_url=config.base_url,
                progress=progress,
            )
            note(f"{version.name} {version.id} in {result.published.site_dir}")

    def _prepare_data(self) -> Dataset:
        with self._stage("data") as note:
            dataset = data.prepare_data(
                self.config.data,
                cache_dir=data.default_cache_dir(),
                work_dir=self.run.directory,
                recipe=self.config.recipe.data,
                progress=indented(self.progress),  # decoding thousands of photos takes minutes
            )
            recipe, dataset = data.settle_inversion(self.config.recipe, dataset)
            if self.config.model and dataset.test_share:
                dataset = dataclasses.replace(dataset, warnings=(*dataset.warnings, take_over.MAYBE_SEEN))
            self.config = self.result.config = dataclasses.replace(self.config, recipe=recipe)
            note(data_note(dataset, inverted=recipe.preprocess.invert is True))
        for warning in dataset.warnings:
            indented(self.progress)(f"warning: {warning}")
        self.result.dataset = dataset
        return dataset

    def _train(self, dataset: Dataset, key: str) -> TrainedModel | None:
        """The trained model; None on a worker that leaves the result to the chief."""
        config, cluster, progress = self.config, self.cluster, indented(self.progress)
        with self._stage("train") as note:
            # What callbacks did cannot be told from the inputs: with them, training is neither recalled nor remembered.
            trained = None if config.callbacks else self._recall("train", key, TrainedModel)
            if trained is not None and config.tensorboard is not None:
                progress(f"nothing is written to {config.tensorboard}: the training is unchanged (--force repeats it)")
            wanted = trained is None
            if cluster is not None:  # the chief decides whether to train
                wanted = sync_start(
                    cluster, config, dataset, self.run.directory, key=key, train=wanted, progress=progress
                )
            if wanted:
                from pipeline.train import train_model

                trained = train_model(
                    config,
                    dataset,
                    self.run.directory,
                    key=key,
                    cluster=cluster,
                    progress=progress,
                    on_epoch=self._keep_epoch,
                )
                if trained is not None and not config.callbacks:
                    self.run.remember("train", key, trained, filter(None, (trained.model_path, trained.snapshots_path)))
            if trained is None:
                note(f"{cluster.title(cluster.index)} is done: the chief has the result" if cluster else "")
                return None
            last = trained.history[-1]
            note(f"{trained.parameters:,} parameters, {last.epoch} epochs on {trained.device}, loss {last.loss:.4f}")
        self.result.trained, self.result.epoch = trained, last
        return trained

    def _take_over(self, dataset: Dataset, model: Path) -> tuple[TrainedModel, str]:
        """The model that was trained elsewhere, and the key of its record; the recipe gets the layout that fits it."""
        config = self.config
        inputs = (dataset.digest, dataset.labels, config.recipe.preprocess, config.from_logits, self.model_digest)
        key = digest_of(code_digest(), environment(), *inputs)
        with self._stage("train") as note:
            trained = self._recall("train", key, TrainedModel)
            if trained is None:
                progress, work = indented(self.progress), self.run.directory
                trained = take_over.take_over(model, config, dataset, work, progress=progress)
                self.run.remember("train", key, trained, [trained.model_path])
            note(f"{trained.parameters:,} parameters, trained elsewhere: {model.name}")
        if trained.origin:
            preprocess = config.recipe.preprocess.with_layout(trained.origin.layout)
            recipe = dataclasses.replace(config.recipe, preprocess=preprocess)
            self.config = self.result.config = dataclasses.replace(config, recipe=recipe)
        self.result.trained = trained
        return trained, key

    def _keep_epoch(self, epoch: EpochResult) -> None:
        self.result.epoch = epoch

    def _evaluate(self, dataset: Dataset, trained: TrainedModel, key: str) -> Evaluation:
        with self._stage("evaluate") as note:
            evaluation = self._recall("evaluate", key, Evaluation)
            if evaluation is None:
                steps = self.config.recipe.preprocess.image_steps(dataset.channels)
                evaluation = evaluate.evaluate_model(dataset, trained, steps, self.run.directory)
                self.run.remember("evaluate", key, evaluation, [evaluation.probabilities_path])
            low, high = evaluation.test_accuracy_interval
            note(f"test accuracy {evaluation.test_accuracy:.4f} (95 % interval {low:.4f} to {high:.4f})")
        self.result.evaluation = evaluation
        return evaluation

    def _recall_version(self, key: str) -> Version | None:
        """The version that an earlier build exported and verified, if still valid; adds its records to the result."""
        stored = None if self.config.force else self.run.recall("verify", key, StoredVersion)
        if stored is None:
            return None
        try:
            version = store.open_version(self.config.out.resolve() / self.config.name / stored.version)
        except DamagedVersion:
            return None
        verification = version.manifest.verification
        if verification is None or sha256_of(version.folder / MANIFEST_NAME) != stored.manifest_digest:
            return None
        exported = exported_record(version)
        self.result.exported, self.result.verification = exported, verification
        self.result.unchanged += ["export", "verify"]
        for stage, line in (("export", export_note(exported)), ("verify", verify_note(verification))):
            with self._stage(stage) as note:
                note(line)
        return version

    def _export_version(self, dataset: Dataset, trained: TrainedModel, evaluation: Evaluation, key: str) -> Version:
        from pipeline.export import export_version
        from pipeline.verify import seal_version, verify_export

        config, progress, run = self.config, indented(self.progress), self.run
        steps = config.recipe.preprocess.image_steps(dataset.channels)
        staging = store.new_staging(config.out, config.name)
        try:
            with self._stage("export") as note:
                passed, work = self.result.gates, run.directory
                staged = export_version(
                    config, dataset, trained, evaluation, passed, steps, work, staging, progress=progress
                )
                note(export_note(staged))
            with self._stage("verify") as note:
                own = trained.origin is not None
                verification = verify_export(
                    staged, dataset, evaluation, steps, run.directory, may_leave_out=own, progress=progress
                )
                seal_version(staged, verification)
                version = store.commit(staging, config.out, progress=progress)
                note(verify_note(verification))
        finally:
            shutil.rmtree(staging, ignore_errors=True)  # moved away already if all went well
        digest = sha256_of(version.folder / MANIFEST_NAME)
        run.remember("verify", key, StoredVersion(version=version.id, manifest_digest=digest))
        self.result.exported, self.result.verification = exported_record(version), verification
        return version

    @contextlib.contextmanager
    def _stage(self, stage: str) -> Iterator[Callable[[str], None]]:
        """Time a stage and report it in one line: name, seconds or "unchanged", and the stage's own note."""
        self.result.stage = stage
        started = time.perf_counter()
        notes: list[str] = []
        yield notes.append
        seconds = time.perf_counter() - started
        self.result.seconds[stage] = seconds
        took = "unchanged" if stage in self.result.unchanged else f"{seconds:.1f} s"
        self.progress(f"{stage:<9} {took:<10} {' '.join(notes)}")

    def _recall(self, stage: str, key: str, kind: type[T]) -> T | None:
        """The stage's earlier record, if its inputs and files are unchanged."""
        record = None if self.config.force else self.run.recall(stage, key, kind)
        if record is not None:
            self.result.unchanged.append(stage)
        return record
