import shutil
from pathlib import Path

import pytest

from tests.support.workshop import Workshop


@pytest.fixture
def workshop(tmp_path: Path, small_npz: Path) -> Workshop:
    return Workshop(tmp_path, small_npz)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, small_npz: Path) -> Workshop:
    """A published build with its output in first.json and first.txt; tests that change what is published copy it."""
    workshop = Workshop(tmp_path_factory.mktemp("built"), small_npz)
    done = workshop.build("--json")
    assert done.returncode == 0, done.stderr
    (workshop.folder / "first.json").write_text(done.stdout)
    (workshop.folder / "first.txt").write_text(done.stderr)
    return workshop


@pytest.fixture
def copy(built: Workshop, tmp_path: Path) -> Workshop:
    """A copy of the published build in a folder of its own."""
    shutil.copytree(built.folder, tmp_path / "copy")
    return Workshop(tmp_path / "copy", built.data)
