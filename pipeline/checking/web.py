"""Read a site over http, from a host that nobody needs to trust.

Bounded are: the bytes of each answer, by what the manifest declares; bytes, time and
patience of a whole check. A redirect is followed only within the same origin, so a host
cannot make this machine ask others on its behalf.
"""

import contextlib
import http.client
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from pipeline.checking.folder import (
    FILE_BYTES,
    JSON_LIMIT,
    PAGE_LIMIT,
    SLACK,
    Folder,
    Missing,
    Problem,
    inside,
    unpacked,
)
from pipeline.errors import ConfigError, DataError
from pipeline.site.compress import ENCODINGS, is_compressible
from pipeline.system.outside import parse_json

T = TypeVar("T")
Answer = tuple[int, http.client.HTTPMessage, bytes]  # status, headers, body

# seconds for a connection, and at most between two bytes; with the patience, less than
# two minutes
TIMEOUT = 30.0
# bytes a second: a host that sends less uses up the patience, and one that sends more
# gives it back
SLOWEST = 10_000
# seconds: of a whole check; given back by each answer, whatever its size
PATIENCE, ROUND_TRIP = (
    80.0,
    0.5,
)
TOTAL_BYTES = 4 * 2**30  # of a whole check
TOTAL_SECONDS = 3600.0
REDIRECTS = 5
# http.client refuses hosts with a space or a control character.
_HOST = re.compile(r"[^\s\x00-\x20\x7f]+")


class Web:
    """An address, whose files are fetched once into a folder."""

    def __init__(self, address: str, folder: Path) -> None:
        """`address` has passed `parse_address` and ends with a slash; `folder` exists
        and is empty.
        """
        scheme, host, port = self._origin = _origin(address)
        kind = (
            http.client.HTTPSConnection
            if scheme == "https"
            else http.client.HTTPConnection
        )
        self._connection = kind(host or "", port, timeout=TIMEOUT)
        self._address, self._folder = address, folder
        self._bytes, self._left = TOTAL_BYTES, PATIENCE
        self._late = self._end = time.monotonic() + TOTAL_SECONDS
        self._fetched: dict[str, Path] = {}
        # path → headers, bytes, and whether a compressed answer came; None if nobody
        # asked for one
        self.answers: dict[str, tuple[http.client.HTTPMessage, int, bool | None]] = {}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def fetch(self, path: str, limit: int = JSON_LIMIT) -> Path:
        """A copy of the file in the folder, under the same path."""
        if path not in self._fetched:
            if limit > FILE_BYTES:
                raise Problem(
                    f"has {limit:,} bytes, more than {FILE_BYTES:,}; check a copy of"
                    " the folder"
                )
            encoding, content, headers = self._get(path, limit, "identity")
            self.answers[path] = (headers, len(content), None)
            file = self._folder / inside(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(
                unpacked(content, encoding, limit) if encoding else content
            )
            self._fetched[path] = file
        if (size := self._fetched[path].stat().st_size) > limit:
            raise Problem(f"has {size:,} bytes; at most {limit:,} are expected")
        return self._fetched[path]

    def copies(self, path: str, size: int) -> Iterator[tuple[str, str, bytes]]:
        """Yield the file as visitors receive it in each encoding:

        path, encoding, unpacked content.
        """
        for encoding in ENCODINGS if is_compressible(Path(path), size) else ():
            sent, content, headers = self._get(path, size + SLACK, encoding)
            self.answers[path] = (
                headers,
                size,
                bool(sent) or bool(self.answers[path][2]),
            )
            yield (
                path,
                f"as {encoding} ",
                unpacked(content, sent, size) if sent else content,
            )

    def files(self, folder: str = "", *, hidden: bool = False) -> list[str] | None:  # noqa: ARG002 (as in every place)
        """None: hosts do not list folders."""
        return None

    def seen(self, folder: str = "") -> list[str]:  # noqa: ARG002 (as in every place)
        """The paths fetched so far."""
        return list(self._fetched)

    def describe(self, path: str) -> str:
        """The address of a file."""
        return self._address + quote(path)

    def preflight(self, path: str) -> http.client.HTTPMessage | None:
        """The answer to OPTIONS, by which browsers ask whether they may send a
        password; None if the host refuses.
        """
        with contextlib.suppress(Problem, DataError):
            status, headers, _ = self._answer(
                self.describe(path), PAGE_LIMIT, "identity", "OPTIONS"
            )
            return headers if 200 <= status < 300 else None
        return None

    def status(self, path: str) -> int:
        """The host's answer to a request, without following it; 200 if it sends more
        than a page.
        """
        with contextlib.suppress(Problem):
            return self._answer(self.describe(path), PAGE_LIMIT, "identity")[0]
        return 200

    def _get(
        self, path: str, limit: int, encoding: str
    ) -> tuple[str, bytes, http.client.HTTPMessage]:
        """The encoding that was sent ("" for none), the content, of at most `limit`
        bytes, and the headers.
        """
        address = self.describe(path)
        for _ in range(REDIRECTS + 1):
            status, headers, content = self._answer(address, limit, encoding)
            if status in (301, 302, 303, 307, 308) and headers["Location"]:
                try:
                    address = urljoin(address, headers["Location"])
                except ValueError as error:
                    raise Problem(
                        f"redirects to {headers['Location']!r:.200}, which is no"
                        " address"
                    ) from error
                if _origin(address) != self._origin:
                    raise Problem(
                        f"redirects to another origin ({address:.200}); pass that"
                        " address if you trust it"
                    )
                continue
            if status in (404, 410):
                raise Missing(f"is missing (the host answers {status})")
            if status != 200:
                raise Problem(f"cannot be fetched (the host answers {status})")
            sent = (
                (headers["Content-Encoding"] or "")
                .strip()
                .lower()
                .replace("identity", "")
            )
            if sent and sent not in ENCODINGS:
                raise Problem(
                    f"comes in an encoding that nobody asked for ({sent!r:.40})"
                )
            return sent, content, headers
        raise Problem(f"leads to more than {REDIRECTS} redirects")

    def _answer(
        self, address: str, limit: int, encoding: str, method: str = "GET"
    ) -> Answer:
        parts = urlsplit(address)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Accept-Encoding": encoding, "User-Agent": "pipeline check"}
        for fresh in (False, True):  # hosts close connections that were idle
            if fresh:
                self._connection.close()
            try:
                with self._watched():
                    self._connection.request(method, path, headers=headers)
                    # which it forgets where the host closes connections
                    self._socket: Any = self._connection.sock
                    response = self._connection.getresponse()
                    content = self._body(response, limit)
                    return response.status, response.headers, content
            except (
                ConnectionResetError,
                BrokenPipeError,
                http.client.RemoteDisconnected,
            ) as error:
                if fresh:
                    raise self._unreachable(address, str(error)) from error
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise self._unreachable(
                    address, str(error) or type(error).__name__
                ) from error
        raise AssertionError("the second attempt returns or raises")

    def _body(self, response: http.client.HTTPResponse, limit: int) -> bytes:
        """The body; more than `limit` bytes are never read."""
        declared = response.headers["Content-Length"]
        if (
            response.status == 200
            and declared
            and declared.isdecimal()
            and int(declared) > limit
        ):
            self._connection.close()
            raise Problem(
                f"has {int(declared):,} bytes; at most {limit:,} are expected"
            )
        allowed = min(limit, self._bytes)
        content = bytearray()
        while piece := response.read(min(2**14, allowed + 1 - len(content))):
            content += piece
            self._bytes -= len(piece)
            self._late = min(
                self._late + len(piece) / SLOWEST,
                time.monotonic() + PATIENCE,
                self._end,
            )
        if not response.isclosed():  # there is more
            self._connection.close()
        if len(content) <= allowed or response.status != 200:
            return bytes(content)
        if allowed == limit:
            raise Problem(f"has more than {limit:,} bytes")
        raise DataError(
            f"A check fetches at most {TOTAL_BYTES:,} bytes. Received: more from"
            f" {self._address}. Check a copy of it."
        )

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Cut the connection once patience or time is used up, as by a host that sends
        a byte at a time.
        """
        self._late = min(
            time.monotonic() + min(self._left + ROUND_TRIP, PATIENCE), self._end
        )
        done, cut = threading.Event(), threading.Event()
        rule = (
            f"a host must send at least {SLOWEST:,} bytes a second, and all within"
            f" {TOTAL_SECONDS:,.0f} s"
        )
        if self._late <= time.monotonic():
            raise TimeoutError(rule)

        def watch() -> None:
            while not done.wait(max(self._late - time.monotonic(), 0.1)):
                if self._late <= time.monotonic():
                    cut.set()
                    # not connected yet, or no longer
                    with contextlib.suppress(OSError, AttributeError):
                        self._socket.shutdown(socket.SHUT_RDWR)

        threading.Thread(target=watch, daemon=True).start()
        try:
            yield
        finally:
            done.set()
            self._left = self._late - time.monotonic()
            if cut.is_set():
                raise TimeoutError(rule)

    def _unreachable(self, address: str, reason: str) -> DataError:
        self._connection.close()
        return DataError(
            f"Cannot fetch {address:.300}: {reason}. Received in"
            f" {time.monotonic() - self._end + TOTAL_SECONDS:.0f} s:"
            f" {TOTAL_BYTES - self._bytes:,} bytes, whole files: {len(self._fetched)}."
            " Check address and connection, then try again."
        )


def parse_address(text: str) -> SplitResult:
    """Return the parts of an http(s) address.

    A ConfigError does not repeat another: it may hold a password.
    """
    scheme, host, _ = _origin(text)
    is_address = (
        scheme in ("http", "https")
        and host is not None
        and _HOST.fullmatch(host) is not None
        and urlsplit(text).username is None
    )
    if not is_address:
        raise ConfigError(
            "An address must begin with http:// or https:// and a host, without user"
            " and password, and without spaces in the host. Received: another, not"
            " shown here because it may hold a password. Correct it."
        )
    return urlsplit(text)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "", None, None


Place = Folder | Web  # both are read within bounds


def read_json(place: Place, path: str, parse: Callable[[Any], T], wrong: str = "") -> T:
    """Parse the values of a JSON file; Problem, with the words `wrong` if given, where
    that fails.
    """
    try:
        values = parse_json(place.fetch(path).read_bytes())
    except ValueError as error:
        raise Problem(f"is not JSON ({error})") from error
    try:
        return parse(values)
    except (ValueError, TypeError, LookupError, AttributeError, ConfigError) as error:
        raise Problem(wrong or str(error)) from error


def exists(place: Place, path: str) -> bool:
    """Tell whether there is such a file, if only one that cannot be read."""
    try:
        place.fetch(path)
    except Problem as problem:
        return not isinstance(problem, Missing)
    return True
