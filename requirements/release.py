"""Build and try what a release publishes, and with `--publish` publish it: `make
release`; see CONTRIBUTING.md.

Without `--publish` nothing leaves this machine.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from pipeline.system.node import find_node, find_npm, node_environment
from pipeline.version import __version__

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
TRIED = (
    'import("sketch-classifier/load").then(({ load }) => process.exit(typeof load ==='
    ' "function" ? 0 : 1))'
)


def main() -> None:
    """Raises SystemExit for whatever is not ready."""
    problems = _unready()
    publishing = "--publish" in sys.argv[1:]
    if publishing and problems:
        raise SystemExit(
            f"A release must be ready. Received: {'; '.join(problems)}. Nothing was"
            " built or published."
        )
    for old in [*DIST.glob("*.whl"), *DIST.glob("*.tar.gz"), *DIST.glob("*.tgz")]:
        old.unlink()
    # whose hashes `make` has checked
    backend = [
        "--no-index",
        "--find-links",
        str(ROOT / ".venv/backend"),
    ]
    _uv("build", *backend, "--sdist", "--wheel", "--out-dir", str(DIST))
    [wheel] = DIST.glob("*.whl")
    _python(str(ROOT / "requirements/check_wheel.py"), str(wheel))
    _npm("run", "package", "--", str(DIST / "npm"), cwd=ROOT / "web")
    _npm("pack", "./npm", cwd=DIST)
    [package] = DIST.glob("*.tgz")
    _check_package(package)
    if not publishing:
        print(
            f"In {DIST}: built and tried, not published. A release still lacks:"
            f" {'; '.join(problems) or 'nothing'}."
        )
        return
    _uv(
        "publish",
        "--trusted-publishing",
        "always",
        *map(str, [wheel, *DIST.glob("*.tar.gz")]),
    )
    _npm("publish", "--provenance", "--access", "public", str(package), cwd=DIST)


def _unready() -> list[str]:
    """What has to be done before this state can be published."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    address = project["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
    changes = (ROOT / "CHANGELOG.md").read_text()
    tag = f"v{__version__}"
    checks = {
        "`repository` in pyproject.toml is example.org, not a public address": (
            "example.org" in address
        ),
        f"CHANGELOG.md has no section [{__version__}]": (
            f"\n## [{__version__}]" not in changes
        ),
        "files differ from the last commit": _git("status", "--porcelain") != "",
        f"the commit does not have the tag {tag}": (
            tag not in _git("tag", "--points-at", "HEAD").splitlines()
        ),
    }
    return [problem for problem, found in checks.items() if found]


def _check_package(package: Path) -> None:
    """Install the npm package into an empty folder and import it; check what its page
    on npm shows.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "package.json").write_text("{}")
        _npm(
            "install",
            "--offline",
            "--no-audit",
            "--no-fund",
            str(package),
            cwd=Path(folder),
        )
        subprocess.run(
            [find_node(), "--input-type=module", "-e", TRIED], cwd=folder, check=True
        )
        installed = Path(folder) / "node_modules/sketch-classifier"
        missing = [
            name
            for name in ("LICENSE", "README.md", "assets/LICENSES.txt")
            if not (installed / name).is_file()
        ]
        if missing or '"repository"' not in (installed / "package.json").read_text():
            raise SystemExit(
                "The npm package must have licenses, a page and its repository."
                f" Received: no {missing}."
            )


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def _npm(*arguments: str, cwd: Path) -> None:
    subprocess.run(
        [*find_npm(), *arguments], cwd=cwd, env=node_environment(), check=True
    )


def _uv(*arguments: str) -> None:
    _python("-m", "uv", *arguments)


def _python(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
