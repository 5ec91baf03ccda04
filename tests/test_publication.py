import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, DiskError, PublishError
from pipeline.site.memory import MEMORY_NAME
from pipeline.site.releases import choose_default
from pipeline.system.outside import read_json
from pipeline.versions import manifest as manifest_module
from tests.support.versions import (
    Place,
    check_site,
    files_of,
    make_version,
    make_web,
    publish_folder,
    snapshot,
)


def test_a_version_and_the_page_become_a_site(place: Place) -> None:
    done = place.publish()
    version = done.version
    assert check_site(place.site) == {"digits": version}
    assert set(snapshot(place.site)) == {
        ".keras-web-pipeline", ".nojekyll", "_headers", "assets/LICENSES.txt", "assets/page-1.js",
        "assets/parts/style-1.css", "embed.js", "favicon.svg", "index.html", "page.json", "sw.js", "models/index.json",
        "models/digits/latest.json", "models/digits/history.json",
        *(f"models/digits/{version}/{path}" for path in [*files_of(b""), "manifest.json", "judging.json", "README.md"]),
    }  # fmt: skip
    # test_pointers.py tests what else it says
    assert place.json("models/digits/latest.json")["version"] == version
    assert place.json("models/index.json") == {
        "default": "digits",
        "models": [{"name": "digits", "path": "digits/latest.json"}],
    }
    assert (done.name, done.previous_version) == ("digits", None)
    assert done.bytes == sum(
        p.stat().st_size
        for p in (place.out / "digits" / version).rglob("*")
        if p.is_file()
    )
    assert place.said == []


def test_a_new_version_and_a_new_page_leave_the_old_ones_in_place(place: Place) -> None:
    version = make_version(place.out, b"w1")
    (version / "notes.txt").write_text("private")
    first = publish_folder(version, place.site, place.web, place.out)
    # only what the manifest lists becomes public
    assert not list(place.site.rglob("notes.txt"))
    old = snapshot(place.site)
    make_web(place.web, build="2")
    second = place.publish(b"w2")
    assert second.previous_version == first.version
    assert check_site(place.site) == {"digits": second.version}
    new = snapshot(place.site)
    replaced = {path for path in old if new.get(path) != old[path]}
    pointers = {"models/digits/latest.json", "models/digits/history.json"}
    assert replaced == {"embed.js", "index.html", "page.json", "sw.js"} | pointers


def test_the_newest_model_is_the_default_and_readers_without_javascript_find_its_card(
    place: Place,
) -> None:
    later = place.publish(name="a-later", title="Later").version
    assert place.card() == f"models/a-later/{later}/README.md"
    first = place.publish(name="m-first").version
    assert place.json("models/index.json")["models"][1]["title"] == "Later"
    place.publish(b"w2", name="a-later")
    assert "title" not in place.json("models/index.json")["models"][1]
    assert place.card() == f"models/m-first/{first}/README.md"
    index = place.json("models/index.json")
    assert (index["default"], [row["name"] for row in index["models"]]) == (
        "m-first",
        ["m-first", "a-later"],
    )
    second = place.publish(b"w2", name="m-first").version
    assert place.card() == f"models/m-first/{second}/README.md"
    path = place.site / "models" / "index.json"
    path.write_text(
        path.read_text().replace('"default": "m-first"', '"default": "a-later"')
    )
    place.publish(b"w2", name="m-first")
    assert [row["name"] for row in place.json("models/index.json")["models"]] == [
        "a-later",
        "m-first",
    ]
    assert "models/a-later/" in place.card()
    assert place.said == []
    path.write_text("{")
    # which knows the history and the index as they were
    for memory in place.out.glob(f"*/{MEMORY_NAME}"):
        memory.unlink()
    history = place.site / "models" / "m-first" / "history.json"
    history.write_text(
        history.read_text().replace('"published_at": "20', '"published_at": "19')
    )
    place.publish(b"w2", name="m-first")
    assert [row["name"] for row in place.json("models/index.json")["models"]] == [
        "m-first",
        "a-later",
    ]
    assert "was damaged" in place.said[0]


def test_publishing_reads_the_versions_of_its_model_and_no_other_that_is_not_live(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = [place.publish(b"w%d" % n, name="other").version for n in (1, 2)][-1]
    former = place.site / "models" / "digits" / place.publish(b"w1").version
    choose_default(place.site, place.out, "other")
    version = make_version(place.out, b"w2")
    opened = set()

    def watch(path: Path) -> Any:
        if path.name == "manifest.json":
            opened.add(path.parent)
        return read_json(path)

    monkeypatch.setattr(manifest_module, "read_json", watch)
    publish_folder(version, place.site, place.web, place.out)
    assert opened == {version, former, place.site / "models" / "other" / live}


@pytest.mark.parametrize(("path", "number"), [
    ("manifest.json", "0.9561"), ("README.md", "95.61"),
    *((path, "") for path in ("manifest.json", "README.md", "model.keras", "layers-float32/model.json")),
])  # fmt: skip
def test_a_damaged_live_version_is_mended_from_the_store_and_reported(
    place: Place, path: str, number: str
) -> None:
    done = place.publish(name="digits")
    folder = place.site / "models" / "digits" / done.version
    file = folder / path
    before = file.read_text()
    file.write_text(
        before.replace(number, f"{number[:-1]}7")
        if number
        else f"{before[:-2]}!{before[-1]}"
    )
    assert file.read_text() != before
    damaged = file.read_text()
    told = [
        json.loads(place.run("versions", "prune", *o, "--json").stdout)["warnings"]
        for o in (["--dry-run"], [])
    ]
    assert (len(told[0]), told[0]) == (1, told[1])
    assert file.read_text() == before
    file.write_text(damaged)
    assert place.publish(name="digits").warnings == tuple(told[0])
    assert file.read_text() == before
    assert check_site(place.site)["digits"] == done.version
    (said,) = place.said  # once
    assert f"{folder} was damaged" in said


def test_the_page_is_replaced_after_the_pointers_then_the_service_worker_and_last_what_the_store_remembers(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A worker that keeps index.html must not be fetched while the old one still lies
    # there.
    place.publish(b"w1")
    make_web(place.web, build="2")
    (place.web / "assets" / "part-abcdefgh.js").write_text("export {};")
    version = make_version(place.out, b"w2")
    replaced = []
    real = os.replace

    def watch(source: Path, target: Path) -> None:
        replaced.append(str(target))
        real(source, target)

    monkeypatch.setattr("pipeline.system.files.os.replace", watch)
    publish_folder(version, place.site, place.web, place.out)
    names = [
        path.removeprefix(f"{place.site}/").removeprefix(f"{place.out}/")
        for path in replaced
    ]
    pointers = [f"models/digits/{path}" for path in ("history.json", "latest.json")]
    assert names[-5:] == [*pointers, "index.html", "sw.js", f"digits/{MEMORY_NAME}"]
    replaced.clear()
    publish_folder(
        make_version(place.out, name="other"), place.site, place.web, place.out
    )
    names = [Path(path).name for path in replaced[-7:]]
    assert names == [
        "page.json",
        "history.json",
        "latest.json",
        "index.json",
        "index.html",
        MEMORY_NAME,
        MEMORY_NAME,
    ]


def test_a_page_that_is_not_built_is_refused_with_the_next_step(place: Place) -> None:
    version = make_version(place.out)
    (place.web / "assets" / "page-1.js").unlink()
    with pytest.raises(
        PublishError,
        match=(
            r"partly built: index\.html uses assets/page-1\.js, which is missing. Run"
            r" `make web`"
        ),
    ):
        publish_folder(version, place.site, place.web, place.out)
    shutil.rmtree(place.web)
    with pytest.raises(
        PublishError, match=r"not built: .*index\.html is missing. Run `make web`"
    ):
        publish_folder(version, place.site, place.web, place.out)
    assert not place.site.exists()


def test_a_version_that_was_built_again_stays_as_it_was_published(place: Place) -> None:
    version = place.publish(created="2026-01-01T00:00:00Z").version
    before = snapshot(place.site)
    shutil.rmtree(place.out / "digits" / version)
    assert place.publish(created="2027-01-01T00:00:00Z").version == version
    assert snapshot(place.site) == before


@pytest.mark.parametrize(
    ("site", "out"), [("x", "x"), ("x/site", "x"), ("x", "x/out"), ("x/../y", "y")]
)
def test_site_and_store_must_not_overlap(tmp_path: Path, site: str, out: str) -> None:
    version = make_version(tmp_path / out)
    with pytest.raises(ConfigError, match="neither inside the other"):
        publish_folder(
            version, tmp_path / site, make_web(tmp_path / "web"), tmp_path / out
        )


def test_another_models_broken_pointer_stops_before_anything_changes(
    place: Place,
) -> None:
    place.publish(name="digits")
    place.publish(name="other")
    (place.site / "models" / "other" / "latest.json").write_text("{")
    (place.out / "other" / MEMORY_NAME).unlink()  # which would restore it
    before = snapshot(place.site)
    with pytest.raises(PublishError, match=r"other/latest\.json must hold"):
        place.publish(b"w2", name="digits")
    after = snapshot(place.site)
    assert {path: after[path] for path in before} == before


def test_for_a_host_without_a_page_only_the_model_and_what_embeds_it_is_published(
    place: Place,
) -> None:
    (place.web / "assets" / "part-1.js").write_text(
        'new URL("./binary-1.wasm", import.meta.url)'
    )
    (place.web / "assets" / "binary-1.wasm").write_bytes(b"\0asm\xff")
    # embed.js of the made-up page imports it
    (place.web / "assets" / "page-1.js").write_text('import("./part-1.js");')
    (place.web / "assets" / "unused-1.js").write_text("")
    (place.web / "assets" / "embed-2.js").write_text("export {};")
    (place.web / "integrity.json").write_text(
        '{"embed.js": {"path": "assets/embed-2.js"}}'
    )
    (place.web / "assets" / "framed-1.css").write_text("")
    (place.web / "frame.html").write_text(
        '<link rel="stylesheet" href="./assets/framed-1.css">'
    )
    (place.web / "embed.html").write_text("")
    version = place.publish(embed_only=True).version
    assert set(snapshot(place.site)) == {
        ".keras-web-pipeline", ".nojekyll", "_headers", "assets/LICENSES.txt", "assets/page-1.js", "assets/part-1.js",
        "assets/binary-1.wasm", "assets/embed-2.js", "assets/framed-1.css", "embed.js", "frame.html", "integrity.json",
        "page.json", "models/index.json", "models/digits/latest.json", "models/digits/history.json",
        *(f"models/digits/{version}/{path}" for path in [*files_of(b""), "manifest.json", "judging.json", "README.md"]),
    }  # fmt: skip
    assert check_site(place.site) == {"digits": version}


def test_an_embed_only_release_leaves_the_page_that_is_there_and_renews_its_words(
    place: Place,
) -> None:
    place.publish()
    before = snapshot(place.site)
    version = place.publish(b"w2", embed_only=True).version
    after = snapshot(place.site)
    assert set(before) < set(after)
    assert f"models/digits/{version}/" in (place.site / "index.html").read_text()
    assert check_site(place.site) == {"digits": version}


POINTERS = (
    "models/index.json",
    "models/digits/history.json",
    "models/digits/latest.json",
)


def test_a_pointer_of_endless_brackets_stops_no_build(place: Place) -> None:
    place.publish(b"w1")
    for name in POINTERS:
        path = place.site / name
        path.write_text("[" * 5000)
        place.publish(b"w2")
        assert path.read_text() != "[" * 5000


@pytest.mark.parametrize("name", POINTERS)
def test_a_pipe_in_place_of_a_pointer_is_refused_and_never_waited_for(
    place: Place, name: str
) -> None:
    place.publish(b"w1")
    path = place.site / name
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DiskError, match="not a regular file") as caught:
        place.publish(b"w2")
    assert str(path) in str(caught.value)
    assert path.is_fifo()
