"""Deploy to a branch of a git repository: one commit, pushed without force, so visitors
get the former site or the new.

Git's own commands are used, on an empty repository that holds nothing but the newest
commit of the branch. Files are stored as they are: no filter or conversion of line ends
that anybody configures changes a byte. Credentials are git's.
"""

import hashlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from pipeline.deploying.plan import LINK, Plan, SiteFiles
from pipeline.deploying.target import Target
from pipeline.errors import PublishError
from pipeline.site.page import DEPLOYED
from pipeline.system.progress import Progress


class Branch:
    """The branch of a target, and an empty repository of our own.

    OSError says what git said when it failed.
    """

    marked = False  # git refuses a second push by itself

    def __init__(self, target: Target, folder: Path) -> None:
        """Create the repository; PublishError without git."""
        git = shutil.which("git")
        if git is None:
            raise PublishError(
                "To deploy to a branch, git must be installed. Install it"
                " (https://git-scm.com)."
            )
        self._git, self._ref = git, f"refs/heads/{target.branch}"
        self._environment = os.environ | {"GIT_DIR": str(folder / "git"), "LC_ALL": "C"}
        self._run("init", "--quiet", "--bare", str(folder / "git"))
        self._run("remote", "add", "origin", str(target.path or target.url))

    def listing(self) -> dict[str, int]:
        """Fetch the newest commit without its contents:

        path → 0 for each file, LINK for what is no file.
        """
        self._head, self._blobs = self._newest(), dict[str, str]()
        there = {}
        if self._head:
            self._run(
                "fetch",
                "--quiet",
                "--no-tags",
                "--depth=1",
                "--filter=blob:none",
                "origin",
                self._ref,
            )
            self._head = self._run("rev-parse", "FETCH_HEAD").strip()
            for row in self._run(
                "ls-tree", "-r", "-z", "--full-tree", self._head
            ).split("\0")[:-1]:
                facts, _, path = row.partition("\t")
                mode, _, self._blobs[path] = facts.split()
                there[path] = 0 if mode.startswith("100") else LINK
        return there

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, which is text; None if there is none."""
        text = (
            self._run("cat-file", "blob", self._blobs[path])
            if path in self._blobs
            else None
        )
        return None if text is None else text.encode(errors="surrogateescape")

    def holds(self, site: SiteFiles, path: str, *, verify: bool) -> bool:  # noqa: ARG002 (git always compares)
        """Tell whether a file there has the site's content, by git's id."""
        content = site.read(path)
        blob = hashlib.sha1(
            b"blob %d\0" % len(content) + content, usedforsecurity=False
        ).hexdigest()
        return self._blobs[path] == blob

    def carry_out(self, plan: Plan, progress: Progress) -> bool:  # noqa: ARG002 (for stores)
        """Make a commit on top of the newest one and push it; False if somebody else
        has pushed meanwhile.
        """
        try:
            who = self._run("var", "GIT_COMMITTER_IDENT").strip()
        except OSError:  # nobody told git
            who = f"pipeline deploy <deploy@localhost> {time.time():.0f} +0000"
        parts = [
            (
                f"commit {self._ref}\ncommitter {who}\n"
                "data <<END\nDeploy the site\nEND\n"
            ).encode()
        ]
        parts += [f"from {self._head}\n".encode()] if self._head else []
        parts += [b"D %s\n" % _quoted(path) for path in plan.result.removed]
        uploaded = ((path, plan.site.read(path)) for path in plan.result.uploaded)
        for path, content in (*uploaded, (DEPLOYED, plan.record)):
            parts += [
                b"M 100644 inline %s\ndata %d\n" % (_quoted(path), len(content)),
                content,
                b"\n",
            ]
        self._run("fast-import", "--quiet", "--force", input_=b"".join(parts))
        try:
            # the one here, by its whole name
            self._run("push", "--quiet", "origin", "refs/heads/*:refs/heads/*")
        except OSError:
            if self._newest() == self._head:
                raise
            return False
        return True

    def _newest(self) -> str:
        """Ask for the id of the newest commit; "" if there is no such branch."""
        rows = (
            row.split("\t")
            for row in self._run("ls-remote", "origin", self._ref).splitlines()
        )
        # git answers with longer names, too
        return next((commit for commit, name in rows if name == self._ref), "")

    def _run(self, *words: str, input_: bytes = b"") -> str:
        """Return what a git command printed; OSError with what it said if it failed."""
        done = subprocess.run(
            [self._git, *words],
            input=input_,
            env=self._environment,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            lines = done.stderr.decode(errors="replace").splitlines()
            raise OSError(
                " ".join(
                    line
                    for line in lines
                    if not line.startswith(("hint:", "fast-import:"))
                )
            )
        # names of others may be in any encoding
        return done.stdout.decode(errors="surrogateescape")


def _quoted(path: str) -> bytes:
    """Return a path as `git fast-import` reads it, in which no character ends the path
    or the line.
    """
    return b'"%s"' % re.sub(
        rb'["\\\x00-\x1f]',
        lambda found: b"\\%03o" % ord(found[0]),
        path.encode(errors="surrogateescape"),
    )
