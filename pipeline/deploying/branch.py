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
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.deploying.plan import LINK, Deployment, Plan, make_plan
from pipeline.deploying.site_files import RECORD_NAME, Item, SiteFiles
from pipeline.deploying.targets import Target
from pipeline.errors import ConfigError, PublishError
from pipeline.system.progress import Progress, bar

ATTEMPTS = 2  # the second one on top of what somebody else pushed meanwhile
_OF_A_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_NAMESPACE")


def deploy_to_branch(
    read: Callable[[], SiteFiles], target: Target, scratch: Path, *, dry_run: bool, progress: Progress
) -> Deployment:
    """See `deploy.deploy_site`. A push that comes after somebody else's is tried once more, on top of that."""
    repository, where = _Repository(scratch, target), str(target)
    for _ in range(ATTEMPTS):
        head = repository.head()
        blobs, sizes = repository.tree(head)
        record = repository.content(blobs[RECORD_NAME]) if RECORD_NAME in blobs else None

        def same(item: Item, blobs: Mapping[str, str] = blobs) -> bool:
            return blobs[item.path] == _blob(item.read())

        plan = make_plan(read(), record, sizes, same, where)
        if dry_run or not plan.needed:
            return plan.outcome(where, dry_run=dry_run)
        progress(f"Pushing to {target}. {plan}")
        commit = repository.commit(plan, head)
        with bar(progress, "push"):
            pushed = repository.push()
        if pushed:
            return plan.outcome(where, dry_run=False, commit=commit)
        if head == repository.head():
            raise repository.failure("push to")
        progress("Somebody else has pushed meanwhile: trying again on top of that.")
    raise PublishError(
        f"One deployment at a time. Received: {target}, to which somebody else pushed twice meanwhile. Nothing was "
        "changed by this one. Run it again."
    )


def _blob(content: bytes) -> str:
    """Git's id of a file."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class _Repository:
    """An empty repository of our own, and the branch of the target."""

    def __init__(self, folder: Path, target: Target) -> None:
        """Create it. PublishError without git, ConfigError if the branch cannot have its name."""
        self._git = shutil.which("git")
        if self._git is None:
            raise PublishError(
                "To deploy to a branch, git must be installed. Received: no git on the PATH. Install it "
                "(https://git-scm.com), or deploy to a folder or a bucket."
            )
        self._target, self._ref = target, f"refs/heads/{target.branch}"
        self._said = ""  # by the last command that failed
        environment = {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
        environment |= {"GIT_DIR": str(folder / "git"), "LC_ALL": "C", "GIT_ADVICE": "0"}
        if not sys.stdin.isatty():  # nobody would answer
            environment |= {"GIT_TERMINAL_PROMPT": "0"}
        self._environment = environment
        self._run("init", "--quiet", "--bare", str(folder / "git"))
        if self._try("check-ref-format", self._ref) is None:
            raise ConfigError(f"A branch must have a name that git can use. Received: {target.branch!r}. Correct it.")
        self._run(
            "remote", "add", "origin", target.url if target.path is None or "://" in target.url else str(target.path)
        )

    def head(self) -> str | None:
        """The newest commit of the branch, which is fetched without the content of its files; None if there is none."""
        if not self._run("ls-remote", "origin", self._ref, doing="reach").split():
            return None
        options = ("--quiet", "--no-tags", "--depth=1", "--filter=blob:none")
        self._run("fetch", *options, "origin", self._ref, doing="reach")
        return self._run("rev-parse", "FETCH_HEAD").strip()

    def tree(self, commit: str | None) -> tuple[dict[str, str], dict[str, int]]:
        """Path → git's id of each file of a commit, and path → 0, or LINK for what is no file."""
        rows = self._run("ls-tree", "-r", "-z", "--full-tree", commit).split("\0") if commit else []
        facts = {path: facts.split() for facts, _, path in (row.partition("\t") for row in rows if row)}
        kinds = {path: 0 if mode.startswith("100") else LINK for path, (mode, _, _) in facts.items()}
        return {path: blob for path, (_, _, blob) in facts.items()}, kinds

    def content(self, blob: str) -> bytes:
        """The content of a file, which is fetched if the branch alone has it."""
        return self._run("cat-file", "blob", blob, doing="read from").encode()

    def commit(self, plan: Plan, head: str | None) -> str:
        """Make a commit on top of `head`; returns its id."""
        who = self._try("var", "GIT_COMMITTER_IDENT") or f"pipeline deploy <deploy@localhost> {time.time():.0f} +0000"
        lines = [b"commit refs/heads/new\ncommitter %s\n" % who.strip().encode()]
        lines += [_data(f"Deploy {plan.site.title}".encode()), f"from {head}\n".encode() if head else b""]
        lines += [f"D {_quoted(path)}\n".encode() for path in plan.remove]
        for path, content in [*((item.path, item.read()) for item in plan.upload), (RECORD_NAME, plan.finished)]:
            lines += [f"M 100644 inline {_quoted(path)}\n".encode(), _data(content)]
        self._run("fast-import", "--quiet", "--force", input_=b"".join(lines))
        return self._run("rev-parse", "refs/heads/new").strip()

    def push(self) -> bool:
        """Make the commit that of the branch, if that is still its parent; False if it was refused for any reason."""
        return self._try("push", "--quiet", "origin", f"refs/heads/new:{self._ref}") is not None

    def failure(self, doing: str) -> PublishError:
        """What the last command that failed said."""
        lines = [line for line in self._said.splitlines() if line.strip() and not line.startswith("hint:")]
        said = self._target.hide(" ".join(" ".join(lines).split())).rstrip(".") or "no reason"
        return PublishError(
            f"Cannot {doing} {self._target}: {said:.300}. Visitors get what was there before. Check the address, your "
            "access to it and your network, then run it again."
        )

    def _run(self, *words: str, input_: bytes = b"", doing: str = "prepare the commit for") -> str:
        answer = self._try(*words, input_=input_)
        if answer is None:
            raise self.failure(doing)
        return answer

    def _try(self, *words: str, input_: bytes = b"") -> str | None:
        """What a git command printed; None if it failed."""
        command = [str(self._git), *words]
        done = subprocess.run(command, input=input_, env=self._environment, capture_output=True, check=False)
        if done.returncode:
            self._said = done.stderr.decode(errors="replace")
            return None
        return done.stdout.decode()


def _data(content: bytes) -> bytes:
    return b"data %d\n" % len(content) + content + b"\n"


def _quoted(path: str) -> str:
    escaped = path.replace('"', '\\"')  # the paths of a site have neither backslashes nor control characters
    return f'"{escaped}"'
