import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, PublishError
from pipeline.site import connections, serve
from pipeline.site.connections import PreviewServer
from pipeline.site.headers import ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, headers_for
from pipeline.site.serve import make_server, url_of
from tests.support import hosts
from tests.support.bad_requests import SECRET, bad_requests, play, wrong
from tests.support.hosts import ask
from tests.support.versions import make_version, make_web, publish_folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("serve")
    done = publish_folder(make_version(root / "out"), root / "site", make_web(root / "web"), root / "out")
    (root / "secret.txt").write_bytes(SECRET)
    (root / "site" / "link.txt").symlink_to(root / "secret.txt")
    (root / "site" / "assets" / "engine.wasm").write_bytes(b"\0asm")
    (root / "site" / "assets" / "worker.mjs").write_text("")
    (root / "site" / "page.webmanifest").write_text("{}")
    (root / "site" / "models" / "digits" / f"{done.version}.sig").write_text("{}")
    (root / "site" / "docs").mkdir()
    (root / "site" / "docs" / "index.html").write_text("docs")
    return root / "site", done.version


@contextlib.contextmanager
def running(site: Path, base: str = "/", **options: Any) -> Iterator[PreviewServer]:
    server = make_server(site, 0, base, **options)
    with hosts.running(server):
        yield server


@pytest.fixture(scope="module")
def server(published: tuple[Path, str]) -> Iterator[PreviewServer]:
    with running(published[0]) as server:
        yield server


def test_every_file_comes_with_the_headers_of_the_table(server: PreviewServer, published: tuple[Path, str]) -> None:
    site, version = published
    paths = ["/", "/index.html", "/embed.js", "/assets/page-1.js", "/models/index.json", "/models/digits/latest.json"]
    folder = f"/models/digits/{version}"
    for path in [*paths, f"{folder}/manifest.json", f"{folder}/layers-float32/group1-shard1of1.bin"]:
        response, body = ask(server, path)
        assert response.status == 200, path
        file = site / (path.strip("/") or "index.html")
        assert body == file.read_bytes()
        expected = {name: value for name, value in headers_for(path).items() if name != ALLOW_ORIGIN}
        assert expected.items() <= dict(response.getheaders()).items()
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/embed.js", "text/javascript; charset=utf-8"),
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/page.webmanifest", "application/manifest+json; charset=utf-8"),
        ("/models/digits/{version}/weights.png", "image/png"),
        ("/assets/worker.mjs", "text/javascript; charset=utf-8"),
        ("/assets/engine.wasm", "application/wasm"),
        ("/assets/parts/style-1.css", "text/css; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml; charset=utf-8"),
        ("/models/index.json", "application/json; charset=utf-8"),
        ("/models/digits/{version}.sig", "application/json; charset=utf-8"),
        ("/models/digits/{version}/README.md", "text/markdown; charset=utf-8"),
        ("/models/digits/{version}/layers-float32/group1-shard1of1.bin", "application/octet-stream"),
        ("/models/digits/{version}/model.keras", "application/octet-stream"),
    ],
)
def test_types_do_not_depend_on_the_machine(
    server: PreviewServer, published: tuple[Path, str], path: str, content_type: str
) -> None:
    response, _ = ask(server, path.format(version=published[1]))
    assert response.headers["Content-Type"] == content_type
    assert response.headers["X-Content-Type-Options"] == "nosniff"  # so the type above is the one that counts


def test_head_sends_the_same_headers_and_no_body(server: PreviewServer) -> None:
    (get, content), (head, nothing) = ask(server, "/embed.js"), ask(server, "/embed.js", "HEAD")
    assert nothing == b""
    assert head.headers["Content-Length"] == str(len(content))
    assert {k: v for k, v in head.getheaders() if k != "Date"} == {k: v for k, v in get.getheaders() if k != "Date"}


def test_a_copy_that_is_current_is_not_sent_again_and_a_changed_file_is(
    server: PreviewServer, published: tuple[Path, str]
) -> None:
    first, _ = ask(server, "/favicon.svg")
    etag = first.headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response, body = ask(server, "/favicon.svg", If_None_Match=known)
        assert (response.status, body) == (304, b"")
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["ETag"] == etag
    (published[0] / "favicon.svg").write_text("<svg></svg>")
    response, body = ask(server, "/favicon.svg", If_None_Match=etag)
    assert (response.status, body) == (200, b"<svg></svg>")


HIDDEN = """
/missing /../secret.txt /%2e%2e/secret.txt /..%2fsecret.txt /assets/..%5c..%5csecret.txt //etc/passwd /%00 /link.txt
/_headers /.lock /.nojekyll /models/ /assets /embed.js/
"""


@pytest.mark.parametrize("path", [*HIDDEN.split(), pytest.param("/" + "a" * 5000, id="too-long")])
def test_nothing_outside_the_site_no_folder_and_no_hidden_file_is_shown(server: PreviewServer, path: str) -> None:
    response, body = ask(server, path)
    assert response.status == 404
    assert body == b"404: not found\n"
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_a_folder_with_a_page_is_shown_with_a_slash_and_redirected_without(server: PreviewServer) -> None:
    response, _ = ask(server, "/docs")
    assert (response.status, response.headers["Location"]) == (301, "/docs/")
    response, body = ask(server, "/docs/?query=1")
    assert (response.status, body) == (200, b"docs")


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "BREW"])
def test_other_methods_are_refused_with_those_that_are_not(server: PreviewServer, method: str) -> None:
    response, _ = ask(server, "/", method)
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


BAD_REQUESTS = bad_requests()


def test_the_bad_requests_are_many_and_differ() -> None:
    assert len(BAD_REQUESTS) >= 400
    assert len({(request.kind, request.name) for request in BAD_REQUESTS}) == len(BAD_REQUESTS)


@pytest.mark.parametrize("kind", dict.fromkeys(request.kind for request in BAD_REQUESTS))
def test_bad_requests_are_refused_and_the_next_ones_answered(
    server: PreviewServer, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    problems = []
    for request in BAD_REQUESTS:
        if request.kind == kind:
            problem = wrong(request, play(("127.0.0.1", server.server_address[1]), request))
            problems += [f"{request.name!r} {problem}"] if problem else []
            assert ask(server, "/embed.js")[0].status == 200
    assert problems == []
    assert capfd.readouterr().err == ""  # no traceback


def test_a_part_of_a_file_is_sent_where_it_still_is_that_file(
    server: PreviewServer, published: tuple[Path, str]
) -> None:
    path = "/embed.js"
    content = (published[0] / "embed.js").read_bytes()
    whole, _ = ask(server, path)
    assert whole.headers["Accept-Ranges"] == "bytes"
    for asked, start, stop in (("2-5", 2, 6), ("5-", 5, len(content)), ("-3", len(content) - 3, len(content))):
        response, body = ask(server, path, Range=f"bytes={asked}")
        assert (response.status, body) == (206, content[start:stop])
        assert response.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(content)}"
        assert response.headers["Content-Length"] == str(stop - start)
    response, _ = ask(server, path, Range=f"bytes={len(content)}-")
    assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{len(content)}")
    for validator in ("ETag", "Last-Modified"):
        same = {"If_Range": whole.headers[validator], "Range": "bytes=0-0"}
        assert ask(server, path, **same)[0].status == 206
        assert ask(server, path, **same | {"If_Range": '"other"'})[1] == content


def test_a_date_is_good_for_revalidation_but_a_tag_is_better(server: PreviewServer) -> None:
    first, _ = ask(server, "/embed.js")
    date = first.headers["Last-Modified"]
    assert ask(server, "/embed.js", If_Modified_Since=date)[0].status == 304
    assert ask(server, "/embed.js", If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT")[0].status == 200
    assert ask(server, "/embed.js", If_Modified_Since=date, If_None_Match='"other"')[0].status == 200


def test_other_origins_read_nothing_unless_they_are_let(server: PreviewServer, published: tuple[Path, str]) -> None:
    path = "/models/digits/latest.json"
    assert ask(server, path)[0].headers[ALLOW_ORIGIN] is None
    with running(published[0], cors=True) as open_to_all:
        assert ask(open_to_all, path)[0].headers[ALLOW_ORIGIN] == "*"
        assert ask(open_to_all, "/")[0].headers[ALLOW_ORIGIN] is None  # as on a published site
        assert ask(open_to_all, path, Host="evil.example")[0].status == 421


def test_on_all_addresses_it_has_every_address_and_its_own_name_but_no_other(published: tuple[Path, str]) -> None:
    with running(published[0], host="0.0.0.0") as server:  # noqa: S104 (what is tested)
        assert url_of(server) == f"http://127.0.0.1:{server.server_address[1]}/"
        own = socket.gethostname()
        for host in ("192.168.1.7:8000", "[fe80::1]", "localhost", own, f"{own}.local"):
            assert ask(server, "/", Host=host)[0].status == 200, host
        response, body = ask(server, "/", Host="evil.example")
        assert response.status == 421
        assert f"this preview is at {url_of(server)}, not at 'evil.example'".encode() in body


def test_a_host_to_listen_on_is_a_name_too(published: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = socket.getaddrinfo("127.0.0.1", 0, type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)  # for the name below
    server = make_server(published[0], 0, host="Preview.example")
    monkeypatch.undo()
    for host, right in (("preview.example:80", True), ("localhost", True), ("other.example", False)):
        assert server.answers_to(host) == right
    server.server_close()


@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6(published: tuple[Path, str], host: str) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with running(published[0], host=host) as server:
        assert url_of(server) == f"http://[::1]:{server.server_address[1]}/"
        connection = http.client.HTTPConnection("::1", server.server_address[1])
        connection.request("GET", "/embed.js")
        assert connection.getresponse().status == 200
        connection.close()
        if host == "::":
            assert ask(server, "/embed.js")[0].status == 200  # IPv4


def wait_for_the_end(client: socket.socket, drip: bytes) -> None:
    """Wait until the server ends a connection although now and then a byte comes from the client."""
    client.settimeout(0.05)
    while True:
        try:
            client.sendall(drip)
            if drip:
                time.sleep(0.05)
            elif client.recv(1) == b"":
                return
        except TimeoutError:
            continue
        except ConnectionError:
            return


@pytest.mark.parametrize(
    ("start", "drip"),
    [
        pytest.param(b"", b"", id="says nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x", id="never finishes its headers"),
        pytest.param(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n", b"x", id="takes no answer"),
    ],
)
def test_a_client_that_dawdles_is_cut_off(
    published: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, start: bytes, drip: bytes
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.3)
    size = 2**26  # more than the buffers of a connection hold
    (published[0] / "large.bin").touch()
    os.truncate(published[0] / "large.bin", size)
    with running(published[0]) as server:
        with socket.create_connection(("127.0.0.1", server.server_address[1])) as client:
            client.sendall(start)
            wait_for_the_end(client, drip)
        monkeypatch.undo()
        assert len(ask(server, "/large.bin")[1]) == size  # whoever reads gets it all


def test_too_many_connections_are_turned_away_and_later_ones_served(
    published: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS", 3)
    with running(published[0]) as server:
        clients = [socket.create_connection(("127.0.0.1", server.server_address[1])) for _ in range(4)]
        assert clients[3].recv(1000).startswith(b"HTTP/1.1 503 ")
        for client in clients:
            client.close()
        while ask(server, "/embed.js")[0].status == 503:  # until their threads have ended
            time.sleep(0.01)


def test_several_requests_can_share_a_connection(server: PreviewServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1])
    for path in ("/", "/missing", "/embed.js"):
        connection.request("GET", path)
        assert connection.getresponse().read()
        assert connection.sock is not None
    connection.close()


def test_a_site_can_live_below_a_path(published: tuple[Path, str]) -> None:
    with running(published[0], base="/some/where") as server:
        assert url_of(server, "/some/where/").endswith("/some/where/")
        response, _ = ask(server, "/some/where/models/digits/latest.json")
        assert response.status == 200
        assert response.headers["Cache-Control"] == headers_for("/models/digits/latest.json")["Cache-Control"]
        response, _ = ask(server, "/some/where")
        assert (response.status, response.headers["Location"]) == (301, "/some/where/")
        response, _ = ask(server, "/some/where/docs")
        assert response.headers["Location"] == "/some/where/docs/"
        for path in ("/", "/index.html", "/some/whereindex.html"):
            assert ask(server, path)[0].status == 404


def test_a_port_in_use_is_named_with_the_next_step(published: tuple[Path, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PublishError, match=rf"Port {port} of 127\.0\.0\.1 is in use\. .*--port 0"):
            serve.serve(published[0], port, announce=print)


def test_other_impossible_addresses_are_refused(published: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"between 0 and 65535\. Received: 70000"):
        make_server(published[0], 70000)
    with pytest.raises(PublishError, match=r"Cannot listen on 192\.0\.2\.1:0"):  # nobody has it
        make_server(published[0], 0, host="192.0.2.1")
    with pytest.raises(PublishError, match=r"no site in .*index\.html is missing. Run `pipeline build`"):
        make_server(tmp_path, 0)


@pytest.mark.skipif(os.name == "nt", reason="SIGINT")
def test_ctrl_c_is_a_clean_end(published: tuple[Path, str]) -> None:
    command = [sys.executable, "-m", "pipeline", "serve", "--port", "0", "--site", str(published[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        connection = http.client.HTTPConnection(url.removeprefix("http://").rstrip("/"))
        connection.request("GET", "/")
        assert connection.getresponse().status == 200  # and the connection stays open
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        connection.close()
    assert (process.returncode, errors) == (0, "")


def test_a_browser_that_goes_away_is_no_event(published: tuple[Path, str], capfd: pytest.CaptureFixture[str]) -> None:
    with running(published[0]) as server:
        for error in (BrokenPipeError(), ConnectionResetError()):
            try:
                raise error
            except ConnectionError:
                server.handle_error(None, ("127.0.0.1", 1))
    assert capfd.readouterr().err == ""
