"""How commands end: one JSON document whatever happens, and the exit code in it."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import doctor
from pipeline.cli.main import cli
from pipeline.cli.options import Reported
from pipeline.cli.report import EMPTY
from pipeline.system.interrupts import MESSAGE
from tests.support.pages import commands
from tests.support.versions import EXAMPLE_MODEL
from tests.support.workshop import PIPELINE, invoke

CHECK = ("check", str(EXAMPLE_MODEL))
needs_signals = pytest.mark.skipif(os.name == "nt", reason="sends signals")


def start(
    folder: Path, *arguments: str, program: Sequence[str] = PIPELINE
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *program, *arguments], cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr


def run(
    folder: Path, *arguments: str, program: Sequence[str] = PIPELINE
) -> tuple[int, str, str]:
    return end(start(folder, *arguments, program=program))


def with_rollback(body: str) -> tuple[str, str]:
    """A program in which `pipeline rollback` runs these statements instead."""
    lines = [
        "from pipeline.site import releases",
        "def rollback(*_, progress, **__):",
        "    progress('ready')",
    ]
    return "-c", "\n".join(
        [
            *lines,
            f"    {body}",
            "releases.rollback = rollback",
            "from pipeline.__main__ import main",
            "main()",
        ]
    )


def document_of(stdout: str, code: int) -> dict[str, Any]:
    """The one document that a failed command printed, after the checks that hold for
    each.
    """
    document: dict[str, Any] = json.loads(stdout)
    assert list(document)[:8] == ["command", "exit_code", "error", *EMPTY]
    assert document["exit_code"] == code
    assert document["error"]
    return document


@pytest.mark.parametrize(
    "name",
    [name for name, one in commands().items() if not isinstance(one, click.Group)],
)
def test_each_command_takes_json_and_reports_options_that_cannot_be_used(
    name: str,
) -> None:
    assert isinstance(commands()[name], Reported)
    done = CliRunner().invoke(cli, [*name.split(), "--no-such-option", "--json"])
    assert done.exit_code == 2
    document = document_of(done.stdout, 2)
    assert document["command"] == name
    assert "--no-such-option" in document["error"]
    assert "--no-such-option" in done.stderr


@pytest.mark.parametrize(("arguments", "code", "command", "words"), [
    (["biuld"], 2, None, "biuld"),
    (["build", "--recipe", "sotfmax"], 2, "build", "Did you mean 'softmax'"),
    (["build", "--set", "title"], 2, "build", "KEY=VALUE. Received: 'title'"),
    (["build", "--device", "tpu"], 2, "build", "'tpu' is not one of"),
    (["sign"], 2, "sign", "Missing argument"),
    (["check", "damaged"], 4, "check", "damaged failed its check: "),
    (["build", "--data", "gone.npz"], 5, "build", "gone.npz"), (["build", "--store", "file/out"], 6, "build", "file"),
    (["serve"], 6, "serve", "There is no site"),
    (["rollback", "digits"], 6, "rollback", "digits"), (["keygen", "file/key"], 6, "keygen", "file/key"),
])  # fmt: skip
def test_a_failure_is_one_document_with_the_message_and_exit_code(
    arguments: list[str], code: int, command: str | None, words: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    shutil.copytree(EXAMPLE_MODEL, tmp_path / "damaged")
    (tmp_path / "damaged" / "README.md").write_text("changed")
    with_document, plain = (
        invoke(tmp_path, *arguments, *options) for options in (["--json"], [])
    )
    document = document_of(with_document.stdout, code)
    assert document["command"] == command
    # it is refused before anything is done
    assert document["stage"] is None or arguments[1] == "--data"
    assert words in document["error"]
    assert not plain.stdout.startswith("{")
    for done in (with_document, plain):
        assert done.returncode == code, done.stderr
        assert words in done.stderr
        assert "Traceback" not in done.stderr


def test_an_unexpected_error_is_a_document_with_code_1_and_a_traceback_on_stderr(
    tmp_path: Path,
) -> None:
    code, stdout, stderr = run(
        tmp_path, "rollback", "digits", "--json", program=with_rollback("1 / 0")
    )
    assert code == 1
    assert document_of(stdout, 1)["error"] == "ZeroDivisionError: division by zero"
    assert "Traceback" in stderr


def test_missing_parts_are_in_doctors_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        doctor, "examine", lambda: [doctor.Finding("Node", False, "install it")]
    )
    done = invoke(tmp_path, "doctor", "--json")
    assert done.returncode == 1
    found = document_of(done.stdout, 1)["findings"]
    assert found == [
        {"subject": "Node", "ok": False, "detail": "install it", "required": True}
    ]
    assert "Received: Node. The list says how." in done.stderr


def test_results_are_documents_too(tmp_path: Path) -> None:
    done = invoke(tmp_path, "versions", "list", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    done = invoke(tmp_path, "keygen", "key", "--json")
    document = json.loads(done.stdout)
    assert (
        done.returncode,
        document["exit_code"],
        document["error"],
        document["command"],
    ) == (0, 0, None, "keygen")
    assert document["public_key"] in "".join(
        (tmp_path / document["public_key_file"]).read_text().splitlines()
    )
    assert "keep it secret" in done.stderr
    done = invoke(tmp_path, *CHECK, "--json", "--quiet")
    assert (done.returncode, json.loads(done.stdout)["passed"]) == (0, True)


@needs_signals
@pytest.mark.parametrize("options", [["--json"], []], ids=["a document", "an address"])
def test_serve_prints_where_it_listens_and_ctrl_c_is_a_clean_end(
    options: list[str], tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("a page")
    process = start(tmp_path, "serve", "--site", ".", "--port", "0", *options)
    assert process.stdout is not None
    stdout = ""
    while not stdout.endswith("\n}\n" if options else "\n"):
        stdout += process.stdout.readline()
    url = json.loads(stdout)["url"] if options else stdout.strip()
    connection = http.client.HTTPConnection(url.removeprefix("http://").rstrip("/"))
    connection.request("GET", "/")
    assert connection.getresponse().status == 200  # and the connection stays open
    process.send_signal(signal.SIGINT)
    assert end(process) == (0, "", "")
    connection.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize(("command", "code", "error"), [
    ("versions list --json >/dev/full", 6, b"No space left"),
    *((f"{command} --json {log}", code, b"") for log in ("2>/dev/full", "2>&-")
      for command, code in (("keygen key", 0), ("build --data gone.npz", 5))),
])  # fmt: skip
def test_a_full_disk_under_stdout_is_an_error_and_under_a_log_hides_nothing(
    command: str, code: int, error: bytes, tmp_path: Path
) -> None:
    shell = ["sh", "-c", f'"$0" -m pipeline {command}', sys.executable]
    done = subprocess.run(shell, cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode, error in done.stderr) == (code, True)
    assert error or json.loads(done.stdout)["exit_code"] == code


def test_a_failed_gate_says_all_that_was_known_and_repeats_what_is_suspicious(
    small_npz: Path, tmp_path: Path
) -> None:
    with np.load(small_npz) as arrays:
        leaking = dict(arrays)
    leaking["x_test"][0] = leaking["x_train"][0]  # which a build warns of
    np.savez(tmp_path / "leaking.npz", **leaking)
    (tmp_path / "quick.toml").write_text(
        "training.epochs = 2\ngates.threshold = 1.0\ngates.drawings = 0.5"
    )
    gate = [
        "build",
        "--data",
        "leaking.npz",
        "--recipe",
        "quick.toml",
        "--device",
        "cpu",
        "--quiet",
    ]
    code, stdout, stderr = run(tmp_path, *gate, "--json")
    assert code == 3
    document = document_of(stdout, 3)
    assert document["stage"] == "evaluate"
    assert [
        one["passed"] for one in document["gates"] if one["name"] == "test accuracy"
    ] == [False]
    assert (document["data"]["train_images"], len(document["data"]["digest"])) == (
        2000,
        64,
    )
    assert document["warnings"][:-1] == document["data"]["warnings"]
    assert (
        'gates.drawings: not measured, for want of noun = "digit"'
        in document["warnings"][-1]
    )
    assert "1 of 500 test images are also training images" in document["warnings"][0]
    assert document["warnings"][0] in document["error"]
    assert document["warnings"][0] in stderr
    assert (document["training"]["epoch"], document["training"]["device"]) == (2, "CPU")
    assert 0 < document["training"]["validation_accuracy"] < 1
    assert {"data", "train", "evaluate"} == document["seconds"].keys()
    assert (document["name"], document["site_dir"]) == ("leaking-quick", None)
    assert "epoch 1" not in stderr  # as --quiet asks for


def test_a_training_that_diverges_shows_its_last_numbers(
    small_npz: Path, tmp_path: Path
) -> None:
    wild = [
        "model.kind = 'mlp'",
        "preprocess.scale = 65536",
        "training.learning_rate = 65536",
    ]
    (tmp_path / "wild.toml").write_text("\n".join(wild))
    recipe = ["--recipe", "wild.toml", "--data", str(small_npz), "--device", "cpu"]
    done = invoke(tmp_path, "build", "--until", "train", *recipe, "--json")
    assert done.returncode == 3, done.stderr
    document = document_of(done.stdout, 3)
    assert document["stage"] == "train"
    # NaN is not JSON
    assert (document["training"]["epoch"], document["training"]["loss"]) == (
        1,
        None,
    )


@needs_signals
def test_an_interruption_is_a_document_too(tmp_path: Path) -> None:
    slow = with_rollback("import time; time.sleep(1000)")
    process = start(tmp_path, "rollback", "digits", "--json", program=slow)
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    code, stdout, stderr = end(process)
    assert code == 130
    document = document_of(stdout, 130)
    assert document["error"] == MESSAGE.strip()
    assert stderr == MESSAGE
