"""docs/cli.md holds the help of each command, and lists every environment variable and JSON key."""

import dataclasses
import re
from pathlib import Path

import click
import pytest

from pipeline.build_result import BuildResult
from pipeline.checking.findings import Report
from pipeline.cli import cli
from pipeline.config import Config, load_recipe
from pipeline.doctor import Finding
from pipeline.records import FormatCheck, Gate
from pipeline.site.releases import VersionRow
from tests.support.pages import PAGES, ROOT, renewed, table_under

PAGE = (ROOT / "docs/cli.md").read_text()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_what_the_code_writes_into_a_page_is_up_to_date(path: Path) -> None:
    page = path.read_text()
    assert renewed(page) == page, "run `python -m tests.support.pages`"


def keys_under(heading: str) -> list[str]:
    return [row[0].strip("`") for row in table_under(PAGE, heading)]


def test_the_keys_of_the_builds_document_are_all_listed() -> None:
    document = BuildResult(Config(name="x", recipe=load_recipe("softmax")), Path("runs/x")).as_json()
    assert keys_under("### build") == list(document)


@pytest.mark.parametrize(
    ("heading", "record"),
    [("### gates", Gate), ("### verification", FormatCheck), ("### list", VersionRow), ("### doctor", Finding)],
)
def test_the_keys_of_other_documents_are_all_listed(heading: str, record: type) -> None:
    assert keys_under(heading) == [field.name for field in dataclasses.fields(record)]


def test_the_keys_of_a_checks_document_are_all_listed() -> None:
    assert keys_under("### check") == list(Report(target="x", kind="site").as_json())


def test_the_table_of_output_tells_which_commands_print_json() -> None:
    rows = {row[0].strip("`"): row[2] for row in table_under(PAGE, "## Output")}
    options = {name: {parameter.name for parameter in command.params} for name, command in cli.commands.items()}
    assert rows.keys() == options.keys()
    for name, json in rows.items():
        assert (json != "no") == ("as_json" in options[name]), name


def test_the_environment_variables_that_the_code_reads_are_listed() -> None:
    sources = "".join(path.read_text() for path in Path(ROOT, "pipeline").rglob("*.py"))
    read = set(re.findall(r"environ(?:ment)?(?:\.get\(|\.setdefault\(|\[)\"([A-Z_]+)\"", sources))
    listed = set(keys_under("## Settings")) | {"KERAS_BACKEND"}  # which is overruled
    assert read - {"PYTHONPATH"} <= listed
    for command in cli.commands.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.envvar:
                assert f"env var: {parameter.envvar}" in " ".join(PAGE.split())
