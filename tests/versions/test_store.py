import json
import os
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, DiskError, PublishError
from pipeline.system.files import remove_stale_temporaries
from pipeline.versions import store
from tests.support.versions import (
    files_of,
    fill,
    make_version,
    manifest_with,
    problems_of,
    snapshot,
)


@pytest.mark.parametrize(("name", "fixed"), [
    ("MNIST Softmax", "mnist-softmax"), ("../evil", "evil"), ("a/b", "a-b"), ("a\\b", "a-b"), (".hidden", "hidden"),
    ("-x", "x"), ("index.json", "index"), ("", "model"), ("ÄÖ", "model"), ("a" * 65, "a" * 64), ("name\n", "name"),
    # Windows leaves the dot out
    ("digits.", "digits"), ("A", "a"), ("0.1_x ", "0.1_x"),
    ("con", "model-con"), ("com1.v2", "model-com1.v2"),
])  # fmt: skip
def test_a_name_that_cannot_be_a_folder_is_refused_with_the_nearest_that_can(
    name: str, fixed: str
) -> None:
    with pytest.raises(ConfigError) as error:
        store.validate_name(name)
    assert f"Try {fixed}." in str(error.value)
    assert repr(name) in str(error.value)
    assert store.validate_name(fixed) == fixed


def staged(out: Path, weights: bytes) -> Path:
    """The folder of a version that is to be committed."""
    files, staging = files_of(weights), store.new_staging(out, "digits")
    fill(staging, files, manifest_with(files))
    return staging


def test_a_commit_moves_the_version_and_points_at_it_in_plain_json(
    tmp_path: Path,
) -> None:
    folder = make_version(tmp_path, b"w1")
    assert folder.parent == tmp_path / "digits"
    assert problems_of(folder) == []
    assert store.latest(tmp_path, "digits") == folder.name
    assert json.loads((folder.parent / "latest.json").read_bytes()) == {
        "version": folder.name
    }
    assert sorted(p.name for p in folder.parent.iterdir()) == sorted(
        [folder.name, "latest.json"]
    )


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_other_accounts_can_read_a_version_as_far_as_the_umask_allows(
    tmp_path: Path,
) -> None:
    before = os.umask(0o022)
    try:
        folder = make_version(tmp_path)
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "digits" / "latest.json").stat().st_mode & 0o777 == 0o644


def test_the_same_version_again_keeps_the_old_folder_and_drops_the_staging(
    tmp_path: Path,
) -> None:
    old = make_version(tmp_path, b"w1", created="2026-01-01T00:00:00Z")
    before = snapshot(tmp_path)
    assert make_version(tmp_path, b"w1", created="2027-01-01T00:00:00Z") == old
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    "damage", ["content", "size", "missing", "manifest", "README.md"]
)
def test_a_damaged_version_is_found_and_replaced_and_reported(
    tmp_path: Path, damage: str
) -> None:
    folder = make_version(tmp_path, b"w1")
    weights = folder / "layers-float32" / "group1-shard1of1.bin"
    if damage == "content":
        weights.write_bytes(b"w2")
    elif damage == "size":
        weights.write_bytes(b"w1 and more")
    elif damage == "missing":
        weights.unlink()
    elif damage.startswith("README"):
        (folder / damage).write_text((folder / damage).read_text().replace("95", "99"))
    else:
        (folder / "manifest.json").write_text("{")
    (problem,) = problems_of(folder)
    staging, said = staged(tmp_path, b"w1"), list[str]()
    assert store.commit(staging, tmp_path, progress=said.append).folder == folder
    assert problems_of(folder) == []
    (line,) = said
    assert f"{folder} was damaged ({problem})" in line
    assert [p.name for p in folder.parent.iterdir() if p.name.startswith(".")] == []


def test_a_copy_leaves_stray_files_private(tmp_path: Path) -> None:
    folder = make_version(tmp_path / "out")
    (folder / "stray").write_text("private")
    copied = store.copy_version(
        store.open_version(folder), tmp_path / "site", progress=lambda _: None
    ).folder
    (folder / "stray").unlink()
    assert snapshot(copied) == snapshot(folder)


def test_an_incomplete_staging_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    make_version(tmp_path, b"w1")
    before = snapshot(tmp_path)
    staging = staged(tmp_path, b"w2")
    (staging / "model.keras").unlink()
    with pytest.raises(
        store.DamagedVersion, match=r"is damaged.*model\.keras cannot be read"
    ):
        store.commit(staging, tmp_path)
    assert remove_stale_temporaries(tmp_path, deep=True) == [staging.name]
    assert snapshot(tmp_path) == before


def test_leftovers_of_a_crash_are_cleaned_and_nothing_else(tmp_path: Path) -> None:
    folder = make_version(tmp_path)
    (folder.parent / ".notes.tmp").write_text("somebody's")
    before = snapshot(tmp_path)
    staging = store.new_staging(tmp_path, "digits")
    (staging / "half").write_bytes(b"x")
    (folder.parent / ".broken-00000000000a").mkdir()
    (folder.parent / ".latest.json.00000000000a.tmp").write_text("{")
    removed = remove_stale_temporaries(tmp_path, deep=True)
    assert sorted(removed) == sorted(
        [staging.name, ".broken-00000000000a", ".latest.json.00000000000a.tmp"]
    )
    assert snapshot(tmp_path) == before
    assert remove_stale_temporaries(tmp_path / "nobody", deep=True) == []


def test_the_folders_of_versions_are_found_and_nothing_else_and_another_name_is_a_problem(
    tmp_path: Path,
) -> None:
    made = {make_version(tmp_path, weights) for weights in (b"w1", b"w2")}
    (tmp_path / "digits" / ".staging-00000000000a").mkdir()
    assert set(store.version_folders(tmp_path, "digits")) == made
    assert store.version_folders(tmp_path, "nobody") == []
    one = made.pop()
    moved = one.rename(one.with_name("0" * 12))
    assert problems_of(moved) == [f"its manifest belongs to version {one.name}"]


def test_no_pointer_is_none_but_a_damaged_one_is_an_error(tmp_path: Path) -> None:
    assert store.latest(tmp_path, "digits") is None
    folder = make_version(tmp_path)
    for text in ("", "{", "[]", "{}", '{"version": "../x"}', '{"version": null}'):
        (folder.parent / "latest.json").write_text(text)
        with pytest.raises(PublishError, match=r"latest\.json must hold"):
            store.latest(tmp_path, "digits")


def test_a_folder_below_a_file_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        DiskError, match=r"Cannot write .*file.*Not a directory.*choose another folder"
    ):
        store.new_staging(tmp_path / "file" / "out", "digits")
