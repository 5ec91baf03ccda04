"""Which assets of earlier releases nobody needs any more."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.site.built_page import EMBEDS, hashed_assets, named_assets
from pipeline.site.page_record import RECORD_NAME, read_record

# How the names begin of the modules that pages elsewhere can pin: integrity.json lists those of the present release.
PINNABLE = tuple(f"{Path(name).stem}-" for name in EMBEDS if name.endswith(".js"))


def old_assets(site: Path, *, since: float, old_code: bool) -> list[Path]:
    """The assets that no file of the site names, directly or through others, and that nobody can still be loading.

    Whoever has the page of an earlier release open loads its parts for as long as it is open. That is taken to be over
    if the present release has been there since before `since`, in seconds since 1970.

    Modules that pages elsewhere can pin, by address and hash, stay with all parts that they name, also those of earlier
    releases, unless `old_code` says that these go. So do files that the site's record does not list: they are not ours.
    """
    recorded = read_record(site) or {}
    assets = {name: path for path in hashed_assets(site) if (name := f"assets/{path.name}") in recorded}
    pinnable = {} if old_code else {name: path for name, path in assets.items() if path.name.startswith(PINNABLE)}
    needed = named_assets(site, [*_texts(site), *pinnable.values()]) | pinnable.keys()
    used = [path.stat().st_mtime for name, path in assets.items() if name in needed]
    if max(used, default=since) >= since:
        return []
    return [path for name, path in assets.items() if name not in needed]


def _texts(site: Path) -> Iterator[Path]:
    """The files of a site that may name assets, those that its owner put there included."""
    for entry in site.glob("[!.]*"):
        if entry.name not in ("assets", "models", RECORD_NAME):
            found = entry.rglob("*") if entry.is_dir() else [entry]
            yield from (path for path in found if path.suffix in (".html", ".js", ".json", ".css") and path.is_file())
