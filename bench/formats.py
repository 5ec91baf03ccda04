"""Keras 3 models as TensorFlow.js, ONNX and LiteRT files: ours, with a proof of each,
beside the official converters'.

The lists of models (`bench.conversion.lists`) are that of `bench convert`, and 100
models of other people's packages. Each model runs in a process of its own, and one
judge (`bench.conversion.ways`) runs whatever was written. A run takes an hour, so its
outcomes are kept in .test/formats, and it goes on where it was stopped as long as the
sources are the same. `python -m bench.formats --list packages --way "ours, ONNX"` fills
in a part; what is complete is saved each time.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.conversion.lists import LISTS
from bench.conversion.processes import outcomes
from bench.conversion.ways import MEANINGS, WAYS, Outcome, as_line
from bench.harness import ROOT, print_table, save_results
from tests.tfjs_cases.packages import missing

KEPT = ROOT / ".test" / "formats"
SOURCES = ("pipeline", "tests/tfjs_cases", "bench/conversion")
TITLES = {
    "layers": "models of a layer or a wiring",
    "applications": "networks of keras.applications",
    "packages": "models of other packages",
}


def main() -> None:
    """Convert what is asked for, and save all ways that are complete."""
    import keras

    parser = argparse.ArgumentParser(prog="python -m bench.formats")
    parser.add_argument("--list", choices=LISTS, action="append")
    parser.add_argument("--way", choices=WAYS, action="append")
    options = parser.parse_args()
    if lacking := ", ".join(missing()):
        raise SystemExit(
            f"All packages must be installed. Missing: {lacking}. Next step: make"
            " .venv/.models"
        )
    names = {
        listed: [name for name, _ in build(keras)] for listed, build in LISTS.items()
    }
    state = _state()
    for listed in options.list or LISTS:
        _fill(
            listed,
            names[listed],
            options.way or list(WAYS),
            KEPT / f"{listed}-{state}.jsonl",
        )
    results = {}
    for listed in LISTS:
        found = _complete(names[listed], _kept(KEPT / f"{listed}-{state}.jsonl"))
        if found:
            print_table(*_table(listed, names[listed], found))
            results[listed] = {
                "models": "; ".join(names[listed]),
                "not exact": _failures(found),
            }
    save_results("formats", results)


def _state() -> str:
    """Digest the sources that decide the outcomes."""
    digest = hashlib.sha256()
    for folder in SOURCES:
        for path in sorted(
            path
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".py", ".toml")
        ):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _kept(path: Path) -> list[Outcome]:
    return (
        [Outcome(**json.loads(line)) for line in path.read_text().splitlines()]
        if path.exists()
        else []
    )


def _fill(listed: str, names: Sequence[str], ways: Sequence[str], path: Path) -> None:
    """Convert every model by every way that has no outcome yet, and keep each."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done = {(one.model, one.way) for one in _kept(path)}
    with path.open("a") as file:
        for number, name in enumerate(names):
            left = [way for way in ways if (name, way) not in done]
            # every second model the other way round: who comes first warms up what the
            # next one needs
            for outcome in outcomes(
                listed, number, name, left[::-1] if number % 2 else left
            ):
                file.write(as_line(outcome) + "\n")
                file.flush()
                sys.stdout.write(f"{listed} {number + 1}: {as_line(outcome)}\n")
                sys.stdout.flush()


def _complete(
    names: Sequence[str], found: Sequence[Outcome]
) -> dict[str, list[Outcome]]:
    """The outcomes of each way that has one for every model."""
    by_way = {way: [one for one in found if one.way == way] for way in WAYS}
    return {
        way: some
        for way, some in by_way.items()
        if {one.model for one in some} == set(names)
    }


def _table(
    listed: str, names: Sequence[str], found: dict[str, list[Outcome]]
) -> tuple[list[str], list[list[str]]]:
    """A row for each way; seconds and bytes are of the models that are exact by all of
    them.
    """
    common = set.intersection(
        *({one.model for one in some if one.kind == "exact"} for some in found.values())
    )
    rows = []
    for way, some in found.items():
        counts = Counter(one.kind for one in some)
        shared = [one for one in some if one.model in common]
        rows.append(
            [
                way,
                *(str(counts[kind]) for kind in MEANINGS),
                f"{sum(one.seconds for one in shared):.1f}",
                f"{sum(one.bytes for one in shared) / 1e6:.1f}",
            ]
        )
    header = [
        f"{len(names)} {TITLES[listed]}",
        *MEANINGS,
        f"CPU seconds for the {len(common)} exact by all",
        "MB of these",
    ]
    return header, rows


def _failures(found: dict[str, list[Outcome]]) -> dict[str, Any]:
    """For each way the models that are not exact, with what became of them."""
    return {
        way: {
            one.model: f"{one.kind}: {one.reason}"
            for one in some
            if one.kind != "exact"
        }
        for way, some in found.items()
    }


if __name__ == "__main__":
    main()
