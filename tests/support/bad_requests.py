"""Requests that a server of files must survive, each with the answers that are right for it.

`play` sends them one by one to a running preview of a site from `tests.support.versions`; `wrong` names what did not go
as it must. Nothing here knows how the preview is made.
"""

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

SECRET = b"this is outside the site"  # what the caller puts next to the site, as secret.txt
SECONDS = 60.0  # for one request; longer is a hang
NONE = 0  # closed without an answer
OK, PART, MOVED, CURRENT, BAD, MISSING, METHOD, RANGE, MISDIRECTED, LONG, LARGE, VERSION = (
    *(200, 206, 301, 304, 400, 404, 405, 416, 421, 414, 431, 505),
)


@dataclass(frozen=True)
class BadRequest:
    """What a client sends, and the statuses of which it may get one."""

    kind: str
    name: str
    sent: bytes
    right: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """What came back: the statuses of all answers, and whether the server ended the connection in time."""

    statuses: tuple[int, ...]
    received: bytes
    hung: bool


def play(address: tuple[str, int], request: BadRequest) -> Answer:
    """Send a request to a server, and read until it closes the connection."""
    received = b""
    with socket.create_connection(address, SECONDS) as client:
        try:
            client.sendall(request.sent)
            client.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # refused before it was sent whole; the answer is there
        try:
            while block := client.recv(2**16):
                received += block
        except TimeoutError:
            return Answer((), received, hung=True)
        except ConnectionError:
            pass
    return Answer(tuple(map(int, re.findall(rb"HTTP/1\.1 (\d{3}) ", received))), received, hung=False)


def wrong(request: BadRequest, answer: Answer) -> str | None:
    """What is wrong with an answer; None if it is right."""
    if answer.hung:
        return "hangs"
    if SECRET in answer.received:
        return "shows a file outside the site"
    if len(answer.statuses) > 1:
        return f"is answered {len(answer.statuses)} times: {answer.statuses}"
    status = answer.statuses[0] if answer.statuses else NONE
    if status == NONE and answer.received:
        return f"is answered with no status: {answer.received[:60]!r}"
    return (
        None if status in request.right else f"is answered {status} instead of {' or '.join(map(str, request.right))}"
    )


def bad_requests() -> list[BadRequest]:
    """All of them."""
    groups = {
        "request line": _lines(),
        "path": _paths(),
        "method": _methods(),
        "host": _hosts(),
        "body": _bodies(),
        "header": _headers(),
        "range": _ranges(),
        "condition": _conditions(),
    }
    return [BadRequest(kind, name, sent, right) for kind, made in groups.items() for name, sent, right in made]


Made = Iterable[tuple[str, bytes, tuple[int, ...]]]


def _get(path: str = "/embed.js", *headers: str, method: str = "GET", host: str = "localhost") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: ".encode("latin-1") + host.encode()
    return b"\r\n".join([head, *(header.encode("latin-1") for header in headers), b"", b""])


def _lines() -> Made:
    host = b"\r\nHost: localhost\r\n\r\n"
    return [
        ("nothing", b"", (NONE,)),
        ("an empty line", b"\r\n", (NONE,)),
        ("zeros", b"\0\0\0\0\r\n\r\n", (BAD,)),
        ("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (BAD,)),
        ("binary", bytes(range(128, 256)) + b"\r\n\r\n", (BAD,)),
        ("a method alone", b"GET\r\n\r\n", (BAD,)),
        ("no version", b"GET /\r\n\r\n", (BAD,)),
        ("no version and a host", b"GET /" + host, (BAD,)),
        ("no version of a POST", b"POST /" + host, (BAD,)),
        ("four words", b"GET / / HTTP/1.1" + host, (BAD,)),
        ("version 0.9", b"GET / HTTP/0.9" + host, (BAD, VERSION)),
        ("version 1.0", b"GET / HTTP/1.0" + host, (OK,)),
        ("version 1.0 and no host", b"GET / HTTP/1.0\r\n\r\n", (BAD,)),
        ("version 2.0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (VERSION,)),
        ("version 9.9", b"GET / HTTP/9.9" + host, (VERSION,)),
        ("version 1", b"GET / HTTP/1" + host, (BAD,)),
        ("version 1.1.1", b"GET / HTTP/1.1.1" + host, (BAD,)),
        ("version -1.1", b"GET / HTTP/-1.1" + host, (BAD,)),
        ("a long version", b"GET / HTTP/1." + b"1" * 5000 + host, (BAD,)),
        ("another protocol", b"GET / FTP/1.1" + host, (BAD,)),
        ("small letters", b"get / http/1.1" + host, (BAD,)),
        ("line feeds alone", b"GET / HTTP/1.1\nHost: localhost\n\n", (OK, BAD)),
        ("tabs", b"GET\t/\tHTTP/1.1" + host, (OK, BAD)),
        ("no end of the line", b"GET / HTTP/1.1", (BAD, NONE)),
        ("no end of the headers", b"GET / HTTP/1.1\r\nHost: localhost\r\n", (OK, BAD, NONE)),
        ("a line of 70 kB", b"GET /" + b"a" * 70_000 + b" HTTP/1.1" + host, (LONG,)),
        ("a line of 1 MB", b"GET /" + b"a" * 1_000_000, (LONG, NONE)),
    ]


NO_PATHS = "* index.html localhost/ :80 mailto:x ? # data:,x javascript:alert(1)"
ELSEWHERE = "http://evil.example/ http://localhost@evil.example/ http://evil.example:80/embed.js ftp://x/"
UP, SLASHES = ".. %2e%2e .%2e %2E. %252e%252e ..%00 ... %c0%ae%c0%ae ..; %uff0e%uff0e", "/ %2f %5c \\ %252f %c0%af //"
HIDDEN = (
    "/link.txt /secret.txt /_headers /.lock /.git/config /models/.staging-0/x /embed.js/ /%00 /embed.js%00.html /% "
    "/%zz /%80 /%ff%fe /%ed%a0%80 /%e2%80%ae /embed.js%20 /CON /C:/Windows /c%3a/x /embed.js::$DATA /embed.js. /~root "
    "/etc/passwd //etc/passwd ///etc/passwd /proc/self/environ /file:///etc/passwd"
)


def _paths() -> Made:
    for path in ["http://[", "http://[::1", "http://]/", "http://[::1]extra/", "http://[v1.x]/", "http://", "//["]:
        yield path, _get(path), (BAD, MISDIRECTED, MISSING)
    for paths, right in [(NO_PATHS, BAD), (ELSEWHERE, MISDIRECTED), (HIDDEN, MISSING)]:
        for path in paths.split():
            yield path, _get(path), (right,)
    for dots in UP.split():
        for slash in SLASHES.split():
            for path in (f"/{dots}{slash}.{slash}secret.txt", f"/assets/{dots}{slash}{dots}{slash}secret.txt"):
                yield path, _get(path), (MISSING,)
    for name, path in [("a long name", "/" + "a" * 300), ("a deep path", "/" + "a/" * 3000), ("no ASCII", "/\xe4")]:
        yield name, _get(path), (MISSING,)
    for path in ["//evil.example/", "///evil.example/..", "/docs", "//docs", "/docs?x=1#y"]:
        yield path, _get(path), (MISSING, MOVED)
    for path in ["/embed.js?", "/embed.js?/../..", "/embed.js#x", "/./embed.js", "//embed.js"]:
        yield path, _get(path), (OK, MISSING)
    yield "a long query", _get("/embed.js?" + "q" * 5000), (OK,)
    yield "the address in full", _get("http://localhost/embed.js"), (OK,)


METHODS = "POST PUT DELETE OPTIONS TRACE CONNECT PATCH PROPFIND get HEAD2 _answer __init__ GET, <script>"


def _methods() -> Made:
    for method in [*METHODS.split(), "G" * 200]:
        yield method[:20], _get(method=method), (METHOD,)
        yield f"{method[:20]} with a body", _get("/", "Content-Length: 5", method=method) + b"GET /", (METHOD,)
    yield "HEAD", _get(method="HEAD"), (OK,)


OTHER_HOSTS = (
    "evil.example evil.example:8000 localhost.evil.example 127.0.0.1.evil.example localhost:80:80 [ [] [:: ::1 [::1 "
    "[::2] 127.0.0.2 127.1 2130706433 0x7f000001 localhost. localhost,evil.example localhost@evil.example localhost/ "
    "[::1]:x localhost:x localhost:-1 http://localhost l\u043ecalhost \x00localhost xn--localhost 'localhost' * "
    "localhost\\ localhost%00 192.168.0.1 [fe80::1] router.local"
)
OWN_HOSTS = "localhost LOCALHOST localhost:1 localhost: 127.0.0.1:99999 [::1]:80 [::1]"


def _hosts() -> Made:
    for host in [*OTHER_HOSTS.split(), "", " ", "localhost evil.example", "a" * 5000]:
        yield host[:30], _get(host=host), (MISDIRECTED,)
    yield "none", b"GET / HTTP/1.1\r\n\r\n", (BAD,)
    yield "two", _get("/", "Host: evil.example"), (BAD,)
    yield "two that are the same", _get("/", "Host: localhost"), (BAD,)
    for host in OWN_HOSTS.split():
        yield host, _get(host=host), (OK,)


def _bodies() -> Made:
    second = _get("/embed.js")
    length = f"Content-Length: {len(second)}"
    for name, headers in [
        ("of the length", [length]),
        ("longer than said", ["Content-Length: 3"]),
        ("shorter than said", ["Content-Length: 100000"]),
        ("of endless length", ["Content-Length: " + "9" * 5000]),
        ("of negative length", ["Content-Length: -5"]),
        ("of no number", ["Content-Length: five"]),
        ("of two lengths", ["Content-Length: 0", length]),
        ("of a list of lengths", [f"{length}, {len(second)}"]),
        ("with a plus", [length.replace(": ", ": +")]),
        ("in chunks", ["Transfer-Encoding: chunked"]),
        ("in chunks and of a length", ["Transfer-Encoding: chunked", length]),
        ("in an unknown coding", ["Transfer-Encoding: zip"]),
        ("after a question", [length, "Expect: 100-continue"]),
        ("with a space before the colon", [length.replace(":", " :")]),
        ("with a length in a folded line", ["X: y", " Content-Length: 5", length]),
    ]:
        for method in ("GET", "HEAD"):
            yield f"{method} {name}", _get("/", *headers, method=method) + second, (OK, BAD)
    yield "10 MB", _get("/", "Content-Length: 10000000") + bytes(10_000_000), (OK,)


def _headers() -> Made:
    for name, headers, right in [
        ("99 of them", [f"X-{i}: y" for i in range(98)], (OK,)),
        ("200 of them", [f"X-{i}: y" for i in range(200)], (LARGE,)),
        ("one of 70 kB", ["X: " + "y" * 70_000], (LARGE,)),
        ("60 of 60 kB", ["X: " + "y" * 60_000] * 60, (OK, LARGE)),
        ("no colon", ["nothing"], (BAD,)),
        ("no name", [": x"], (BAD, OK)),
        ("a space in the name", ["X Y: z"], (BAD,)),
        ("zeros", ["X: \0\0"], (OK, BAD)),
        ("a carriage return", ["X: a\rHost: evil.example"], (OK, BAD)),
        ("high bytes", ["X: \x80\xff"], (OK, BAD)),
        ("a folded line", ["X: a", "\tb"], (OK, BAD)),
        ("an upgrade", ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x"], (OK,)),
        ("an upgrade to HTTP/2", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"], (OK,)),
        ("a strange connection", ["Connection: ,,, \t"], (OK,)),
        ("another expectation", ["Expect: 200-ok"], (OK,)),
        ("a multipart type", ["Content-Type: multipart/form-data; boundary=x"], (OK,)),
        ("a strange type", ['Content-Type: text/html; charset*=%"'], (OK,)),
    ]:
        yield name, _get("/", *headers), right
    for value in ["", ",,,", "gzip;q=", "gzip;q=x", "br;q=1e999", "*", "identity;q=0", ";q=0", "\xff", "gzip;" * 500]:
        yield f"Accept-Encoding: {value[:20]}", _get("/embed.js", f"Accept-Encoding: {value}"), (OK,)


def _ranges() -> Made:
    asked = {
        PART: "bytes=0-0 bytes=0- bytes=-1 bytes=1-999999999 bytes=-999999",
        RANGE: f"bytes=999999- bytes=999999-9999999 bytes=-0 bytes={'9' * 18}-",
        OK: "bytes bytes= bytes=- bytes=a-b bytes=5-1 bytes=--1 bytes=1--2 bytes=0-0,2-3 lines=0-1 bytes=0x1-2 "
        f"bytes=1.5-2 bytes=\xb2-\xb3 0-1 bytes={'9' * 5000}- bytes=0-{'9' * 5000} bytes={'0-0,' * 5000}",
    }
    for right, values in asked.items():
        for value in values.split():
            yield value[:30], _get("/embed.js", f"Range: {value}"), (right,)
            yield f"HEAD {value[:30]}", _get("/embed.js", f"Range: {value}", method="HEAD"), (OK,)
    for value in ["", '"x"', "x" * 5000, "Sun, 06 Nov 1994 08:49:37 GMT", 'W/"x"', "\xff"]:
        yield f"If-Range: {value[:20]}", _get("/embed.js", "Range: bytes=0-0", f"If-Range: {value}"), (OK,)


def _conditions() -> Made:
    strange = [
        *("Sun, 99 Nov 1994 99:99:99 GMT", "Sun, 06 Nov 99999999 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT"),
        *("Sun, 06 Nov 1994 08:49:37 +9999999999", "Sun, 06 Nov 0000 08:49:37 GMT", "Sun, 06 Nov 1994"),
        *("Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"),
        *("", "now", "0", "-1", "x" * 5000, "\xff", ", , ,", "1 2 3 4 5"),
    ]
    for value in strange:
        yield f"since {value[:40]}", _get("/embed.js", f"If-Modified-Since: {value}"), (OK, CURRENT)
    yield "since 9999", _get("/embed.js", "If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT"), (CURRENT,)
    for value in ["", ",", '"', 'W/"', '"x", "y"', "x" * 5000, "\xff", "W/" * 500, '"x"' * 500]:
        yield f"unless {value[:20]}", _get("/embed.js", f"If-None-Match: {value}"), (OK,)
    yield "unless any", _get("/embed.js", "If-None-Match: *"), (CURRENT,)
