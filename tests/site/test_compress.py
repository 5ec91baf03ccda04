import gzip
import os
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import brotli
import numpy as np
import pytest

from pipeline.site.compress import LEAST, find_copy, is_compressible, is_copy
from pipeline.site.page import web_dir
from pipeline.site.releases import list_versions, rollback
from pipeline.site.serve import make_server
from tests.support.hosts import ask, running
from tests.support.versions import (
    Place,
    check_copies,
    make_version,
    make_web,
    publish_folder,
)

# Size of a version of large weights.
COMPRESSED = (
    "README.md",
    "manifest.json",
    "film.bin",
    "layers-float32/group1-shard1of1.bin",
)


class LargePlace(Place):
    """A place whose page has files large enough to compress."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.build("1")

    def build(self, number: str) -> None:
        make_web(self.web, number, padding=2 * LEAST)
        embed = self.web / "embed.js"
        embed.write_text(embed.read_text() + f"// build {number} " + "*" * 2 * LEAST)
        index = self.web / "index.html"
        index.write_text(index.read_text() + " " * 2 * LEAST)


@pytest.fixture
def place(tmp_path: Path) -> LargePlace:
    return LargePlace(tmp_path)


def copies(site: Path) -> dict[Path, Path]:
    return {
        path: path.with_name(path.stem) for path in site.rglob("*") if is_copy(path)
    }


def test_large_texts_weights_and_webassembly_have_copies_and_nothing_else_has(
    place: LargePlace,
) -> None:
    (place.web / "assets" / "binary-1.wasm").write_bytes(b"\0asm\xff" * LEAST)
    (place.web / "assets" / "picture-1.png").write_bytes(b"\x89PNG\xff" * LEAST)
    version = place.publish(b"w1" * LEAST).version
    check_copies(place.site)
    with_copies = {
        str(original.relative_to(place.site))
        for original in copies(place.site).values()
    }
    of_version = {f"models/digits/{version}/{path}" for path in COMPRESSED}
    page = {
        "assets/binary-1.wasm",
        "assets/page-1.js",
        "embed.js",
        "index.html",
        "models/digits/latest.json",
    }
    assert with_copies == {*page, *of_version}
    assert all(
        copy.stat().st_size < original.stat().st_size
        for copy, original in copies(place.site).items()
    )


def test_copies_that_the_built_page_has_are_used_if_they_are_of_the_same_content(
    place: LargePlace,
) -> None:
    script = "assets/page-1.js"
    for path in (script, "embed.js", "index.html"):
        built = place.web / path
        built.with_name(f"{built.name}.br").write_bytes(
            brotli.compress(built.read_bytes() + b" " * LEAST, quality=1)
        )
    stale = (place.web / "embed.js.br").read_bytes()
    content = (place.web / script).read_bytes()
    # what publishing itself would not write
    unlike = brotli.compress(content, quality=1)
    (place.web / f"{script}.br").write_bytes(unlike)
    place.publish()
    assert (
        (place.site / f"{script}.br").read_bytes() == unlike != brotli.compress(content)
    )
    assert (place.site / "embed.js.br").read_bytes() != stale
    check_copies(place.site)
    assert not (place.site / "embed.js.br.br").exists()
    content = (place.web / "embed.js").read_bytes()  # and one that is cut off
    (place.web / "embed.js.br").write_bytes(brotli.compress(content, quality=1)[:-3])
    place.publish()
    check_copies(place.site)
    assert (place.site / "embed.js.br").read_bytes() == brotli.compress(content)


@pytest.mark.skipif(
    not (web_dir() / "embed.js").is_file(), reason="the page is not built"
)
def test_the_build_leaves_copies_of_everything_that_is_compressed() -> None:
    for path in (
        path for path in web_dir().rglob("*") if path.is_file() and not is_copy(path)
    ):
        if is_compressible(path, path.stat().st_size):
            assert (
                brotli.decompress(path.with_name(f"{path.name}.br").read_bytes())
                == path.read_bytes()
            )


def test_weights_that_hardly_shrink_have_no_copies_and_lose_those_of_other_content(
    place: LargePlace,
) -> None:
    random = np.random.default_rng(1)
    noise = random.normal(size=2 * LEAST).astype("<f4").tobytes()
    version = place.publish(noise).version
    shard = place.site / "models" / "digits" / version / COMPRESSED[-1]
    assert shard.read_bytes() == noise
    assert shard not in copies(place.site).values()
    assert len(brotli.compress(noise)) < len(noise)
    shard.with_name(f"{shard.name}.br").write_bytes(b"rotten")
    place.publish(noise)
    assert shard not in copies(place.site).values()


def test_the_same_again_touches_nothing_and_elsewhere_gives_the_same(
    place: LargePlace, tmp_path: Path
) -> None:
    def times() -> dict[Path, int]:
        return {
            path: path.stat().st_mtime_ns
            for path in place.site.rglob("*")
            if ".lock" not in path.name
        }

    done = place.publish()
    folder = place.out / "digits" / done.version
    # of no copies
    assert done.bytes == sum(
        path.stat().st_size for path in folder.rglob("*") if path.is_file()
    )
    assert {row.bytes for row in list_versions(place.out, place.site)} == {done.bytes}
    before = times()
    place.publish()
    assert times() == before
    publish_folder(make_version(place.out), tmp_path / "other", place.web, place.out)
    sites = [place.site, tmp_path / "other"]
    ours, theirs = (
        {copy.relative_to(site): copy.read_bytes() for copy in copies(site)}
        for site in sites
    )
    assert ours == theirs


def test_a_new_page_and_a_rollback_bring_new_copies_and_a_small_text_loses_its_own(
    place: LargePlace,
) -> None:
    first = place.publish(b"w1").version
    place.build("2")
    place.publish(b"w2")
    check_copies(place.site)
    assert b"build 2" in gzip.decompress((place.site / "embed.js.gz").read_bytes())
    rollback(place.site, place.out, "digits")
    check_copies(place.site)
    assert (
        first in gzip.decompress((place.site / "index.html.gz").read_bytes()).decode()
    )
    (place.web / "embed.js").write_text('import "./assets/page-2.js";')
    place.publish(b"w3")
    assert not (place.site / "embed.js.br").exists()
    assert not (place.site / "embed.js.gz").exists()


# Each text has another damage; moved on by three places, each has had all.
@pytest.mark.parametrize(
    "moved", [0, *(pytest.param(n, marks=pytest.mark.all_only) for n in (1, 2, 3))]
)
def test_a_rotten_copy_is_mended_though_its_time_is_right(
    place: LargePlace, moved: int
) -> None:
    version = place.publish(b"w1" * LEAST).version
    before = {path: path.read_bytes() for path in copies(place.site)}
    manifest = f"models/digits/{version}/manifest.json"
    for number, text in enumerate(
        ["embed.js", "index.html", "assets/page-1.js", manifest]
    ):
        for path in (place.site / f"{text}{suffix}" for suffix in (".br", ".gz")):
            time_ns, whole = path.stat().st_mtime_ns, path.read_bytes()
            middle = len(whole) // 2
            rotten = [
                (brotli.compress if path.suffix == ".br" else gzip.compress)(b"old"),
                whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
                whole[:middle],
                b"no longer compressed",
            ]
            path.write_bytes(rotten[(number + moved) % 4])
            os.utime(path, ns=(time_ns, time_ns))
    place.publish(b"w1" * LEAST)
    assert {path: path.read_bytes() for path in copies(place.site)} == before
    check_copies(place.site)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = LargePlace(tmp_path_factory.mktemp("served"))
    place.publish()
    return place.site


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[ThreadingHTTPServer]:
    server = make_server(site, 0)
    with running(server):
        yield server


@pytest.mark.parametrize(("accept", "suffix", "encoding"), [
    ("gzip, deflate, br, zstd", ".br", "br"), ("gzip, br;q=0", ".gz", "gzip"), ("GZIP", ".gz", "gzip"),
    ("identity", "", None), ("", "", None), ("br;q=0.0, gzip; q=0", "", None),
])  # fmt: skip
def test_the_preview_sends_the_copy_that_the_browser_accepts(
    server: ThreadingHTTPServer,
    site: Path,
    accept: str,
    suffix: str,
    encoding: str | None,
) -> None:
    response, body = ask(server, "/embed.js", Accept_Encoding=accept)
    assert body == (site / f"embed.js{suffix}").read_bytes()
    assert response.headers["Content-Encoding"] == encoding
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.headers["Content-Length"] == str(len(body))


def test_files_without_copies_do_not_vary_and_edited_texts_are_sent(
    server: ThreadingHTTPServer, site: Path
) -> None:
    for path in site.rglob("*.keras"):
        response, body = ask(
            server, f"/{path.relative_to(site).as_posix()}", Accept_Encoding="br"
        )
        assert (response.headers["Vary"], response.headers["Content-Encoding"]) == (
            None,
            None,
        )
        assert body == path.read_bytes()
    (site / "index.html").write_text("edited")
    assert find_copy(site / "index.html", "br") is None
    response, body = ask(server, "/", Accept_Encoding="br")
    assert (response.headers["Content-Encoding"], body) == (None, b"edited")
