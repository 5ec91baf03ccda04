"""The folder of an export:

complete or absent, and never a replacement for anything but an earlier export.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline import ConversionError, export_model
from pipeline.checking.check import check_target
from pipeline.errors import PipelineError, PublishError
from pipeline.system.files import exchange
from pipeline.versions.manifest import read_manifest
from tests.tfjs_cases.harness import needs_graph


@needs_graph
def test_an_earlier_export_is_replaced_only_by_a_good_one(
    model: Any, gru: Any, tmp_path: Path
) -> None:
    export_model(model, tmp_path / "out")
    before = (tmp_path / "out" / "model.json").read_text()
    with pytest.raises(ConversionError):
        export_model(gru, tmp_path / "out", format="layers")
    assert (tmp_path / "out" / "model.json").read_text() == before
    assert export_model(gru, tmp_path / "out").format == "graph"
    assert (tmp_path / "out" / "model.json").read_text() != before


def test_an_earlier_export_is_there_at_every_moment(
    model: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """No call that changes a name may leave the place empty:

    a kill right after it would.
    """
    out = tmp_path / "out"
    export_model(model, out)
    # a probe: exchanging a folder with itself changes nothing
    if not exchange(out, out):
        pytest.skip("this file system cannot exchange two folders")
    renames: list[bool] = []
    real = Path.rename

    def watched(path: Path, target: str | Path) -> Path:
        result = real(path, target)
        renames.append((out / "model.json").exists())
        return result

    monkeypatch.setattr(Path, "rename", watched)
    export_model(model, out, dtype="uint8")
    assert (
        json.loads((out / "manifest.json").read_text())["formats"][0]["dtype"]
        == "uint8"
    )
    assert all(renames)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_without_an_exchange_of_folders_a_failed_replacement_brings_the_earlier_one_back(
    model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    export_model(model, out)
    before = (out / "model.json").read_bytes()
    monkeypatch.setattr("pipeline.system.files.exchange", lambda one, other: False)
    real = Path.rename

    def refuses(path: Path, target: str | Path) -> Path:
        if Path(target) == out and not path.name.startswith(".broken-"):
            raise PermissionError(13, "Permission denied")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", refuses)
    with pytest.raises(PublishError, match="Nothing was changed"):
        export_model(model, out, dtype="uint8")
    assert (out / "model.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_page_that_was_changed_is_left_alone(model: Any, tmp_path: Path) -> None:
    export_model(model, tmp_path / "out")
    export_model(model, tmp_path / "out")  # as it was written
    page = tmp_path / "out" / "index.html"
    page.write_text(page.read_text().replace("<h1>", "<h1>My ", 1))
    with pytest.raises(PublishError, match=r"'index\.html' in it, which was changed"):
        export_model(model, tmp_path / "out", dtype="uint8")
    assert "<h1>My " in page.read_text()
    page.unlink()
    (tmp_path / "out" / "assets" / "mine.js").write_text("")
    with pytest.raises(PublishError, match=r"'assets/mine\.js' in it"):
        export_model(model, tmp_path / "out", dtype="uint8")


def test_the_page_is_listed_with_digests_and_leaves_the_version_as_it_is(
    model: Any, tmp_path: Path
) -> None:
    whole, bare = (
        read_manifest(
            export_model(model, tmp_path / name, name="m", bare=name == "bare").path
            / "manifest.json"
        )
        for name in ("whole", "bare")
    )
    assert whole.version == bare.version
    assert [file.path for file in bare.beside] == ["report.txt"]
    report = check_target(str(tmp_path / "whole"))
    assert report.passed, report.problems
    script = tmp_path / "whole" / "page.js"
    script.write_text(script.read_text() + " ")
    assert not check_target(str(tmp_path / "whole")).passed


def test_without_the_built_page_bare_is_the_next_step(
    model: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("pipeline.exporting.beside.WEB", tmp_path)
    with pytest.raises(PipelineError, match=r"make web.*bare=True"):
        export_model(model, tmp_path / "out")
    assert export_model(model, tmp_path / "out", bare=True).passed


def test_a_folder_with_something_else_in_it_is_left_alone(
    model: Any, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("three years")
    with pytest.raises(PublishError, match=r"thesis\.txt"):
        export_model(model, tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "three years"
    (tmp_path / "file").write_text("")
    with pytest.raises(PublishError, match=r"Received: the file .*file"):
        export_model(model, tmp_path / "file")
    with pytest.raises(PublishError, match="Cannot write"):
        export_model(model, tmp_path / "file" / "out")
