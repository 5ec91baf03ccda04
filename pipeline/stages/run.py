"""Run the stages in order: data → train → evaluate → gate → export → verify → publish.

Only this folder knows more than one stage. Stages that import TensorFlow are imported
where they run, so that a build with nothing to do never loads it.
"""

import contextlib
import tempfile
import time
from pathlib import Path

from pipeline import publication, take_over
from pipeline.build_result import BuildResult, RunningBuild, WouldRun
from pipeline.config import STAGES, Config
from pipeline.errors import ConfigError, translating_errors
from pipeline.signing.signer import Signer, require_same_key
from pipeline.site.index import index_changes
from pipeline.site.memory import changing, live_version, reconcile
from pipeline.site.page import require_built, web_dir
from pipeline.site.settings import hold_of
from pipeline.stage_cache import Run
from pipeline.stages.measuring import train_and_evaluate
from pipeline.stages.publishing import gate_and_publish
from pipeline.system.javascript import require_script
from pipeline.system.locks import exclusive
from pipeline.system.node import find_node
from pipeline.system.progress import Progress, noted, silent
from pipeline.system.tensorflow import start_tensorflow
from pipeline.tfjs.formats.kinds import kinds_of
from pipeline.tfjs.graph_model.converter import INSTALL, converter_version
from pipeline.training.cluster import cluster_of
from pipeline.training.keras_fit import require_usable_callbacks
from pipeline.versions.ownership import (
    require_no_links,
    require_usable,
    require_writable,
)


def run_stages(
    config: Config,
    *,
    until: str = "publish",
    judge: bool = True,
    dry_run: bool = False,
    progress: Progress = silent,
) -> BuildResult:
    """Run the stages up to `until`, one of ENDS, skipping those whose inputs are
    unchanged.

    Without `judge` it ends after the evaluation, before the gates, and touches neither
    the store nor the site. With `dry_run` it ends before the first stage that would
    compute or write anything but the cache of data sets.

    Raises PipelineError if a stage failed; its subclass says in which way, and its
    `document` what was known. Any other exception gets that, too. The published site is
    unchanged then.
    """
    started = time.perf_counter()
    result = BuildResult(config=config, run_dir=(config.runs / config.name).resolve())
    try:
        _run_stages(result, until, progress, judge=judge, dry_run=dry_run)
    except WouldRun as first:
        result.planned = list(
            STAGES[STAGES.index(str(first)) : STAGES.index(until) + 1]
        )
        if until == "publish":
            built = result.exported.id if result.exported else None
            result.held = hold_of(config.site, config.out, config.name, built)
        for stage in result.planned:
            is_held = stage == "publish" and result.held
            progress(
                f"{stage:<9} would"
                f" {'not publish: a rollback holds the model' if is_held else 'run'}"
            )
    except BaseException as error:
        vars(error)["document"] = result.as_json()
        raise
    result.stage = None
    result.seconds["total"] = time.perf_counter() - started
    return result


def _run_stages(
    result: BuildResult, until: str, progress: Progress, *, judge: bool, dry_run: bool
) -> None:
    config = result.config
    require_usable_callbacks(config)
    if config.device == "gpu":
        start_tensorflow("gpu")  # fail now, not after reading thousands of photos
    model_digest = take_over.content_digest(config.model) if config.model else None
    exports = judge and STAGES.index(until) >= STAGES.index("export")
    require_no_links(config.runs / config.name)
    if judge and until not in ("data", "train"):
        # Fail now, not after minutes of training.
        require_usable(config.site, config.out)
        require_writable(config.site)
        require_writable(config.out)
        index_changes(config.base_url, config.expires)
        if dry_run and config.out.is_dir() and config.site.is_dir():
            reconcile(config.site, config.out, may_write=False, warn=progress)
        if exports:
            require_script()
            find_node()
            require_built(web_dir())
            for kind in kinds_of(config.recipe.formats):
                kind.require(to_write=True)
            if "graph" in config.recipe.formats and converter_version() is None:
                raise ConfigError(
                    "A graph-model needs the official converter. Received: none. Next"
                    f" step: {INSTALL}"
                )
    signer = Signer.read(config.key, config.site, config.out) if config.key else None
    if exports and until == "publish":
        publication.read_publishable(
            config.site, web_dir(), embed_only=config.embed_only
        )
        if signer:
            live = live_version(config.site, config.out, config.name)
            require_same_key(
                signer, config.name, live, config.site / "models", config.out
            )
    cluster = cluster_of(config, progress)
    # Other workers use separate folders, because they may share a disk with the chief,
    # which keeps the results.
    folder = (
        config.runs
        / config.name
        / ("" if cluster is None or cluster.is_chief else f"worker-{cluster.index}")
    )
    with contextlib.ExitStack() as beside:
        if (is_new := not folder.exists()) and dry_run:
            folder = Path(beside.enter_context(tempfile.TemporaryDirectory()))
        run = Run(folder)
        result.run_dir = run.directory.resolve()
        beside.enter_context(translating_errors(run.directory))
        beside.enter_context(exclusive(run.directory, progress=progress))
        build = RunningBuild(
            result, run, beside, exports=exports, dry_run=dry_run, progress=progress
        )
        evaluated = train_and_evaluate(build, until, cluster, model_digest)
        if judge and evaluated is not None:
            result.restored, warn = noted(build.progress)
            # From the gate on, the published version must not change: it is the
            # baseline.
            locked = changing(
                config.site, config.out, create=True, progress=build.progress, warn=warn
            )
            with contextlib.nullcontext() if dry_run else locked:
                live = live_version(config.site, config.out, config.name)
                if live and is_new:
                    warn(f"{folder} was lost: every stage ran again.")
                if live and not (config.out / config.name / live).is_dir():
                    warn(
                        f"{config.out} has lost {config.name} {live}, which"
                        f" {config.site} shows. Restore the store."
                    )
                gate_and_publish(build, until, signer, *evaluated)
