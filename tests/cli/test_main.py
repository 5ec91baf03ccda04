"""The command line's own promises: quick help, documented commands, and how errors become exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import errors
from pipeline.cli.main import cli
from tests.support.pages import table_under

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


def test_the_help_fits_a_screen_and_shows_every_command() -> None:
    lines = CliRunner().invoke(cli, ["--help"]).output.splitlines()
    assert (len(lines) <= 36, max(map(len, lines)) <= 80) == (True, True)
    shown = {word for line in lines if line.startswith("  ") for word in line.split()[:1]}
    assert cli.commands.keys() <= shown


def test_there_are_few_commands_and_options() -> None:
    assert len(cli.commands) <= 12
    assert len(cli.commands["build"].params) <= 20


def test_the_exit_codes_are_documented() -> None:
    codes = {error.exit_code for error in vars(errors).values() if hasattr(error, "exit_code")} | {0, 130}
    assert {int(row[0]) for row in table_under(PAGE, "## Exit codes")} == codes


@pytest.mark.parametrize(
    ("option", "bad", "other"),
    [("--recipe", "none-such", "sofmax"), ("--set", "gates.threshold=7", "training.epochs=0")],
)
def test_the_environment_sets_an_option_and_the_flag_wins(option: str, bad: str, other: str) -> None:
    environment = {f"PIPELINE_{option[2:].upper()}": bad}
    for arguments, refused in (([], bad), ([option, other], other)):
        done = CliRunner().invoke(cli, ["build", *arguments], env=environment)
        assert done.exit_code == errors.ConfigError.exit_code
        assert refused.partition("=")[0] in done.stderr


def test_a_path_or_a_label_that_is_no_utf_8_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = CliRunner().invoke(cli, ["versions", "list", "--out", "caf\udce9"])
    assert refused.exit_code == 2
    assert r"must be UTF-8. Received: 'caf\udce9'" in refused.output
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "build", "--recipe", b"caf\xe9.toml"], capture_output=True, check=False
    )
    assert done.returncode == 2
    assert rb"caf\udce9.toml" in done.stderr
