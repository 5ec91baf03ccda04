"""Hosts on this machine: honest ones, and those that answer as they like."""

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterator
from http.server import (
    BaseHTTPRequestHandler,
    SimpleHTTPRequestHandler,
    ThreadingHTTPServer,
)
from pathlib import Path


@contextlib.contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    """The address of a server, for as long as it runs."""
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ask(
    server: ThreadingHTTPServer, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """The answer to a request, and its body.

    An underscore in a header's name is a hyphen.
    """
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1])
    try:
        connection.request(
            method,
            path,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


Answer = Callable[[BaseHTTPRequestHandler], bool]


@contextlib.contextmanager
def hostile(site: Path, answer: Answer) -> Iterator[str]:
    """A host of the site that answers some requests by itself:

    those for which `answer` returns True.
    """

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(site))  # type: ignore[arg-type]  # passed through unchanged

        def do_GET(self) -> None:
            with contextlib.suppress(ConnectionError):
                if not answer(self):
                    super().do_GET()

        do_OPTIONS = do_GET  # noqa: N815 (the inherited name)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the inherited name)
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        yield address


def send(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str
) -> bool:
    handler.send_response(status)
    for name, value in {"Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
    return True
