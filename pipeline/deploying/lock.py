"""One deployer at a time: a lock on this machine, which the system releases, and one on the target, for other machines.

Whoever holds this machine's lock for a target knows that a lock there with this machine's name is left by a kill, and
takes it over. That of another machine is never judged: its owner is named, and somebody decides.
"""

import contextlib
import hashlib
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.deploying.stores import OWNER, Store
from pipeline.deploying.targets import Target
from pipeline.errors import PublishError, translating_errors
from pipeline.system.files import scratch_folder, write_files_atomically
from pipeline.system.json_records import utc_now
from pipeline.system.locks import exclusive
from pipeline.system.outside import parse_json
from pipeline.system.progress import Progress

_NAME = "machine"


class Lock:
    """The lock on a target, held by this process."""

    def __init__(self, store: Store, owner: bytes, target: Target) -> None:
        """`owner` is what the lock says."""
        self._store, self._owner, self._target = store, owner, target

    def require(self) -> None:
        """Raise PublishError if somebody took the lock over."""
        if self._store.read(OWNER) != self._owner:
            raise PublishError(
                f"Somebody took over the lock on {self._target}, so this deployment ends. What it uploaded is not "
                "pointed at. Run it again once the other one has ended."
            )


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What this machine has for a deployment."""

    name: str  # that no other machine has; "" for a dry run
    scratch: Path  # an empty folder


@contextmanager
def workplace(target: Target, cache: Path, *, dry_run: bool, progress: Progress) -> Iterator[Workplace]:
    """Keep other processes of this machine from deploying to a target. A dry run keeps nobody from anything."""
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="pipeline-deploy-") as scratch:
            yield Workplace(name="", scratch=Path(scratch))
        return
    folder = cache / "deploying" / hashlib.sha256(str(target.path or target).encode()).hexdigest()[:16]
    with contextlib.ExitStack() as stack:
        with translating_errors(folder):
            stack.enter_context(exclusive(folder, progress=progress))  # and clear what a kill left
            file = folder / _NAME
            if not file.exists():
                write_files_atomically([(file, secrets.token_hex(8).encode())])
            place = Workplace(name=file.read_text(), scratch=stack.enter_context(scratch_folder(folder)))
        yield place


@contextmanager
def locked(store: Store, target: Target, machine: str, *, break_lock: bool, progress: Progress) -> Iterator[Lock]:
    """Hold the lock on a target. `machine` is the name of its `workplace`.

    Raises PublishError if a deployer on another machine holds it, unless `break_lock`.
    """
    facts = {"machine": machine, "host": socket.gethostname(), "pid": os.getpid(), "since": utc_now()}
    owner = json.dumps(facts | {"run": secrets.token_hex(8)}).encode()
    if not store.lock(owner, machine):
        former = _read(store)
        if former.get("machine") == machine:
            progress("An earlier deployment from this machine was ended; this one continues it.")
        elif break_lock:
            progress(f"Breaking the lock of {_named(former)}.")
        else:
            raise PublishError(
                f"One deployment at a time. Received: {target}, to which {_named(former)} is deploying. Nothing was "
                "changed. Wait for it; if it was ended, pass --break-lock."
            )
        store.unlock()
        if not store.lock(owner, machine):
            raise PublishError(f"One deployment at a time. Received: {target}, which another one has just taken.")
    try:
        yield Lock(store, owner, target)
    except BaseException:
        with contextlib.suppress(Exception):  # the connection may be what failed; the next run takes the lock over
            _release(store, owner)
        raise
    _release(store, owner)


def _release(store: Store, owner: bytes) -> None:
    if store.read(OWNER) == owner:
        store.unlock()


def _read(store: Store) -> dict[str, object]:
    try:
        found = parse_json(store.read(OWNER) or b"{}")
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def _named(owner: dict[str, object]) -> str:
    return f"process {owner.get('pid')} on {owner.get('host')} (since {owner.get('since')})"
