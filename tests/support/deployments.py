"""Places to deploy to, of every kind, and visitors who read what is there."""

import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.deploying.deploy import deploy_site
from pipeline.deploying.plan import Deployment
from pipeline.site import compress
from pipeline.system.progress import silent
from tests.support.checked import sealed_facts
from tests.support.versions import Place, make_web, snapshot

GIT = str(shutil.which("git"))


class Deployed:
    """A site, and how to deploy it."""

    def __init__(self, root: Path) -> None:
        """Take the place in a folder, or make a site of one version there,"""
        there = (root / "site").exists()
        self.place, self.said = Place(root), list[str]()
        self.site = self.place.site
        if not there:
            self.change(1)

    def change(self, number: int) -> str:
        """Publish another version and another page; returns the version."""
        make_web(self.place.web, build=str(number), padding=compress.LEAST)
        weights = random.Random(number).randbytes(2000)
        return self.place.publish(weights, **sealed_facts(weights)).version

    def replace(self, number: int) -> None:
        """Change it, and prune."""
        self.change(number)
        self.prune()

    def prune(self) -> None:
        """Delete what is neither live nor pinned."""
        self.place.prune(progress=silent)

    def deploy(self, target: str | Path, **options: Any) -> Deployment:
        """Deploy it; `said` has the progress."""
        self.said.clear()
        return deploy_site(self.site, str(target), progress=self.said.append, **options)


def content(folder: Path) -> dict[str, bytes]:
    """Read the files that a folder shows to visitors:

    not its locks, the record, or git's own.
    """
    return without_own(snapshot(folder))


def without_own(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out what only deployments read."""
    own = ("deployed.json", ".git/", ".deploying")
    return {path: text for path, text in files.items() if not path.startswith(own)}


class FsspecTarget:
    """A place that fsspec opens, a folder too, read through fsspec."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        options = {} if "://" in url else {"auto_mkdir": True}
        self.fs, self.root = fsspec.url_to_fs(url, skip_instance_cache=True, **options)

    def files(self) -> dict[str, bytes]:
        """Path → content of each file that is there."""
        self.fs.invalidate_cache()
        paths = self.fs.find(self.root)
        return {
            path.removeprefix(f"{self.root}/"): bytes(self.fs.cat_file(path))
            for path in paths
        }

    def add(self, path: str, content: bytes) -> None:
        """Put a file there, or change one, as somebody else would."""
        self.fs.pipe_file(f"{self.root}/{path}", content)


class BranchTarget:
    """The branch gh-pages of a bare repository."""

    def __init__(self, root: Path) -> None:
        self.remote, self.work = root / "remote.git", root / "work"
        self.url = str(self.remote)
        git("init", "--quiet", "--bare", "--initial-branch=main", self.url)
        git("config", "uploadpack.allowFilter", "true", at=self.remote)

    def files(self) -> dict[str, bytes]:
        return snapshot(checked_out(self.remote, self.work))

    def add(self, path: str, content: bytes) -> None:
        add(self.remote, self.work, {path: content})


Target = FsspecTarget | BranchTarget


def git(*words: str, at: Path | None = None) -> str:
    """Run git; returns what it printed."""
    where = [] if at is None else ["-C", str(at)]
    return subprocess.run(
        [GIT, *where, *words], capture_output=True, text=True, check=True
    ).stdout.strip()


def checked_out(remote: Path, folder: Path, name: str = "gh-pages") -> Path:
    """Read the files of the branch, which a host of pages shows."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if git("for-each-ref", f"refs/heads/{name.removeprefix('refs/heads/')}", at=remote):
        command = [GIT, "-C", str(remote), "-c", "core.autocrlf=false", "archive", name]
        archive = subprocess.run(command, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", str(folder)], input=archive, check=True)
    return folder


def add(
    remote: Path, folder: Path, files: Mapping[str, bytes], name: str = "gh-pages"
) -> None:
    """Make somebody's own commit on a branch."""
    shutil.rmtree(folder, ignore_errors=True)
    git("clone", "--quiet", str(remote), str(folder))
    found = subprocess.run(
        [GIT, "-C", str(folder), "checkout", "--quiet", name],
        capture_output=True,
        check=False,
    )
    if found.returncode:
        git("checkout", "--quiet", "--orphan", name, at=folder)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text)
    git("add", "--all", at=folder)
    identity = (
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "commit.gpgsign=false",
    )
    git(*identity, "commit", "--quiet", "--message", "By hand", at=folder)
    git("push", "--quiet", "origin", name, at=folder)
