"""A folder in which tests run the command line as a user does."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner, Result

from pipeline.cli.main import cli
from pipeline.cli.options import run_group
from tests.support.versions import check_site, snapshot

PIPELINE = ("-m", "pipeline")
STAGES = ["data", "train", "evaluate", "export", "verify"]
RECIPE = """
[preprocess]
deskew = true
[training]
epochs = {epochs}
[gates]
threshold = {threshold}
class_recall = 0.3
baseline_margin = {margin}
"""


def python(*arguments: str, **options: Any) -> str:
    """Run Python in a process of its own, which must end well; returns what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


def call(*words: str, **options: Any) -> Result:
    """Run a command in this process, as click's own tests do."""
    return CliRunner().invoke(cli, words, **options)


@dataclass
class Workshop:
    """A folder with a recipe and a path to data, in which commands run."""

    folder: Path
    data: Path

    def recipe(
        self, *, epochs: int = 4, threshold: float = 0.7, margin: float = 0.05
    ) -> str:
        path = self.folder / "small.toml"
        path.write_text(
            RECIPE.format(epochs=epochs, threshold=threshold, margin=margin)
        )
        return str(path)

    def build_arguments(self, *options: str, **recipe: Any) -> list[str]:
        return [
            "build",
            "--recipe",
            self.recipe(**recipe),
            "--data",
            str(self.data),
            "--device",
            "cpu",
            *options,
        ]

    def build(self, *options: str, **recipe: Any) -> subprocess.CompletedProcess[str]:
        return self.run(*self.build_arguments(*options, **recipe))

    def run(
        self, *arguments: str, program: Sequence[str] = PIPELINE
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *program, *arguments]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, text=True, check=False
        )

    def start(self, *options: str, **recipe: Any) -> subprocess.Popen[str]:
        command = [sys.executable, *PIPELINE, *self.build_arguments(*options, **recipe)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def published(self) -> dict[str, bytes]:
        """Every published file with its content."""
        return snapshot(self.folder / "site")

    def check_site(self) -> None:
        """Assert that a page and at least one whole model are published."""
        assert (self.folder / "site" / "index.html").exists()
        assert check_site(self.folder / "site")


class QuickWorkshop(Workshop):
    """The same, but commands run in this process, which imports TensorFlow once."""

    def run(
        self, *arguments: str, program: Sequence[str] = PIPELINE
    ) -> subprocess.CompletedProcess[str]:
        return (
            invoke(self.folder, *arguments)
            if program == PIPELINE
            else super().run(*arguments, program=program)
        )


def invoke(
    folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder and in this process, but what it prints and its exit
    code are as in one of its own.
    """
    code, stdout, stderr = 0, io.StringIO(), io.StringIO()
    command = ["pipeline", *arguments]
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        mock.patch.object(sys, "argv", command),
        mock.patch.dict(os.environ, variables),
    ):
        try:
            run_group(cli)
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(
        command, code, stdout.getvalue(), stderr.getvalue()
    )
