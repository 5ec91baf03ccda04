"""Check compressed copies: what most visitors get in place of the files that have digests."""

from pathlib import Path

from pipeline.checking.findings import Report
from pipeline.checking.places import Place, Problem
from pipeline.site.compress import ENCODINGS, deserves_copies, is_copy


def check_copies(place: Place, folder: str, report: Report) -> None:
    """Compare every compressed copy below a folder, or of what was fetched, with its original."""
    count, problems = 0, []
    lacking: list[str] = []
    originals = place.seen(folder)
    files = {f"{folder}/{path}" if folder else path for path in place.files(folder) or ()}
    named = {path for path, _ in report.unvouched}
    for path in originals:
        try:
            original = place.fetch(path, 2**63).read_bytes()
            unpacked = dict(place.copies(path, len(original)))
            count += len(unpacked)
            wrong = [name for name, content in unpacked.items() if content != original]
            problems += [(name, "does not have the content of its original") for name in wrong]
            if place.describe(path) not in named and deserves_copies(Path(path), original):
                lacking += [copy for copy in (f"{path}{suffix}" for suffix in ENCODINGS.values()) if copy not in files]
        except Problem as problem:
            problems.append((place.describe(path), f"has a compressed copy that {problem}"))
    problems += [
        (place.describe(path), "is a compressed copy of a file that is missing")
        for path in sorted(files)
        if is_copy(Path(path)) and path.rpartition(".")[0] not in originals
    ]
    if count and files:
        report.unvouched += [(place.describe(copy), "is missing, though others are there") for copy in lacking]
    report.add("all", "copies", f"{count} compressed copies equal their originals" if count else "none", problems)
