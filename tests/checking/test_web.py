"""A site is checked over http as on a disk, and no host can keep the check busy, fill
the disk or send it elsewhere.
"""

import re
import shutil
import socket
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import brotli
import pytest

from pipeline.checking import web
from pipeline.checking.check import check_target
from pipeline.errors import ConfigError, DataError
from pipeline.site.serve import make_server
from tests.support.checked import HISTORY, lines, problems, publish_checked
from tests.support.hosts import Answer, hostile, running, send
from tests.support.workshop import call


@pytest.fixture(scope="module")
def original(key: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_checked(tmp_path_factory.mktemp("original"), key).site


def test_a_site_passes_over_http_as_on_the_disk(original: Path, key: Path) -> None:
    with running(make_server(original, 0)) as address:
        for target, kind in {
            address: "site",
            f"{address}index.html": "site",
            f"{address}models/digits/latest.json": "model",
            f"{address}models/digits": "model",
        }.items():
            report = check_target(target, key=f"{key}.pub")
            assert (report.kind, report.problems) == (kind, []), target
        assert (
            len([one for one in report.findings if "made with the key" in one.detail])
            == HISTORY
        )
        done = call("check", address, "--key", f"{key}.pub")
        assert (done.exit_code, done.stdout.partition(",")[0]) == (
            0,
            f"{address}: site",
        )


@pytest.mark.parametrize("address", ["http://a b/", "http://a\x00b/"])
def test_an_address_whose_host_cannot_be_one_is_refused(address: str) -> None:
    done = call("check", address)
    assert done.exit_code == 2
    assert "without spaces in the host" in done.stderr


def test_a_host_like_the_preview_is_advised_only_to_let_other_pages_read(
    original: Path,
) -> None:
    with running(make_server(original, 0)) as address:
        ((path, why),) = (report := check_target(address)).advice
        assert (
            why
            == "other sites cannot embed it: Access-Control-Allow-Origin: * is missing"
        )
        assert report.as_json()["advice"] == [{"path": path, "advice": why}]
        with pytest.raises(
            DataError,
            match=r"nothing of the kind was found \(404\)\. Pass the address of the",
        ):
            check_target(f"{address}elsewhere/")
    with running(make_server(original, 0, cors=True)) as address:
        assert check_target(address).advice == []


def test_what_a_plain_host_lacks_is_advice_and_what_browsers_refuse_a_problem(
    original: Path,
) -> None:
    kept: dict[str, Any] = {"Cache_Control": "public, max-age=86400"}

    def answer(handler: BaseHTTPRequestHandler) -> bool:
        path = original / handler.path[1:]
        if not path.is_file():
            return send(handler, b"<!doctype html>", Content_Type="text/html", **kept)
        kind = "text/plain" if path.suffix == ".js" else "application/json"
        return send(
            handler,
            path.read_bytes(),
            Content_Type=kind,
            **(kept if path.name == "latest.json" else {}),
        )

    with hostile(original, answer) as address:
        report = check_target(address)
    assert {why for _, why in report.advice} == {
        "other sites cannot embed it: Access-Control-Allow-Origin: * is missing",
        "is fetched again at each visit: a long Cache-Control is missing",
        "may be out of date: Cache-Control keeps it for 86,400 s",
        "comes without compression",
        "has no Content-Security-Policy",
        (
            "other sites cannot send it a password: OPTIONS is answered without CORS"
            " headers"
        ),
    }
    (host,) = (one for one in report.findings if one.subject == "host")
    wrong = {problem for _, problem in host.problems}
    assert "comes as text/plain, which browsers do not run as a script" in wrong
    assert (
        "is answered with 200 instead of 404, so what is missing looks like a file"
        in wrong
    )


def test_a_folder_deep_in_a_host_is_checked_by_its_address(
    original: Path, key: Path, tmp_path: Path
) -> None:
    shutil.copytree(original, tmp_path / "some/where")
    (tmp_path / "index.html").write_text("")
    with running(make_server(tmp_path, 0)) as address:
        assert problems(f"{address}some/where", key=f"{key}.pub") == []
        manifest = next(original.glob("models/other/*/manifest.json")).relative_to(
            original
        )
        report = check_target(f"{address}some/where/{manifest}?x#y", key=f"{key}.pub")
        assert (report.kind, report.problems) == ("version", [])
        assert [
            "made with the key" in one.detail
            for one in report.findings
            if one.check == "signature"
        ] == [True]


def at(end: str, act: Answer) -> Answer:
    """Answer the requests whose path has this end."""
    return lambda handler: handler.path.endswith(end) and act(handler)


def endless(handler: BaseHTTPRequestHandler) -> bool:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(2**16))


def endless_chunks(handler: BaseHTTPRequestHandler) -> bool:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"10000\r\n" + bytes(2**16) + b"\r\n")


def explode(handler: BaseHTTPRequestHandler) -> bool:
    return "br" in handler.headers["Accept-Encoding"] and send(
        handler, brotli.compress(bytes(2**24), quality=5), Content_Encoding="br"
    )


def other_for_brotli(handler: BaseHTTPRequestHandler) -> bool:
    """Changed code that most visitors get, but not a tool that accepts no encoding."""
    return "br" in handler.headers["Accept-Encoding"] and send(
        handler, brotli.compress(b"{}"), Content_Encoding="br"
    )


def redirect(location: str) -> Answer:
    return lambda handler: send(handler, b"", 302, Location=location)


WRONG: dict[str, tuple[Answer, str]] = {
    "endless": (
        at("group1-shard1of1.bin", endless),
        r"group1-shard1of1\.bin has more than [\d,]+ bytes",
    ),
    "endless chunks": (
        at("model.keras", endless_chunks),
        r"model\.keras has more than [\d,]+ bytes",
    ),
    "declared too long": (
        at(
            "model.keras",
            lambda handler: send(handler, b"x", Content_Length="999999999999"),
        ),
        r"model\.keras has 999,999,999,999 bytes",
    ),
    "too short": (
        at("model.keras", lambda handler: send(handler, b"x")),
        r"model\.keras has 1 bytes instead of",
    ),
    "another origin": (
        at("manifest.json", redirect("http://localhost:1/manifest.json")),
        (
            r"manifest\.json redirects to another origin"
            r" \(http://localhost:1/manifest\.json\)"
        ),
    ),
    "another scheme": (
        at("manifest.json", redirect("https://127.0.0.1/x")),
        "redirects to another origin",
    ),
    "a file": (
        at("manifest.json", redirect("file:///etc/passwd")),
        "redirects to another origin",
    ),
    "no address": (
        at("manifest.json", redirect("http://[/")),
        r"redirects to 'http://\[/', which is no address",
    ),
    "a circle": (
        lambda handler: (
            handler.path.endswith("manifest.json") and redirect(handler.path)(handler)
        ),
        "leads to more than 5 redirects",
    ),
    "an error": (
        at("manifest.json", lambda handler: send(handler, b"", 500)),
        r"the host answers 500",
    ),
    "a list of itself": (
        at(
            "index.json",
            lambda handler: send(
                handler, b'{"default": "../..", "models": [{"name": "../.."}]}'
            ),
        ),
        "A model's name must have",
    ),
    "explodes": (
        at("manifest.json", explode),
        r"manifest\.json has a compressed copy that unpacks to more than",
    ),
    "another encoding": (
        at(
            "manifest.json",
            lambda handler: send(handler, b"x", Content_Encoding="zstd"),
        ),
        "an encoding that nobody asked for",
    ),
    "two contents": (
        at("manifest.json", other_for_brotli),
        r"manifest\.json as br does not have the content",
    ),
}


@pytest.mark.parametrize(("answer", "expected"), WRONG.values(), ids=WRONG)
def test_a_host_that_misbehaves_is_a_problem_and_nothing_more(
    answer: Answer,
    expected: str,
    original: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with hostile(original, answer) as address:
        report = check_target(address)
    assert any(re.search(expected, problem) for problem in lines(report, address)), (
        report.table()
    )
    assert list(tmp_path.iterdir()) == []


def test_redirects_within_the_origin_are_followed(original: Path) -> None:
    def moved(handler: BaseHTTPRequestHandler) -> bool:
        if not handler.path.startswith("/old/"):
            return False
        return send(handler, b"", 301, Location=handler.path.removeprefix("/old"))

    with hostile(original, moved) as address:
        assert problems(f"{address}old/") == []


def drip(handler: BaseHTTPRequestHandler) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    return drip_on(handler)


def drip_headers(handler: BaseHTTPRequestHandler) -> bool:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    return drip_on(handler)


def drip_to_the_end(handler: BaseHTTPRequestHandler) -> bool:
    """As hosts answer that keep no connection."""
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    return drip_on(handler)


def drip_length_of_chunk(handler: BaseHTTPRequestHandler) -> bool:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"10;")
    return drip_on(handler)


def drip_on(handler: BaseHTTPRequestHandler) -> bool:
    while True:
        handler.wfile.write(b"X")
        handler.wfile.flush()
        time.sleep(0.02)


def silent(handler: BaseHTTPRequestHandler) -> bool:
    time.sleep(3)
    return True


@pytest.mark.parametrize(
    "answer", [drip, drip_to_the_end, drip_length_of_chunk, drip_headers, silent]
)
def test_a_host_that_takes_its_time_ends_the_check(
    answer: Answer, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.9)
    monkeypatch.setattr(web, "PATIENCE", 1.0)
    slow = (
        r"(a host must send at least 10,000 bytes a second, .*|timed out)\. Received in"
        r" \d s: .* whole files: 1\."
    )
    with (
        hostile(original, at("digits/latest.json", answer)) as address,
        pytest.raises(DataError, match=rf"Cannot fetch http://.*latest\.json: {slow}"),
    ):
        check_target(address)


def rest(handler: BaseHTTPRequestHandler) -> bool:
    """Take a moment for each answer."""
    time.sleep(0.03)
    return False


def test_a_host_that_is_slow_at_every_file_ends_the_check_and_says_how_far_it_came(
    original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "PATIENCE", 0.5)
    monkeypatch.setattr(web, "SLOWEST", 10**9)
    monkeypatch.setattr(web, "ROUND_TRIP", 0.0)
    with (
        hostile(original, rest) as address,
        pytest.raises(
            DataError, match=r"Received in \d s: [\d,]+ bytes, whole files: \d\d?\."
        ),
    ):
        check_target(address)


@pytest.mark.parametrize(("slowest", "round_trip"), [(500, 0.0), (10**9, 0.5)])
def test_a_host_that_is_slow_but_sends_enough_is_checked_for_longer_than_the_patience(
    slowest: int, round_trip: float, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "PATIENCE", 1.0)
    monkeypatch.setattr(web, "SLOWEST", slowest)
    monkeypatch.setattr(web, "ROUND_TRIP", round_trip)
    with hostile(original, rest) as address:
        assert problems(address) == []


def test_the_whole_check_is_bounded(
    original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hostile(original, lambda _: False) as address:
        monkeypatch.setattr(web, "TOTAL_BYTES", 20_000)
        with pytest.raises(DataError, match="A check fetches at most 20,000 bytes"):
            check_target(address)
        monkeypatch.setattr(web, "TOTAL_BYTES", 2**30)
        monkeypatch.setattr(web, "TOTAL_SECONDS", 0.0)
        with pytest.raises(
            DataError, match=r"all within 0 s\. Received in 0 s: 0 bytes"
        ):
            check_target(address)


def test_a_connection_that_the_host_closed_is_opened_again(
    original: Path, key: Path
) -> None:
    def close(handler: BaseHTTPRequestHandler) -> bool:
        handler.close_connection = True  # without saying so
        return False

    with hostile(original, close) as address:
        assert problems(address, key=f"{key}.pub") == []


@pytest.mark.parametrize("address", [
    *("ftp://host/", "http://", "http://user:word@host/", "http://host:port/", "file:///etc/"),
    *("http://[", "http://user:[word]@host/", "http://user:w#ord@host/", "http://[::::]/"),
])  # fmt: skip
def test_a_bad_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(ConfigError, match="An address must begin with") as refused:
        check_target(address)
    assert "ord" not in str(refused.value).replace("password", "")


def test_an_address_without_a_host_or_site_cannot_be_read(original: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DataError, match="Cannot fetch"):
            check_target(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    with (
        hostile(original, redirect("https://127.0.0.1/")) as address,
        pytest.raises(DataError, match="redirects to another origin"),
    ):
        check_target(address)
    with (
        running(make_server(original, 0)) as address,
        pytest.raises(DataError, match="nothing of the kind was found"),
    ):
        check_target(f"{address}assets/")
