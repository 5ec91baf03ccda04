"""docs/cli.md holds the help of each command, and lists every environment variable and
JSON key.
"""

import dataclasses
import re
from pathlib import Path

import click
import pytest

from pipeline.build_result import BuildResult
from pipeline.checking.findings import Report
from pipeline.cli.report import EMPTY
from pipeline.config import Config
from pipeline.deploying.plan import Deployment
from pipeline.doctor import Finding
from pipeline.recipes.reading import load_recipe
from pipeline.records import Dataset, EpochResult, FormatCheck, Gate, PublishedSite
from pipeline.site.releases import VersionRow
from tests.support.pages import PAGES, ROOT, commands, keys_under, renewed, table_under

PAGE = (ROOT / "docs/cli.md").read_text()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_generated_parts_of_pages_are_up_to_date(path: Path) -> None:
    page = path.read_text()
    assert renewed(page) == page, "run `python -m tests.support.pages`"


NUMBERS = [field.name for field in dataclasses.fields(EpochResult)]


def test_the_keys_of_the_builds_document_are_all_listed() -> None:
    result = BuildResult(
        Config(name="x", recipe=load_recipe("softmax")), Path("runs/x")
    )
    document = result.as_json()
    assert keys_under(PAGE, "### build") == [
        key for key in document if key not in EMPTY
    ]
    result = dataclasses.replace(result, epoch=EpochResult(**dict.fromkeys(NUMBERS, 0)))
    assert keys_under(PAGE, "### training") == list(result.as_json()["training"])


def fields(record: type) -> list[str]:
    return [field.name for field in dataclasses.fields(record)]


@pytest.mark.parametrize(("heading", "keys"), [
    ("data", fields(Dataset)), ("gates", fields(Gate)), ("verification", fields(FormatCheck)),
    ("versions list", fields(VersionRow)), ("doctor", fields(Finding)),
    ("rollback", [*fields(PublishedSite), "held"]), ("deploy", [*fields(Deployment), "bytes"]),
    ("check", list(Report(target="x", kind="site").as_json())),
    ("every document", ["command", "exit_code", "error", *EMPTY]),
])  # fmt: skip
def test_the_keys_of_other_documents_are_all_listed(
    heading: str, keys: list[str]
) -> None:
    assert keys_under(PAGE, f"### {heading}") == keys


def test_the_table_of_output_lists_every_command() -> None:
    alone = {
        words
        for words, command in commands().items()
        if not isinstance(command, click.Group)
    }
    assert {row[0].strip("`") for row in table_under(PAGE, "## Output")} == alone


def test_the_environment_variables_that_the_code_reads_are_listed() -> None:
    sources = "".join(path.read_text() for path in Path(ROOT, "pipeline").rglob("*.py"))
    read = set(
        re.findall(
            r"environ(?:ment)?(?:\.get\(|\.setdefault\(|\[)\"([A-Z_]+)\"", sources
        )
    )
    # which is overruled
    listed = {row[0].strip("`") for row in table_under(PAGE, "## Settings")} | {
        "KERAS_BACKEND"
    }
    assert read - {"PYTHONPATH"} <= listed


def test_each_option_of_build_that_takes_a_value_has_an_environment_variable() -> None:
    options = {name: command.params for name, command in commands().items()}
    for one in options["build"]:
        flag = isinstance(one, click.Option) and one.is_flag
        assert one.envvar == (
            None
            if flag
            else "PIPELINE_" + one.opts[-1].lstrip("-").replace("-", "_").upper()
        )
    known = {one.envvar for one in options["build"]} | {"PIPELINE_TARGET"}
    assert {one.envvar for params in options.values() for one in params} <= known
