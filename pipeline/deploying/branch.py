"""Deploy to a branch of a git repository: one commit, pushed without force, so visitors get the former site or the new.

Git says what is new: files with the same content have the same id. Its own commands alone are used, on an empty
repository that holds nothing but the newest commit of the branch. Files are stored as they are: no filter or conversion
of line ends that the user or the branch configures changes a byte. Credentials are git's own.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.deploying.outcome import Change, Deployment, total
from pipeline.deploying.record import RECORD_NAME, Entry, Record, parse_record, require_ours
from pipeline.deploying.site_files import Item, held, read_items
from pipeline.deploying.targets import Target
from pipeline.errors import ConfigError, PublishError
from pipeline.site.index import published_names
from pipeline.site.pointers import live_manifest
from pipeline.system.progress import Progress, bar

ATTEMPTS = 2  # the second one on top of what somebody else pushed meanwhile
_FILE = "100644"
_AUTHOR = {"NAME": "pipeline deploy", "EMAIL": "pipeline-deploy@localhost"}  # where the user has told git no name
_OF_A_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_NAMESPACE")


def deploy_to_branch(site: Path, target: Target, scratch: Path, *, dry_run: bool, progress: Progress) -> Deployment:
    """See `deploy.deploy_site`. A push that comes after somebody else's is tried once more, on top of that."""
    repository = _Repository(scratch, target)
    head = repository.head()
    with held(site, dry_run=dry_run, progress=progress) as paths:
        items = read_items(site, paths, with_headers=False)
        blobs = repository.store([item.source for item in items])
        message = _message(site)
    blob_of = dict(zip((item.path for item in items), blobs, strict=True))
    for _ in range(ATTEMPTS):
        change = _compare(repository, head, items, blob_of, target)
        done = _outcome(change, items, target, dry_run=dry_run, commit=None)
        if dry_run or not change.needed:
            return done
        progress(f"Pushing to {target}. New: {total(done.uploaded)}. Gone: {len(done.removed):,}.")
        commit = repository.commit(change, head, message)
        with bar(progress, "push"):
            pushed = repository.push(commit)
        if pushed:
            return _outcome(change, items, target, dry_run=False, commit=commit)
        former, head = head, repository.head()
        if former == head:
            raise repository.failure("push to")
        progress("Somebody else has pushed meanwhile: trying again on top of that.")
    raise PublishError(
        f"One deployment at a time. Received: {target}, to which somebody else pushed twice meanwhile. Nothing was "
        "changed by this one. Run it again."
    )


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What a commit changes."""

    blobs: dict[str, str]  # path → git's id of the content, of new and changed files, the record included
    removed: dict[str, int]  # path → bytes

    @property
    def needed(self) -> bool:
        return bool(self.blobs or self.removed)


def _compare(
    repository: "_Repository", head: str | None, items: Iterable[Item], blob_of: dict[str, str], target: Target
) -> _Change:
    there = repository.tree(head)
    content = repository.content(there[RECORD_NAME]) if RECORD_NAME in there else None
    record = None if content is None else parse_record(content, str(target))
    known: dict[str, Entry] = record.files if record else {}
    foreign = there.keys() - known.keys() - ({RECORD_NAME} if record else set())
    require_ours(record, foreign, blob_of, str(target))
    files = {item.path: item.entry for item in items}
    (record_blob,) = repository.store([Record(files=files).rendered()])
    wanted = {**blob_of, RECORD_NAME: record_blob}
    return _Change(
        blobs={path: blob for path, blob in wanted.items() if there.get(path) != blob},
        removed={path: entry.bytes for path, entry in known.items() if path in there and path not in wanted},
    )


def _outcome(
    change: _Change, items: Iterable[Item], target: Target, *, dry_run: bool, commit: str | None
) -> Deployment:
    sizes = {item.path: item.entry.bytes for item in items}
    return Deployment(
        target=str(target),
        dry_run=dry_run,
        uploaded=tuple(Change(path=path, bytes=size) for path, size in sizes.items() if path in change.blobs),
        removed=tuple(Change(path=path, bytes=size) for path, size in change.removed.items()),
        unchanged=sum(path not in change.blobs for path in sizes),
        commit=commit,
    )


def _message(site: Path) -> str:
    models = site / "models"
    live = (live_manifest(models, name) for name in published_names(models))
    return "Deploy " + ", ".join(f"{manifest.name} {manifest.version}" for manifest in live)


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
        self._run("remote", "add", "origin", _absolute(target))

    def head(self) -> str | None:
        """The newest commit of the branch, which is fetched without the content of its files; None if there is none."""
        listed = self._run("ls-remote", "origin", self._ref, doing="reach").split()
        if not listed:
            return None
        self._run(
            "fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "origin", self._ref, doing="reach"
        )
        return self._run("rev-parse", "FETCH_HEAD").strip()

    def tree(self, commit: str | None) -> dict[str, str]:
        """Path → git's id of each file of a commit."""
        if commit is None:
            return {}
        rows = self._run("ls-tree", "-r", "-z", "--full-tree", commit).split("\0")
        return {path: facts.split()[2] for facts, _, path in (row.partition("\t") for row in rows if row)}

    def content(self, blob: str) -> bytes:
        """The content of a file, which is fetched if the branch alone has it."""
        return self._run("cat-file", "blob", blob, doing="read from").encode()

    def store(self, files: Iterable[Path | bytes]) -> list[str]:
        """Put files into the repository as they are; git's id of each."""
        ids: list[str] = []
        paths = []
        for file in files:
            if isinstance(file, bytes):
                ids.append(self._run("hash-object", "-w", "--stdin", input_=file.decode()).strip())
            else:
                paths.append(str(file.absolute()))
        if paths:
            ids += self._run("hash-object", "-w", "--no-filters", "--stdin-paths", input_="\n".join(paths)).split()
        return ids

    def commit(self, change: _Change, head: str | None, message: str) -> str:
        """A commit on top of `head`."""
        self._run("read-tree", head or "--empty")
        lines = [f"0 {'0' * 40}\t{path}\0" for path in change.removed]
        lines += [f"{_FILE} {blob}\t{path}\0" for path, blob in change.blobs.items()]
        self._run("update-index", "-z", "--index-info", input_="".join(lines))
        tree = self._run("write-tree").strip()
        if self._try("var", "GIT_COMMITTER_IDENT") is None:
            for role in ("AUTHOR", "COMMITTER"):
                for key, value in _AUTHOR.items():
                    self._environment.setdefault(f"GIT_{role}_{key}", value)
        parents = ["-p", head] if head else []
        return self._run("commit-tree", tree, *parents, "-m", message).strip()

    def push(self, commit: str) -> bool:
        """Make a commit that of the branch, if that is still its parent; False if it was refused for any reason."""
        return self._try("push", "--quiet", "origin", f"{commit}:{self._ref}") is not None

    def failure(self, doing: str) -> PublishError:
        """What the last command that failed said."""
        lines = [line for line in self._said.splitlines() if line.strip() and not line.startswith("hint:")]
        said = self._target.hide(" ".join(" ".join(lines).split())).rstrip(".") or "no reason"
        return PublishError(
            f"Cannot {doing} {self._target}: {said:.300}. Visitors get what was there before. Check the address, your "
            "access to it and your network, then run it again."
        )

    def _run(self, *words: str, input_: str = "", doing: str = "prepare the commit for") -> str:
        answer = self._try(*words, input_=input_)
        if answer is None:
            raise self.failure(doing)
        return answer

    def _try(self, *words: str, input_: str = "") -> str | None:
        """What a git command printed; None if it failed."""
        command = [str(self._git), *words]
        done = subprocess.run(command, input=input_.encode(), env=self._environment, capture_output=True, check=False)
        if done.returncode:
            self._said = done.stderr.decode(errors="replace")
            return None
        return done.stdout.decode()


def _absolute(target: Target) -> str:
    return target.url if target.path is None or "://" in target.url else str(target.path)
