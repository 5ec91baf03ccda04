"""The result of a build, returned and printed: the records of its stages as one
document, and a line about each.

`RunningBuild` is what the stages share while they run.
"""

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pipeline.config import Config
from pipeline.recipes.reading import Recipe
from pipeline.records import (
    ACCURACY_GATE,
    Dataset,
    EpochResult,
    Evaluation,
    Gate,
    HeldModel,
    PublishedSite,
    TrainedModel,
    Verification,
    count_outcomes,
)
from pipeline.stage_cache import Run
from pipeline.system.javascript import NodeProcess, started_node
from pipeline.system.json_records import to_json
from pipeline.system.progress import Progress, indented
from pipeline.versions.store import Version

T = TypeVar("T")


@dataclass
class BuildResult:
    """The results of a build; those of stages that did not run stay None."""

    config: Config
    run_dir: Path  # in which the paths of the records lie
    stage: str | None = None  # the stage that runs or failed; None when all is done
    dataset: Dataset | None = None
    epoch: EpochResult | None = None  # the last of the training
    trained: TrainedModel | None = None
    evaluation: Evaluation | None = None
    gates: tuple[Gate, ...] = ()
    exported: Version | None = None
    # manifest's role → pictures that are published with a version
    images: dict[str, int] = field(default_factory=dict)
    published: PublishedSite | None = None
    held: HeldModel | None = None  # why it was not published, or would not be
    # warnings: gates skipped, what the site lost, was not renewed
    restored: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    # stages skipped because their earlier result was still valid
    unchanged: list[str] = field(default_factory=list)
    # stages that a dry run found to be run
    planned: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        """The outcome in a few lines; `as_json` has all of it."""
        failed = [gate.name for gate in self.gates if gate.passed is False]
        which = f": {', '.join(failed)}" if failed else ""
        unpublished = (
            "not published: a rollback holds the model"
            if self.held
            else "not published"
        )
        lines = [
            (
                f"BuildResult: {self.config.name}, version"
                f" {self.exported.id if self.exported else 'none'}"
            ),
            (
                f"test accuracy {self.evaluation.test_accuracy:.4f}"
                if self.evaluation
                else "not evaluated"
            ),
            f"gates: {count_outcomes(self.gates) or 'none'}{which}",
            (
                f"published in {self.published.site_dir}"
                if self.published
                else unpublished
            ),
        ]
        return "\n  ".join(lines + [f"warning: {warning}" for warning in self.warnings])

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings about the data, gates that were skipped, a signature not
        renewed, and what the site had lost.
        """
        told = (
            warning
            for record in (self.dataset, self.published)
            if record
            for warning in record.warnings
        )
        return (*told, *self.restored)

    @property
    def verification(self) -> Verification | None:
        """How each format of the version compares with Keras."""
        return self.exported.manifest.verification if self.exported else None

    def as_json(self) -> dict[str, Any]:
        """The document that `--json` prints."""
        return {
            "name": self.config.name,
            "version": self.exported.id if self.exported else None,
            "export_dir": str(self.exported.folder) if self.exported else None,
            "site_dir": self.published.site_dir if self.published else None,
            "published": self.published is not None,
            "held": to_json(self.held),
            "test_accuracy": self.evaluation.test_accuracy if self.evaluation else None,
            "threshold": self._threshold(),
            "gates": to_json(self.gates),
            "published_images": self.images,
            "verification": (
                to_json(self.verification.checks) if self.verification else []
            ),
            "origin": to_json(self.trained.origin) if self.trained else None,
            "seconds": {
                stage: round(seconds, 3) for stage, seconds in self.seconds.items()
            },
            "unchanged": self.unchanged,
            "planned": self.planned,
            "warnings": list(self.warnings),
            "stage": self.stage,
            "data": to_json(self.dataset),
            "training": self._training(),
        }

    def _threshold(self) -> float | None:
        """The lowest test accuracy that is enough; that of the recipe until the test
        set is known.
        """
        judged = (gate.limit for gate in self.gates if gate.name == ACCURACY_GATE)
        return next(judged, self.config.recipe.gates.threshold)

    def _training(self) -> dict[str, Any] | None:
        if self.epoch is None:
            return None
        device = self.trained.device if self.trained else None
        numbers: dict[str, Any] = to_json(self.epoch)
        return numbers | {
            "epochs": self.config.recipe.training.epochs,
            "device": device,
        }


def held_note(held: HeldModel, name: str, built: str) -> str:
    """Say that a build was not published, and how it can be."""
    live = f" {held.live} stays live." if held.live else ""
    return (
        f"{name} {built} is not published: the rollback of {held.since[:10]} holds the"
        f" model.{live} To let builds publish it again: {held.release}"
    )


def data_note(dataset: Dataset, *, inverted: bool) -> str:
    """Describe the data in one line."""
    note = (
        f"{dataset.name}: {dataset.train_images:,} + {dataset.test_images:,} images,"
        f" from {dataset.source}"
    )
    note += (
        f"; {dataset.drawn_images:,} of them by people's pens"
        if dataset.drawn_images
        else ""
    )
    if dataset.size:
        note += f", resized to {dataset.size} × {dataset.size}"
    if dataset.test_share:
        note += (
            f", a share of {dataset.test_share:g} chosen for tests (seed"
            f" {dataset.split_seed})"
        )
    return f"{note}, inverted: they are dark on bright" if inverted else note


def export_note(version: Version, images: dict[str, int]) -> str:
    """Describe the export in one line."""
    sizes = ", ".join(
        f"{fmt.id} {fmt.bytes / 1000:.1f} kB" for fmt in version.manifest.formats
    )
    pictures = ", ".join(
        f"{count:,} {role.replace('_', ' ')}" for role, count in images.items()
    )
    return f"version {version.id}: {sizes}; {pictures or 'no images'} to publish"


def verify_note(verification: Verification) -> str:
    """Describe the verification in one line."""
    worst = max(
        check.max_abs_diff
        for check in verification.checks
        if check.format.endswith("float32")
    )
    return f"{len(verification.checks)} checks, float32 within {worst:.1e} of Keras"


class WouldRun(Exception):  # noqa: N818 (a fact, no error)
    """In a dry run: the stage of this name would run, and so would those after it."""


class RunningBuild:
    """A build while its stages run."""

    def __init__(
        self,
        result: BuildResult,
        run: Run,
        beside: ExitStack,
        *,
        exports: bool,
        dry_run: bool,
        progress: Progress,
    ) -> None:
        """`beside` ends other processes with the build; `exports` tells whether it gets
        as far as the export.

        In a `dry_run`, a stage without an earlier record raises WouldRun.

        `progress` gets a line for each stage; what a stage says itself is indented
        below.
        """
        self.result, self.run, self.beside, self.exports, self._progress = (
            result,
            run,
            beside,
            exports,
            progress,
        )
        self.progress, self.dry_run = indented(progress), dry_run
        self._node: list[NodeProcess] = []

    @property
    def config(self) -> Config:
        """The configuration, with what stages have settled."""
        return self.result.config

    def start_node(self) -> list[NodeProcess]:
        """Two processes of Node.js for the verification, which load TensorFlow.js from
        the first call on.
        """
        self._node = self._node or self.beside.enter_context(started_node(2))
        return self._node

    def settle(self, recipe: Recipe) -> None:
        """Go on with a recipe in which nothing is left open that a stage found out."""
        self.result.config = dataclasses.replace(self.config, recipe=recipe)

    @contextmanager
    def stage(self, stage: str) -> Iterator[Callable[[str], None]]:
        """Time a stage and report it in one line:

        name, seconds or "unchanged", and the stage's own note.
        """
        self.result.stage = stage
        started = time.perf_counter()
        notes: list[str] = []
        yield notes.append
        seconds = time.perf_counter() - started
        self.result.seconds[stage] = seconds
        took = "unchanged" if stage in self.result.unchanged else f"{seconds:.1f} s"
        self._progress(f"{stage:<9} {took:<10} {' '.join(notes)}".rstrip())

    def recall(
        self, stage: str, key: str, kind: type[T], run: Run | None = None
    ) -> T | None:
        """The stage's earlier record, in another `run` if that is given, if its inputs
        and files are unchanged.
        """
        forced = self.config.force or (stage == "train" and self.config.by_fit)
        record = None if forced else (run or self.run).recall(stage, key, kind)
        if record is not None:
            self.result.unchanged.append(stage)
        elif self.dry_run:
            raise WouldRun(stage)
        return record
