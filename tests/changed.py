"""Run the tests of the rooms that differ from a branch, and of those that import them:
`make test-changed`.

A room is a folder of `pipeline/` or `web/src/`, or a module directly in `pipeline/`.
tests/rooms.py reads from the sources which room imports which, as for
`tests/test_architecture.py`. Vitest follows the imports of `web/` itself.
"""

import subprocess
import sys
from itertools import accumulate
from pathlib import Path

from tests.rooms import INSIDE, read_imports, top

ROOT = Path(__file__).parent.parent
# Files that a test module depends on: imports, their packages, and each conftest.py
# above it except the topmost.
TESTS = {
    name: (
        {*used, *(use.rpartition(".")[0] for use in used)}
        | {
            f"{folder}.conftest"
            for folder in accumulate(name.split("."), "{}.{}".format)
            if folder != "tests"
        }
    )
    for name, used in read_imports(ROOT / "tests").items()
}
# Scenarios in browsers, by the start of the paths that they play; a path that no line
# has is played by all of them.
PAGE = [
    *(
        "arrival",
        "contract",
        "doubt",
        "draw",
        "gets",
        "languages",
        "learning",
        "mind",
        "offline",
    ),
    *(
        "own-classes",
        "page",
        "percent",
        "pictures",
        "quality",
        "states",
        "story",
        "votes",
        "zoom",
    ),
]
ELEMENT = [
    "element",
    "embed",
    "hosts",
    "tampered-host",
    "single-file",
    "stock-snippets",
    "examples",
]
SCENARIOS = {
    "web/src/page/": PAGE, "web/src/embed/": ELEMENT, "web/src/frame/": ["hosts-frame", "hosts-snippets"],
    "web/src/try/": ["try"], "web/src/single/": ["single-file"], "web/src/sw/": ["offline"],
    "web/src/pad/": ["draw", "element"], "docs/embedding.md": ["examples"],
    "web/src/runtime/tfjs/": ["formats", "tfjs", "wasm"],
}  # fmt: skip


def differing(base: str) -> list[str]:
    """Paths of the files that differ from where this branch left `base`, uncommitted
    and new ones included.
    """
    fork = _git("merge-base", "HEAD", base)[0]
    return sorted(
        {
            *_git("diff", "--name-only", fork),
            *_git("ls-files", "--others", "--exclude-standard"),
        }
    )


def affected_rooms(paths: list[str]) -> set[str]:
    """The rooms of `pipeline/` that hold one of the files, and all that import these,
    directly or through others.
    """
    rooms = {
        Path(path).parts[1].removesuffix(".py")
        for path in paths
        if path.startswith("pipeline/")
    }
    while (
        more := {
            top(module)
            for module, names in INSIDE.items()
            if rooms & {top(name) for name in names}
        }
        - rooms
    ):
        rooms |= more
    return rooms


def affected_helpers(paths: list[str]) -> set[str]:
    """The modules of `tests/` that are one of the files or, as readers of tables,
    beside it; and all that use these.
    """
    of = [
        Path(path)
        for path in paths
        if path.startswith("tests/") and not path.endswith(".ts")
    ]
    found = {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in of
        if path.suffix == ".py"
    }
    beside = {".".join(path.parent.parts) for path in of if path.suffix != ".py"}
    found |= {name for name in TESTS if {name, name.rpartition(".")[0]} & beside}
    while more := {name for name, used in TESTS.items() if used & found} - found:
        found |= more
    return found


def python_tests(paths: list[str]) -> tuple[list[str], list[str]]:
    """Test files to run, and those to leave out.

    A test belongs to the room it is named after; one that is named after none, to all
    rooms that it imports. Whoever imports or starts an affected helper, or names
    another changed file, is run as well; for documents, their tests.
    """
    files = sorted(
        str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*.py")
    )
    if any(
        path in ("pyproject.toml", "tests/conftest.py")
        or path.startswith("requirements/")
        for path in paths
    ):
        return files, []
    rooms, known, helpers = (
        affected_rooms(paths),
        {top(module) for module in INSIDE},
        affected_helpers(paths),
    )
    others = [
        path
        for path in paths
        if not path.startswith(("pipeline/", "web/")) and not path.endswith(".py")
    ]
    named = [
        "fixtures" if path.startswith("tests/fixtures/") else Path(path).name
        for path in others
    ]
    documents = any(name.endswith(".md") for name in named)
    named += [f'"{name}"' for name in helpers]  # started as a program
    chosen = []
    for path in files:
        room, text = (
            Path(path).parts[1].removeprefix("test_").removesuffix(".py"),
            (ROOT / path).read_text(),
        )
        module = path.removesuffix(".py").replace("/", ".")
        of = (
            {room}
            if room in known
            else {top(name) for name in TESTS[module] if name.startswith("pipeline.")}
        )
        # starts commands, or reads all
        whole = room in ("architecture", "flow") or (room not in known and not of)
        reads = (documents and room.startswith("docs")) or any(
            name in text for name in named
        )
        if of & rooms or (whole and rooms) or module in helpers or reads:
            chosen.append(path)
    return chosen, [path for path in files if path not in chosen]


def scenarios(paths: list[str]) -> list[str] | None:
    """Starts of the names of the scenarios to play; None for all of them."""
    found: set[str] = set()
    for path in paths:
        if path.endswith(".test.ts"):
            found |= (
                {Path(path).stem.removesuffix(".test")}
                if path.startswith("tests/browser/")
                else set()
            )
        elif path.startswith(
            ("web/", "pipeline/site/", "tests/browser/", "docs/embedding.md")
        ):
            names = [
                name
                for start, names in SCENARIOS.items()
                if path.startswith(start)
                for name in names
            ]
            if not names:
                return None
            found |= set(names)
    return sorted(found)


def main(base: str) -> int:
    """Run what is affected; returns 1 if a test failed, 0 otherwise."""
    paths = differing(base)
    print(
        f"{len(paths)} files differ from {base}.",
        *(f"  {path}" for path in paths),
        sep="\n",
    )
    if not paths:
        print("So there is nothing to run.")
        return 0
    run, left = python_tests(paths)
    folders = sorted(
        {path.rpartition("/")[0] if path.count("/") > 1 else path for path in left}
    )
    print(
        f"Left out: {len(left)} files of Python tests",
        *(f"  {folder}" for folder in folders),
        sep="\n",
    )
    failed = bool(run) and _run(
        [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", *run]
    )
    npm = [
        sys.executable,
        "-m",
        "pipeline.system.node",
        "npm",
        "--prefix",
        "web",
        "run",
    ]
    if any(path.startswith("web/") for path in paths):
        failed |= _run([*npm, "test", "--", "--changed", base])
    else:
        print("Left out: all tests of web/")
    names = scenarios(paths)
    if names == []:
        print("Left out: all scenarios in browsers")
    else:
        print(
            "Left out: none of the scenarios"
            if names is None
            else f"Scenarios played: only {', '.join(names)}"
        )
        failed |= _run(["make", "test-browsers", f"SCENARIOS={' '.join(names or [])}"])
    return int(failed)


def _run(command: list[str]) -> bool:
    """Run a command; whether it failed."""
    print("$", *command, flush=True)
    return subprocess.run(command, cwd=ROOT, check=False).returncode != 0


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip()
        raise SystemExit(
            f"git {' '.join(arguments)}: {said}. Next step: make test-changed"
            " BASE=<branch>"
        )
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
