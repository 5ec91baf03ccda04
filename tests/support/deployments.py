"""Servers to deploy to, started on this machine, and visitors who read what is there."""

import contextlib
import getpass
import hashlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.deploying.deploy import deploy_site
from pipeline.deploying.outcome import Deployment
from pipeline.site import compress
from pipeline.site.pruning import Retention, prune
from pipeline.system.progress import silent
from tests.support.checked import sealed_facts
from tests.support.versions import Place, make_web, snapshot

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Deployed:
    """A site, and a cache for what keeps deployments apart."""

    def __init__(self, root: Path) -> None:
        """Take the place in a folder, or make a site of one version there, which is not quite as a check wants it."""
        there = (root / "site").exists()
        self.place, self.cache, self.said = Place(root), root / "cache", list[str]()
        self.site = self.place.site
        if not there:
            self.change(1)

    def change(self, number: int) -> str:
        """Publish another version and another page; returns the version."""
        make_web(self.place.web, build=str(number), padding=compress.LEAST)
        weights = random.Random(number).randbytes(2000)
        return self.place.publish(weights, **sealed_facts(weights)).version

    def prune(self) -> None:
        """Delete what is neither live nor pinned."""
        prune(self.site, self.place.out, retention=Retention(keep=0, days=0), progress=silent)

    def deploy(self, target: str | Path, *, cache: Path | None = None, **options: Any) -> Deployment:
        """Deploy it; `said` has the progress."""
        self.said.clear()
        return deploy_site(self.site, str(target), cache=cache or self.cache, progress=self.said.append, **options)


def content(folder: Path) -> dict[str, bytes]:
    """What a folder shows to visitors: not its locks, the record, or git's own files."""
    return {
        path: text
        for path, text in snapshot(folder).items()
        if path != "deployed.json" and not path.startswith((".git/", ".deploying"))
    }


def visit(address: str, name: str | None = None) -> str:
    """Load the page and a model as a browser does, with every file they name; returns the version that was live.

    The model is that with which the page opens, unless there is a name.
    """

    def get(path: str) -> bytes:
        with urllib.request.urlopen(address + path) as answer:  # noqa: S310 (http)
            body: bytes = answer.read()
            encoding = answer.headers.get("Content-Encoding")
        return compress.unpacked(body, encoding, 2**26) if encoding else body

    page = get("index.html").decode()
    for asset in set(re.findall(r"assets/[^\"]+", page)):
        assert get(asset)
    name = name or json.loads(get("models/index.json"))["default"]
    version: str = json.loads(get(f"models/{name}/latest.json"))["version"]
    manifest = json.loads(get(f"models/{name}/{version}/manifest.json"))
    files = [file for form in manifest["formats"] for file in form["files"]]
    for file in files:
        digest = hashlib.sha256(get(f"models/{name}/{version}/{file['path']}")).hexdigest()
        assert digest == file["sha256"], file
    assert files
    return version


@contextlib.contextmanager
def visitor(address: str) -> Iterator[list[str]]:
    """Somebody who loads everything again and again; the versions they got. The end raises what they met."""
    seen: list[str] = []
    failed: list[BaseException] = []
    ends = threading.Event()

    def run() -> None:
        try:
            while not ends.is_set():
                seen.append(visit(address))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        ends.set()
        thread.join()
    if failed:
        raise failed[0]


@dataclass(frozen=True, kw_only=True)
class SshServer:
    """An SSH server that lets this user in with a key."""

    port: int
    home: Path  # with the .ssh folder of a user who knows it


@contextlib.contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Debian's own, in its own process."""
    if SSHD is None:
        pytest.skip("no sshd: install openssh-server (`make test` does that where no systemd would start it)")
    port, ssh = free_port(), folder / ".ssh"
    ssh.mkdir(parents=True, mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(ssh / name)], check=True)
    key = (ssh / "host.pub").read_text()
    (ssh / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}")
    (ssh / "config").write_text(
        f"Host here\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n IdentityFile {ssh}/user\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where the server wants to be alone
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {ssh}/host\nAuthorizedKeysFile {ssh}/user.pub\nStrictModes no\n"
        f"UsePAM {'yes' if os.geteuid() == 0 else 'no'}\nPidFile none\nPermitRootLogin yes\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\n"
    )
    with running([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], port):
        yield SshServer(port=port, home=folder)


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """An S3-compatible server in its own process; its address."""
    port = free_port()
    with running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def webdav_server(folder: Path, password: str) -> Iterator[int]:
    """A WebDAV server of a folder for the user `ada`; its port."""
    from cheroot.wsgi import Server
    from wsgidav.fs_dav_provider import FileResource, FilesystemProvider
    from wsgidav.wsgidav_app import WsgiDAVApp

    class Whole(FileResource):  # type: ignore[misc]
        """As Apache, nginx and Nextcloud write a file: aside, and renamed at its end."""

        def begin_write(self, *, content_type: str | None = None) -> Any:
            self.aside = Path(f"{self._file_path}.{threading.get_ident()}.part")
            return open(self.aside, "wb")

        def end_write(self, *, with_errors: bool) -> None:
            if with_errors:
                self.aside.unlink()
            else:
                self.aside.replace(self._file_path)

    class Provider(FilesystemProvider):  # type: ignore[misc]
        def get_resource_inst(self, path: str, environ: dict[str, Any]) -> Any:
            found = super().get_resource_inst(path, environ)
            return Whole(path, environ, found._file_path) if isinstance(found, FileResource) else found

    app = WsgiDAVApp(
        {
            "provider_mapping": {"/": Provider(str(folder))},
            "simple_dc": {"user_mapping": {"*": {"ada": {"password": password}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    server = Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server.bind_addr[1]
    finally:
        server.stop()
        thread.join()


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A server in its own process, once it listens."""
    with tempfile.TemporaryFile() as said:  # no pipe: its children would hold it open
        process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                if process.poll() is not None:
                    said.seek(0)
                    pytest.fail(f"{command[0]} does not listen: {said.read().decode()}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
