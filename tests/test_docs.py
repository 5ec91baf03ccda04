"""README and docs/ say what is so."""

import io
import json
import re
from pathlib import Path

import pytest

from bench.readme import BENCHMARKS, CHART, written
from bench.readme import README as README_PATH
from tests.support.pages import ROOT, code_blocks
from tests.support.versions import EXAMPLE

README = (ROOT / "README.md").read_text()

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "exported_models/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]

MADE = ("web/models",)  # by developers of the page


def path_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors_of(page: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_first_commands_of_the_readme_are_exactly_two() -> None:
    first, *_ = code_blocks(README, "sh")
    assert [line.split("#")[0].strip() for line in first.splitlines()] == ["make build", "make test"]


def test_the_readme_names_the_processors_that_its_numbers_come_from() -> None:
    sources = "train|build|embed|convert|drawings"
    found = re.findall(
        rf"^`python -m bench (?:{sources})` \([\d-]+, 2 cores of (.+)\)\.", BENCHMARKS.read_text(), re.MULTILINE
    )
    assert len(found) == 5
    assert all(processor in README.replace("\n", " ") for processor in found)


def test_the_readme_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=path_of)
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors_of(linked), target


@pytest.mark.parametrize("page", PAGES, ids=path_of)
def test_every_file_of_the_sources_that_is_named_exists(page: Path) -> None:
    for path in re.findall(r"`((?:pipeline|web|tests|bench|docs|requirements)/[\w./-]+)`", page.read_text()):
        assert path in MADE or (ROOT / path).exists(), path


def test_the_index_links_every_page_of_docs() -> None:
    index = (ROOT / "docs/README.md").read_text()
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in PAGES if "docs" in page.parts]
    assert [page for page in pages if page != "README.md" and f"({page})" not in index] == []


def test_the_glossary_is_sorted() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()
    names = re.findall(r"^\| \*\*([\w -]+)\*\* \| ", glossary, re.MULTILINE)
    assert len(names) > 40
    assert names == sorted(names, key=str.lower)


def test_the_readme_states_how_close_the_committed_example_is_to_keras() -> None:
    manifest = json.loads((EXAMPLE / "manifest.json").read_text())
    checks = [check for check in manifest["verification"]["checks"] if check["format"] == "layers-float32"]
    text = " ".join(README.split())
    assert f"within {max(check['max_abs_diff'] for check in checks):.1e} of Keras" in text
    assert f"all {min(check['samples'] for check in checks):,} test images" in text


def test_the_lock_files_name_no_host() -> None:
    locks = [
        *(ROOT / "requirements").glob("*.txt"),
        ROOT / "web/package-lock.json",
        ROOT / "web/bench/package-lock.json",
    ]
    assert len(locks) == 9
    for lock in locks:
        # a URL of a project's page (funding) is none of a registry
        assert not re.search(r'"resolved"|--(extra-)?index-url|--find-links', lock.read_text()), lock


@pytest.mark.parametrize("path", [README_PATH, BENCHMARKS, CHART], ids=path_of)
def test_the_measured_numbers_are_those_of_the_last_runs(path: Path) -> None:
    assert written()[path] == path.read_text(), "run `python -m bench.readme`"


@pytest.mark.parametrize(("printed", "code", "subject"), [
    ('{"exit_code": 0, "name": "m", "held": null, "warnings": []}', 0, None),
    ('{"exit_code": 0, "name": "m", "held": {}, "warnings": ["few images"]}', 0, "pipeline m: look at it"),
    ('{"exit_code": 2, "error": "no recipe", "warnings": []}', 2, "pipeline build: failed"),  # before it began
    ("", 137, "pipeline build: failed"),
])  # fmt: skip
def test_the_owner_is_told_of_whatever_needs_an_eye(
    printed: str, code: int, subject: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [script] = code_blocks((ROOT / "docs/operations.md").read_text(encoding="utf-8"), "python")
    mails: dict[str, str] = {}  # by subject
    monkeypatch.setattr("subprocess.run", lambda command, **_: Path("/none", mails.setdefault(command[2], "")).stat())
    monkeypatch.setattr("sys.stdin", io.StringIO(printed))
    with pytest.raises(SystemExit) as ended:
        exec(script, {})  # noqa: S102 (our own text)
    assert (ended.value.code, [*mails]) == (code, [subject] if subject else [])
    assert ("no mail was sent" in capsys.readouterr().err) == bool(subject)
