"""What the stages of a build share: its result so far, its earlier records, and how each stage is reported."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pipeline.build_result import BuildResult
from pipeline.config import Config
from pipeline.recipes.reading import Recipe
from pipeline.stage_cache import Run
from pipeline.system.progress import Progress, indented

T = TypeVar("T")


class RunningBuild:
    """A build while its stages run."""

    def __init__(self, result: BuildResult, run: Run, progress: Progress) -> None:
        """`progress` gets a line for each stage; what a stage says itself is indented below."""
        self.result, self.run, self._progress = result, run, progress
        self.progress = indented(progress)

    @property
    def config(self) -> Config:
        """The configuration, with what stages have settled."""
        return self.result.config

    def settle(self, recipe: Recipe) -> None:
        """Go on with a recipe in which nothing is left open that a stage found out."""
        self.result.config = dataclasses.replace(self.config, recipe=recipe)

    @contextmanager
    def stage(self, stage: str) -> Iterator[Callable[[str], None]]:
        """Time a stage and report it in one line: name, seconds or "unchanged", and the stage's own note."""
        self.result.stage = stage
        started = time.perf_counter()
        notes: list[str] = []
        yield notes.append
        seconds = time.perf_counter() - started
        self.result.seconds[stage] = seconds
        took = "unchanged" if stage in self.result.unchanged else f"{seconds:.1f} s"
        self._progress(f"{stage:<9} {took:<10} {' '.join(notes)}")

    def recall(self, stage: str, key: str, kind: type[T], run: Run | None = None) -> T | None:
        """The stage's earlier record, in another `run` if that is given, if its inputs and files are unchanged."""
        record = None if self.config.force else (run or self.run).recall(stage, key, kind)
        if record is not None:
            self.result.unchanged.append(stage)
        return record
