import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.deploying import store
from tests.support.checked import publish_checked
from tests.support.deployments import Deployed


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Deployed]:
    """A function that puts a copy of a site that passes every check into a folder."""
    original = tmp_path_factory.mktemp("original")
    publish_checked(original)

    def copied(root: Path) -> Deployed:
        shutil.copytree(original, root, dirs_exist_ok=True)
        return Deployed(root)

    return copied


@pytest.fixture
def place(
    copy: Callable[[Path], Deployed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Deployed:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    # what would change bytes on the way, if anything asked it
    (tmp_path / "gitconfig").write_text(
        "[core]\n autocrlf = true\n[commit]\n gpgsign = true\n"
    )
    monkeypatch.setattr(store, "_POLL", 0.01)
    return copy(tmp_path)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3-compatible server that the tests' drivers use."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        yield address
    server.stop()
