"""`pipeline serve`: preview a site with the headers, types, compression and revalidation of a real static host.

Any website that the user visits can send requests to this machine, so two things differ from a real host. The preview
answers only to names that no such website can have, which stops one whose name suddenly leads here (DNS rebinding). And
other origins can read nothing, unless `cors` says that they may.
"""

import contextlib
import errno
import os
import posixpath
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

from pipeline.errors import ConfigError, PublishError
from pipeline.site.built_page import INDEX_HTML
from pipeline.site.compress import COMPRESSIBLE
from pipeline.site.conditions import choose_copy, is_current, requested_part
from pipeline.site.connections import PATIENCE, PreviewServer
from pipeline.site.headers import ALLOW_ORIGIN, content_type_for, headers_for

CHUNK = 2**18  # bytes that a client must take within PATIENCE


def serve(
    site: Path, port: int, host: str = "127.0.0.1", *, cors: bool = False, announce: Callable[[str], None]
) -> None:
    """Serve with `make_server` until interrupted with Ctrl-C; `announce` gets the URL once it listens."""
    with make_server(site, port, host=host, cors=cors) as server, contextlib.suppress(KeyboardInterrupt):
        announce(url_of(server))
        server.serve_forever()


def make_server(
    site: Path, port: int, base: str = "/", *, host: str = "127.0.0.1", cors: bool = False
) -> PreviewServer:
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
    base = f"/{base.strip('/')}/".replace("//", "/")
    try:
        return PreviewServer(host, port, partial(_Handler, site=site.resolve(), base=base, cors=cors))
    except (OSError, ValueError) as error:  # ValueError: a name that no address can have
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PublishError(
                f"Port {port} of {host} is in use. Stop the program that uses it, or choose another port: `--port 0` "
                "picks a free one."
            ) from error
        reason = getattr(error, "strerror", None) or error
        raise PublishError(f"Cannot listen on {host}:{port}: {reason}. Choose another --host or --port.") from error


def url_of(server: PreviewServer, base: str = "/") -> str:
    """The URL for a browser on this machine."""
    return f"http://{server.own_name}:{server.server_address[1]}{base}"


class _Handler(BaseHTTPRequestHandler):
    server: PreviewServer
    protocol_version = "HTTP/1.1"  # with keep-alive, like real hosts
    disable_nagle_algorithm = True  # headers and body are two small writes: do not wait between them
    timeout = PATIENCE
    server_version = "pipeline"
    sys_version = ""

    def __init__(self, *args: object, site: Path, base: str, cors: bool) -> None:
        self._site, self._base, self._cors = site, base, cors
        super().__init__(*args)  # type: ignore[arg-type]  # request, address, server: passed through unchanged

    def handle_one_request(self) -> None:
        """Read a request within PATIENCE, the time between two requests included, and answer it."""
        self.server.extend(self.connection)
        super().handle_one_request()

    def do_GET(self) -> None:
        """Send the file, or the part of it that is asked for, with its headers."""
        try:
            target = urlsplit(self.path)
        except ValueError:  # such as http://[
            target = urlsplit("")
        hosts = [target.netloc] if target.netloc else self.headers.get_all("Host", [])
        not_headers = self.headers.get_payload()  # from the first line on that is none
        old = self.request_version == "HTTP/0.9"  # which has no headers
        if not target.path.startswith("/") or len(hosts) != 1 or not_headers or old:
            self.send_error(HTTPStatus.BAD_REQUEST, "a request needs a path, one Host, and well-formed headers")
        elif not self.server.answers_to(hosts[0]):
            words = f"this preview is at {url_of(self.server)}, not at {hosts[0]!r}; --host makes it answer to a name"
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST, words)
        else:
            lengths = self.headers.get_all("Content-Length", ["0"])
            if lengths != ["0"] or "Transfer-Encoding" in self.headers:
                self.close_connection = True  # a body must not be read as the next request
            self._answer(unquote(target.path))

    def do_HEAD(self) -> None:
        """Do as for a GET; `_send` leaves the body out."""
        self.do_GET()

    def handle_expect_100(self) -> bool:
        """Ask for no body: nothing here takes one."""
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the inherited name)
        """Log nothing: the browser's developer tools show requests better."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Refuse a request in one line of text, and close the connection. A method other than ours is 405."""
        status, headers = HTTPStatus(code), {}
        if status is HTTPStatus.NOT_IMPLEMENTED:
            status, headers = HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET, HEAD"}
        self.close_connection = True
        self.request_version = self.protocol_version  # what could not be read may pass for HTTP/0.9, without headers
        self._say(status, message or status.phrase, headers)

    def _answer(self, path: str) -> None:
        if f"{path}/" == self._base:
            self._redirect(self._base)
            return
        inside = f"/{path.removeprefix(self._base)}" if path.startswith(self._base) else None
        file = self._find(inside) if inside is not None else None
        if inside is None or file is None:
            self._say(HTTPStatus.NOT_FOUND, "not found")
            return
        if file.is_dir():
            if not inside.endswith("/"):
                self._redirect(f"{path}/")
                return
            file /= INDEX_HTML
        headers = headers_for(inside) | {"Content-Type": content_type_for(file.name), "Accept-Ranges": "bytes"}
        if not self._cors:
            headers.pop(ALLOW_ORIGIN, None)
        encoding, copy = choose_copy(file, self.headers.get("Accept-Encoding", ""))
        if file.suffix in COMPRESSIBLE:
            headers["Vary"] = "Accept-Encoding"
        if encoding:
            headers["Content-Encoding"] = encoding
        try:
            with open(copy or file, "rb") as content:
                self._send_file(content, headers, encoding)
        except (FileNotFoundError, PermissionError):  # removed by a publication meanwhile, or private
            self._say(HTTPStatus.NOT_FOUND, "not found")

    def _send_file(self, content: BinaryIO, headers: dict[str, str], encoding: str) -> None:
        facts = os.fstat(content.fileno())
        # Size, time and content come from one open file, so that a concurrent publication cannot mix old and new.
        etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}{encoding and "-"}{encoding}"'
        date = formatdate(int(facts.st_mtime), usegmt=True)
        headers |= {"ETag": etag, "Last-Modified": date}
        if is_current(self.headers, etag, int(facts.st_mtime)):
            del headers["Content-Type"]
            self._send(HTTPStatus.NOT_MODIFIED, headers, None)
            return
        part = requested_part(self.headers, facts.st_size, etag, date) if self.command == "GET" else None
        if part is None:
            self._send(HTTPStatus.OK, headers, range(facts.st_size), content)
        elif part:
            headers["Content-Range"] = f"bytes {part[0]}-{part[-1]}/{facts.st_size}"
            self._send(HTTPStatus.PARTIAL_CONTENT, headers, part, content)
        else:
            size = {"Content-Range": f"bytes */{facts.st_size}"}
            self._say(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "the file is shorter", size)

    def _find(self, path: str) -> Path | None:
        """The file, or the folder with an index.html, at a decoded path; None if there is neither."""
        parts = [part for part in path.split("/") if part]
        # Names with a leading dot are locks and temporary files; `_headers` is for the host. Hosts serve neither.
        if any(part.startswith((".", "_headers")) or "\\" in part or "\0" in part for part in parts):
            return None
        try:
            found = self._site.joinpath(*parts).resolve()
            if not found.is_relative_to(self._site):  # a symbolic link that leads out of the site
                return None
            if found.is_file():
                return None if path.endswith("/") else found
            return found if (found / INDEX_HTML).is_file() else None
        except (OSError, ValueError):  # a name that is too long or impossible here, or a loop of symbolic links
            return None

    def _redirect(self, path: str) -> None:
        # normalized, so that //other.example/ cannot become a redirect to another host
        location = quote("/" + posixpath.normpath(path).strip("/") + "/").replace("//", "/")
        self._say(HTTPStatus.MOVED_PERMANENTLY, location, {"Location": location})

    def _say(self, status: HTTPStatus, words: str, headers: Mapping[str, str] | None = None) -> None:
        """Answer with a line of text."""
        text = f"{status.value}: {words}\n".encode()
        self._send(status, {**headers_for("/404"), "Content-Type": "text/plain", **(headers or {})}, range(len(text)))
        if self.command != "HEAD":
            self.wfile.write(text)

    def _send(
        self, status: HTTPStatus, headers: Mapping[str, str], part: range | None, content: BinaryIO | None = None
    ) -> None:
        """Send headers, and, unless it is a HEAD, those bytes of the content; `part` is None where there is no body."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if part is not None:
            self.send_header("Content-Length", str(len(part)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if content is None or not part or self.command == "HEAD":
            return
        content.seek(part.start)
        for start in range(part.start, part.stop, CHUNK):
            self.server.extend(self.connection)
            chunk = content.read(min(CHUNK, part.stop - start))
            self.wfile.write(chunk)
            if not chunk:  # cut short meanwhile: the client must not wait for the rest
                self.close_connection = True
                return
