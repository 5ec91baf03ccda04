import errno
import json
import os
import resource
import shutil
import signal
import sys

import pytest
from versions import (
    check_site,
    files_of,
    fill,
    make_version,
    make_web,
    manifest_with,
    moments_to_die,
    run_in_child,
    snapshot,
)

from pipeline import compress, durable, store
from pipeline.errors import ConfigError, PublishError
from pipeline.headers import CONTENT_SECURITY_POLICY, HEADER_RULES, headers_for, render_headers
from pipeline.manifest import version_id
from pipeline.pointers import PREDICTION_NEEDS
from pipeline.publish import list_versions, publish_site, published_accuracy, rollback, web_dir
from pipeline.static_page import END, START

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


class Place:
    """A store, a built page and a site, side by side."""

    def __init__(self, root):
        self.out, self.web, self.site = root / "out", make_web(root / "web"), root / "site"
        self.said = []

    def publish(self, weights=b"w1", **changes):
        version = make_version(self.out, weights, **changes)
        return publish_site(version, self.site, self.web, self.out, report=self.said.append)

    def rollback(self, name="digits", version=None):
        return rollback(self.site, self.out, name, version, report=self.said.append)

    def json(self, path):
        return json.loads((self.site / path).read_bytes())

    def publish_embed(self, weights=b"w1", **changes):
        version = make_version(self.out, weights, **changes)
        return publish_site(version, self.site, self.web, self.out, embed_only=True, report=self.said.append)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(compress, "LEAST", sys.maxsize)  # no compressed copies: they are test_compress.py's
    return Place(tmp_path)


def test_a_version_and_the_page_become_a_site(place):
    done = place.publish()
    version = done.version
    assert check_site(place.site) == {"digits": version}
    assert set(snapshot(place.site)) == {
        ".nojekyll",
        "_headers",
        "assets/page-1.js",
        "assets/parts/style-1.css",
        "embed.js",
        "favicon.svg",
        "index.html",
        "sw.js",
        "models/index.json",
        "models/digits/latest.json",
        "models/digits/history.json",
        *(f"models/digits/{version}/{path}" for path in [*files_of(b""), "manifest.json", "README.md"]),
    }
    pointer, manifest = (place.json(f"models/digits/{path}") for path in ("latest.json", f"{version}/manifest.json"))
    default = next(fmt for fmt in manifest["formats"] if fmt["id"] == "layers-float32")
    for file in default["files"]:
        if file["path"] == "layers-float32/model.json":
            file["text"] = (place.site / "models/digits" / version / file["path"]).read_text()
    verification = manifest["verification"]
    checks = [check for check in verification["checks"] if check["format"] == "layers-float32"]
    known = {key: manifest[key] for key in PREDICTION_NEEDS if key in manifest}
    assert {"labels", "input", "output", "preprocess"} <= known.keys()
    needed = known | {"formats": [default], "verification": verification | {"checks": checks}}
    assert pointer == {"version": version, "manifest": needed}
    assert place.json("models/index.json") == {
        "default": "digits",
        "models": [
            {
                "name": "digits",
                "version": version,
                "test_accuracy": 0.9561,
                "labels": ["0", "1", "2"],
                "path": "digits/latest.json",
            }
        ],
    }
    assert (done.name, done.previous_version) == ("digits", None)
    assert done.bytes == sum(p.stat().st_size for p in (place.out / "digits" / version).rglob("*") if p.is_file())
    assert place.said == []


def test_publishing_the_same_again_touches_nothing(place):
    place.publish()

    def times():
        return {p: p.stat().st_mtime_ns for p in place.site.rglob("*") if p.is_file() and ".lock" not in p.name}

    before = times()
    place.publish()
    assert times() == before


def test_a_new_version_and_a_new_page_leave_the_old_ones_in_place(place):
    first = place.publish(b"w1")
    old = snapshot(place.site)
    make_web(place.web, build="2")
    second = place.publish(b"w2")
    assert second.previous_version == first.version
    assert check_site(place.site) == {"digits": second.version}
    new = snapshot(place.site)
    replaced = {path for path in old if new.get(path) != old[path]}
    assert replaced == {
        "embed.js",
        "index.html",
        "sw.js",
        "models/index.json",
        "models/digits/latest.json",
        "models/digits/history.json",
    }


def test_only_what_the_manifest_lists_becomes_public(place):
    version = make_version(place.out)
    (version / "notes.txt").write_text("private")
    publish_site(version, place.site, place.web, place.out)
    assert not list(place.site.rglob("notes.txt"))


def test_the_first_model_published_stays_the_default(place):
    place.publish(name="m-first")
    place.publish(name="a-later")
    assert [row["name"] for row in place.json("models/index.json")["models"]] == ["m-first", "a-later"]
    place.publish(b"w2", name="a-later")
    assert place.json("models/index.json")["default"] == "m-first"


def facts(place):
    """The part of index.html for readers without JavaScript."""
    page = (place.site / "index.html").read_text()
    return page[page.index(START) : page.index(END)]


def test_readers_without_javascript_are_told_about_the_default_model(place):
    first = place.publish(name="m-first").version
    for part in (f"models/m-first/{first}/weights.png", f"models/m-first/{first}/README.md", "95.61 %", "97.00 %"):
        assert part in facts(place)
    told = facts(place)
    place.publish(name="a-later")
    assert facts(place) == told
    second = place.publish(b"w2", name="m-first").version
    assert f"models/m-first/{second}/" in facts(place)
    assert first not in facts(place)
    index = place.site / "models" / "index.json"
    index.write_text(index.read_text().replace('"default": "m-first"', '"default": "a-later"'))
    place.publish(b"w2", name="m-first")
    assert "models/a-later/" in facts(place)
    assert "m-first" not in facts(place)


def test_a_default_without_a_picture_is_told_about_in_text(place):
    files = {path: content for path, content in files_of(b"w1").items() if path != "weights.png"}
    manifest = manifest_with(files_of(b"w1"), linear=False)
    del manifest["files"]["weights_picture"]
    manifest["version"] = version_id(manifest)
    staging = store.new_staging(place.out, "digits")
    fill(staging, files, manifest)
    version = store.commit(staging, place.out, "digits", manifest["version"])
    publish_site(version, place.site, place.web, place.out)
    assert check_site(place.site) == {"digits": manifest["version"]}
    assert "<img" not in facts(place)
    assert "95.61 %" in facts(place)


def test_the_page_is_replaced_after_the_pointers_and_the_service_worker_after_the_page(place, monkeypatch):
    # A worker that keeps index.html must not be fetched while the old one still lies there.
    place.publish(b"w1")
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    replaced = []
    real = os.replace

    def watch(source, target):
        replaced.append(str(target))
        real(source, target)

    monkeypatch.setattr(durable.os, "replace", watch)
    publish_site(version, place.site, place.web, place.out)
    names = [path.removeprefix(f"{place.site}/") for path in replaced]
    assert names[-4:] == ["models/digits/latest.json", "models/index.json", "index.html", "sw.js"]


def test_a_default_that_was_chosen_by_hand_is_kept_and_a_damaged_index_is_made_anew(place):
    place.publish(name="a-first")
    place.publish(name="b-second")
    index = place.site / "models" / "index.json"
    index.write_text(index.read_text().replace('"default": "a-first"', '"default": "b-second"'))
    place.publish(b"w2", name="a-first")
    assert [row["name"] for row in place.json("models/index.json")["models"]] == ["b-second", "a-first"]
    assert place.said == []
    index.write_text("{")
    history = place.site / "models" / "a-first" / "history.json"
    history.write_text(history.read_text().replace('"published_at": "20', '"published_at": "19'))
    place.publish(b"w2", name="a-first")
    assert [row["name"] for row in place.json("models/index.json")["models"]] == ["a-first", "b-second"]
    assert "was damaged" in place.said[0]


def test_a_page_that_is_not_built_is_refused_with_the_next_step(place):
    version = make_version(place.out)
    (place.web / "assets" / "page-1.js").unlink()
    with pytest.raises(
        PublishError, match=r"in part: index\.html uses assets/page-1\.js, which is missing. Run `make web`"
    ):
        publish_site(version, place.site, place.web, place.out)
    shutil.rmtree(place.web)
    with pytest.raises(PublishError, match=r"not built: .*index\.html is missing. Run `make web`"):
        publish_site(version, place.site, place.web, place.out)
    assert not place.site.exists()


def test_a_page_without_a_place_for_the_facts_is_refused(place):
    version = make_version(place.out)
    page = place.web / "index.html"
    page.write_text(page.read_text().replace(END, ""))
    with pytest.raises(PublishError, match=r"no place for what readers without JavaScript see.* Run `make web`"):
        publish_site(version, place.site, place.web, place.out)
    assert not place.site.exists()


def test_the_built_page_lies_in_the_package():
    assert web_dir().parts[-3:] == ("pipeline", "_web", "site")


def test_a_damaged_version_is_not_published_and_the_site_stays(place):
    place.publish(b"w1")
    before = snapshot(place.site)
    version = make_version(place.out, b"w2")
    (version / "model.keras").write_bytes(b"")
    with pytest.raises(PublishError, match=r"is damaged: model\.keras has 0 bytes instead of 8"):
        publish_site(version, place.site, place.web, place.out)
    assert snapshot(place.site) == before


def test_a_damaged_version_on_the_site_is_mended_and_reported(place):
    done = place.publish()
    (place.site / "models" / "digits" / done.version / "model.keras").write_bytes(b"")
    place.publish()
    assert check_site(place.site) == {"digits": done.version}
    assert "was damaged" in place.said[0]


def test_a_bare_export_cannot_be_shown_on_a_page(place):
    version = make_version(place.out, labels=None, preprocess=None)
    with pytest.raises(PublishError, match="its manifest has no labels, preprocess"):
        publish_site(version, place.site, place.web, place.out)


@pytest.mark.parametrize(("site", "out"), [("x", "x"), ("x/site", "x"), ("x", "x/out"), ("x/../y", "y")])
def test_site_and_store_must_not_overlap(tmp_path, site, out):
    version = make_version(tmp_path / out)
    with pytest.raises(ConfigError, match="neither inside the other"):
        publish_site(version, tmp_path / site, make_web(tmp_path / "web"), tmp_path / out)


def test_another_models_broken_pointer_stops_before_anything_changes(place):
    place.publish(name="other")
    place.publish(name="digits")
    (place.site / "models" / "other" / "latest.json").write_text("{")
    before = snapshot(place.site)
    with pytest.raises(PublishError, match=r"other/latest\.json must hold"):
        place.publish(b"w2", name="digits")
    after = snapshot(place.site)
    assert {path: after[path] for path in before} == before


# Crash, full disk, wrong folder


@needs_fork
def test_a_kill_at_any_moment_leaves_a_working_site_and_the_next_run_finishes(place, tmp_path):
    old = place.publish(b"w1").version
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    saved = tmp_path / "saved"
    place.site.rename(saved)

    def publish():
        publish_site(version, place.site, place.web, place.out, report=place.said.append)

    def restore():
        shutil.rmtree(place.site, ignore_errors=True)
        shutil.copytree(saved, place.site)

    restore()
    code, calls = run_in_child(publish)
    assert code == 0, calls
    finished = set(snapshot(place.site))
    moments = moments_to_die(calls, every=16)
    seen = set()
    for number, die_at in enumerate(moments):
        restore()
        assert run_in_child(publish, die_at)[0] == -signal.SIGKILL
        seen.add(check_site(place.site)["digits"])
        if number % 4 == 0:
            publish()
            assert check_site(place.site) == {"digits": version.name}
            assert set(snapshot(place.site)) == finished, "leftovers"
    assert seen == {old, version.name}


@needs_fork
def test_no_file_is_ever_opened_for_writing_under_its_final_name(place):
    place.publish(b"w1")
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    opened = []

    def watch(event, arguments):
        if event == "open" and isinstance(arguments[0], str) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            opened.append(arguments[0])

    def publish():
        sys.addaudithook(watch)  # in the child only: such a hook cannot be taken off
        publish_site(version, place.site, place.web, place.out)
        place.rollback()
        assert len(opened) > 10
        assert [path for path in opened if "/." not in path.removeprefix(str(place.site))] == []

    code, said = run_in_child(publish)
    assert code == 0, said


@needs_fork
def test_a_kill_during_the_very_first_publication_never_shows_half_a_site(place):
    version = make_version(place.out)

    def publish():
        publish_site(version, place.site, place.web, place.out)

    for die_at in moments_to_die(run_in_child(publish)[1], every=32):
        shutil.rmtree(place.site, ignore_errors=True)
        run_in_child(publish, die_at)
        check_site(place.site)
    publish()
    assert check_site(place.site) == {"digits": version.name}


@needs_fork
def test_a_kill_during_commit_leaves_the_store_whole(tmp_path):
    old = make_version(tmp_path / "out", b"w1").name
    saved = tmp_path / "saved"
    (tmp_path / "out").rename(saved)
    code, calls = run_in_child(lambda: make_version(tmp_path / "out", b"w2"))
    assert code == 0
    for die_at in moments_to_die(calls, every=8):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        shutil.copytree(saved, tmp_path / "out")
        run_in_child(lambda: make_version(tmp_path / "out", b"w2"), die_at)
        for version in store.versions(tmp_path / "out", "digits"):
            assert store.verify_files(tmp_path / "out" / "digits" / version) == []
        assert store.latest(tmp_path / "out", "digits") in store.versions(tmp_path / "out", "digits")
        store.clean_stale_staging(tmp_path / "out", "digits")
        assert not list((tmp_path / "out" / "digits").glob(".*"))
    assert old in store.versions(tmp_path / "out", "digits")


@needs_fork
@pytest.mark.parametrize(("padding", "weights"), [(100_000, b"w2"), (0, b"w" * 100_000)], ids=["page", "version"])
def test_a_file_that_the_system_refuses_to_write_leaves_the_old_site(place, padding, weights):
    # Real, and needs no root: the kernel stops the write at 64 KiB, as a full disk would.
    place.publish(b"w1")
    before = snapshot(place.site)
    make_web(place.web, build="2", padding=padding)
    version = make_version(place.out, weights)

    def publish_with_limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
        publish_site(version, place.site, place.web, place.out)

    code, said = run_in_child(publish_with_limit)
    assert code == 6, said
    refused = "assets/page-2.js" if padding else "layers-float32/group1-shard1of1.bin"
    assert said.startswith(f"PublishError: Cannot write {place.site}/")
    assert f"{refused}: File too large. What was there before is unchanged. " in said
    assert "raise the limit" in said
    after = snapshot(place.site)
    assert {path: after[path] for path in before} == before
    assert not [path for path in after if ".staging" in path or path.endswith(".tmp")]
    if weights != b"w2":
        assert after == before


def test_a_disk_that_fills_up_at_any_moment_leaves_the_old_site(place, monkeypatch):
    old = place.publish(b"w1").version
    before = snapshot(place.site)
    make_web(place.web, build="2")
    version = make_version(place.out, b"w2")
    real = os.fsync
    room = 0

    def fsync(descriptor):
        nonlocal room
        room -= 1
        if room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # where delayed allocation reports it
        real(descriptor)

    monkeypatch.setattr(durable.os, "fsync", fsync)
    messages = []
    for available in range(0, 200, 3):
        room = available
        try:
            publish_site(version, place.site, place.web, place.out, report=place.said.append)
            break
        except PublishError as error:
            messages.append(str(error))
        after = snapshot(place.site)
        assert not [path for path in after if ".staging" in path or path.endswith(".tmp")]
        assert check_site(place.site)["digits"] in (old, version.name)
        if after["embed.js"] == before["embed.js"]:  # nothing was replaced yet: so nothing at all
            assert {path: after[path] for path in before} == before
    assert len(messages) > 5
    for message in messages:
        assert message.startswith(f"Cannot write {place.site}/")
        assert "No space left on device" in message
        assert "Free some space" in message
    assert check_site(place.site) == {"digits": version.name}


def test_a_site_below_a_file_is_refused_by_name(place, tmp_path):
    (tmp_path / "file").write_text("")
    version = make_version(place.out)
    with pytest.raises(PublishError, match=r"Cannot write .*file/site.*choose another folder"):
        publish_site(version, tmp_path / "file" / "site", place.web, place.out)


def test_a_file_where_a_folder_must_be_is_refused_by_name(place):
    place.publish()
    shutil.rmtree(place.site / "assets")
    (place.site / "assets").write_text("")
    with pytest.raises(PublishError, match=r"Cannot write .*site/assets.*move the file away"):
        place.publish(b"w2")


# Rollback


def test_rollbacks_go_back_one_by_one_and_forget_what_they_took_back(place):
    first, second, third = (place.publish(b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z").version for n in (1, 2, 3))
    done = place.rollback()
    assert (done.version, done.previous_version) == (second, first)
    assert check_site(place.site) == {"digits": second}
    assert place.json("models/index.json")["models"][0]["version"] == second
    fourth = place.publish(b"w4").version
    assert place.rollback().version == second  # not the third: it was taken back for a reason
    assert place.rollback().version == first
    with pytest.raises(PublishError, match=f"No version of digits was published before {first}. Available: {first}, "):
        place.rollback()
    assert place.rollback(version=fourth).version == fourth
    assert [entry["version"] for entry in place.json("models/digits/history.json")] == [
        first,
        second,
        third,
        second,
        fourth,
        second,
        first,
        fourth,
    ]
    assert place.rollback().version == first


def test_a_rollback_of_the_default_model_changes_the_facts_and_nothing_else_of_the_page(place):
    first, second = place.publish(b"w1").version, place.publish(b"w2").version
    place.publish(b"w1", name="other")
    place.publish(b"w2", name="other")
    page = (place.site / "index.html").read_text()
    place.rollback("other")
    assert (place.site / "index.html").read_text() == page
    place.rollback()
    assert (place.site / "index.html").read_text() == page.replace(second, first)
    assert first in facts(place)


def test_a_rollback_keeps_a_page_that_has_no_place_for_the_facts(place):
    first, second = place.publish(b"w1").version, place.publish(b"w2").version
    page = place.site / "index.html"
    page.write_text(page.read_text().replace(START, "").replace(END, ""))  # as an earlier release left it
    before = page.read_bytes()
    assert place.rollback().version == first
    assert page.read_bytes() == before
    page.unlink()
    assert place.rollback(version=second).version == second


def test_a_rollback_keeps_what_its_owner_wrote_into_the_page(place):
    place.publish(b"w1")
    place.publish(b"w2")
    page = place.site / "index.html"
    page.write_bytes(page.read_bytes() + b"<p>caf\xe9")  # Latin-1
    version = place.rollback().version
    assert page.read_bytes().endswith(b"<p>caf\xe9")
    assert version in page.read_text("latin-1")


@needs_fork
def test_a_kill_at_any_moment_of_a_rollback_leaves_a_working_site(place, tmp_path):
    old, new = place.publish(b"w1").version, place.publish(b"w2").version
    saved = tmp_path / "saved"
    shutil.copytree(place.site, saved)
    code, calls = run_in_child(place.rollback)
    assert code == 0, calls
    seen = set()
    for die_at in moments_to_die(calls, every=16):
        shutil.rmtree(place.site)
        shutil.copytree(saved, place.site)
        assert run_in_child(place.rollback, die_at)[0] == -signal.SIGKILL
        seen.add(check_site(place.site)["digits"])
    assert seen == {old, new}


def test_a_rollback_to_what_is_live_changes_nothing(place):
    version = place.publish().version
    before = snapshot(place.site)
    assert place.rollback(version=version).version == version
    assert snapshot(place.site) == before


def test_a_version_that_the_site_lacks_is_copied_from_the_store(place):
    older = make_version(place.out, b"w0").name
    place.publish(b"w1")
    assert place.rollback(version=older).version == older
    assert check_site(place.site) == {"digits": older}


def test_a_rollback_to_an_unknown_or_damaged_version_names_those_there_are(place):
    first, second = (place.publish(b"w%d" % n, created=f"2026-01-0{n}T00:00:00Z").version for n in (1, 2))
    before = snapshot(place.site)
    with pytest.raises(PublishError, match=f"no undamaged version 'abc' of digits. Available: {first}, {second}"):
        place.rollback(version="abc")
    assert snapshot(place.site) == before
    for root in (place.out, place.site / "models"):
        (root / "digits" / first / "model.keras").unlink()
    with pytest.raises(PublishError, match=f"Available: {second}."):
        place.rollback(version=first)
    with pytest.raises(PublishError, match=f"Available: {second}."):
        place.rollback()


def test_a_rollback_of_what_was_never_published_names_what_was(place):
    place.publish()
    with pytest.raises(PublishError, match=r"Nothing is published as 'other' in .* Published: digits"):
        place.rollback("other")
    with pytest.raises(ConfigError, match="Try --name digits"):
        place.rollback("Digits")


def test_a_damaged_history_is_named(place):
    place.publish()
    (place.site / "models" / "digits" / "history.json").write_text("[1]")
    with pytest.raises(PublishError, match=r"history\.json is damaged"):
        place.rollback()


# What others ask


def test_versions_are_listed_with_what_is_live(place):
    first = place.publish(b"w1", created="2026-01-01T00:00:00Z").version
    second = place.publish(b"w2", created="2026-01-02T00:00:00Z").version
    third = make_version(place.out, b"w3", created="2026-01-03T00:00:00Z").name
    shutil.rmtree(place.out / "digits" / first)  # the site still has it
    (place.out / "digits" / third / "manifest.json").write_text("{")
    make_version(place.out, name="another", metrics=None)
    rows = list_versions(place.out, place.site)
    assert [(row.name, row.version, row.live) for row in rows if not row.problem] == [
        ("another", rows[0].version, False),
        ("digits", first, False),
        ("digits", second, True),
    ]
    assert rows[0].test_accuracy is None
    assert rows[-1].test_accuracy == 0.9561
    assert rows[-1].bytes > 1000
    (broken,) = (row for row in rows if row.problem)
    assert broken.version == third
    assert "is not JSON" in broken.problem
    assert list_versions(place.out / "none", place.site / "none") == []


def test_the_published_accuracy_is_the_baseline_and_never_silently_missing(place):
    assert published_accuracy(place.site, "digits") is None
    version = place.publish().version
    assert published_accuracy(place.site, "digits") == (version, 0.9561)
    manifest = place.site / "models" / "digits" / version / "manifest.json"
    manifest.write_text("{")
    with pytest.raises(PublishError, match="Cannot read the manifest"):
        published_accuracy(place.site, "digits")
    manifest.write_text(json.dumps(manifest_with(files_of(b"w1"), metrics=None)))
    with pytest.raises(PublishError, match="has no test accuracy to compare with"):
        published_accuracy(place.site, "digits")
    (manifest.parent.parent / "latest.json").write_text("")
    with pytest.raises(PublishError, match=r"latest\.json must hold"):
        published_accuracy(place.site, "digits")


# Headers


def netlify_matches(pattern, path):
    """Netlify's reading: a final `*` also covers the folder itself, and a slash at the end does not matter."""
    parts, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    if parts[-1] == "*":
        parts, given = parts[:-1], given[: len(parts) - 1]
    return len(parts) == len(given) and all(
        a == b or (a.startswith(":") and b) for a, b in zip(parts, given, strict=True)
    )


def test_no_two_rules_set_the_same_header_for_a_file_as_any_host_reads_them(place):
    place.publish()
    for path in ["/", *(f"/{path}" for path in snapshot(place.site))]:
        names = [name for pattern, rule in HEADER_RULES if netlify_matches(pattern, path) for name in rule]
        assert len(names) == len(set(names)), path
        assert set(names) == set(headers_for(path)), path


def test_what_never_changes_is_kept_for_ever_and_pointers_are_asked_for_each_time(place):
    version = place.publish().version
    immutable = {path for path in snapshot(place.site) if "immutable" in headers_for(f"/{path}")["Cache-Control"]}
    assert immutable == {path for path in snapshot(place.site) if version in path or path.startswith("assets/")}
    for path in ("/", "/index.html", "/embed.js", "/sw.js", "/models/index.json", "/models/digits/latest.json"):
        assert headers_for(path)["Cache-Control"] == "no-cache"


def test_other_origins_may_use_the_embed_and_the_models_but_not_the_page():
    shared = (
        "/embed.js",
        "/load.js",
        "/frame.js",
        "/integrity.json",
        "/assets/x.js",
        "/models/index.json",
        "/models/a/latest.json",
        "/models/a/0/f/model.json",
    )
    for path in shared:
        assert headers_for(path)["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in headers_for("/index.html") | headers_for("/")


def test_other_pages_may_frame_the_page_that_is_made_for_it():
    headers = headers_for("/frame.html")
    assert "X-Frame-Options" not in headers
    assert "frame-ancestors" not in headers["Content-Security-Policy"]
    assert "sandbox" not in headers["Content-Security-Policy"]


def test_the_headers_file_holds_the_strict_policy_and_no_line_that_a_host_would_cut():
    text = render_headers()
    assert f"/*\n  Content-Security-Policy: {CONTENT_SECURITY_POLICY}\n" in text
    # WebAssembly may be compiled, text not evaluated, and nothing inline be run.
    assert "'wasm-unsafe-eval'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY.replace("'wasm-unsafe-eval'", "")
    assert "worker-src 'self'" in CONTENT_SECURITY_POLICY.split("; ")  # for sw.js
    assert max(map(len, text.splitlines())) < 2000  # Cloudflare's limit
    assert all(pattern.count("*") <= 1 for pattern, _ in HEADER_RULES)  # Cloudflare takes one


def test_for_a_host_without_a_page_only_the_model_and_what_embeds_it_is_published(place):
    (place.web / "assets" / "part-1.js").write_text('new URL("./binary-1.wasm", import.meta.url)')
    (place.web / "assets" / "binary-1.wasm").write_bytes(b"\0asm\xff")
    (place.web / "assets" / "page-1.js").write_text('import("./part-1.js");')  # embed.js of the made-up page imports it
    (place.web / "assets" / "unused-1.js").write_text("")
    (place.web / "assets" / "embed-2.js").write_text("export {};")
    (place.web / "integrity.json").write_text('{"embed.js": {"path": "assets/embed-2.js"}}')
    (place.web / "assets" / "framed-1.css").write_text("")
    (place.web / "frame.html").write_text('<link rel="stylesheet" href="./assets/framed-1.css">')
    (place.web / "embed.html").write_text("")
    version = place.publish_embed().version
    assert set(snapshot(place.site)) == {
        ".nojekyll",
        "_headers",
        "assets/page-1.js",
        "assets/part-1.js",
        "assets/binary-1.wasm",
        "assets/embed-2.js",
        "assets/framed-1.css",
        "embed.js",
        "frame.html",
        "integrity.json",
        "models/index.json",
        "models/digits/latest.json",
        "models/digits/history.json",
        *(f"models/digits/{version}/{path}" for path in [*files_of(b""), "manifest.json", "README.md"]),
    }
    assert check_site(place.site) == {"digits": version}


def test_an_embed_only_release_leaves_the_page_that_is_there_and_renews_its_facts(place):
    place.publish()
    before = snapshot(place.site)
    version = place.publish_embed(b"w2").version
    after = snapshot(place.site)
    assert set(before) < set(after)
    assert f"models/digits/{version}/" in (place.site / "index.html").read_text()
    assert check_site(place.site) == {"digits": version}
