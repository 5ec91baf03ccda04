import shutil
from pathlib import Path

import pytest

from tests.support.workshop import QuickWorkshop, Workshop


@pytest.fixture
def workshop(tmp_path: Path, small_npz: Path) -> QuickWorkshop:
    return QuickWorkshop(tmp_path, small_npz)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, small_npz: Path) -> QuickWorkshop:
    """A build that was published by a process of its own, with its output in first.json
    and first.txt.

    Tests that change what is published copy it.
    """
    workshop = Workshop(tmp_path_factory.mktemp("built"), small_npz)
    done = workshop.build("--json")
    assert done.returncode == 0, done.stderr
    (workshop.folder / "first.json").write_text(done.stdout)
    (workshop.folder / "first.txt").write_text(done.stderr)
    return QuickWorkshop(workshop.folder, small_npz)


@pytest.fixture
def copy(built: QuickWorkshop, tmp_path: Path) -> QuickWorkshop:
    """A copy of the published build in a folder of its own."""
    shutil.copytree(built.folder, tmp_path / "copy")
    return QuickWorkshop(tmp_path / "copy", built.data)
