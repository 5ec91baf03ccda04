"""Open a target with fsspec and the package for its scheme; both are imported when one is deployed to."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.deploying.stores import BucketStore, FolderStore, Store
from pipeline.deploying.targets import BUCKETS, FOLDERS, Target
from pipeline.errors import PublishError

EXTRA = "keras-web-pipeline[deploy]"
_PACKAGES = {"gcsfs": "gcsfs", "adlfs": "adlfs"}  # not in the extra: install the package itself


def open_store(target: Target, closing: contextlib.ExitStack) -> Store:
    """Connect to a folder or bucket; PublishError if a package is missing, else whatever the package raises.

    `closing` gets what ends the connection.
    """
    try:
        if target.kind == "bucket":
            return _bucket(target)
        if target.path:
            return _here(target)
        return _sftp(target, closing) if target.scheme == "sftp" else _webdav(target, closing)
    except ImportError as error:
        package = _PACKAGES.get(BUCKETS.get(target.scheme, ""), EXTRA)
        raise PublishError(
            f"To deploy to {target.scheme}://, a package must be installed. Received: {error}. Install it: pip install "
            f"'{package}'"
        ) from error


def _here(target: Target) -> Store:
    import fsspec

    fs = fsspec.filesystem("file", skip_instance_cache=True)
    return FolderStore(fs, str(target.path), put=fs.put_file, replace=os.replace, create=os.rename)


def _bucket(target: Target) -> Store:
    import fsspec

    keywords = {"s3fs": _s3_keywords, "gcsfs": _gs_keywords, "adlfs": _az_keywords}[BUCKETS[target.scheme]]
    fs, root = fsspec.url_to_fs(target.url.rstrip("/"), skip_instance_cache=True, use_listings_cache=False)
    return BucketStore(fs, root.rstrip("/"), keywords)


def _s3_keywords(headers: Mapping[str, str]) -> dict[str, Any]:
    return {name.replace("-", ""): value for name, value in headers.items()}


def _gs_keywords(headers: Mapping[str, str]) -> dict[str, Any]:
    fixed = {name.lower().replace("-", "_"): value for name, value in headers.items()}
    return {"content_type": fixed.pop("content_type", None), "fixed_key_metadata": fixed}


def _az_keywords(headers: Mapping[str, str]) -> dict[str, Any]:
    from azure.storage.blob import ContentSettings  # which adlfs brings

    return {"content_settings": ContentSettings(**{k.lower().replace("-", "_"): v for k, v in headers.items()})}


def _webdav(target: Target, closing: contextlib.ExitStack) -> Store:
    import fsspec

    parts = urlsplit(target.url)
    address = f"{FOLDERS[target.scheme]}://{parts.netloc.rpartition('@')[2]}/"
    login = {"auth": (unquote(parts.username), unquote(parts.password or ""))} if parts.username else {}
    fs = fsspec.filesystem("webdav", base_url=address, skip_instance_cache=True, **login)
    closing.callback(fs.client.http.close)

    def put(source: str, path: str) -> None:
        with open(source, "rb") as file:
            fs.client.upload_fileobj(file, path, overwrite=True)

    # Apache, nginx and Nextcloud write what is PUT aside and rename it; for a MOVE Apache deletes the target first.
    return FolderStore(fs, unquote(parts.path).strip("/"), put=put, replace=None, create=fs.client.move)


def _sftp(target: Target, closing: contextlib.ExitStack) -> Store:
    import paramiko
    from fsspec.implementations.sftp import SFTPFileSystem

    class KnownHosts(SFTPFileSystem):  # type: ignore[misc]  # fsspec's own takes any host for the right one
        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.load_system_host_keys()
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()

    parts = urlsplit(target.url)
    login = {"username": parts.username and unquote(parts.username), "port": parts.port}
    settings = _ssh_settings(parts.hostname or "") | {key: value for key, value in login.items() if value}
    if parts.password:
        settings["password"] = unquote(parts.password)
    fs = KnownHosts(**settings, skip_instance_cache=True)
    closing.callback(fs.client.close)
    path = parts.path.removeprefix("/~/") if parts.path.startswith("/~/") else parts.path or "/"
    rename = fs.ftp.posix_rename  # as on this machine: files are replaced, a folder that is not empty is not
    return FolderStore(fs, path.rstrip("/") or "/", put=fs.ftp.put, replace=rename, create=rename)


def _ssh_settings(host: str) -> dict[str, Any]:
    """What the user's ~/.ssh/config says about a host, in paramiko's words."""
    import paramiko

    path = Path("~/.ssh/config").expanduser()
    known = paramiko.SSHConfig.from_path(str(path)).lookup(host) if path.is_file() else {}
    found = {
        "host": known.get("hostname", host),
        "username": known.get("user"),
        "key_filename": known.get("identityfile"),
    }
    settings = {key: value for key, value in found.items() if value}
    return settings | ({"port": int(known["port"])} if "port" in known else {})
