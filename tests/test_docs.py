"""README and docs/ say what is so."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from bench.harness import RESULTS
from bench.readme import BENCHMARKS, CHART, rows_of, written
from bench.readme import README as README_PATH
from tests.support.pages import ROOT, code_blocks
from tests.support.versions import EXAMPLE

README = (ROOT / "README.md").read_text()

PAGES = [
    *(
        ROOT / name
        for name in ("README.md", "CONTRIBUTING.md", "exported_models/README.md")
    ),
    *sorted((ROOT / "docs").rglob("*.md")),
]

MADE = ("web/models",)  # by developers of the page


def path_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors_of(page: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in headings
    }


def test_the_first_commands_of_the_readme_are_exactly_two() -> None:
    first, *_ = code_blocks(README, "sh")
    assert [line.split("#")[0].strip() for line in first.splitlines()] == [
        "make build",
        "make test",
    ]


def test_the_readme_names_the_processors_that_its_numbers_come_from() -> None:
    sources = "train|build|embed|convert|drawings"
    found = re.findall(
        rf"^`python -m bench (?:{sources})` \([\d-]+, 2 cores of (.+)\)\.",
        BENCHMARKS.read_text(),
        re.MULTILINE,
    )
    assert len(found) == 5
    assert all(processor in README.replace("\n", " ") for processor in found)


def test_the_readme_is_short_enough_to_be_read() -> None:
    # Ten minutes at most: people read some 200 words a minute.
    assert len(README.split()) <= 2000


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
    for path in re.findall(
        r"`((?:pipeline|web|tests|bench|docs|requirements)/[\w./-]+)`", page.read_text()
    ):
        assert path in MADE or (ROOT / path).exists(), path


def test_the_index_links_every_page_of_docs() -> None:
    index = (ROOT / "docs/README.md").read_text()
    pages = [
        page.relative_to(ROOT / "docs").as_posix()
        for page in PAGES
        if "docs" in page.parts
    ]
    assert [
        page for page in pages if page != "README.md" and f"({page})" not in index
    ] == []


def test_the_glossary_is_sorted() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text()
    names = re.findall(r"^\| \*\*([\w -]+)\*\* \| ", glossary, re.MULTILINE)
    assert len(names) > 40
    assert names == sorted(names, key=str.lower)


def test_the_readme_states_how_close_the_committed_example_is_to_keras() -> None:
    manifest = json.loads((EXAMPLE / "manifest.json").read_text())
    checks = [
        check
        for check in manifest["verification"]["checks"]
        if check["format"] == "layers-float32"
    ]
    text = " ".join(README.split())
    assert (
        f"within {max(check['max_abs_diff'] for check in checks):.1e} of Keras" in text
    )
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
        assert not re.search(
            r'"resolved"|--(extra-)?index-url|--find-links', lock.read_text()
        ), lock


@pytest.mark.parametrize("path", [README_PATH, BENCHMARKS, CHART], ids=path_of)
def test_the_measured_numbers_are_those_of_the_last_runs(path: Path) -> None:
    assert written()[path] == path.read_text(), "run `python -m bench.readme`"


def test_the_readme_compares_with_the_strongest_rivals() -> None:
    rows = README.partition("<!-- bench -->")[2].partition("<!-- /bench -->")[0]
    [training] = [row for row in rows.splitlines() if "the tutorial's softmax" in row]
    assert "NumPy" in training
    assert "steps_per_execution=100" in training
    # 23 of the 164 models only return their inputs, which no converter gets wrong.
    assert "| 141 of 141 |" in rows
    assert "123 of 141" in rows


def test_the_readme_states_the_build_time_of_its_own_table() -> None:
    built = rows_of("build")["pipeline build (train to published page)"]
    seconds = float(built["seconds"].split()[0])
    assert f"A build takes {seconds:.0f} seconds" in README


def test_the_versioned_results_hold_no_single_measurements() -> None:
    for path in RESULTS.glob("*.json"):
        document = json.loads(path.read_text())
        assert "results" not in document, path
        # The longest list that readers need is each model that failed, with its reason.
        assert len(path.read_text().splitlines()) < 500, path


def test_the_owner_is_mailed_whatever_is_new_and_every_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [script] = code_blocks(
        (ROOT / "docs/operations.md").read_text(encoding="utf-8"), "python"
    )
    monkeypatch.chdir(tmp_path)
    held = {
        "since": "2026-11-26",
        "live": "3d95a368a803",
        "release": "pipeline versions release m",
    }
    ok, failed, eye = (
        {"command": "build", "name": "m", "exit_code": 0},
        "pipeline build-m: failed",
        "pipeline build-m: look at it",
    )
    for document, mailed, words in (
        (ok | {"warnings": [], "held": None}, None, ""),
        (ok | {"warnings": ["8 images are few"]}, eye, "8 images are few"),
        # every night has other numbers
        (ok | {"warnings": ["9 images are few"]}, None, ""),
        (ok | {"warnings": ["9 images are few", "it was lost"]}, eye, "\n\nit was lost\n\n"),
        (ok | {"exit_code": 3, "error": "not good enough"}, failed, "not good enough"),
        (ok | {"exit_code": 3, "error": "not good enough"}, failed, "not good enough"),
        (ok | {"warnings": ["9 images are few", "it was lost"]}, None, ""),
        (ok | {"held": held}, eye, held["release"]), (ok | {"held": held}, None, ""),
        (ok | {"held": held | {"since": "2026-11-27"}}, eye, "2026-11-27"), (ok, None, ""),
        (ok | {"warnings": ["it was lost"]}, eye, "it was lost"),  # again
        ({"exit_code": 2, "error": "no recipe", "command": None}, "pipeline build: failed", "no recipe"),
        ({}, "pipeline build: failed", "killed, out of memory or not started"),
    ):  # fmt: skip
        # a mail that cannot be sent is tried the next night
        for works in (False, True) if mailed else (True,):
            mails: list[tuple[str, str]] = []

            def mail(
                command: list[str],
                input: str,  # noqa: A002
                *,
                works: bool = works,
                **_: Any,
            ) -> None:
                mails.append((command[2], input))  # noqa: B023
                if not works:
                    raise FileNotFoundError(command[0])

            monkeypatch.setattr("subprocess.run", mail)
            monkeypatch.setattr(
                "sys.stdin", io.StringIO(json.dumps(document) if document else "")
            )
            with pytest.raises(SystemExit) as ended:
                exec(script, {})  # noqa: S102 (our own text)
            assert ended.value.code == (document["exit_code"] if document else 137)
            assert [subject for subject, _ in mails] == ([mailed] if mailed else []), (
                document
            )
            assert all(words in text for _, text in mails)
            assert ("no mail was sent" in capsys.readouterr().err) is not works
