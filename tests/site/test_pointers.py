"""What a site's latest.json says of a version: only what load() takes when it is asked for nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.site.pointers import TEXT_LIMIT, pointers_to

WEIGHTS = {"path": "weights.bin", "bytes": 3}


def fmt(name: str, route: str, size: int) -> dict[str, Any]:
    files = [WEIGHTS, {"path": f"{name}/model.json", "bytes": size}]
    return {"id": name, "route": route, "bytes": size, "path": f"{name}/model.json", "files": files}


def write_topology(folder: Path, fmt: dict[str, Any], text: str) -> None:
    path = folder / "digits" / "0123456789ab" / fmt["path"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def check(name: str, agreement: float = 1.0, *, passed: bool = True) -> dict[str, Any]:
    return {"format": name, "argmax_agreement": agreement, "passed": passed}


LARGE, SMALL, GRAPH = fmt("large", "layers", 9), fmt("small", "layers", 5), fmt("graph", "graph", 1)


@pytest.mark.parametrize(
    ("checks", "default"),
    [
        ([check("large"), check("small"), check("graph")], SMALL),
        ([check("large"), check("small"), check("small", 0.9998), check("graph")], LARGE),
        ([check("large"), check("small", 0.9999)], SMALL),
        ([check("large"), check("small", passed=False)], LARGE),
        ([check("graph")], GRAPH),
        ([check("graph", 0.9)], None),
        (None, None),
    ],
)
def test_it_holds_the_smallest_verified_format(
    checks: list[dict[str, Any]] | None, default: dict[str, Any] | None, tmp_path: Path
) -> None:
    verification = None if checks is None else {"node": "v20", "checks": checks}
    manifest = {
        "name": "digits",
        "version": "0123456789ab",
        "labels": ["é"],
        "formats": [LARGE, SMALL, GRAPH],
        "verification": verification,
        "metrics": {"test_accuracy": 0.9},
    }
    for route in (LARGE, SMALL, GRAPH):
        write_topology(tmp_path, route, f'{{"of": "é {route["id"]}"}}\r\n')
    pointers, _ = pointers_to(tmp_path, manifest, rolled_back_from=None, report=print)
    pointer = json.loads(dict(pointers)[tmp_path / "digits" / "latest.json"])
    assert pointer.pop("version") == "0123456789ab"
    if default is None:
        assert pointer == {}
        return
    own = [entry for entry in checks or () if entry["format"] == default["id"]]
    assert pointer["manifest"] == {
        "name": "digits",
        "version": "0123456789ab",
        "labels": ["é"],
        "formats": [
            default | {"files": [WEIGHTS, default["files"][1] | {"text": f'{{"of": "é {default["id"]}"}}\r\n'}]}
        ],
        "verification": {"node": "v20", "checks": own},
    }


@pytest.mark.parametrize("size", [TEXT_LIMIT, TEXT_LIMIT + 1])
def test_a_large_topology_does_not_come_along(size: int, tmp_path: Path) -> None:
    only = fmt("only", "layers", size)
    write_topology(tmp_path, only, "x" * size)
    manifest = {
        "name": "digits",
        "version": "0123456789ab",
        "labels": [],
        "formats": [only],
        "verification": {"checks": [check("only")]},
    }
    pointers, _ = pointers_to(tmp_path, manifest, rolled_back_from=None, report=print)
    pointer = json.loads(dict(pointers)[tmp_path / "digits" / "latest.json"])
    weights, topology = pointer["manifest"]["formats"][0]["files"]
    assert weights == WEIGHTS
    assert ("text" in topology) == (size <= TEXT_LIMIT)
