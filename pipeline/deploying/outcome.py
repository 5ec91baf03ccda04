"""What a deployment did, or would do."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Change:
    """A file that was uploaded or removed, or would be."""

    path: str  # from the root of the site
    bytes: int  # as they lie on the target, perhaps compressed


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The result of `deploy_site`."""

    target: str  # without passwords
    dry_run: bool
    uploaded: tuple[Change, ...]  # in this order
    removed: tuple[Change, ...]  # after that, in this order
    unchanged: int  # files that were there already
    commit: str | None = None  # that the branch has now; None for other targets, and a dry run


def total(changes: Iterable[Change]) -> str:
    """How many and how large, for people."""
    changes = list(changes)
    files = "1 file" if len(changes) == 1 else f"{len(changes):,} files"
    return f"{files}, {sum(change.bytes for change in changes) / 1000:,.1f} kB"
