"""`pipeline serve`: preview a site with the headers, types and compressed copies of a
real static host.

Any website that the user visits can send requests to this machine, so two things differ
from a real host. The preview answers only to names that no such website can have, which
stops one whose name suddenly leads here (DNS rebinding). And other origins can read
nothing, unless `cors` says that they may.
"""

import contextlib
import ipaddress
import re
import socket
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from socketserver import TCPServer
from typing import Any, BinaryIO
from urllib.parse import unquote

from pipeline.errors import PublishError
from pipeline.site.compress import COMPRESSIBLE, ENCODINGS, find_copy
from pipeline.site.headers import (
    ALLOW_HEADERS,
    ALLOW_ORIGIN,
    content_type_for,
    headers_for,
)
from pipeline.site.page import INDEX_HTML
from pipeline.versions.manifest import MANIFEST_NAME

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104 (compared, not bound)


def make_server(
    site: Path, port: int, *, host: str = LOOPBACK[1], cors: bool = False
) -> "PreviewServer":
    """Create a server that is already listening; the caller runs `serve_forever` and
    closes it.

    Port 0 picks a free one. With `cors`, pages of other origins may read the models and
    what embeds them, as on a published site. Raises PublishError if there is no site,
    or the address is not available.
    """
    # one of them with --embed-only
    if not any((site / name).is_file() for name in (INDEX_HTML, "models/index.json")):
        missing = (
            "index.html is missing" if site.is_dir() else "there is no such folder"
        )
        step = "Run `pipeline build` or `pipeline export`, or correct --site"
        if (site / MANIFEST_NAME).is_file():
            missing = (
                "index.html is missing, as in exports that are bare, ONNX or LiteRT"
            )
            step = (
                "Copy the lines in its report.txt into a page of yours, or export it as"
                " a TensorFlow.js model"
            )
        raise PublishError(f"There is no site in {site.absolute()}: {missing}. {step}.")
    try:
        return PreviewServer(host, port, partial(PreviewHandler, site=site, cors=cors))
    except (
        OSError,
        ValueError,
    ) as error:  # ValueError: a name that no address can have
        reason = getattr(error, "strerror", None) or error
        raise PublishError(
            f"Cannot listen on {host}:{port}: {reason}. Choose another --host or"
            " --port; `--port 0` picks a free one."
        ) from error


def _own_address() -> str:
    """This machine's address in its network, or the loopback's without one.

    Nothing is sent to find it.
    """
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
    ):
        # of documentation (RFC 5737): it only chooses the way out
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return LOOPBACK[1]


class PreviewServer(ThreadingHTTPServer):
    """A server that knows its names."""

    request_queue_size = 64  # a page asks for many files at once
    # without looking up this machine's name, which can take seconds
    server_bind = TCPServer.server_bind

    def __init__(self, host: str, port: int, handler: Callable[..., Any]) -> None:
        """Listen; OSError or ValueError if there is no such address or it is taken."""
        if not host:  # which a socket takes for all addresses
            raise ValueError("no address is given")
        super().__init__((host, port), handler)
        # as 0 is, too
        self._host = (
            ALL_ADDRESSES if self.server_address[0] == ALL_ADDRESSES else host.lower()
        )
        address = _own_address() if self._host == ALL_ADDRESSES else self._host
        self.url = f"http://{address}:{self.server_address[1]}/"

    def answers_to(self, host: str) -> bool:
        """Tell whether a request's `Host`, with or without port, is a name of this
        preview.
        """
        name = re.sub(r":[0-9]*$", "", host).lower()
        # any address, which nobody can redirect as they can a name
        if self._host == ALL_ADDRESSES:
            with contextlib.suppress(ValueError):
                return bool(ipaddress.ip_address(name.strip("[]")))
        return name in (*LOOPBACK, self._host)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that go away in the middle of an answer, as when the user
        leaves the page.
        """
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class PreviewHandler(SimpleHTTPRequestHandler):
    """Answers one request for a file of a site, as HTTP/1.0 does:

    what follows it on the connection is not read.
    """

    server: PreviewServer
    timeout = 30  # seconds of silence after which a connection ends

    def __init__(self, *args: Any, site: Path, cors: bool) -> None:
        """Answer a request; the arguments are those of `make_server`."""
        self.site, self.cors = site.resolve(), cors
        self.site_headers, self.content_type = headers_for("/404"), ""
        if cors:  # so that a page of another origin sees a 404, and no error of CORS
            self.site_headers[ALLOW_ORIGIN] = "*"
        super().__init__(*args)

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Answer with headers; returns the open file if it is to be sent."""
        if self.server.answers_to(host := self.headers.get("Host", "")):
            return super().send_head()
        words = (
            f"This preview is at {self.server.url}, not at {host!r:.80}. --host lets it"
            " answer to a name."
        )
        self.send_error(HTTPStatus.MISDIRECTED_REQUEST, explain=words)
        return None

    def do_OPTIONS(self) -> None:
        """Let pages that may read send a password, too:

        with the element's property `fetch`.
        """
        may_read = self.cors and self.server.answers_to(self.headers.get("Host", ""))
        self.site_headers[ALLOW_HEADERS] = "authorization"
        self.send_response(
            HTTPStatus.NO_CONTENT if may_read else HTTPStatus.NOT_IMPLEMENTED
        )
        self.end_headers()

    def translate_path(self, path: str) -> str:
        """The file to send for a path; "" if there is none."""
        path = unquote(re.split("[?#]", path)[0])
        parts = (path.removeprefix("/") or INDEX_HTML).split("/")
        # Names with a leading dot are locks and temporary files; `_headers` is for the
        # host. Hosts serve neither.
        hidden = any(
            not part or part.startswith((".", "_headers")) or "\\" in part
            for part in parts
        )
        if hidden or not path.startswith("/"):
            return ""
        try:
            found = self.site.joinpath(*parts).resolve()
            # a symbolic link may lead out of the site
            if not found.is_file() or not found.is_relative_to(self.site):
                return ""
        except (
            OSError,
            ValueError,
            RuntimeError,
        ):  # an impossible name, or a loop of symbolic links
            return ""
        self.site_headers, self.content_type = (
            headers_for(path),
            content_type_for(found.name),
        )
        if not self.cors:
            self.site_headers.pop(ALLOW_ORIGIN, None)
        if found.suffix in COMPRESSIBLE:
            self.site_headers["Vary"] = "Accept-Encoding"
        accepted = (
            self.headers.get("Accept-Encoding", "").lower().replace(" ", "").split(",")
        )
        for encoding in ENCODINGS:
            if encoding in accepted and (copy := find_copy(found, encoding)):
                self.site_headers["Content-Encoding"] = encoding
                return str(copy)
        return str(found)

    def guess_type(self, path: object) -> str:  # noqa: ARG002 (the inherited signature)
        """The type of the file, which a compressed copy's name does not tell."""
        return self.content_type

    def end_headers(self) -> None:
        """Add the headers of the site's table."""
        for name, value in self.site_headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the inherited name)
        """Log nothing: the browser's developer tools show requests better."""
