"""Nobody else's folder is touched; ours are known by their marker, or by their
pointers.
"""

import errno
import io
import json
from pathlib import Path
from unittest.mock import patch

import pytest

from pipeline.config import Config
from pipeline.errors import DiskError, PublishError
from pipeline.recipes.reading import load_recipe
from pipeline.site.releases import rollback
from pipeline.stages.run import run_stages
from pipeline.system.locks import exclusive
from pipeline.versions.ownership import MARKER_NAME, Kind, claimed, require_ours
from tests.support.versions import Place, check_site, make_version

ROOT = Path(__file__).parents[2]
WEBSITES = {
    "a page": ["index.html"], "a service worker": ["sw.js"], "headers": ["_headers"],
    "models of its own": ["models/car.glb"],
    "a list of models of its own": ["models/index.json", "models/car/latest.json"],
    "our embed": ["embed.js", "load.js", "frame.html"], "a hidden file": [".htaccess"], "an empty folder": ["photos/"],
    "a file of the pattern of ours": [".notes.0123456789ab.tmp"],
}  # fmt: skip


def fill(folder: Path, names: list[str]) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_text("{}")


def everything(folder: Path) -> dict[Path, bytes | None]:
    return {
        path: path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("names", WEBSITES.values(), ids=WEBSITES)
@pytest.mark.parametrize("embed_only", [False, True])
def test_somebodys_website_is_neither_site_nor_store(
    place: Place, names: list[str], embed_only: bool
) -> None:
    fill(place.site, names)
    before = everything(place.site)
    first = min(name.split("/")[0] for name in names)
    message = rf"holds {first} and was not made.*Nothing was changed. Pass --site"
    with pytest.raises(PublishError, match=message) as caught:
        place.publish(embed_only=embed_only)
    assert caught.value.exit_code == 6
    with pytest.raises(PublishError, match=r"which holds .* Pass --store a new folder"):
        make_version(place.site)
    assert everything(place.site) == before
    website, place.site = place.site, place.site / "classifier"
    place.publish()
    assert {
        path: content for path, content in everything(website).items() if path in before
    } == before


@pytest.mark.parametrize("kind", ["site", "store"])
def test_a_build_refuses_before_it_reads_data(tmp_path: Path, kind: Kind) -> None:
    folders = {"site": tmp_path / "site", "store": tmp_path / "out"}
    places = {
        "site": folders["site"],
        "out": folders["store"],
        "runs": tmp_path / "runs",
    }
    config = Config(
        name="own",
        recipe=load_recipe("softmax"),
        data="nowhere.npz",
        **places,  # type: ignore[arg-type]
    )
    outcomes = [io.BytesIO()] * (kind == "store") + [
        OSError(errno.EROFS, "Read-only file system")
    ]
    refused = pytest.raises(
        DiskError,
        match=rf"{folders[kind]}: Read-only file system\..* choose another folder",
    )
    with patch("tempfile.TemporaryFile", side_effect=outcomes), refused:
        run_stages(config)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs/own").symlink_to(tmp_path / "theirs")
    with pytest.raises(PublishError, match=r"through a link\. Received: .*/runs/own\."):
        run_stages(config)
    (tmp_path / "runs/own").unlink()
    fill(folders[kind], ["index.html"])
    before = everything(tmp_path)
    for until in ("evaluate", "publish"):
        with pytest.raises(PublishError, match=r"holds index\.html"):
            run_stages(config, until=until)
    assert everything(tmp_path) == before


def test_a_rollback_does_not_touch_a_store_that_is_not_one(place: Place) -> None:
    first = place.publish(b"w1").version
    place.publish(b"w2")
    theirs = place.site.with_name("theirs")
    fill(theirs, ["thesis.tex"])
    with pytest.raises(PublishError, match=r"holds thesis\.tex"):
        rollback(place.site, theirs, "digits")
    assert [path.name for path in theirs.iterdir()] == ["thesis.tex"]
    assert place.rollback().version == first


def test_a_site_is_no_store_and_a_store_no_site_and_that_of_a_clone_is_marked(
    place: Place,
) -> None:
    require_ours(ROOT / "exported_models", "store")
    assert (ROOT / "exported_models" / MARKER_NAME).read_bytes()
    place.publish()
    with pytest.raises(
        PublishError, match=r'must say \{.*"kind": "site".*Received: .*"kind": "store"'
    ):
        require_ours(place.out, "site")
    with pytest.raises(PublishError, match=r'must say \{.*"kind": "store"'):
        make_version(place.site)


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"made_by": "keras-web-pipeline", "kind": "site", "format": 2}'],
)
def test_a_marker_that_says_anything_else_is_refused(
    place: Place, content: str
) -> None:
    place.publish()
    marker = (place.site / MARKER_NAME).read_bytes()
    (place.site / MARKER_NAME).write_text(content)
    with pytest.raises(PublishError, match=r"must say .*Pass --site another folder"):
        place.publish(b"w2")
    # as Git may write it: the same
    (place.site / MARKER_NAME).write_bytes(marker.replace(b"\n", b"\r\n"))
    place.publish()


def test_foreign_files_in_our_site_stay(place: Place) -> None:
    place.publish(b"w1")
    names = [
        "CNAME",
        "photos/me.jpg",
        "models/readme.txt",
        "models/digits/notes.txt",
        "assets/.own.tmp",
    ]
    fill(place.site, names)
    theirs = [place.site / name for name in names]
    place.publish(b"w2")
    place.rollback()
    assert [path.read_text() for path in theirs] == ["{}"] * len(theirs)


PAGE = ["site/embed.js", "site/index.html"]
FOLDERS = [
    "site/models/digits",
    "site/models",
    "site/models/digits/latest.json",
    "out/digits",
    "out/digits/latest.json",
]


@pytest.mark.parametrize("link", [*PAGE, *FOLDERS, "site/assets", "site/page.json"])
def test_nothing_is_written_through_a_link(
    place: Place, tmp_path: Path, link: str
) -> None:
    place.publish(b"w1")
    place.publish(b"w2")
    theirs = tmp_path / "theirs"
    (tmp_path / link).rename(theirs)
    (tmp_path / link).symlink_to(theirs)
    before = everything(tmp_path)
    with pytest.raises(PublishError, match=f"Received: .*/{link}"):
        place.publish(b"w2")
    if link not in PAGE:  # a rollback writes none of these
        with pytest.raises(PublishError, match=f"Received: .*/{link}"):
            place.rollback()
    assert everything(tmp_path) == before


@pytest.mark.parametrize("kind", ["site", "store"])
def test_a_copy_that_lost_the_marker_is_refused_with_the_line_that_it_needs(
    place: Place, kind: Kind
) -> None:
    place.publish(b"w1")
    marker = {"site": place.site, "store": place.out}[kind] / MARKER_NAME
    assert json.loads(marker.read_bytes()) == {
        "made_by": "keras-web-pipeline",
        "kind": kind,
        "format": 1,
    }
    marker.unlink()
    with pytest.raises(PublishError, match=r"was not made by this pipeline") as caught:
        place.publish(b"w2")
    marker.write_text(str(caught.value).partition("put it back: ")[2])
    version = place.publish(b"w2").version
    assert check_site(place.site) == {"digits": version}


def test_a_page_that_somebody_put_into_our_site_is_not_replaced(place: Place) -> None:
    place.publish(b"w1", embed_only=True)
    page = place.site / "index.html"
    page.write_text("<h1>my blog</h1>")
    with pytest.raises(
        PublishError, match=r"somebody's own page.*index\.html.*--embed-only"
    ):
        place.publish(b"w2")
    version = place.publish(b"w2", embed_only=True).version
    assert place.json("models/digits/latest.json")["version"] == version
    assert page.read_text() == "<h1>my blog</h1>"


def test_a_lock_alone_makes_a_folder_nobody_elses(tmp_path: Path) -> None:
    with exclusive(tmp_path / "site"):
        require_ours(tmp_path / "site", "site")
    assert [path.name for path in (tmp_path / "site").iterdir()] == [".lock"]
    with claimed(tmp_path / "site", "site", progress=pytest.fail):
        pass
