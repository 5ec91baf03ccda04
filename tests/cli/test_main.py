"""The command line's own promises: quick help, documented commands, and how errors become exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import errors
from pipeline.cli.main import cli
from tests.support.pages import commands, table_under

PAGE = (Path(__file__).parents[2] / "docs/cli.md").read_text()


def test_help_does_not_import_tensorflow() -> None:
    code = (
        "import sys; from pipeline.cli.main import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'tensorflow', 'keras', 'numpy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("command", commands())
def test_each_command_has_help_and_a_section_in_the_docs(command: str) -> None:
    result = CliRunner().invoke(cli, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert commands()[command].help
    assert f"\n## pipeline {command}\n" in PAGE
    assert f"<!-- from the code: help {command} -->" in PAGE  # whose text test_docs_cli.py compares


def test_the_exit_codes_are_documented() -> None:
    codes = {error.exit_code for error in vars(errors).values() if hasattr(error, "exit_code")} | {0, 130}
    help_lines = CliRunner().invoke(cli, ["--help"]).output.partition("Exit codes:")[2].strip().splitlines()
    printed = {int(code): meaning for code, meaning in (line.split(maxsplit=1) for line in help_lines)}
    documented = {int(code): meaning for code, meaning, _ in table_under(PAGE, "## Exit codes")}
    assert printed == documented
    assert printed.keys() == codes


def test_an_unknown_command_is_a_usage_error() -> None:
    done = subprocess.run([sys.executable, "-m", "pipeline", "biuld"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "biuld" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("variable", ["PIPELINE_RECIPE", "PIPELINE_THRESHOLD"])
def test_the_environment_sets_an_option_and_the_flag_wins(variable: str) -> None:
    option = "--" + variable.removeprefix("PIPELINE_").lower()
    bad = CliRunner().invoke(cli, ["train"], env={variable: "-3"})
    assert bad.exit_code == errors.ConfigError.exit_code
    good = {"--recipe": "none-such", "--threshold": "7"}[option]
    flagged = CliRunner().invoke(cli, ["train", option, good], env={variable: "-3"})
    assert flagged.exit_code == errors.ConfigError.exit_code
    assert good in flagged.stderr


@pytest.mark.parametrize("seconds", ["inf", "nan", "0"])
def test_a_wait_has_an_end(seconds: str) -> None:
    done = CliRunner().invoke(cli, ["train", "--worker-timeout", seconds])
    assert done.exit_code == 2
    assert seconds in done.output


def test_no_color_is_respected() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "train", "--recipe", "x"], capture_output=True, text=True, check=False
    )
    assert "\x1b[" not in done.stderr


def test_a_path_or_a_label_that_is_no_utf_8_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = CliRunner().invoke(cli, ["list", "--out", "caf\udce9"])
    assert refused.exit_code == 2
    assert r"Must be UTF-8. Received: " in refused.output
    assert r"caf\udce9" in refused.output
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "train", "--recipe", b"caf\xe9.toml"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert rb"caf\udce9.toml" in done.stderr
