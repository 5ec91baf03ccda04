"""What a deployment to a folder or bucket has to do: upload what is new, in order, and then delete what is gone."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.deploying.record import Entry, Record
from pipeline.deploying.site_files import Item
from pipeline.site.order import order, original_of


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps, in order: write `announced`, upload, remove, write `finished`."""

    announced: Record
    upload: tuple[Item, ...]
    copies: dict[str, tuple[str, ...]]  # of a file to replace → its compressed copies on the target, deleted before it
    remove: tuple[str, ...]
    finished: Record


def plan(items: Sequence[Item], record: Record, listing: Mapping[str, int]) -> Plan:
    """Compare the files of a site, in their order, with what the target's record and its listing (path → bytes) say."""
    stale = {item.path for item in items if not _is_there(item, record, listing)}
    # A copy must never lie beside another original, so it is deleted before that is replaced, and uploaded after it.
    upload = tuple(item for item in items if item.path in stale or original_of(item.path) in stale)
    wanted = {item.path: item.entry for item in items}
    gone = [path for path in record.files if path not in wanted and path in listing]
    announced = {path: entry for path, entry in record.files.items() if path in listing}
    announced |= wanted
    for item in upload:
        announced[item.path] = dataclasses.replace(item.entry, state="replacing" if item.path in listing else "new")
    copies: dict[str, tuple[str, ...]] = {}
    for path in sorted(listing.keys() & record.files.keys()):
        if (original := original_of(path)) != path and original in stale:
            copies[original] = (*copies.get(original, ()), path)
    deleted = {path for paths in copies.values() for path in paths}
    return Plan(
        announced=Record(files=announced),
        upload=upload,
        copies=copies,
        remove=tuple(path for path in sorted(gone, key=order, reverse=True) if path not in deleted),
        finished=Record(files=wanted),
    )


def _is_there(item: Item, record: Record, listing: Mapping[str, int]) -> bool:
    known: Entry | None = record.files.get(item.path)
    if known is None or known.state == "replacing" or listing.get(item.path) != item.entry.bytes:
        return False
    return dataclasses.replace(known, state="there") == item.entry
