"""All parts of a release agree, and nothing is published by accident."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.version import __version__

ROOT = Path(__file__).parents[1]


def test_the_citation_is_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    project = (ROOT / "pyproject.toml").read_text()
    (name,) = re.findall(r'^name = "(.+)"$', project, re.MULTILINE)
    assert citation["title"] == name


def test_the_changelog_has_the_headings_of_keep_a_changelog() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert sections[0] == "[Unreleased]"
    assert all(
        re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", section)
        for section in sections[1:]
    )
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= kinds


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the repository")
def test_only_a_tagged_commit_is_published(tmp_path: Path) -> None:
    """In a copy of what is committed, whose commit has no tag; were it published,
    building would come first.
    """
    subprocess.run(
        ["git", "clone", "-q", "--no-tags", str(ROOT), str(tmp_path / "copy")],
        check=True,
    )
    command = [sys.executable, "-m", "requirements.release", "--publish"]
    ended = subprocess.run(
        command, cwd=tmp_path / "copy", capture_output=True, text=True
    )
    assert ended.returncode == 1
    assert f"the commit does not have the tag v{__version__}" in ended.stderr
    assert ended.stderr.rstrip().endswith("Nothing was built or published.")
    assert not (tmp_path / "copy/dist").exists()


@pytest.mark.all_only
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_the_wheel_works_in_an_empty_environment(version: str, tmp_path: Path) -> None:
    """Beside the newest TensorFlow and hatchling; the wheel is made from the sdist."""
    python = shutil.which(f"python{version}")
    if (
        python is None
        or subprocess.run([python, "-c", ""], capture_output=True).returncode != 0
    ):
        pytest.skip(f"needs python{version}")
    build = [sys.executable, "-m", "uv", "build", "--quiet", "--out-dir", str(tmp_path)]
    subprocess.run([*build, "--sdist", str(ROOT)], check=True)
    [sdist] = tmp_path.glob("*.tar.gz")
    subprocess.run([*build, "--wheel", str(sdist)], check=True)
    [wheel] = tmp_path.glob("*.whl")
    subprocess.run(
        [sys.executable, str(ROOT / "requirements/check_wheel.py"), str(wheel), python],
        check=True,
    )
