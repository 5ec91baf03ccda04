"""`pipeline serve`: preview a site with the headers, types and compressed copies of a real static host.

Any website that the user visits can send requests to this machine, so two things differ from a real host. The preview
answers only to names that no such website can have, which stops one whose name suddenly leads here (DNS rebinding). And
other origins can read nothing, unless `cors` says that they may.
"""

import contextlib
import errno
import ipaddress
import re
import socket
import socketserver
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

from pipeline.errors import ConfigError, PublishError
from pipeline.site.built_page import INDEX_HTML
from pipeline.site.compress import COMPRESSIBLE, ENCODINGS, find_copy
from pipeline.site.headers import ALLOW_ORIGIN, content_type_for, headers_for

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (compared, not bound) to listen on: of this machine


def serve(
    site: Path, port: int, host: str = "127.0.0.1", *, cors: bool = False, announce: Callable[[str], None]
) -> None:
    """Serve with `make_server` until interrupted with Ctrl-C; `announce` gets the URL once it listens."""
    with make_server(site, port, host=host, cors=cors) as server, contextlib.suppress(KeyboardInterrupt):
        announce(url_of(server))
        server.serve_forever()


def make_server(
    site: Path, port: int, base: str = "/", *, host: str = "127.0.0.1", cors: bool = False
) -> "PreviewServer":
    """Create a server that is already listening; the caller runs `serve_forever` and closes it.

    Args:
        site: the published folder.
        port: 0 picks a free one.
        base: the path at which the site appears, e.g. "/some/folder/"; everything else is 404.
        host: the address to listen on, also of IPv6, or the name of one.
        cors: whether pages of other origins may read the models and what embeds them, as on a published site.

    Raises:
        ConfigError: the port is out of range.
        PublishError: there is no site, or the address is not available.
    """
    if not 0 <= port <= 65535:
        raise ConfigError(f"A port must be between 0 and 65535. Received: {port}. Choose another --port.")
    if not (site / INDEX_HTML).is_file():
        raise PublishError(f"There is no site in {site}: index.html is missing. Run `pipeline build`, or pass --site.")
    try:
        return PreviewServer(host, port, partial(PreviewHandler, site=site, base=base, cors=cors))
    except (OSError, ValueError) as error:  # ValueError: a name that no address can have
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PublishError(
                f"Port {port} of {host} is in use. Stop the program that uses it, or choose another port: `--port 0` "
                "picks a free one."
            ) from error
        reason = getattr(error, "strerror", None) or error
        raise PublishError(f"Cannot listen on {host}:{port}: {reason}. Choose another --host or --port.") from error


def url_of(server: "PreviewServer") -> str:
    """The URL for a browser on this machine."""
    host = str(server.server_address[0])
    name = ALL_ADDRESSES.get(host) or (f"[{host}]" if ":" in host else host)
    return f"http://{name}:{server.server_address[1]}/"


class PreviewServer(ThreadingHTTPServer):
    """A server that knows its names."""

    request_queue_size = 64  # a page asks for many files at once

    def __init__(self, host: str, port: int, handler: Callable[..., Any]) -> None:
        """Listen; OSError or ValueError if there is no such address or it is taken."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family, _, _, _, address = found[0]
        self._host = host.lower()
        super().__init__(address[:2], handler)  # type: ignore[arg-type]  # a partial makes handlers like a class

    def answers_to(self, host: str) -> bool:
        """Tell whether a request's `Host`, with or without port, is a name of this preview.

        On all addresses this includes any address, which nobody can redirect as they can a name.
        """
        name = re.sub(r":[0-9]*$", "", host).lower()
        if self._host in ALL_ADDRESSES:
            with contextlib.suppress(ValueError):
                return bool(ipaddress.ip_address(name.strip("[]")))
        return name in (*LOOPBACK, self._host, f"[{self._host}]")

    def server_bind(self) -> None:
        """Bind, to `::` together with IPv4, and without looking up this machine's name, which can take seconds."""
        if self.address_family == socket.AF_INET6:
            with contextlib.suppress(OSError):  # IPv6 alone, where the system wants it so
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that go away in the middle of an answer, as when the user leaves the page."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class PreviewHandler(SimpleHTTPRequestHandler):
    """Answers one request for a file of a site, as HTTP/1.0 does: what follows it on the connection is not read."""

    server: PreviewServer
    timeout = 30  # seconds of silence after which a connection ends
    site_headers: Mapping[str, str] = headers_for("/404")
    content_type = ""

    def __init__(self, *args: Any, site: Path, base: str, cors: bool) -> None:
        """Answer a request; the arguments are those of `make_server`."""
        self.site, self.base, self.cors = site.resolve(), f"/{base.strip('/')}/".replace("//", "/"), cors
        super().__init__(*args)

    def send_head(self) -> BytesIO | BinaryIO | None:
        """Answer with headers; returns the open file if it is to be sent."""
        host = self.headers.get("Host", "")
        if self.server.answers_to(host):
            return super().send_head()
        words = f"This preview is at {url_of(self.server)}, not at {host!r:.80}. --host lets it answer to a name."
        self.send_error(HTTPStatus.MISDIRECTED_REQUEST, explain=words)
        return None

    def translate_path(self, path: str) -> str:
        """The file to send for a path, or the folder whose address needs a slash; "" if there is neither."""
        path = unquote(re.split("[?#]", path)[0])
        *folders, name = path.removeprefix(self.base).split("/")
        # Names with a leading dot are locks and temporary files; `_headers` is for the host. Hosts serve neither.
        hidden = any(part.startswith((".", "_headers")) or "\\" in part for part in (*folders, name))
        if not path.startswith(self.base) or hidden or "" in folders:
            return ""
        try:
            found = self.site.joinpath(*folders, name)
            file = (found / INDEX_HTML if not name or found.is_dir() else found).resolve()
            if not file.is_file() or not file.is_relative_to(self.site):  # a symbolic link may lead out of the site
                return ""
        except (OSError, ValueError, RuntimeError):  # an impossible name, or a loop of symbolic links
            return ""
        if name and found.is_dir():
            return str(found)
        headers, self.content_type = headers_for(f"/{path.removeprefix(self.base)}"), content_type_for(file.name)
        if not self.cors:
            headers.pop(ALLOW_ORIGIN, None)
        if file.suffix in COMPRESSIBLE:
            headers["Vary"] = "Accept-Encoding"
        accepted = self.headers.get("Accept-Encoding", "").lower().replace(" ", "").split(",")
        for encoding in ENCODINGS:
            if encoding in accepted and (copy := find_copy(file, encoding)):
                headers["Content-Encoding"], file = encoding, copy
                break
        self.site_headers = headers
        return str(file)

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
