"""A version whose manifest does not speak of its own files is as bad as a damaged one."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.support.versions import files_of, fill, manifest_with, problems_of, sealed


def version(folder: Path, files: dict[str, bytes], **changes: Any) -> Path:
    manifest = manifest_with(files, **changes)
    fill(folder, files, manifest)
    return folder


def test_the_weights_of_another_model_are_noticed_though_every_file_matches_its_digest(
    tmp_path: Path,
) -> None:
    files = files_of(b"w1") | {"layers-float32/group1-shard1of1.bin": b"w2"}
    (problem,) = problems_of(version(tmp_path, files))
    assert hashlib.sha256(b"w2").hexdigest()[:12] in problem
    assert "were trained" in problem


def test_shards_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    shards = [f"part {i}".encode() for i in range(1, 12)]
    files = files_of(b"".join(shards))
    del files["layers-float32/group1-shard1of1.bin"]
    files |= {
        f"layers-float32/group1-shard{i}of11.bin": part
        for i, part in enumerate(shards, 1)
    }
    assert problems_of(version(tmp_path, files)) == []


@pytest.mark.parametrize(("path", "value", "problem"), [
    (("metrics", "test_loss"), 0.1, "not those in evaluation.json"),
    (("metrics", "per_class", 0, "recall"), 0.5, "not those in evaluation.json"),
    (("metrics", "weights_digest"), "ab" * 32, "metrics are of other weights"),
    (("gates", 0, "value"), 0.99, "gate 'test accuracy' did not pass these metrics"),
    (("gates", 0, "passed"), False, "gate 'test accuracy' did not pass these metrics"),
    (("verification", "checks", 0, "passed"), False, "check of layers-float32 in tfjs did not confirm"),
    (("verification", "checks", 0, "test_accuracy"), 0.9, "check of layers-float32 in tfjs did not confirm"),
])  # fmt: skip
def test_a_number_that_contradicts_is_named(
    path: tuple[Any, ...], value: Any, problem: str, tmp_path: Path
) -> None:
    manifest = manifest_with(files_of(b"w1"))
    place = manifest
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    fill(tmp_path, files_of(b"w1"), sealed(manifest))
    assert any(problem in each for each in problems_of(tmp_path))


def test_an_evaluation_that_is_no_json_is_named(tmp_path: Path) -> None:
    files, manifest, text = files_of(b"w1"), manifest_with(files_of(b"w1")), b"not JSON"
    manifest["files"]["evaluation"] |= {
        "bytes": len(text),
        "sha256": hashlib.sha256(text).hexdigest(),
    }
    fill(tmp_path, files | {"evaluation.json": text}, sealed(manifest))
    assert "its metrics are not those in evaluation.json" in problems_of(tmp_path)


def test_a_manifest_without_metrics_says_nothing_that_could_be_wrong(
    tmp_path: Path,
) -> None:
    assert (
        problems_of(
            version(tmp_path, files_of(b"w1"), metrics=None, training=None, gates=[])
        )
        == []
    )
