"""Power cuts: of what an operation has not flushed, any part may be lost, torn or
written before the rest.

An operation runs once in a forked process that records what it does to a folder. From
the record follow the disks that a power cut at any moment can leave. A file's content
is kept by its fsync; an entry (a new name, a rename, a deletion) by the fsync of its
folder. Until then each entry may be on the disk or not, in any order, and a file may be
empty, half written or whole. That is less than most file systems promise.
"""

import io
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from tests.support.disk import Watch, forked
from tests.support.faults import CUT, Outcome, Scenario

# folder, name, file; at one moment
Event = (
    tuple[Literal["entries"], list[tuple[int, str, int | None]]]
    | tuple[Literal["written", "flushed"], int, bytes]
    | tuple[Literal["folder flushed"], int]
)
Files = dict[str, bytes | None]  # by path; None is a folder
# changes, of each of which the loss is tried alone, and the loss of all others
LAST = 6
_SCRATCH = re.compile(r"(^|/)\.(?!nojekyll|keras-web-pipeline)[^/]*")


def cut(
    scenario: Scenario, root: Path, *, most: int | None = None, seed: int = 1
) -> Counter[str]:
    """Check what power cuts during an operation on folders in `root` leave; counts the
    results.

    Each disk that differs in more than scratch is tried once; or `most` of them, spread
    over the operation.
    """
    scenario.restore()
    start = _Tree(root)
    events = _record(scenario.work, root)
    disks = {
        _essence(disk): disk for disk in _disks(start, events, random.Random(seed))
    }
    chosen = [*disks.values()]
    chosen = (
        chosen
        if most is None
        else [chosen[n * (len(chosen) - 1) // (most - 1)] for n in range(most)]
    )
    counts: Counter[str] = Counter()
    for number, disk in enumerate(chosen):
        scenario.restore()
        _lay_out(root, start.files(), disk)
        try:
            counts[scenario.check(Outcome(CUT, "", ()))] += 1
        except Exception as error:
            error.add_note(
                f"power cut, disk {number} of {len(chosen)}:"
                f" {_differences(start.files(), disk)}"
            )
            raise
    return counts


class _Tree:
    """Folders and files below a folder, by the numbers of their inodes."""

    def __init__(self, root: Path) -> None:
        self.top = root.stat().st_ino
        self.entries: dict[int, dict[str, int]] = {}
        self.contents: dict[int, bytes] = {}
        for current, folders, names in os.walk(root):
            folders[:] = [name for name in folders if not name.endswith("-saved")]
            at = Path(current)
            self.entries[at.stat().st_ino] = {
                name: (at / name).stat().st_ino for name in (*folders, *names)
            }
            self.contents |= {
                (at / name).stat().st_ino: (at / name).read_bytes() for name in names
            }

    def files(self) -> Files:
        return dict(
            _walk(self.top, self.entries, lambda file: self.contents.get(file, b""))
        )


def _walk(
    folder: int,
    entries: dict[int, dict[str, int]],
    content: Callable[[int], bytes],
    prefix: str = "",
) -> Iterator[tuple[str, bytes | None]]:
    for name, inode in sorted(entries[folder].items()):
        if inode in entries:
            yield prefix + name, None
            yield from _walk(inode, entries, content, f"{prefix}{name}/")
        else:
            yield prefix + name, content(inode)


def _disks(start: _Tree, events: list[Event], chance: random.Random) -> Iterator[Files]:
    """The disks that a power cut after each of the events can leave."""
    changes: list[list[tuple[int, str, int | None]]] = []
    pending: list[int] = []  # changes of entries that no flush has kept
    written, kept = dict(start.contents), dict(start.contents)
    for event in events:
        if event[0] == "entries":
            pending.append(len(changes))
            changes.append(event[1])
        elif event[0] == "folder flushed":
            pending = [
                n
                for n in pending
                if all(folder != event[1] for folder, _, _ in changes[n])
            ]
        else:
            written[event[1]] = event[2]
            if event[0] == "flushed":
                kept[event[1]] = event[2]
        last = {*pending[-LAST:]}
        losses = [
            {*pending},
            set(),
            *({n} for n in last),
            *({*pending} - {n} for n in last),
            *_some(pending, chance),
        ]
        for lost in losses:
            for share in (0, 0.5, 1) if written != kept else (1,):
                yield _left(
                    start,
                    [c for n, c in enumerate(changes) if n not in lost],
                    written,
                    kept,
                    share,
                )


def _some(pending: list[int], chance: random.Random) -> list[set[int]]:
    return [
        {n for n in pending if chance.random() < share} for share in (0.2, 0.5, 0.8)
    ]


def _left(
    start: _Tree,
    changes: list[list[tuple[int, str, int | None]]],
    written: dict[int, bytes],
    kept: dict[int, bytes],
    share: float,
) -> Files:
    entries = {folder: dict(names) for folder, names in start.entries.items()}
    for folder, name, inode in (entry for change in changes for entry in change):
        names = entries.setdefault(folder, {})
        names.pop(name, None)
        if inode is not None:
            names[name] = inode
            if inode not in written:
                entries.setdefault(inode, {})  # a folder

    def content(inode: int) -> bytes:
        whole = written[inode]
        return whole if kept.get(inode) == whole else whole[: int(len(whole) * share)]

    return dict(_walk(start.top, entries, content))


def _essence(disk: Files) -> frozenset[tuple[str, bytes | None]]:
    """A disk without the scratch on it, but with whether there is some."""
    return frozenset(
        (_SCRATCH.sub(r"\1.", path), None if _SCRATCH.search(path) else content)
        for path, content in disk.items()
    )


def _differences(before: Files, disk: Files) -> list[str]:
    changed = {
        path
        for path in before.keys() | disk.keys()
        if before.get(path, path) != disk.get(path, path)
    }
    return [
        f"{path} {'gone' if path not in disk else len(disk[path] or b'')}"
        for path in sorted(changed)
    ]


def _lay_out(root: Path, before: Files, disk: Files) -> None:
    """Make the disk such, where it is as `before`."""
    for path in sorted(before.keys() | disk.keys()):
        if before.get(path, path) == disk.get(path, path):
            continue
        target = root / path
        if path in before and target.exists():
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        if path in disk and (content := disk[path]) is None:
            target.mkdir(exist_ok=True)
        elif path in disk and content is not None:
            target.write_bytes(content)


def _record(work: Callable[[], object], root: Path) -> list[Event]:
    """Run an operation in a forked process; returns what it did to the folder."""

    def recorded() -> list[Event]:
        recorder = _Recorder(root)
        recorder.watch()
        work()
        return recorder.events

    _, events = forked(recorded)
    assert events is not None
    return list(events)


class _Recorder(Watch):
    """Records the changes that this process makes below a folder."""

    def __init__(self, root: Path) -> None:
        self.events: list[Event] = []
        self._root, self._read = root, io.open
        self._new, self._numbers = 2**64, dict[int, int]()

    def call(
        self, name: str, real: Callable[..., Any], *args: Any, **options: Any
    ) -> Any:
        if name == "exchange":
            return self._exchange(real, *args)
        paths = [
            _path(one, options.get("dir_fd"))
            for one in args[:2]
            if isinstance(one, str | os.PathLike)
        ]
        creates = (name == "open" and args[1] & os.O_CREAT) or (
            name == "open file" and set(args[1]) & set("wxa")
        )
        new = name == "mkdir" or (creates and paths and not paths[0].exists())
        moved = (
            self._number(paths[0]) if name in ("rename", "replace", "link") else None
        )
        result = real(*args, **options)
        if new:
            self._made(paths[0])
        elif name in ("unlink", "remove", "rmdir"):
            self._entries((paths[0], None))
        elif name in ("rename", "replace"):
            self._entries((paths[0], None), (paths[1], moved))
        elif name == "link":
            self._entries((paths[1], moved))
        elif name == "fsync" and (path := _of(args[0])).is_dir():
            self.events.append(("folder flushed", self._number(path)))
        elif name == "fsync":
            self._content("flushed", path)
        return result

    def closed(self, path: Any, mode: str) -> None:
        if set(mode) & set("wxa+") and not isinstance(path, int):
            self._content("written", _path(path))

    def _exchange(self, real: Callable[..., Any], *args: Any) -> Any:
        """Two folders change their names."""
        one, other = (Path(os.fsdecode(arg)) for arg in args if isinstance(arg, bytes))
        files = self._number(one), self._number(other)
        failed = real(*args)
        if not failed:
            self._entries((one, files[1]), (other, files[0]))
        return failed

    def _number(self, path: Path) -> int:
        """The number of a file or folder; new ones have others than those whose inodes
        they got.
        """
        inode = path.lstat().st_ino
        return self._numbers.get(inode, inode)

    def _entries(self, *changes: tuple[Path, int | None]) -> None:
        """Record that paths now lead to these files, or to none."""
        if all(path.is_relative_to(self._root) for path, _ in changes):
            self.events.append(
                (
                    "entries",
                    [
                        (self._number(path.parent), path.name, file)
                        for path, file in changes
                    ],
                )
            )

    def _made(self, path: Path) -> None:
        """Record a new file or folder."""
        self._new += 1
        self._numbers[path.stat().st_ino] = self._new
        if path.is_file() and path.is_relative_to(self._root):
            self.events.append(("written", self._new, b""))
        self._entries((path, self._new))

    def _content(self, kind: Literal["written", "flushed"], path: Path) -> None:
        """Record what a file holds."""
        if path.is_relative_to(self._root) and path.is_file():
            with self._read(path, "rb") as file:
                self.events.append((kind, self._number(path), file.read()))


def _path(name: str | os.PathLike[str], folder: int | None = None) -> Path:
    """An absolute path, of a name in an opened folder too."""
    return (Path.cwd() if folder is None else _of(folder)) / name


def _of(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()
