"""Nothing that others wrote is deleted or replaced:

only a manifest, a pointer or a mark of ours makes a thing ours.
"""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.exporting.folder import check_replaceable
from pipeline.site.page import web_dir
from pipeline.site.pruning import remove_model
from pipeline.site.single_file import write_single_file
from tests.support.versions import (
    EXAMPLE,
    Place,
    check_site,
    make_version,
    make_web,
    snapshot,
)
from tests.versions.test_ownership import everything

STAMP = "202601020304"  # a time, and 12 hexadecimal digits


def write(path: Path, text: str = "three years") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


FOREIGN_MODELS = {
    "a thesis": ["chapter.tex"],
    "a folder of a time": [f"{STAMP}/chapter.tex"],
    "a pointer to nothing": ["latest.json"],
    "an empty folder": [f"{STAMP}/notes/"],
}


@pytest.mark.parametrize("names", FOREIGN_MODELS.values(), ids=FOREIGN_MODELS)
@pytest.mark.parametrize("where", ["out", "site"])
def test_a_foreign_folder_is_not_removed_as_a_model(
    place: Place, where: str, names: list[str]
) -> None:
    place.publish()
    root = place.out if where == "out" else place.site / "models"
    for name in names:
        if name.endswith("/"):
            (root / "thesis" / name).mkdir(parents=True)
        else:
            write(root / "thesis" / name, "{}")
    before = everything(root)
    with pytest.raises(
        PublishError, match=r"(?s)thesis.*(Nothing was removed|must hold)"
    ):
        remove_model(place.site, place.out, "thesis")
    assert everything(root).items() >= before.items()


@pytest.mark.parametrize("name", [
    *("chapter.tex", f"{STAMP}/chapter.tex", ".notes", "photos/cat.jpg"),
    *("VERSION/chapter.tex", "VERSION/photos/cat.jpg"),
])  # fmt: skip
def test_a_model_with_something_foreign_in_its_folder_is_not_removed(
    place: Place, name: str
) -> None:
    place.publish()
    version = place.publish(name="other").version
    for root in (place.out, place.site / "models"):
        foreign = write(root / "other" / name.replace("VERSION", version))
        before = everything(place.site), everything(place.out)
        with pytest.raises(PublishError, match="Nothing was removed"):
            remove_model(place.site, place.out, "other")
        assert (everything(place.site), everything(place.out)) == before
        foreign.unlink()
        if foreign.parent.name in (STAMP, "photos"):
            foreign.parent.rmdir()
    remove_model(place.site, place.out, "other")
    assert not (place.out / "other").exists()
    assert check_site(place.site).keys() == {"digits"}


def test_a_damaged_version_of_a_model_is_removed_with_it(place: Place) -> None:
    place.publish()
    version = place.publish(name="other").version
    (place.site / "models" / "other" / version / "manifest.json").write_text("{")
    (place.out / "other" / version / "manifest.json").unlink()
    remove_model(place.site, place.out, "other")
    assert not (place.out / "other").exists()


def test_a_foreign_file_with_the_name_of_what_the_store_remembers_stays(
    place: Place,
) -> None:
    place.publish()
    foreign = write(place.out / "thesis" / "published.json", '{"chapters": 3}')
    place.publish(b"w2")
    assert foreign.read_text() == '{"chapters": 3}'


@pytest.mark.parametrize("name", ["digits", "thesis"])
def test_pruning_leaves_folders_of_12_digits_without_our_manifest(
    place: Place, name: str
) -> None:
    versions = [place.publish(b"w%d" % number).version for number in range(4)]
    foreign = [
        write(root / name / STAMP / "chapter.tex")
        for root in (place.out, place.site / "models")
    ]
    signature = write(place.out / name / f"{STAMP}.sig")
    copied = make_version(place.out.parent / "elsewhere", b"w9").name
    # a version of ours under a name that is not its own
    moved = place.out / name / "0123456789ab"
    shutil.copytree(place.out.parent / "elsewhere" / "digits" / copied, moved)
    removed = place.prune()
    assert {Path(path).name for path in removed} == {*versions[:2]}
    assert all(path.exists() for path in (*foreign, signature, moved))


def test_pruning_leaves_a_version_with_a_file_of_somebody_else_and_says_so(
    place: Place,
) -> None:
    versions = [place.publish(b"w%d" % number).version for number in range(4)]
    mine = write(place.out / "digits" / versions[0] / "chapter.tex")
    said: list[str] = []
    removed = place.prune(progress=said.append)
    assert [Path(path).name for path in removed] == [*sorted(versions[:2]), versions[1]]
    assert mine.read_text() == "three years"
    assert (
        [line for line in said if f"{versions[0]} stays: chapter.tex" in line]
        == said
        != []
    )


def test_publishing_replaces_no_file_that_no_publication_wrote(place: Place) -> None:
    place.publish(embed_only=True)
    mine = write(place.site / "favicon.svg", "<svg>mine</svg>")
    before = snapshot(place.site)
    with pytest.raises(PublishError, match=r"(?s)favicon\.svg.*Nothing was changed"):
        place.publish(b"w2")
    assert snapshot(place.site) == before
    mine.unlink()
    place.publish(b"w2")
    make_web(place.web, build="2")
    write(place.site / "favicon.svg", "damaged")  # ours is mended
    place.publish(b"w3")
    assert (place.site / "favicon.svg").read_text() == "<svg/>"


@pytest.mark.parametrize("text", ["Dear diary", "<!doctype html><title>mine</title>"])
def test_a_single_file_replaces_nothing_that_is_not_ours(
    text: str, tmp_path: Path
) -> None:
    diary = write(tmp_path / "diary.txt", text)
    with pytest.raises(
        PublishError, match=r"(?s)diary\.txt.*Nothing was changed"
    ) as caught:
        write_single_file(EXAMPLE, diary, web_dir())
    assert caught.value.exit_code == 6
    assert diary.read_text() == text


def test_a_single_file_replaces_an_earlier_one_and_an_empty_one(tmp_path: Path) -> None:
    out = write(tmp_path / "one.html", "")
    for _ in range(2):
        write_single_file(EXAMPLE, out, web_dir())
    assert out.stat().st_size > 50_000


def test_only_an_export_whose_manifest_lists_its_files_is_replaced(
    tmp_path: Path,
) -> None:
    export = tmp_path / "export"
    listed = json.loads((EXAMPLE / "manifest.json").read_bytes())
    fmt = next(one for one in listed["formats"] if one["id"] == "layers-float32")
    for file in fmt["files"]:
        write(export / Path(file["path"]).name)
    # such as a web app's
    for manifest in (
        "{}",
        json.dumps({"name": "An app", "icons": []}),
    ):
        write(export / "manifest.json", manifest)
        with pytest.raises(
            PublishError, match="must be empty or hold an earlier export"
        ):
            check_replaceable(export)
    files = [file | {"path": Path(file["path"]).name} for file in fmt["files"]]
    listed["formats"] = [fmt | {"path": "model.json", "files": files}]
    write(export / "manifest.json", json.dumps(listed))
    check_replaceable(export)
    write(export / "group1-shard2of2.bin")
    with pytest.raises(PublishError, match=r"group1-shard2of2\.bin"):
        check_replaceable(export)
