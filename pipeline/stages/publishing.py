"""The second half of a build:

the gates, and what they let through is exported, verified and published.
"""

import contextlib
import dataclasses
import shutil

from pipeline import publication
from pipeline.build_result import RunningBuild, WouldRun, export_note, verify_note
from pipeline.errors import translating_errors
from pipeline.quality import gates
from pipeline.quality.baseline import accepted_versions, judge_baseline
from pipeline.quality.judging import failed_training, judge
from pipeline.records import Dataset, Evaluation, StoredVersion, TrainedModel
from pipeline.signing.signer import Signer
from pipeline.site.memory import live_version
from pipeline.site.page import web_dir
from pipeline.site.settings import hold_of
from pipeline.stage_cache import code_digest, digest_of
from pipeline.system.files import sha256_of
from pipeline.system.tensorflow import environment
from pipeline.tfjs.formats.kinds import kinds_of
from pipeline.tfjs.graph_model.converter import converter_version
from pipeline.versions import store
from pipeline.versions.images import count_images
from pipeline.versions.manifest import MANIFEST_NAME
from pipeline.versions.store import DamagedVersion, Version


def gate_and_publish(
    build: RunningBuild,
    until: str,
    signer: Signer | None,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
) -> None:
    """Check the gates and run the other stages up to `until`.

    The caller holds the locks of the store and the site.
    """
    config, result = build.config, build.result
    if not build.dry_run:
        _require_good(build, dataset, trained, evaluation)
    if until == "evaluate":
        return
    facts = dataclasses.replace(dataset, path="")  # the same data may lie elsewhere
    pictures = config.images_to_publish(dataset.source)
    inputs = (
        evaluation,
        facts,
        trained.weights_digest,
        config.recipe,
        config.name,
        pictures,
    )
    key = digest_of(code_digest(), environment(), converter_version(), *inputs)
    if config.recipe.formats:
        key = digest_of(
            key, [kind.versions() for kind in kinds_of(config.recipe.formats)]
        )
    if config.by_fit:  # the same weights may come of another history
        key = digest_of(key, trained.history)
    version = _recall_version(build, key)
    if build.dry_run:
        raise WouldRun("publish" if version else "export")
    version = version or _export_version(build, dataset, trained, evaluation, key)
    gates.require_judged(version, trained, evaluation)
    if until == "verify":
        return
    with build.stage("publish") as note:
        result.held = hold_of(config.site, config.out, version.name, version.id)
        if result.held:
            note("not published: a rollback holds the model")
        if not (
            shown := _shown_version(build, version.name) if result.held else version
        ):
            return
        published = publication.publish_site(
            shown,
            config.site.resolve(),
            web_dir(),
            config.out,
            embed_only=config.embed_only,
            signer=signer,
            base_url=config.base_url,
            expires=config.expires,
            progress=build.progress,
        )
        if result.held:
            result.restored += published.warnings
        else:
            result.published = published


def _shown_version(build: RunningBuild, name: str) -> Version | None:
    """Find what a held model shows, to publish it again:

    its time is renewed and a lost page written. None if lost.
    """
    out, site = build.config.out.resolve(), build.config.site.resolve()
    live = live_version(site, out, name) or "unknown"
    for root in (out, site / "models"):
        if whole := store.undamaged(root / name / live):
            return whole
    lost = (
        f"The version that {name} shows ({live}) is whole neither in {out} nor in"
        f" {site}: nothing was renewed."
    )
    build.result.restored.append(
        f"{lost} Restore its folder in one of them from a backup."
    )
    build.progress(build.result.restored[-1])
    return None


def _require_good(
    build: RunningBuild, dataset: Dataset, trained: TrainedModel, evaluation: Evaluation
) -> None:
    """Judge the model and its data, and print the table; GateFailed if they are not
    good enough.
    """
    config = build.config
    versions = accepted_versions(config.site, config.name, config.out)
    baseline = judge_baseline(versions, config, dataset, trained, evaluation, build.run)
    published = versions[0] if versions else None
    limits = config.recipe.gates
    build.result.gates = judge(
        dataset, trained, evaluation, limits, baseline=baseline, published=published
    )
    skipped = gates.skipped_gates(dataset, evaluation, limits)
    weak = (
        gates.weak_comparison(build.result.gates, dataset, trained, published)
        if published
        else []
    )
    for warning in filter(None, [skipped, *weak]):
        build.result.restored.append(warning)
        build.progress(f"warning: {warning}")
    here, symptom = trained.origin is None, failed_training(trained, evaluation)
    told = (*dataset.warnings, *weak)
    gates.require_passed(
        build.result.gates,
        told,
        trained_here=here,
        symptom=symptom,
        published=published,
    )
    for line in gates.gate_table(build.result.gates).splitlines()[1:]:
        build.progress(line)


def _recall_version(build: RunningBuild, key: str) -> Version | None:
    """The version that an earlier build exported and verified, if still valid; adds its
    records to the result.
    """
    stored = (
        None if build.config.force else build.run.recall("verify", key, StoredVersion)
    )
    if stored is None:
        return None
    try:
        version = store.open_version(
            build.config.out.resolve() / build.config.name / stored.version
        )
    except DamagedVersion:
        return None
    verification = version.manifest.verification
    if (
        verification is None
        or sha256_of(version.folder / MANIFEST_NAME) != stored.manifest_digest
    ):
        return None
    build.result.exported, build.result.images = (
        version,
        count_images(version.folder, version.manifest),
    )
    build.result.unchanged += ["export", "verify"]
    for stage, line in (
        ("export", export_note(version, build.result.images)),
        ("verify", verify_note(verification)),
    ):
        with build.stage(stage) as note:
            note(line)
    return version


def _export_version(
    build: RunningBuild,
    dataset: Dataset,
    trained: TrainedModel,
    evaluation: Evaluation,
    key: str,
) -> Version:
    from pipeline.export import export_version
    from pipeline.verify import seal_version, verify_export

    config, progress, run = build.config, build.progress, build.run
    steps = config.recipe.preprocess.image_steps(dataset.channels)
    staging = store.new_staging(config.out, config.name)
    with contextlib.ExitStack() as stack:
        # moved away already if all went well
        stack.callback(shutil.rmtree, staging, ignore_errors=True)
        # an error that names no file is not of the site
        stack.enter_context(translating_errors(staging))
        node = build.start_node()
        with build.stage("export") as note:
            passed, work = build.result.gates, run.directory
            staged = export_version(
                config,
                dataset,
                trained,
                evaluation,
                passed,
                steps,
                work,
                staging,
                progress=progress,
            )
            build.result.images = count_images(staging, staged.manifest)
            note(export_note(staged, build.result.images))
        with build.stage("verify") as note, translating_errors(run.directory):
            verification = verify_export(
                staged,
                dataset,
                evaluation,
                steps,
                run.directory,
                node=node,
                progress=progress,
            )
            seal_version(staging, verification)
            version = store.commit(staging, config.out.resolve(), progress=progress)
            note(verify_note(verification))
    digest = sha256_of(version.folder / MANIFEST_NAME)
    run.remember(
        "verify", key, StoredVersion(version=version.id, manifest_digest=digest)
    )
    build.result.exported = version
    return version
