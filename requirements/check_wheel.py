"""Install a wheel into an empty environment, as its users do, and use it there:
`check_wheel.py WHEEL [PYTHON]`.

The environment has the newest TensorFlow and hatchling before the wheel comes, which
must change neither. It is removed at the end. MNIST comes from the user's cache; the
packages come from the index that uv is set to.
"""

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

BESIDE = ("tensorflow", "hatchling")
MODEL = """
import keras
layers = keras.layers
inputs = keras.Input((8, 8, 1))
outputs = layers.Dense(3)(layers.Flatten()(layers.Conv2D(4, 3)(inputs)))
keras.Model(inputs, outputs).save("own.keras")
"""


def main(wheel: Path, python: str) -> None:
    """Raises SystemExit with the command and its output at the first that fails."""
    _check_metadata(wheel)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        binaries = work / "env" / ("Scripts" if os.name == "nt" else "bin")
        interpreter = str(binaries / "python")
        _uv(work, "venv", "--python", python, "env")
        _uv(work, "pip", "install", "--python", interpreter, *BESIDE)
        before = _installed(work, interpreter)
        _uv(work, "pip", "install", "--python", interpreter, str(wheel.resolve()))
        after = _installed(work, interpreter)
        changed = {name for name in BESIDE if before[name] != after[name]}
        if changed:
            raise SystemExit(
                "The wheel must leave other packages alone. Received: another"
                f" {', '.join(changed)}."
            )
        print(
            f"{after['tensorflow']} and {after['hatchling']} beside"
            f" {after['keras-web-pipeline']}"
        )
        for name in ("pipeline", "keras-web-pipeline"):
            print(_run(work, str(binaries / name), "--version").strip())
        _install_converter(work, binaries)
        _run(work, str(binaries / "pipeline"), "build")
        _run(work, interpreter, "-c", MODEL)
        _run(
            work, str(binaries / "pipeline"), "export", "own.keras", "--out", "exported"
        )
        _run(
            work,
            str(binaries / "pipeline"),
            "export",
            "own.keras",
            "--format",
            "graph",
            "--out",
            "graph",
        )
        for made in (
            "site/index.html",
            "site/models/mnist-softmax/latest.json",
            "exported/model.json",
            "graph/model.json",
        ):
            if not [*work.glob(made)]:
                raise SystemExit(
                    f"The installed commands must write {made}. Received: no such file."
                )
    print(f"{wheel.name} works in an empty environment of {python}.")


def _install_converter(work: Path, binaries: Path) -> None:
    """Run the command that doctor prints for the official converter."""
    doctor = [str(binaries / "pipeline"), "doctor"]
    printed = re.search(r"official converter.*`pip install (.+?)`", _run(work, *doctor))
    if not printed:
        raise SystemExit(
            "`pipeline doctor` must say how to install the official converter."
            " Received: no command."
        )
    _uv(
        work,
        "pip",
        "install",
        "--python",
        str(binaries / "python"),
        *printed[1].split(),
    )
    if "ok    official converter" not in (found := _run(work, *doctor)):
        raise SystemExit(
            f"The official converter must work after `pip install {printed[1]}`."
            f" Received:\n{found}"
        )


def _check_metadata(wheel: Path) -> None:
    """What a reader of the package's page needs:

    its license, its links, and a description without relative ones.
    """
    with zipfile.ZipFile(wheel) as archive:
        [path] = [
            name for name in archive.namelist() if name.endswith(".dist-info/METADATA")
        ]
        head, _, description = archive.read(path).decode().partition("\n\n")
        licenses = [
            name
            for name in archive.namelist()
            if re.search(r"\.dist-info/licenses/LICENSE$", name)
        ]
    relative = re.findall(r"\]\((?!https?:|#)[^)]*\)", description)
    links = re.findall(r"^Project-URL: (\w+),", head, re.MULTILINE)
    if (
        relative
        or not licenses
        or not {"Repository", "Changelog"} <= set(links)
        or "![" not in description
    ):
        raise SystemExit(
            f"The wheel must have a license, links and a page. Received: {licenses},"
            f" {links}, {relative}."
        )


def _installed(work: Path, interpreter: str) -> dict[str, str]:
    """Package → "package version"."""
    listed = _uv(work, "pip", "freeze", "--python", interpreter)
    return {
        re.split("==| @ ", line)[0]: line.partition(" @ ")[0]
        for line in listed.splitlines()
    }


def _uv(work: Path, *arguments: str) -> str:
    """What uv prints; it is found in this environment."""
    return _run(work, sys.executable, "-m", "uv", "--quiet", *arguments)


def _run(work: Path, *command: str) -> str:
    """What a command prints, run in `work` without this environment's settings."""
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    done = subprocess.run(command, cwd=work, env=own, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(
            f"{' '.join(command)} ended with"
            f" {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else sys.executable)
