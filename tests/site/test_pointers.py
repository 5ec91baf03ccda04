"""A site's latest.json says of a version only what load() needs when it is asked for
nothing else.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.site.pointers import FORMAT_NEEDS, NEEDS, TEXT_LIMIT, render_pointers
from pipeline.versions.card import render_judging
from pipeline.versions.store import Version
from tests.support.versions import files_of, manifest_with, typed

WEIGHTS = {"path": "weights.bin", "bytes": 3, "sha256": "ab" * 32}
FAMILIAR = {"path": "familiar.json", "bytes": 2, "sha256": "ef" * 32}


def fmt(name: str, route: str, size: int) -> dict[str, Any]:
    files = [
        WEIGHTS,
        {"path": f"{name}/model.json", "bytes": size, "sha256": "cd" * 32},
    ]
    measured = {"test_accuracy": 0.9, "argmax_agreement": 1.0, "max_abs_diff": 0.0}
    described = {
        "id": name,
        "route": route,
        "dtype": "float32",
        "path": f"{name}/model.json",
        "bytes": size,
    }
    return described | {"files": files} | measured


def check(name: str, agreement: float = 1.0, *, passed: bool = True) -> dict[str, Any]:
    whole: dict[str, Any] = manifest_with(files_of(b"w1"))["verification"]["checks"][0]
    return whole | {"format": name, "argmax_agreement": agreement, "passed": passed}


def latest_of(
    tmp_path: Path, formats: list[dict[str, Any]], checks: list[dict[str, Any]] | None
) -> dict[str, Any]:
    """latest.json of a version with these formats, each with a topology that names it."""
    known = manifest_with(files_of(b"w1"), labels=["é"], formats=formats)
    known["verification"] = (
        None if checks is None else known["verification"] | {"checks": checks}
    )
    folder = tmp_path / "digits" / known["version"]
    for one in formats:
        path = folder / one["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text_of(one).encode())
    version = Version(folder, typed(known))
    pointers = render_pointers(
        tmp_path, version, rolled_back_from=None, progress=pytest.fail
    )
    pointer: dict[str, Any] = json.loads(
        dict(pointers.contents)[tmp_path / "digits" / "latest.json"]
    )
    assert pointer.pop("version") == known["version"]
    if "manifest" in pointer:
        for key in NEEDS:
            assert pointer["manifest"].pop(key) == known[key]
    return pointer


def text_of(fmt: dict[str, Any]) -> str:
    return f'{{"of": "é {fmt["id"]}"}}\r\n'


LARGE, SMALL, GRAPH = (
    fmt("large", "layers", 9),
    fmt("small", "layers", 5),
    fmt("graph", "graph", 1),
)


@pytest.mark.parametrize(("checks", "default"), [
    ([check("large"), check("small"), check("graph")], SMALL),
    ([check("large"), check("small"), check("small", 0.9998), check("graph")], LARGE),
    ([check("large"), check("small", 0.9999)], SMALL), ([check("large"), check("small", passed=False)], LARGE),
    ([check("graph")], GRAPH), ([check("graph", 0.9)], None), (None, None),
])  # fmt: skip
def test_it_holds_the_smallest_verified_format(
    checks: list[dict[str, Any]] | None, default: dict[str, Any] | None, tmp_path: Path
) -> None:
    pointer = latest_of(tmp_path, [LARGE, SMALL, GRAPH], checks)
    if default is None:
        assert pointer == {}
        return
    assert pointer["manifest"].pop("default_format") == default["id"]
    topology = default["files"][1] | {"text": text_of(default)}
    needed = {key: default[key] for key in FORMAT_NEEDS}
    assert pointer["manifest"] == {"formats": [needed | {"files": [WEIGHTS, topology]}]}


def test_what_judges_is_apart_with_the_limits_of_the_default_format() -> None:
    known = manifest_with(files_of(b"w1"), default_format="small")
    known["files"] |= {"familiar": FAMILIAR}
    known["verification"] |= {
        "checks": [check("large"), check("small"), check("small")]
    }
    assert json.loads(render_judging(typed(known))) == {
        "confidence": {"temperature": 1.234, "ceiling": 0.987},
        "files": {"familiar": FAMILIAR},
        "probes": None,
        "verification": {
            "checks": 2 * [{"format": "small", "limit": check("small")["limit"]}]
        },
    }


@pytest.mark.parametrize("size", [TEXT_LIMIT, TEXT_LIMIT + 1])
def test_a_large_topology_does_not_come_along(size: int, tmp_path: Path) -> None:
    pointer = latest_of(tmp_path, [fmt("only", "layers", size)], [check("only")])
    weights, topology = pointer["manifest"]["formats"][0]["files"]
    assert weights == WEIGHTS
    assert ("text" in topology) == (size <= TEXT_LIMIT)
