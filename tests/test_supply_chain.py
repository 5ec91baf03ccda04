"""Nothing that make installs comes without a hash, and nothing runs because it was
installed.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline.system.node import find_npm, node_environment

ROOT = Path(__file__).parents[1]


def test_pip_takes_only_wheels_with_a_hash_or_what_was_downloaded_with_one() -> None:
    recipe = (ROOT / "Makefile").read_text()
    lines = [
        line
        for line in recipe.splitlines()
        if re.search(r"pip (install|download)", line)
    ]
    assert len(lines) >= 5
    for line in lines:
        # A source would be built with tools that no lock names.
        locked = "--require-hashes --only-binary :all:" in line
        # the folder of --find-links is filled by the line before
        assert locked or "--no-index --find-links .venv/backend --no-deps" in line, line


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name
)
def test_every_package_in_a_lock_has_hashes(lock: Path) -> None:
    for entry in re.split(r"\n(?! )", lock.read_text().strip()):
        assert re.match(r"\S+==\S+.* \\\n    --hash=sha256:[0-9a-f]{64}", entry), entry


@pytest.mark.parametrize("folder", ["web", "web/bench"])
def test_a_package_runs_nothing_when_it_is_installed(
    tmp_path: Path, folder: str
) -> None:
    evil, project = tmp_path / "evil", tmp_path / "project"
    evil.mkdir()
    project.mkdir()
    script = {"postinstall": "node -e \"require('fs').writeFileSync('ran', '')\""}
    (evil / "package.json").write_text(
        json.dumps({"name": "evil", "version": "1.0.0", "scripts": script})
    )
    (project / "package.json").write_text("{}")
    shutil.copy(ROOT / folder / ".npmrc", project)

    def npm(*arguments: str, cwd: Path) -> None:
        subprocess.run(
            [*find_npm(), *arguments],
            cwd=cwd,
            env=node_environment(),
            capture_output=True,
            check=True,
        )

    npm("pack", cwd=evil)
    npm("install", "--offline", str(evil / "evil-1.0.0.tgz"), cwd=project)
    assert (project / "node_modules/evil/package.json").exists()
    assert not (project / "node_modules/evil/ran").exists()


def test_no_test_ends_processes_by_their_name() -> None:
    by_name = re.compile(r"\b(pkill|killall)\b")
    sources = [
        path
        for path in (ROOT / "tests").rglob("*.*ts")
        if path.suffix in (".ts", ".mts")
    ]
    assert sources
    assert [path for path in sources if by_name.search(path.read_text())] == []
