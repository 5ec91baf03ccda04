import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, PublishError
from pipeline.site.headers import CONTENT_SECURITY_POLICY, headers_for
from pipeline.site.serve import make_server, serve, url_of
from tests.support.versions import make_version, make_web, publish_folder


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    root = tmp_path_factory.mktemp("serve")
    done = publish_folder(make_version(root / "out"), root / "site", make_web(root / "web"), root / "out")
    (root / "secret.txt").write_text("secret")
    (root / "site" / "link.txt").symlink_to(root / "secret.txt")
    (root / "site" / "assets" / "engine.wasm").write_bytes(b"\0asm")
    (root / "site" / "assets" / "worker.mjs").write_text("")
    (root / "site" / "page.webmanifest").write_text("{}")
    (root / "site" / "models" / "digits" / f"{done.version}.sig").write_text("{}")
    (root / "site" / "docs").mkdir()
    (root / "site" / "docs" / "index.html").write_text("docs")
    return root / "site", done.version


@contextlib.contextmanager
def running(site: Path, base: str = "/") -> Iterator[ThreadingHTTPServer]:
    server = make_server(site, 0, base)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def server(published: tuple[Path, str]) -> Iterator[ThreadingHTTPServer]:
    with running(published[0]) as server:
        yield server


def ask(
    server: ThreadingHTTPServer, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_every_file_comes_with_the_headers_of_the_table(
    server: ThreadingHTTPServer, published: tuple[Path, str]
) -> None:
    site, version = published
    for path in [
        "/",
        "/index.html",
        "/embed.js",
        "/assets/page-1.js",
        "/models/index.json",
        "/models/digits/latest.json",
        f"/models/digits/{version}/manifest.json",
        f"/models/digits/{version}/layers-float32/group1-shard1of1.bin",
    ]:
        response, body = ask(server, path)
        assert response.status == 200, path
        file = site / (path.strip("/") or "index.html")
        assert body == file.read_bytes()
        assert headers_for(path).items() <= dict(response.getheaders()).items()
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
    server: ThreadingHTTPServer, published: tuple[Path, str], path: str, content_type: str
) -> None:
    response, _ = ask(server, path.format(version=published[1]))
    assert response.headers["Content-Type"] == content_type
    assert response.headers["X-Content-Type-Options"] == "nosniff"  # so the type above is the one that counts


def test_head_sends_the_same_headers_and_no_body(server: ThreadingHTTPServer) -> None:
    (get, content), (head, nothing) = ask(server, "/embed.js"), ask(server, "/embed.js", "HEAD")
    assert nothing == b""
    assert head.headers["Content-Length"] == str(len(content))
    assert {k: v for k, v in head.getheaders() if k != "Date"} == {k: v for k, v in get.getheaders() if k != "Date"}


def test_a_copy_that_is_current_is_not_sent_again_and_a_changed_file_is(
    server: ThreadingHTTPServer, published: tuple[Path, str]
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


@pytest.mark.parametrize(
    "path",
    [
        "/missing",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//etc/passwd",
        "/%00",
        "/link.txt",
        "/_headers",
        "/.lock",
        "/.nojekyll",
        "/models/",
        "/assets",
        "/embed.js/",
        pytest.param("/" + "a" * 5000, id="too-long"),
    ],
)
def test_nothing_outside_the_site_no_folder_and_no_hidden_file_is_shown(server: ThreadingHTTPServer, path: str) -> None:
    response, body = ask(server, path)
    assert response.status == 404
    assert body == b"404: not found\n"
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


def test_a_folder_with_a_page_is_shown_with_a_slash_and_redirected_without(server: ThreadingHTTPServer) -> None:
    response, _ = ask(server, "/docs")
    assert (response.status, response.headers["Location"]) == (301, "/docs/")
    response, body = ask(server, "/docs/?query=1")
    assert (response.status, body) == (200, b"docs")


def test_other_methods_are_refused(server: ThreadingHTTPServer) -> None:
    response, _ = ask(server, "/", "POST")
    assert response.status == 501


def test_several_requests_can_share_a_connection(server: ThreadingHTTPServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
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
        assert headers_for("/models/digits/latest.json").items() <= dict(response.getheaders()).items()
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
            serve(published[0], port)


def test_other_impossible_addresses_are_refused(published: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"between 0 and 65535\. Received: 70000"):
        make_server(published[0], 70000)
    with pytest.raises(PublishError, match=r"Cannot listen on 192\.0\.2\.1:0"):  # nobody has it
        make_server(published[0], 0, host="192.0.2.1")
    with pytest.raises(PublishError, match=r"no site in .*index\.html is missing. Run `pipeline build`"):
        make_server(tmp_path, 0)


@pytest.mark.skipif(os.name == "nt", reason="SIGINT")
def test_ctrl_c_is_a_clean_end(published: tuple[Path, str]) -> None:
    code = "import sys; from pathlib import Path; from pipeline.site.serve import serve; serve(Path(sys.argv[1]), 0)"
    command = [sys.executable, "-c", code, str(published[0])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        connection = http.client.HTTPConnection(url.removeprefix("http://").rstrip("/"), timeout=5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200  # and the connection stays open
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        connection.close()
    assert (process.returncode, errors) == (0, "")


def test_a_browser_that_goes_away_is_no_event(published: tuple[Path, str], capfd: pytest.CaptureFixture[str]) -> None:
    server = make_server(published[0], 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    for error in (BrokenPipeError(), ConnectionResetError()):
        try:
            raise error
        except ConnectionError:
            server.handle_error(None, ("127.0.0.1", 1))  # type: ignore[arg-type]
    assert capfd.readouterr().err == ""
    server.shutdown()
    thread.join()
    server.server_close()
