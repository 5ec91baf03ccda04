"""`page.json`: the SHA-256 of every file of the page as it was published, by which a later change is found.

Nobody signs it. So `pipeline check` finds what differs from it, and vouches only for what this release writes itself.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from pipeline.site.built_page import hashed_assets
from pipeline.system.json_records import dump_json
from pipeline.system.outside import JSON_BYTES, parse_json, read_bounded

RECORD_NAME = "page.json"
Record = dict[str, str]  # path from the site's root → SHA-256


def parse_record(content: bytes) -> Record:
    """Return the digests in a record; ValueError unless it is, byte for byte, what a publication writes."""
    record = parse_json(content)
    if not isinstance(record, dict) or not all(isinstance(digest, str) for digest in record.values()):
        raise ValueError("it is not a list of files")
    if dump_json(record).encode() != content:
        raise ValueError("it is not spelled as publications do")
    return record


def read_record(site: Path) -> Record | None:
    """Return the record of a site; None if an earlier release wrote the site, or the record is damaged."""
    try:
        return parse_record(read_bounded(site / RECORD_NAME, JSON_BYTES))
    except (OSError, ValueError):
        return None


def renewed(site: Path, written: Mapping[str, bytes], gone: Collection[str] = ()) -> tuple[Path, bytes]:
    """Return the record and its content once files were written and others are gone.

    What it said of the others stays. Where there was none, the assets that are there become part of it.
    """
    former = read_record(site)
    if former is None:
        former = {f"assets/{path.name}": sha256(path.read_bytes()) for path in hashed_assets(site)}
    kept = {path: digest for path, digest in former.items() if path not in gone and (site / path).is_file()}
    record = kept | {path: sha256(content) for path, content in written.items()}
    return site / RECORD_NAME, dump_json(dict(sorted(record.items()))).encode()


def sha256(content: bytes) -> str:
    """Return 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
