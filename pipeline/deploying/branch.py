"""Deploy to a branch of a git repository: one commit, pushed without force, so visitors get the former site or the new.

Git says what is new: files with the same content have the same id. Its own commands alone are used, on an empty
repository that holds nothing but the newest commit of the branch. Files are stored as they are: no filter or conversion
of line ends that the user or the branch configures changes a byte. Credentials are git's own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.deploying.plan import LINK, Deployment, Plan, Target, make_plan
from pipeline.deploying.site_files import RECORD_NAME, SiteFiles
from pipeline.errors import ConfigError, PublishError
from pipeline.system.progress import Progress, bar

ATTEMPTS = 2  # the second one on top of what somebody else pushed meanwhile
_OF_A_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_NAMESPACE")


def deploy_to_branch(
    read: Callable[[], SiteFiles], target: Target, scratch: Path, *, dry_run: bool, progress: Progress
) -> Deployment:
    """See `deploy.deploy_site`. A push that comes after somebody else's is tried once more, on top of that."""
    repository = _Repository(scratch, target)
    for _ in range(ATTEMPTS):
        head = repository.head()
        blobs, there = repository.tree(head)
        record = repository.run("cat-file", "blob", blobs[RECORD_NAME]).encode() if RECORD_NAME in blobs else None
        site = read()
        right = {item.path for item in site.items if blobs.get(item.path) == _blob(item.read())}
        plan = make_plan(site, record, there, lambda item, right=right: item.path in right, str(target))  # type: ignore[misc]
        if dry_run or not plan.needed:
            return plan.outcome(str(target), dry_run=dry_run)
        progress(f"Pushing to {target}. New: {len(plan.upload):,} files. Gone: {len(plan.remove):,}.")
        commit = repository.commit(plan, head)
        with bar(progress, "push"):
            pushed = repository.attempt("push", "--quiet", "origin", f"{commit}:{repository.ref}") is not None
        if pushed:
            return plan.outcome(str(target), dry_run=False, commit=commit)
        if head == repository.head():
            raise repository.failure()
        progress("Somebody else has pushed meanwhile: trying again on top of that.")
    raise PublishError(
        f"One deployment at a time. Received: {target}, to which somebody else pushed twice meanwhile. Nothing was "
        "changed by this one. Run it again."
    )


class _Repository:
    """An empty repository of our own, and the branch of the target."""

    def __init__(self, folder: Path, target: Target) -> None:
        """Create it. PublishError without git, ConfigError if the branch cannot have its name."""
        self._git = str(shutil.which("git"))
        if self._git == "None":
            raise PublishError("To deploy to a branch, git must be installed. Install it (https://git-scm.com).")
        self._target, self.ref, self._said = target, f"refs/heads/{target.branch}", ""
        self._environment = {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
        self._environment |= {"GIT_DIR": str(folder / "git"), "LC_ALL": "C", "GIT_ADVICE": "0"}
        if not sys.stdin.isatty():  # nobody would answer
            self._environment |= {"GIT_TERMINAL_PROMPT": "0"}
        self.run("init", "--quiet", "--bare", str(folder / "git"))
        if self.attempt("check-ref-format", self.ref) is None:
            raise ConfigError(f"A branch must have a name that git can use. Received: {target.branch!r}. Correct it.")
        self.run("remote", "add", "origin", str(target.path or target.url))

    def head(self) -> str | None:
        """Fetch the newest commit of the branch, without the content of its files; None if there is none."""
        if not self.run("ls-remote", "origin", self.ref).split():
            return None
        self.run("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "origin", self.ref)
        return self.run("rev-parse", "FETCH_HEAD").strip()

    def tree(self, commit: str | None) -> tuple[dict[str, str], dict[str, int]]:
        """Path → git's id of each file of a commit, and path → 0, or LINK for what is no file."""
        rows = self.run("ls-tree", "-r", "-z", "--full-tree", commit).split("\0") if commit else []
        facts = {path: facts.split() for facts, _, path in (row.partition("\t") for row in rows if row)}
        there = {path: 0 if mode.startswith("100") else LINK for path, (mode, _, _) in facts.items()}
        return {path: blob for path, (_, _, blob) in facts.items()}, there

    def commit(self, plan: Plan, head: str | None) -> str:
        """Make a commit on top of `head`; returns its id."""
        who = (
            self.attempt("var", "GIT_COMMITTER_IDENT") or f"pipeline deploy <deploy@localhost> {time.time():.0f} +0000"
        )
        lines = [
            b"commit refs/heads/new\ncommitter %s\n" % who.strip().encode(),
            _data(f"Deploy {plan.site.title}".encode()),
        ]
        lines += [f"from {head}\n".encode()] if head else []
        lines += [f'D "{path}"\n'.encode() for path in plan.remove]
        for path, content in [*((item.path, item.read()) for item in plan.upload), (RECORD_NAME, plan.finished)]:
            lines += [f'M 100644 inline "{path}"\n'.encode(), _data(content)]
        self.run("fast-import", "--quiet", "--force", input_=b"".join(lines))
        return self.run("rev-parse", "refs/heads/new").strip()

    def failure(self) -> PublishError:
        """Tell what the last command that failed said."""
        lines = [line for line in self._said.splitlines() if line.strip() and not line.startswith("hint:")]
        said = self._target.hide(" ".join(" ".join(lines).split())).rstrip(".") or "no reason"
        return PublishError(
            f"Cannot deploy to {self._target}: {said:.300}. Visitors get what was there before. Check the address, "
            "your access to it and your network, then run it again."
        )

    def run(self, *words: str, input_: bytes = b"") -> str:
        """Return what a git command printed; PublishError if it failed."""
        answer = self.attempt(*words, input_=input_)
        if answer is None:
            raise self.failure()
        return answer

    def attempt(self, *words: str, input_: bytes = b"") -> str | None:
        """Return what a git command printed; None if it failed."""
        command = [self._git, *words]
        done = subprocess.run(command, input=input_, env=self._environment, capture_output=True, check=False)
        if done.returncode:
            self._said = done.stderr.decode(errors="replace")
            return None
        return done.stdout.decode()


def _blob(content: bytes) -> str:
    """Git's id of a file."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
