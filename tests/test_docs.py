"""The README says what is so."""

import re
from pathlib import Path

from click.testing import CliRunner

from bench.readme import PICTURE, picture, readme
from pipeline.cli import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_first_screen_shows_exactly_two_commands() -> None:
    first_block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert first_block is not None
    assert [line.split("#")[0].strip() for line in first_block[1].splitlines()] == ["make build", "make test"]


def test_the_help_in_the_readme_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(cli, ["--help"], prog_name="pipeline").output
    assert printed.strip() in README


def test_every_link_to_a_file_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_the_lock_files_name_no_host() -> None:
    locks = [
        *(ROOT / "requirements").glob("*.txt"),
        ROOT / "web/package-lock.json",
        ROOT / "web/bench/package-lock.json",
    ]
    assert len(locks) == 6
    for lock in locks:
        # a URL of a project's page (funding) is none of a registry
        assert not re.search(r'"resolved"|--(extra-)?index-url|--find-links', lock.read_text()), lock


def test_the_measured_numbers_are_those_of_the_last_runs() -> None:
    assert readme() == README, "run `python -m bench.readme`"
    assert picture() == PICTURE.read_text(), "run `python -m bench.readme`"
