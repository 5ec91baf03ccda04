"""A visitor's own classes, all the way round: drawn on a published page, downloaded and read by the pipeline."""

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.site.serve import make_server
from pipeline.system.node import find_node
from pipeline.versions.manifest import read_manifest
from tests.support.browsers import WEB, require_chromium
from tests.support.hosts import running
from tests.support.workshop import Workshop

NAMES = ["roof", "Schüssel ◡", "hook"]
SHAPES = (
    [(0.2, 0.7), (0.5, 0.3), (0.8, 0.7)],
    [(0.2, 0.3), (0.3, 0.6), (0.5, 0.7), (0.7, 0.6), (0.8, 0.3)],
    [(0.3, 0.2), (0.3, 0.8), (0.75, 0.8)],
)
EACH = 3  # examples of a class

Taken = tuple[Path, dict[str, Any]]  # the folder of the download, and what was found


def drawn(rng: np.random.Generator, kind: int) -> list[tuple[float, float]]:
    """One of the shapes, by an unsteady hand."""
    return [(x + rng.uniform(-0.03, 0.03), y + rng.uniform(-0.03, 0.03)) for x, y in SHAPES[kind]]


def use(site: Path, folder: Path, **job: Any) -> dict[str, Any]:
    """Findings of own_classes.mjs on the page of a site."""
    with running(make_server(site, 0)) as address:
        full = {"web": str(WEB), "chromium": require_chromium(), "site": address, **job}
        (folder / "job.json").write_text(json.dumps(full))
        command = [find_node(), str(Path(__file__).parent / "own_classes.mjs"), str(folder / "job.json")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["errors"] == found["elsewhere"] == []
    return found


@pytest.fixture(scope="module")
def taken(built: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    """Download of a visitor who has drawn examples and some probes."""
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(1)
    examples = [(kind, drawn(rng, kind)) for _ in range(EACH) for kind in range(len(SHAPES))]
    probes = [drawn(rng, kind) for kind in range(len(SHAPES))]
    site = built.folder / "site"
    found = use(site, folder, names=NAMES, examples=examples, probes=probes, downloads=str(folder))
    return folder, found


def test_the_page_learned_what_was_drawn(taken: Taken) -> None:
    assert [answer["label"] for answer in taken[1]["answers"]] == NAMES


def test_the_pipeline_reads_the_manifest_and_the_files_are_as_it_says(taken: Taken) -> None:
    folder, _ = taken
    with zipfile.ZipFile(folder / "own-classes.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    version = folder / "own-classes"
    manifest = read_manifest(version / "manifest.json")
    assert manifest.labels == tuple(NAMES)
    assert manifest.linear
    listed = {version / file.path for file in manifest.listed_files} | {version / "manifest.json"}
    assert {path for path in version.rglob("*") if path.is_file()} == listed
    for file in manifest.listed_files:
        content = (version / file.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
