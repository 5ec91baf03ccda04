"""`pipeline serve`: preview a site with the headers, types, compression and revalidation of a real static host."""

import contextlib
import errno
import os
import posixpath
import sys
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from pipeline.errors import ConfigError, PublishError
from pipeline.site.compress import COMPRESSIBLE, ENCODINGS, find_copy
from pipeline.site.headers import headers_for

# Not Python's table, which depends on the machine (the Windows registry often maps .js to text/plain).
CONTENT_TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".sig": "application/json; charset=utf-8",  # bundle.py
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
OTHER_TYPE = "application/octet-stream"


def serve(site: Path, port: int, host: str = "127.0.0.1") -> None:
    """Print the URL, and serve with `make_server` until interrupted with Ctrl-C."""
    with make_server(site, port, host=host) as server, contextlib.suppress(KeyboardInterrupt):
        print(url_of(server), flush=True)
        server.serve_forever()


def make_server(site: Path, port: int, base: str = "/", *, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Create a server that is already listening; the caller runs `serve_forever` and closes it.

    Args:
        site: the published folder.
        port: 0 picks a free one.
        base: the path at which the site appears, e.g. "/some/folder/"; everything else is 404.
        host: the address to listen on.

    Raises:
        ConfigError: the port is out of range.
        PublishError: there is no site, or the address is not available.
    """
    if not 0 <= port <= 65535:
        raise ConfigError(f"A port must be between 0 and 65535. Received: {port}. Choose another --port.")
    if not (site / "index.html").is_file():
        raise PublishError(f"There is no site in {site}: index.html is missing. Run `pipeline build`, or pass --site.")
    base = f"/{base.strip('/')}/".replace("//", "/")
    try:
        return _Server((host, port), partial(_Handler, site=site.resolve(), base=base))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PublishError(
                f"Port {port} of {host} is in use. Stop the program that uses it, or choose another port: `--port 0` "
                "picks a free one."
            ) from error
        raise PublishError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from error


def url_of(server: ThreadingHTTPServer, base: str = "/") -> str:
    """The URL for a browser on this machine."""
    host, port = str(server.server_address[0]), server.server_address[1]
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}{base}"  # noqa: S104 (compared, not bound)


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # open connections must not delay shutdown

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore browsers that disconnect in the middle of a response, as when the user leaves the page."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed through unchanged


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # with keep-alive, like real hosts
    disable_nagle_algorithm = True  # headers and body are two small writes: do not wait between them
    timeout = 60  # seconds until an idle connection is closed
    server_version = "pipeline"
    sys_version = ""

    def __init__(self, *args: object, site: Path, base: str) -> None:
        self._site, self._base = site, base
        super().__init__(*args)  # type: ignore[arg-type]  # request, address, server: passed through unchanged

    def do_GET(self) -> None:
        """Send the file with its headers."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send only the headers of the file."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the inherited name)
        """Log nothing: the browser's developer tools show requests better."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if f"{path}/" == self._base:
            self._redirect(self._base)
            return
        inside = f"/{path.removeprefix(self._base)}" if path.startswith(self._base) else None
        file = self._find(inside) if inside is not None else None
        if inside is None or file is None:
            self._send(HTTPStatus.NOT_FOUND, b"404: not found\n", headers_for("/404"), "text/plain", with_body)
            return
        if file.is_dir():
            if not inside.endswith("/"):
                self._redirect(f"{path}/")
                return
            file /= "index.html"
        headers = headers_for(inside)
        encoding, copy = _choose_copy(file, self.headers.get("Accept-Encoding"))
        if file.suffix in COMPRESSIBLE:
            headers["Vary"] = "Accept-Encoding"
        if encoding:
            headers["Content-Encoding"] = encoding
        # Read size, time and content from one open file, so that a concurrent publication cannot mix old and new.
        with open(copy or file, "rb") as content:
            status = os.fstat(content.fileno())
            etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}{encoding and "-"}{encoding}"'
            headers["ETag"] = etag
            if _is_current(self.headers.get("If-None-Match"), etag):
                self._send(HTTPStatus.NOT_MODIFIED, None, headers, None, with_body=False)
                return
            content_type = CONTENT_TYPES.get(file.suffix.lower(), OTHER_TYPE)
            self._send(HTTPStatus.OK, content.read(), headers, content_type, with_body)

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
            return found if (found / "index.html").is_file() else None
        except OSError:  # a name that is too long, or a loop of symbolic links
            return None

    def _redirect(self, path: str) -> None:
        # normalized, so that //other.example/ cannot become a redirect to another host
        location = quote("/" + posixpath.normpath(path).strip("/") + "/").replace("//", "/")
        headers = {**headers_for("/404"), "Location": location}
        self._send(HTTPStatus.MOVED_PERMANENTLY, b"", headers, "text/plain", with_body=False)

    def _send(
        self, status: HTTPStatus, body: bytes | None, headers: dict[str, str], content_type: str | None, with_body: bool
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if content_type is not None:
            self.send_header("Content-Type", content_type)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and body:
            self.wfile.write(body)


def _choose_copy(file: Path, accept_encoding: str | None) -> tuple[str, Path | None]:
    """The encoding to send ("" for none) and the compressed copy in that encoding."""
    accepted = _accepted(accept_encoding or "")
    for encoding in ENCODINGS:
        copy = find_copy(file, encoding) if encoding in accepted else None
        if copy:
            return encoding, copy
    return "", None


def _accepted(accept_encoding: str) -> set[str]:
    """The encodings in an Accept-Encoding header that `q=0` does not rule out (RFC 9110, 12.5.3)."""
    parts = [part.replace(" ", "").lower().split(";q=") for part in accept_encoding.split(",")]
    return {name for name, *quality in parts if not quality or quality[0].strip("0.")}


def _is_current(if_none_match: str | None, etag: str) -> bool:
    """Whether the browser's cached copy is current (RFC 9110, 13.1.2: weak comparison)."""
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in known or known == ["*"]
