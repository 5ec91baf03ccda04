import contextlib
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import PublishError
from pipeline.site.headers import (
    ALLOW_HEADERS,
    ALLOW_ORIGIN,
    CONTENT_SECURITY_POLICY,
    headers_for,
)
from pipeline.site.serve import PreviewServer, make_server
from tests.support import hosts
from tests.support.hosts import ask
from tests.support.versions import make_version, make_web, publish_folder

Published = tuple[Path, str]

SECRET = b"this is outside the site"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("serve")
    done = publish_folder(
        make_version(root / "out"), root / "site", make_web(root / "web"), root / "out"
    )
    (root / "secret.txt").write_bytes(SECRET)
    (root / "site" / "link.txt").symlink_to(root / "secret.txt")
    (root / "site" / "loop").symlink_to(root / "site" / "loop")
    (root / "site" / "assets" / "engine.wasm").write_bytes(b"\0asm")
    (root / "site" / "assets" / "worker.mjs").write_text("")
    (root / "site" / "preview.png").write_text("")
    (root / "site" / "page.webmanifest").write_text("{}")
    (root / "site" / "models" / "digits" / f"{done.version}.sig").write_text("{}")
    return root / "site", done.version


@contextlib.contextmanager
def running(site: Path, **options: Any) -> Iterator[PreviewServer]:
    server = make_server(site, 0, **options)
    with hosts.running(server):
        yield server


@pytest.fixture(scope="module")
def server(published: Published) -> Iterator[PreviewServer]:
    with running(published[0]) as server:
        yield server


@pytest.mark.parametrize(("path", "content_type"), [
    *((path, "text/html; charset=utf-8") for path in ("", "index.html")),
    *((path, "text/javascript; charset=utf-8") for path in ("embed.js", "assets/page-1.js", "assets/worker.mjs")),
    *((f"models/{path}", "application/json; charset=utf-8") for path in ("index.json", "digits/latest.json")),
    *((f"models/digits/VERSION{end}", "application/json; charset=utf-8") for end in (".sig", "/manifest.json")),
    ("models/digits/VERSION/README.md", "text/markdown; charset=utf-8"),
    ("models/digits/VERSION/layers-float32/group1-shard1of1.bin", "application/octet-stream"),
    ("models/digits/VERSION/model.keras", "application/octet-stream"), ("preview.png", "image/png"),
    ("assets/engine.wasm", "application/wasm"), ("assets/parts/style-1.css", "text/css; charset=utf-8"),
    ("favicon.svg", "image/svg+xml; charset=utf-8"),
    ("page.webmanifest", "application/manifest+json; charset=utf-8"),
])  # fmt: skip
def test_every_file_comes_with_its_type_and_the_headers_of_the_table(
    server: PreviewServer, published: Published, path: str, content_type: str
) -> None:
    path = path.replace("VERSION", published[1])
    response, body = ask(server, f"/{path}")
    assert (response.status, response.headers["Content-Type"]) == (200, content_type)
    # so the type above is the one that counts
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert body == (published[0] / (path or "index.html")).read_bytes()
    expected = {
        name: value
        for name, value in headers_for(f"/{path}").items()
        if name != ALLOW_ORIGIN
    }
    assert expected.items() <= dict(response.getheaders()).items()
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_head_sends_the_same_headers_and_no_body(server: PreviewServer) -> None:
    (get, content), (head, nothing) = (
        ask(server, "/embed.js"),
        ask(server, "/embed.js", "HEAD"),
    )
    assert nothing == b""
    assert head.headers["Content-Length"] == str(len(content))
    assert {k: v for k, v in head.getheaders() if k != "Date"} == {
        k: v for k, v in get.getheaders() if k != "Date"
    }


def test_a_current_copy_is_not_sent_again_and_a_changed_file_is(
    server: PreviewServer, published: Published
) -> None:
    date = ask(server, "/favicon.svg")[0].headers["Last-Modified"]
    response, body = ask(server, "/favicon.svg", If_Modified_Since=date)
    assert (response.status, body, response.headers["Cache-Control"]) == (
        304,
        b"",
        "no-cache",
    )
    os.utime(published[0] / "favicon.svg", (2e9, 2e9))
    assert ask(server, "/favicon.svg", If_Modified_Since=date)[0].status == 200


HIDDEN = """
/missing /../secret.txt /%2e%2e/secret.txt /..%2fsecret.txt /assets/..%5c..%5csecret.txt //etc/passwd /%00 /link.txt
/_headers /.lock /.nojekyll /models/ /assets /embed.js/ /loop /%2findex.html /%ff /C:/x /etc/passwd *
"""


@pytest.mark.parametrize(
    "path", [*HIDDEN.split(), pytest.param("/" + "a" * 5000, id="too-long")]
)
def test_nothing_outside_the_site_no_folder_and_no_hidden_file_is_shown(
    server: PreviewServer, path: str
) -> None:
    response, body = ask(server, path)
    assert response.status == 404
    assert SECRET not in body
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


HEAD, HOST = b"GET /embed.js HTTP/1.1\r\n", b"Host: localhost\r\n"
BAD_REQUESTS = {
    "nothing": (b"", None),
    "zeros": (b"\0\0\r\n\r\n", 400),
    "a TLS greeting": (b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "four words": (b"GET / / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "an unknown method": (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
    "no host": (HEAD + b"\r\n", 421),
    "a host elsewhere": (HEAD + b"Host: localhost.evil.example:80\r\n\r\n", 421),
    "a strange host": (HEAD + b"Host: [::1\r\n\r\n", 421),
    "no colon in a header": (HEAD + HOST + b"nothing\r\n\r\n", 200),
    "200 headers": (HEAD + HOST + b"X: y\r\n" * 200 + b"\r\n", 431),
    "a long header": (HEAD + HOST + b"X: " + b"y" * 70_000 + b"\r\n\r\n", 431),
    "a body that looks like a request": (
        HEAD + HOST + b"Content-Length: 99\r\n\r\n" + HEAD + HOST + b"\r\n",
        200,
    ),
    "headers that do not end": (HEAD + HOST, 200),
    "a strange date": (
        HEAD + HOST + b"If-Modified-Since: Sun, 99 Nov 99999 99:99:99\r\n\r\n",
        200,
    ),
    "a strange encoding": (
        HEAD + HOST + b"Accept-Encoding: ,;q=\xff,br;q=1e999\r\n\r\n",
        200,
    ),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_a_malformed_request_gets_one_answer_and_the_next_one_its_own(
    server: PreviewServer, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sent, status = BAD_REQUESTS[name]
    with socket.create_connection(("127.0.0.1", server.server_address[1])) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        received = b""
        with contextlib.suppress(ConnectionError):  # refused before it was read whole
            while block := client.recv(2**16):
                received += block
    assert re.findall(rb"HTTP/1\.0 (\d+) ", received) in (
        [str(status).encode()] if status else [],
        [],
    )
    assert received or status in (None, 431)
    assert ask(server, "/embed.js")[0].status == 200
    assert capfd.readouterr().err == ""  # no traceback


def test_other_origins_read_nothing_unless_they_are_let(
    server: PreviewServer, published: Published
) -> None:
    path = "/models/digits/latest.json"
    assert ask(server, path)[0].headers[ALLOW_ORIGIN] is None
    with running(published[0], cors=True) as open_to_all:
        assert ask(open_to_all, path)[0].headers[ALLOW_ORIGIN] == "*"
        # as on a published site
        assert ask(open_to_all, "/")[0].headers[ALLOW_ORIGIN] is None
        assert ask(open_to_all, path, Host="evil.example")[0].status == 421
        # as browsers do before they send a password
        asked = ask(open_to_all, path, "OPTIONS")[0]
        assert (
            asked.status,
            asked.headers[ALLOW_ORIGIN],
            asked.headers[ALLOW_HEADERS],
        ) == (204, "*", "authorization")
        assert ask(open_to_all, path, "OPTIONS", Host="evil.example")[0].status == 501
    assert ask(server, path, "OPTIONS")[0].status == 501


@pytest.mark.parametrize("every", ["0.0.0.0", "0.0.0"])  # noqa: S104 (what is tested)
def test_on_all_addresses_it_has_every_address_but_no_other_name(
    published: Published, every: str
) -> None:
    with running(published[0], host=every) as server:
        assert re.fullmatch(
            rf"http://(?!0\.)[0-9.]+:{server.server_address[1]}/", server.url
        )
        for host in ("192.168.1.7:8000", "[fe80::1]", "localhost"):
            assert ask(server, "/", Host=host)[0].status == 200, host
        response, body = ask(server, "/", Host="evil.example")
        assert response.status == 421
        assert f"This preview is at {server.url}, not at ".encode() in body


def test_a_host_to_listen_on_is_a_name_too(published: Published) -> None:
    with running(published[0], host="0X7F.1") as server:  # as 127.0.0.1 can be spelled
        for host, status in (
            ("0x7f.1:80", 200),
            ("localhost", 200),
            ("other.example", 421),
        ):
            assert ask(server, "/", Host=host)[0].status == status, host


def test_a_port_in_use_is_named_with_the_next_step(published: Published) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            PublishError,
            match=rf"Cannot listen on 127\.0\.0\.1:{port}: Address .* in use.*--port 0",
        ):
            make_server(published[0], port)


def test_other_impossible_addresses_are_refused(
    published: Published, tmp_path: Path
) -> None:
    # nobody has it
    with pytest.raises(PublishError, match=r"Cannot listen on 192\.0\.2\.1:0"):
        make_server(published[0], 0, host="192.0.2.1")
    # to a socket, all of them
    with pytest.raises(PublishError, match="no address is given"):
        make_server(published[0], 0, host="")
    for folder, reason in (
        (tmp_path, r"index\.html is missing"),
        (tmp_path / "typo", "there is no such folder"),
    ):
        with pytest.raises(
            PublishError,
            match=rf"no site in .*{reason}. Run `pipeline build` or `pipeline export`",
        ):
            make_server(folder, 0)
    (tmp_path / "manifest.json").touch()
    with pytest.raises(
        PublishError,
        match=r"exports that are bare, ONNX or LiteRT\. Copy the lines in its report",
    ):
        make_server(tmp_path, 0)


def test_a_browser_that_goes_away_is_no_event(
    published: Published, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(published[0]) as server:
        for error in (BrokenPipeError(), ConnectionResetError()):
            try:
                raise error
            except ConnectionError:
                server.handle_error(None, ("127.0.0.1", 1))
    assert capfd.readouterr().err == ""
