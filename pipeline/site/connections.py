"""The connections of the preview: on which address, under which names, how many, and for how long."""

import contextlib
import ipaddress
import re
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

PATIENCE = 30.0  # seconds for a request to arrive whole, and for each part of an answer to be taken
CONNECTIONS = 64  # at a time, each with its thread; a browser opens six
LINGER = 1.0  # seconds to wait for what a client is still sending, at most LINGER_READS times
LINGER_READS = 16
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
ALL_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 (compared, not bound) to listen on: of this machine


class PreviewServer(ThreadingHTTPServer):
    """A server that names its clients' limits; see the constants above."""

    daemon_threads = True  # open connections must not delay shutdown
    request_queue_size = CONNECTIONS

    def __init__(self, host: str, port: int, handler: Callable[..., Any]) -> None:
        """Listen; OSError or ValueError if there is no such address or it is taken."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self.address_family, _, _, _, address = found[0]
        self._host = host
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        self._deadlines: dict[socket.socket, float] = {}
        super().__init__(address[:2], handler)  # type: ignore[arg-type]  # a partial makes handlers like a class

    @property
    def own_name(self) -> str:
        """The host in the URL for a browser on this machine."""
        host = str(self.server_address[0])
        return ALL_ADDRESSES.get(host) or (f"[{host}]" if ":" in host else host)

    def answers_to(self, host: str) -> bool:
        """Whether a request's `Host`, with or without port, is a name of this preview.

        These are names of this machine to itself, and the `host` to listen on. If that means all addresses, then also
        any address, which nobody can redirect as they can a name, and the machine's own name.
        """
        name = re.sub(r":[0-9]*$", "", host).lower()
        if name in (*LOOPBACK, self._host.lower(), f"[{self._host.lower()}]"):
            return True
        own = socket.gethostname().lower()
        return self._host in ALL_ADDRESSES and (name in (own, f"{own}.local") or _is_address(name.strip("[]")))

    def extend(self, connection: socket.socket) -> None:
        """Give the client PATIENCE from now on."""
        self._deadlines[connection] = time.monotonic() + PATIENCE

    def server_bind(self) -> None:
        """Bind, to `::` together with IPv4, and without looking up this machine's name, which can take seconds."""
        if self.address_family == socket.AF_INET6:
            with contextlib.suppress(OSError):  # IPv6 alone, where the system wants it so
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        socketserver.TCPServer.server_bind(self)

    def service_actions(self) -> None:
        """Close what is past its deadline; `serve_forever` calls this twice a second."""
        now = time.monotonic()
        for connection, deadline in self._deadlines.copy().items():
            if deadline < now:
                with contextlib.suppress(OSError):  # closed already
                    connection.shutdown(socket.SHUT_RDWR)  # its thread sees the end of the stream

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in its own thread, or turn it away if there are too many."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        with contextlib.suppress(OSError):
            request.sendall(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.close_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection to its end."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._deadlines.pop(request, None)
            self._slots.release()

    def shutdown_request(self, request: Any) -> None:
        """End a connection, but take what the client is still sending: else the system discards our last answer."""
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
            request.settimeout(LINGER)
            for _ in range(LINGER_READS):
                if not request.recv(2**16):
                    break
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that go away in the middle of an answer, as when the user leaves the page, or stop reading."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
