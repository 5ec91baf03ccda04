import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

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
def place(copy: Callable[[Path], Deployed], tmp_path: Path) -> Deployed:
    return copy(tmp_path)
