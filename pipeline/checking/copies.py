"""Check compressed copies: what most visitors get in place of the files that have digests."""

from pathlib import Path

from pipeline.checking.findings import Report
from pipeline.checking.places import Place, Problem
from pipeline.site.compress import is_copy


def check_copies(place: Place, folder: str, report: Report) -> None:
    """Compare every compressed copy below a folder, or of what was fetched, with its original."""
    count, problems = 0, []
    originals = place.seen(folder)
    for path in originals:
        try:
            original = place.fetch(path, 2**63).read_bytes()
            for name, content in place.copies(path, len(original)):
                count += 1
                if content != original:
                    problems.append((name, "does not have the content of its original"))
        except Problem as problem:
            problems.append((place.describe(path), f"has a compressed copy that {problem}"))
    prefix = f"{folder}/" if folder else ""
    problems += [
        (place.describe(prefix + path), "is a compressed copy of a file that is missing")
        for path in place.files(folder) or ()
        if is_copy(Path(path)) and prefix + path.rpartition(".")[0] not in originals
    ]
    report.add("all", "copies", f"{count} compressed copies equal their originals" if count else "none", problems)
