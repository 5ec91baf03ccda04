"""Faults at file-system calls: the process is killed, the disk is full, or it fails to
read or write.

An operation runs in a forked process in which every way from Python to the disk is
watched. Its calls are numbered, so that a fault can be put at each of them in turn.
"""

import bisect
import ctypes
import errno
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.errors import disk_error
from tests.support.disk import Watch, forked

Kind = Literal["kill", "ENOSPC", "EIO"]
KINDS: tuple[Kind, ...] = ("kill", "ENOSPC", "EIO")
CUT = -1
Endings = Counter[tuple[Kind, str]]  # how often a fault had a result

_NEEDS_SPACE = {
    *(
        "create",
        "write",
        "write file",
        "flush file",
        "fsync",
        "mkdir",
        "rename",
        "replace",
        "exchange",
        "symlink",
    ),
    "link",
}


@dataclass(frozen=True)
class Fault:
    """Let something happen at call number `at`, the first being 1.

    "kill": SIGKILL before it. "EIO": it fails, the calls after it do not. "ENOSPC": it
    and every later one that needs space fails; a write writes half before.
    """

    kind: Kind
    at: int


@dataclass(frozen=True)
class Outcome:
    """How an operation ended."""

    code: int  # as the command line would exit; -9: killed; CUT: see `power`
    said: str  # the error, by type and message
    calls: tuple[str, ...]  # names of the calls that were made; none if it was killed


@dataclass(frozen=True)
class Scenario:
    """An operation to disturb."""

    work: Callable[[], object]
    restore: Callable[[], object]  # makes the disk as it is before the operation
    # asserts that what a fault left is allowed, and names it
    check: Callable[[Outcome], str]


def run(work: Callable[[], object], fault: Fault | None = None) -> Outcome:
    """Run an operation in a forked process, with a fault or undisturbed."""

    def disturbed() -> tuple[int, str, tuple[str, ...]]:
        disk, code, said = _Disk(fault), 0, ""
        disk.watch()
        try:
            work()
        except BaseException as error:
            # as the command line does
            error = disk_error(error) if isinstance(error, OSError) else error
            code, said = (
                getattr(error, "exit_code", 1),
                f"{type(error).__name__}: {error}",
            )
        return code, said, tuple(disk.calls)

    code, answer = forked(disturbed)
    return Outcome(*answer) if answer else Outcome(code, "", ())


def places(kind: Kind, calls: Iterable[str]) -> list[int]:
    """Numbers of the calls at which a fault of this kind is another than at those
    before.
    """
    return [
        at
        for at, name in enumerate(calls, 1)
        if kind != "ENOSPC" or name in _NEEDS_SPACE
    ]


def sweep(
    scenario: Scenario, *, kinds: Iterable[Kind] = KINDS, every: int = 1, last: int = 0
) -> Endings:
    """Run an operation with a fault at each of its calls in turn, or every n-th, or the
    last ones; counts results.
    """
    play = _Plays(scenario)
    for kind in kinds:
        for at in places(kind, play.calls)[-last:][::every]:
            play(kind, at)
    return play.counts


def sample(scenario: Scenario, *, kinds: Iterable[Kind] = KINDS) -> Endings:
    """The same with few calls: the first, the last, and those on both sides of each
    change of the result.

    Halving finds the changes by kills: all is old if they come early enough, and all is
    new if late enough.
    """
    play = _Plays(scenario)
    seen = {at: play("kill", at) for at in (1, len(play.calls))}
    old, new = seen.values()
    turns = [
        _halve(play, seen, changed)
        for changed in (lambda ending: ending == new, lambda ending: ending != old)
    ]
    for kind in kinds:
        found = places(kind, play.calls)
        near = {found[0], found[-1]}
        for turn in turns:
            at = bisect.bisect_left(found, turn)
            near |= {*found[max(at - 1, 0) : at + 1]}
        for at in sorted(near - (seen.keys() if kind == "kill" else set())):
            play(kind, at)
    return play.counts


def _halve(play: "_Plays", seen: dict[int, str], changed: Callable[[str], bool]) -> int:
    """The first call at which a kill leaves a changed result; `seen` has those of the
    kills so far.
    """
    while True:
        before = max(at for at, ending in seen.items() if not changed(ending))
        after = min(at for at, ending in seen.items() if changed(ending))
        if after - before == 1:
            return after
        middle = (before + after) // 2
        seen[middle] = play("kill", middle)


class _Plays:
    """An operation that is run with one fault after another."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario, self.counts = scenario, Endings()
        scenario.restore()
        undisturbed = run(scenario.work)
        assert undisturbed.code == 0, undisturbed.said
        self.calls = undisturbed.calls

    def __call__(self, kind: Kind, at: int) -> str:
        """Put a fault at a call; the result is counted and returned."""
        self._scenario.restore()
        outcome = run(self._scenario.work, Fault(kind, at))
        try:
            ending = self._scenario.check(outcome)
        except AssertionError as error:
            error.add_note(
                f"{kind} at call {at}, {self.calls[at - 1]}: {outcome.code}"
                f" {outcome.said}"
            )
            raise
        self.counts[kind, ending] += 1
        return ending


class _Disk(Watch):
    """Counts the calls of this process and lets the fault happen."""

    def __init__(self, fault: Fault | None) -> None:
        self._fault, self.calls = fault, list[str]()

    def call(
        self, name: str, real: Callable[..., Any], *args: Any, **options: Any
    ) -> Any:
        if (name == "open" and args[1] & os.O_CREAT) or (
            name == "open file" and set(args[1]) & set("wxa")
        ):
            name = "create"
        try:
            self._step(
                name,
                (
                    (lambda: real(args[0][: len(args[0]) // 2]))
                    if name == "write file"
                    else None
                ),
            )
        except OSError as error:
            if name == "exchange":
                ctypes.set_errno(error.errno or 0)
                return -1
            if name in ("close", "close file"):  # Linux closes in any case
                real(*args)
            raise
        return real(*args, **options)

    def _step(self, name: str, half: Callable[[], object] | None) -> None:
        """Count a call, and let the fault happen if it is its turn; `half` does half of
        what the call does.
        """
        self.calls.append(name)
        fault, number = self._fault, len(self.calls)
        if fault is None or number < fault.at:
            return
        if fault.kind == "ENOSPC" and name in _NEEDS_SPACE:
            if half:
                half()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if number == fault.at and fault.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if number == fault.at and fault.kind == "EIO":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
