"""The command line's own promises:

quick help, documented commands, and how errors become exit codes.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pipeline import errors
from pipeline.cli.main import cli
from tests.support.pages import commands, table_under

PAGE = (Path(__file__).parents[2] / "docs/cli.md").read_text()


def test_the_help_fits_a_screen_and_shows_every_command() -> None:
    lines = CliRunner().invoke(cli, ["--help"], terminal_width=78).output.splitlines()
    assert (len(lines) <= 24, max(map(len, lines)) <= 80) == (True, True)
    shown = {
        word for line in lines if line.startswith("  ") for word in line.split()[:1]
    }
    assert cli.commands.keys() <= shown


REFUSED = [
    "build --store file/out", "build --site file/site", "build --runs file/runs",
    "build --set training.epoch=5", "build --set training.epochs=five", "build --recipe sofmax", "build --name ../x",
    "build --data missing.npz", "build --data missing/", "build --model missing.keras", "build --key missing.pem",
    "build --base-url somewhere", "build --expires -4", "build --data file", "report --folder file/report",
    "export missing.keras --out web", "export file --out web", "export m.keras --out file/web",
    "export m.keras --out web --samples missing.npz", "export m.keras --out web --preprocess missing.json",
    "export m.keras --out web --format onnx --dtype uint8", "deploy a/../b", "deploy file", "check missing",
    "serve --site missing", "sign missing --key missing.pem", "rollback missing", "versions single-file missing file",
    "build --store here --site here/site", "rollback digits --key missing.pem",
    "sign digits --key loop", "keygen loop", "build --data loop", "export loop --out web",
]  # fmt: skip


def test_whatever_can_be_refused_is_refused_before_tensorflow_is_imported_or_anything_written(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "m.keras").write_bytes(b"PK")
    (tmp_path / "loop").symlink_to("loop")
    code = (
        "import sys; from click.testing import CliRunner; from pipeline.cli.main import"
        " cli\nfor line in sys.stdin:\n    done = CliRunner().invoke(cli,"
        " line.split())\n    imported = {'tensorflow', 'keras'} & sys.modules.keys() or"
        " 'none'\n    print(done.exit_code, imported, done.stderr.splitlines()[-1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input="\n".join(REFUSED),
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    for arguments, found in zip(REFUSED, done.stdout.splitlines(), strict=True):
        assert re.match(r"[256] none Error: .*", found), f"{arguments}: {found}"
    assert {path.name for path in tmp_path.iterdir()} <= {
        "file",
        "loop",
        "m.keras",
        "runs",
    }


@pytest.mark.parametrize(
    "words",
    [words for words, one in commands().items() if not isinstance(one, click.Group)],
)
def test_the_help_of_each_command_ends_with_an_example_that_is_understood(
    words: str,
) -> None:
    program, *example = shlex.split(
        CliRunner().invoke(cli, [*words.split(), "--help"]).output.split("Example: ")[1]
    )
    names = words.split()
    assert [program, *example][: len(names) + 1] == ["pipeline", *names]
    # the shell's
    arguments = [
        word for word in example[len(names) :] if word not in {">", "mine.toml"}
    ]
    commands()[words].make_context(words, arguments, resilient_parsing=False)


def test_options_are_grouped() -> None:
    lines = CliRunner().invoke(cli, ["build", "--help"]).output.splitlines()
    titles = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert titles == ["Options:", "Running:", "Publication:", "Folders:", "Output:"]


@pytest.mark.parametrize(
    ("expected", "name"),
    [("convert", "export"), ("pin", "versions pin"), ("exprt", "export")],
)
def test_another_name_of_a_command_leads_to_it(expected: str, name: str) -> None:
    done = CliRunner().invoke(cli, [expected, "model.h5"])
    assert done.exit_code == 2
    assert f"'{name}'" in done.stderr


@pytest.mark.parametrize(("command", "option", "meant"), [
    ("build", "--out", "--store"), ("build", "--epochs", "--set training.epochs=VALUE"), ("build", "--sote", "--store"),
    ("check", "--site", "pipeline check FOLDER'"), ("build", "digits.npz", "Name data with --data"),
])  # fmt: skip
def test_an_option_of_another_command_or_a_key_leads_to_what_is_meant(
    command: str, option: str, meant: str
) -> None:
    done = CliRunner().invoke(cli, [command, option, "5"])
    assert done.exit_code == 2
    assert meant in done.stderr


def test_there_are_few_commands_and_options() -> None:
    assert len(cli.commands) <= 12
    assert len(cli.commands["build"].params) <= 20


def test_the_exit_codes_are_documented() -> None:
    codes = {
        error.exit_code
        for error in vars(errors).values()
        if hasattr(error, "exit_code")
    } | {0, 130}
    assert {int(row[0]) for row in table_under(PAGE, "## Exit codes")} == codes


@pytest.mark.parametrize(("option", "bad", "other"), [
    ("--recipe", "none-such", "sofmax"), ("--set", "gates.threshold=7", "training.epochs=0")
])  # fmt: skip
def test_the_environment_sets_an_option_and_the_flag_wins(
    option: str, bad: str, other: str
) -> None:
    environment = {f"PIPELINE_{option[2:].upper()}": bad}
    for arguments, refused in (([], bad), ([option, other], other)):
        done = CliRunner().invoke(cli, ["build", *arguments], env=environment)
        assert done.exit_code == errors.ConfigError.exit_code
        assert refused.partition("=")[0] in done.stderr


def test_a_path_or_a_label_that_is_no_utf_8_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = CliRunner().invoke(cli, ["versions", "list", "--store", "caf\udce9"])
    assert refused.exit_code == 2
    assert r"caf\udce9'. Use another." in refused.output
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "build", "--recipe", b"caf\xe9.toml"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert rb"caf\udce9.toml" in done.stderr
    (tmp_path / "caf\udce9").mkdir()
    monkeypatch.chdir(tmp_path / "caf\udce9")
    refused = CliRunner().invoke(cli, ["build", "--data", "/missing"])
    assert r"caf\udce9/exported_models'. Use another." in refused.output
